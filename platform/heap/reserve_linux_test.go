package heap

import (
	"bufio"
	"os"
	"strings"
	"testing"
)

// advised counts the mappings of the process that have a flag of those that smaps(5) lists.
func advised(t *testing.T, flag string) (n int) {
	t.Helper()
	f, err := os.Open("/proc/self/smaps")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if flags, ok := strings.CutPrefix(lines.Text(), "VmFlags:"); ok && strings.Contains(flags+" ", " "+flag+" ") {
			n++
		}
	}
	return n
}

// TestReserve sees large pages be asked for while a start goes on, and no longer.
func TestReserve(t *testing.T) {
	before, want := advised(t, "hg"), 0
	if onRequest() {
		want = 1
	}
	done := Reserve(16 << 20)
	if got := advised(t, "hg") - before; got < want || want == 0 && got > 0 {
		t.Errorf("%d mappings ask for large pages", got)
	}
	done()
	if got := advised(t, "hg") - before; got > 0 {
		t.Errorf("%d mappings ask for large pages when all is done", got)
	}
}

// TestLargeNeedsRoom leaves alone what holds no whole large page.
func TestLargeNeedsRoom(t *testing.T) {
	before := advised(t, "hg")
	large(make([]byte, 4<<10))()
	if got := advised(t, "hg"); got != before {
		t.Errorf("%d mappings ask for large pages, %d before", got, before)
	}
}
