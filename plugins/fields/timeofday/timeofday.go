// Package timeofday is the field type "time": a time of day, to the millisecond.
package timeofday

import (
	"time"

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

func (Type) Kind() string   { return "time" }
func (Type) Doc() diag.Text { return diag.Text{En: "A time of day.", Zh: "时间。"} }

// settings: there are none.
type settings struct{}

func (Type) Spec() *spec.Spec { return spec.Of[settings]() }

func (Type) New(decl model.Field, env field.Env) field.Field {
	var s settings
	if !fieldkit.Settings(decl, env, &s) {
		return nil
	}
	return clock{}
}

// clock stores milliseconds since midnight.
type clock struct{}

func (clock) Column() driver.Column { return driver.Column{Type: driver.Time} }

func (c clock) Shape() field.Shape {
	return field.Shape{Output: "Time", Input: "Time", Defs: map[string]string{"Time": "scalar Time"}, Filter: "TimeFilter",
		Operators: append(fieldkit.Equality("Time", c.Coerce), fieldkit.Ordering("Time", c.Coerce)...), Sortable: true, Groupable: true, Aggregates: []driver.AggFunc{driver.Min, driver.Max}}
}

func (clock) Coerce(in any) (value.Value, *errs.Error) {
	if in == nil || in == "" {
		return value.Null, nil
	}
	s, ok := in.(string)
	if !ok {
		return value.Null, fieldkit.Invalid("a time is a text such as 09:30 or 09:30:15", "时间应为形如 09:30 或 09:30:15 的文本")
	}
	for _, layout := range []string{"15:04", "15:04:05", "15:04:05.000"} {
		if t, err := time.Parse(layout, s); err == nil {
			return value.Time(int64(t.Hour()*3600+t.Minute()*60+t.Second())*1000 + int64(t.Nanosecond()/1e6)), nil
		}
	}
	return value.Null, fieldkit.Invalid("%.60q is no time such as 09:30 or 09:30:15", "%.60q 不是形如 09:30 或 09:30:15 的时间", s)
}

func (clock) AppendJSON(dst []byte, v value.Value) []byte {
	if v.IsNull() {
		return append(dst, "null"...)
	}
	layout := "15:04:05"
	if v.Int()%1000 != 0 {
		layout = "15:04:05.000"
	}
	return append(time.UnixMilli(v.Int()).UTC().AppendFormat(append(dst, '"'), layout), '"')
}
