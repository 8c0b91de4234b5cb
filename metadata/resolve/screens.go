package resolve

import (
	"bytes"
	"encoding/json"
	"slices"
	"sort"
	"strings"

	"github.com/tenon-platform/tenon/metadata/addr"
	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/expr"
	"github.com/tenon-platform/tenon/metadata/field"
	"github.com/tenon-platform/tenon/metadata/model"
	"github.com/tenon-platform/tenon/metadata/words"
	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/platform/spec"
	"github.com/tenon-platform/tenon/platform/store/driver"
)

var viewKinds = spec.Of[model.View]().Get("kind").Enum

// screens resolves what people see: layouts, views, stage paths, and apps, which lead to views.
func (r *resolver) screens() {
	for _, o := range r.cat.Objects {
		if d := r.decls.get(o.Name); d != nil && d.def.StagePath != "" {
			c := &screenCheck{checked{r, o.Addr().Property("stagePath"), d.def.Pos}, o, o.Package}
			if f := c.field(o, d.def.StagePath, "stagePath"); f != nil && c.lanes(f, "stagePath") {
				o.Path = f
			}
		}
	}
	for _, p := range r.ordered {
		for i := range p.Layouts {
			r.layout(p.Manifest.Name, &p.Layouts[i])
		}
		for i := range p.Views {
			r.view(p.Manifest.Name, &p.Views[i])
		}
	}
	for _, o := range r.cat.Objects {
		sort.SliceStable(o.Layouts, func(i, j int) bool { return o.Layouts[i].Name < o.Layouts[j].Name })
		sort.SliceStable(o.Views, func(i, j int) bool {
			a, b := o.Views[i], o.Views[j]
			return a.Decl.Order < b.Decl.Order || a.Decl.Order == b.Decl.Order && a.Name < b.Name
		})
	}
	for _, p := range r.ordered {
		for i := range p.Apps {
			r.app(p.Manifest.Name, &p.Apps[i])
		}
	}
	sort.SliceStable(r.cat.Apps, func(i, j int) bool {
		a, b := r.cat.Apps[i], r.cat.Apps[j]
		return a.Decl.Order < b.Decl.Order || a.Decl.Order == b.Decl.Order && a.Name < b.Name
	})
}

// screenCheck resolves one document about an object.
type screenCheck struct {
	checked
	o   *catalog.Object
	pkg string
}

// screenOf finds the object that a document of a package is about; nil when there is none.
func (r *resolver) screenOf(pkg, object, kind string, of func(addr.Address) addr.Address, pos model.Positions) *screenCheck {
	c := &screenCheck{checked{r, of(addr.Object(object)), pos}, r.cat.ByName[object], pkg}
	if c.o == nil {
		c.errorf("unknown-object", "", "there is no object %q for this "+kind, "没有对象 %q", object).Suggestion = diag.DidYouMean(object, r.names)
		return nil
	}
	c.uses(c.o, "name")
	return c
}

// some refuses a list of nothing.
func (c *screenCheck) some(n int, path, key string) {
	if n == 0 {
		c.errorf("missing-key", path, "there is nothing in %s", "%s 不能为空", key)
	}
}

func (c *screenCheck) uses(o *catalog.Object, path string) {
	c.r.uses = append(c.r.uses, use{origin{pkg: c.pkg}, o.Package, o.Name, func() diag.Pos { return c.pos.At(path) }})
}

// field finds a field that the API shows.
func (c *screenCheck) field(o *catalog.Object, name, path string) *catalog.Field {
	f := o.Field(name)
	if f == nil || f.APIName == "" || f.Type == nil || f.Type.Shape().Output == "" {
		c.errorf("unknown-field", path, "%s has no field %q", "%s 没有字段 %q", o.Name, name).Suggestion = diag.DidYouMean(name, scope{c.r}.Names(o.Name))
		return nil
	}
	return f
}

