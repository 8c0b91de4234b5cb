// Package autonumber is the field type "autonumber": a running number, with tokens for dates.
package autonumber

import (
	"github.com/tenon-platform/tenon/metadata/field"
	"github.com/tenon-platform/tenon/metadata/field/fieldkit"
	"github.com/tenon-platform/tenon/metadata/model"
	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/platform/spec"
	"regexp"
	"strings"
)

// Type is the field type.
type Type struct{}

var _ field.Type = Type{}

func (Type) Kind() string   { return "autonumber" }
func (Type) Doc() diag.Text { return diag.Text{En: "A running number.", Zh: "自动编号。"} }

type settings struct {
	Format string `json:"format" required:"true" doc:"text with the tokens {YYYY} {YY} {MM} {DD} {YYYYMM} {YYYYMMDD} and one of zeros, {00000}; the number starts anew with each new date" zh:"含 {YYYY} {YY} {MM} {DD} {YYYYMM} {YYYYMMDD} 与一个 {00000} 的格式；日期变化时重新计数"`
}

func (Type) Spec() *spec.Spec { return spec.Of[settings]() }

var token = regexp.MustCompile(`\{([^{}]*)\}`)

func (Type) New(decl model.Field, env field.Env) field.Field {
	var s settings
	if !fieldkit.Settings(decl, env, &s) {
		return nil
	}
	zeros := 0
	for _, m := range token.FindAllStringSubmatch(s.Format, -1) {
		switch {
		case m[1] != "" && strings.Trim(m[1], "0") == "":
			zeros++
		case m[1] == "YYYY", m[1] == "YY", m[1] == "MM", m[1] == "DD", m[1] == "YYYYMM", m[1] == "YYYYMMDD":
		default:
			env.Errorf("bad-setting", "format", diag.Textf("there is no token {%s}", "没有标记 {%s}", m[1]), nil)
			return nil
		}
	}
	if zeros != 1 {
		env.Errorf("bad-setting", "format", diag.Textf("the format needs one token of zeros, such as {00000}", "格式须含一个由 0 组成的标记，如 {00000}"), nil)
		return nil
	}
	// It is stored as the text that people see.
	return fieldkit.Computed(&fieldkit.TextField{MaxLength: 80}, field.Computation{AutoNumber: &field.AutoNumber{Format: s.Format}})
}
