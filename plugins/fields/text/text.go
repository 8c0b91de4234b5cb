// Package text is the field type "text": one line of text.
package text

import (
	"github.com/tenon-platform/tenon/metadata/field"
	"github.com/tenon-platform/tenon/metadata/field/fieldkit"
	"github.com/tenon-platform/tenon/metadata/model"
	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/platform/spec"
)

// maxLength is how many characters a declaration may allow.
const maxLength = 4000

// Type is the field type.
type Type struct{}

var _ field.Type = Type{}

func (Type) Kind() string   { return "text" }
func (Type) Doc() diag.Text { return diag.Text{En: "One line of text.", Zh: "单行文本。"} }

type settings struct {
	MaxLength *int       `json:"maxLength" doc:"most characters, 255 unless given, up to 4000" zh:"最多字符数，默认 255，上限 4000" schema:"{\"minimum\":1,\"maximum\":4000}"`
	MinLength int        `json:"minLength" doc:"fewest characters" zh:"最少字符数" schema:"{\"minimum\":0}"`
	Pattern   string     `json:"pattern" doc:"RE2 expression that the whole text must match" zh:"整个文本必须匹配的 RE2 表达式"`
	Message   model.Text `json:"message" doc:"what to say when the pattern does not match" zh:"不匹配时的提示" schema:"{\"type\":[\"object\",\"string\"]}"`
	Trim      bool       `json:"trim" doc:"cut white space at both ends" zh:"去除首尾空白"`
}

func (Type) Spec() *spec.Spec { return spec.Of[settings]() }

func (Type) New(decl model.Field, env field.Env) field.Field {
	var s settings
	if !fieldkit.Settings(decl, env, &s) {
		return nil
	}
	rules := fieldkit.TextRules{MaxLength: 255, MinLength: s.MinLength, Pattern: s.Pattern, Message: s.Message, Trim: s.Trim, Multiline: false}
	if s.MaxLength != nil {
		rules.MaxLength = *s.MaxLength
	}
	return fieldkit.NewText(rules, maxLength, env)
}
