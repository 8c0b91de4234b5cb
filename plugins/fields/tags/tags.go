// Package tags is the field type "tags": free labels.
package tags

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
	"strings"
)

// Type is the field type.
type Type struct{}

var _ field.Type = Type{}

func (Type) Kind() string   { return "tags" }
func (Type) Doc() diag.Text { return diag.Text{En: "Free labels.", Zh: "自由标签。"} }

// Limits of one record.
const (
	maxTags   = 50
	maxLength = 64 // characters of a tag
)

// settings: there are none.
type settings struct{}

func (Type) Spec() *spec.Spec { return spec.Of[settings]() }

func (Type) New(decl model.Field, env field.Env) field.Field {
	var s settings
	if !fieldkit.Settings(decl, env, &s) {
		return nil
	}
	return list{}
}

// list stores a JSON array of texts, trimmed and without repetitions.
type list struct{}

func (list) Column() driver.Column { return driver.Column{Type: driver.List} }

func (list) Shape() field.Shape {
	return field.Shape{Output: "[String!]", Input: "[String!]", Filter: "StringListFilter", Operators: fieldkit.Elements("String", one)}
}

func one(in any) (value.Value, *errs.Error) {
	s, err := fieldkit.String(in, false)
	if err != nil {
		return value.Null, err
	}
	if s = strings.TrimSpace(s); s == "" || len([]rune(s)) > maxLength {
		return value.Null, fieldkit.Refused("a tag has 1 to %d characters", "标签长度须为 1 至 %d 个字符", maxLength)
	}
	return value.Text(s), nil
}

func (list) Coerce(in any) (value.Value, *errs.Error) {
	if in == nil || in == "" {
		return value.Null, nil
	}
	items, err := fieldkit.Items(in, maxTags)
	if err != nil {
		return value.Null, err
	}
	var out []value.Value
	seen := map[string]bool{}
	for _, it := range items {
		v, err := one(it)
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

func (list) AppendJSON(dst []byte, v value.Value) []byte {
	if v.IsNull() || !json.Valid([]byte(v.Text())) {
		return append(dst, "null"...)
	}
	return append(dst, v.Text()...)
}
