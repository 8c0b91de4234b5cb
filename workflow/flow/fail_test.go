package flow

import (
	"testing"
	"time"

	"github.com/tenon-platform/tenon/metadata/catalog"
)

// TestPause: pauses grow up to the longest, and differ by at most a fifth, downwards.
func TestPause(t *testing.T) {
	p := catalog.Retry{Max: 20, Initial: 10 * time.Second, Factor: 2, Cap: 10 * time.Minute}
	for attempt, want := range map[int]time.Duration{1: 10 * time.Second, 2: 20 * time.Second, 6: 320 * time.Second, 7: 10 * time.Minute, 20: 10 * time.Minute} {
		if got := Pause(p, attempt, 0); got != want {
			t.Errorf("attempt %d: %s, want %s", attempt, got, want)
		}
		if got := Pause(p, attempt, 0.5); got != want*9/10 {
			t.Errorf("attempt %d, in the middle: %s, want %s", attempt, got, want*9/10)
		}
	}
}

// TestPausesDiffer: runs whose steps failed together are not tried again together, and the same command of the same
// run always gives the same pause.
func TestPausesDiffer(t *testing.T) {
	seen := map[float64]bool{}
	low, high := 1.0, 0.0
	for i := range 200 {
		r := &run{st: &State{ID: "run_" + string(rune('a'+i%26)) + string(rune('a'+i/26))}}
		l := &Lane{ID: 1, Turn: 3, Attempt: 1}
		c := r.chance(l)
		if c != r.chance(l) || c < 0 || c >= 1 {
			t.Fatalf("%s: %v, then %v", r.st.ID, c, r.chance(l))
		}
		seen[c], low, high = true, min(low, c), max(high, c)
	}
	if len(seen) != 200 || low > 0.1 || high < 0.9 {
		t.Errorf("%d of 200 runs have pauses of their own, from %v to %v", len(seen), low, high)
	}
}
