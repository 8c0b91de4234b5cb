// Package formula is the field type "formula": a value computed by an expression.
package formula

import (
	"encoding/json"
	"github.com/tenon-platform/tenon/metadata/field"
	"github.com/tenon-platform/tenon/metadata/field/fieldkit"
	"github.com/tenon-platform/tenon/metadata/model"
	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/platform/spec"
)

// Type is the field type.
type Type struct{}

var _ field.Monetary = Type{}

func (Type) Kind() string { return "formula" }
func (Type) Doc() diag.Text {
	return diag.Text{En: "A value computed from the record.", Zh: "由记录计算得出的值。"}
}

type settings struct {
	Returns   string                `json:"returns" required:"true" doc:"field type of the result" zh:"结果的字段类型"`
	Expr      string                `json:"expr" required:"true" doc:"the expression" zh:"表达式"`
	Stored    *bool                 `json:"stored" doc:"whether the value is kept; decided by the platform unless given" zh:"是否存储；未指定时由平台决定"`
	Freeze    string                `json:"freezeWhen" doc:"condition over fields of the record: once it is true, the value stays as it is" zh:"冻结条件：为真后该值不再变化"`
	Scale     *int                  `json:"scale" doc:"digits after the point, of numbers" zh:"小数位数"`
	Precision *int                  `json:"precision" doc:"digits in all, of numbers" zh:"总位数"`
	MaxLength *int                  `json:"maxLength" doc:"most characters, of texts" zh:"最多字符数"`
	To        string                `json:"to" doc:"the object, of references" zh:"目标对象"`
	Picklist  string                `json:"picklist" doc:"global picklist, of choices" zh:"全局选项列表"`
	Values    []model.PicklistValue `json:"values" doc:"the choices, of choices" zh:"选项"`
}

func (Type) Spec() *spec.Spec { return spec.Of[settings]() }

func (Type) New(decl model.Field, env field.Env) field.Field {
	var s settings
	if !fieldkit.Settings(decl, env, &s) {
		return nil
	}
	t := env.Type(s.Returns)
	if t == nil || s.Returns == "formula" || s.Returns == "rollup" {
		env.Errorf("unknown-type", "returns", diag.Textf("a formula cannot return %q", "公式不能返回 %q", s.Returns), nil)
		return nil
	}
	inner := decl
	inner.Required, inner.Settings = false, map[string]json.RawMessage{}
	for k, v := range decl.Settings {
		if k != "returns" && k != "expr" && k != "stored" && k != "freezeWhen" {
			inner.Settings[k] = v
		}
	}
	result := t.New(inner, env)
	if result == nil {
		return nil
	}
	if r, ok := result.(field.Reference); ok && r.Master() {
		env.Errorf("unknown-type", "returns", diag.Textf("a formula cannot be a master", "公式不能作为主对象字段"), nil)
		return nil
	}
	return fieldkit.Computed(result, field.Computation{Formula: &field.Formula{Expr: s.Expr, Stored: s.Stored, Freeze: s.Freeze}})
}

// Monetary says whether the formula returns an amount.
func (Type) Monetary(decl model.Field) bool {
	var returns string
	return json.Unmarshal(decl.Settings["returns"], &returns) == nil && returns == "money"
}
