// Package money is the field type "money": an amount in the currency of the record.
package money

import (
	"github.com/tenon-platform/tenon/metadata/field"
	"github.com/tenon-platform/tenon/metadata/field/fieldkit"
	"github.com/tenon-platform/tenon/metadata/model"
	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/platform/spec"
)

// Type is the field type.
type Type struct{}

var _ field.Monetary = Type{}

func (Type) Kind() string { return "money" }
func (Type) Doc() diag.Text {
	return diag.Text{En: "An amount in the currency of the record.", Zh: "金额，币种取自记录。"}
}

func (Type) Spec() *spec.Spec { return spec.Of[fieldkit.DecimalSettings]() }

func (Type) New(decl model.Field, env field.Env) field.Field {
	return fieldkit.NewDecimal(decl, env, 2)
}

// Monetary says that every such field is an amount.
func (Type) Monetary(model.Field) bool { return true }
