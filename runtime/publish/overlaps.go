package publish

import (
	"context"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/plan"
	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
)

// countOverlaps counts the records whose range overlaps that of an earlier one with the same keys,
// in one pass over them in order. Constraints over trees or pairs are not counted in advance.
func (s *Service) countOverlaps(ctx context.Context, p *plan.Probe, alive driver.Expr) (*int64, error) {
	x := p.Apart
	if len(x.Trees) > 0 || x.When != nil {
		return nil, nil
	}
	conds := []driver.Expr{alive}
	for _, f := range append(x.Fields[:len(x.Fields):len(x.Fields)], x.From, x.To) {
		if !hasColumn(p.Object, f.Column) {
			return new(int64), nil // a new column holds nothing yet
		}
	}
	q := &driver.Query{Table: p.Object.Table}
	for _, f := range x.Fields {
		conds = append(conds, driver.Not{Arg: driver.IsNull{Arg: f.Col()}})
		q.Select, q.Order = append(q.Select, f.Col()), append(q.Order, driver.Order{Expr: f.Col()})
	}
	if x.Where != nil {
		w, err := x.Where.FilterWith(s.env(), bindOld(p.NewObj, p.Object))
		if err != nil {
			return nil, nil
		}
		conds = append(conds, w)
	}
	q.Select = append(q.Select, x.From.Col(), x.To.Col())
	q.Order = append(q.Order, driver.Order{Expr: x.From.Col()}, driver.Order{Expr: driver.Col{Name: catalog.ID}})
	q.Where = driver.And{Args: conds}
	st, err := s.Tenant.Store.Prepare(q)
	if err != nil {
		return nil, err
	}
	sweep := overlapSweep{keys: len(x.Fields), moments: x.From.Store.Type == driver.DateTime}
	err = s.Tenant.Store.View(ctx, func(tx store.Tx) error {
		return each(ctx, tx, st, nil, func(r driver.Rows) error {
			sweep.add(r)
			return nil
		})
	})
	return &sweep.n, err
}

// overlapSweep looks at ranges in the order of their keys and beginnings.
type overlapSweep struct {
	keys    int
	moments bool
	n       int64
	last    []value.Value // keys of the group
	end     value.Value   // the latest end in it; null: none ends
	any     bool
}

func (s *overlapSweep) add(r driver.Rows) {
	from, to := r.Value(s.keys), r.Value(s.keys+1)
	if !from.IsNull() && !to.IsNull() && s.before(to, from) {
		return // no time at all
	}
	same := s.any
	for i := range s.last {
		same = same && value.Equal(s.last[i], r.Value(i))
	}
	if !same {
		s.last = s.last[:0]
		for i := range s.keys {
			s.last = append(s.last, r.Value(i).Clone())
		}
		s.any, s.end = true, to
		return
	}
	if from.IsNull() || s.end.IsNull() || !s.before(s.end, from) {
		s.n++
	}
	if to.IsNull() || !s.end.IsNull() && value.Compare(to, s.end) > 0 {
		s.end = to
	}
}

// before says whether a range that ends at end is over when another begins.
func (s *overlapSweep) before(end, begin value.Value) bool {
	if s.moments {
		return value.Compare(end, begin) <= 0
	}
	return value.Compare(end, begin) < 0
}
