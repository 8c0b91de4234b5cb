package mongo

import (
	"errors"
	"slices"

	"go.mongodb.org/mongo-driver/bson"

	"github.com/tenon-platform/tenon/platform/store/algebra"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
)

// query runs a plan.
func (x *exec) query(p *plan) (driver.Rows, error) {
	limit, after, err := x.bounds(p)
	if err != nil {
		return nil, err
	}
	if limit == 0 {
		return &listed{}, nil
	}
	switch {
	case p.agg != nil:
		return x.aggregate(p, limit, after)
	case p.per != nil:
		return x.batch(p, limit, after)
	}
	src, err := x.source(p, cond{fate: always})
	if err != nil {
		return nil, err
	}
	if !p.sorted() {
		return x.sortHere(p, src, limit, after)
	}
	pages, err := p.pages(after)
	if err != nil {
		return nil, err
	}
	return x.streamed(p, src, pages, sortBy(p.order), limit), nil
}

// bounds evaluates the limit, -1 without one, and the values to resume after.
func (x *exec) bounds(p *plan) (limit int64, after []value.Value, err error) {
	limit = -1
	if p.limit != nil {
		v, err := x.eval(*p.limit)
		if err != nil {
			return 0, nil, err
		}
		if !v.IsNull() {
			limit = max(0, v.Int())
		}
	}
	for _, a := range p.after {
		v, err := x.eval(a)
		if err != nil {
			return 0, nil, err
		}
		after = append(after, v)
	}
	return limit, after, nil
}

func (x *exec) streamed(p *plan, src source, pages []cond, sort bson.D, limit int64) *streamRows {
	for _, e := range p.sel {
		p.scope.need(src.needs, e.needs)
	}
	return &streamRows{stream: x.read(p, src, pages, sort, limit), sel: p.sel, left: limit}
}

// streamRows are rows that the server sorts. take, if set, passes over rows.
type streamRows struct {
	*stream
	sel  []expr
	left int64
	take func(*algebra.Frame) bool
	row  *algebra.Frame
}

func (r *streamRows) Next() bool {
	for r.row = nil; r.left != 0 && r.err == nil; {
		f := r.next()
		if f == nil {
			return false
		}
		if r.take != nil && !r.take(f) {
			continue
		}
		if r.left > 0 {
			r.left--
		}
		r.row = f
		return true
	}
	return false
}

func (r *streamRows) Value(i int) value.Value {
	if r.row == nil || i < 0 || i >= len(r.sel) {
		return value.Null
	}
	v := r.sel[i].Eval(r.row)
	if r.row.Err != nil {
		r.err = r.row.Err
		return value.Null
	}
	return v
}

func (r *streamRows) Err() error   { return r.err }
func (r *streamRows) Close() error { return r.shut() }

// listed are rows that lie in memory.
type listed struct {
	rows [][]value.Value
	i    int
}

func (l *listed) Next() bool {
	if l.i >= len(l.rows) {
		l.i = len(l.rows) + 1
		return false
	}
	l.i++
	return true
}

func (l *listed) Value(i int) value.Value {
	if l.i < 1 || l.i > len(l.rows) || i < 0 || i >= len(l.rows[l.i-1]) {
		return value.Null
	}
	return l.rows[l.i-1][i]
}

func (l *listed) Err() error   { return nil }
func (l *listed) Close() error { l.rows = nil; return nil }

// keyed is a row with the values of the criteria that it is sorted by.
type keyed struct{ keys, out []value.Value }

// collect reads a source to its end; give makes a row of each that after does not pass over.
func (x *exec) collect(p *plan, src source, keys []sortKey, after []value.Value, limit int64) (rows []keyed, err error) {
	for _, e := range p.sel {
		p.scope.need(src.needs, e.needs)
	}
	for _, k := range keys {
		p.scope.need(src.needs, k.needs)
	}
	r := x.read(p, src, []cond{{fate: always}}, nil, -1)
	defer func() { err = errors.Join(err, r.shut()) }()
	sort := func() {
		slices.SortStableFunc(rows, func(a, b keyed) int { return compareKeys(keys, a.keys, b.keys) })
	}
	for f := r.next(); f != nil; f = r.next() {
		k := keyed{keys: make([]value.Value, len(keys)), out: make([]value.Value, len(p.sel))}
		for i, e := range keys {
			k.keys[i] = e.Eval(f).Clone()
		}
		if len(after) > 0 && compareKeys(keys, k.keys, after) <= 0 {
			continue
		}
		for i, e := range p.sel {
			k.out[i] = e.Eval(f).Clone()
		}
		if f.Err != nil {
			return nil, f.Err
		}
		rows = append(rows, k)
		if limit >= 0 && int64(len(rows)) >= 2*limit+mostBatch { // keep the first ones alone
			sort()
			clear(rows[limit:])
			rows = rows[:limit]
		}
	}
	sort()
	if limit >= 0 && int64(len(rows)) > limit {
		rows = rows[:limit]
	}
	return rows, r.err
}

// sortHere sorts by what the server cannot sort by.
func (x *exec) sortHere(p *plan, src source, limit int64, after []value.Value) (driver.Rows, error) {
	rows, err := x.collect(p, src, p.order, after, limit)
	if err != nil {
		return nil, err
	}
	return list(rows), nil
}

func list(rows []keyed) *listed {
	l := &listed{rows: make([][]value.Value, len(rows))}
	for i, r := range rows {
		l.rows[i] = r.out
	}
	return l
}
