package graph

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"sync"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/platform/clock"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/runtime/query"
)

// advice is the index that a statement lacks. It is worked out once, when the statement was slow
// for the first time.
type advice struct {
	once sync.Once
	json []byte // nil when no index would help
}

// slowRead is a statement that took long in this request.
type slowRead struct {
	obj    *catalog.Object
	stmt   driver.Stmt
	query  *driver.Query
	advice *advice
}

// timed notes a read that took longer than it should.
func (x *exec) timed(watch clock.Stopwatch, r slowRead) {
	if slow := x.svc.lim.Slow; slow > 0 && r.query != nil && watch.Elapsed() >= slow {
		x.slow = append(x.slow, r)
	}
}

// appendAdvice appends the indexes that would have helped, each once. It must not be called while a
// transaction is open, because asking the store how it reads takes another.
func (x *exec) appendAdvice(out []byte) []byte {
	n := 0
	for i := range x.slow {
		r := &x.slow[i]
		r.advice.once.Do(func() { r.advice.json = r.explain(x.ctx) })
		if r.advice.json == nil || x.advised(i) {
			continue
		}
		if n == 0 {
			out = append(out, `,"indexes":[`...)
		} else {
			out = append(out, ',')
		}
		out = append(out, r.advice.json...)
		n++
	}
	if n > 0 {
		out = append(out, ']')
	}
	return out
}

func (x *exec) advised(i int) bool {
	for _, r := range x.slow[:i] {
		if string(r.advice.json) == string(x.slow[i].advice.json) {
			return true
		}
	}
	return false
}

// explain gives the missing index as JSON, with the file of the tenant's own package that adds it; where the
// package has that file already, the index is to be added there. Nothing for an index that the object has.
func (r *slowRead) explain(ctx context.Context) []byte {
	how, err := r.stmt.Explain(ctx)
	if err != nil || how.Index != "" && !how.Sorts {
		return nil
	}
	ix := missingIndex(r.obj, r.query)
	if len(ix.Fields) == 0 || slices.ContainsFunc(r.obj.Indexes, ix.in) {
		return nil
	}
	b, err := json.Marshal(map[string]any{"object": r.obj.Name, "index": ix,
		"change": map[string]any{"path": "extend/" + r.obj.Name + ".json", "content": map[string]any{"object": r.obj.Name, "indexes": []indexAdvice{ix}}}})
	if err != nil {
		return nil
	}
	return b
}

type indexAdvice struct {
	Fields  []string `json:"fields"`
	Include []string `json:"include,omitempty"`

	fixed int // fields that have one value, which come first: their direction means nothing
}

// in says whether an index that is there already is, or begins with, the advised one. It is read in either direction.
func (ix indexAdvice) in(has *catalog.Index) bool {
	if len(has.Fields) < len(ix.Fields) {
		return false
	}
	forward, backward := true, true
	held := map[string]bool{}
	for i, f := range has.Fields {
		held[f.Name] = true
		if i >= len(ix.Fields) {
			continue
		}
		name, desc := strings.CutSuffix(ix.Fields[i], descending)
		if name != f.Name {
			return false
		}
		if i >= ix.fixed {
			forward, backward = forward && desc == has.Desc[i], backward && desc != has.Desc[i]
		}
	}
	for _, f := range has.Include {
		held[f.Name] = true
	}
	return (forward || backward) && !slices.ContainsFunc(ix.Include, func(name string) bool { return !held[name] })
}

const descending = " desc"

// missingIndex is the index that serves a query: the columns that are fixed, then the order or
// the groups, then a range when there is no order; what else is compared or summed is included. Rows that are equal
// by its fields lie in the order of their ids: so if these are asked for backwards, all of it is to be read backwards.
func missingIndex(o *catalog.Object, q *driver.Query) (ix indexAdvice) {
	names := map[driver.Expr]string{}
	for _, f := range o.Fields {
		if f.Column != "" && f.Name != catalog.ID && f.Name != catalog.DeletedAt {
			names[f.Col()] = f.Name
		}
	}
	used := map[string]bool{}
	add := func(e driver.Expr, desc bool, to *[]string) {
		col, ok := e.(driver.Col)
		name := names[col]
		if !ok || name == "" || used[name] {
			return
		}
		used[name] = true
		if desc {
			name += descending
		}
		*to = append(*to, name)
	}
	if q.Per != nil {
		add(q.Per.By, false, &ix.Fields)
	}
	var ranges []driver.Expr
	for _, e := range conjuncts(q.Where) {
		switch c := e.(type) {
		case driver.Cmp:
			if c.Op == driver.Eq {
				add(c.L, false, &ix.Fields)
			} else {
				ranges = append(ranges, c.L)
			}
		case driver.In:
			ranges = append(ranges, c.Arg)
		}
	}
	ix.fixed = len(ix.Fields)
	ordered := len(q.Group) > 0
	for _, g := range q.Group {
		add(g, false, &ix.Fields)
	}
	if len(q.Group) == 0 {
		n := len(q.Order)
		back := n > 0 && q.Order[n-1] == driver.Order{Expr: query.ID, Desc: true}
		for _, ord := range q.Order {
			before := len(ix.Fields)
			add(ord.Expr, ord.Desc != back, &ix.Fields)
			ordered = ordered || len(ix.Fields) > before
		}
	}
	for _, e := range ranges {
		if ordered {
			add(e, false, &ix.Include)
		} else {
			add(e, false, &ix.Fields)
			ordered = true
		}
	}
	for _, a := range q.Aggs {
		add(a.Expr, false, &ix.Include)
	}
	return ix
}

func conjuncts(e driver.Expr) []driver.Expr {
	and, ok := e.(driver.And)
	if !ok {
		return []driver.Expr{e}
	}
	var out []driver.Expr
	for _, a := range and.Args {
		out = append(out, conjuncts(a)...)
	}
	return out
}
