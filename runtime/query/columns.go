package query

import (
	"fmt"
	"reflect"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/expr"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
)

// Columns collects the expressions that a read selects; equal ones once.
type Columns struct{ exprs []driver.Expr }

// Add selects an expression and tells its place in the row.
func (c *Columns) Add(e driver.Expr) int {
	for i, have := range c.exprs {
		if same(have, e) {
			return i
		}
	}
	c.exprs = append(c.exprs, e)
	return len(c.exprs) - 1
}

// All are the expressions in the order of their places.
func (c *Columns) All() []driver.Expr { return c.exprs }

// Len is the number of columns so far.
func (c *Columns) Len() int { return len(c.exprs) }

// Field selects what the value of a field needs: its column, or the inputs of a virtual formula.
func (c *Columns) Field(f *catalog.Field) (Source, error) { return c.follow(nil, f) }

func (c *Columns) follow(path []*catalog.Field, f *catalog.Field) (Source, error) {
	if f.Column != "" {
		e, err := Follow(nil, nil, path, f.Col())
		if err != nil {
			return Source{}, err
		}
		return Source{Col: c.Add(e)}, nil
	}
	if f.Formula == nil {
		return Source{}, fmt.Errorf("query: field %s.%s has neither a column nor a formula", f.Object.Name, f.Name)
	}
	s := Source{formula: f.Formula.Program}
	for _, in := range f.Formula.Program.Inputs() {
		if in.Kind != expr.FieldInput {
			return Source{}, fmt.Errorf("query: virtual formula %s.%s reads more than fields", f.Object.Name, f.Name)
		}
		at, of := path[:len(path):len(path)], f.Object
		for _, name := range in.Path {
			hop := of.Field(name)
			if hop == nil || hop.Ref == nil {
				return Source{}, fmt.Errorf("query: formula %s.%s follows %s.%s, which is no lookup", f.Object.Name, f.Name, of.Name, name)
			}
			at, of = append(at, hop), hop.Ref.Target()
		}
		leaf := of.Field(in.Field)
		if leaf == nil {
			return Source{}, fmt.Errorf("query: formula %s.%s reads %s.%s, which does not exist", f.Object.Name, f.Name, of.Name, in.Field)
		}
		src, err := c.follow(at, leaf)
		if err != nil {
			return Source{}, err
		}
		s.inputs = append(s.inputs, src)
	}
	return s, nil
}

// Source tells where a value comes from: a column of the row, or a formula over such.
type Source struct {
	Col     int // when it is no formula
	formula *expr.Program
	inputs  []Source
}

// Value is the value in the current row. Its text is valid until the row's next Next.
func (s *Source) Value(rows driver.Rows, env expr.Env) value.Value {
	if s.formula == nil {
		return rows.Value(s.Col)
	}
	var few [8]value.Value
	in := few[:0]
	for i := range s.inputs {
		in = append(in, s.inputs[i].Value(rows, env))
	}
	return s.formula.Eval(in, env)
}

func same(a, b driver.Expr) bool {
	ca, ok := a.(driver.Col)
	if ok {
		cb, ok := b.(driver.Col)
		return ok && ca == cb
	}
	return reflect.DeepEqual(a, b)
}
