// Package rollup is the field type "rollup": an aggregate over child records.
package rollup

import (
	"encoding/json"
	"github.com/tenon-platform/tenon/metadata/field"
	"github.com/tenon-platform/tenon/metadata/field/fieldkit"
	"github.com/tenon-platform/tenon/metadata/model"
	"github.com/tenon-platform/tenon/metadata/words"
	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/platform/spec"
	"strings"
)

// Type is the field type.
type Type struct{}

var _ field.Type = Type{}

func (Type) Kind() string { return "rollup" }
func (Type) Doc() diag.Text {
	return diag.Text{En: "An aggregate over child records.", Zh: "子记录的汇总值。"}
}

type settings struct {
	From     string `json:"from" required:"true" doc:"the children: child.reference, over several hops child.reference.reference" zh:"来源：子对象.引用字段，可多级"`
	Function string `json:"function" required:"true" doc:"count, sum, min, max, avg or count_distinct" zh:"汇总函数：count、sum、min、max、avg 或 count_distinct" enum:"count,sum,min,max,avg,count_distinct"`
	Field    string `json:"field" doc:"the child's field" zh:"子对象的字段"`
	Where    string `json:"where" doc:"condition over the child; one that depends on the day, as ordered_on > ADD_MONTHS(TODAY(), -12), makes a window that moves on with it" zh:"对子记录的条件；按天变化的条件（如 ordered_on > ADD_MONTHS(TODAY(), -12)）构成随日期滚动的窗口"`
}

func (Type) Spec() *spec.Spec { return spec.Of[settings]() }

func (Type) New(decl model.Field, env field.Env) field.Field {
	var s settings
	if !fieldkit.Settings(decl, env, &s) {
		return nil
	}
	result := s.result(decl, env)
	if result == nil {
		return nil
	}
	return fieldkit.Computed(result, field.Computation{Rollup: &field.Rollup{From: s.From, Function: s.Function, Field: s.Field, Where: s.Where}})
}

// result is the field that the aggregate's values have the form of.
func (s settings) result(decl model.Field, env field.Env) field.Field {
	inner := model.Field{Name: decl.Name, Label: decl.Label, Type: "int", Settings: map[string]json.RawMessage{}}
	switch s.Function {
	case "count", "count_distinct":
	case "sum", "min", "max", "avg":
		child, _, _ := strings.Cut(strings.ReplaceAll(s.From, "@", "."), ".")
		of := env.Decl(child, s.Field)
		if of == nil {
			env.Errorf("unknown-field", "field", diag.Textf("%s has no field %q to roll up", "%s 没有可汇总的字段 %q", child, s.Field), nil)
			return nil
		}
		inner.Type, inner.Settings = form(of)
	default:
		env.Errorf("bad-setting", "function", diag.Textf("there is no function %q", "没有汇总函数 %q", s.Function),
			diag.DidYouMean(s.Function, []string{"count", "sum", "min", "max", "avg", "count_distinct"}))
		return nil
	}
	if inner.Type == "int" && s.Function == "avg" {
		inner.Type = "decimal"
	}
	t := env.Type(inner.Type)
	if t == nil {
		env.Errorf("unknown-type", "field", diag.Textf("values of the type %s cannot be rolled up", "类型为“%s”的值无法汇总", words.FieldType(inner.Type)), nil)
		return nil
	}
	return t.New(inner, env)
}

// form is the kind and the settings of the values of a child's field: those of a formula's or a
// roll-up's result, of other fields their own.
func form(of *model.Field) (kind string, out map[string]json.RawMessage) {
	kind, out = of.Type, map[string]json.RawMessage{}
	if kind == "formula" && json.Unmarshal(of.Settings["returns"], &kind) != nil {
		kind = "decimal"
	}
	for _, k := range []string{"scale", "precision"} {
		if v, ok := of.Settings[k]; ok && kind != "int" {
			out[k] = v
		}
	}
	if kind == "int" {
		out["min"], out["max"] = of.Settings["min"], of.Settings["max"]
		for k, v := range out {
			if v == nil {
				delete(out, k)
			}
		}
	}
	if kind == "rollup" {
		kind = "money"
	}
	return kind, out
}
