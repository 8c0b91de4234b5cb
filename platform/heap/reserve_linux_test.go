package heap

import (
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"slices"
	"testing"

	"golang.org/x/sys/unix"
)

// faults counts the pages that the system had to put somewhere when they were touched.
func faults(t *testing.T) int64 {
	t.Helper()
	var u unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return u.Minflt
}

// TestReserve: what fits into the room is there when it is filled. It runs in a process of its own, whose heap has no
// holes of other tests.
func TestReserve(t *testing.T) {
	if page := make([]byte, 1<<20); !populate(page) {
		t.Skip("the system is older than 5.14")
	}
	if raced() {
		t.Skip("the race detector touches memory of its own for what is filled")
	}
	const mark = "TENON_TEST_RESERVE"
	if os.Getenv(mark) != "" {
		fill(t)
		return
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestReserve$")
	cmd.Env = append(os.Environ(), mark+"=1")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// raced says whether the race detector watches.
func raced() bool {
	info, ok := debug.ReadBuildInfo()
	return ok && slices.Contains(info.Settings, debug.BuildSetting{Key: "-race", Value: "true"})
}

func fill(t *testing.T) {
	const room, filled, pages = 64 << 20, 32 << 20, 32 << 20 / 4096
	leave(1 << 20)
	before := faults(t)
	wait := Reserve(room)
	if n := faults(t) - before; n > pages/4 {
		t.Errorf("%d faults before it is filled", n)
	}
	wait()
	if was := debug.SetGCPercent(-1); was != normal {
		t.Errorf("the target is %d afterwards", was)
	}
	before = faults(t)
	var all [][]byte
	for range filled >> 10 {
		all = append(all, make([]byte, 1<<10))
	}
	if n := faults(t) - before; n > pages/4 {
		t.Errorf("%d faults for %d pages", n, pages)
	}
	runtime.KeepAlive(all)
}

// leave has the heap end with n bytes that were in use.
func leave(n int) {
	b := make([]byte, n)
	for i := range b {
		b[i] = 1
	}
	runtime.KeepAlive(b)
	b = nil
	runtime.GC()
}
