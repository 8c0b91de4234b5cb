package graph

import (
	"encoding/json"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/runtime/query"
)

// parentLink says whose children a connection lists; nil for all records of the object.
type parentLink struct {
	obj *catalog.Object
	inv *catalog.Inverse
}

// connection compiles a list of records of o: its level and what it shows.
func (c *compiler) connection(o *catalog.Object, s *selected, m *member, parent *parentLink) (*level, *connView, *errs.Error) {
	lv := c.newLevel(o)
	p := &page{}
	lv.page = p
	view, err := c.connView(lv, s)
	if err != nil {
		return nil, nil, err
	}
	found, err := c.searched(&lv.args, o, s, m)
	if err != nil {
		return nil, nil, err
	}
	if err := c.pageArgs(lv, s, m, found.order()); err != nil {
		return nil, nil, err
	}
	if p.count != nil {
		if err := c.counter(lv, s, m, parent); err != nil {
			return nil, nil, err
		}
	}
	if !p.rows {
		return lv, view, nil
	}
	w := &where{c: c, args: &lv.args}
	var cond driver.Expr
	if in, ok := c.argument(s.first().Arguments, m.arg("filter")); ok && !in.isNull() {
		if cond, err = w.filter(o, in); err != nil {
			return nil, nil, err
		}
	}
	r := query.Read{Object: o, Columns: &lv.cols, Where: []driver.Expr{found.condition(), cond}, Order: p.order, Deleted: w.deleted}
	if parent != nil {
		at, keys := lv.args.reserve()
		lv.keysAt = at
		lv.keyCol = lv.cols.Add(parent.inv.Via.Col())
		lv.prefix = parent.inv.Via.Ref.Polymorphic
		r.Per = &driver.Per{By: parent.inv.Via.Col(), Keys: keys}
	}
	lv.limitAt, r.Limit = lv.args.reserve()
	if p.after != nil || p.before != nil {
		for i := range p.order {
			at, e := lv.args.reserve()
			if i == 0 {
				lv.afterAt = at
			}
			r.After = append(r.After, e)
		}
	}
	return lv, view, c.prepare(lv, r.Statement(c.s.profile, lv.args.attr))
}

// pageArgs reads the order and the page, and selects what cursors need.
// def is the order when none is asked for.
func (c *compiler) pageArgs(lv *level, s *selected, m *member, def []driver.Order) *errs.Error {
	p := lv.page
	as := s.first().Arguments
	get := func(name string) func(map[string]any) any {
		def := m.arg(name)
		if def == nil {
			return nil
		}
		in, ok := c.argument(as, def)
		if !ok || in.isNull() {
			return nil
		}
		return in.getter()
	}
	p.first, p.after, p.last, p.before, p.skip = get("first"), get("after"), get("last"), get("before"), get("skip")
	p.backward = p.last != nil || p.before != nil
	if p.backward && (p.first != nil || p.after != nil) {
		return errs.New(errs.InvalidInput, "page forwards with first and after, or backwards with last and before, not both",
			"请使用 first/after 向后翻页，或使用 last/before 向前翻页，不能同时使用")
	}
	if p.backward && p.skip != nil {
		return errs.New(errs.InvalidInput, "rows are passed over forwards only: skip goes with first and after", "skip 只能与 first、after 一起使用").On("skip")
	}
	if in, ok := c.argument(as, m.arg("orderBy")); ok {
		order, err := c.orders(&lv.args, lv.obj, in)
		if err != nil {
			return err
		}
		p.order = order
	}
	if len(p.order) == 0 {
		p.order = def
	}
	p.order = query.WithID(p.order)
	p.sig = query.Signature(lv.obj.Table, p.order)
	if p.cursors {
		for _, ord := range p.order {
			p.orderCols = append(p.orderCols, lv.cols.Add(ord.Expr))
		}
	}
	if p.backward {
		p.order = query.Reversed(p.order)
	}
	return nil
}

// counter prepares the statement behind totalCount.
func (c *compiler) counter(lv *level, s *selected, m *member, parent *parentLink) *errs.Error {
	n := lv.page.count
	n.keysAt = -1
	w := &where{c: c, args: &n.args}
	a := query.Aggregation{Object: lv.obj, Aggs: []driver.Agg{{Func: driver.Count}}}
	found, cerr := c.searched(&n.args, lv.obj, s, m)
	if cerr != nil {
		return cerr
	}
	a.Where = append(a.Where, found.condition())
	if in, ok := c.argument(s.first().Arguments, m.arg("filter")); ok && !in.isNull() {
		cond, err := w.filter(lv.obj, in)
		if err != nil {
			return err
		}
		a.Where = append(a.Where, cond)
	}
	if parent != nil {
		at, keys := n.args.reserve()
		n.keysAt, n.per = at, true
		lv.prefix = parent.inv.Via.Ref.Polymorphic
		via := parent.inv.Via.Col()
		a.Group = []driver.Expr{via}
		a.Where = append(a.Where, driver.In{Arg: via, List: keys})
	}
	a.Deleted = w.deleted
	stmt, err := c.db.Prepare(a.Statement(c.s.profile, n.args.attr))
	if err != nil {
		return errs.From(err)
	}
	n.stmt = stmt
	return nil
}

