// Package decimal is the field type "decimal": an exact number.
package decimal

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

func (Type) Kind() string   { return "decimal" }
func (Type) Doc() diag.Text { return diag.Text{En: "An exact number.", Zh: "精确小数。"} }

func (Type) Spec() *spec.Spec { return spec.Of[fieldkit.DecimalSettings]() }

func (Type) New(decl model.Field, env field.Env) field.Field {
	return fieldkit.NewDecimal(decl, env, 4)
}
