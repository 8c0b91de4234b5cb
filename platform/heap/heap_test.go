package heap

import (
	"runtime"
	"runtime/debug"
	"testing"
	"time"
)

func TestPercent(t *testing.T) {
	const mb = 1 << 20
	for _, c := range []struct {
		live, room uint64
		want       int
	}{{0, 64 * mb, 100}, {64 * mb, 64 * mb, 100}, {640 * mb, 64 * mb, 100}, {32 * mb, 64 * mb, 200}, {10 * mb, 64 * mb, 640}} {
		if got := percent(c.live, c.room); got != c.want {
			t.Errorf("%d of %d: %d", c.room, c.live, got)
		}
	}
}

// TestRoom sees the target follow what lives: wide for a small heap, Go's own for a large one.
func TestRoom(t *testing.T) {
	was := debug.SetGCPercent(normal)
	defer debug.SetGCPercent(was)
	target := func() int {
		p := debug.SetGCPercent(normal)
		debug.SetGCPercent(p)
		return p
	}
	Room(1<<30, "50")
	if p := target(); p != normal {
		t.Errorf("GOGC is set, and the target is %d", p)
	}
	const room = 16 << 20
	Room(room, "")
	until := func(what string, ok func(int) bool) {
		t.Helper()
		for end := time.Now().Add(10 * time.Second); ; {
			runtime.GC()
			if p := target(); ok(p) {
				return
			} else if time.Now().After(end) {
				t.Fatalf("%s: the target is %d", what, p)
			}
			time.Sleep(time.Millisecond)
		}
	}
	until("a small heap", func(p int) bool { return p > normal })
	large := make([]byte, 2*room)
	until("a large heap", func(p int) bool { return p == normal })
	runtime.KeepAlive(large)
	large = nil
	until("small again", func(p int) bool { return p > normal })
}
