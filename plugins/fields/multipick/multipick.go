// Package multipick is the field type "multipick": several choices of a list.
package multipick

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

func (Type) Kind() string { return "multipick" }
func (Type) Doc() diag.Text {
	return diag.Text{En: "Several choices of a list.", Zh: "多选列表。"}
}

const maxPicks = 200

func (Type) Spec() *spec.Spec { return spec.Of[fieldkit.ChoiceSettings]() }

func (Type) New(decl model.Field, env field.Env) field.Field {
	c := fieldkit.NewChoices(decl, env)
	if c == nil {
		return nil
	}
	return &picks{c}
}

// picks stores a JSON array of codes.
type picks struct{ choices *fieldkit.Choices }

// Choices are the values to choose from.
func (f *picks) Choices() []model.PicklistValue { return f.choices.Values }

func (f *picks) Column() driver.Column { return driver.Column{Type: driver.List} }

func (f *picks) Shape() field.Shape {
	c := f.choices
	return field.Shape{Output: "[" + c.Enum + "!]", Input: "[" + c.Enum + "!]", Defs: map[string]string{c.Enum: c.Def},
		Filter: c.Enum + "ListFilter", Operators: fieldkit.Elements(c.Enum, c.Any)}
}

func (f *picks) Coerce(in any) (value.Value, *errs.Error) {
	if in == nil || in == "" {
		return value.Null, nil
	}
	items, err := fieldkit.Items(in, maxPicks)
	if err != nil {
		return value.Null, err
	}
	var out []value.Value
	seen := map[string]bool{}
	for _, it := range items {
		v, err := f.choices.Active(it)
		if err != nil {
			return value.Null, err
		}
		if !seen[v.Text()] {
			seen[v.Text()] = true
			out = append(out, v)
		}
	}
	if len(out) == 0 {
		return value.Null, nil
	}
	return value.List(string(fieldkit.AppendList(nil, out))), nil
}

func (f *picks) AppendJSON(dst []byte, v value.Value) []byte {
	if v.IsNull() {
		return append(dst, "null"...)
	}
	dst = append(dst, '[')
	for code, rest := fieldkit.Next(v.Text()); code != ""; code, rest = fieldkit.Next(rest) {
		if dst[len(dst)-1] != '[' {
			dst = append(dst, ',')
		}
		dst = f.choices.Append(dst, fieldkit.Unquote(code))
	}
	return append(dst, ']')
}
