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

// objects makes the objects with their names, and adds the system fields to their declarations.
func (r *resolver) objects() {
	types := map[string]string{}
	for _, name := range r.names {
		d := r.decls[name]
		o := &catalog.Object{Name: name, Package: d.pkg, IDPrefix: d.def.IDPrefix, Serves: d.def.Serves, Label: d.def.Label,
			PluralLabel: d.def.PluralLabel, Help: d.def.Help, Sharing: d.def.Sharing, RecordTypes: d.def.RecordTypes,
			Features: map[string]bool{}, ByName: map[string]*catalog.Field{}, ByAPIName: map[string]*catalog.Field{}, InverseOf: map[string]*catalog.Inverse{}}
		if o.IDPrefix == "" {
			o.IDPrefix = name
			if d.def.RenamedFrom != "" {
				o.IDPrefix = d.def.RenamedFrom // ids that integrators keep stay valid
			}
		}
		if len(o.PluralLabel) == 0 {
			o.PluralLabel = o.Label
		}
		for _, f := range d.def.Features {
			o.Features[f] = true
		}
		r.choices(o, d)
		o.TypeName, o.SingularName = pascal(name), camel(name)
		p := d.def.Plural
		if p == "" {
			p = plural(name)
		}
		if o.PluralName = camel(p); o.PluralName == o.SingularName {
			o.PluralName += "List"
		}
		for _, n := range []string{o.TypeName, o.PluralName, o.SingularName} {
			if was := types[n]; was != "" && was != name || reserved(n) {
				r.errorf("name-clash", addr.Object(name), d.def.Pos.At("name"), diag.Textf("the API name %s of %s is taken", "%[2]s 的 API 名称 %[1]s 已被占用", n, name))
			}
			types[n] = name
		}
		if was := r.cat.ByPrefix[o.IDPrefix]; was != nil {
			r.errorf("name-clash", addr.Object(name), d.def.Pos.At("idPrefix"), diag.Textf("%s and %s have the same id prefix", "%s 与 %s 的编号前缀相同", name, was.Name))
		}
		r.cat.ByPrefix[o.IDPrefix], r.cat.ByName[name] = o, o
		r.cat.Objects = append(r.cat.Objects, o)
	}
	sort.Slice(r.cat.Objects, func(i, j int) bool { return r.cat.Objects[i].Name < r.cat.Objects[j].Name })
	for _, o := range r.cat.Objects {
		d := r.decls[o.Name]
		d.fields = append(r.systemFields(o, d), d.fields...)
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
	if !nameForm.MatchString(o.IDPrefix) || len(o.IDPrefix) > model.MaxName {
		r.errorf("bad-name", of, pos.At("idPrefix"), diag.Textf("%q is no id prefix: lower-case words joined by _, at most 48 characters", "%q 不是有效的编号前缀：须为小写单词以 _ 连接，最多 48 个字符", o.IDPrefix))
	}
}

// reserved are the names that the generated schema itself needs.
func reserved(name string) bool {
	switch name {
	case "Query", "Mutation", "Subscription", "Node", "PageInfo", "node", "nodes", "History", "String", "Int", "Float", "Boolean", "ID":
		return true
	}
	return false
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
	return place(fields, "", d.def.Pos, "name")
}

func hasMoney(d *objectDecl) bool {
	for _, f := range d.fields {
		if f.v.Type == "money" {
			return true
		}
	}
	return false
}
