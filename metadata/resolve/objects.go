package resolve

import (
	"encoding/json"
	"slices"
	"sort"
	"strings"

	"github.com/tenon-platform/tenon/metadata/addr"
	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/model"
	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/platform/spec"
)

// systemFieldsOfMost is how many fields the platform adds to an object; few have more.
const systemFieldsOfMost = 12

// objects makes the objects with their names, and adds the system fields to their declarations.
func (r *resolver) objects() {
	r.had = r.known()
	for _, name := range r.names {
		d := r.decls.get(name)
		most := len(d.fields) + systemFieldsOfMost
		o := &catalog.Object{Name: name, Package: d.pkg, IDPrefix: d.def.IDPrefix, Serves: d.def.Serves, Label: d.def.Label,
			PluralLabel: d.def.PluralLabel, Help: d.def.Help, Sharing: d.def.Sharing, RecordTypes: d.def.RecordTypes,
			Features: map[string]bool{}, ByName: make(map[string]*catalog.Field, most), ByAPIName: make(map[string]*catalog.Field, most), InverseOf: map[string]*catalog.Inverse{}}
		o.FilesOf = d.filesOf
		r.prefix(o, d)
		if len(o.PluralLabel) == 0 {
			o.PluralLabel = o.Label
		}
		for _, f := range d.def.Features {
			o.Features[f] = true
		}
		r.choices(o, d)
		r.recordTypes(o, d)
		o.TypeName, o.SingularName = pascal(name), camel(name)
		p := d.def.Plural
		if p == "" {
			p = plural(name)
		} else if !model.NameForm.Match(p) || len(p) > model.MaxName {
			r.errorf("bad-name", addr.Object(name), d.def.Pos.At("plural"), diag.Textf("%q is no plural name: lower-case words joined by _, at most 48 characters", "%q 不是有效的复数名称：须为小写单词以 _ 连接，最多 48 个字符", p))
		}
		if o.PluralName = camel(p); o.PluralName == o.SingularName {
			o.PluralName += "List"
		}
		if isWord(name) {
			r.word(name, addr.Object(name), d.def.Pos.At("name"))
		}
		if was := r.cat.ByPrefix[o.IDPrefix]; was != nil {
			f := r.errorf("name-clash", addr.Object(name), d.def.Pos.At("idPrefix"), diag.Textf("%s and %s have the same id prefix", "%s 与 %s 的编号前缀相同", name, was.Name))
			t := diag.Textf("give the new one another \"idPrefix\"", "请为新对象设置不同的 idPrefix")
			f.Suggestion = &t
		}
		r.cat.ByPrefix[o.IDPrefix], r.cat.ByName[name] = o, o
		r.cat.Objects = append(r.cat.Objects, o)
	}
	sort.Slice(r.cat.Objects, func(i, j int) bool { return r.cat.Objects[i].Name < r.cat.Objects[j].Name })
	for _, o := range r.cat.Objects {
		d := r.decls.get(o.Name)
		d.fields = append(r.systemFields(o, d), d.fields...)
	}
}

// prefix is what the ids of an object's records begin with: what they began with so far, since
// integrators and references keep ids; else as declared; else the name.
func (r *resolver) prefix(o *catalog.Object, d *objectDecl) {
	was := r.had[o.Name].Prefix
	if was != "" && o.IDPrefix != "" && o.IDPrefix != was {
		f := r.errorf("fixed-prefix", o.Addr(), d.def.Pos.At("idPrefix"), diag.Textf("the ids of records of %s begin with %s_, which cannot change", "%s 的记录编号以 %s_ 开头，不能更改", o.Name, was))
		t := diag.Textf("write %q, or leave \"idPrefix\" out", "请写 %q，或去掉 idPrefix", was)
		f.Suggestion = &t
	}
	if was != "" {
		o.IDPrefix = was
	} else if o.IDPrefix == "" {
		o.IDPrefix = o.Name
	}
}

// What the declarations themselves say of their keys: the words that each takes.
var (
	objectKeys = spec.Of[model.Object]()
	ruleKeys   = spec.Of[model.Rule]()
)

// choices holds the words of an object's declaration against those that mean something.
func (r *resolver) choices(o *catalog.Object, d *objectDecl) {
	of, pos := o.Addr(), d.def.Pos
	word := func(s, path string, known []string) {
		if !slices.Contains(known, s) {
			f := r.errorf("bad-value", of, pos.At(path), diag.Textf("%q is none of %s", "%q 不在 %s 之中", s, strings.Join(known, ", ")))
			f.Suggestion = diag.DidYouMean(s, known)
		}
	}
	if o.Sharing != "" {
		word(o.Sharing, "sharing", objectKeys.Get("sharing").Enum)
	}
	for i, f := range d.def.Features {
		word(f, "features."+itoa(i), objectKeys.Get("features").Enum)
	}
	if !model.NameForm.Match(o.IDPrefix) || len(o.IDPrefix) > model.MaxName {
		r.errorf("bad-name", of, pos.At("idPrefix"), diag.Textf("%q is no id prefix: lower-case words joined by _, at most 48 characters", "%q 不是有效的编号前缀：须为小写单词以 _ 连接，最多 48 个字符", o.IDPrefix))
	}
}

