package territory_test

import (
	"testing"

	"github.com/tenon-platform/tenon/runtime/territory"
)

// TestCover: the longest code that a code begins with decides, whatever the order of the areas; of
// equals the first; fillers alone cover nothing.
func TestCover(t *testing.T) {
	areas := []territory.Area{{1, []string{"330000", "310000"}}, {2, []string{"330100"}}, {3, []string{"330106", "x"}}, {4, []string{"330100"}}, {5, []string{"000000", ""}}}
	for _, c := range []struct {
		code, filler string
		want         int64
	}{
		{"330106", "00", 3}, {"330110", "00", 2}, {"330100", "00", 2}, {"330200", "00", 1}, {"310115", "00", 1},
		{"440300", "00", 0}, {"", "00", 0}, {"33", "00", 1}, {"3", "00", 0},
		{"330110", "", 0}, {"330100", "", 2}, {"330106-7", "", 3},
	} {
		if got := territory.Cover(areas, c.code, c.filler); got != c.want {
			t.Errorf("%q with the filler %q is covered by %d, want %d", c.code, c.filler, got, c.want)
		}
	}
}
