package resolve

import (
	"github.com/tenon-platform/tenon/metadata/addr"
	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/expr"
	"github.com/tenon-platform/tenon/metadata/model"
	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
)

// overlaps resolves the constraints that hold records apart in time.
func (r *resolver) overlaps() {
	for _, o := range r.cat.Objects {
		names := map[string]bool{}
		for _, d := range r.decls.get(o.Name).apart {
			c := &overlapCheck{r: r, o: o, d: d, of: o.Addr().Overlap(d.v.Name)}
			if !model.NameForm.Match(d.v.Name) || len(d.v.Name) > model.MaxName {
				c.errorf("bad-name", "name", "%q is no name: lower-case words joined by _, at most 48 characters", "%q 不是有效名称：须为小写单词以 _ 连接，最多 48 个字符", d.v.Name)
			}
			if names[d.v.Name] {
				c.errorf("duplicate-name", "name", "%s has two constraints named %s", "%s 有两个名为 %s 的约束", o.Name, d.v.Name)
			}
			names[d.v.Name] = true
			c.resolve()
		}
	}
}

type overlapCheck struct {
	r  *resolver
	o  *catalog.Object
	d  placed[model.NoOverlap]
	of addr.Address
	x  *catalog.NoOverlap
	ok bool
}

func (c *overlapCheck) errorf(code, key, en, zh string, args ...any) *diag.Finding {
	c.ok = false
	return c.r.errorf(code, c.of, c.d.at(key), diag.Textf(en, zh, args...))
}

func (c *overlapCheck) resolve() {
	v := c.d.v
	c.ok, c.x = true, &catalog.NoOverlap{Name: v.Name, Message: v.Message, Reads: map[*catalog.Field]bool{}, Decl: &v}
	if len(v.Fields) == 0 && len(v.Trees) == 0 {
		c.errorf("bad-overlap", "", "records need fields or trees to share", "须指定判定冲突的字段或树")
	}
	for _, name := range v.Fields {
		if f := c.field(name, "fields"); f != nil {
			c.x.Fields = append(c.x.Fields, f)
		}
	}
	for _, name := range v.Trees {
		c.tree(name)
	}
	c.x.From, c.x.To = c.field(v.From, "from"), c.field(v.To, "to")
	if f, t := c.x.From, c.x.To; f != nil && t != nil && (f.Store.Type != t.Store.Type || f.Store.Type != driver.Date && f.Store.Type != driver.DateTime) {
		c.errorf("bad-overlap", "to", "from and to must both be dates, or both moments", "from 与 to 须同为日期或同为时刻")
	}
	c.conditions()
	if !c.ok {
		return
	}
	c.x.Index = physicalIndex(c.o, "o", append(c.x.Fields[:len(c.x.Fields):len(c.x.Fields)], c.x.From, c.x.To), v.Where)
	c.o.Apart = append(c.o.Apart, c.x)
}

// field finds a field that changes with its own record alone: others could make records collide
// behind the constraint's back.
func (c *overlapCheck) field(name, key string) *catalog.Field {
	f := c.o.ByName[name]
	if f == nil {
		c.errorf("unknown-field", key, "%s has no field %q", "%s 没有字段 %q", c.o.Name, name).Suggestion = diag.DidYouMean(name, c.r.decls.get(c.o.Name).fieldNames())
		return nil
	}
	if !c.own(f) {
		c.errorf("bad-overlap", key, "%s is not stored, or follows from other records", "%s 未存储，或取决于其他记录", name)
		return nil
	}
	c.x.Reads[f] = true
	return f
}

func (c *overlapCheck) own(f *catalog.Field) bool {
	if f.Column == "" || f.Rollup != nil {
		return false
	}
	return f.Formula == nil || c.readsOwn(f.Formula.Program)
}

func (c *overlapCheck) readsOwn(p *expr.Program) bool {
	for _, in := range p.Inputs() {
		f := c.o.ByName[in.Field]
		if in.Kind != expr.FieldInput || len(in.Path) > 0 || f == nil || !c.own(f) {
			return false
		}
	}
	return true
}

func (c *overlapCheck) tree(name string) {
	f := c.field(name, "trees")
	if f == nil {
		return
	}
	if f.Ref != nil && !f.Ref.Many && !f.Ref.Polymorphic {
		for _, path := range f.Ref.Target().Fields {
			if path.TreePath != nil {
				c.x.Trees = append(c.x.Trees, catalog.TreeKey{Lookup: f, Path: path})
				return
			}
		}
	}
	c.errorf("bad-overlap", "trees", "%s leads to no tree: its object needs a tree_path", "%s 不指向树：目标对象需要 tree_path 字段", name)
}

func (c *overlapCheck) conditions() {
	v := c.d.v
	if v.Where != "" {
		p := c.r.compile(v.Where, c.o, c.d.place("where"), c.of, expr.Options{Want: boolean})
		switch {
		case p == nil:
			c.ok = false
		case p.UsesNow() || !c.readsOwn(p):
			c.errorf("bad-overlap", "where", "the condition must be about the record itself, whenever it is asked", "条件只能涉及记录自身，且不得随时间变化")
		default:
			c.x.Where = p
			c.reads(p)
		}
	}
	if v.When != "" {
		if c.o.ByName[catalog.OtherName] != nil {
			c.errorf("name-clash", "when", "%s has a field named other", "%s 有名为 other 的字段", c.o.Name)
		}
		if c.x.When = c.r.compileIn(pairScope{scope{c.r}, c.o}, v.When, c.o.Name, c.d.place("when"), c.of, expr.Options{Want: boolean}); c.x.When == nil {
			c.ok = false
			return
		}
		c.reads(c.x.When)
	}
}

func (c *overlapCheck) reads(p *expr.Program) {
	for _, in := range p.Inputs() {
		name := in.Field
		if len(in.Path) > 0 {
			name = in.Path[0]
		}
		if f := c.o.ByName[name]; f != nil {
			c.x.Reads[f] = true
		}
	}
}

// pairScope knows the other record besides.
type pairScope struct {
	scope
	o *catalog.Object
}

func (s pairScope) Symbol(object, name string) (expr.Symbol, bool) {
	if object == s.o.Name && name == catalog.OtherName {
		return expr.Symbol{Name: name, Type: expr.Type{Kind: value.KindRef, Object: object}}, true
	}
	return s.scope.Symbol(object, name)
}

// overlapIndex is what finds the records that may collide.
func (r *resolver) overlapIndex(o *catalog.Object, x *catalog.NoOverlap) driver.Index {
	i := driver.Index{Name: x.Index, Where: both(alive(o), r.filter(o, x.Where))}
	for _, f := range append(x.Fields[:len(x.Fields):len(x.Fields)], x.From, x.To) {
		i.Columns = append(i.Columns, driver.IndexColumn{Column: f.Column})
	}
	return i
}
