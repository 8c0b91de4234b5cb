package graph

import (
	"sync"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/field"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/runtime/access"
	"github.com/tenon-platform/tenon/runtime/query"
)

// compiler turns one operation, for variables of one shape, into a plan.
type compiler struct {
	s       *schema
	doc     *ast.QueryDocument
	op      *ast.OperationDefinition
	whole   *schema // all objects; only for operations that introspect
	vars    map[string]any
	now     field.Now
	lim     *Limits
	db      preparer
	cursors *query.Cursors
	fields  int // selected so far
	levels  int // compiled so far
	locale  string
	mu      sync.Mutex // held while levels of any objects are compiled, after the plan itself
}

// preparer is what the compiler needs of a store.
type preparer interface {
	Prepare(q *driver.Query) (driver.Stmt, error)
}

func (c *compiler) operatorsOf(f *catalog.Field) []field.Operator {
	if f.Name == catalog.ID {
		return idOperators(f.Object)
	}
	return operatorsOf(c.s.shape(f), f)
}

func (c *compiler) newLevel(o *catalog.Object) *level {
	c.levels++
	return &level{index: c.levels - 1, obj: o, keysAt: -1, limitAt: -1, afterAt: -1, idCol: -1, keyCol: -1}
}

// byIDs makes a level that reads records of o by a list of ids.
func (c *compiler) byIDs(o *catalog.Object, sets []ast.SelectionSet, deleted bool) (*level, *errs.Error) {
	return c.viewsByIDs(o, [][]ast.SelectionSet{sets}, deleted, input{})
}

// viewsByIDs makes a level that reads records once and writes them by several templates, one for
// each of views: the statement must have the columns of all. Only records that the filter, unless
// it is null, lets through are read.
func (c *compiler) viewsByIDs(o *catalog.Object, views [][]ast.SelectionSet, deleted bool, filter input) (*level, *errs.Error) {
	lv := c.newLevel(o)
	lv.idCol = lv.cols.Add(query.ID)
	for _, sets := range views {
		if _, err := c.record(lv, sets); err != nil {
			return nil, err
		}
	}
	at, keys := lv.args.reserve()
	lv.keysAt = at
	r := query.Read{Object: o, Columns: &lv.cols, Unordered: true, Deleted: deleted,
		Where: []driver.Expr{driver.In{Arg: query.ID, List: keys}}}
	if !filter.isNull() {
		cond, err := (&where{c: c, args: &lv.args}).filter(o, filter)
		if err != nil {
			return nil, err
		}
		r.Where = append(r.Where, cond)
	}
	return lv, c.prepare(lv, r.Statement(c.s.profile, lv.args.attr))
}

func (c *compiler) prepare(lv *level, q *driver.Query) *errs.Error {
	stmt, err := c.db.Prepare(q)
	if err != nil {
		return errs.From(err)
	}
	lv.stmt, lv.read = stmt, slowRead{lv.obj, stmt, q, &advice{}}
	return nil
}

// record adds a template to a level that writes its record, and gives the template's number.
func (c *compiler) record(lv *level, sets []ast.SelectionSet) (int, *errs.Error) {
	t := &template{}
	lv.templates = append(lv.templates, t)
	n := len(lv.templates) - 1
	w := &writer{t: t}
	if err := c.object(lv, w, sets); err != nil {
		return 0, err
	}
	w.flush()
	return n, nil
}

// object writes the steps of a record's selections.
func (c *compiler) object(lv *level, w *writer, sets []ast.SelectionSet) *errs.Error {
	fields, err := c.collect(lv.obj.TypeName, sets)
	if err != nil {
		return err
	}
	t := c.s.types[lv.obj.TypeName]
	if t == nil {
		t = c.s.types["Node"]
	}
	w.text("{")
	for i, s := range fields {
		w.name(s.key, i == 0)
		if s.first().Name == "__typename" {
			w.text(`"` + lv.obj.TypeName + `"`)
			continue
		}
		m := t.byName[s.first().Name]
		if m == nil {
			return errs.New(errs.InvalidInput, "type %s has no field %q", "类型 %s 没有字段 %q", t.name, s.first().Name)
		}
		if err := c.recordField(lv, w, m, s); err != nil {
			return err
		}
	}
	w.text("}")
	return nil
}

