package resolve

import (
	"bytes"
	"encoding/json"
	"strings"

	"github.com/tenon-platform/tenon/metadata/addr"
	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/expr"
	"github.com/tenon-platform/tenon/metadata/field"
	"github.com/tenon-platform/tenon/metadata/model"
	"github.com/tenon-platform/tenon/platform/diag"
)

// use is something of one package that a declaration of another names.
type use struct {
	by   origin
	pkg  string // of what is used
	what any    // its name, or words with it
	at   func() diag.Pos
}

// requires reports what packages use of packages that they do not require: it is there by
// chance, and gone when another package changes its mind. The tenant's own package may use all.
func (r *resolver) requires() {
	if r.in.Proven {
		return
	}
	w := &userOf{r: r, may: map[string]map[string]bool{}, told: map[[2]string]bool{}}
	for _, p := range r.ordered {
		w.may[p.Manifest.Name] = map[string]bool{"": true, p.Manifest.Name: true}
		for req := range p.Manifest.Requires {
			w.may[p.Manifest.Name][req] = true
		}
	}
	for _, u := range r.uses {
		w.use(u)
	}
	for _, o := range r.cat.Objects {
		w.object(o)
	}
	for _, d := range r.duplicateDecls {
		for _, f := range sortedFields(d.rule.Reads) {
			w.use(use{d.origin, f.Package, d.object.Name + "." + f.Name, func() diag.Pos { return d.at("keys") }})
		}
	}
	had := len(r.uses)
	each(r, declarations(r, func(p *model.Package) []model.Data { return p.Data }), func(fork *resolver, d declared[model.Data]) any {
		fork.data(origin{pkg: d.pkg}, d.decl)
		return nil
	}, func(declared[model.Data], any) bool { return true })
	for _, u := range r.uses[had:] {
		w.use(u)
	}
}

// userOf walks through what declarations use.
type userOf struct {
	r    *resolver
	may  map[string]map[string]bool // package → packages that it may use
	told map[[2]string]bool
}

func (w *userOf) use(u use) {
	if u.by.pkg == "" || u.by.pkg == model.TenantPackage || u.pkg == u.by.when || w.may[u.by.pkg][u.pkg] {
		return
	}
	if pair := [2]string{u.by.pkg, u.pkg}; !w.told[pair] { // one line of the manifest mends them all
		w.told[pair] = true
		f := w.r.errorf("not-required", addr.Package(u.by.pkg), u.at(), diag.Textf("%s uses %s of %s, which it does not require", "%[1]s 使用了 %[3]s 的 %[2]s，但未声明依赖", u.by.pkg, u.what, u.pkg))
		t := diag.Textf("add %q: %q to \"requires\" in tenon.json", "请在 tenon.json 的 requires 中加入 %q: %q", u.pkg, w.version(u.pkg))
		f.Suggestion = &t
	}
}

// version is a range around the version of a package that is installed.
func (w *userOf) version(pkg string) string {
	for _, p := range w.r.cat.Packages {
		if p.Name == pkg {
			return "^" + p.Version
		}
	}
	return "*"
}

func (w *userOf) object(o *catalog.Object) {
	d := w.r.decls.get(o.Name)
	for i := range d.fields {
		if f := &d.fields[i]; f.pkg != "" {
			w.field(o, o.ByName[f.v.Name], f)
		}
	}
	for _, k := range d.keys {
		for _, c := range o.Keys {
			if c.Name == k.v.Name {
				w.program(o, c.Where, k.origin, func() diag.Pos { return k.at("where") })
			}
		}
	}
	for _, x := range d.idx {
		for _, c := range o.Indexes {
			if c.Name == indexName(x.v) {
				w.program(o, c.Where, x.origin, func() diag.Pos { return x.at("where") })
			}
		}
	}
	for _, x := range d.apart {
		for _, c := range o.Apart {
			if c.Name == x.v.Name {
				w.program(o, c.Where, x.origin, func() diag.Pos { return x.at("where") })
			}
		}
	}
	for i, x := range d.rules {
		w.program(o, o.Rules[i].When, x.origin, func() diag.Pos { return x.at("when") })
	}
}

