// Package date is the field type "date": a calendar day.
package date

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

func (Type) Kind() string   { return "date" }
func (Type) Doc() diag.Text { return diag.Text{En: "A calendar day.", Zh: "日期。"} }

func (Type) Spec() *spec.Spec { return spec.Of[struct{}]() }

func (Type) New(model.Field, field.Env) field.Field { return fieldOf{} }

type fieldOf struct{}

func (fieldOf) Column() driver.Column { return driver.Column{Type: driver.Date} }

func (fieldOf) Shape() field.Shape { return shape }

// shape is the same for all fields of the kind, of which a catalogue has thousands.
var shape = newShape()

func newShape() field.Shape {
	defs := fieldkit.TemporalDefs()
	defs["Date"] = "scalar Date"
	ops := append(fieldkit.Equality("Date", fieldkit.Date), fieldkit.Ordering("Date", fieldkit.Date)...)
	return field.Shape{Output: "Date", Input: "Date", Defs: defs, Filter: "DateFilter", Operators: append(ops, fieldkit.Relative(fieldkit.Days)...),
		Sortable: true, Groupable: true, Aggregates: []driver.AggFunc{driver.Min, driver.Max},
		Parts: fieldkit.DateParts(func(col driver.Expr, zone string) driver.Expr { return col })}
}

func (fieldOf) Coerce(in any) (value.Value, *errs.Error) {
	if in == nil || in == "" {
		return value.Null, nil
	}
	return fieldkit.Date(in)
}

func (fieldOf) AppendJSON(dst []byte, v value.Value) []byte {
	if v.IsNull() {
		return append(dst, "null"...)
	}
	return fieldkit.AppendDate(dst, v.Int())
}
