package mongo

import (
	"errors"

	"github.com/tenon-platform/tenon/platform/store/algebra"
	"github.com/tenon-platform/tenon/platform/store/driver"
)

// plan is a compiled query. What find filters, sorts and the group stage say exactly is the
// server's; the rest is evaluated here on the rows that are left, by the shared algebra, because
// the server computes with 34 digits half-even where the algebra has 38 half-up.
type plan struct {
	scope *scope
	conjs []conjunct
	sel   []expr
	order []sortKey
	after []algebra.Compiled
	limit *algebra.Compiled
	per   *perKey
	agg   *aggregation
}

// conjunct is one of the conditions that must all be true: a filter, where find has one, and the
// same as an evaluation.
type conjunct struct {
	push filterFunc
	test expr
}

// sortKey is one criterion of an order. field is "" where the server cannot sort by it.
type sortKey struct {
	expr
	field string
	typ   typ // of field
	desc  bool
	solid bool // never null
}

// perKey makes a plan a batch by keys.
type perKey struct {
	by    expr
	field string // "" where by is no column
	keys  algebra.Compiled
}

// plan compiles a query.
func (s *schema) plan(q *driver.Query) (*plan, error) {
	scope, err := s.scope(q.Table)
	if err != nil {
		return nil, err
	}
	p := &plan{scope: scope}
	if err := p.where(q.Where); err != nil {
		return nil, err
	}
	if q.Limit != nil {
		l, err := argument(q.Limit)
		if err != nil {
			return nil, err
		}
		p.limit = &l
	}
	if len(q.After) > 0 && len(q.After) != len(q.Order) {
		return nil, unsupported("%d values to resume after %d orders", len(q.After), len(q.Order))
	}
	for _, a := range q.After {
		c, err := argument(a)
		if err != nil {
			return nil, err
		}
		p.after = append(p.after, c)
	}
	if len(q.Group)+len(q.Aggs) > 0 {
		return p, p.aggregation(q)
	}
	for _, e := range q.Select {
		c, err := scope.expr(e)
		if err != nil {
			return nil, err
		}
		p.sel = append(p.sel, c)
	}
	for _, o := range q.Order {
		k, err := scope.sortKey(o)
		if err != nil {
			return nil, err
		}
		p.order = append(p.order, k)
	}
	if q.Per != nil {
		p.per, err = scope.perKey(q.Per)
	}
	return p, err
}

func (p *plan) where(e driver.Expr) error {
	for _, e := range conjuncts(e, nil) {
		test, err := p.scope.condition(e)
		if err != nil {
			return err
		}
		push, err := p.scope.filter(e, false)
		if err != nil && !errors.Is(err, errLocal) {
			return err
		}
		p.conjs = append(p.conjs, conjunct{push, test})
	}
	return nil
}

// conjuncts takes an And apart.
func conjuncts(e driver.Expr, out []driver.Expr) []driver.Expr {
	if e == nil {
		return out
	}
	and, ok := e.(driver.And)
	if !ok {
		return append(out, e)
	}
	for _, a := range and.Args {
		out = conjuncts(a, out)
	}
	return out
}

func (s *scope) sortKey(o driver.Order) (sortKey, error) {
	c, err := s.expr(o.Expr)
	k := sortKey{expr: c, desc: o.Desc}
	switch e := o.Expr.(type) {
	case driver.Col:
		if field, t, err := s.table.column(e.Name); err == nil && t.ordered() {
			k.field, k.typ, k.solid = field, t, field == "_id"
		}
	case driver.Func:
		if col, ok := lowered(e); ok && s.table.folded[col] {
			k.field, k.typ = shadow(col), typ{t: driver.Text, rep: rText}
		}
	}
	return k, err
}

func (s *scope) perKey(per *driver.Per) (*perKey, error) {
	by, err := s.expr(per.By)
	if err != nil {
		return nil, err
	}
	if by.Type != driver.Ref && by.Type != driver.Int {
		return nil, unsupported("a batch by something else than a reference")
	}
	k := &perKey{by: by}
	if c, ok := per.By.(driver.Col); ok {
		k.field, _, _ = s.table.column(c.Name) // compiled above
	}
	k.keys, err = argument(per.Keys)
	return k, err
}

// sorted says whether the server can sort as the plan asks.
func (p *plan) sorted() bool {
	for _, k := range p.order {
		if k.field == "" {
			return false
		}
	}
	return true
}
