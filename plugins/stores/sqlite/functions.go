package sqlite

import (
	"strings"
	"time"

	"github.com/cockroachdb/apd/v3"
	"zombiezen.com/go/sqlite"

	"github.com/tenon-platform/tenon/platform/store/algebra"
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
		return algebra.ParseNumber(v.Text())
	}
}

func result(v value.Value) sqlite.Value {
	if v.IsNull() {
		return null
	}
	return sqlite.TextValue(string(algebra.AppendNumber(nil, v)))
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
		{"tn_trim", 1, trim}, {"tn_json_number", 2, jsonNumber}, {"tn_calendar", 4, calendar(&zones{})},
		{"tn_add_days", 3, addDays},
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
	return result(algebra.JSONNumber(args[0].Text(), args[1].Text())), nil
}

// zones keeps the zone that a connection used last: loading one reads a file.
type zones struct {
	name string
	loc  *time.Location
}

func (z *zones) load(name string) (*time.Location, error) {
	if z.loc != nil && z.name == name {
		return z.loc, nil
	}
	loc, err := algebra.Zone(name)
	if err != nil {
		return nil, err
	}
	z.name, z.loc = strings.Clone(name), loc
	return loc, nil
}

// calendar(name, x, isInstant, zone) is a part of a day or of an instant in a zone.
func calendar(z *zones) scalar {
	return func(args []sqlite.Value) (sqlite.Value, error) {
		if args[1].Type() == sqlite.TypeNull || args[3].Type() == sqlite.TypeNull {
			return null, nil
		}
		loc, err := z.load(args[3].Text())
		if err != nil {
			return null, err
		}
		v, err := algebra.Calendar(args[0].Text(), moment(args[1], args[2]), loc)
		return sqlite.IntegerValue(v.Int()), err
	}
}

// moment is an instant, or a day.
func moment(x, isInstant sqlite.Value) value.Value {
	if isInstant.Int64() == 1 {
		return value.DateTime(x.Int64())
	}
	return value.Date(x.Int64())
}

// addDays(x, n, isInstant) is a day or an instant n days later.
func addDays(args []sqlite.Value) (sqlite.Value, error) {
	n, err := argument(args[1])
	if err != nil || args[0].Type() == sqlite.TypeNull {
		return null, err
	}
	v := algebra.AddDays(moment(args[0], args[2]), n)
	if v.IsNull() {
		return null, nil
	}
	return sqlite.IntegerValue(v.Int()), nil
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
	return result(algebra.Mean(value.Decimal(args[0].Int64(), uint8(args[2].Int64())), args[1].Int64())), nil
}

// averageNum(sum, count) is sum / count of a sum that is sortable text or a float.
func averageNum(args []sqlite.Value) (sqlite.Value, error) {
	s, err := argument(args[0])
	if err != nil || s.IsNull() {
		return null, err
	}
	return result(algebra.Mean(s, args[1].Int64())), nil
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