// connView compiles the selections of a connection.
func (c *compiler) connView(lv *level, s *selected) (*connView, *errs.Error) {
	name := lv.obj.TypeName + "Connection"
	fields, err := c.collect(name, s.sets())
	if err != nil {
		return nil, err
	}
	v := &viewWriter{view: &connView{}}
	v.text("{")
	for i, f := range fields {
		v.name(f.key, i == 0)
		switch f.first().Name {
		case "__typename":
			v.text(`"` + name + `"`)
		case "totalCount":
			lv.page.count = &counter{}
			v.step(connStep{kind: connTotal, key: f.key})
		case "pageInfo":
			if err := c.pageInfo(lv, v, f); err != nil {
				return nil, err
			}
		case "nodes":
			lv.page.rows = true
			n, err := c.record(lv, f.sets())
			if err != nil {
				return nil, err
			}
			v.step(connStep{kind: connRows, key: f.key, tmpl: n})
		case "edges":
			lv.page.rows = true
			n, err := c.edge(lv, f)
			if err != nil {
				return nil, err
			}
			v.step(connStep{kind: connRows, key: f.key, tmpl: n})
		}
	}
	v.text("}")
	v.step(connStep{})
	return v.view, nil
}

// edge adds a template of an edge.
func (c *compiler) edge(lv *level, s *selected) (int, *errs.Error) {
	name := lv.obj.TypeName + "Edge"
	fields, err := c.collect(name, s.sets())
	if err != nil {
		return 0, err
	}
	t := &template{}
	lv.templates = append(lv.templates, t)
	w := &writer{t: t}
	w.text("{")
	for i, f := range fields {
		w.name(f.key, i == 0)
		switch f.first().Name {
		case "__typename":
			w.text(`"` + name + `"`)
		case "cursor":
			lv.page.cursors = true
			w.step(step{kind: cursorStep, key: f.key})
		case "node":
			w.sub = f.key
			if err := c.object(lv, w, f.sets()); err != nil {
				return 0, err
			}
		}
	}
	w.text("}")
	w.flush()
	return len(lv.templates) - 1, nil
}

func (c *compiler) pageInfo(lv *level, v *viewWriter, s *selected) *errs.Error {
	fields, err := c.collect("PageInfo", s.sets())
	if err != nil {
		return err
	}
	v.text("{")
	for i, f := range fields {
		v.name(f.key, i == 0)
		switch f.first().Name {
		case "__typename":
			v.text(`"PageInfo"`)
		case "hasNextPage":
			lv.page.rows, lv.page.more = true, true
			v.step(connStep{kind: connNext})
		case "hasPreviousPage":
			lv.page.rows, lv.page.more = true, true
			v.step(connStep{kind: connPrevious})
		case "startCursor":
			lv.page.rows, lv.page.cursors = true, true
			v.step(connStep{kind: connStart})
		case "endCursor":
			lv.page.rows, lv.page.cursors = true, true
			v.step(connStep{kind: connEnd})
		}
	}
	v.text("}")
	return nil
}

// viewWriter gathers literal text between the steps of a connection.
type viewWriter struct {
	writer
	view *connView
}

func (v *viewWriter) step(s connStep) {
	s.lit = string(v.lit)
	v.lit = v.lit[:0]
	v.view.steps = append(v.view.steps, s)
}

// size gives the number of rows of a page, and checks it.
func (p *page) size(vars map[string]any, lim *Limits) (int, *errs.Error) {
	get, name := p.first, "first"
	if p.backward {
		get, name = p.last, "last"
	}
	if get == nil {
		return lim.PageSize, nil
	}
	return pageSize(get(vars), name, lim)
}

func pageSize(v any, name string, lim *Limits) (int, *errs.Error) {
	return countOf(v, name, lim.MaxPage)
}

// skipped gives the number of rows that a page passes over, and checks it.
func (p *page) skipped(vars map[string]any, lim *Limits) (int, *errs.Error) {
	if p.skip == nil {
		return 0, nil
	}
	v := p.skip(vars)
	if v == nil {
		return 0, nil
	}
	return countOf(v, "skip", lim.Skip)
}

func countOf(v any, name string, most int) (int, *errs.Error) {
	num, ok := v.(json.Number)
	n, whole := int64(-1), false
	if ok {
		n, whole = wholeNumber(string(num))
	}
	if !whole || n < 0 || n > int64(most) {
		return 0, errs.New(errs.InvalidInput, "%s must be from 0 to %d", "%s 必须在 0 到 %d 之间", name, most).On(name).With("max", most)
	}
	return int(n), nil
}
