package clock

import "time"

// Stopwatch measures how long something takes, by the machine: a Clock that stands, or is set,
// makes nothing faster. It tells no time of day.
type Stopwatch struct{ start time.Time }

// Start starts a stopwatch.
func Start() Stopwatch { return Stopwatch{time.Now()} }

// Elapsed is the time since the start.
func (s Stopwatch) Elapsed() time.Duration { return time.Since(s.start) }