func (c *screenCheck) fields(o *catalog.Object, names []string, path string) (out []*catalog.Field) {
	for i, name := range names {
		at := path + "." + itoa(i)
		if slices.Contains(names[:i], name) {
			c.errorf("duplicate-name", at, "%s stands twice", "%s 重复", name)
		}
		if f := c.field(o, name, at); f != nil {
			out = append(out, f)
		}
	}
	return out
}

// lanes says whether a field's choices can be stages.
func (c *screenCheck) lanes(f *catalog.Field, path string) bool {
	if _, ok := f.Type.(chooser); ok && f.Store.Type == driver.Text {
		return true
	}
	c.errorf("bad-screen", path, "%s is no picklist of one choice", "%s 不是单选列表", f.Name)
	return false
}

func (c *screenCheck) when(src, path string) *expr.Program {
	if src == "" {
		return nil
	}
	return c.r.compile(src, c.o, c.pos.Place(path), c.of, expr.Options{Want: boolean})
}

func (r *resolver) layout(pkg string, decl *model.Layout) {
	c := r.screenOf(pkg, decl.Object, "layout", func(o addr.Address) addr.Address { return o.Layout(decl.Name) }, decl.Pos)
	if c == nil {
		return
	}
	plain := *decl
	plain.Pos = model.Positions{}
	l := &catalog.Layout{Name: decl.Name, Package: pkg, Object: c.o, Decl: &plain, Highlights: c.fields(c.o, decl.Highlights, "highlights")}
	if slices.ContainsFunc(c.o.Layouts, func(x *catalog.Layout) bool { return x.Name == l.Name }) {
		c.errorf("duplicate-name", "name", "%s has two layouts %s", "%s 的布局 %s 重复", c.o.Name, l.Name)
		return
	}
	for i, name := range decl.RecordTypes {
		if !slices.ContainsFunc(c.o.RecordTypes, func(t model.RecordType) bool { return t.Name == name }) {
			c.errorf("unknown-record-type", "recordTypes."+itoa(i), "%s has no record type %q", "%s 没有记录类型 %q", c.o.Name, name)
		}
	}
	c.some(len(decl.Sections), "sections", "sections")
	seen := map[string]bool{}
	for i, s := range decl.Sections {
		at := "sections." + itoa(i)
		c.some(len(s.Fields), at, "fields")
		sec := &catalog.LayoutSection{Label: s.Label, Columns: s.Columns, When: c.when(s.When, at+".when")}
		if sec.Columns == 0 {
			sec.Columns = 2
		}
		if sec.Columns < 1 || sec.Columns > 4 {
			c.errorf("bad-screen", at+".columns", "a section has 1 to 4 columns", "分组列数为 1 至 4")
		}
		for n, item := range s.Fields {
			at := at + ".fields." + itoa(n)
			f := c.field(c.o, item.Field, at+".field")
			if seen[item.Field] {
				c.errorf("duplicate-name", at+".field", "%s stands twice", "%s 重复", item.Field)
			}
			seen[item.Field] = true
			if f != nil {
				sec.Fields = append(sec.Fields, &catalog.LayoutField{Field: f, Wide: item.Wide, When: c.when(item.When, at+".when")})
			}
		}
		l.Sections = append(l.Sections, sec)
	}
	for i, x := range decl.Related {
		if inv := c.related(x, "related."+itoa(i)); inv != nil {
			l.Related = append(l.Related, &catalog.LayoutRelated{Inverse: inv, Columns: c.fields(inv.Child, x.Columns, "related."+itoa(i)+".columns")})
		}
	}
	c.o.Layouts = append(c.o.Layouts, l)
}

