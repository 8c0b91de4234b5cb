package sqlite

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/cockroachdb/apd/v3"
	"zombiezen.com/go/sqlite"

	"github.com/tenon-platform/tenon/platform/value"
)

var null = sqlite.Value{}

// argument reads an operand of a number function.
func argument(v sqlite.Value) (value.Value, error) {
	switch v.Type() {
	case sqlite.TypeNull:
		return value.Null, nil
	case sqlite.TypeInteger:
		return value.Int(v.Int64()), nil
	case sqlite.TypeFloat:
		return value.Float(v.Float()), nil
	default:
		return parseNum(v.Text())
	}
}

func result(v value.Value) sqlite.Value {
	if v.IsNull() {
		return null
	}
	return sqlite.TextValue(string(appendNum(nil, v)))
}

// register adds the functions that compiled statements call.
func register(c *sqlite.Conn) error {
	unary := func(f func(value.Value) value.Value) scalar {
		return func(args []sqlite.Value) (sqlite.Value, error) {
			a, err := argument(args[0])
			return result(f(a)), err
		}
	}
	binary := func(f func(a, b value.Value) value.Value) scalar {
		return func(args []sqlite.Value) (sqlite.Value, error) {
			a, err := argument(args[0])
			if err != nil {
				return null, err
			}
			b, err := argument(args[1])
			return result(f(a, b)), err
		}
	}
	for _, f := range []struct {
		name string
		args int
		fn   scalar
	}{
		{"tn_num", 2, numOf}, {"tn_neg", 1, unary(value.Neg)}, {"tn_abs", 1, unary(value.Abs)},
		{"tn_floor", 1, unary(value.Floor)}, {"tn_ceil", 1, unary(value.Ceil)},
		{"tn_add", 2, binary(value.Add)}, {"tn_sub", 2, binary(value.Sub)}, {"tn_mul", 2, binary(value.Mul)},
		{"tn_div", 2, binary(value.Div)}, {"tn_rem", 2, binary(value.Rem)}, {"tn_round", 2, binary(round)},
		{"tn_trim", 1, trim}, {"tn_json_number", 2, jsonNumber}, {"tn_calendar", 4, calendar},
		{"tn_halves", 3, halves}, {"tn_avg", 3, average}, {"tn_avg_num", 2, averageNum},
		{"tn_grams", 1, grams}, {"tn_terms", 2, terms},
	} {
		err := c.CreateFunction(f.name, &sqlite.FunctionImpl{NArgs: f.args, Deterministic: true, AllowIndirect: true,
			Scalar: func(_ sqlite.Context, args []sqlite.Value) (sqlite.Value, error) { return f.fn(args) }})
		if err != nil {
			return err
		}
	}
	return c.CreateFunction("tn_sum", &sqlite.FunctionImpl{NArgs: 1, Deterministic: true,
		MakeAggregate: func(sqlite.Context) (sqlite.AggregateFunction, error) { return &sum{}, nil }})
}

type scalar func(args []sqlite.Value) (sqlite.Value, error)

// numOf(n, scale) is the sortable text of n·10^-scale.
func numOf(args []sqlite.Value) (sqlite.Value, error) {
	if args[0].Type() == sqlite.TypeInteger {
		return result(value.Decimal(args[0].Int64(), uint8(args[1].Int64()))), nil
	}
	v, err := argument(args[0])
	return result(v), err
}

func round(a, digits value.Value) value.Value {
	if digits.IsNull() {
		return value.Null
	}
	return value.Round(a, int(value.Floor(digits).Int()))
}

func trim(args []sqlite.Value) (sqlite.Value, error) {
	if args[0].Type() == sqlite.TypeNull {
		return null, nil
	}
	return sqlite.TextValue(strings.TrimSpace(args[0].Text())), nil
}

// jsonNumber(json, path) is the number at a path of object keys such as "a.b", else null.
func jsonNumber(args []sqlite.Value) (sqlite.Value, error) {
	if args[0].Type() == sqlite.TypeNull || args[1].Type() == sqlite.TypeNull {
		return null, nil
	}
	raw := json.RawMessage(args[0].Text())
	for _, key := range strings.Split(strings.TrimPrefix(strings.TrimPrefix(args[1].Text(), "$"), "."), ".") {
		var object map[string]json.RawMessage
		if json.Unmarshal(raw, &object) != nil {
			return null, nil
		}
		raw = object[key]
	}
	var n json.Number
	if len(raw) == 0 || raw[0] == '"' || json.Unmarshal(raw, &n) != nil || n == "" {
		return null, nil
	}
	v, err := value.ParseDecimal(n.String())
	if err != nil {
		return null, nil //nolint:nilerr // a number out of range is no number of ours
	}
	return result(v), nil
}

