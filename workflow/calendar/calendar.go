// Package calendar counts business time: weekly hours with several shifts a day, holidays and
// make-up workdays, in a time zone. It is pure; SLA clocks, approval timeouts and formulas keep
// their own state and ask it. Who uses which calendar, and what happens when a due time passes,
// does not belong here.
package calendar

import (
	"time"
)

// Calendar is an immutable set of business hours. It is safe for concurrent use.
type Calendar struct {
	key     string
	version int
	zone    *time.Location
	week    [7][]shift // by time.Weekday, sorted, disjoint
	days    map[day][]shift
}

// shift is a half-open interval of wall-clock minutes since local midnight; to may lie on the next
// day (a night shift from 22:00 to 06:00 is 1320 to 1800).
type shift struct{ from, to int }

// day is a local date.
type day struct {
	year  int
	month time.Month
	day   int
}

func (d day) at(minute int, z *time.Location) time.Time {
	return time.Date(d.year, d.month, d.day, 0, minute, 0, 0, z)
}

func (d day) next(n int) day {
	y, m, x := time.Date(d.year, d.month, d.day+n, 12, 0, 0, 0, time.UTC).Date()
	return day{y, m, x}
}

func (d day) weekday() time.Weekday {
	return time.Date(d.year, d.month, d.day, 12, 0, 0, 0, time.UTC).Weekday()
}

func dayOf(t time.Time) day {
	y, m, d := t.Date()
	return day{y, m, d}
}

// Key is the name of the calendar.
func (c *Calendar) Key() string { return c.key }

// Version counts the editions of a calendar; due times are computed anew when it changes.
func (c *Calendar) Version() int { return c.version }

// Zone is the time zone that "day" and hours are meant in.
func (c *Calendar) Zone() *time.Location { return c.zone }

func (c *Calendar) shifts(d day) []shift {
	if s, special := c.days[d]; special {
		return s
	}
	return c.week[d.weekday()]
}

// IsWorkday says whether the local day of t has business hours.
func (c *Calendar) IsWorkday(t time.Time) bool { return len(c.shifts(dayOf(t.In(c.zone)))) > 0 }

// Open says whether t lies inside business hours.
func (c *Calendar) Open(t time.Time) bool {
	open := false
	c.walk(t, func(from, to time.Time) bool {
		open = !from.After(t)
		return false
	})
	return open
}

// Between is the business time in [a, b): the sum of what business hours cover of it. It is
// negative when b lies before a, so that Between(a, b) == -Between(b, a).
func (c *Calendar) Between(a, b time.Time) time.Duration {
	if b.Before(a) {
		return -c.Between(b, a)
	}
	var sum time.Duration
	c.walk(a, func(from, to time.Time) bool {
		if !from.Before(b) {
			return false
		}
		sum += earlier(to, b).Sub(later(from, a))
		return to.Before(b)
	})
	return sum
}

// Minutes is BIZ_MINUTES: the whole minutes of Between.
func (c *Calendar) Minutes(a, b time.Time) int64 { return int64(c.Between(a, b) / time.Minute) }

// Add is BIZ_ADD: the earliest instant t ≥ start with Between(start, t) = d. So a budget that ends
// exactly when hours end is due then, not at the next opening; and no budget is due at start. The
// result is in UTC. A d below zero counts as zero.
func (c *Calendar) Add(start time.Time, d time.Duration) time.Time {
	due := start
	if d <= 0 {
		return due.UTC()
	}
	c.walk(start, func(from, to time.Time) bool {
		from = later(from, start)
		if left := to.Sub(from); left < d {
			d -= left
			return true
		}
		due = from.Add(d)
		return false
	})
	return due.UTC()
}

// AddDays is BIZ_ADD_DAYS: the same clock time on the n-th working day after the local day of t.
// When that day is no working day, it counts from the opening of the next working day. n below
// one gives t, or that opening.
func (c *Calendar) AddDays(t time.Time, n int) time.Time {
	local := t.In(c.zone)
	d := dayOf(local)
	if len(c.shifts(d)) == 0 {
		for len(c.shifts(d)) == 0 {
			d = d.next(1)
		}
		local = d.at(c.shifts(d)[0].from, c.zone)
	}
	for ; n > 0; n-- {
		for d = d.next(1); len(c.shifts(d)) == 0; {
			d = d.next(1)
		}
	}
	h, m, s := local.Clock()
	return time.Date(d.year, d.month, d.day, h, m, s, local.Nanosecond(), c.zone).UTC()
}

// Workdays counts the working days after the local day of a, up to and including that of b; it is
// negative when b lies before a.
func (c *Calendar) Workdays(a, b time.Time) int {
	from, to, sign := dayOf(a.In(c.zone)), dayOf(b.In(c.zone)), 1
	if to.at(0, time.UTC).Before(from.at(0, time.UTC)) {
		from, to, sign = to, from, -1
	}
	n := 0
	for d := from; d != to; {
		d = d.next(1)
		if len(c.shifts(d)) > 0 {
			n++
		}
	}
	return sign * n
}

// walk gives the business intervals that end after t, in order and without overlap, until each
// says stop. New guarantees that every week has hours, so that it always finds one.
func (c *Calendar) walk(t time.Time, each func(from, to time.Time) bool) {
	last := t // what was given so far ends here: a night shift may reach into the next day's
	for d := dayOf(t.In(c.zone)).next(-1); ; d = d.next(1) {
		for _, s := range c.shifts(d) {
			from, to := d.at(s.from, c.zone), d.at(s.to, c.zone)
			if !to.After(last) || !from.Before(to) {
				continue // over, or swallowed by a change of the clocks
			}
			if from.Before(last) && !last.Equal(t) {
				from = last
			}
			last = to
			if !each(from, to) {
				return
			}
		}
	}
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