// related finds the records that refer to those of the object.
func (c *screenCheck) related(x model.LayoutRelated, at string) *catalog.Inverse {
	var found []*catalog.Inverse
	for _, inv := range c.o.Inverses {
		if inv.Child.Name == x.Object && !inv.Via.Ref.Many && (x.Via == "" || x.Via == inv.Via.Name) {
			found = append(found, inv)
		}
	}
	switch len(found) {
	case 0:
		c.errorf("unknown-relation", at+".object", "no records of %s refer to %s that way", "%s 没有以此方式引用 %s 的记录", x.Object, c.o.Name)
		return nil
	case 1:
		c.uses(found[0].Child, at+".object")
		return found[0]
	}
	c.errorf("ambiguous-relation", at+".object", "several fields of %s refer to %s: name one as via", "%s 有多个字段引用 %s，请以 via 指明", x.Object, c.o.Name)
	return nil
}

func (r *resolver) view(pkg string, decl *model.View) {
	c := r.screenOf(pkg, decl.Object, "view", func(o addr.Address) addr.Address { return o.View(decl.Name) }, decl.Pos)
	if c == nil {
		return
	}
	plain := *decl
	plain.Pos = model.Positions{}
	v := &catalog.View{Name: decl.Name, Package: pkg, Object: c.o, Kind: decl.Kind, Decl: &plain, Columns: c.fields(c.o, decl.Columns, "columns")}
	if v.Kind == "" {
		v.Kind = "list"
	}
	if !slices.Contains(viewKinds, v.Kind) {
		c.errorf("bad-value", "kind", "%q is no kind of view", "%q 不是有效的视图类型", v.Kind).Suggestion = diag.DidYouMean(v.Kind, viewKinds)
	}
	if slices.ContainsFunc(c.o.Views, func(x *catalog.View) bool { return x.Name == v.Name }) {
		c.errorf("duplicate-name", "name", "%s has two views %s", "%s 的视图 %s 重复", c.o.Name, v.Name)
		return
	}
	c.some(len(decl.Columns), "columns", "columns")
	for i, s := range decl.Sort {
		name, desc := strings.CutSuffix(s, " desc")
		if f := c.field(c.o, strings.TrimSuffix(name, " asc"), "sort."+itoa(i)); f != nil {
			if !f.Type.Shape().Sortable || f.Column == "" {
				c.errorf("bad-screen", "sort."+itoa(i), "records cannot be ordered by %s", "不能按 %s 排序", f.Name)
			}
			v.Sort = append(v.Sort, &catalog.ViewSort{Field: f, Desc: desc})
		}
	}
	for i, x := range decl.Filter {
		if cond := c.condition(x, "filter."+itoa(i)); cond != nil {
			v.Filter = append(v.Filter, cond)
		}
	}
	c.arrange(v, decl)
	c.o.Views = append(c.o.Views, v)
}

// arrange resolves what kanbans and calendars are arranged by.
func (c *screenCheck) arrange(v *catalog.View, decl *model.View) {
	for _, x := range []struct {
		kind, key, name string
		need            bool
		to              **catalog.Field
	}{{"kanban", "group", decl.Group, true, &v.Group}, {"calendar", "from", decl.From, true, &v.From}, {"calendar", "to", decl.To, false, &v.To}} {
		switch {
		case x.name == "" && x.need && v.Kind == x.kind:
			c.errorf("bad-screen", "", "a %s needs the key %s", "%s需要 %s", words.Value("View", "kind", x.kind), x.key)
		case x.name != "" && v.Kind != x.kind:
			c.errorf("bad-screen", x.key, "only a %s has the key %s", "仅%s有 %s", words.Value("View", "kind", x.kind), x.key)
		case x.name != "":
			f := c.field(c.o, x.name, x.key)
			if f == nil {
				continue
			}
			if x.key == "group" {
				c.lanes(f, x.key)
			} else if f.Store.Type != driver.Date && f.Store.Type != driver.DateTime {
				c.errorf("bad-screen", x.key, "%s is neither a day nor an instant", "%s 不是日期或时间", f.Name)
			}
			*x.to = f
		}
	}
}

