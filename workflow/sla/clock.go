// Package sla keeps clocks of service promises on business hours: started, paused, resumed, met or
// breached. A clock is a record of the object that serves "sla_clock"; engines of record actions
// move it, in their transactions. When clocks are looked at, and what follows from a breach, is
// said by who calls them.
package sla

import (
	"time"
)

// Status is where a clock stands.
type Status string

// The statuses, as records keep them.
const (
	Running   Status = "running"
	Paused    Status = "paused"
	Met       Status = "met"
	Breached  Status = "breached"
	Cancelled Status = "cancelled"
)

// Hours count business time; see calendar.Calendar.
type Hours interface {
	Add(start time.Time, d time.Duration) time.Time
	Between(a, b time.Time) time.Duration
}

// Always is business time around the clock.
type Always struct{}

// Add adds.
func (Always) Add(start time.Time, d time.Duration) time.Time { return start.Add(max(d, 0)).UTC() }

// Between subtracts.
func (Always) Between(a, b time.Time) time.Duration { return b.Sub(a) }

// Clock is one promise. The zero times are of what has not happened.
type Clock struct {
	Target                              time.Duration // of business time
	Status                              Status
	Started, Warn, Due, Paused, Stopped time.Time
	Breached                            time.Time // the due time that was missed
}

// Start starts a clock: it is due when the target is used up, and warns after a share of it, in
// per cent. Outside hours it counts from the next opening.
func Start(h Hours, at time.Time, target time.Duration, warn int) Clock {
	return Clock{Target: target, Status: Running, Started: at, Due: h.Add(at, target), Warn: h.Add(at, target*time.Duration(warn)/100)}
}

// Used is the business time that the clock has counted at a moment.
func (c *Clock) Used(h Hours, at time.Time) time.Duration {
	if c.Status == Paused {
		at = c.Paused
	}
	return c.Target - h.Between(at, c.Due)
}

// Pause stops the counting; a clock that is not running stays as it is.
func (c *Clock) Pause(at time.Time) {
	if c.Status == Running {
		c.Status, c.Paused = Paused, at
	}
}

// Resume goes on counting: what was left of the target, and of the time to the warning, is left again.
func (c *Clock) Resume(h Hours, at time.Time) {
	if c.Status != Paused {
		return
	}
	if left := h.Between(c.Paused, c.Due); c.Due.After(c.Paused) {
		c.Due = h.Add(at, left)
	}
	if left := h.Between(c.Paused, c.Warn); c.Warn.After(c.Paused) {
		c.Warn = h.Add(at, left)
	}
	c.Status, c.Paused = Running, time.Time{}
}

// Stop ends the clock: met when that is not after the due time, whatever lies between, else
// breached. A clock that was told to be breached stays so.
func (c *Clock) Stop(h Hours, at time.Time) {
	c.Resume(h, at)
	switch c.Status {
	case Running:
		c.Stopped = at
		if c.Status = Met; at.After(c.Due) {
			c.Status, c.Breached = Breached, c.Due
		}
	case Breached:
		if c.Stopped.IsZero() {
			c.Stopped = at
		}
	}
}

// Cancel ends the clock without a verdict; one that was breached stays so.
func (c *Clock) Cancel() {
	if c.Status == Running || c.Status == Paused {
		c.Status = Cancelled
	}
}

// Check breaches a running clock whose due time is over; it says whether it did.
func (c *Clock) Check(at time.Time) bool {
	if c.Status != Running || !at.After(c.Due) {
		return false
	}
	c.Status, c.Breached = Breached, c.Due
	return true
}

// State is the status, with "on_track" and "at_risk", once it is time to warn, for running clocks
// and "breached" for those whose due time is over.
func (c *Clock) State(at time.Time) string {
	switch {
	case c.Status != Running:
		return string(c.Status)
	case at.After(c.Due):
		return string(Breached)
	case !at.Before(c.Warn):
		return "at_risk"
	}
	return "on_track"
}
