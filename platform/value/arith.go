package value

import (
	"math"
	"math/bits"

	"github.com/cockroachdb/apd/v3"
)

// Arithmetic on Int, Decimal and Bool (0 or 1) is exact up to 38 significant digits, half-up
// beyond. A null operand, a zero divisor and a result of more than 38 digits before the point
// give null. Expressions and store engines share these functions, so that they cannot differ.

var pow10 = [19]int64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18}

// maxDigits is the most digits before the point, and after it, that a result may have.
const maxDigits = 38

func (v Value) small() bool { return v.s == "" && v.k != KindFloat }

func integral(a, b Value) Kind {
	if a.k == KindDecimal || b.k == KindDecimal || a.k == KindFloat || b.k == KindFloat {
		return KindDecimal
	}
	return KindInt
}

// scaleUp is n·10^by, if that fits.
func scaleUp(n int64, by uint8) (int64, bool) {
	if by == 0 {
		return n, true
	}
	if int(by) >= len(pow10) {
		return 0, n == 0
	}
	return mul64(n, pow10[by])
}

func mul64(a, b int64) (int64, bool) {
	neg := (a < 0) != (b < 0)
	hi, lo := bits.Mul64(abs64(a), abs64(b))
	if hi != 0 || lo > math.MaxInt64 {
		return 0, false
	}
	if neg {
		return -int64(lo), true
	}
	return int64(lo), true
}

func abs64(n int64) uint64 {
	if n < 0 {
		return -uint64(n)
	}
	return uint64(n)
}

// align brings two small numbers to one scale, if both fit.
func align(a, b Value) (x, y int64, scale uint8, ok bool) {
	x, y = a.n, b.n
	switch {
	case a.scale == b.scale:
		return x, y, a.scale, true
	case a.scale < b.scale:
		x, ok = scaleUp(x, b.scale-a.scale)
		return x, y, b.scale, ok
	default:
		y, ok = scaleUp(y, a.scale-b.scale)
		return x, y, a.scale, ok
	}
}

// Add is a + b.
func Add(a, b Value) Value {
	if !a.isNumber() || !b.isNumber() {
		return Null
	}
	if a.small() && b.small() {
		if x, y, scale, ok := align(a, b); ok {
			if s := x + y; (s > x) == (y > 0) {
				return Value{k: integral(a, b), n: s, scale: scale}
			}
		}
	}
	return wide(context.Add, a, b)
}

// Sub is a − b.
func Sub(a, b Value) Value {
	if !a.isNumber() || !b.isNumber() {
		return Null
	}
	if a.small() && b.small() {
		if x, y, scale, ok := align(a, b); ok {
			if s := x - y; (s < x) == (y > 0) {
				return Value{k: integral(a, b), n: s, scale: scale}
			}
		}
	}
	return wide(context.Sub, a, b)
}

// Mul is a · b.
func Mul(a, b Value) Value {
	if !a.isNumber() || !b.isNumber() {
		return Null
	}
	if a.small() && b.small() && a.scale+b.scale <= MaxSmallDigits {
		if p, ok := mul64(a.n, b.n); ok {
			return Value{k: integral(a, b), n: p, scale: a.scale + b.scale}
		}
	}
	return wide(context.Mul, a, b)
}

// Div is a / b, a Decimal of up to 38 significant digits.
func Div(a, b Value) Value {
	if !a.isNumber() || !b.isNumber() || isZero(b) {
		return Null
	}
	if a.small() && b.small() {
		if q, ok := divSmall(a, b); ok {
			return q
		}
	}
	return wide(context.Quo, a, b)
}

// divSmall finds quotients that end within 18 digits after the point.
func divSmall(a, b Value) (Value, bool) {
	if a.n == math.MinInt64 || b.n == math.MinInt64 {
		return Null, false
	}
	q, r, scale := a.n/b.n, a.n%b.n, int(a.scale)-int(b.scale)
	for r != 0 || scale < 0 {
		if scale >= MaxSmallDigits {
			return Null, false
		}
		r10, ok1 := mul64(r, 10)
		q10, ok2 := mul64(q, 10)
		if !ok1 || !ok2 {
			return Null, false
		}
		d := r10 / b.n
		sum := q10 + d
		if (sum > q10) != (d > 0) && d != 0 {
			return Null, false
		}
		q, r = sum, r10%b.n
		scale++
	}
	if scale > MaxSmallDigits {
		return Null, false
	}
	return Value{k: KindDecimal, n: q, scale: uint8(scale)}, true
}

// Rem is the remainder of a / b truncated; it has the sign of a.
func Rem(a, b Value) Value {
	if !a.isNumber() || !b.isNumber() || isZero(b) {
		return Null
	}
	if a.small() && b.small() {
		if x, y, scale, ok := align(a, b); ok {
			if y == -1 {
				return Value{k: integral(a, b), scale: scale}
			}
			return Value{k: integral(a, b), n: x % y, scale: scale}
		}
	}
	return wide(context.Rem, a, b)
}

