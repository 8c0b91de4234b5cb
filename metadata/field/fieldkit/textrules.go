package fieldkit

import (
	"regexp"

	"github.com/tenon-platform/tenon/metadata/field"
	"github.com/tenon-platform/tenon/metadata/model"
	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/platform/errs"
)

// TextRules is what a declaration says of the text that it takes. Lengths are in characters.
type TextRules struct {
	MinLength, MaxLength int
	Pattern              string     // RE2, of the whole text; "" for any
	Message              model.Text // said when Pattern does not match
	Trim, Multiline      bool
}

// NewText makes a text field; most is the greatest MaxLength that may be declared. It is nil when
// the rules are wrong, which env is told.
func NewText(r TextRules, most int, env field.Env) field.Field {
	if r.MaxLength < 1 || r.MaxLength > most || r.MinLength < 0 || r.MinLength > r.MaxLength {
		env.Errorf("bad-setting", "maxLength", diag.Textf("minLength and maxLength must be in order and at most %d", "minLength 与 maxLength 须依次递增且不超过 %d", most), nil)
		return nil
	}
	f := &TextField{MinLength: r.MinLength, MaxLength: r.MaxLength, Trim: r.Trim, Multiline: r.Multiline}
	if r.Pattern == "" {
		return f
	}
	re, err := regexp.Compile("^(?:" + r.Pattern + ")$")
	if err != nil {
		env.Errorf("bad-pattern", "pattern", diag.Textf("the pattern is not an RE2 expression: %v", "pattern 不是有效的 RE2 表达式：%v", err), nil)
		return nil
	}
	f.Read = func(text string) (string, *errs.Error) {
		if re.MatchString(text) {
			return text, nil
		}
		if len(r.Message) > 0 {
			return "", &errs.Error{Code: errs.ValidationFail, Message: diag.Text{En: r.Message.In("en"), Zh: r.Message.In("zh-CN")}}
		}
		return "", Refused("does not match the pattern %s", "不符合格式 %s", r.Pattern)
	}
	return f
}
