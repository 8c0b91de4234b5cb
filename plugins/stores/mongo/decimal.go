package mongo

import (
	"math"
	"math/big"

	"github.com/cockroachdb/apd/v3"
	"go.mongodb.org/mongo-driver/bson/primitive"

	"github.com/tenon-platform/tenon/platform/value"
)

const (
	decimalBias  = 6176
	expShift     = 49 // of the exponent in the upper half
	expMask      = 1<<14 - 1
	signBit      = 1 << 63
	specialShift = 61 // both bits set: a second form, infinities and not-a-number
)

// decimal128 gives the number that d is, with its exponent. d has at most 34 digits.
func decimal128(d *apd.Decimal) (primitive.Decimal128, bool) {
	if d.Form != apd.Finite || d.NumDigits() > decimal128Digits {
		return primitive.Decimal128{}, false
	}
	if d.Coeff.IsUint64() && d.Exponent >= -decimalBias && d.Exponent <= 6111 {
		high := uint64(d.Exponent+decimalBias) << expShift
		if d.Negative && d.Coeff.Sign() != 0 {
			high |= signBit
		}
		return primitive.NewDecimal128(high, d.Coeff.Uint64()), true
	}
	n := d.Coeff.MathBigInt()
	if d.Negative {
		n.Neg(n)
	}
	return primitive.ParseDecimal128FromBigInt(n, int(d.Exponent))
}

// decimalValue reads a Decimal128; null if it is no number.
func decimalValue(p primitive.Decimal128, scale uint8) value.Value {
	high, low := p.GetBytes()
	exp := int(high>>expShift&expMask) - decimalBias
	if high>>specialShift&3 != 3 && high&(1<<expShift-1) == 0 && low <= math.MaxInt64 && exp <= 0 && exp >= -value.MaxSmallDigits {
		n := int64(low)
		if high&signBit != 0 {
			n = -n
		}
		return value.Decimal(n, uint8(-exp)).Rescale(scale)
	}
	n, e, err := p.BigInt()
	if err != nil {
		return value.Null
	}
	var d apd.Decimal
	d.Coeff.SetMathBigInt(new(big.Int).Abs(n))
	d.Negative, d.Exponent = n.Sign() < 0, int32(e)
	return value.FromApd(&d).Rescale(scale)
}
