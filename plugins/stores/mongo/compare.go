package mongo

import (
	"go.mongodb.org/mongo-driver/bson"

	"github.com/tenon-platform/tenon/platform/store/algebra"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
)

var negated = map[driver.CmpOp]driver.CmpOp{driver.Eq: driver.Ne, driver.Ne: driver.Eq, driver.Lt: driver.Ge, driver.Ge: driver.Lt, driver.Gt: driver.Le, driver.Le: driver.Gt}

var flipped = map[driver.CmpOp]driver.CmpOp{driver.Eq: driver.Eq, driver.Ne: driver.Ne, driver.Lt: driver.Gt, driver.Gt: driver.Lt, driver.Le: driver.Ge, driver.Ge: driver.Le}

var operators = map[driver.CmpOp]string{driver.Eq: "$eq", driver.Ne: "$ne", driver.Lt: "$lt", driver.Le: "$lte", driver.Gt: "$gt", driver.Ge: "$gte"}

func (s *scope) cmp(e driver.Cmp, neg bool) (filterFunc, error) {
	if operators[e.Op] == "" {
		return nil, errLocal
	}
	if _, ok := free(e.L); ok {
		e.L, e.R, e.Op = e.R, e.L, flipped[e.Op]
	}
	op := e.Op
	if neg {
		op = negated[op]
	}
	r, ok := free(e.R)
	if !ok {
		return s.twoSides(e, op)
	}
	switch l := e.L.(type) {
	case driver.Col:
		field, t, err := s.table.column(l.Name)
		if err != nil {
			return nil, err
		}
		return s.compare(field, t, op, r)
	case driver.Func:
		if col, ok := lowered(l); ok {
			return s.compareFolded(col, op, r)
		}
	case driver.Lookup:
		return s.semiLookup(l, neg, func(inner driver.Expr) driver.Expr { return driver.Cmp{Op: e.Op, L: inner, R: e.R} })
	case driver.IsNull, driver.And, driver.Or, driver.Not, driver.Cmp, driver.In, driver.Match, driver.Has, driver.Exists:
		return s.truth(e.L, op, r)
	case driver.Arith, driver.Neg:
		return s.computed(e, op)
	}
	return nil, errLocal
}

// truth compares a condition with a free one, as in "isNull(x) = true".
func (s *scope) truth(e driver.Expr, op driver.CmpOp, r algebra.Compiled) (filterFunc, error) {
	if op != driver.Eq && op != driver.Ne || !algebra.Comparable(r.Type, driver.Bool) {
		return nil, errLocal
	}
	is, err := s.filter(e, false)
	if err != nil {
		return nil, err
	}
	isNot, err := s.filter(e, true)
	return func(x *exec) (cond, error) {
		v, err := x.eval(r)
		switch {
		case err != nil || v.IsNull():
			return known(false), err
		case v.Kind() != value.KindBool:
			return cond{}, errLocal
		case v.Bool() == (op == driver.Eq):
			return is(x)
		}
		return isNot(x)
	}, err
}

// compare is a column against a free value.
func (s *scope) compare(field string, t typ, op driver.CmpOp, r algebra.Compiled) (filterFunc, error) {
	if !t.ordered() && (t.rep != rBytes || op != driver.Eq && op != driver.Ne) {
		return nil, errLocal
	}
	if !algebra.Comparable(t.t, r.Type) {
		return nil, unsupported("types %d and %d together", t.t, r.Type)
	}
	return func(x *exec) (cond, error) {
		v, err := x.eval(r)
		if err != nil {
			return known(false), err
		}
		return s.compareWith(field, t, op, v)
	}, nil
}

func (s *scope) compareWith(field string, t typ, op driver.CmpOp, v value.Value) (cond, error) {
	if v.IsNull() {
		return known(false), nil
	}
	if t.rep == rBool && algebra.Number(algebra.TypeOf(v)) {
		holds, err := algebra.Holds(op)
		if err != nil {
			return cond{}, err
		}
		return s.bools(field, func(b bool) bool { return holds(value.Compare(value.Bool(b), v)) }), nil
	}
	o, f, err := operand(op, v, t)
	switch {
	case err != nil:
		return cond{}, err
	case f == never:
		return known(false), nil
	case f == always:
		return s.notNull(field), nil
	}
	return s.compared(field, op, o), nil
}

// bools is the condition on a bool column that accepts the values for which ok is true.
func (s *scope) bools(field string, ok func(bool) bool) cond {
	switch t, f := ok(true), ok(false); {
	case t && f:
		return s.notNull(field)
	case t || f:
		return where(field, t)
	}
	return known(false)
}

func (s *scope) compared(field string, op driver.CmpOp, o bson.RawValue) cond {
	switch {
	case op == driver.Eq:
		return where(field, o)
	case op == driver.Ne && s.partial:
		return anyOf(where(field, bson.D{{Key: "$lt", Value: o}}), where(field, bson.D{{Key: "$gt", Value: o}}))
	case op == driver.Ne:
		return s.noneOf(field, bson.A{o})
	}
	return where(field, bson.D{{Key: operators[op], Value: o}})
}

// noneOf is true for values that are not null and not among vals.
func (s *scope) noneOf(field string, vals bson.A) cond {
	if field != "_id" {
		vals = append(vals, nil)
	}
	return where(field, bson.D{{Key: "$nin", Value: vals}})
}

// twoSides compares columns, or what is computed of them.
func (s *scope) twoSides(e driver.Cmp, op driver.CmpOp) (filterFunc, error) {
	l, ok := e.L.(driver.Col)
	r, ok2 := e.R.(driver.Col)
	if ok && ok2 {
		return s.columns(l.Name, op, r.Name)
	}
	return s.computed(e, op)
}

// columns compares two columns that the server holds in ways that compare.
func (s *scope) columns(l string, op driver.CmpOp, r string) (filterFunc, error) {
	if s.partial || s.schema.noAggregation {
		return nil, errLocal
	}
	lf, lt, err := s.table.column(l)
	if err != nil {
		return nil, err
	}
	rf, rt, err := s.table.column(r)
	if err != nil {
		return nil, err
	}
	number := func(t typ) bool { return t.rep == rDecimal || t.t == driver.Int }
	if !lt.ordered() || lt.rep == rFloat || lt.rep != rt.rep && (!number(lt) || !number(rt)) || !algebra.Comparable(lt.t, rt.t) {
		return nil, errLocal
	}
	return func(*exec) (cond, error) {
		return where("$expr", bson.D{{Key: "$and", Value: bson.A{present(lf), present(rf),
			bson.D{{Key: operators[op], Value: bson.A{"$" + lf, "$" + rf}}}}}}), nil
	}, nil
}

// present is the aggregation expression for "not null": what is missing orders below null.
func present(field string) bson.D {
	return bson.D{{Key: "$gt", Value: bson.A{"$" + field, nil}}}
}
