// Package email is the field type "email": an e-mail address.
package email

import (
	"github.com/tenon-platform/tenon/metadata/field"
	"github.com/tenon-platform/tenon/metadata/field/fieldkit"
	"github.com/tenon-platform/tenon/metadata/model"
	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/spec"
	"regexp"
	"strings"
)

// Type is the field type.
type Type struct{}

var _ field.Type = Type{}

func (Type) Kind() string   { return "email" }
func (Type) Doc() diag.Text { return diag.Text{En: "An e-mail address.", Zh: "电子邮箱。"} }

// settings: there are none.
type settings struct{}

func (Type) Spec() *spec.Spec { return spec.Of[settings]() }

func (Type) New(decl model.Field, env field.Env) field.Field {
	var s settings
	if !fieldkit.Settings(decl, env, &s) {
		return nil
	}
	return &fieldkit.TextField{MaxLength: 254, Trim: true, Multiline: false, Read: read, Mask: mask}
}

// mask leaves the first character and the domain: "w***@example.com".
func mask(s string) string {
	if i := strings.LastIndexByte(s, '@'); i > 0 {
		return fieldkit.Veil(s[:i]) + s[i:]
	}
	return fieldkit.Veil(s)
}

var form = regexp.MustCompile(`^[^\s@<>(),;:"]+@[^\s@.]+(\.[^\s@.]+)+$`)

func read(s string) (string, *errs.Error) {
	if !form.MatchString(s) {
		return "", fieldkit.Refused("%.60q is no e-mail address", "%.60q 不是有效的邮箱地址", s)
	}
	return s, nil
}
