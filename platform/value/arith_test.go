package value

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/cockroachdb/apd/v3"
)

func num(t *testing.T, s string) Value {
	t.Helper()
	if s == "null" {
		return Null
	}
	v, err := ParseDecimal(s)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestArithmetic(t *testing.T) {
	for _, c := range []struct{ a, op, b, want string }{
		{"1.10", "+", "2.2", "3.3"}, {"9223372036854775807", "+", "1", "9223372036854775808"},
		{"1", "-", "null", "null"}, {"-9223372036854775808", "-", "1", "-9223372036854775809"},
		{"99999999999.99", "*", "99999999999.99", "9999999999998000000000.0001"},
		{"1", "/", "4", "0.25"}, {"1", "/", "0", "null"}, {"1", "/", "0.00", "null"},
		{"1", "/", "3", "0.33333333333333333333333333333333333333"}, {"-1.00", "/", "0.008", "-125"},
		{"5", "/", "0.00001", "500000"}, {"-9223372036854775808", "/", "-1", "9223372036854775808"},
		{"0", "/", "0.00000000000000000012345678901234567890", "0"}, {"0", "*", "99999999999999999999999999999999999999", "0"}, {"-7", "%", "3", "-1"}, {"7.5", "%", "-2", "1.5"}, {"7", "%", "0", "null"}, {"-9223372036854775808", "%", "-1", "0"},
		{"1e38", "*", "10", "null"}, {"99999999999999999999999999999999999999", "+", "1", "null"},
	} {
		a, b := num(t, c.a), num(t, c.b)
		got := map[string]func(a, b Value) Value{"+": Add, "-": Sub, "*": Mul, "/": Div, "%": Rem}[c.op](a, b)
		if want := num(t, c.want); !Equal(got, want) {
			t.Errorf("%s %s %s: got %s, want %s", c.a, c.op, c.b, got.AppendDecimal(nil), c.want)
		}
	}
}

func TestRounding(t *testing.T) {
	for _, c := range []struct {
		v      string
		digits int
		want   string
	}{
		{"2.5", 0, "3"}, {"-2.5", 0, "-3"}, {"2.449", 1, "2.4"}, {"1.005", 2, "1.01"}, {"155", -1, "160"}, {"-149", -2, "-100"},
		{"5", 3, "5"}, {"0.33333333333333333333333333333333333333", 4, "0.3333"}, {"null", 2, "null"},
	} {
		if got := Round(num(t, c.v), c.digits); !Equal(got, num(t, c.want)) {
			t.Errorf("round(%s, %d): got %s, want %s", c.v, c.digits, got.AppendDecimal(nil), c.want)
		}
	}
	for _, c := range []struct{ v, floor, ceil string }{{"1.5", "1", "2"}, {"-1.5", "-2", "-1"}, {"3", "3", "3"}, {"-0.001", "-1", "0"},
		{"-0.0528158427394798270000001", "-1", "0"}, {"0.0528158427394798270000001", "0", "1"}, {"-0.00000000000000000000000000000000000001", "-1", "0"}} {
		if f, e := Floor(num(t, c.v)), Ceil(num(t, c.v)); !Equal(f, num(t, c.floor)) || !Equal(e, num(t, c.ceil)) {
			t.Errorf("floor, ceil of %s: got %s, %s", c.v, f.AppendDecimal(nil), e.AppendDecimal(nil))
		}
	}
}

// TestSmallEqualsWide holds the int64 path to the 38-digit path on random operands near the limits.
func TestSmallEqualsWide(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	pick := func() Value {
		n := r.Int64() >> r.IntN(63)
		switch r.IntN(8) {
		case 0:
			n = math.MinInt64
		case 1:
			n = -n
		}
		return Decimal(n, uint8(r.IntN(19)))
	}
	ops := map[string]struct {
		fast func(a, b Value) Value
		slow func(d, x, y *apd.Decimal) (apd.Condition, error)
	}{"+": {Add, context.Add}, "-": {Sub, context.Sub}, "*": {Mul, context.Mul}, "/": {Div, context.Quo}, "%": {Rem, context.Rem}}
	for range 20000 {
		a, b := pick(), pick()
		for name, op := range ops {
			if (name == "/" || name == "%") && b.n == 0 {
				continue
			}
			got, want := op.fast(a, b), wide(op.slow, a, b)
			if !Equal(got, want) {
				t.Fatalf("%+v %s %+v: got %s, want %s", a, name, b, got.AppendDecimal(nil), want.AppendDecimal(nil))
			}
		}
		var x, y apd.Decimal
		if got, want := Compare(a, b), a.Apd(&x).Cmp(b.Apd(&y)); got != want {
			t.Fatalf("compare %+v %+v: got %d, want %d", a, b, got, want)
		}
	}
}
