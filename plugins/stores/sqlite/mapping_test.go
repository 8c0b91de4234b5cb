package sqlite

import (
	"fmt"
	"slices"
	"testing"
)

// fakeMapper maps files whose descriptors are ten times their numbers, and a little.
type fakeMapper struct {
	next  uintptr
	holds []uintptr // what is mapped
	full  bool
}

func (f *fakeMapper) mmap(_ int32, size uintptr) (uintptr, bool) {
	if f.full {
		return 0, false
	}
	f.next += 1 << 40
	f.holds = append(f.holds, f.next)
	return f.next, true
}

func (f *fakeMapper) munmap(addr, _ uintptr) {
	i := slices.Index(f.holds, addr)
	if i < 0 {
		panic(fmt.Sprintf("%x is not mapped", addr))
	}
	f.holds = slices.Delete(f.holds, i, i+1)
}

func (f *fakeMapper) identify(fd int32) (fileID, bool) { return fileID{uint64(fd / 10)}, fd > 0 }

// TestMappings: a file is mapped once for all who open it, as long as one of them has it open; a mapping that it has
// outgrown goes with the last who uses it.
func TestMappings(t *testing.T) {
	sys := &fakeMapper{}
	m := newMappings(sys)
	take := func(fd int32, size uintptr) uintptr {
		t.Helper()
		addr, ok := m.take(fd, size)
		if !ok {
			t.Fatalf("%d is not mapped", fd)
		}
		return addr
	}
	give := func(addr uintptr) {
		t.Helper()
		if !m.give(addr) {
			t.Fatalf("%x is not known", addr)
		}
	}
	holds := func(when string, n int) {
		t.Helper()
		if len(sys.holds) != n || len(m.regions) != n {
			t.Fatalf("%s: %d are mapped, %d known; want %d", when, len(sys.holds), len(m.regions), n)
		}
	}
	a := take(11, 4096)
	if b := take(12, 8192); b != a {
		t.Errorf("the same file is at %x and %x", a, b)
	}
	if c := take(21, 4096); c == a {
		t.Errorf("two files are at %x", a)
	}
	holds("two files", 2)
	give(a)
	give(a)
	if again := take(11, 1<<20); again != a {
		t.Errorf("what nobody used for a moment moved from %x to %x", a, again)
	}
	if !m.shared(a+room(4096)-1) || m.shared(a+room(4096)) || m.shared(a-1) {
		t.Error("wrong bounds")
	}
	large := take(12, room(4096)+1)
	if large == a {
		t.Error("the file has outgrown its mapping, and is given it")
	}
	holds("outgrown, in use", 3)
	give(a)
	holds("outgrown, not in use", 2)
	m.forget(11)
	holds("open still", 2)
	m.forget(12) // in use; SQLite gives back before it closes
	holds("closed, in use", 2)
	give(large)
	holds("closed", 1)
	if m.give(large) || m.give(12345) {
		t.Error("what is not ours is taken back")
	}
	m.forget(99)
	if _, ok := m.take(0, 1); ok {
		t.Error("a file without identity is mapped")
	}
	sys.full = true
	if _, ok := m.take(31, 1); ok {
		t.Error("mapped without memory")
	}
	m.forget(31)
	if len(m.files) != 1 || len(m.byFD) != 1 {
		t.Errorf("%d files and %d descriptors are left", len(m.files), len(m.byFD))
	}
}
