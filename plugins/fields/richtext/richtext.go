// Package richtext is the field type "richtext": formatted text, sanitised.
package richtext

import (
	"github.com/microcosm-cc/bluemonday"
	"github.com/tenon-platform/tenon/metadata/field"
	"github.com/tenon-platform/tenon/metadata/field/fieldkit"
	"github.com/tenon-platform/tenon/metadata/model"
	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/spec"
)

// Type is the field type.
type Type struct{}

var _ field.Type = Type{}

func (Type) Kind() string { return "richtext" }
func (Type) Doc() diag.Text {
	return diag.Text{En: "Formatted text; what could run in a browser is removed.", Zh: "富文本；会移除可在浏览器中执行的内容。"}
}

// settings: there are none.
type settings struct{}

func (Type) Spec() *spec.Spec { return spec.Of[settings]() }

func (Type) New(decl model.Field, env field.Env) field.Field {
	var s settings
	if !fieldkit.Settings(decl, env, &s) {
		return nil
	}
	return &fieldkit.TextField{MaxLength: 100000, Trim: true, Multiline: true, Read: read}
}

// read keeps the formatting that people write and removes everything else: scripts, styles, handlers.
func read(s string) (string, *errs.Error) { return bluemonday.UGCPolicy().Sanitize(s), nil }
