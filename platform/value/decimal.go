package value

import (
	"fmt"
	"math"
	"math/big"
	"strconv"

	"github.com/cockroachdb/apd/v3"
)

// MaxSmallDigits is the greatest number of digits that a decimal keeps in an int64.
const MaxSmallDigits = 18

// context computes with 38 significant digits, rounding half away from zero (rule N1).
var context = apd.Context{Precision: 38, MaxExponent: apd.MaxExponent, MinExponent: apd.MinExponent,
	Rounding: apd.RoundHalfUp, Traps: apd.InvalidOperation | apd.DivisionByZero | apd.Overflow}

// Context is the arithmetic that exact values use: 38 significant digits, half-up.
func Context() *apd.Context { c := context; return &c }

// Decimal is unscaled·10^-scale.
func Decimal(unscaled int64, scale uint8) Value {
	return Value{k: KindDecimal, n: unscaled, scale: scale}
}

// Float is a binary float; coordinates only.
func Float(f float64) Value { return Value{k: KindFloat, n: int64(math.Float64bits(f))} }

// Float64 is the float of a Float, and the nearest float of other numbers.
func (v Value) Float64() float64 {
	if v.k == KindFloat {
		return math.Float64frombits(uint64(v.n))
	}
	var d apd.Decimal
	f, _ := v.Apd(&d).Float64()
	return f
}

// Apd sets d to the number v holds and returns it; null and non-numbers give zero.
func (v Value) Apd(d *apd.Decimal) *apd.Decimal {
	switch {
	case v.k == KindFloat:
		if _, err := d.SetFloat64(v.Float64()); err != nil {
			d.SetInt64(0)
		}
	case v.k == KindDecimal && v.s != "":
		if _, _, err := d.SetString(v.s); err != nil {
			d.SetInt64(0)
		}
	default:
		d.SetFinite(v.n, -int32(v.scale))
	}
	return d
}

// FromApd gives the decimal of d, keeping its scale. Not-a-number and infinities give null.
func FromApd(d *apd.Decimal) Value {
	if d.Form != apd.Finite {
		return Null
	}
	if d.Exponent > 0 {
		var r apd.Decimal
		if c, err := context.Quantize(&r, d, 0); err != nil || c.Any() {
			return Value{k: KindDecimal, s: d.Text('f')}
		}
		d = &r
	}
	if d.Exponent >= -MaxSmallDigits && d.Coeff.IsInt64() {
		n := d.Coeff.Int64()
		if d.Negative {
			n = -n
		}
		return Value{k: KindDecimal, n: n, scale: uint8(-d.Exponent)}
	}
	return Value{k: KindDecimal, s: d.Text('f')}
}

// Rescale rounds v half-up to scale digits after the point.
func (v Value) Rescale(scale uint8) Value {
	if v.k == KindNull || (v.k == KindDecimal && v.s == "" && v.scale == scale) {
		return v
	}
	var d, r apd.Decimal
	if _, err := context.Quantize(&r, v.Apd(&d), -int32(scale)); err != nil {
		return Null
	}
	return FromApd(&r)
}

// ParseDecimal reads a plain or exponent decimal of at most 64 characters, in either notation.
func ParseDecimal(s string) (Value, error) {
	if len(s) > 64 {
		return Null, fmt.Errorf("parse decimal: %d characters, at most 64 are allowed", len(s))
	}
	var d apd.Decimal
	if _, _, err := d.SetString(s); err != nil || d.Form != apd.Finite || d.Exponent > 38 || d.Exponent < -38 {
		return Null, fmt.Errorf("parse decimal: %q is not a number", s)
	}
	v := FromApd(&d)
	if len(v.s) > 64 { // it could not be read again as it is written
		return Null, fmt.Errorf("parse decimal: %q has %d digits, at most 64 are allowed", s, len(v.s))
	}
	return v, nil
}

// AppendDecimal appends the plain notation of a number, such as -12.30.
func (v Value) AppendDecimal(dst []byte) []byte {
	switch {
	case v.k == KindFloat:
		return strconv.AppendFloat(dst, v.Float64(), 'f', -1, 64)
	case v.s != "":
		return append(dst, v.s...)
	case v.scale == 0:
		return strconv.AppendInt(dst, v.n, 10)
	}
	return appendScaled(dst, v.n, int(v.scale))
}

func appendScaled(dst []byte, n int64, scale int) []byte {
	u := uint64(n)
	if n < 0 {
		dst = append(dst, '-')
		u = -u
	}
	var buf [40]byte
	i := len(buf)
	for digits := 0; u > 0 || digits <= scale; digits++ {
		if digits == scale && scale > 0 {
			i--
			buf[i] = '.'
		}
		i--
		buf[i] = byte('0' + u%10)
		u /= 10
	}
	return append(dst, buf[i:]...)
}

// BigUnscaled gives v·10^scale as an integer, for stores whose columns hold scaled integers.
func (v Value) BigUnscaled(scale uint8) *big.Int {
	r := v.Rescale(scale)
	if r.s == "" {
		return big.NewInt(r.n)
	}
	var d apd.Decimal
	r.Apd(&d)
	n := d.Coeff.MathBigInt()
	if d.Negative {
		n.Neg(n)
	}
	return n
}
