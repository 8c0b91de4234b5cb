package mongo

import (
	"go.mongodb.org/mongo-driver/bson"

	"github.com/tenon-platform/tenon/platform/store/algebra"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
)

// batch reads the first rows of every key. One query serves all keys: a session, and so a
// snapshot, runs one command at a time, so a query per key would cost a round trip per key. With a
// limit the server keeps the first rows of each key ($group with $topN; $setWindowFields is not
// allowed on a snapshot) and sends no more than asked.
func (x *exec) batch(p *plan, limit int64, after []value.Value) (driver.Rows, error) {
	keys, err := x.batchKeys(p)
	if err != nil || len(keys) == 0 {
		return &listed{}, err
	}
	if p.per.field == "" || !p.sorted() {
		return x.batchHere(p, keys, limit, after)
	}
	vals := make(bson.A, len(keys))
	for i, k := range keys {
		vals[i] = rawInt(k)
	}
	src, err := x.source(p, where(p.per.field, bson.D{{Key: "$in", Value: vals}}))
	if err != nil {
		return nil, err
	}
	if len(after) > 0 {
		later, err := p.later(p.order, after)
		if err != nil {
			return nil, err
		}
		src.filter = all(src.filter, later)
	}
	sort := append(bson.D{{Key: p.per.field, Value: 1}}, sortBy(p.order)...)
	p.scope.need(src.needs, p.per.by.needs)
	r := x.streamed(p, src, []cond{{fate: always}}, sort, -1)
	if limit < 0 {
		return r, nil
	}
	if len(src.tests) == 0 && !x.t.db.limits.noAggregation && limit <= maxTop {
		r.firsts = &firsts{by: p.per.field, order: sortBy(p.order), most: limit}
		return r, nil
	}
	r.take = firstOf(p.per.by, limit)
	return r, nil
}

// maxTop bounds the rows of a key that the server gathers, which it does in memory.
const maxTop = 1000

func (x *exec) batchKeys(p *plan) ([]int64, error) {
	l, err := x.eval(p.per.keys)
	if err != nil || l.IsNull() {
		return nil, err
	}
	elems, err := algebra.Elements(l, driver.Ref)
	if err != nil {
		return nil, err
	}
	var out []int64
	seen := map[int64]bool{}
	for _, e := range elems {
		if !seen[e.Int()] {
			seen[e.Int()] = true
			out = append(out, e.Int())
		}
	}
	return out, nil
}

// firstOf accepts the first rows of each key, of rows that come key by key.
func firstOf(by expr, limit int64) func(*algebra.Frame) bool {
	var key, n int64
	return func(f *algebra.Frame) bool {
		if k := by.Eval(f).Int(); n == 0 || k != key {
			key, n = k, 0
		}
		n++
		return n <= limit
	}
}

// batchHere sorts and counts what the server cannot.
func (x *exec) batchHere(p *plan, keys []int64, limit int64, after []value.Value) (driver.Rows, error) {
	src, err := x.source(p, cond{fate: always})
	if err != nil {
		return nil, err
	}
	wanted := map[int64]bool{}
	for _, k := range keys {
		wanted[k] = true
	}
	by := p.per.by
	p.scope.need(src.needs, by.needs)
	src.tests = append(src.tests, algebra.Compiled{Eval: func(f *algebra.Frame) value.Value {
		v := by.Eval(f)
		return value.Bool(!v.IsNull() && wanted[v.Int()])
	}})
	var low []value.Value
	if len(after) > 0 {
		src.tests = append(src.tests, algebra.Compiled{Eval: func(f *algebra.Frame) value.Value {
			low = low[:0]
			for _, k := range p.order {
				low = append(low, k.Eval(f))
			}
			return value.Bool(compareKeys(p.order, low, after) > 0)
		}})
		for _, k := range p.order {
			p.scope.need(src.needs, k.needs)
		}
	}
	sorted := append([]sortKey{{expr: by}}, p.order...)
	rows, err := x.collect(p, src, sorted, nil, -1)
	if err != nil {
		return nil, err
	}
	out := &listed{}
	var n int64
	for i, r := range rows {
		if i == 0 || r.keys[0].Int() != rows[i-1].keys[0].Int() {
			n = 0
		}
		if n++; limit < 0 || n <= limit {
			out.rows = append(out.rows, r.out)
		}
	}
	return out, nil
}

// firsts keeps the first rows of each key.
type firsts struct {
	by    string
	order bson.D
	most  int64
}

// pipeline is the aggregation that reads the fields of the first rows that match. The documents of
// a key come together, because they are one array before $unwind.
func (f *firsts) pipeline(match bson.D, fields map[string]int) bson.A {
	order := f.order
	if len(order) == 0 {
		order = bson.D{{Key: "_id", Value: 1}}
	}
	row := bson.D{}
	for _, name := range sortedKeys(fields) {
		row = append(row, bson.E{Key: name, Value: "$" + name})
	}
	top := bson.D{{Key: "n", Value: f.most}, {Key: "sortBy", Value: order}, {Key: "output", Value: row}}
	return bson.A{
		bson.D{{Key: "$match", Value: match}},
		bson.D{{Key: "$group", Value: bson.D{{Key: "_id", Value: "$" + f.by}, {Key: "rows", Value: bson.D{{Key: "$topN", Value: top}}}}}},
		bson.D{{Key: "$unwind", Value: "$rows"}},
		bson.D{{Key: "$replaceWith", Value: "$rows"}},
	}
}
