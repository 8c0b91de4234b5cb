package graph

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/field"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/store/words"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/runtime/access"
	"github.com/tenon-platform/tenon/runtime/query"
)

const (
	// maxSearch bounds what is looked for, in characters; searchHits is how many records of all
	// objects together are found at most.
	maxSearch  = 200
	searchHits = 100
)

func searchable(o *catalog.Object) bool { return len(o.Storage.Search) > 0 }

// searching is what a list looks for; nil: nothing.
type searching struct {
	obj  *catalog.Object
	text driver.Expr
	cols []string // those that the caller may read; nil: all
	name bool     // the caller may read the record's name
}

func (c *compiler) searching(o *catalog.Object, text driver.Expr) *searching {
	s := &searching{obj: o, text: text, name: o.NameField != nil && c.s.profile.CanRead(o.NameField)}
	open := []string{}
	for _, f := range o.Fields {
		if slices.Contains(o.Storage.Search, f.Column) && c.s.profile.CanRead(f) {
			open = append(open, f.Column)
		}
	}
	if len(open) < len(o.Storage.Search) {
		s.cols = open
	}
	return s
}

// searched reads the argument "search" of a list.
func (c *compiler) searched(a *args, o *catalog.Object, s *selected, m *member) (*searching, *errs.Error) {
	def := m.arg("search")
	if def == nil {
		return nil, nil
	}
	in, ok := c.argument(s.first().Arguments, def)
	if !ok || in.isNull() {
		return nil, nil
	}
	params, err := a.bind(c, in, in.name, searchText)
	if err != nil {
		return nil, err
	}
	return c.searching(o, params[0]), nil
}

// searchText reads the words looked for.
func searchText(in any, _ field.Now) ([]value.Value, *errs.Error) {
	text, _ := in.(string)
	if utf8.RuneCountInString(text) > maxSearch {
		return nil, errs.New(errs.LimitExceeded, "a search has at most %d characters", "搜索内容最多 %d 个字符", maxSearch).With("limit", maxSearch)
	}
	if len(words.Terms(text)) == 0 {
		return nil, errs.New(errs.InvalidInput, "a search needs a word", "搜索内容须包含文字")
	}
	return []value.Value{value.Text(text)}, nil
}

func (s *searching) condition() driver.Expr {
	if s == nil {
		return nil
	}
	return driver.Search{Text: s.text, Columns: s.cols}
}

func (s *searching) order() []driver.Order {
	if s == nil {
		return nil
	}
	if r := s.rank(); r != nil {
		return []driver.Order{{Expr: r}}
	}
	return nil
}

// rank tells how well a record matches by its name: 0 when it is what was looked for, 1 when it
// begins with it, 2 when it contains it, else 3. Unlike a score it does not depend on other
// records, so pages stay whole while some are written. nil for objects whose name is no text.
func (s *searching) rank() driver.Expr {
	f := s.obj.NameField
	if !s.name || f.Column == "" || f.Store.Type != driver.Text {
		return nil
	}
	lower := func(e driver.Expr) driver.Expr { return driver.Func{Name: "lower", Args: []driver.Expr{e}} }
	n := func(i int64) driver.Expr { return driver.Const{Value: value.Int(i)} }
	return driver.Case{Arms: []driver.Arm{
		{When: driver.Cmp{Op: driver.Eq, L: lower(f.Col()), R: lower(s.text)}, Then: n(0)},
		{When: driver.Match{Mode: "prefix", Arg: f.Col(), Pattern: s.text}, Then: n(1)},
		{When: driver.Match{Mode: "contains", Arg: f.Col(), Pattern: s.text}, Then: n(2)},
	}, Else: n(3)}
}

// searchField is a search in several objects at once.
type searchField struct {
	text    func(vars map[string]any) any
	objects func(vars map[string]any) any // nil: all
	first   func(vars map[string]any) any
	in      []searchIn
	any     *anyLevels
	shows   []watchColumn // of a hit
}

// searchIn is the search in one object; every statement takes the text, a limit, and what
// the caller's rows are found by.
type searchIn struct {
	obj  *catalog.Object
	stmt driver.Stmt
	own  *access.Values // the caller's, after the others
}

// searches adds the search in all objects, when there is one to search in.
func (b *builder) searches(objs []*catalog.Object) {
	if !slices.ContainsFunc(objs, func(o *catalog.Object) bool { return searchable(o) && b.profile.Can(o, access.Read) }) {
		return
	}
	t := b.typ(objectKind, "SearchHit", "A record that was found.")
	t.field("object", "String!", "Name of its object.", nil)
	t.field("title", "String", "Its name.", nil)
	t.field("record", "Node", "", watched{})
	b.types["Query"].field("search", "[SearchHit!]!", "Records of any objects that contain these words, the best matches first.", rootSearch{},
		arg("text", "String!"), arg("objects", "[String!]"), arg("first", "Int"))
}