// condition resolves a comparison, and lets the field read its value.
func (c *screenCheck) condition(x model.ViewCondition, at string) *catalog.ViewCondition {
	out := &catalog.ViewCondition{Op: x.Op, Value: x.Value}
	if len(out.Value) == 0 {
		out.Value = json.RawMessage("true")
	}
	o, names := c.o, strings.Split(x.Field, ".")
	for i, name := range names {
		f := c.field(o, name, at+".field")
		if f == nil {
			return nil
		}
		out.Path = append(out.Path, f)
		if i < len(names)-1 {
			if f.Ref == nil || f.Ref.Many || f.Ref.Polymorphic || f.RelName == "" {
				c.errorf("bad-screen", at+".field", "%s leads to no record", "%s 不指向单条记录", name)
				return nil
			}
			o = f.Ref.Target()
			c.uses(o, at+".field")
		}
	}
	last := out.Path[len(out.Path)-1]
	ops := last.Type.Shape().Operators
	i := slices.IndexFunc(ops, func(op field.Operator) bool { return op.Name == x.Op })
	if i < 0 || last.Column == "" {
		var known []string
		for _, op := range ops {
			known = append(known, op.Name)
		}
		c.errorf("unknown-operator", at+".op", "%s is not compared by %q", "%s 不支持比较方式 %q", last.Name, x.Op).Suggestion = diag.DidYouMean(x.Op, known)
		return nil
	}
	var v any
	d := json.NewDecoder(bytes.NewReader(out.Value))
	d.UseNumber()
	if err := d.Decode(&v); err != nil || v == nil {
		c.errorf("bad-screen", at+".value", "there is nothing to compare with", "缺少比较值")
	} else if _, err := ops[i].Coerce(v, field.Now{Zone: c.r.cat.Zone}); err != nil {
		c.r.errorf("bad-screen", c.of, c.pos.At(at+".value"), err.Message)
	}
	return out
}

func (r *resolver) app(pkg string, decl *model.App) {
	c := &screenCheck{checked: checked{r, addr.App(decl.Name), decl.Pos}, pkg: pkg}
	plain := *decl
	plain.Pos = model.Positions{}
	a := &catalog.App{Name: decl.Name, Package: pkg, Decl: &plain}
	if slices.ContainsFunc(r.cat.Apps, func(x *catalog.App) bool { return x.Name == a.Name }) {
		c.errorf("duplicate-name", "name", "there are two apps %s", "应用 %s 重复", a.Name)
		return
	}
	c.some(len(decl.Items), "items", "items")
	for i, x := range decl.Items {
		at := "items." + itoa(i)
		item := &catalog.AppItem{URL: x.URL, View: x.View, Label: x.Label}
		switch {
		case (x.Object == "") == (x.URL == ""):
			c.errorf("bad-screen", at, "an item has either an object or a url", "导航项须且仅须含 object 或 url 之一")
		case x.URL != "" && !strings.HasPrefix(x.URL, "https://"):
			c.errorf("bad-screen", at+".url", "an address begins with https://", "网址须以 https:// 开头")
		case x.Object != "":
			if item.Object = r.cat.ByName[x.Object]; item.Object == nil {
				c.errorf("unknown-object", at+".object", "there is no object %q", "没有对象 %q", x.Object).Suggestion = diag.DidYouMean(x.Object, r.names)
				continue
			}
			c.uses(item.Object, at+".object")
			if x.View != "" && !slices.ContainsFunc(item.Object.Views, func(v *catalog.View) bool { return v.Name == x.View }) {
				c.errorf("unknown-view", at+".view", "%s has no view %q", "%s 没有视图 %q", x.Object, x.View)
			}
			if len(item.Label) == 0 {
				item.Label = item.Object.PluralLabel
			}
		}
		a.Items = append(a.Items, item)
	}
	r.cat.Apps = append(r.cat.Apps, a)
}
