package fieldtest

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/tenon-platform/tenon/metadata/field"
	"github.com/tenon-platform/tenon/metadata/model"
	"github.com/tenon-platform/tenon/platform/diag"
)

// Finding is what a type reported.
type Finding struct {
	Code, Setting string
	Summary       diag.Text
}

// Env is a small catalogue: the objects dealer (ids "dl_…", with the money "sales", the int
// "staff" and the text "city"), order, which the field belongs to, and person, who serves "user",
// the global picklist dealer_tier, and the types that results of computed fields may have.
type Env struct{ Findings []Finding }

var _ field.Env = (*Env)(nil)

func (*Env) Object() string              { return "order" }
func (e *Env) HasObject(n string) bool   { return slices.Contains(e.Objects(), n) }
func (*Env) Objects() []string           { return []string{"dealer", "person"} }
func (*Env) Picklists() []string         { return []string{"dealer_tier"} }
func (*Env) Type(kind string) field.Type { return types[kind] }

func (*Env) Decl(object, name string) *model.Field {
	kind, ok := map[string]string{"sales": "money", "staff": "int", "city": "text"}[name]
	if object != "dealer" || !ok {
		return nil
	}
	return &model.Field{Name: name, Type: kind}
}

func (*Env) IDPrefix(object string) string {
	if object == "dealer" {
		return "dl"
	}
	return object
}

func (*Env) Serves(object string) string {
	if object == "person" {
		return "user"
	}
	return ""
}

func (*Env) Picklist(name string) *model.Picklist {
	if name != "dealer_tier" {
		return nil
	}
	return &model.Picklist{Name: name, Values: []model.PicklistValue{
		{Code: "gold", Label: model.Text{"en": "Gold", "zh-CN": "金牌"}},
		{Code: "2nd-best", Label: model.Text{"en": "Second"}, When: map[string][]string{"region": {"east"}}},
		{Code: "bronze", Inactive: true},
	}}
}

func (e *Env) Errorf(code, setting string, summary diag.Text, _ *diag.Text) {
	e.Findings = append(e.Findings, Finding{code, setting, summary})
}

// Warnf keeps warnings out of Findings: they forbid nothing.
func (*Env) Warnf(string, string, diag.Text, *diag.Text) {}

// Hostile is input that no field should trip over.
func Hostile() []any {
	var deep any = "x"
	for range 10000 {
		deep = []any{deep}
	}
	out := []any{nil, true, false, "", " ", "\x00", "\xff\xfe", "a\x07b", "\u2028", strings.Repeat("x", 300000), strings.Repeat("9", 70), "NaN", "Infinity", "-0",
		"dl_1", "dl_0", "dl_-1", "person_1", "dl_99999999999999999999", "2026-02-30", "0000-01-01", "2026-03-31", "2026-03-31T09:00:00+08:00", "9999-12-31T23:59:59-23:59", "gold", "bronze", "%s%d",
		[]any{}, []any{nil}, []any{"a", "b"}, []any{json.Number("1"), json.Number("2")}, []any{"2026-01-01", "2026-02-01"}, []any{[]any{}}, make([]any, 2000), deep,
		map[string]any{}, map[string]any{"days": json.Number("30")}, map[string]any{"years": json.Number("1e30")}, map[string]any{"days": nil}, map[string]any{"x": deep}, 3.5, 7, struct{}{}}
	for _, n := range []string{"0", "-0", "1", "-1.5", "2147483648", "9223372036854775807", "9223372036854775808", "1e38", "1e39", "1e-38", "1e999999999", "0.1e1", "99999999999999999999999999999999999999", "x", ""} {
		out = append(out, json.Number(n))
	}
	return out
}
