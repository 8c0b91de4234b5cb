package mongo

import (
	"context"
	"fmt"

	"go.mongodb.org/mongo-driver/bson"

	"github.com/tenon-platform/tenon/platform/store/algebra"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
)

// Explain asks the server how it would run the query, with sample values for its Params: which
// index serves does not depend on the values.
func (s *stmt) Explain(ctx context.Context) (driver.Access, error) {
	var a driver.Access
	err := s.db.View(ctx, func(dt driver.Tx) error {
		t := dt.(*tx)
		p, err := s.plan(t.schema)
		if err != nil {
			return err
		}
		a, err = (&exec{ctx: ctx, t: t, args: t.schema.samples(s.q)}).explain(p)
		return err
	})
	return a, err
}

func (x *exec) explain(p *plan) (driver.Access, error) {
	var a driver.Access
	src, err := x.source(p, cond{fate: always})
	if err != nil {
		return a, err
	}
	find := bson.D{{Key: "find", Value: p.scope.table.def.Name}, {Key: "filter", Value: x.explained(p, src)}}
	switch {
	case p.agg != nil:
	case !p.sorted():
		a.Sorts = true
	case p.per != nil && p.per.field != "":
		find = append(find, bson.E{Key: "sort", Value: append(bson.D{{Key: p.per.field, Value: 1}}, sortBy(p.order)...)})
	case len(p.order) > 0:
		find = append(find, bson.E{Key: "sort", Value: sortBy(p.order)})
	}
	var out bson.M
	err = x.t.db.db.RunCommand(x.ctx, bson.D{{Key: "explain", Value: find}, {Key: "verbosity", Value: "queryPlanner"}}).Decode(&out)
	if err != nil {
		return a, fmt.Errorf("mongo: explain: %w", err)
	}
	planner, _ := out["queryPlanner"].(bson.M)
	winning := planner["winningPlan"]
	scan(winning, &a)
	text, err := bson.MarshalExtJSON(bson.D{{Key: "winningPlan", Value: winning}, {Key: "conditionsEvaluatedHere", Value: len(src.tests)}}, false, false)
	a.Text = string(text)
	return a, err
}

// explained is the filter of the first page, or of all keys of a batch.
func (x *exec) explained(p *plan, src source) bson.D {
	f := src.filter
	if p.per != nil && p.per.field != "" {
		f = all(where(p.per.field, bson.D{{Key: "$in", Value: bson.A{int64(1), int64(2)}}}), f)
	}
	if f.fate == never {
		return bson.D{{Key: "_id", Value: bson.D{{Key: "$in", Value: bson.A{}}}}}
	}
	return f.filter()
}

// scan finds the index and the sort in a plan's stages, whatever their nesting.
func scan(v any, a *driver.Access) {
	switch v := v.(type) {
	case bson.M:
		if name, ok := v["indexName"].(string); ok && a.Index == "" {
			if a.Index = name; name == "_id_" {
				a.Index = "id"
			}
		}
		switch v["stage"] {
		case "SORT":
			a.Sorts = true
		case "IDHACK", "EXPRESS_CLUSTERED_IXSCAN":
			a.Index = "id"
		}
		for _, k := range sortedKeys(v) {
			scan(v[k], a)
		}
	case bson.A:
		for _, e := range v {
			scan(e, a)
		}
	}
}

// samples are arguments of the types that their places in a query ask for.
func (s *schema) samples(q *driver.Query) []value.Value {
	g := &sampler{schema: s}
	sc, err := s.scope(q.Table)
	if err != nil {
		return nil
	}
	g.walk(q.Where, sc)
	if p, ok := q.Limit.(driver.Param); ok {
		g.set(p.N, value.Int(10))
	}
	if q.Per != nil {
		if p, ok := q.Per.Keys.(driver.Param); ok {
			g.set(p.N, value.List("[1]"))
		}
	}
	return g.args
}

type sampler struct {
	schema *schema
	args   []value.Value
}

func (g *sampler) set(n int, v value.Value) {
	for len(g.args) <= n {
		g.args = append(g.args, value.Null)
	}
	if n >= 0 && g.args[n].IsNull() {
		g.args[n] = v
	}
}

// pair gives a Param on one side the type of the other side.
func (g *sampler) pair(l, r driver.Expr, s *scope) {
	if p, ok := l.(driver.Param); ok {
		l, r = r, p
	}
	p, ok := r.(driver.Param)
	if !ok {
		return
	}
	if c, err := algebra.Compile(l, s); err == nil {
		g.set(p.N, sample(c.Type))
	}
}

func (g *sampler) walk(e driver.Expr, s *scope) {
	each := func(es ...driver.Expr) {
		for _, e := range es {
			g.walk(e, s)
		}
	}
	switch e := e.(type) {
	case driver.And:
		each(e.Args...)
	case driver.Or:
		each(e.Args...)
	case driver.Not:
		each(e.Arg)
	case driver.IsNull:
		each(e.Arg)
	case driver.Cmp:
		g.pair(e.L, e.R, s)
		each(e.L, e.R)
	case driver.In:
		if p, ok := e.List.(driver.Param); ok {
			g.set(p.N, value.List("[]"))
			if c, err := algebra.Compile(e.Arg, s); err == nil {
				g.args[p.N] = sampleList(c.Type)
			}
		}
	case driver.Match:
		if p, ok := e.Pattern.(driver.Param); ok {
			g.set(p.N, value.Text("a"))
		}
	case driver.Has:
		if p, ok := e.Elem.(driver.Param); ok {
			g.set(p.N, value.Text("a"))
		}
	case driver.Exists:
		if in, err := g.schema.scope(e.Table); err == nil {
			g.walk(e.Where, in)
		}
	}
}

func sampleList(t driver.Type) value.Value {
	if t == driver.Text {
		return value.List(`["a","b"]`)
	}
	return value.List(`[1,2]`)
}

func sample(t driver.Type) value.Value {
	switch t {
	case driver.Bool:
		return value.Bool(true)
	case driver.Int:
		return value.Int(1)
	case driver.Float:
		return value.Float(1)
	case driver.Decimal:
		return value.Decimal(1, 0)
	case driver.Bytes:
		return value.Bytes("a")
	case driver.Date:
		return value.Date(1)
	case driver.Time:
		return value.Time(1)
	case driver.DateTime:
		return value.DateTime(1)
	case driver.Ref:
		return value.Ref(1)
	case driver.List:
		return value.List("[]")
	case driver.JSON:
		return value.JSON("{}")
	}
	return value.Text("a")
}
