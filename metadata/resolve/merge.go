package resolve

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/tenon-platform/tenon/metadata/model"
	"github.com/tenon-platform/tenon/platform/diag"
)

// merge gathers objects and picklists, and lays the extensions over them in package order.
func (r *resolver) merge() {
	installed := map[string]bool{}
	for _, p := range r.ordered {
		installed[p.Manifest.Name] = true
	}
	for _, p := range r.ordered {
		for i := range p.Picklists {
			r.picklist(p, &p.Picklists[i])
		}
		for _, o := range p.Objects {
			r.object(p, o)
		}
	}
	for _, p := range r.ordered {
		for _, x := range p.Extensions {
			if x.WhenInstalled == "" || installed[x.WhenInstalled] {
				r.extend(p, x)
			}
		}
	}
}

func (r *resolver) picklist(p *model.Package, l *model.Picklist) {
	if r.cat.Picklists[l.Name] != nil {
		r.errorf("duplicate-name", "picklist."+l.Name, l.Pos.At("name"), diag.Textf("the picklist %s is declared twice", "选项列表 %s 重复声明", l.Name))
		return
	}
	seen := map[string]bool{}
	for i, v := range l.Values {
		if seen[v.Code] || v.Code == "" {
			r.errorf("duplicate-name", "picklist."+l.Name, l.Pos.At("values."+itoa(i)), diag.Textf("the code %q is empty or stands twice", "编码 %q 为空或重复", v.Code))
		}
		seen[v.Code] = true
	}
	r.cat.Picklists[l.Name] = l
}

func (r *resolver) object(p *model.Package, o model.Object) {
	if was := r.decls[o.Name]; was != nil {
		f := r.errorf("duplicate-name", "object."+o.Name, o.Pos.At("name"), diag.Textf("the object %s is declared twice; package %s has it too", "对象 %s 重复声明，软件包 %s 中已有", o.Name, was.pkg))
		f.Related = []diag.Pos{was.def.Pos.At("name")}
		return
	}
	r.names = append(r.names, o.Name)
	pkg := p.Manifest.Name
	r.decls[o.Name] = &objectDecl{pkg: pkg, def: o, fields: place(o.Fields, pkg, o.Pos, "fields"),
		keys: place(o.Keys, pkg, o.Pos, "keys"), idx: place(o.Indexes, pkg, o.Pos, "indexes"), rules: place(o.Rules, pkg, o.Pos, "rules")}
}

func (r *resolver) extend(p *model.Package, x model.Extension) {
	d := r.decls[x.Object]
	addr := "object." + x.Object
	if d == nil {
		f := r.errorf("unknown-object", addr, x.Pos.At("object"), diag.Textf("there is no object %q to extend", "没有可扩展的对象 %q", x.Object))
		f.Suggestion = diag.DidYouMean(x.Object, r.names)
		return
	}
	pkg := p.Manifest.Name
	d.fields = append(d.fields, place(x.Fields, pkg, x.Pos, "fields")...)
	d.keys = append(d.keys, place(x.Keys, pkg, x.Pos, "keys")...)
	d.idx = append(d.idx, place(x.Indexes, pkg, x.Pos, "indexes")...)
	d.rules = append(d.rules, place(x.Rules, pkg, x.Pos, "rules")...)
	d.def.RecordTypes = append(slices.Clone(d.def.RecordTypes), x.RecordTypes...)
	for _, name := range sorted(x.PicklistValues) {
		r.addToSetting(d, x, "picklistValues."+name, name, "values", x.PicklistValues[name])
	}
	for _, name := range sorted(x.Targets) {
		r.addToSetting(d, x, "targets."+name, name, "to", x.Targets[name])
	}
	for _, path := range sorted(x.Overrides) {
		r.override(d, x, path)
	}
}

func (d *objectDecl) field(name string) *fieldDecl {
	for i := range d.fields {
		if d.fields[i].v.Name == name {
			return &d.fields[i]
		}
	}
	return nil
}

func (d *objectDecl) fieldNames() (out []string) {
	for _, f := range d.fields {
		out = append(out, f.v.Name)
	}
	return out
}

// addToSetting appends to a list among a field's settings.
func (r *resolver) addToSetting(d *objectDecl, x model.Extension, path, name, setting string, more any) {
	f := d.field(name)
	addr := "object." + x.Object + ".field." + name
	if f == nil {
		e := r.errorf("unknown-field", addr, x.Pos.At(path), diag.Textf("%s has no field %q", "%s 没有字段 %q", x.Object, name))
		e.Suggestion = diag.DidYouMean(name, d.fieldNames())
		return
	}
	var have, add []json.RawMessage
	if b := f.v.Settings[setting]; b != nil && json.Unmarshal(b, &have) != nil {
		r.errorf("not-extensible", addr, x.Pos.At(path), diag.Textf("%s is not a list that can be added to", "%s 不是可追加的列表", setting))
		return
	}
	b, err := json.Marshal(more)
	if err == nil {
		err = json.Unmarshal(b, &add)
	}
	if err == nil {
		b, err = json.Marshal(append(have, add...))
	}
	if err != nil {
		r.errorf("not-extensible", addr, x.Pos.At(path), diag.Textf("cannot add to %s: %v", "无法追加到 %s：%v", setting, err))
		return
	}
	f.v.Settings = clone(f.v.Settings)
	f.v.Settings[setting] = b
}

func clone(m map[string]json.RawMessage) map[string]json.RawMessage {
	out := make(map[string]json.RawMessage, len(m)+1)
	for k, v := range m {
		out[k] = v
	}
	return out
}

// override sets one property of a field or of the object: "fields.tier.label.en", "label.en".
func (r *resolver) override(d *objectDecl, x model.Extension, path string) {
	raw, parts := x.Overrides[path], strings.Split(path, ".")
	addr := "object." + x.Object
	var target any = &d.def
	if parts[0] == "fields" && len(parts) > 2 {
		f := d.field(parts[1])
		if f == nil {
			e := r.errorf("unknown-field", addr, x.Pos.At("overrides"), diag.Textf("%s has no field %q", "%s 没有字段 %q", x.Object, parts[1]))
			e.Suggestion = diag.DidYouMean(parts[1], d.fieldNames())
			return
		}
		target, parts = &f.v, parts[2:]
	}
	if err := setProperty(target, parts, raw); err != nil {
		r.errorf("bad-override", addr, x.Pos.At("overrides"), diag.Textf("cannot override %s: %v", "无法覆盖 %s：%v", path, err))
	}
}

// setProperty sets the property at path of a JSON-shaped struct.
func setProperty(target any, path []string, raw json.RawMessage) error {
	doc := raw
	for i := len(path) - 1; i >= 0; i-- {
		b, err := json.Marshal(map[string]json.RawMessage{path[i]: doc})
		if err != nil {
			return err
		}
		doc = b
	}
	if f, ok := target.(*model.Field); ok {
		return f.Override(doc)
	}
	return json.Unmarshal(doc, target)
}
