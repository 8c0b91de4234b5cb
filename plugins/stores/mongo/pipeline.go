package mongo

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/bson/primitive"
	"go.mongodb.org/mongo-driver/x/bsonx/bsoncore"

	"github.com/tenon-platform/tenon/platform/store/algebra"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
)

// sumDigits is the most digits of decimals that the server sums: with twelve to spare, no sum
// over fewer than 10^12 rows is rounded.
const sumDigits = decimal128Digits - 12

// aggregateThere groups on the server; false where it could not do so exactly.
func (x *exec) aggregateThere(p *plan, src source) (rows [][]value.Value, ok bool, err error) {
	if len(src.tests) > 0 || x.t.db.limits.noAggregation {
		return nil, false, nil
	}
	stage, ok, err := x.groupStage(p)
	if err != nil || !ok {
		return nil, false, err
	}
	if src.filter.fate == never {
		return newGrouping(p.agg).rows(), true, nil
	}
	cur, err := x.t.aggregate(x.ctx, p.scope.table.def.Name, bson.A{
		bson.D{{Key: "$match", Value: src.filter.filter()}}, bson.D{{Key: "$group", Value: stage}}})
	if err != nil {
		return nil, false, err
	}
	for cur.Next(x.ctx) {
		row, err := p.groupRow(bsoncore.Document(cur.Current))
		if err != nil {
			return nil, false, errors.Join(err, cur.Close(x.ctx))
		}
		rows = append(rows, row)
	}
	if err := errors.Join(cur.Err(), cur.Close(x.ctx)); err != nil {
		return nil, false, x.t.failure(err)
	}
	if len(rows) == 0 && len(p.agg.group) == 0 {
		return newGrouping(p.agg).rows(), true, nil
	}
	return rows, true, nil
}

// groupStage is the $group stage: each group field in _id, "n<i>" the number of values of the i-th
// aggregate and "v<i>" their sum, least or greatest.
func (x *exec) groupStage(p *plan) (bson.D, bool, error) {
	var id any
	if len(p.agg.groups) > 0 {
		by := bson.D{}
		for i, field := range p.agg.groups {
			if field == "" {
				return nil, false, nil
			}
			by = append(by, bson.E{Key: "g" + strconv.Itoa(i), Value: bson.D{{Key: "$ifNull", Value: bson.A{"$" + field, nil}}}})
		}
		id = by
	}
	stage := bson.D{{Key: "_id", Value: id}}
	for i, a := range p.agg.aggs {
		when, ok, err := x.aggFilter(p.scope, a)
		if err != nil || !ok {
			return nil, false, err
		}
		if a.of != nil {
			if a.field == "" {
				return nil, false, nil
			}
			when = append(when, present(a.field))
		}
		n := strconv.Itoa(i)
		stage = append(stage, bson.E{Key: "n" + n, Value: bson.D{{Key: "$sum", Value: choose(when, 1, 0)}}})
		if a.fn == driver.Count {
			continue
		}
		v, ok := a.accumulator(when)
		if !ok {
			return nil, false, nil
		}
		stage = append(stage, bson.E{Key: "v" + n, Value: v})
	}
	return stage, true, nil
}

// choose is yes where all conditions hold, else no.
func choose(when bson.A, yes, no any) any {
	switch len(when) {
	case 0:
		return yes
	case 1:
		return bson.D{{Key: "$cond", Value: bson.A{when[0], yes, no}}}
	}
	return bson.D{{Key: "$cond", Value: bson.A{bson.D{{Key: "$and", Value: when}}, yes, no}}}
}

func (a *agg) accumulator(when bson.A) (bson.D, bool) {
	ref := "$" + a.field
	switch {
	case a.fn == driver.Min || a.fn == driver.Max:
		if !a.typ.ordered() {
			return nil, false
		}
		return bson.D{{Key: "$" + string(a.fn), Value: choose(when, ref, nil)}}, true
	case a.fn == driver.CountDistinct:
		return nil, false // the set would have to fit one document
	case a.typ.rep == rInt: // a sum of int64 would become a double
		return bson.D{{Key: "$sum", Value: choose(when, bson.D{{Key: "$toDecimal", Value: ref}}, nil)}}, true
	case a.typ.rep == rBool:
		return bson.D{{Key: "$sum", Value: choose(append(when[:len(when):len(when)], ref), 1, 0)}}, true
	case a.typ.rep == rDecimal && a.typ.digits <= sumDigits:
		return bson.D{{Key: "$sum", Value: choose(when, ref, nil)}}, true
	}
	return nil, false
}

// aggFilter is the condition of an aggregate as expressions that must all be true.
func (x *exec) aggFilter(s *scope, a agg) (bson.A, bool, error) {
	if a.filter == nil {
		return nil, true, nil
	}
	if a.push == nil {
		return nil, false, nil
	}
	c, err := a.push(x)
	if errors.Is(err, errLocal) || c.loose {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, err
	}
	switch c.fate {
	case always:
		return nil, true, nil
	case never:
		return bson.A{bson.D{{Key: "$literal", Value: false}}}, true, nil
	}
	e, ok := s.asExpression(c.doc)
	return bson.A{e}, ok, nil
}

