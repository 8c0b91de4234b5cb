package fieldkit

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/tenon-platform/tenon/platform/value"
)

// TestDatesAreThoseOfTheLayout holds the text of dates and instants against Go's own.
func TestDatesAreThoseOfTheLayout(t *testing.T) {
	const micro = int64(1_000_000)
	instants := []int64{0, 1, -1, 999_999, 500_000, 120, 86_399_999_999, -86_400_000_000, -62_135_596_800 * micro, 253_402_300_799 * micro,
		253_402_300_800 * micro, -62_167_219_201 * micro}
	r := rand.New(rand.NewPCG(7, 11))
	for range 20_000 {
		instants = append(instants, (r.Int64N(260_000_000_000)-5_000_000_000)*micro+r.Int64N(micro))
	}
	for _, n := range instants {
		at := time.UnixMicro(n).UTC()
		if got, want := string(AppendDateTime(nil, value.DateTime(n))), at.Format(`"2006-01-02T15:04:05.999999Z07:00"`); got != want {
			t.Fatalf("%d: %s, want %s", n, got, want)
		}
		day := at.Unix() / 86400
		if got, want := string(AppendDate(nil, day)), time.Unix(day*86400, 0).UTC().Format(`"2006-01-02"`); got != want {
			t.Fatalf("day %d: %s, want %s", day, got, want)
		}
	}
}

func BenchmarkDate(b *testing.B) {
	var dst []byte
	for i := range b.N {
		dst = AppendDate(dst[:0], int64(19_000+i%1000))
	}
}