// Neg is −a.
func Neg(a Value) Value { return Sub(Int(0), a) }

// Abs is |a|.
func Abs(a Value) Value {
	if a.isNumber() && Compare(a, Int(0)) < 0 {
		return Neg(a)
	}
	if !a.isNumber() {
		return Null
	}
	return Add(a, Int(0))
}

// Round rounds half away from zero to digits after the point; negative digits round before it.
// To 0 digits or fewer it gives an Int where that fits.
func Round(a Value, digits int) Value {
	return toDigits(a, digits, apd.RoundHalfUp)
}

// Floor is the greatest whole number that is not above a, an Int where that fits.
func Floor(a Value) Value { return toDigits(a, 0, apd.RoundFloor) }

// Ceil is the least whole number that is not below a, an Int where that fits.
func Ceil(a Value) Value { return toDigits(a, 0, apd.RoundCeiling) }

func toDigits(a Value, digits int, how apd.Rounder) Value {
	if !a.isNumber() {
		return Null
	}
	digits = max(-maxDigits, min(maxDigits, digits))
	if a.small() {
		drop := int(a.scale) - digits
		switch {
		case drop <= 0 && a.k == KindDecimal && a.scale > 0:
			return a
		case drop <= 0:
			return Value{k: KindInt, n: a.n}
		case digits >= 0 && drop < len(pow10):
			return finish(roundSmall(a.n, pow10[drop], how), uint8(digits))
		}
	}
	var d, r apd.Decimal
	a.Apd(&d)
	if -int(d.Exponent) <= digits {
		return whole(fit(&d))
	}
	if RoundTo(&r, &d, digits, how) != nil {
		return Null
	}
	return whole(fit(&r))
}

// RoundTo sets r to d rounded to digits after the point. Unlike apd's Quantize it also rounds
// towards the floor or ceiling what is less than a tenth of the last digit.
func RoundTo(r, d *apd.Decimal, digits int, how apd.Rounder) error {
	c := context
	c.Precision, c.Rounding = 200, how // more than any parsed number needs
	if _, err := c.Quantize(r, d, int32(-digits)); err != nil {
		return err
	}
	if r.IsZero() && !d.IsZero() && d.NumDigits()+int64(d.Exponent) < int64(-digits) &&
		(how == apd.RoundFloor && d.Negative || how == apd.RoundCeiling && !d.Negative) {
		negative := d.Negative
		r.SetFinite(1, int32(-digits))
		r.Negative = negative
	}
	return nil
}

func roundSmall(n, unit int64, how apd.Rounder) int64 {
	q, r := n/unit, n%unit
	switch {
	case r == 0:
	case how == apd.RoundFloor:
		if r < 0 {
			q--
		}
	case how == apd.RoundCeiling:
		if r > 0 {
			q++
		}
	case abs64(r) >= uint64(unit)-abs64(r):
		if n < 0 {
			q--
		} else {
			q++
		}
	}
	return q
}

func finish(n int64, scale uint8) Value {
	if scale == 0 {
		return Int(n)
	}
	return Decimal(n, scale)
}

// whole makes a small Decimal without digits after the point an Int.
func whole(v Value) Value {
	if v.k == KindDecimal && v.s == "" && v.scale == 0 {
		return Int(v.n)
	}
	return v
}

func isZero(v Value) bool {
	if v.small() {
		return v.n == 0
	}
	var d apd.Decimal
	return v.Apd(&d).IsZero()
}

func wide(op func(d, x, y *apd.Decimal) (apd.Condition, error), a, b Value) Value {
	var x, y, r apd.Decimal
	if _, err := op(&r, a.Apd(&x), b.Apd(&y)); err != nil {
		return Null
	}
	v := fit(&r)
	if integral(a, b) == KindInt {
		return whole(v)
	}
	return v
}

// Fit gives the number that d holds, rounded to 38 digits after the point; null if it has more
// than 38 before the point or is not a number.
func Fit(d *apd.Decimal) Value { return fit(d) }

func fit(d *apd.Decimal) Value {
	switch {
	case d.Form != apd.Finite:
		return Null
	case d.IsZero() && d.Exponent > 0: // no digits, whatever the exponent
		return Value{k: KindDecimal}
	case d.NumDigits()+int64(d.Exponent) > maxDigits:
		return Null
	}
	if d.Exponent < -maxDigits {
		var r apd.Decimal
		if _, err := context.Quantize(&r, d, -maxDigits); err != nil {
			return Null
		}
		d = &r
	}
	return FromApd(d)
}
