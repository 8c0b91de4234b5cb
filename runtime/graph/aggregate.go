package graph

import (
	"strconv"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/field"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/runtime/query"
)

// aggregation is one compiled aggregation and how its groups are written.
type aggregation struct {
	stmt    driver.Stmt
	read    slowRead
	args    args
	limitAt int
	first   func(vars map[string]any) any
	steps   []step
	width   int
	index   int // of its bound arguments
}

// aggCompiler gathers the outputs of one aggregation.
type aggCompiler struct {
	c     *compiler
	obj   *catalog.Object
	where where
	q     query.Aggregation
	keys  []aggKey
}

type aggKey struct {
	path []*catalog.Field
	groupKey
}

func (c *compiler) aggregation(o *catalog.Object, s *selected, m *member) (*aggregation, *errs.Error) {
	g := &aggregation{index: c.levels}
	c.levels++
	a := &aggCompiler{c: c, obj: o, where: where{c: c, args: &g.args}, q: query.Aggregation{Object: o}}
	as := s.first().Arguments
	found, err := c.searched(&g.args, o, s, m)
	if err != nil {
		return nil, err
	}
	a.q.Where = append(a.q.Where, found.condition())
	if in, ok := c.argument(as, m.arg("filter")); ok && !in.isNull() {
		cond, err := a.where.filter(o, in)
		if err != nil {
			return nil, err
		}
		a.q.Where = append(a.q.Where, cond)
		a.q.Deleted = a.where.deleted
	}
	if in, ok := c.argument(as, m.arg("groupBy")); ok {
		items, err := c.keyList(in)
		if err != nil {
			return nil, err
		}
		for _, it := range items {
			if err := a.group(o, it, nil); err != nil {
				return nil, err
			}
		}
	}
	steps, err := a.selections(s)
	if err != nil {
		return nil, err
	}
	if in, ok := c.argument(as, m.arg("having")); ok && !in.isNull() {
		if a.q.Having, err = a.having(c.s.types[o.TypeName+"Having"], in); err != nil {
			return nil, err
		}
	}
	if in, ok := c.argument(as, m.arg("orderBy")); ok {
		items, err := c.keyList(in)
		if err != nil {
			return nil, err
		}
		for _, it := range items {
			ord, err := a.order(c.s.types[o.TypeName+"AggregateOrder"], it)
			if err != nil {
				return nil, err
			}
			a.q.Order = append(a.q.Order, ord)
		}
	}
	for i := range a.q.Group { // so that the answer is the same every time
		a.q.Order = append(a.q.Order, driver.Order{Expr: driver.Output{N: i}})
	}
	if len(a.q.Group)+len(a.q.Aggs) == 0 {
		a.q.Aggs = []driver.Agg{{Func: driver.Count}}
	}
	if in, ok := c.argument(as, m.arg("first")); ok && !in.isNull() {
		g.first = in.getter()
	}
	g.limitAt, a.q.Limit = g.args.reserve()
	// Groups come before aggregates in a row, whichever was selected first.
	g.width = len(a.q.Group) + len(a.q.Aggs)
	g.steps = steps
	for i := range g.steps {
		if st := &g.steps[i]; st.kind == childStep {
			st.kind, st.src.Col = valueStep, len(a.q.Group)+st.child
		}
	}
	shiftOutputs(&a.q)
	q := a.q.Statement(c.s.profile, g.args.attr)
	stmt, perr := c.db.Prepare(q)
	if perr != nil {
		return nil, errs.From(perr)
	}
	g.stmt, g.read = stmt, slowRead{o, stmt, q, &advice{}}
	return g, nil
}

// aggOutput refers to the n-th aggregate until the number of groups is known.
type aggOutput struct {
	driver.Expr
	n int
}

// shiftOutputs places references to aggregates behind the groups.
func shiftOutputs(q *query.Aggregation) {
	var shift func(e driver.Expr) driver.Expr
	all := func(es []driver.Expr) []driver.Expr {
		out := make([]driver.Expr, len(es))
		for i, e := range es {
			out[i] = shift(e)
		}
		return out
	}
	shift = func(e driver.Expr) driver.Expr {
		switch e := e.(type) {
		case aggOutput:
			return driver.Output{N: len(q.Group) + e.n}
		case driver.And:
			return driver.And{Args: all(e.Args)}
		case driver.Or:
			return driver.Or{Args: all(e.Args)}
		case driver.Not:
			return driver.Not{Arg: shift(e.Arg)}
		case driver.Cmp:
			return driver.Cmp{Op: e.Op, L: shift(e.L), R: e.R}
		}
		return e
	}
	if q.Having != nil {
		q.Having = shift(q.Having)
	}
	for i := range q.Order {
		q.Order[i].Expr = shift(q.Order[i].Expr)
	}
}

