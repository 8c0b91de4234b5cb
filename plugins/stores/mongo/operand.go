package mongo

import (
	"fmt"
	"math"

	"github.com/cockroachdb/apd/v3"
	"go.mongodb.org/mongo-driver/bson"

	"github.com/tenon-platform/tenon/platform/store/algebra"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
)

// fate is what is known of a condition without looking at a document.
type fate int8

const (
	never  fate = -1
	open   fate = 0
	always fate = 1
)

// operand gives v as the right side of op for stored values of type t, so that the comparison is
// exact even where v has more digits than t holds. Where no stored value, or every one, compares
// so, fate tells it and there is no operand.
func operand(op driver.CmpOp, v value.Value, t typ) (bson.RawValue, fate, error) {
	from := algebra.TypeOf(v)
	if !algebra.Comparable(from, t.t) {
		return bson.RawValue{}, never, fmt.Errorf("mongo: a value of kind %d compared with type %d", v.Kind(), t.t)
	}
	switch {
	case t.scaledNumber() && algebra.Number(from):
		return scaled(op, v, t)
	case t.rep == rNumber:
		return rawString(string(algebra.AppendNumber(nil, v))), open, nil
	case t.rep == rFloat && v.Kind() != value.KindFloat:
		return float(op, v)
	}
	r, err := store(v, t)
	return r, open, err
}

// scaled rounds a number to the scale of the column, in the direction that keeps the comparison.
func scaled(op driver.CmpOp, v value.Value, t typ) (bson.RawValue, fate, error) {
	var d, whole apd.Decimal
	v.Apd(&d)
	how := apd.RoundFloor
	if op == driver.Lt || op == driver.Ge {
		how = apd.RoundCeiling
	}
	if err := value.RoundTo(&whole, &d, int(t.scale), how); err != nil {
		return bson.RawValue{}, never, fmt.Errorf("mongo: compare with %s: %w", v.AppendDecimal(nil), err)
	}
	if whole.Cmp(&d) != 0 {
		if f := equality(op); f != open {
			return bson.RawValue{}, f, nil
		}
	}
	if t.rep == rDecimal {
		if p, ok := decimal128(&whole); ok {
			return rawDecimal(p), open, nil
		}
	} else if n, err := whole.Int64(); err == nil {
		return rawInt(n), open, nil
	}
	return bson.RawValue{}, beyond(op, whole.Negative), nil
}

// equality is the fate of a comparison with a number that no stored one equals.
func equality(op driver.CmpOp) fate {
	switch op {
	case driver.Eq:
		return never
	case driver.Ne:
		return always
	}
	return open
}

// beyond is the fate of a comparison with a number below, or above, all stored ones.
func beyond(op driver.CmpOp, below bool) fate {
	if f := equality(op); f != open {
		return f
	}
	if (op == driver.Gt || op == driver.Ge) == below {
		return always
	}
	return never
}

// float gives a decimal as a double on the side that keeps the comparison.
func float(op driver.CmpOp, v value.Value) (bson.RawValue, fate, error) {
	f := v.Float64()
	sign := value.Compare(value.Float(f), v)
	if sign != 0 {
		if f := equality(op); f != open {
			return bson.RawValue{}, f, nil
		}
	}
	switch {
	case sign < 0 && (op == driver.Lt || op == driver.Ge):
		f = math.Nextafter(f, math.Inf(1))
	case sign > 0 && (op == driver.Gt || op == driver.Le):
		f = math.Nextafter(f, math.Inf(-1))
	}
	return rawFloat(f), open, nil
}
