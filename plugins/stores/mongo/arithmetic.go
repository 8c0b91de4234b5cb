package mongo

import (
	"slices"

	"github.com/cockroachdb/apd/v3"
	"go.mongodb.org/mongo-driver/bson"

	"github.com/tenon-platform/tenon/platform/store/algebra"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
)

// number is an aggregation expression whose value is an exact Decimal128, or null where one of its
// fields is: it has at most whole digits before the point and scale after it.
type number struct {
	expr         any
	whole, scale int
	fields       []string
}

func (n number) exact() bool { return n.whole+n.scale <= decimal128Digits }

// computed is a comparison of sums, differences and products that the server computes without
// rounding, whatever the stored numbers; other arithmetic is evaluated here.
func (s *scope) computed(e driver.Cmp, op driver.CmpOp) (filterFunc, error) {
	if s.partial || s.schema.noAggregation || !arithmeticShape(e.L) || !arithmeticShape(e.R) {
		return nil, errLocal
	}
	return func(x *exec) (cond, error) {
		l, err := s.number(x, e.L)
		if err != nil {
			return cond{}, err
		}
		r, err := s.number(x, e.R)
		if err != nil {
			return cond{}, err
		}
		if l.expr == nil || r.expr == nil {
			return known(false), nil
		}
		fields := append(l.fields, r.fields...)
		slices.Sort(fields)
		all := bson.A{}
		for _, f := range slices.Compact(fields) {
			all = append(all, present(f))
		}
		all = append(all, bson.D{{Key: operators[op], Value: bson.A{l.expr, r.expr}}})
		return where("$expr", bson.D{{Key: "$and", Value: all}}), nil
	}, nil
}

// arithmeticShape says whether e is made of columns and free values by +, - and *.
func arithmeticShape(e driver.Expr) bool {
	switch e := e.(type) {
	case driver.Col, driver.Const, driver.Param:
		return true
	case driver.Neg:
		return arithmeticShape(e.Arg)
	case driver.Arith:
		return (e.Op == "+" || e.Op == "-" || e.Op == "*") && arithmeticShape(e.L) && arithmeticShape(e.R)
	}
	return false
}

// number gives e with its digits; without an expression where it is null. errLocal where its
// digits may be too many.
func (s *scope) number(x *exec, e driver.Expr) (number, error) {
	n, err := s.term(x, e)
	if err == nil && n.expr != nil && !n.exact() {
		return n, errLocal
	}
	return n, err
}

func (s *scope) term(x *exec, e driver.Expr) (number, error) {
	switch e := e.(type) {
	case driver.Col:
		return s.stored(e)
	case driver.Neg:
		n, err := s.number(x, e.Arg)
		if n.expr != nil {
			n.expr = bson.D{{Key: "$multiply", Value: bson.A{n.expr, int32(-1)}}}
		}
		return n, err
	case driver.Arith:
		return s.operation(x, e)
	}
	c, ok := free(e)
	if !ok {
		return number{}, errLocal
	}
	v, err := x.eval(c)
	if err != nil || v.IsNull() {
		return number{}, err
	}
	var d apd.Decimal
	if !algebra.Number(algebra.TypeOf(v)) || v.Kind() == value.KindFloat {
		return number{}, errLocal
	}
	p, ok := decimal128(v.Apd(&d))
	if !ok {
		return number{}, errLocal
	}
	scale := max(0, -int(d.Exponent))
	return number{expr: p, whole: max(0, int(d.NumDigits()-int64(scale))), scale: scale}, nil
}

// stored is a column of numbers.
func (s *scope) stored(c driver.Col) (number, error) {
	field, t, err := s.table.column(c.Name)
	if err != nil {
		return number{}, err
	}
	switch {
	case t.t == driver.Int:
		return number{bson.D{{Key: "$toDecimal", Value: "$" + field}}, int64Digits, 0, []string{field}}, nil
	case t.rep == rDecimal:
		return number{"$" + field, int(t.stored() - t.scale), int(t.scale), []string{field}}, nil
	}
	return number{}, errLocal
}

func (s *scope) operation(x *exec, e driver.Arith) (number, error) {
	l, err := s.number(x, e.L)
	if err != nil {
		return l, err
	}
	r, err := s.number(x, e.R)
	if err != nil || l.expr == nil || r.expr == nil {
		return number{}, err
	}
	n := number{fields: append(l.fields, r.fields...)}
	switch e.Op {
	case "*":
		n.expr = bson.D{{Key: "$multiply", Value: bson.A{l.expr, r.expr}}}
		n.whole, n.scale = l.whole+r.whole, l.scale+r.scale
	case "+":
		n.expr = bson.D{{Key: "$add", Value: bson.A{l.expr, r.expr}}}
		n.whole, n.scale = max(l.whole, r.whole)+1, max(l.scale, r.scale)
	default:
		n.expr = bson.D{{Key: "$subtract", Value: bson.A{l.expr, r.expr}}}
		n.whole, n.scale = max(l.whole, r.whole)+1, max(l.scale, r.scale)
	}
	return n, nil
}
