package allocate_test

import (
	"errors"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/runtime/allocate"
)

func dec(t testing.TB, s string) value.Value {
	t.Helper()
	v, err := value.ParseDecimal(s)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func split(t testing.TB, total, weights string, digits int) string {
	t.Helper()
	var ws []value.Value
	for _, w := range strings.Fields(weights) {
		a, b, ok := strings.Cut(w, "/")
		v := dec(t, a)
		if ok {
			v = value.Div(v, dec(t, b))
		}
		ws = append(ws, v)
	}
	parts, err := allocate.Split(dec(t, total), ws, digits)
	if err != nil {
		return err.Error()
	}
	var out []string
	for _, p := range parts {
		out = append(out, string(p.AppendDecimal(nil)))
	}
	return strings.Join(out, " ")
}

// TestSplit has the worked examples of the rules N1 and N5.
func TestSplit(t *testing.T) {
	for _, c := range []struct {
		total, weights string
		digits         int
		want           string
	}{
		{"100.00", "1 1 1", 2, "33.34 33.33 33.33"},
		{"120000.00", "1 0 0 0 0", 2, "120000.00 0.00 0.00 0.00 0.00"},
		{"120000.00", "0 0 0 0 1", 2, "0.00 0.00 0.00 0.00 120000.00"},
		{"120000.00", "0.4 0.2/3 0.2/3 0.2/3 0.4", 2, "48000.00 8000.00 8000.00 8000.00 48000.00"},
		{"120000.00", "1/5 1/5 1/5 1/5 1/5", 2, "24000.00 24000.00 24000.00 24000.00 24000.00"},
		{"120000.00", "0.4 0.4 0.2/3 0.2/3 0.2/3", 2, "48000.00 48000.00 8000.00 8000.00 8000.00"},
		{"120000.00", "0.3 0.3 0.05 0.3 0.05", 2, "36000.00 36000.00 6000.00 36000.00 6000.00"},
		{"120000.00", "0.225 0.225 0.1 0.225 0.225", 2, "27000.00 27000.00 12000.00 27000.00 27000.00"},
		{"120000.00", "1/32 1/16 1/8 1/2 1", 2, "2181.82 4363.64 8727.27 34909.09 69818.18"},
		{"-100.00", "1 1 1", 2, "-33.34 -33.33 -33.33"},
		{"100", "1 1 1", 0, "34 33 33"},
		{"0.01", "1 3 2", 2, "0.00 0.01 0.00"},
		{"0.00", "1 2", 2, "0.00 0.00"},
		{"1.005", "1 0", 2, "1.01 0.00"},
		{"10.00", "0 0", 2, allocate.ErrNoWeight.Error()},
		{"10.00", "", 2, allocate.ErrNoWeight.Error()},
		{"10.00", "1 -1", 2, allocate.ErrNegative.Error()},
		{"99999999999999999999999999999999999.99", "1 1 1", 2,
			"33333333333333333333333333333333333.33 33333333333333333333333333333333333.33 33333333333333333333333333333333333.33"},
	} {
		if got := split(t, c.total, c.weights, c.digits); got != c.want {
			t.Errorf("%s over %s: %s, want %s", c.total, c.weights, got, c.want)
		}
	}
	if _, err := allocate.Split(value.Null, []value.Value{value.Int(1)}, 2); !errors.Is(err, allocate.ErrTotal) {
		t.Error(err)
	}
}

// TestSplitIsExact: parts sum to the total, differ from the ideal by less than a unit, and do not
// depend on how the weights are scaled.
func TestSplitIsExact(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		n, digits := 1+r.IntN(12), r.IntN(5)
		total := value.Decimal(r.Int64N(1_000_000_000)-500_000_000, uint8(digits))
		ws, scaled := make([]value.Value, n), make([]value.Value, n)
		for i := range ws {
			ws[i] = value.Decimal(r.Int64N(10_000), uint8(r.IntN(4)))
			scaled[i] = value.Mul(ws[i], value.Int(7))
		}
		sum := value.Int(0)
		for _, w := range ws {
			sum = value.Add(sum, w)
		}
		if value.Compare(sum, value.Int(0)) == 0 {
			continue
		}
		parts, err := allocate.Split(total, ws, digits)
		if err != nil {
			t.Fatal(err)
		}
		again, err := allocate.Split(total, scaled, digits)
		if err != nil {
			t.Fatal(err)
		}
		all := value.Int(0)
		for i, p := range parts {
			all = value.Add(all, p)
			ideal := value.Div(value.Mul(total, ws[i]), sum)
			if value.Compare(value.Abs(value.Sub(p, ideal)), value.Decimal(1, uint8(digits))) >= 0 {
				t.Fatalf("part %d of %v over %v is %v, ideal %v", i, total, ws, p, ideal)
			}
			if !value.Equal(p, again[i]) {
				t.Fatalf("with weights times 7 part %d is %v, not %v", i, again[i], p)
			}
		}
		if !value.Equal(all, total) {
			t.Fatalf("the parts of %v sum to %v", total, all)
		}
	}
}
