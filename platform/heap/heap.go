// Package heap says how far the heap may grow between two collections.
package heap

import (
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

// normal is the target that Go has by itself: a heap may double.
const normal = 100

// Room lets the heap grow by at least room bytes between two collections. Go collects when a heap has
// doubled; a small one with much traffic does so many times a second, and marks all of what lives each
// time for little. A heap that is larger than room may double, as ever. With GOGC set, whoever set it
// is right and nothing happens. The goal follows what lives, from collection to collection.
func Room(room uint64, gogc string) {
	if gogc != "" {
		return
	}
	set(room)
	runtime.SetFinalizer(&witness{}, func(w *witness) { follow(w, room) })
}

// witness is garbage whose finalizer tells that there was a collection.
type witness struct{ _ [16]byte }

func follow(w *witness, room uint64) {
	set(room)
	runtime.SetFinalizer(w, func(w *witness) { follow(w, room) })
}

func set(room uint64) { debug.SetGCPercent(percent(live(), room)) }

// percent is the target, in percent of what lives, that leaves room bytes.
func percent(live, room uint64) int {
	if live == 0 || live >= room {
		return normal
	}
	return int(normal * room / live)
}

// live is how much of the heap lived after the last collection, in bytes; 0 before the first one.
func live() uint64 {
	s := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(s)
	return s[0].Value.Uint64()
}
