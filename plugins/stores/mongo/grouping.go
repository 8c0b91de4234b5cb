package mongo

import (
	"strconv"

	"github.com/tenon-platform/tenon/platform/store/algebra"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
)

// aggregateHere reads the rows and groups them.
func (x *exec) aggregateHere(p *plan, src source) ([][]value.Value, error) {
	a := p.agg
	for _, g := range a.group {
		p.scope.need(src.needs, g.needs)
	}
	for _, g := range a.aggs {
		if g.of != nil {
			p.scope.need(src.needs, g.of.needs)
		}
		if g.filter != nil {
			p.scope.need(src.needs, g.filter.needs)
		}
	}
	g := newGrouping(a)
	r := x.read(p, src, []cond{{fate: always}}, nil, -1)
	for f := r.next(); f != nil; f = r.next() {
		if r.err = g.add(f); r.err != nil {
			break
		}
	}
	if err := r.shut(); r.err == nil {
		r.err = err
	}
	return g.rows(), r.err
}

// grouping gathers rows by their group.
type grouping struct {
	a      *aggregation
	groups map[string]*group
	order  []*group
	key    []byte
	vals   []value.Value
}

type group struct {
	by     []value.Value
	totals []total
}

func newGrouping(a *aggregation) *grouping {
	g := &grouping{a: a, groups: map[string]*group{}, vals: make([]value.Value, len(a.group))}
	if len(a.group) == 0 {
		g.group() // aggregates over nothing are one row
	}
	return g
}

func (g *grouping) group() *group {
	g.key = g.key[:0]
	for _, v := range g.vals {
		g.key = appendMeaning(g.key, v)
	}
	if have := g.groups[string(g.key)]; have != nil {
		return have
	}
	n := &group{by: cloned(g.vals), totals: make([]total, len(g.a.aggs))}
	g.groups[string(g.key)] = n
	g.order = append(g.order, n)
	return n
}

func (g *grouping) add(f *algebra.Frame) error {
	for i, e := range g.a.group {
		g.vals[i] = e.Eval(f)
	}
	to := g.group()
	for i := range g.a.aggs {
		a := &g.a.aggs[i]
		if a.filter != nil && !a.filter.True(f) {
			continue
		}
		v := value.Bool(true)
		if a.of != nil {
			v = a.of.Eval(f)
		}
		if !v.IsNull() {
			to.totals[i].add(a.fn, v)
		}
	}
	return f.Err
}

func (g *grouping) rows() [][]value.Value {
	out := make([][]value.Value, len(g.order))
	for i, n := range g.order {
		out[i] = n.by
		for j := range n.totals {
			out[i] = append(out[i], n.totals[j].result(g.a.aggs[j].fn))
		}
	}
	return out
}

// appendMeaning appends a text that is the same for equal values of one type.
func appendMeaning(dst []byte, v value.Value) []byte {
	switch {
	case v.IsNull():
		return append(dst, 'n')
	case algebra.Number(algebra.TypeOf(v)):
		return append(algebra.AppendNumber(append(dst, '#'), v), 0)
	case v.Text() != "":
		dst = strconv.AppendInt(append(dst, 't'), int64(len(v.Text())), 10)
		return append(append(dst, ':'), v.Text()...)
	}
	return append(strconv.AppendInt(append(dst, 'i'), v.Int(), 10), 0)
}

// total is the state of one aggregate of one group.
type total struct {
	n        int64
	sum      value.Value
	float    float64
	distinct map[string]bool
}

func (t *total) add(fn driver.AggFunc, v value.Value) {
	t.n++
	switch fn {
	case driver.Sum, driver.Avg:
		if v.Kind() == value.KindFloat {
			t.float += v.Float64()
			t.sum = value.Float(t.float)
			return
		}
		if t.n == 1 {
			t.sum = value.Int(0)
		}
		t.sum = value.Add(t.sum, v)
	case driver.Min:
		if t.n == 1 || algebra.Compare(v, t.sum) < 0 {
			t.sum = v.Clone()
		}
	case driver.Max:
		if t.n == 1 || algebra.Compare(v, t.sum) > 0 {
			t.sum = v.Clone()
		}
	case driver.CountDistinct:
		if t.distinct == nil {
			t.distinct = map[string]bool{}
		}
		t.distinct[string(appendMeaning(nil, v))] = true
	}
}

func (t *total) result(fn driver.AggFunc) value.Value {
	switch {
	case fn == driver.Count:
		return value.Int(t.n)
	case fn == driver.CountDistinct:
		return value.Int(int64(len(t.distinct)))
	case t.n == 0:
		return value.Null
	case fn == driver.Avg:
		return algebra.Mean(t.sum, t.n)
	}
	return t.sum
}
