package mongo

import (
	"fmt"

	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
)

// rep is how BSON holds values of a type. Null is the absence of the field, for all of them.
type rep uint8

const (
	rBool    rep = iota + 1 // bool
	rInt                    // int64: the value's integer
	rFloat                  // double
	rDecimal                // Decimal128 with the column's scale
	rNumber                 // string of algebra.AppendNumber, which sorts as the number does
	rText                   // string
	rBytes                  // binary; ordered by length first, so only equality is the server's
	rList                   // array of strings or int64
	rJSON                   // string
)

// typ is the type of a column and its representation.
type typ struct {
	t      driver.Type
	rep    rep
	scale  uint8
	digits uint8 // of a decimal
}

var tRef = typ{t: driver.Ref, rep: rInt}

// decimal128Digits is the most digits that a Decimal128 holds.
const decimal128Digits = 34

func (l limits) typeOf(c driver.Column) typ {
	t := typ{t: c.Type}
	switch c.Type {
	case driver.Bool:
		t.rep = rBool
	case driver.Float:
		t.rep = rFloat
	case driver.Decimal:
		t.rep, t.scale, t.digits = rDecimal, c.Scale, c.Precision
		if t.digits == 0 {
			t.digits = value.MaxSmallDigits
		}
		if t.digits > decimal128Digits || l.noDecimal128 {
			t.rep = rNumber
		}
	case driver.Text:
		t.rep = rText
	case driver.Bytes:
		t.rep = rBytes
	case driver.List:
		t.rep = rList
	case driver.JSON:
		t.rep = rJSON
	default:
		t.rep = rInt
	}
	return t
}

// int64Digits is the most digits of an int64.
const int64Digits = 19

// stored is the most digits of a stored decimal of t: those of an int64 even where fewer are
// declared, as every engine takes them.
func (t typ) stored() uint8 { return max(t.digits, int64Digits) }

// ordered says whether the server orders stored values of t as the algebra does.
func (t typ) ordered() bool { return t.rep != rBytes && t.rep != rList && t.rep != rJSON }

// scaledNumber says whether stored numbers of t have a fixed scale.
func (t typ) scaledNumber() bool { return t.rep == rInt && t.t == driver.Int || t.rep == rDecimal }

func unsupported(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{driver.ErrUnsupported}, args...)...)
}
