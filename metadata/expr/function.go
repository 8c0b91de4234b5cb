package expr

import (
	"strings"
	"sync"

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
	// accepts refuses arguments that fit params but not each other; nil: all fit.
	accepts func(c *checker, args []*node) bool
	result  func(args []*node) Type
	// build makes the evaluator of a checked call. nil for forms that reduce to other nodes.
	build func(n *node) evaluator
	// push translates a call whose arguments are translated; nil: the store cannot do it.
	push func(t *translator, n *node, args []driver.Expr) (driver.Expr, error)
	// takesNull: null arguments do not make the result null.
	takesNull bool
	// now: the result depends on the moment.
	now bool
	// moment: it depends on more than the day.
	moment bool
	// rates: the result depends on exchange rates.
	rates bool
	// internal: what other constructs reduce to; no source can name it.
	internal bool
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

// index holds the functions by their names in capitals. They are made once, when first needed,
// and never change.
type index struct {
	once   sync.Once
	byName map[string]*function
}

var functions index

// findFunction finds a function by name in any case.
func findFunction(name string) *function {
	functions.once.Do(func() {
		functions.byName = map[string]*function{}
		for _, family := range families() {
			for _, f := range family.functions {
				functions.byName[f.name] = f
			}
		}
	})
	return functions.byName[strings.ToUpper(name)]
}

// FunctionNames lists the functions that an expression can call, in the order of the reference.
func FunctionNames() []string {
	var out []string
	for _, family := range families() {
		for _, f := range family.functions {
			if !f.internal {
				out = append(out, f.name)
			}
		}
	}
	return out
}

// Function is how a function is called and what it gives.
type Function struct {
	Name   string    `json:"name"`
	Syntax string    `json:"syntax"`
	Doc    diag.Text `json:"doc"`
}

// Functions are those that an expression can call, in the order of the reference.
func Functions() []Function {
	var out []Function
	for _, family := range families() {
		for _, f := range family.functions {
			if !f.internal {
				out = append(out, Function{f.name, f.syntax, f.doc})
			}
		}
	}
	return out
}