func (c *compiler) recordField(lv *level, w *writer, m *member, s *selected) *errs.Error {
	switch r := m.role.(type) {
	case recordID:
		w.step(step{kind: idStep, key: s.key, src: query.Source{Col: lv.cols.Add(query.ID)}})
	case fieldOut:
		if c.s.profile.Part(r.f) {
			return c.part(lv, w, r.f, m.typ, s)
		}
		return c.value(lv, w, r.f, s, m.typ.nonNull, c.output(r.f, m.typ, s))
	case extraOut:
		if c.s.profile.Masked(r.f) {
			w.text("null")
			return nil
		}
		extra, locale := r.extra, c.locale
		return c.value(lv, w, r.f, s, m.typ.nonNull, func(dst []byte, v value.Value) []byte { return extra.Append(dst, v, locale) })
	case toOne:
		return c.lookup(lv, w, r.f, oneChild, s)
	case toMany:
		return c.lookup(lv, w, r.f, manyChild, s)
	case toAny:
		src, err := lv.cols.Field(r.f)
		if err != nil {
			return errs.From(err)
		}
		c.hole(lv, w, &child{key: s.key, kind: anyChild, src: src, any: c.anyOf(s.sets())})
	case children:
		sub, conn, err := c.connection(r.inv.Child, s, m, &parentLink{lv.obj, r.inv})
		if err != nil {
			return err
		}
		c.hole(lv, w, &child{key: s.key, kind: listChild, src: query.Source{Col: lv.cols.Add(query.ID)}, lv: sub, conn: conn})
	case historyOf:
		return c.historyField(lv, w, m, s)
	}
	return nil
}

func (c *compiler) value(lv *level, w *writer, f *catalog.Field, s *selected, nonNull bool, app func([]byte, value.Value) []byte) *errs.Error {
	src, err := lv.cols.Field(f)
	if err != nil {
		return errs.From(err)
	}
	w.step(step{kind: valueStep, key: s.key, src: src, append: app, nonNull: nonNull})
	return nil
}

func (c *compiler) lookup(lv *level, w *writer, f *catalog.Field, kind childKind, s *selected) *errs.Error {
	src, err := lv.cols.Field(f)
	if err != nil {
		return errs.From(err)
	}
	sub, e := c.byIDs(f.Ref.Target(), s.sets(), false)
	if e != nil {
		return e
	}
	c.hole(lv, w, &child{key: s.key, kind: kind, src: src, lv: sub})
	return nil
}

func (c *compiler) hole(lv *level, w *writer, ch *child) {
	lv.children = append(lv.children, ch)
	w.step(step{kind: childStep, key: ch.key, child: len(lv.children) - 1, hole: lv.holes})
	lv.holes++
}

// output gives the function that writes a field's value.
func (c *compiler) output(f *catalog.Field, t *ref, s *selected) func([]byte, value.Value) []byte {
	if c.s.profile.Masked(f) {
		return masked(f)
	}
	if f.Ref != nil && !f.Ref.Polymorphic {
		target := f.Ref.Target()
		if f.Ref.Many {
			return func(dst []byte, v value.Value) []byte { return appendIDs(dst, target, v) }
		}
		prefix := `"` + target.IDPrefix + "_"
		return func(dst []byte, v value.Value) []byte { return appendRef(dst, prefix, v.Int()) }
	}
	if def := c.s.types[t.base()]; def != nil && def.kind == objectKind {
		return c.project(def, f.Type.AppendJSON, s)
	}
	return f.Type.AppendJSON
}

// masked gives the function that writes what a caller who sees a field masked is shown.
func masked(f *catalog.Field) func([]byte, value.Value) []byte {
	if m, ok := f.Type.(field.Masker); ok {
		return m.AppendMasked
	}
	return func(dst []byte, _ value.Value) []byte { return append(dst, "null"...) }
}

// anyLevels are the levels of records of any object, compiled when the first such record is met.
type anyLevels struct {
	c    *compiler
	sets []ast.SelectionSet
	by   map[*catalog.Object]*level
}

func (c *compiler) anyOf(sets []ast.SelectionSet) *anyLevels {
	return &anyLevels{c: c, sets: sets, by: map[*catalog.Object]*level{}}
}

// of gives the level for an object; nil when the caller may not read it.
func (a *anyLevels) of(o *catalog.Object) (*level, *errs.Error) {
	if o == nil || !a.c.s.profile.Can(o, access.Read) {
		return nil, nil
	}
	a.c.mu.Lock()
	defer a.c.mu.Unlock()
	if lv := a.by[o]; lv != nil {
		return lv, nil
	}
	lv, err := a.c.byIDs(o, a.sets, false)
	if err != nil {
		return nil, err
	}
	a.by[o] = lv
	return lv, nil
}