// recordTypes holds the names of record types against the form of names and each other.
func (r *resolver) recordTypes(o *catalog.Object, d *objectDecl) {
	seen := map[string]bool{}
	for _, t := range d.types {
		of, at := o.Addr().Property("recordTypes").Property(t.v.Name), t.place("name")
		switch {
		case !model.NameForm.Match(t.v.Name) || len(t.v.Name) > model.MaxName:
			r.errorf("bad-name", of, at(), diag.Textf("%q is no name of a record type: lower-case words joined by _, at most 48 characters", "%q 不是有效的记录类型名：须为小写单词以 _ 连接，最多 48 个字符", t.v.Name))
		case seen[t.v.Name]:
			r.errorf("duplicate-name", of, at(), diag.Textf("%s has the record type %s twice", "%s 的记录类型 %s 重复", o.Name, t.v.Name))
		}
		seen[t.v.Name] = true
	}
}

// systemFields are the declarations of the fields that every object has.
func (r *resolver) systemFields(o *catalog.Object, d *objectDecl) []fieldDecl {
	users := r.cat.Serving("user")
	text := func(en, zh string) model.Text { return model.Text{"en": en, "zh-CN": zh} }
	setting := func(k string, v any) map[string]json.RawMessage {
		b, err := json.Marshal(v)
		if err != nil {
			return nil
		}
		return map[string]json.RawMessage{k: b}
	}
	user := func(name string, label model.Text) model.Field {
		if users == nil {
			return model.Field{Name: name, Type: "int", Label: label, Settings: setting("max", int64(1)<<62), ReadOnly: true}
		}
		return model.Field{Name: name, Type: "lookup", Label: label, ReadOnly: true, Settings: setting("to", users.Name)}
	}
	fields := []model.Field{
		{Name: catalog.ID, Type: "lookup", Label: text("ID", "编号"), Settings: setting("to", o.Name), ReadOnly: true},
		{Name: catalog.Version, Type: "int", Label: text("Version", "版本"), ReadOnly: true},
		{Name: catalog.CreatedAt, Type: "datetime", Label: text("Created at", "创建时间"), ReadOnly: true},
		user(catalog.CreatedBy, text("Created by", "创建人")),
		{Name: catalog.UpdatedAt, Type: "datetime", Label: text("Updated at", "更新时间"), ReadOnly: true},
		user(catalog.UpdatedBy, text("Updated by", "更新人")),
		user(catalog.Owner, text("Owner", "所有者")),
		{Name: catalog.DeletedAt, Type: "datetime", Label: text("Deleted at", "删除时间"), ReadOnly: true},
		{Name: catalog.ExternalID, Type: "text", Label: text("External ID", "外部编号")},
	}
	fields[6].ReadOnly = false
	if len(o.RecordTypes) > 0 {
		values := make([]model.PicklistValue, len(o.RecordTypes))
		for i, t := range o.RecordTypes {
			values[i] = model.PicklistValue{Code: t.Name, Label: t.Label}
		}
		fields = append(fields, model.Field{Name: catalog.RecordType, Type: "picklist", Label: text("Record type", "记录类型"), Settings: setting("values", values)})
	}
	if hasMoney(d) && d.field(catalog.Currency) == nil {
		fields = append(fields, model.Field{Name: catalog.Currency, Type: "text", Label: text("Currency", "币种"), Settings: setting("maxLength", 3)})
	}
	if o.Features[catalog.LockFeature] {
		fields = append(fields,
			model.Field{Name: catalog.Locked, Type: "bool", Label: text("Locked", "已锁定"), ReadOnly: true, Default: json.RawMessage("false")},
			user(catalog.LockedBy, text("Locked by", "锁定人")),
			model.Field{Name: catalog.LockedAt, Type: "datetime", Label: text("Locked at", "锁定时间"), ReadOnly: true},
			model.Field{Name: catalog.LockReason, Type: "text", Label: text("Reason for the lock", "锁定原因"), ReadOnly: true, Settings: setting("maxLength", 500)},
			model.Field{Name: catalog.Locks, Type: "json", Label: text("Locks", "锁定明细"), ReadOnly: true})
	}
	return place(fields, origin{}, d.def.Pos, "name")
}

func hasMoney(d *objectDecl) bool {
	for _, f := range d.fields {
		if f.v.Type == "money" {
			return true
		}
	}
	return false
}
