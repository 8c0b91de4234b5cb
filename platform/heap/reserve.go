package heap

import (
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"unsafe"
)

// Reserve takes the next n bytes that the heap grows by from the system at once, beside the caller, who waits for the
// end by what it gives. A start fills tens of megabytes, and the first touch of each page of 4 kB interrupts the
// program: in virtual machines that costs twenty times as much as the page. Where the system cannot, nothing happens.
// What is not filled goes back with debug.FreeOSMemory.
func Reserve(n int) (wait func()) {
	was := debug.SetGCPercent(-1) // the heap grows for nothing else
	room := uncleared(n)
	var taken sync.WaitGroup
	taken.Go(func() {
		full := populate(room)
		room = nil
		debug.SetGCPercent(was)
		if full {
			runtime.GC() // the bytes are garbage from then on: the heap has room
		}
	})
	return taken.Wait
}

// uncleared are n bytes that nobody has touched. What make gives is cleared where a part of it was in use before, page
// by page: all that Reserve is to spare.
func uncleared(n int) []byte {
	var b strings.Builder
	b.Grow(n)
	b.WriteByte(0) // the text is where the room is
	return unsafe.Slice(unsafe.StringData(b.String()), b.Cap())
}
