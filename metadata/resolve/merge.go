package resolve

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/tenon-platform/tenon/metadata/addr"
	"github.com/tenon-platform/tenon/metadata/model"
	"github.com/tenon-platform/tenon/metadata/words"
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
		r.errorf("duplicate-name", addr.Picklist(l.Name), l.Pos.At("name"), diag.Textf("the picklist %s is declared twice", "选项列表 %s 重复声明", l.Name))
		return
	}
	seen := map[string]bool{}
	for i, v := range l.Values {
		if seen[v.Code] || v.Code == "" {
			r.errorf("duplicate-name", addr.Picklist(l.Name), l.Pos.At("values."+itoa(i)), diag.Textf("the code %q is empty or stands twice", "编码 %q 为空或重复", v.Code))
		}
		seen[v.Code] = true
	}
	r.cat.Picklists[l.Name], r.picklistOf[l.Name] = l, p.Manifest.Name
}

func (r *resolver) object(p *model.Package, o model.Object) {
	if !model.NameForm.Match(o.Name) { // API names are made of it
		r.errorf("bad-name", addr.Object(o.Name), o.Pos.At("name"), diag.Textf("%q is no object name: lower-case words joined by _", "%q 不是有效的对象名：须为小写单词以 _ 连接", o.Name))
		return
	}
	if was := r.decls.get(o.Name); was != nil {
		f := r.errorf("duplicate-name", addr.Object(o.Name), o.Pos.At("name"), diag.Textf("the object %s is declared twice; package %s has it too", "对象 %s 重复声明，软件包 %s 中已有", o.Name, was.pkg))
		f.Related = []diag.Pos{was.def.Pos.At("name")}
		return
	}
	r.names = append(r.names, o.Name)
	pkg := p.Manifest.Name
	from := origin{pkg: pkg}
	r.decls.set(o.Name, &objectDecl{pkg: pkg, def: o, fields: place(o.Fields, from, o.Pos, "fields"),
		types: place(o.RecordTypes, from, o.Pos, "recordTypes"), keys: place(o.Keys, from, o.Pos, "keys"), idx: place(o.Indexes, from, o.Pos, "indexes"), rules: place(o.Rules, from, o.Pos, "rules"),
		apart: place(o.NoOverlap, from, o.Pos, "noOverlap")})
}