// calendar(name, x, isInstant, zone) is a part of a day or of an instant in a zone.
func calendar(args []sqlite.Value) (sqlite.Value, error) {
	if args[1].Type() == sqlite.TypeNull || args[3].Type() == sqlite.TypeNull {
		return null, nil
	}
	var t time.Time
	if args[2].Int64() == 1 {
		loc, err := time.LoadLocation(args[3].Text())
		if err != nil {
			return null, fmt.Errorf("time zone %q: %w", args[3].Text(), err)
		}
		t = time.UnixMicro(args[1].Int64()).In(loc)
	} else {
		t = time.Unix(args[1].Int64()*86400, 0).UTC()
	}
	day := func(y int, m time.Month, d int) int64 {
		return time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / 86400
	}
	y, m, d := t.Date()
	var n int64
	switch args[0].Text() {
	case "date":
		n = day(y, m, d)
	case "year":
		n = int64(y)
	case "month":
		n = int64(m)
	case "day":
		n = int64(d)
	case "hour":
		n = int64(t.Hour())
	case "quarter":
		n = int64(m+2) / 3
	case "week_start": // Monday
		n = day(y, m, d-(int(t.Weekday())+6)%7)
	case "month_start":
		n = day(y, m, 1)
	}
	return sqlite.IntegerValue(n), nil
}

// halves(high, low, scale) is the sum of integers whose upper and lower 32 bits were summed apart.
func halves(args []sqlite.Value) (sqlite.Value, error) {
	if args[0].Type() == sqlite.TypeNull {
		return null, nil
	}
	high := value.Mul(value.Int(args[0].Int64()), value.Int(1<<32))
	var d apd.Decimal
	value.Add(high, value.Int(args[1].Int64())).Apd(&d)
	d.Exponent -= int32(args[2].Int64())
	return result(value.FromApd(&d)), nil
}

// average(sum, count, scale) is sum·10^-scale / count.
func average(args []sqlite.Value) (sqlite.Value, error) {
	if args[0].Type() == sqlite.TypeNull {
		return null, nil
	}
	return mean(value.Decimal(args[0].Int64(), uint8(args[2].Int64())), args[1].Int64()), nil
}

// averageNum(sum, count) is sum / count of a sum that is sortable text or a float.
func averageNum(args []sqlite.Value) (sqlite.Value, error) {
	s, err := argument(args[0])
	if err != nil || s.IsNull() {
		return null, err
	}
	return mean(s, args[1].Int64()), nil
}

// mean divides with digits to spare, so that the sixteenth digit is rounded once.
func mean(sum value.Value, n int64) sqlite.Value {
	var s, q, r apd.Decimal
	c := value.Context()
	c.Precision, c.Rounding = 100, apd.RoundDown
	if _, err := c.Quo(&q, sum.Apd(&s), apd.New(n, 0)); err != nil {
		return null
	}
	c.Rounding = apd.RoundHalfUp
	if _, err := c.Quantize(&r, &q, -16); err != nil {
		return null
	}
	return result(value.Fit(&r))
}

// sum is the exact sum of sortable texts.
type sum struct {
	total value.Value
	any   bool
}

func (s *sum) Step(_ sqlite.Context, args []sqlite.Value) error {
	v, err := argument(args[0])
	if err != nil || v.IsNull() {
		return err
	}
	if !s.any {
		s.total, s.any = v, true
		return nil
	}
	s.total = value.Add(s.total, v)
	return nil
}

func (s *sum) WindowInverse(_ sqlite.Context, args []sqlite.Value) error {
	v, err := argument(args[0])
	if err == nil && !v.IsNull() {
		s.total = value.Sub(s.total, v)
	}
	return err
}

func (s *sum) WindowValue(sqlite.Context) (sqlite.Value, error) { return result(s.total), nil }
func (s *sum) Finalize(sqlite.Context)                          {}
