// Package text is the field type "text": one line of text.
package text

import (
	"github.com/tenon-platform/tenon/metadata/field"
	"github.com/tenon-platform/tenon/metadata/field/fieldkit"
	"github.com/tenon-platform/tenon/metadata/model"
	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/spec"
	"regexp"
)

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
	f := &fieldkit.TextField{MinLength: s.MinLength, MaxLength: 255, Trim: s.Trim, Multiline: false}
	if s.MaxLength != nil {
		f.MaxLength = *s.MaxLength
	}
	if f.MaxLength < 1 || f.MaxLength > 4000 || f.MinLength < 0 || f.MinLength > f.MaxLength {
		env.Errorf("bad-setting", "maxLength", diag.Textf("minLength and maxLength must be in order and at most %d", "minLength 与 maxLength 须依次递增且不超过 %d", 4000), nil)
		return nil
	}
	if s.Pattern == "" {
		return f
	}
	re, err := regexp.Compile("^(?:" + s.Pattern + ")$")
	if err != nil {
		env.Errorf("bad-pattern", "pattern", diag.Textf("the pattern is not an RE2 expression: %v", "pattern 不是有效的 RE2 表达式：%v", err), nil)
		return nil
	}
	f.Read = func(text string) (string, *errs.Error) {
		if re.MatchString(text) {
			return text, nil
		}
		if len(s.Message) > 0 {
			return "", &errs.Error{Code: errs.ValidationFail, Message: diag.Text{En: s.Message.In("en"), Zh: s.Message.In("zh-CN")}}
		}
		return "", fieldkit.Refused("does not match the pattern %s", "不符合格式 %s", s.Pattern)
	}
	return f
}