// group adds one key to group by.
func (a *aggCompiler) group(o *catalog.Object, in input, path []*catalog.Field) *errs.Error {
	t := a.c.s.types[o.TypeName+"Group"]
	k, err := a.c.only(t, in)
	if err != nil {
		return err
	}
	m := t.byName[k.name]
	if m == nil {
		return unknownKey(t, k.name)
	}
	switch r := m.role.(type) {
	case oneOrder:
		return a.group(r.f.Ref.Target(), k, append(path[:len(path):len(path)], r.f))
	case groupKey:
		if k.val != true {
			return errs.New(errs.InvalidInput, "a key to group by is given as true", "分组键的值必须为 true").On(k.name)
		}
		if a.find(path, r) >= 0 {
			return nil
		}
		e := r.f.Col()
		if r.part != nil {
			e = r.part.Build(e, a.c.s.cat.Zone)
		}
		e, ferr := query.Follow(a.c.s.profile, a.where.args.attr, path, e)
		if ferr != nil {
			return errs.From(ferr)
		}
		a.keys = append(a.keys, aggKey{path, r})
		a.q.Group = append(a.q.Group, e)
	}
	return nil
}

func (a *aggCompiler) find(path []*catalog.Field, k groupKey) int {
next:
	for i, have := range a.keys {
		if have.f != k.f || len(have.path) != len(path) || (have.part == nil) != (k.part == nil) || have.part != nil && have.part.Name != k.part.Name {
			continue
		}
		for j := range path {
			if have.path[j] != path[j] {
				continue next
			}
		}
		return i
	}
	return -1
}

// agg gives the number of an aggregate, adding it when it is new.
func (a *aggCompiler) agg(r aggField) int {
	want := driver.Agg{Func: r.fn}
	if r.f != nil {
		want.Expr = r.f.Col()
	}
	for i, have := range a.q.Aggs {
		if have == want {
			return i
		}
	}
	a.q.Aggs = append(a.q.Aggs, want)
	return len(a.q.Aggs) - 1
}

func (a *aggCompiler) selections(s *selected) ([]step, *errs.Error) {
	w := &writer{t: &template{}}
	if err := a.object(w, a.obj.TypeName+"Aggregate", s, nil); err != nil {
		return nil, err
	}
	w.flush()
	return w.t.steps, nil
}

func (a *aggCompiler) object(w *writer, typeName string, s *selected, path []*catalog.Field) *errs.Error {
	fields, err := a.c.collect(typeName, s.sets())
	if err != nil {
		return err
	}
	t := a.c.s.types[typeName]
	w.text("{")
	for i, f := range fields {
		w.name(f.key, i == 0)
		if f.first().Name == "__typename" {
			w.text(`"` + typeName + `"`)
			continue
		}
		m := t.byName[f.first().Name]
		switch r := m.role.(type) {
		case aggKeys, aggOut:
			err = a.object(w, m.typ.base(), f, nil)
		case oneOrder:
			err = a.object(w, m.typ.base(), f, append(path[:len(path):len(path)], r.f))
		case groupKey:
			n := a.find(path, r)
			if n < 0 {
				w.text("null")
				continue
			}
			st := step{kind: valueStep, key: f.key, append: a.keyOutput(r, m, f)}
			st.src.Col = n
			w.step(st)
		case aggField:
			// The column is known when all groups are: see aggregation.
			w.step(step{kind: childStep, key: f.key, child: a.agg(r), append: aggWriter(r, a.c)})
		}
		if err != nil {
			return err
		}
	}
	w.text("}")
	return nil
}

func (a *aggCompiler) keyOutput(k groupKey, m *member, s *selected) func([]byte, value.Value) []byte {
	if k.part == nil {
		if k.f.Name == catalog.ID {
			o := k.f.Object
			return func(dst []byte, v value.Value) []byte { return appendRef(dst, `"`+o.IDPrefix+"_", v.Int()) }
		}
		return a.c.output(k.f, m.typ, s)
	}
	return func(dst []byte, v value.Value) []byte { return appendPart(dst, k.f, v) }
}