// asExpression gives a find filter of this package as an aggregation expression.
func (s *scope) asExpression(filter bson.D) (any, bool) {
	parts := bson.A{}
	for _, e := range filter {
		p, ok := s.elementExpression(e)
		if !ok {
			return nil, false
		}
		parts = append(parts, p)
	}
	if len(parts) == 1 {
		return parts[0], true
	}
	return bson.D{{Key: "$and", Value: parts}}, true
}

func (s *scope) elementExpression(e bson.E) (any, bool) {
	switch e.Key {
	case "$expr":
		return e.Value, true
	case "$and", "$or":
		parts := bson.A{}
		for _, d := range e.Value.(bson.A) {
			p, ok := s.asExpression(d.(bson.D))
			if !ok {
				return nil, false
			}
			parts = append(parts, p)
		}
		return bson.D{{Key: e.Key, Value: parts}}, true
	}
	if s.table.types[e.Key].rep == rList || strings.HasPrefix(e.Key, gramsPrefix) {
		return nil, false // a filter looks into arrays, an expression does not
	}
	ref := "$" + e.Key
	switch v := e.Value.(type) {
	case nil:
		return not(present(e.Key)), true
	case bson.RawValue, bool:
		return bson.D{{Key: "$eq", Value: bson.A{ref, literal(v)}}}, true
	case primitive.Regex:
		return bson.D{{Key: "$regexMatch", Value: bson.D{{Key: "input", Value: ref}, {Key: "regex", Value: v}}}}, true
	case bson.D:
		return operatorExpression(e.Key, v[0])
	}
	return nil, false
}

func operatorExpression(field string, op bson.E) (any, bool) {
	ref := "$" + field
	switch op.Key {
	case "$ne": // null
		return present(field), true
	case "$lt", "$lte", "$gt", "$gte":
		return bson.D{{Key: "$and", Value: bson.A{present(field), bson.D{{Key: op.Key, Value: bson.A{ref, literal(op.Value)}}}}}}, true
	case "$in", "$nin":
		vals, nulls := bson.A{}, false
		for _, v := range op.Value.(bson.A) {
			switch v.(type) {
			case nil:
				nulls = true
			case bson.RawValue:
				vals = append(vals, literal(v))
			default:
				return nil, false // a regular expression
			}
		}
		in := bson.D{{Key: "$in", Value: bson.A{ref, vals}}}
		switch {
		case op.Key == "$in":
			return in, true
		case nulls:
			return bson.D{{Key: "$and", Value: bson.A{present(field), not(in)}}}, true
		}
		return not(in), true
	}
	return nil, false
}

func not(e any) bson.D { return bson.D{{Key: "$not", Value: bson.A{e}}} }

// literal keeps text that begins with $ from being a path.
func literal(v any) bson.D { return bson.D{{Key: "$literal", Value: v}} }

// groupRow reads a document of the $group stage.
func (p *plan) groupRow(doc bsoncore.Document) ([]value.Value, error) {
	row := make([]value.Value, len(p.agg.group)+len(p.agg.aggs))
	for i, field := range p.agg.groups {
		v, err := doc.LookupErr("_id", "g"+strconv.Itoa(i))
		if err != nil {
			return nil, fmt.Errorf("mongo: a group without its key: %w", err)
		}
		if row[i], err = load(v, p.scope.fieldTyp(field)); err != nil {
			return nil, err
		}
	}
	for i := range p.agg.aggs {
		v, err := p.agg.aggs[i].result(doc, strconv.Itoa(i))
		if err != nil {
			return nil, err
		}
		row[len(p.agg.group)+i] = v
	}
	return row, nil
}

func (s *scope) fieldTyp(field string) typ {
	if name, ok := strings.CutPrefix(field, shadowPrefix); ok {
		return s.table.types[name]
	}
	if field == "_id" {
		return tRef
	}
	return s.table.types[field]
}

func (a *agg) result(doc bsoncore.Document, i string) (value.Value, error) {
	n, ok := doc.Lookup("n" + i).AsInt64OK()
	if !ok {
		return value.Null, fmt.Errorf("mongo: a group without its count")
	}
	if a.fn == driver.Count {
		return value.Int(n), nil
	}
	if n == 0 {
		return value.Null, nil
	}
	v := doc.Lookup("v" + i)
	if a.fn == driver.Min || a.fn == driver.Max {
		return load(v, a.typ)
	}
	sum, err := a.sum(v)
	if err != nil || a.fn == driver.Sum {
		return sum, err
	}
	return algebra.Mean(sum, n), nil
}

func (a *agg) sum(v bsoncore.Value) (value.Value, error) {
	if n, ok := v.AsInt64OK(); ok {
		return value.Int(n), nil
	}
	p, ok := v.Decimal128OK()
	if !ok {
		return value.Null, fmt.Errorf("mongo: a sum that is a %s", v.Type)
	}
	d := decimalValue(p, a.typ.scale)
	if d.IsNull() {
		return d, fmt.Errorf("mongo: a sum of %s", p)
	}
	if a.typ.rep == rInt {
		return value.Round(d, 0), nil
	}
	return d, nil
}
