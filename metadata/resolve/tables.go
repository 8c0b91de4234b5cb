package resolve

import (
	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/expr"
	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/platform/store/driver"
)

// tables describes the physical table of each object.
func (r *resolver) tables() {
	r.retire()
	for _, o := range r.cat.Objects {
		t := driver.Table{Name: o.Table, Columns: columns(o)}
		t.Search = r.searchColumns(o)
		for _, k := range o.Keys {
			t.Indexes = append(t.Indexes, r.keyIndex(o, k))
		}
		ext := o.ByName[catalog.ExternalID]
		t.Indexes = append(t.Indexes, driver.Index{Name: physicalIndex(o, "u", []*catalog.Field{ext}, "external"), Unique: true,
			Columns: []driver.IndexColumn{{Column: ext.Column}}, Where: driver.Not{Arg: driver.IsNull{Arg: ext.Col()}}})
		for _, x := range o.Indexes {
			i := driver.Index{Name: x.Index, Where: r.covered(o, x)}
			for n, f := range x.Fields {
				i.Columns = append(i.Columns, driver.IndexColumn{Column: f.Column, Desc: x.Desc[n]})
			}
			for _, f := range x.Include {
				i.Include = append(i.Include, f.Column)
			}
			t.Indexes = append(t.Indexes, i)
		}
		for _, x := range o.Apart {
			t.Indexes = append(t.Indexes, r.overlapIndex(o, x))
		}
		for _, x := range o.Duplicates {
			for _, k := range x.Keys {
				if k.Index != "" {
					t.Indexes = append(t.Indexes, duplicateIndex(o, k))
				}
			}
		}
		for _, f := range o.Fields {
			if f.Ref != nil && f.Ref.Many && f.Column != "" { // what refers to a record is found by it, in the recycle bin too
				t.Indexes = append(t.Indexes, driver.Index{Name: physicalIndex(o, "e", []*catalog.Field{f}), Columns: []driver.IndexColumn{{Column: f.Column}}, Elements: true})
			}
		}
		o.Storage = t
	}
}

// columns are the stored fields. An engine may have to walk over the columns before one to read it,
// so what every read needs comes first and what few ask for last.
func columns(o *catalog.Object) []driver.Column {
	out := make([]driver.Column, 0, len(o.Fields))
	add := func(wanted func(*catalog.Field) bool) {
		for _, f := range o.Fields {
			if f.Column != "" && f.Column != "id" && wanted(f) {
				f.Store.Name = f.Column
				out = append(out, f.Store)
			}
		}
	}
	add(func(f *catalog.Field) bool { return f.Name == catalog.DeletedAt })
	add(func(f *catalog.Field) bool { return !f.System })
	add(func(f *catalog.Field) bool { return f.System && f.Name != catalog.DeletedAt })
	return out
}

// searchColumns are the columns of the fields that search looks into.
func (r *resolver) searchColumns(o *catalog.Object) (out []string) {
	if !o.Features["search"] {
		return nil
	}
	for _, f := range o.Fields {
		switch {
		case !f.Search:
		case f.Column == "" || f.Store.Type != driver.Text:
			r.errorf("bad-search", f.Addr(), r.decls.get(o.Name).field(f.Name).at("search"),
				diag.Textf("%s holds no text to search in", "%s 不含可搜索的文本", f.Name))
		default:
			out = append(out, f.Column)
		}
	}
	return out
}

// keyIndex is the unique index of a key. Records in the recycle bin do not count.
func (r *resolver) keyIndex(o *catalog.Object, k *catalog.Key) driver.Index {
	i := driver.Index{Name: k.Index, Unique: true, Where: both(alive(o), r.filter(o, k.Where))}
	for _, f := range k.Fields {
		i.Columns = append(i.Columns, driver.IndexColumn{Column: f.Column, Fold: k.CaseInsensitive})
	}
	return i
}

// covered is which records an index holds: those outside the recycle bin, as nearly every query
// asks for them alone, so that the index answers by itself. An index that begins with a reference
// holds all, because purging and restoring look for the children in the bin as well.
func (r *resolver) covered(o *catalog.Object, x *catalog.Index) driver.Expr {
	w := r.filter(o, x.Where)
	if x.Fields[0].Ref != nil {
		return w
	}
	return both(alive(o), w)
}

func alive(o *catalog.Object) driver.Expr {
	return driver.IsNull{Arg: o.ByName[catalog.DeletedAt].Col()}
}

// both is a and b, where b may be nil.
func both(a, b driver.Expr) driver.Expr {
	if b == nil {
		return a
	}
	return driver.And{Args: []driver.Expr{a, b}}
}

func (r *resolver) filter(o *catalog.Object, p *expr.Program) driver.Expr {
	if p == nil {
		return nil
	}
	e, err := p.Filter(expr.Env{})
	if err != nil || p.UsesNow() {
		r.errorf("bad-key", o.Addr(), r.decls.get(o.Name).def.Pos.At("name"), diag.Textf("the condition %s cannot be part of an index", "条件 %s 不能用于索引", p.String()))
	}
	return e
}
