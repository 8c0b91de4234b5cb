// Package ref is the field type "ref": a polymorphic reference.
package ref

import (
	"github.com/tenon-platform/tenon/metadata/field"
	"github.com/tenon-platform/tenon/metadata/field/fieldkit"
	"github.com/tenon-platform/tenon/metadata/model"
	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/spec"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
	"strings"
)

// Type is the field type.
type Type struct{}

var _ field.Type = Type{}

func (Type) Kind() string { return "ref" }
func (Type) Doc() diag.Text {
	return diag.Text{En: "A reference to a record of one of several objects.", Zh: "引用多个对象之一的记录。"}
}

type settings struct {
	To []string `json:"to" required:"true" doc:"the objects, or * for any" zh:"目标对象，* 表示任意"`
}

func (Type) Spec() *spec.Spec { return spec.Of[settings]() }

func (Type) New(decl model.Field, env field.Env) field.Field {
	var s settings
	if !fieldkit.Settings(decl, env, &s) {
		return nil
	}
	f := &reference{to: s.To, prefixes: map[string]string{}}
	if len(s.To) == 1 && s.To[0] == "*" {
		for _, o := range env.Objects() {
			f.prefixes[env.IDPrefix(o)] = o
		}
		return f
	}
	for _, o := range s.To {
		if !env.HasObject(o) {
			env.Errorf("unknown-object", "to", diag.Textf("there is no object %.60q", "没有对象 %.60q", o), diag.DidYouMean(o, env.Objects()))
			return nil
		}
		f.prefixes[env.IDPrefix(o)] = o
	}
	if len(f.prefixes) == 0 {
		env.Errorf("bad-setting", "to", diag.Textf("a reference needs objects to lead to", "引用需要目标对象"), nil)
		return nil
	}
	return f
}

// reference is stored as the id that the API shows: "dealer_17".
type reference struct {
	to       []string
	prefixes map[string]string // of ids → object
}

var _ field.Reference = (*reference)(nil)

func (f *reference) Targets() []string        { return f.to }
func (f *reference) Many() bool               { return false }
func (f *reference) Polymorphic() bool        { return true }
func (f *reference) OnDelete() field.Deletion { return field.SetNull }
func (f *reference) Inverse() string          { return "" }
func (f *reference) Master() bool             { return false }
func (f *reference) Column() driver.Column    { return driver.Column{Type: driver.Text} }

func (f *reference) Shape() field.Shape {
	return field.Shape{Output: "ID", Input: "ID", Filter: "AnyIDFilter", Operators: fieldkit.Equality("ID", f.Coerce), Sortable: true, Groupable: true}
}

func (f *reference) Coerce(in any) (value.Value, *errs.Error) {
	if in == nil || in == "" {
		return value.Null, nil
	}
	s, ok := in.(string)
	if !ok {
		return value.Null, fieldkit.Invalid("an id is a text such as dealer_17", "编号应为形如 dealer_17 的文本")
	}
	i := strings.LastIndexByte(s, '_')
	if i < 0 {
		return value.Null, fieldkit.Invalid("%.60q is no id of a record", "%.60q 不是记录编号", s)
	}
	if _, known := f.prefixes[s[:i]]; !known {
		return value.Null, fieldkit.Invalid("%.60q is no id of an object that may stand here", "%.60q 不是此处允许的对象编号", s)
	}
	id, err := fieldkit.ParseID(s[i+1:])
	if err != nil {
		return value.Null, fieldkit.Invalid("%.60q is no id of a record", "%.60q 不是记录编号", s)
	}
	return value.Text(s[:i+1] + string(value.Int(id).AppendDecimal(nil))), nil
}

func (f *reference) AppendJSON(dst []byte, v value.Value) []byte {
	if v.IsNull() {
		return append(dst, "null"...)
	}
	return fieldkit.AppendString(dst, v.Text())
}