func (c *compiler) search(s *selected, m *member) (*searchField, *errs.Error) {
	f := &searchField{}
	as := s.first().Arguments
	in, _ := c.argument(as, m.arg("text"))
	f.text = in.getter()
	if in, ok := c.argument(as, m.arg("objects")); ok && !in.isNull() {
		f.objects = in.getter()
	}
	if in, ok := c.argument(as, m.arg("first")); ok && !in.isNull() {
		f.first = in.getter()
	}
	fields, err := c.collect("SearchHit", s.sets())
	if err != nil {
		return nil, err
	}
	for _, sel := range fields {
		f.shows = append(f.shows, watchColumn{key: sel.key, name: sel.first().Name})
		if sel.first().Name == "record" {
			f.any = c.anyOf(sel.sets())
		}
	}
	for _, o := range c.s.cat.Objects {
		if !searchable(o) || !c.s.profile.Can(o, access.Read) {
			continue
		}
		found := c.searching(o, driver.Param{N: 0})
		title, rank := driver.Expr(driver.Const{Value: value.Null}), found.rank()
		if rank == nil {
			rank = driver.Const{Value: value.Int(3)}
		} else {
			title = o.NameField.Col()
		}
		cols := &query.Columns{}
		for _, e := range []driver.Expr{query.ID, title, rank} {
			cols.Add(e)
		}
		r := query.Read{Object: o, Columns: cols, Where: []driver.Expr{found.condition()}, Order: found.order(), Limit: driver.Param{N: 1}}
		own := access.NewValues(2)
		stmt, perr := c.db.Prepare(r.Statement(c.s.profile, own.Bind))
		if perr != nil {
			return nil, errs.From(perr)
		}
		f.in = append(f.in, searchIn{o, stmt, own})
	}
	return f, nil
}

func (x *exec) bindSearch(f *searchField) *errs.Error {
	x.spend((len(f.in) + len(f.shows)) * searchHits)
	_, err := searchText(f.text(x.vars), x.now)
	if err != nil {
		return err.On("text")
	}
	if f.objects == nil {
		return nil
	}
	names, _ := f.objects(x.vars).([]any)
	for _, n := range names {
		if !slices.ContainsFunc(f.in, func(in searchIn) bool { return in.obj.Name == n }) {
			return errs.New(errs.InvalidInput, "there is no object %v to search in", "没有可搜索的对象 %v", n).On("objects")
		}
	}
	return nil
}

// hit is a record that was found.
type hit struct {
	obj   *catalog.Object
	id    int64
	title value.Value
	rank  int64
}

func (x *exec) search(f *searchField) error {
	limit := searchHits / 5
	if f.first != nil {
		n, err := pageSize(f.first(x.vars), "first", &x.svc.lim)
		if err != nil {
			return err
		}
		limit = min(n, searchHits)
	}
	hits, err := x.hits(f, limit)
	if err != nil {
		return err
	}
	var ids []any
	for _, h := range hits {
		ids = append(ids, string(query.AppendID(nil, h.obj, h.id)))
	}
	var runs map[string]*run
	if f.any != nil {
		if runs, err = x.anyRecords(f.any, ids); err != nil {
			return err
		}
	}
	x.write("[")
	for i, h := range hits {
		if i > 0 {
			x.write(",")
		}
		x.pushIndex(i)
		x.hit(f, &h, runs, ids[i])
		x.pop()
	}
	x.write("]")
	return nil
}

func (x *exec) hits(f *searchField, limit int) (out []hit, err error) {
	text, _ := f.text(x.vars).(string)
	var names []any
	if f.objects != nil {
		names, _ = f.objects(x.vars).([]any)
	}
	for _, in := range f.in {
		if f.objects != nil && !slices.Contains(names, any(in.obj.Name)) {
			continue
		}
		rows, err := x.tx.Query(x.ctx, in.stmt, in.own.Append([]value.Value{value.Text(text), value.Int(int64(limit))}, x.profile))
		if err != nil {
			return nil, err
		}
		for rows.Next() {
			x.rows++
			out = append(out, hit{in.obj, rows.Value(0).Int(), rows.Value(1).Clone(), rows.Value(2).Int()})
		}
		err = rows.Err()
		if cerr := rows.Close(); err == nil {
			err = cerr
		}
		if err != nil {
			return nil, err
		}
	}
	slices.SortStableFunc(out, func(a, b hit) int { return cmp.Compare(a.rank, b.rank) })
	return out[:min(len(out), limit)], nil
}

func (x *exec) hit(f *searchField, h *hit, runs map[string]*run, id any) {
	x.write("{")
	for i, col := range f.shows {
		if i > 0 {
			x.write(",")
		}
		x.out = append(append(append(x.out, '"'), col.key...), '"', ':')
		x.push(col.key)
		switch col.name {
		case "object":
			x.out = appendText(x.out, h.obj.Name)
		case "title":
			if h.title.IsNull() {
				x.write("null")
			} else {
				x.out = appendText(x.out, strings.Clone(h.title.Text()))
			}
		case "record":
			x.node(runs, id)
		default:
			x.out = appendText(x.out, "SearchHit")
		}
		x.pop()
	}
	x.write("}")
}
