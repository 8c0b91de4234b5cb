// Package percent is the field type "percent": a share as a fraction, 0.15 for 15 %.
package percent

import (
	"github.com/tenon-platform/tenon/metadata/field"
	"github.com/tenon-platform/tenon/metadata/field/fieldkit"
	"github.com/tenon-platform/tenon/metadata/model"
	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/platform/spec"
)

// Type is the field type.
type Type struct{}

var _ field.Type = Type{}

func (Type) Kind() string { return "percent" }
func (Type) Doc() diag.Text {
	return diag.Text{En: "A share, kept as a fraction: 0.15 is 15 %.", Zh: "百分比，以小数保存：0.15 即 15%。"}
}

func (Type) Spec() *spec.Spec { return spec.Of[fieldkit.DecimalSettings]() }

func (Type) New(decl model.Field, env field.Env) field.Field {
	return fieldkit.NewDecimal(decl, env, 4)
}
