package clock

import (
	"sync"
	"time"
)

// Settable is a clock for tests of a running system: it follows another clock until it is told what
// time it is. From then on it stands, and moves only when told to.
type Settable struct {
	mu   sync.Mutex
	base Clock
	at   *time.Time
}

// NewSettable is a Settable clock that follows base.
func NewSettable(base Clock) *Settable { return &Settable{base: base} }

// Now is where the clock stands.
func (s *Settable) Now() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now()
}

func (s *Settable) now() time.Time {
	if s.at != nil {
		return *s.at
	}
	return s.base.Now()
}

// Set makes the clock stand at t.
func (s *Settable) Set(t time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t = t.UTC()
	s.at = &t
}

// Advance makes the clock stand where it is after a period, by the calendar of a time zone.
func (s *Settable) Advance(p Period, zone *time.Location) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := p.After(s.now().In(zone)).UTC()
	s.at = &t
}
