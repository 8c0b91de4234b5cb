// Package bool is the field type "bool": true or false.
package bool

import (
	"strconv"

	"github.com/tenon-platform/tenon/metadata/field"
	"github.com/tenon-platform/tenon/metadata/field/fieldkit"
	"github.com/tenon-platform/tenon/metadata/model"
	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/spec"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
)

// Type is the field type.
type Type struct{}

var _ field.Type = Type{}

func (Type) Kind() string   { return "bool" }
func (Type) Doc() diag.Text { return diag.Text{En: "True or false.", Zh: "是或否。"} }

func (Type) Spec() *spec.Spec { return spec.Of[struct{}]() }

func (Type) New(model.Field, field.Env) field.Field { return fieldOf{} }

type fieldOf struct{}

func (fieldOf) Column() driver.Column { return driver.Column{Type: driver.Bool} }

func (fieldOf) Shape() field.Shape { return shape }

// shape is the same for all fields of the kind, of which a catalogue has thousands.
var shape = newShape()

func newShape() field.Shape {
	return field.Shape{Output: "Boolean", Input: "Boolean", Filter: "BooleanFilter", Sortable: true, Groupable: true,
		Operators: []field.Operator{fieldkit.Compare("eq", "Boolean", driver.Eq, fieldkit.Bool), fieldkit.Compare("ne", "Boolean", driver.Ne, fieldkit.Bool), fieldkit.IsNull()}}
}

func (fieldOf) Coerce(in any) (value.Value, *errs.Error) {
	if in == nil || in == "" {
		return value.Null, nil
	}
	return fieldkit.Bool(in)
}

func (fieldOf) AppendJSON(dst []byte, v value.Value) []byte {
	if v.IsNull() {
		return append(dst, "null"...)
	}
	return strconv.AppendBool(dst, v.Bool())
}
