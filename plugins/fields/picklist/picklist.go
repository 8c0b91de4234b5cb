// Package picklist is the field type "picklist": one choice of a list.
package picklist

import (
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

func (Type) Kind() string   { return "picklist" }
func (Type) Doc() diag.Text { return diag.Text{En: "One choice of a list.", Zh: "单选列表。"} }

func (Type) Spec() *spec.Spec { return spec.Of[fieldkit.ChoiceSettings]() }

func (Type) New(decl model.Field, env field.Env) field.Field {
	c := fieldkit.NewChoices(decl, env)
	if c == nil {
		return nil
	}
	return &pick{c}
}

// pick stores the code; the API shows the enum value and, beside it, the label.
type pick struct{ choices *fieldkit.Choices }

var _ field.Checked = (*pick)(nil)

// Choices are the values to choose from.
func (f *pick) Choices() []model.PicklistValue { return f.choices.Values }

func (f *pick) Column() driver.Column { return driver.Column{Type: driver.Text} }

func (f *pick) Shape() field.Shape {
	c := f.choices
	return field.Shape{Output: c.Enum, Input: c.Enum, Defs: map[string]string{c.Enum: c.Def}, Filter: c.Enum + "Filter",
		Operators: fieldkit.Equality(c.Enum, c.Any), Sortable: true, Groupable: true,
		Extra: []field.Extra{{Suffix: "Label", Output: "String", Append: func(dst []byte, v value.Value, locale string) []byte {
			if v.IsNull() {
				return append(dst, "null"...)
			}
			return c.AppendLabel(dst, v.Text(), locale)
		}}}}
}

func (f *pick) Coerce(in any) (value.Value, *errs.Error) {
	if in == nil || in == "" {
		return value.Null, nil
	}
	return f.choices.Active(in)
}

func (f *pick) AppendJSON(dst []byte, v value.Value) []byte {
	if v.IsNull() {
		return append(dst, "null"...)
	}
	return f.choices.Append(dst, v.Text())
}

func (f *pick) Check(v value.Value, get func(string) value.Value) *errs.Error {
	if v.IsNull() {
		return nil
	}
	return f.choices.Check(v.Text(), get)
}
