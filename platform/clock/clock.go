// Package clock is the one source of time. Everything that needs "now" is handed a Clock, so
// that tests and replays decide what time it is.
package clock

import (
	"sync"
	"time"
)

// Clock tells the time.
type Clock interface{ Now() time.Time }

// System is the machine's clock.
type System struct{}

// Now is the current time in UTC.
func (System) Now() time.Time { return time.Now().UTC() }

// Fixed is a clock that moves only when told to.
type Fixed struct {
	mu sync.Mutex
	t  time.Time
}

// NewFixed is a Fixed clock that stands at t.
func NewFixed(t time.Time) *Fixed { return &Fixed{t: t.UTC()} }

// Now is where the clock stands.
func (f *Fixed) Now() time.Time { f.mu.Lock(); defer f.mu.Unlock(); return f.t }

// Set moves the clock to t.
func (f *Fixed) Set(t time.Time) { f.mu.Lock(); f.t = t.UTC(); f.mu.Unlock() }

// Advance moves the clock by d.
func (f *Fixed) Advance(d time.Duration) { f.mu.Lock(); f.t = f.t.Add(d); f.mu.Unlock() }

// Deadline is d from now on the machine's clock: for the limits of connections, which depend on
// nothing that a program is told.
func Deadline(d time.Duration) time.Time { return time.Now().Add(d) }
