// Package int is the field type "int": a whole number.
package int

import (
	"github.com/tenon-platform/tenon/metadata/field"
	"github.com/tenon-platform/tenon/metadata/field/fieldkit"
	"github.com/tenon-platform/tenon/metadata/model"
	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/spec"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
	"math"
	"strconv"
)

// Type is the field type.
type Type struct{}

var _ field.Type = Type{}

func (Type) Kind() string   { return "int" }
func (Type) Doc() diag.Text { return diag.Text{En: "A whole number.", Zh: "整数。"} }

type settings struct {
	Min *int64 `json:"min" doc:"smallest value, -2147483648 unless given" zh:"最小值，默认 -2147483648"`
	Max *int64 `json:"max" doc:"greatest value, 2147483647 unless given; with a bound beyond 32 bits the API type is BigInt" zh:"最大值，默认 2147483647；超出 32 位时 API 类型为 BigInt"`
}

func (Type) Spec() *spec.Spec { return spec.Of[settings]() }

func (Type) New(decl model.Field, env field.Env) field.Field {
	var s settings
	if !fieldkit.Settings(decl, env, &s) {
		return nil
	}
	f := &whole{min: math.MinInt32, max: math.MaxInt32}
	if s.Min != nil {
		f.min = *s.Min
	}
	if s.Max != nil {
		f.max = *s.Max
	}
	if f.min > f.max {
		env.Errorf("bad-setting", "min", diag.Textf("min is greater than max", "min 大于 max"), nil)
		return nil
	}
	f.big = f.min < math.MinInt32 || f.max > math.MaxInt32
	return f
}

// whole is an Int, or, beyond 32 bits, a BigInt: a string, since JavaScript's numbers end at 2^53.
type whole struct {
	min, max int64
	big      bool
}

func (f *whole) Column() driver.Column { return driver.Column{Type: driver.Int} }

func read(in any) (value.Value, *errs.Error) {
	n, err := fieldkit.Int(in)
	return value.Int(n), err
}

func (f *whole) Shape() field.Shape {
	name, defs := "Int", map[string]string(nil)
	if f.big {
		name, defs = "BigInt", map[string]string{"BigInt": "scalar BigInt"}
	}
	return field.Shape{Output: name, Input: name, Defs: defs, Filter: name + "Filter",
		Operators: append(fieldkit.Equality(name, read), fieldkit.Ordering(name, read)...),
		Sortable:  true, Groupable: true, Aggregates: fieldkit.Numeric()}
}

func (f *whole) Coerce(in any) (value.Value, *errs.Error) {
	if in == nil || in == "" {
		return value.Null, nil
	}
	n, err := fieldkit.Int(in)
	if err != nil {
		return value.Null, err
	}
	if n < f.min || n > f.max {
		return value.Null, fieldkit.Refused("must be between %d and %d", "必须在 %d 与 %d 之间", f.min, f.max)
	}
	return value.Int(n), nil
}

func (f *whole) AppendJSON(dst []byte, v value.Value) []byte {
	switch {
	case v.IsNull():
		return append(dst, "null"...)
	case f.big:
		return append(strconv.AppendInt(append(dst, '"'), v.Int(), 10), '"')
	}
	return strconv.AppendInt(dst, v.Int(), 10)
}
