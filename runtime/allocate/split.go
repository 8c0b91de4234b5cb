// Package allocate divides amounts exactly and matches credits with debits. Split is rule N1, the
// method of the largest remainder; the engines apply it to the children of a record, and match
// payments with what is owed. Balances over time are runtime/ledger's.
package allocate

import (
	"errors"
	"math/big"
	"slices"

	"github.com/cockroachdb/apd/v3"

	"github.com/tenon-platform/tenon/platform/value"
)

// Errors of Split.
var (
	ErrNoWeight = errors.New("allocate: the weights sum to nothing")
	ErrNegative = errors.New("allocate: a weight is negative or null")
	ErrTotal    = errors.New("allocate: the total is no number")
)

// Split divides a total by weights into parts with so many digits after the point, by the method
// of the largest remainder: every part is rounded down, and the missing units go to the largest
// remainders, of equal ones to the earlier. The total is rounded half-up to the digits first; the
// parts sum to it exactly. A negative total is divided like its opposite.
func Split(total value.Value, weights []value.Value, digits int) ([]value.Value, error) {
	if total.IsNull() {
		return nil, ErrTotal
	}
	ws, sum, err := integers(weights)
	if err != nil {
		return nil, err
	}
	units := value.Round(total, digits).BigUnscaled(uint8(digits))
	sign := units.Sign()
	units.Abs(units)
	if sum.Sign() == 0 {
		return nil, ErrNoWeight
	}
	parts, rest := make([]*big.Int, len(ws)), make([]*big.Int, len(ws))
	missing := new(big.Int).Set(units)
	for i, w := range ws {
		parts[i], rest[i] = new(big.Int).QuoRem(new(big.Int).Mul(units, w), sum, new(big.Int))
		missing.Sub(missing, parts[i])
	}
	order := make([]int, len(ws))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return rest[b].Cmp(rest[a]) })
	for _, i := range order[:missing.Int64()] { // fewer than there are parts
		parts[i].Add(parts[i], big.NewInt(1))
	}
	out := make([]value.Value, len(parts))
	for i, p := range parts {
		if sign < 0 {
			p.Neg(p)
		}
		out[i] = value.FromApd(apd.NewWithBigInt(new(apd.BigInt).SetMathBigInt(p), int32(-digits)))
	}
	return out, nil
}

// integers scales weights to whole numbers of one unit, and sums them.
func integers(weights []value.Value) ([]*big.Int, *big.Int, error) {
	scale := uint8(0)
	for _, w := range weights {
		if w.IsNull() || value.Compare(w, value.Int(0)) < 0 {
			return nil, nil, ErrNegative
		}
		scale = max(scale, digitsOf(w))
	}
	out, sum := make([]*big.Int, len(weights)), new(big.Int)
	for i, w := range weights {
		out[i] = w.BigUnscaled(scale)
		sum.Add(sum, out[i])
	}
	return out, sum, nil
}

// digitsOf is how many digits a number has after its point.
func digitsOf(v value.Value) uint8 {
	var d apd.Decimal
	if v.Apd(&d); d.Exponent < 0 {
		return uint8(min(-d.Exponent, 60))
	}
	return 0
}
