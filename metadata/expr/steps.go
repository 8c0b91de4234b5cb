package expr

import (
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
)

// Steps gives the constants that a condition compares its only input with. With whole, the result
// depends on nothing but how the input compares with them and whether it is null: between two
// neighbours it does not change.
func (p *Program) Steps() (at []value.Value, whole bool) {
	if p.now || len(p.inputs) != 1 || p.inputs[0].Kind != FieldInput || len(p.inputs[0].Path) > 0 {
		return nil, false
	}
	whole = steps(p.root, &at)
	return at, whole
}

func steps(n *node, at *[]value.Value) bool {
	fixed := func(x *node) bool {
		if x.inputs {
			return false
		}
		*at = append(*at, build(x)(nil, Env{}))
		return true
	}
	switch n.op {
	case opConst:
		return true
	case opInput:
		return n.typ.Kind == value.KindBool
	case opAnd, opOr, opNot:
		for _, a := range n.args {
			if !steps(a, at) {
				return false
			}
		}
		return true
	case opIsNull:
		return n.args[0].op == opInput
	case opBlank:
		*at = append(*at, value.Text(""))
		return n.args[0].op == opInput && n.args[0].typ.Kind != value.KindList
	case opInText:
		for _, s := range n.list {
			*at = append(*at, value.Text(s))
		}
		return n.args[0].op == opInput
	case opCmp:
		l, r := n.args[0], n.args[1]
		if r.op == opInput {
			l, r = r, l
		}
		ordered := n.cmp != driver.Eq && n.cmp != driver.Ne
		return l.op == opInput && (!ordered || l.typ.Kind != value.KindText) && fixed(r)
	}
	return false
}