// appendPart writes a date part: a number, or a date.
func appendPart(dst []byte, f *catalog.Field, v value.Value) []byte {
	switch v.Kind() {
	case value.KindInt:
		return strconv.AppendInt(dst, v.Int(), 10)
	case value.KindDate:
		t := value.DateTime(v.Int() * 86_400_000_000).AsTime()
		return t.AppendFormat(dst, `"2006-01-02"`)
	case value.KindText:
		return appendText(dst, v.Text())
	}
	return f.Type.AppendJSON(dst, v)
}

func aggWriter(r aggField, c *compiler) func([]byte, value.Value) []byte {
	switch r.fn {
	case driver.Count, driver.CountDistinct:
		return func(dst []byte, v value.Value) []byte { return strconv.AppendInt(dst, v.Int(), 10) }
	case driver.Sum, driver.Avg:
		return func(dst []byte, v value.Value) []byte {
			return append(v.AppendDecimal(append(dst, '"')), '"')
		}
	}
	return r.f.Type.AppendJSON
}

func (a *aggCompiler) having(t *typ, in input) (driver.Expr, *errs.Error) {
	if err := a.where.enter(); err != nil {
		return nil, err
	}
	defer a.where.leave()
	var all []driver.Expr
	for _, k := range a.c.keys(in) {
		if k.isNull() {
			continue
		}
		m := t.byName[k.name]
		if m == nil {
			return nil, unknownKey(t, k.name)
		}
		var e driver.Expr
		var err *errs.Error
		switch r := m.role.(type) {
		case logicCond:
			e, err = a.where.logic(string(r), k, func(in input) (driver.Expr, *errs.Error) { return a.having(t, in) })
		case aggOut:
			e, err = a.having(a.c.s.types[m.typ.base()], k)
		case aggField:
			e, err = a.numbers(a.agg(r), k)
		}
		if err != nil {
			return nil, err
		}
		if e != nil {
			all = append(all, e)
		}
	}
	return conjunction(all), nil
}

var numberOps = map[string]driver.CmpOp{"eq": driver.Eq, "ne": driver.Ne, "lt": driver.Lt, "lte": driver.Le, "gt": driver.Gt, "gte": driver.Ge}

func (a *aggCompiler) numbers(n int, in input) (driver.Expr, *errs.Error) {
	var all []driver.Expr
	for _, k := range a.c.keys(in) {
		if err := a.where.term(); err != nil {
			return nil, err
		}
		params, err := a.where.args.bind(a.c, k, in.name, decimal)
		if err != nil {
			return nil, err
		}
		all = append(all, driver.Cmp{Op: numberOps[k.name], L: aggOutput{n: n}, R: params[0]})
	}
	return conjunction(all), nil
}

func decimal(in any, _ field.Now) ([]value.Value, *errs.Error) {
	if text, ok := idText(in); ok {
		if v, err := value.ParseDecimal(text); err == nil {
			return []value.Value{v}, nil
		}
	}
	return nil, errs.New(errs.InvalidInput, "a number is expected", "需要一个数字")
}

func (a *aggCompiler) order(t *typ, in input) (driver.Order, *errs.Error) {
	return a.orderAt(t, in, nil)
}

func (a *aggCompiler) orderAt(t *typ, in input, path []*catalog.Field) (driver.Order, *errs.Error) {
	k, err := a.c.only(t, in)
	if err != nil {
		return driver.Order{}, err
	}
	m := t.byName[k.name]
	if m == nil {
		return driver.Order{}, unknownKey(t, k.name)
	}
	desc := k.val == "DESC"
	switch r := m.role.(type) {
	case aggKeys, aggOut:
		return a.orderAt(a.c.s.types[m.typ.base()], k, nil)
	case oneOrder:
		return a.orderAt(a.c.s.types[m.typ.base()], k, append(path[:len(path):len(path)], r.f))
	case groupKey:
		n := a.find(path, r)
		if n < 0 {
			return driver.Order{}, errs.New(errs.InvalidInput, "orderBy names the key %s, which is not grouped by", "orderBy 使用了未分组的键 %s", k.name).On(k.name)
		}
		return driver.Order{Expr: driver.Output{N: n}, Desc: desc}, nil
	case aggField:
		return driver.Order{Expr: aggOutput{n: a.agg(r)}, Desc: desc}, nil
	}
	return driver.Order{}, unknownKey(t, k.name)
}