func (w *userOf) field(o *catalog.Object, f *catalog.Field, d *fieldDecl) {
	at := func(key string) func() diag.Pos { return func() diag.Pos { return d.at(key) } }
	if ref, ok := f.Type.(field.Reference); ok {
		for _, name := range ref.Targets() {
			if t := w.r.cat.ByName[name]; t != nil && !w.r.added[[3]string{o.Name, f.Name, name}] {
				w.use(use{d.origin, t.Package, t.Name, at("to")})
			}
		}
	}
	var list string
	if raw := d.v.Settings["picklist"]; raw != nil && json.Unmarshal(raw, &list) == nil {
		w.use(use{d.origin, w.r.picklistOf[list], list, at("picklist")})
	}
	if f.Formula != nil {
		w.program(o, f.Formula.Program, d.origin, at("expr"))
	}
	if f.Default != nil {
		w.program(o, f.Default.Expr, d.origin, at("default"))
	}
	if ru := f.Rollup; ru != nil {
		w.use(use{d.origin, ru.Child.Package, ru.Child.Name, at("from")})
		for _, hop := range ru.Path {
			w.use(use{d.origin, hop.Package, hop.Object.Name + "." + hop.Name, at("from")})
		}
		if ru.Field != nil {
			w.use(use{d.origin, ru.Field.Package, ru.Child.Name + "." + ru.Field.Name, at("field")})
		}
		w.program(ru.Child, ru.Where, d.origin, at("where"))
	}
}

// program walks through the fields that an expression over o reads.
func (w *userOf) program(o *catalog.Object, p *expr.Program, by origin, at func() diag.Pos) {
	if p == nil {
		return
	}
	for _, t := range p.Tables() {
		w.use(use{by, t.Package, t.Name, at})
	}
	for _, in := range p.Inputs() {
		if s := w.r.cat.Setting(in.Name); in.Kind == expr.SettingInput && s != nil {
			w.use(use{by, s.Package, diag.Textf("the setting %s", "设置 %s", s.Key), at})
			continue
		}
		on := o
		for _, hop := range in.Path {
			f := on.ByName[hop]
			if f == nil || f.Ref == nil {
				break
			}
			w.use(use{by, f.Package, on.Name + "." + f.Name, at})
			on = f.Ref.Target()
		}
		if f := on.ByName[in.Field]; f != nil {
			w.use(use{by, f.Package, on.Name + "." + f.Name, at})
		}
		if in.Agg != nil {
			child := w.r.cat.ByName[in.Agg.Child.Object]
			w.use(use{by, child.Package, child.Name, at})
			w.program(child, in.Agg.Where, by, at)
			w.program(child, in.Agg.Expr, by, at)
		}
	}
}

// data notes what seed records use: their object, and the records of other packages they refer to.
func (r *resolver) data(by origin, d *model.Data) {
	o := r.cat.ByName[d.Object]
	if o == nil {
		f := r.errorf("unknown-object", addr.Package(by.pkg), d.Pos.At("object"), diag.Textf("there is no object %q to load records of", "没有可加载记录的对象 %q", d.Object))
		f.Suggestion = diag.DidYouMean(d.Object, r.names)
		return
	}
	r.uses = append(r.uses, use{by, o.Package, o.Name, d.Pos.Place("object")})
	for i, rec := range d.Records {
		for _, name := range sorted(rec.Values) {
			var v struct{ Ref string }
			if raw := rec.Values[name]; !bytes.Contains(raw, []byte(`"ref"`)) || json.Unmarshal(raw, &v) != nil {
				continue
			}
			if pkg, key, ok := strings.Cut(v.Ref, ":"); ok && pkg != by.pkg {
				r.uses = append(r.uses, use{by, pkg, diag.Textf("the record %s", "记录 %s", key), d.Pos.Place("records." + itoa(i) + ".values." + name)})
			}
		}
	}
}
