package expr

import "strings"

// format prints the one canonical form of a syntax tree: functions in capitals, words instead of
// symbols for logic, single quotes, one blank around operators, no needless parentheses.
func format(a *ast) string {
	var b strings.Builder
	a.print(&b, precCond)
	return b.String()
}

// print writes a, in parentheses where it binds looser than least.
func (a *ast) print(b *strings.Builder, least int) {
	if a.prec() < least {
		b.WriteByte('(')
		defer b.WriteByte(')')
	}
	switch a.kind {
	case astNull:
		b.WriteString("null")
	case astBool, astNumber, astName, astPeriod:
		b.WriteString(a.text)
	case astText:
		b.WriteByte('\'')
		b.WriteString(strings.ReplaceAll(a.text, "'", "''"))
		b.WriteByte('\'')
	case astCall:
		if strings.HasPrefix(a.text, "fn:") {
			b.WriteString(a.text)
		} else {
			b.WriteString(strings.ToUpper(a.text))
		}
		b.WriteByte('(')
		printAll(b, a.args)
		b.WriteByte(')')
	case astList:
		b.WriteByte('(')
		printAll(b, a.args)
		b.WriteByte(')')
	case astBinary:
		a.printBinary(b)
	case astNot:
		b.WriteString("not ")
		a.args[0].print(b, precNot)
	case astNeg:
		b.WriteByte('-')
		a.args[0].print(b, precNeg)
	case astCond:
		a.args[0].print(b, precOr)
		b.WriteString(" ? ")
		a.args[1].print(b, precCond)
		b.WriteString(" : ")
		a.args[2].print(b, precCond)
	default:
		a.printTest(b)
	}
}

func (a *ast) printBinary(b *strings.Builder) {
	p := binaryPrec(a.text)
	left, right := p, p+1
	if p == precCompare {
		left = p + 1 // comparisons do not chain
	}
	a.args[0].print(b, left)
	b.WriteByte(' ')
	b.WriteString(a.text)
	b.WriteByte(' ')
	a.args[1].print(b, right)
}

func (a *ast) printTest(b *strings.Builder) {
	not := ""
	if a.negated {
		not = "not "
	}
	a.args[0].print(b, precAdd)
	switch a.kind {
	case astIsNull:
		b.WriteString(" is " + not + "null")
	case astBetween:
		b.WriteString(" " + not + "between ")
		a.args[1].print(b, precAdd)
		b.WriteString(" and ")
		a.args[2].print(b, precAdd)
	case astIn:
		b.WriteString(" " + not + "in ")
		a.args[1].print(b, precAdd)
	}
}

func printAll(b *strings.Builder, args []*ast) {
	for i, x := range args {
		if i > 0 {
			b.WriteString(", ")
		}
		x.print(b, precCond)
	}
}
