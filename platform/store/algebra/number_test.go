package algebra

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/tenon-platform/tenon/platform/value"
)

// TestNumOrder holds the sortable text to the numeric order and to a lossless round trip.
func TestNumOrder(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 5))
	pick := func() value.Value {
		digits := 1 + r.IntN(38)
		s := []byte("-")[r.IntN(2):]
		for range digits {
			s = append(s, byte('0'+r.IntN(10)))
		}
		if r.IntN(2) == 0 {
			s = append(s, ".5"...)
		}
		v, err := value.ParseDecimal(string(s))
		if err != nil {
			t.Fatal(err)
		}
		if r.IntN(3) == 0 {
			v = value.Decimal(r.Int64N(2000)-1000, uint8(r.IntN(4)))
		}
		return v
	}
	for range 5000 {
		a, b := pick(), pick()
		x, y := string(AppendNumber(nil, a)), string(AppendNumber(nil, b))
		if got, want := strings.Compare(x, y), value.Compare(a, b); got != want {
			t.Fatalf("%s and %s: text orders %d, numbers %d", a.AppendDecimal(nil), b.AppendDecimal(nil), got, want)
		}
		back, err := ParseNumber(x)
		if err != nil || !value.Equal(back, a) {
			t.Fatalf("%s came back as %s (%v)", a.AppendDecimal(nil), back.AppendDecimal(nil), err)
		}
	}
}
