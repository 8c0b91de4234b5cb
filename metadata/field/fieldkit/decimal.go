package fieldkit

import (
	"bytes"
	"encoding/json"
	"strings"

	"github.com/tenon-platform/tenon/metadata/field"
	"github.com/tenon-platform/tenon/metadata/model"
	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
)

// DecimalSettings are the settings of decimal, money and percent.
type DecimalSettings struct {
	Precision *int            `json:"precision" doc:"digits in all, 18 unless given, at most 38" zh:"总位数，默认 18，最多 38" schema:"{\"minimum\":1,\"maximum\":38}"`
	Scale     *int            `json:"scale" doc:"digits after the point; input is rounded half-up to it" zh:"小数位数；输入按四舍五入取舍" schema:"{\"minimum\":0,\"maximum\":18}"`
	Min       json.RawMessage `json:"min" doc:"smallest value, as a number or text" zh:"最小值，数字或文本" schema:"{\"type\":[\"number\",\"string\"]}"`
	Max       json.RawMessage `json:"max" doc:"greatest value, as a number or text" zh:"最大值，数字或文本" schema:"{\"type\":[\"number\",\"string\"]}"`
}

// DecimalField is an exact number.
type DecimalField struct {
	precision, scale uint8
	min, max         value.Value // null: none
	limit            value.Value // the greatest number of this precision and scale
}

// NewDecimal makes the field of a declaration, or reports what is wrong and gives nil.
func NewDecimal(decl model.Field, env field.Env, defaultScale int) field.Field {
	var s DecimalSettings
	if !Settings(decl, env, &s) {
		return nil
	}
	precision, scale := 18, defaultScale
	if s.Precision != nil {
		precision = *s.Precision
	}
	if s.Scale != nil {
		scale = *s.Scale
	}
	if precision < 1 || precision > 38 {
		env.Errorf("bad-setting", "precision", diag.Textf("precision must be between 1 and 38", "precision 必须在 1 与 38 之间"), nil)
		return nil
	}
	if scale < 0 || scale > 18 || scale > precision {
		env.Errorf("bad-setting", "scale", diag.Textf("scale must be between 0 and %d", "scale 必须在 0 与 %d 之间", min(18, precision)), nil)
		return nil
	}
	f := DecimalOf(uint8(precision), uint8(scale))
	ok := true
	for _, b := range []struct {
		key string
		raw json.RawMessage
		dst *value.Value
	}{{"min", s.Min, &f.min}, {"max", s.Max, &f.max}} {
		if b.raw == nil {
			continue
		}
		d := json.NewDecoder(bytes.NewReader(b.raw))
		d.UseNumber()
		var in any
		err := d.Decode(&in)
		v, bad := Decimal(in)
		if err != nil || bad != nil {
			env.Errorf("bad-setting", b.key, diag.Textf("%s must be a number", "%s 必须是数字", b.key), nil)
			ok = false
		}
		*b.dst = v
	}
	if !ok {
		return nil
	}
	if !f.min.IsNull() && !f.max.IsNull() && value.Compare(f.min, f.max) > 0 {
		env.Errorf("bad-setting", "min", diag.Textf("min is greater than max", "min 大于 max"), nil)
		return nil
	}
	return f
}

// DecimalOf is a field of this precision and scale without other bounds.
func DecimalOf(precision, scale uint8) *DecimalField {
	digits := strings.Repeat("9", int(precision-scale)) + "." + strings.Repeat("9", int(scale))
	limit, err := value.ParseDecimal(digits)
	if err != nil {
		panic("fieldkit: precision " + digits + ": " + err.Error()) // callers keep it within 38
	}
	f := &DecimalField{precision: precision, scale: scale, limit: limit}
	return f
}

func (f *DecimalField) Column() driver.Column {
	return driver.Column{Type: driver.Decimal, Scale: f.scale, Precision: f.precision}
}

func (f *DecimalField) Shape() field.Shape {
	return field.Shape{Output: "Decimal", Input: "Decimal",
		Filter: "DecimalFilter", Operators: append(Equality("Decimal", Decimal), Ordering("Decimal", Decimal)...),
		Sortable: true, Groupable: true, Aggregates: Numeric()}
}

// Numeric are the aggregates of numbers.
func Numeric() []driver.AggFunc {
	return []driver.AggFunc{driver.Sum, driver.Avg, driver.Min, driver.Max}
}

func (f *DecimalField) Coerce(in any) (value.Value, *errs.Error) {
	if in == nil || in == "" {
		return value.Null, nil
	}
	v, err := Decimal(in)
	if err != nil {
		return value.Null, err
	}
	// A number too long to round to the scale gives null.
	if v = v.Rescale(f.scale); v.IsNull() || value.Compare(value.Abs(v), f.limit) > 0 {
		return value.Null, f.tooLong()
	}
	if !f.min.IsNull() && value.Compare(v, f.min) < 0 {
		return value.Null, Refused("must be at least %s", "不得小于 %s", f.min.AppendDecimal(nil))
	}
	if !f.max.IsNull() && value.Compare(v, f.max) > 0 {
		return value.Null, Refused("must be at most %s", "不得大于 %s", f.max.AppendDecimal(nil))
	}
	return v, nil
}

func (f *DecimalField) tooLong() *errs.Error {
	return Refused("has too many digits: at most %d before the point are allowed", "位数过多：小数点前最多 %d 位", f.precision-f.scale)
}

// AppendJSON writes a string, since JSON readers take numbers for floats.
func (f *DecimalField) AppendJSON(dst []byte, v value.Value) []byte {
	if v.IsNull() {
		return append(dst, "null"...)
	}
	if !f.scaled(v) {
		v = v.Rescale(f.scale)
	}
	return append(v.AppendDecimal(append(dst, '"')), '"')
}

// scaled says whether v already has the field's scale, as values from the store do.
func (f *DecimalField) scaled(v value.Value) bool {
	if v.Kind() != value.KindDecimal {
		return false
	}
	s := v.Text()
	if s == "" {
		return v.Scale() == f.scale
	}
	if i := strings.IndexByte(s, '.'); i >= 0 {
		return len(s)-i-1 == int(f.scale)
	}
	return f.scale == 0
}
