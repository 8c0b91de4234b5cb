package expr

import "github.com/tenon-platform/tenon/platform/value"

type astKind uint8

const (
	astNull astKind = iota
	astBool
	astNumber // val, and text as written
	astText   // text
	astName   // text: "dealer.region", names: its parts
	astPeriod // text: "THIS_YEAR"; only on the right of in
	astCall   // text: the function's name as written, args
	astBinary // text: operator, args: two
	astNot
	astNeg
	astCond    // args: condition, then, else
	astIn      // args: subject, list or name or period; negated
	astList    // args
	astBetween // args: subject, from, to; negated
	astIsNull  // args: subject; negated
)

// ast is one node of the syntax tree, as written: what the formatter prints and the checker reads.
type ast struct {
	kind       astKind
	start, end int
	text       string
	names      []token
	val        value.Value
	args       []*ast
	negated    bool
}

// Precedences, from loose to tight.
const (
	precCond = iota + 1
	precOr
	precAnd
	precNot
	precCompare
	precAdd
	precMul
	precNeg
	precPrimary
)

// binaryPrec gives the precedence of a binary operator in its canonical spelling.
func binaryPrec(op string) int {
	switch op {
	case "or":
		return precOr
	case "and":
		return precAnd
	case "+", "-":
		return precAdd
	case "*", "/", "%":
		return precMul
	default:
		return precCompare
	}
}

// prec is how tightly the outermost construct of a binds.
func (a *ast) prec() int {
	switch a.kind {
	case astCond:
		return precCond
	case astBinary:
		return binaryPrec(a.text)
	case astNot:
		return precNot
	case astIn, astBetween, astIsNull:
		return precCompare
	case astNeg:
		return precNeg
	default:
		return precPrimary
	}
}
