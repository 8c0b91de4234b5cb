// Package phone is the field type "phone": a telephone number, kept as it was written.
package phone

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

func (Type) Kind() string   { return "phone" }
func (Type) Doc() diag.Text { return diag.Text{En: "A telephone number.", Zh: "电话号码。"} }

// settings: there are none.
type settings struct{}

func (Type) Spec() *spec.Spec { return spec.Of[settings]() }

func (Type) New(decl model.Field, env field.Env) field.Field {
	var s settings
	if !fieldkit.Settings(decl, env, &s) {
		return nil
	}
	return &fieldkit.TextField{MaxLength: 40, Trim: true, Multiline: false, Read: read, Mask: mask}
}

var form = regexp.MustCompile(`^\+?[0-9 ()\-./]{3,}(?:\s*(?:转|分机|ext\.?|#|x)\s*[0-9]{1,8})?$`)

// mask leaves the first three and the last four of at least eight digits: "138****1234"; of fewer
// the last two.
func mask(s string) string {
	var digits []byte
	for i := range len(s) {
		if s[i] >= '0' && s[i] <= '9' {
			digits = append(digits, s[i])
		}
	}
	if n := len(digits); n >= 8 {
		return string(digits[:3]) + "****" + string(digits[n-4:])
	}
	return "****" + string(digits[max(len(digits)-2, 0):])
}

// read wants 3 to 15 digits before the extension, as E.164 allows.
func read(s string) (string, *errs.Error) {
	digits := 0
	for _, r := range s {
		if r >= 0x30 && r <= 0x39 {
			digits++
		}
	}
	if !form.MatchString(s) || digits < 3 || digits > 23 {
		return "", fieldkit.Refused("%.60q is no telephone number", "%.60q 不是有效的电话号码", s)
	}
	return s, nil
}