func (r *resolver) extend(p *model.Package, x model.Extension) {
	d := r.decls.get(x.Object)
	of := addr.Object(x.Object)
	if d == nil {
		f := r.errorf("unknown-object", of, x.Pos.At("object"), diag.Textf("there is no object %q to extend", "没有可扩展的对象 %q", x.Object))
		f.Suggestion = diag.DidYouMean(x.Object, r.names)
		return
	}
	from := origin{pkg: p.Manifest.Name, when: x.WhenInstalled}
	r.uses = append(r.uses, use{from, d.pkg, x.Object, func() diag.Pos { return x.Pos.At("object") }})
	d.fields = append(d.fields, place(x.Fields, from, x.Pos, "fields")...)
	d.keys = append(d.keys, place(x.Keys, from, x.Pos, "keys")...)
	d.idx = append(d.idx, place(x.Indexes, from, x.Pos, "indexes")...)
	d.rules = append(d.rules, place(x.Rules, from, x.Pos, "rules")...)
	d.types = append(d.types, place(x.RecordTypes, from, x.Pos, "recordTypes")...)
	d.apart = append(d.apart, place(x.NoOverlap, from, x.Pos, "noOverlap")...)
	d.def.RecordTypes = append(slices.Clone(d.def.RecordTypes), x.RecordTypes...)
	for _, name := range sorted(x.PicklistValues) {
		r.addToSetting(d, x, "picklistValues."+name, name, "values", x.PicklistValues[name])
	}
	for _, name := range sorted(x.Targets) {
		r.addToSetting(d, x, "targets."+name, name, "to", x.Targets[name])
		for i, target := range x.Targets[name] {
			r.added[[3]string{x.Object, name, target}] = true
			if t := r.decls.get(target); t != nil {
				r.uses = append(r.uses, use{from, t.pkg, target, func() diag.Pos { return x.Pos.At("targets." + name + "." + itoa(i)) }})
			}
		}
	}
	for _, name := range sorted(x.Actions) {
		add, key := x.Actions[name], [2]string{x.Object, name}
		r.actionParts[key] = append(r.actionParts[key], actionPart{from.pkg, &model.Action{Name: name, Object: x.Object, Input: add.Input, Errors: add.Errors, Checks: add.Checks,
			Steps: add.Steps, Result: add.Result, Pos: x.Pos.Below("actions." + name)}})
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
	of := addr.Object(x.Object).Field(name)
	if f == nil {
		e := r.errorf("unknown-field", of, x.Pos.At(path), diag.Textf("%s has no field %q", "%s 没有字段 %q", x.Object, name))
		e.Suggestion = diag.DidYouMean(name, d.fieldNames())
		return
	}
	var have, add []json.RawMessage
	if b := f.v.Settings[setting]; b != nil && json.Unmarshal(b, &have) != nil {
		r.errorf("not-extensible", of, x.Pos.At(path), diag.Textf("%s is not a list that can be added to", "%s 不是可追加的列表", setting))
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
		r.errorf("not-extensible", of, x.Pos.At(path), diag.Textf("cannot add to %s: %v", "无法追加到 %s：%v", setting, err))
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
	of, at := addr.Object(x.Object), x.Pos.At("overrides."+path)
	var target any = &d.def
	var f *fieldDecl
	if parts[0] == "fields" && len(parts) > 2 {
		f = d.field(parts[1])
		if f == nil {
			e := r.errorf("unknown-field", of, at, diag.Textf("%s has no field %q", "%s 没有字段 %q", x.Object, parts[1]))
			e.Suggestion = diag.DidYouMean(parts[1], d.fieldNames())
			return
		}
		target, parts = &f.v, parts[2:]
		if known := r.keysOf(f.v.Type); !slices.Contains(known, parts[0]) {
			e := r.errorf("unknown-key", of, at, diag.Textf("a field of type %s has no property %q", "类型为“%s”的字段没有属性 %q", words.FieldType(f.v.Type), parts[0]))
			e.Suggestion = diag.DidYouMean(parts[0], known)
			return
		}
	}
	switch parts[0] {
	case "name", "renamedFrom", "fields", "keys", "indexes", "rules", "noOverlap", "recordTypes":
		r.errorf("bad-override", of, at, diag.Textf("%s cannot be overridden; add to the object instead", "%s 不可覆盖，请改为扩展对象", parts[0]))
		return
	}
	if err := setProperty(target, parts, raw); err != nil {
		r.errorf("bad-override", of, at, diag.Textf("cannot override %s: %v", "无法覆盖 %s：%v", path, err))
		return
	}
	if f != nil && len(parts) == 1 {
		f.over = maps.Clone(f.over)
		if f.over == nil {
			f.over = map[string]diag.Pos{}
		}
		f.over[parts[0]] = at
	}
}

// keysOf are the keys of a field of a kind.
func (r *resolver) keysOf(kind string) []string {
	keys := model.FieldKeys()
	if t := r.in.Fields.Get(kind); t != nil {
		keys = append(keys, t.Spec().Names()...)
	}
	return keys
}

// setProperty sets the property at path of an object or a field. It works on a copy: maps and lists
// of the target belong to the package as it was read.
func setProperty(target any, path []string, raw json.RawMessage) error {
	switch t := target.(type) {
	case *model.Object:
		doc, err := json.Marshal(t)
		if err == nil {
			doc, err = withProperty(doc, path, raw)
		}
		next := model.Object{Pos: t.Pos}
		if err == nil {
			err = strict(doc, &next)
		}
		if err == nil {
			*t = next
		}
		return err
	case *model.Field:
		doc, err := t.Document()
		if err == nil {
			doc, err = withProperty(doc, path, raw)
		}
		next := model.Field{}
		if err == nil {
			err = json.Unmarshal(doc, &next)
		}
		if err == nil {
			next.Pos, *t = t.Pos, next
		}
		return err
	}
	return fmt.Errorf("%T has no properties", target)
}

// withProperty is a JSON object with the value at path replaced or added.
func withProperty(doc []byte, path []string, raw json.RawMessage) ([]byte, error) {
	if len(path) == 0 {
		return raw, nil
	}
	m := map[string]json.RawMessage{}
	if len(doc) > 0 {
		if err := json.Unmarshal(doc, &m); err != nil {
			return nil, err
		}
	}
	b, err := withProperty(m[path[0]], path[1:], raw)
	if err != nil {
		return nil, err
	}
	m[path[0]] = b
	return json.Marshal(m)
}

func strict(doc []byte, dst any) error {
	d := json.NewDecoder(bytes.NewReader(doc))
	d.DisallowUnknownFields()
	return d.Decode(dst)
}
