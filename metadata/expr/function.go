package expr

import (
	"strings"

	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
)

// function is one function of the language, declared once: how it is called, computed,
// translated and explained.
type function struct {
	name   string
	syntax string // "ROUND(number[, digits])"
	doc    diag.Text

	// form checks a call whose arguments are not all plain values; nil: params and result do.
	form   func(c *checker, call *ast) *node
	params []param
	result func(args []*node) Type
	// build makes the evaluator of a checked call. nil for forms that reduce to other nodes.
	build func(n *node) evaluator
	// push translates a call whose arguments are translated; nil: the store cannot do it.
	push func(t *translator, n *node, args []driver.Expr) (driver.Expr, error)
	// now: the result depends on the moment.
	now bool
}

// param is one parameter; the last one may repeat.
type param struct {
	kinds    kinds
	optional bool
	repeats  bool
}

// kinds is a set of value kinds.
type kinds uint16

func kindSet(ks ...value.Kind) kinds {
	var s kinds
	for _, k := range ks {
		s |= 1 << k
	}
	return s
}

func (s kinds) has(k value.Kind) bool { return s&(1<<k) != 0 }

var (
	aNumber = kindSet(value.KindInt, value.KindDecimal, value.KindFloat)
	aText   = kindSet(value.KindText)
	aDay    = kindSet(value.KindDate, value.KindDateTime)
)

// gives is the result type of a function that always gives one kind.
func gives(k value.Kind) func([]*node) Type {
	return func([]*node) Type { return Type{Kind: k} }
}

// findFunction finds a function by name in any case.
func findFunction(name string) *function {
	for _, family := range families() {
		for _, f := range family.functions {
			if strings.EqualFold(f.name, name) {
				return f
			}
		}
	}
	return nil
}

func functionNames() []string {
	var out []string
	for _, family := range families() {
		for _, f := range family.functions {
			out = append(out, f.name)
		}
	}
	return out
}
