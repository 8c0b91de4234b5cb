package graph

import (
	"encoding/json"
	"sort"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/tenon-platform/tenon/metadata/field"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/runtime/access"
)

// input is an argument, or a part of one, while a plan is compiled: its value in the request at
// hand, and where later requests of the same shape find theirs.
type input struct {
	val  any
	lit  *ast.Value // the literal that holds it; nil for parts of variables
	from []any      // variable name, then keys and indexes; nil for literals
	name string     // last key, for messages
}

// input resolves a literal or a variable; ok is false for a variable that is absent.
func (c *compiler) input(name string, v *ast.Value) (in input, ok bool) {
	if v.Kind == ast.Variable {
		val, ok := c.vars[v.Raw]
		return input{val: val, from: []any{v.Raw}, name: name}, ok
	}
	val, _ := literal(v, c.vars)
	return input{val: val, lit: v, name: name}, true
}

// argument gives an argument of a selected field, or its default.
func (c *compiler) argument(args ast.ArgumentList, def *member) (input, bool) {
	if a := args.ForName(def.name); a != nil {
		if in, ok := c.input(def.name, a.Value); ok {
			return in, true
		}
	}
	if def.def == "true" || def.def == "false" {
		return input{val: def.def == "true", lit: &ast.Value{Kind: ast.BooleanValue, Raw: def.def}, name: def.name}, true
	}
	return input{name: def.name}, false
}

func (in input) isNull() bool { return in.val == nil }

// keys gives the entries of an input object in a stable order.
func (c *compiler) keys(in input) []input {
	if in.lit != nil && in.lit.Kind == ast.ObjectValue {
		var out []input
		for _, ch := range in.lit.Children {
			if x, ok := c.input(ch.Name, ch.Value); ok {
				out = append(out, x)
			}
		}
		return out
	}
	m, ok := in.val.(map[string]any)
	if !ok {
		return nil
	}
	names := make([]string, 0, len(m))
	for k := range m {
		names = append(names, k)
	}
	sort.Strings(names)
	out := make([]input, len(names))
	for i, k := range names {
		out[i] = input{val: m[k], from: append(in.from[:len(in.from):len(in.from)], k), name: k}
	}
	return out
}

// items gives the elements of a list; a single value is a list of one.
func (c *compiler) items(in input) []input {
	if in.isNull() {
		return nil
	}
	if in.lit != nil && in.lit.Kind == ast.ListValue {
		var out []input
		for _, ch := range in.lit.Children {
			if x, ok := c.input(in.name, ch.Value); ok {
				out = append(out, x)
			} else {
				out = append(out, input{name: in.name})
			}
		}
		return out
	}
	l, ok := in.val.([]any)
	if !ok {
		return []input{in}
	}
	out := make([]input, len(l))
	for i := range l {
		out[i] = input{val: l[i], from: append(in.from[:len(in.from):len(in.from)], i), name: in.name}
	}
	return out
}

// getter gives the function that finds the value in the variables of any request of this shape.
func (in input) getter() func(vars map[string]any) any {
	switch {
	case in.from != nil:
		path := in.from
		return func(vars map[string]any) any { return dig(vars, path) }
	case in.lit != nil && hasVariable(in.lit):
		lit := in.lit
		return func(vars map[string]any) any { v, _ := literal(lit, vars); return v }
	}
	v := in.val
	return func(map[string]any) any { return v }
}

func dig(vars map[string]any, path []any) any {
	var cur any = vars
	for _, p := range path {
		switch k := p.(type) {
		case string:
			m, _ := cur.(map[string]any)
			cur = m[k]
		case int:
			if l, ok := cur.([]any); ok && k < len(l) {
				cur = l[k]
			} else if ok {
				cur = nil
			}
		}
	}
	return cur
}

func hasVariable(v *ast.Value) bool {
	if v.Kind == ast.Variable {
		return true
	}
	for _, c := range v.Children {
		if hasVariable(c.Value) {
			return true
		}
	}
	return false
}

// literal turns a literal into a JSON-like value; ok is false for an absent variable.
func literal(v *ast.Value, vars map[string]any) (val any, ok bool) {
	switch v.Kind {
	case ast.Variable:
		val, ok = vars[v.Raw]
		return val, ok
	case ast.IntValue, ast.FloatValue:
		return json.Number(v.Raw), true
	case ast.BooleanValue:
		return v.Raw == "true", true
	case ast.NullValue:
		return nil, true
	case ast.ListValue:
		out := make([]any, 0, len(v.Children))
		for _, c := range v.Children {
			x, _ := literal(c.Value, vars)
			out = append(out, x)
		}
		return out, true
	case ast.ObjectValue:
		out := make(map[string]any, len(v.Children))
		for _, c := range v.Children {
			if x, ok := literal(c.Value, vars); ok {
				out[c.Name] = x
			}
		}
		return out, true
	}
	return v.Raw, true
}

// binder computes arguments of a statement from the variables of a request.
type binder struct {
	at     int
	get    func(vars map[string]any) any
	coerce func(in any, now field.Now) ([]value.Value, *errs.Error)
	name   string // for messages
}

// args are the arguments of one statement.
type args struct {
	n       int
	terms   int // of its filters
	binders []binder
	attrs   []boundAttr
}

// boundAttr is an argument that the caller's own value of an attribute fills.
type boundAttr struct {
	at   int
	attr access.Attr
}

// attr makes the Param of an attribute of the caller; the same attribute has one.
func (a *args) attr(want access.Attr) driver.Expr {
	for _, b := range a.attrs {
		if b.attr == want {
			return driver.Param{N: b.at}
		}
	}
	a.attrs = append(a.attrs, boundAttr{a.n, want})
	a.n++
	return driver.Param{N: a.n - 1}
}

// reserve makes a Param that the executor fills.
func (a *args) reserve() (int, driver.Expr) {
	a.n++
	return a.n - 1, driver.Param{N: a.n - 1}
}

// bind makes the Params of a value that is coerced anew for every request; name is the field or
// argument that errors tell of.
func (a *args) bind(c *compiler, in input, name string, coerce func(any, field.Now) ([]value.Value, *errs.Error)) ([]driver.Expr, *errs.Error) {
	vals, err := coerce(in.val, c.now)
	if err != nil {
		return nil, named(err, name)
	}
	a.binders = append(a.binders, binder{at: a.n, get: in.getter(), coerce: coerce, name: name})
	out := make([]driver.Expr, len(vals))
	for i := range vals {
		out[i] = driver.Param{N: a.n}
		a.n++
	}
	return out, nil
}

// fill computes all bound arguments for a request.
func (a *args) fill(dst []value.Value, x *exec) *errs.Error {
	for _, b := range a.attrs {
		dst[b.at] = x.profile.Value(b.attr)
	}
	for i := range a.binders {
		b := &a.binders[i]
		vals, err := b.coerce(b.get(x.vars), x.now)
		if err != nil {
			return named(err, b.name)
		}
		copy(dst[b.at:], vals)
	}
	return nil
}

func named(err *errs.Error, name string) *errs.Error {
	if err.Field != "" || name == "" {
		return err
	}
	e := *err
	e.Field = name
	return &e
}
