package sqlite

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/cockroachdb/apd/v3"

	"github.com/tenon-platform/tenon/platform/store/algebra"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
)

// rep is how SQLite holds values of a type.
type rep uint8

const (
	rNone rep = iota // not known: a parameter alone
	rInt             // INTEGER: value·10^scale of numbers, the value's integer of the others
	rNum             // TEXT of algebra.AppendNumber
	rReal
	rText
	rBlob
)

// typ is the static type of an expression and its representation.
type typ struct {
	t     driver.Type
	rep   rep
	scale uint8
}

var (
	tBool = typ{t: driver.Bool, rep: rInt}
	tInt  = typ{t: driver.Int, rep: rInt}
	tNum  = typ{t: driver.Decimal, rep: rNum}
	tText = typ{t: driver.Text, rep: rText}
	tDate = typ{t: driver.Date, rep: rInt}
	tRef  = typ{t: driver.Ref, rep: rInt}
)

func (t typ) number() bool {
	return t.t == driver.Bool || t.t == driver.Int || t.t == driver.Float || t.t == driver.Decimal
}

func columnType(c driver.Column) typ {
	switch c.Type {
	case driver.Decimal:
		if c.Precision > value.MaxSmallDigits {
			return typ{driver.Decimal, rNum, c.Scale}
		}
		return typ{driver.Decimal, rInt, c.Scale}
	case driver.Float:
		return typ{driver.Float, rReal, 0}
	case driver.Text, driver.List, driver.JSON:
		return typ{c.Type, rText, 0}
	case driver.Bytes:
		return typ{c.Type, rBlob, 0}
	default:
		return typ{c.Type, rInt, 0}
	}
}

// declared is the SQL type of a column; BLOB and TEXT keep what is bound, INTEGER and REAL too.
func (t typ) declared() string {
	return [...]string{rInt: "INTEGER", rNum: "TEXT", rReal: "REAL", rText: "TEXT", rBlob: "BLOB"}[t.rep]
}

var kindTypes = map[value.Kind]typ{
	value.KindBool: tBool, value.KindInt: tInt, value.KindFloat: {driver.Float, rReal, 0}, value.KindText: tText,
	value.KindBytes: {driver.Bytes, rBlob, 0}, value.KindDate: tDate, value.KindTime: {driver.Time, rInt, 0},
	value.KindDateTime: {driver.DateTime, rInt, 0}, value.KindRef: tRef, value.KindList: {driver.List, rText, 0},
	value.KindJSON: {driver.JSON, rText, 0},
}

func valueType(v value.Value) typ {
	if v.Kind() == value.KindDecimal {
		if v.Text() == "" {
			return typ{driver.Decimal, rInt, v.Scale()}
		}
		return tNum
	}
	return kindTypes[v.Kind()]
}

// datum is a value as SQLite takes it: rNone is NULL, rInt and rReal are n and f, the others s.
type datum struct {
	rep rep
	n   int64
	f   float64
	s   string
}

func (d datum) literal() string {
	switch d.rep {
	case rInt:
		return strconv.FormatInt(d.n, 10)
	case rReal:
		if math.IsInf(d.f, 0) {
			return strings.Replace(strconv.FormatFloat(math.Copysign(9, d.f), 'f', 0, 64), "9", "9e999", 1)
		}
		return strconv.FormatFloat(d.f, 'e', -1, 64)
	case rText, rNum:
		return quoteText(d.s)
	case rBlob:
		return fmt.Sprintf("x'%x'", d.s)
	}
	return "NULL"
}

func quoteText(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }
func quoteName(s string) string { return `"` + strings.ReplaceAll(s, `"`, `""`) + `"` }

// encode gives v as an operand of type t. With op it is the right operand of that comparison, and
// the datum is chosen so that the comparison is exact even where v has more digits than t holds;
// without op it is rounded half-up to t, as columns store it.
func encode(v value.Value, t typ, op driver.CmpOp) (datum, error) {
	k := v.Kind()
	if k == value.KindNull {
		return datum{}, nil
	}
	vt := kindTypes[k]
	if k == value.KindDecimal {
		vt = tNum
	}
	if t.rep == rNone {
		if t = vt; t.number() {
			t = tNum
		}
	}
	switch {
	case t.number() && vt.number():
	case t.t == driver.Ref && k == value.KindInt, t.t == driver.Int && k == value.KindRef:
		return datum{rep: rInt, n: v.Int()}, nil
	case vt.t != t.t:
		return datum{}, fmt.Errorf("sqlite: a value of kind %d where type %d is wanted", k, t.t)
	case t.rep == rInt:
		return datum{rep: rInt, n: v.Int()}, nil
	default:
		return datum{rep: t.rep, s: v.Text()}, nil
	}
	switch t.rep {
	case rReal:
		return datum{rep: rReal, f: v.Float64()}, nil
	case rNum:
		if op == "" && t.scale > 0 {
			v = value.Round(v, int(t.scale))
		}
		return datum{rep: rNum, s: string(algebra.AppendNumber(nil, v))}, nil
	}
	if v.Kind() != value.KindFloat && v.Text() == "" && v.Scale() == t.scale {
		return datum{rep: rInt, n: v.Int()}, nil
	}
	return scaled(v, t.scale, op)
}

// scaled gives v·10^scale as an integer; where it is none, a bound that keeps the comparison.
func scaled(v value.Value, scale uint8, op driver.CmpOp) (datum, error) {
	var d, whole apd.Decimal
	v.Apd(&d)
	d.Exponent += int32(scale)
	how := apd.RoundHalfUp
	switch op {
	case driver.Gt, driver.Le:
		how = apd.RoundFloor
	case driver.Lt, driver.Ge:
		how = apd.RoundCeiling
	}
	if err := value.RoundTo(&whole, &d, 0, how); err != nil {
		return datum{}, fmt.Errorf("sqlite: %s is no number that can be stored: %w", v.AppendDecimal(nil), err)
	}
	if (op == driver.Eq || op == driver.Ne) && whole.Cmp(&d) != 0 {
		return datum{rep: rReal, f: 0.5}, nil // equals no integer
	}
	n, err := whole.Int64()
	if err != nil && op == "" {
		return datum{}, fmt.Errorf("sqlite: %s does not fit the column", v.AppendDecimal(nil))
	}
	if err != nil { // beyond every stored number
		return datum{rep: rReal, f: math.Inf(1 - 2*b2i(whole.Negative))}, nil
	}
	return datum{rep: rInt, n: n}, nil
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}
