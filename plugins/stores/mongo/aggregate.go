package mongo

import (
	"slices"

	"github.com/tenon-platform/tenon/platform/store/algebra"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
)

// aggregation is the compiled Group and Aggs of a query. Having, Order and Limit are always
// applied here, to the groups.
type aggregation struct {
	group  []expr
	groups []string // fields to group by on the server, "" where there is none
	aggs   []agg
	having *algebra.Compiled
	order  []sortKey // over outputs
}

// agg is one aggregate.
type agg struct {
	fn     driver.AggFunc
	of     *expr // nil: rows
	field  string
	typ    typ
	filter *expr
	push   filterFunc // of filter; nil where find has none
}

// aggregation compiles the groups and aggregates of q.
func (p *plan) aggregation(q *driver.Query) error {
	if q.Per != nil || len(q.Select) > 0 {
		return unsupported("a batch or a projection of an aggregation")
	}
	p.agg = &aggregation{}
	var out outputs
	for _, g := range q.Group {
		c, err := p.scope.expr(g)
		if err != nil {
			return err
		}
		p.agg.group, out = append(p.agg.group, c), append(out, c.Type)
		p.agg.groups = append(p.agg.groups, p.scope.groupField(g))
	}
	for _, a := range q.Aggs {
		c, t, err := p.scope.aggregate(a)
		if err != nil {
			return err
		}
		p.agg.aggs, out = append(p.agg.aggs, c), append(out, t)
	}
	if q.Having != nil {
		h, err := algebra.Condition(q.Having, out)
		if err != nil {
			return err
		}
		p.agg.having = &h
	}
	for _, o := range q.Order {
		c, err := algebra.Compile(o.Expr, out)
		if err != nil {
			return err
		}
		p.agg.order = append(p.agg.order, sortKey{expr: expr{Compiled: c}, desc: o.Desc})
	}
	return nil
}

// outputs is the scope of Having and Order: the types of the outputs.
type outputs []driver.Type

// Column refuses columns, of which a group has none.
func (outputs) Column(name string) (int, driver.Type, error) {
	return 0, 0, unsupported("the column %s where only outputs are", name)
}

// Link refuses links.
func (outputs) Link(driver.Expr) (int, driver.Type, error) {
	return 0, 0, unsupported("a link where only outputs are")
}

// Search refuses searches.
func (outputs) Search([]string) ([]int, error) {
	return nil, unsupported("a search where only outputs are")
}

// Output gives the slot of an output.
func (o outputs) Output(n int) (int, driver.Type, error) {
	if n < 0 || n >= len(o) {
		return 0, 0, unsupported("output %d of %d", n, len(o))
	}
	return n, o[n], nil
}

// groupField is the field whose values group as those of e do.
func (s *scope) groupField(e driver.Expr) string {
	switch e := e.(type) {
	case driver.Col:
		if field, t, err := s.table.column(e.Name); err == nil && t.rep != rList && t.rep != rFloat {
			return field
		}
	case driver.Func:
		if col, ok := lowered(e); ok && s.table.folded[col] {
			return shadow(col)
		}
	}
	return ""
}

func (s *scope) aggregate(a driver.Agg) (agg, driver.Type, error) {
	out := agg{fn: a.Func}
	if a.Filter != nil {
		f, err := s.condition(a.Filter)
		if err != nil {
			return out, 0, err
		}
		out.filter = &f
		out.push, _ = s.filter(a.Filter, false) // without, it is evaluated here
	}
	if a.Expr == nil {
		if a.Func != driver.Count {
			return out, 0, unsupported("%s of nothing", a.Func)
		}
		return out, driver.Int, nil
	}
	e, err := s.expr(a.Expr)
	if err != nil {
		return out, 0, err
	}
	out.of = &e
	if c, ok := a.Expr.(driver.Col); ok {
		out.field, out.typ, _ = s.table.column(c.Name) // compiled above
	}
	t, err := aggregateType(a.Func, e.Type)
	return out, t, err
}

func aggregateType(fn driver.AggFunc, of driver.Type) (driver.Type, error) {
	switch fn {
	case driver.Count, driver.CountDistinct:
		return driver.Int, nil
	case driver.Min, driver.Max:
		return of, nil
	case driver.Sum, driver.Avg:
		if of != 0 && !algebra.Number(of) {
			return 0, unsupported("%s of type %d", fn, of)
		}
		switch {
		case fn == driver.Avg:
			return driver.Decimal, nil
		case of == driver.Bool:
			return driver.Int, nil
		}
		return of, nil
	}
	return 0, unsupported("aggregate %s", fn)
}

// aggregate runs an aggregation on the server where that is exact, else here.
func (x *exec) aggregate(p *plan, limit int64, after []value.Value) (driver.Rows, error) {
	src, err := x.source(p, cond{fate: always})
	if err != nil {
		return nil, err
	}
	rows, ok, err := x.aggregateThere(p, src)
	if err == nil && !ok {
		rows, err = x.aggregateHere(p, src)
	}
	if err != nil {
		return nil, err
	}
	return x.arrange(p.agg, rows, limit, after)
}

// arrange applies Having, Order, After and Limit to the groups.
func (x *exec) arrange(a *aggregation, groups [][]value.Value, limit int64, after []value.Value) (driver.Rows, error) {
	rows := make([]keyed, 0, len(groups))
	for _, g := range groups {
		f := algebra.Frame{Row: g, Args: x.args}
		if a.having != nil && !a.having.True(&f) {
			if f.Err != nil {
				return nil, f.Err
			}
			continue
		}
		k := keyed{out: g, keys: make([]value.Value, len(a.order))}
		for i, o := range a.order {
			k.keys[i] = o.Eval(&f)
		}
		if f.Err != nil {
			return nil, f.Err
		}
		if len(after) == 0 || compareKeys(a.order, k.keys, after) > 0 {
			rows = append(rows, k)
		}
	}
	slices.SortStableFunc(rows, func(x, y keyed) int { return compareKeys(a.order, x.keys, y.keys) })
	if limit >= 0 && int64(len(rows)) > limit {
		rows = rows[:limit]
	}
	return list(rows), nil
}
