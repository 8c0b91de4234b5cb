package heap

import (
	"runtime"
	"runtime/debug"
)

// Reserve has the system give the next n bytes that the heap grows by in large pages, until the function that it gives is
// called. A start fills tens of megabytes at once, and each page of 4 kB that is new costs more than what is put
// there, above all in virtual machines. What is not filled is not taken. Where the system gives large pages to all
// or to none, nothing happens.
func Reserve(n int) (done func()) {
	if !onRequest() {
		return func() {}
	}
	was := debug.SetGCPercent(-1)
	defer debug.SetGCPercent(was)
	done = large(make([]byte, n)) // which is garbage from then on: the heap has grown, and has room
	runtime.GC()
	return done
}
