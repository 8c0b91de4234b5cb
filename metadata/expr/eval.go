package expr

import (
	"slices"

	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
)

// evaluator computes a node. Closures and values passed by value keep it free of allocation.
type evaluator func(in []value.Value, env Env) value.Value

var (
	yes = value.Bool(true)
	no  = value.Bool(false)
)

// build makes the evaluator of a checked node.
func build(n *node) evaluator {
	switch n.op {
	case opConst:
		v := n.val
		return func([]value.Value, Env) value.Value { return v }
	case opInput:
		slot := n.slot
		return func(in []value.Value, _ Env) value.Value {
			if slot < len(in) {
				return in[slot]
			}
			return value.Null
		}
	case opArith:
		return buildArith(n)
	case opCmp:
		return buildCompare(n)
	case opAnd, opOr:
		return buildLogic(n)
	case opInText:
		return buildInText(n)
	case opCase:
		return buildCase(n)
	case opCall:
		return n.fn.build(n)
	case opBad:
		return func([]value.Value, Env) value.Value { return value.Null }
	}
	return buildUnary(n)
}

func buildAll(ns []*node) []evaluator {
	out := make([]evaluator, len(ns))
	for i, n := range ns {
		out[i] = build(n)
	}
	return out
}

func buildUnary(n *node) evaluator {
	a := build(n.args[0])
	switch n.op {
	case opNeg:
		return func(in []value.Value, env Env) value.Value { return value.Neg(a(in, env)) }
	case opNot:
		return func(in []value.Value, env Env) value.Value {
			v := a(in, env)
			if v.IsNull() {
				return v
			}
			return value.Bool(!v.Bool())
		}
	case opIsNull:
		return func(in []value.Value, env Env) value.Value { return value.Bool(a(in, env).IsNull()) }
	case opBlank:
		return func(in []value.Value, env Env) value.Value { return value.Bool(blank(a(in, env))) }
	default: // opNumber
		return func(in []value.Value, env Env) value.Value { return value.Int(one(a(in, env))) }
	}
}

func blank(v value.Value) bool {
	switch v.Kind() {
	case value.KindNull:
		return true
	case value.KindText:
		return v.Text() == ""
	case value.KindList:
		return v.Text() == "[]"
	}
	return false
}

// one is 1 for true, else 0.
func one(v value.Value) int64 {
	if v.Kind() == value.KindBool && v.Bool() {
		return 1
	}
	return 0
}

func buildArith(n *node) evaluator {
	l, r := build(n.args[0]), build(n.args[1])
	var f func(a, b value.Value) value.Value
	switch n.sym {
	case '+':
		return func(in []value.Value, env Env) value.Value { return value.Add(l(in, env), r(in, env)) }
	case '-':
		return func(in []value.Value, env Env) value.Value { return value.Sub(l(in, env), r(in, env)) }
	case '*':
		return func(in []value.Value, env Env) value.Value { return value.Mul(l(in, env), r(in, env)) }
	case '/':
		f = value.Div
	default:
		f = value.Rem
	}
	return func(in []value.Value, env Env) value.Value { return f(l(in, env), r(in, env)) }
}

func buildCompare(n *node) evaluator {
	l, r := build(n.args[0]), build(n.args[1])
	if n.args[0].typ.Kind == value.KindText && (n.cmp == driver.Eq || n.cmp == driver.Ne) {
		want := n.cmp == driver.Eq
		return func(in []value.Value, env Env) value.Value {
			a, b := l(in, env), r(in, env)
			if a.IsNull() || b.IsNull() {
				return value.Null
			}
			return value.Bool((a.Text() == b.Text()) == want)
		}
	}
	lt, eq, gt := outcomes(n.cmp)
	return func(in []value.Value, env Env) value.Value {
		a, b := l(in, env), r(in, env)
		if a.IsNull() || b.IsNull() {
			return value.Null
		}
		switch c := value.Compare(a, b); {
		case c < 0:
			return lt
		case c > 0:
			return gt
		}
		return eq
	}
}

// outcomes tells what a comparison gives when the left side is less, equal or greater.
func outcomes(o driver.CmpOp) (lt, eq, gt value.Value) {
	switch o {
	case driver.Eq:
		return no, yes, no
	case driver.Ne:
		return yes, no, yes
	case driver.Lt:
		return yes, no, no
	case driver.Le:
		return yes, yes, no
	case driver.Gt:
		return no, no, yes
	default:
		return no, yes, yes
	}
}

// buildLogic is and/or of three values: the deciding value wins, else null, else the other.
func buildLogic(n *node) evaluator {
	decides := n.op == opOr
	if len(n.args) == 2 {
		l, r := build(n.args[0]), build(n.args[1])
		return func(in []value.Value, env Env) value.Value {
			a := l(in, env)
			if !a.IsNull() && a.Bool() == decides {
				return a
			}
			b := r(in, env)
			if a.IsNull() && (b.IsNull() || b.Bool() != decides) {
				return a
			}
			return b
		}
	}
	args := buildAll(n.args)
	return func(in []value.Value, env Env) value.Value {
		out := value.Bool(!decides)
		for _, f := range args {
			v := f(in, env)
			if v.IsNull() {
				out = value.Null
			} else if v.Bool() == decides {
				return v
			}
		}
		return out
	}
}

func buildInText(n *node) evaluator {
	a, list := build(n.args[0]), n.list
	return func(in []value.Value, env Env) value.Value {
		v := a(in, env)
		if v.IsNull() {
			return v
		}
		return value.Bool(slices.Contains(list, v.Text()))
	}
}

// buildCase takes the first branch whose condition is true.
func buildCase(n *node) evaluator {
	args := buildAll(n.args)
	last := len(args) - 1
	return func(in []value.Value, env Env) value.Value {
		for i := 0; i < last; i += 2 {
			if v := args[i](in, env); !v.IsNull() && v.Bool() {
				return args[i+1](in, env)
			}
		}
		return args[last](in, env)
	}
}
