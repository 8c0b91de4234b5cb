// Package multilookup is the field type "multilookup": references to several records of one object.
package multilookup

import (
	"encoding/json"
	"github.com/tenon-platform/tenon/metadata/field"
	"github.com/tenon-platform/tenon/metadata/field/fieldkit"
	"github.com/tenon-platform/tenon/metadata/model"
	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/spec"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
)

// Type is the field type.
type Type struct{}

var _ field.Type = Type{}

func (Type) Kind() string { return "multilookup" }
func (Type) Doc() diag.Text {
	return diag.Text{En: "References to several records of one object.", Zh: "引用某个对象的多条记录。"}
}

const maxRefs = 500

type settings struct {
	To      string `json:"to" required:"true" doc:"the object" zh:"目标对象"`
	Inverse string `json:"inverse" form:"name" doc:"name of the reverse relation" zh:"反向关系的名称"`
}

func (Type) Spec() *spec.Spec { return spec.Of[settings]() }

func (Type) New(decl model.Field, env field.Env) field.Field {
	var s settings
	if !fieldkit.Settings(decl, env, &s) {
		return nil
	}
	if !env.HasObject(s.To) {
		env.Errorf("unknown-object", "to", diag.Textf("there is no object %q", "没有对象 %q", s.To), diag.DidYouMean(s.To, env.Objects()))
		return nil
	}
	return &refs{to: s.To, inverse: s.Inverse, prefix: env.IDPrefix(s.To)}
}

// refs stores a JSON array of ids.
type refs struct{ to, inverse, prefix string }

var _ field.Reference = (*refs)(nil)

func (f *refs) Targets() []string        { return []string{f.to} }
func (f *refs) Many() bool               { return true }
func (f *refs) Polymorphic() bool        { return false }
func (f *refs) OnDelete() field.Deletion { return field.SetNull }
func (f *refs) Inverse() string          { return f.inverse }
func (f *refs) Master() bool             { return false }
func (f *refs) Column() driver.Column    { return driver.Column{Type: driver.List} }

func (f *refs) Shape() field.Shape {
	return field.Shape{Output: "[ID!]", Input: "[ID!]", Filter: "IDListFilter", Operators: fieldkit.Elements("ID", f.one)}
}

func (f *refs) one(in any) (value.Value, *errs.Error) {
	id, err := fieldkit.ID(in, f.prefix, f.to)
	return value.Ref(id), err
}

func (f *refs) Coerce(in any) (value.Value, *errs.Error) {
	if in == nil || in == "" {
		return value.Null, nil
	}
	items, err := fieldkit.Items(in, maxRefs)
	if err != nil {
		return value.Null, err
	}
	var ids []int64
	seen := map[int64]bool{}
	for _, it := range items {
		id, err := fieldkit.ID(it, f.prefix, f.to)
		if err != nil {
			return value.Null, err
		}
		if !seen[id] {
			seen[id] = true
			ids = append(ids, id)
		}
	}
	if len(ids) == 0 {
		return value.Null, nil
	}
	b, jerr := json.Marshal(ids)
	if jerr != nil {
		return value.Null, fieldkit.Invalid("the list cannot be kept", "无法保存该列表")
	}
	return value.List(string(b)), nil
}

func (f *refs) AppendJSON(dst []byte, v value.Value) []byte {
	if v.IsNull() {
		return append(dst, "null"...)
	}
	dst = append(dst, '[')
	for id, rest := fieldkit.Next(v.Text()); id != ""; id, rest = fieldkit.Next(rest) {
		if dst[len(dst)-1] == '"' {
			dst = append(dst, ',')
		}
		dst = append(append(dst, '"'), f.prefix...)
		dst = append(append(append(dst, '_'), id...), '"')
	}
	return append(dst, ']')
}
