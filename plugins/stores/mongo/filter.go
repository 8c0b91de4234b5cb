package mongo

import (
	"go.mongodb.org/mongo-driver/bson"

	"github.com/tenon-platform/tenon/platform/store/algebra"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
)

// filterFunc makes a find filter for the arguments of an execution. It gives errLocal where these
// arguments need an evaluation here.
type filterFunc func(*exec) (cond, error)

// filter compiles the find filter that matches exactly the rows for which e is true or, with neg,
// for which e is false. Negation is carried to the comparisons, because $not and $ne also match
// what is null, which in SQL is neither true nor false. errLocal where find cannot say it.
func (s *scope) filter(e driver.Expr, neg bool) (filterFunc, error) {
	if c, ok := free(e); ok {
		return decided(c, neg), nil
	}
	switch e := e.(type) {
	case driver.And:
		return s.join(e.Args, neg, neg)
	case driver.Or:
		return s.join(e.Args, neg, !neg)
	case driver.Not:
		return s.filter(e.Arg, !neg)
	case driver.IsNull:
		return s.null(e, neg)
	case driver.Cmp:
		return s.cmp(e, neg)
	case driver.In:
		return s.in(e, neg)
	case driver.Match:
		return s.match(e, neg)
	case driver.Has:
		return s.has(e, neg)
	case driver.Search:
		return s.search(e, neg)
	case driver.Col:
		return s.cmp(driver.Cmp{Op: driver.Eq, L: e, R: driver.Const{Value: value.Bool(true)}}, neg)
	case driver.Lookup:
		return s.semiLookup(e, neg, func(inner driver.Expr) driver.Expr { return inner })
	case driver.Exists:
		return s.semiExists(e, neg)
	}
	return nil, errLocal
}

// decided is a condition that reads no row.
func decided(c algebra.Compiled, neg bool) filterFunc {
	return func(x *exec) (cond, error) {
		v, err := x.eval(c)
		return known(!v.IsNull() && v.Bool() != neg), err
	}
}

func (s *scope) join(args []driver.Expr, neg, or bool) (filterFunc, error) {
	fs := make([]filterFunc, len(args))
	for i, a := range args {
		f, err := s.filter(a, neg)
		if err != nil {
			return nil, err
		}
		fs[i] = f
	}
	return func(x *exec) (cond, error) {
		cs := make([]cond, len(fs))
		for i, f := range fs {
			c, err := f(x)
			if err != nil {
				return c, err
			}
			cs[i] = c
		}
		if or {
			return anyOf(cs...), nil
		}
		return all(cs...), nil
	}, nil
}

func isNull(field string) cond { return where(field, nil) }

func (s *scope) notNull(field string) cond {
	if field == "_id" {
		return known(true)
	}
	if s.partial {
		return where(field, bson.D{{Key: "$exists", Value: true}})
	}
	return where(field, bson.D{{Key: "$ne", Value: nil}})
}

func (s *scope) null(e driver.IsNull, neg bool) (filterFunc, error) {
	col, ok := e.Arg.(driver.Col)
	if !ok {
		return nil, errLocal
	}
	field, _, err := s.table.column(col.Name)
	return func(*exec) (cond, error) {
		switch {
		case neg:
			return s.notNull(field), nil
		case field == "_id":
			return known(false), nil
		}
		return isNull(field), nil
	}, err
}

func (s *scope) in(e driver.In, neg bool) (filterFunc, error) {
	list, ok := free(e.List)
	if !ok || !algebra.Comparable(list.Type, driver.List) {
		return nil, errLocal
	}
	switch a := e.Arg.(type) {
	case driver.Lookup:
		return s.semiLookup(a, neg, func(inner driver.Expr) driver.Expr { return driver.In{Arg: inner, List: e.List} })
	case driver.Col:
		field, t, err := s.table.column(a.Name)
		if err != nil {
			return nil, err
		}
		if !t.ordered() || t.rep == rBool {
			return nil, errLocal
		}
		return func(x *exec) (cond, error) {
			vals, null, err := x.operands(list, t)
			if err != nil || null {
				return known(false), err
			}
			return s.among(field, vals, neg), nil
		}, nil
	}
	return nil, errLocal
}

func (s *scope) among(field string, vals bson.A, neg bool) cond {
	switch {
	case len(vals) == 0 && neg:
		return s.notNull(field)
	case len(vals) == 0:
		return known(false)
	case neg && s.partial:
		cs := make([]cond, len(vals))
		for i, v := range vals {
			cs[i] = s.compared(field, driver.Ne, v.(bson.RawValue))
		}
		return all(cs...)
	case neg:
		return s.noneOf(field, vals)
	}
	return where(field, bson.D{{Key: "$in", Value: vals}})
}

// operands are the elements of a list that a stored value of t may equal.
func (x *exec) operands(list algebra.Compiled, t typ) (vals bson.A, null bool, err error) {
	l, err := x.eval(list)
	if err != nil || l.IsNull() {
		return nil, true, err
	}
	elems, err := algebra.Elements(l, t.t)
	if err != nil {
		return nil, false, err
	}
	for _, e := range elems {
		o, f, err := operand(driver.Eq, e, t)
		if err != nil {
			return nil, false, err
		}
		if f == open {
			vals = append(vals, o)
		}
	}
	return vals, false, nil
}

func (s *scope) has(e driver.Has, neg bool) (filterFunc, error) {
	elem, ok := free(e.Elem)
	col, isCol := e.Arg.(driver.Col)
	if !ok || !isCol || s.partial {
		return nil, errLocal
	}
	field, t, err := s.table.column(col.Name)
	if err != nil {
		return nil, err
	}
	if t.rep != rList {
		return nil, unsupported("has on a column that is no list")
	}
	return func(x *exec) (cond, error) {
		v, err := x.eval(elem)
		if err != nil || v.IsNull() {
			return known(false), err
		}
		o := rawInt(v.Int())
		switch v.Kind() {
		case value.KindText:
			o = rawString(v.Text())
		case value.KindInt, value.KindRef:
		default:
			return cond{}, errLocal
		}
		if neg {
			return s.noneOf(field, bson.A{o}), nil
		}
		return where(field, o), nil
	}, nil
}
