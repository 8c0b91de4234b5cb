// Package datetime is the field type "datetime": an instant.
package datetime

import (
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

func (Type) Kind() string { return "datetime" }
func (Type) Doc() diag.Text {
	return diag.Text{En: "An instant, to the microsecond.", Zh: "时间点，精确到微秒。"}
}

func (Type) Spec() *spec.Spec { return spec.Of[struct{}]() }

func (Type) New(model.Field, field.Env) field.Field { return fieldOf{} }

type fieldOf struct{}

func (fieldOf) Column() driver.Column { return driver.Column{Type: driver.DateTime} }

func (fieldOf) Shape() field.Shape { return shape }

// shape is the same for all fields of the kind, of which a catalogue has thousands.
var shape = newShape()

func newShape() field.Shape {
	defs := fieldkit.TemporalDefs()
	defs["Date"] = "scalar Date"
	ops := append(fieldkit.Equality("DateTime", fieldkit.DateTime), fieldkit.Ordering("DateTime", fieldkit.DateTime)...)
	return field.Shape{Output: "DateTime", Input: "DateTime", Defs: defs, Filter: "DateTimeFilter", Operators: append(ops, fieldkit.Relative(fieldkit.Instants)...),
		Sortable: true, Groupable: true, Aggregates: []driver.AggFunc{driver.Min, driver.Max},
		Parts: fieldkit.DateParts(func(col driver.Expr, zone string) driver.Expr {
			return driver.Func{Name: "date", Args: []driver.Expr{col, driver.Const{Value: value.Text(zone)}}}
		})}
}

func (fieldOf) Coerce(in any) (value.Value, *errs.Error) {
	if in == nil || in == "" {
		return value.Null, nil
	}
	return fieldkit.DateTime(in)
}

func (fieldOf) AppendJSON(dst []byte, v value.Value) []byte {
	if v.IsNull() {
		return append(dst, "null"...)
	}
	return fieldkit.AppendDateTime(dst, v)
}
