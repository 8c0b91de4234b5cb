package algebra

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/cockroachdb/apd/v3"

	"github.com/tenon-platform/tenon/platform/value"
)

// Numbers that a scaled 64-bit integer cannot hold are text whose byte order is their numeric
// order and which is one text per number, whatever the scale:
//
//	zero      "1"
//	positive  "2", exponent of the first digit + 5000 in four digits, digits without ending zeros
//	negative  "0", the same with every digit d as 9-d, "~"
const (
	numZero = "1"
	numBias = 5000
)

// AppendNumber appends the sortable text of a number.
func AppendNumber(dst []byte, v value.Value) []byte {
	var d apd.Decimal
	var buf [48]byte
	var digits []byte
	var exp int
	var neg bool
	if k := v.Kind(); k != value.KindFloat && v.Text() == "" {
		n := v.Int()
		neg = n < 0
		u := uint64(n)
		if neg {
			u = -u
		}
		digits = strconv.AppendUint(buf[:0], u, 10)
		exp = len(digits) - 1 - int(v.Scale())
	} else {
		v.Apd(&d)
		neg = d.Negative
		digits = d.Coeff.Append(buf[:0], 10)
		exp = len(digits) - 1 + int(d.Exponent)
	}
	for len(digits) > 1 && digits[len(digits)-1] == '0' {
		digits = digits[:len(digits)-1]
	}
	if len(digits) == 1 && digits[0] == '0' {
		return append(dst, numZero...)
	}
	start := len(dst) + 1
	if neg {
		dst = append(dst, '0')
	} else {
		dst = append(dst, '2')
	}
	dst = strconv.AppendInt(dst, int64(exp+numBias), 10)
	dst = append(dst, digits...)
	if neg {
		for i := start; i < len(dst); i++ {
			dst[i] = '9' - dst[i] + '0'
		}
		dst = append(dst, '~')
	}
	return dst
}

// ParseNumber reads what AppendNumber wrote.
func ParseNumber(s string) (value.Value, error) {
	if s == numZero {
		return value.Decimal(0, 0), nil
	}
	bad := fmt.Errorf("store: damaged number %q", s)
	if len(s) < 6 || (s[0] == '0') != strings.HasSuffix(s, "~") {
		return value.Null, bad
	}
	neg := s[0] == '0'
	var buf [64]byte
	b := append(buf[:0], s[1:]...)
	if neg {
		b = b[:len(b)-1]
		for i := range b {
			b[i] = '9' - b[i] + '0'
		}
	}
	exp, err := strconv.Atoi(string(b[:4]))
	if err != nil {
		return value.Null, bad
	}
	digits := string(b[4:])
	exp = exp - numBias - (len(digits) - 1)
	if len(digits) <= value.MaxSmallDigits && exp <= 0 && -exp <= value.MaxSmallDigits {
		n, err := strconv.ParseInt(digits, 10, 64)
		if err != nil {
			return value.Null, bad
		}
		if neg {
			n = -n
		}
		return value.Decimal(n, uint8(-exp)), nil
	}
	var d apd.Decimal
	if _, _, err := d.SetString(digits); err != nil {
		return value.Null, bad
	}
	d.Exponent, d.Negative = int32(exp), neg
	return value.FromApd(&d), nil
}
