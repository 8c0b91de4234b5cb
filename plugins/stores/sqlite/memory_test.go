package sqlite

import (
	"bytes"
	"testing"
	"unsafe"

	"modernc.org/libc"
)

// bytesAt are n bytes outside of Go's memory.
func bytesAt(at uintptr, n int) []byte { return unsafe.Slice(*(**byte)(unsafe.Pointer(&at)), n) }

// TestBlocks: what SQLite asks for is there in full and aligned, keeps what is in it when it grows, and is nobody else's.
func TestBlocks(t *testing.T) {
	tls := libc.NewTLS()
	defer tls.Close()
	held := map[uintptr][]byte{}
	for round := range 3 {
		for i, n := range []int32{1, 23, 24, 25, 100, 1032, 4096, 4360, 1<<largestBlock - blockHeader, 1 << largestBlock, 1 << 20} {
			p := allocate(tls, n)
			if p == 0 || p%8 != 0 || asked(tls, p) != n || held[p] != nil {
				t.Fatalf("%d bytes are at %x, as %d; taken before: %t", n, p, asked(tls, p), held[p] != nil)
			}
			b := bytesAt(p, int(n))
			for j := range b {
				b[j] = byte(i + round)
			}
			want := bytes.Clone(b)
			if same := resize(tls, p, n); n < 1<<largestBlock && same != p {
				t.Errorf("%d bytes move from %x to %x for no more", n, p, same)
			} else {
				p = same
			}
			more := resize(tls, p, 2*n+64)
			if more == 0 || asked(tls, more) != 2*n+64 || !bytes.Equal(bytesAt(more, int(n)), want) {
				t.Fatalf("%d bytes are lost on the way from %x to %x", n, p, more)
			}
			if p = resize(tls, more, n); !bytes.Equal(bytesAt(p, int(n)), want) {
				t.Fatalf("%d bytes are lost on the way back from %x to %x", n, more, p)
			}
			held[p] = want
		}
		for p, want := range held {
			if !bytes.Equal(bytesAt(p, len(want)), want) {
				t.Errorf("the %d bytes at %x are somebody else's, too", len(want), p)
			}
			release(tls, p)
			delete(held, p)
		}
	}
}

// TestFreeBlocks: a block that is given comes back to who asks for its size, and no more is kept than there is room for.
func TestFreeBlocks(t *testing.T) {
	memory := make([]uint64, 3<<10)
	at := func(i int) uintptr { return uintptr(unsafe.Pointer(&memory[i<<10])) }
	var f freeBlocks
	if got := f.take(13); got != 0 {
		t.Errorf("%x of nothing", got)
	}
	for i := range 2 {
		if !f.give(at(i), 13) {
			t.Fatalf("block %d finds no room", i)
		}
	}
	if got := f.take(12); got != 0 {
		t.Errorf("a block of another size: %x", got)
	}
	f.bytes = keptMemory - 1<<13 + 1
	if f.give(at(2), 13) {
		t.Error("more is kept than there is room for")
	}
	f.bytes = 2 << 13
	if a, b, none := f.take(13), f.take(13), f.take(13); a != at(1) || b != at(0) || none != 0 || f.bytes != 0 {
		t.Errorf("%x, %x and %x come back of %x and %x; %d bytes are left", a, b, none, at(0), at(1), f.bytes)
	}
}

// TestBlockSize: what a size gives is in the block, and in no smaller one.
func TestBlockSize(t *testing.T) {
	for n, want := range map[int]int{1: 5, 24: 5, 25: 6, 1032: 11, 4096: 13, 1<<17 - 8: 17, 1<<17 - 7: 18} {
		if got := blockSize(n); got != want {
			t.Errorf("%d bytes are in a block of 2^%d, want 2^%d", n, got, want)
		}
	}
}
