package expr

import (
	"time"

	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
)

// op says what a checked node does.
type op uint8

const (
	opBad    op = iota // a finding was reported; silences what follows from it
	opConst            // val
	opInput            // slot
	opArith            // sym: + - * / %; numbers
	opNeg              // a number
	opCmp              // cmp; two values of one family
	opAnd              // any number of conditions
	opOr               //
	opNot              //
	opIsNull           //
	opBlank            // null, empty text or empty list
	opInText           // texts in a constant list: val
	opCase             // args: when, then, when, then, …, else
	opCall             // fn
	opNumber           // a condition as 0 or 1
)

// node is one node of the checked program: typed, and reduced to few operations.
type node struct {
	op         op
	typ        Type
	start, end int
	args       []*node
	val        value.Value
	slot       int
	sym        byte
	cmp        driver.CmpOp
	fn         *function
	table      *Table   // of DECIDE
	list       []string // of opInText
	codes      []string // legal values of a picklist field
	inputs     bool     // depends on an Input
	now        bool     // depends on the moment
	moment     bool     // depends on more of the moment than its day
	rates      bool     // depends on exchange rates
	loc        *time.Location
}

func (n *node) bad() bool { return n.op == opBad }

// literal says whether n is a constant of the source.
func (n *node) literal() bool { return n.op == opConst }

func isNumber(k value.Kind) bool {
	return k == value.KindInt || k == value.KindDecimal || k == value.KindFloat
}

// combine fills what follows from the arguments.
func combine(n *node) *node {
	for _, a := range n.args {
		n.inputs = n.inputs || a.inputs
		n.now = n.now || a.now
		n.moment = n.moment || a.moment
		n.rates = n.rates || a.rates
	}
	return n
}

func constant(v value.Value, start, end int) *node {
	return &node{op: opConst, typ: Type{Kind: v.Kind(), Scale: v.Scale()}, val: v, start: start, end: end}
}

func logic(o op, args ...*node) *node {
	n := &node{op: o, typ: Type{Kind: value.KindBool}, args: args, start: args[0].start, end: args[len(args)-1].end}
	return combine(n)
}

func compare(o driver.CmpOp, l, r *node) *node {
	return combine(&node{op: opCmp, cmp: o, typ: Type{Kind: value.KindBool}, args: []*node{l, r}, start: l.start, end: r.end})
}

// unify gives the type that holds values of both; ok is false when there is none.
func unify(a, b Type) (Type, bool) {
	switch {
	case a.Kind == value.KindNull:
		return b, true
	case b.Kind == value.KindNull:
		return a, true
	case isNumber(a.Kind) && isNumber(b.Kind):
		if a.Kind == value.KindInt && b.Kind == value.KindInt {
			return a, true
		}
		return Type{Kind: value.KindDecimal, Scale: max(a.Scale, b.Scale)}, true
	case a.Kind == value.KindRef && b.Kind == value.KindRef:
		if a.Object != "" && b.Object != "" && a.Object != b.Object {
			return a, false
		}
		return Type{Kind: value.KindRef, Object: a.Object + b.Object[min(len(a.Object), len(b.Object)):]}, true
	case a.Kind == b.Kind:
		return a, true
	}
	return a, false
}
