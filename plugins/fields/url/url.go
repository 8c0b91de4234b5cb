// Package url is the field type "url": a web address.
package url

import (
	"github.com/tenon-platform/tenon/metadata/field"
	"github.com/tenon-platform/tenon/metadata/field/fieldkit"
	"github.com/tenon-platform/tenon/metadata/model"
	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/spec"
	"net/url"
)

// Type is the field type.
type Type struct{}

var _ field.Type = Type{}

func (Type) Kind() string   { return "url" }
func (Type) Doc() diag.Text { return diag.Text{En: "A web address.", Zh: "网址。"} }

// settings: there are none.
type settings struct{}

func (Type) Spec() *spec.Spec { return spec.Of[settings]() }

func (Type) New(decl model.Field, env field.Env) field.Field {
	var s settings
	if !fieldkit.Settings(decl, env, &s) {
		return nil
	}
	return &fieldkit.TextField{MaxLength: 2000, Trim: true, Multiline: false, Read: read}
}

func read(s string) (string, *errs.Error) {
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return "", fieldkit.Refused("%.60q is no web address that begins with http:// or https://", "%.60q 不是以 http:// 或 https:// 开头的网址", s)
	}
	return s, nil
}
