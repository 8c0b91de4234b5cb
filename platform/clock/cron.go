package clock

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Cron is a schedule of five fields: minute, hour, day of the month, month and day of the week
// (0 and 7 are Sunday). Where both days are restricted, either will do.
type Cron struct {
	minute, hour, day, month, week uint64 // bit n: n is among them
	anyDay, anyWeek                bool
}

// ParseCron reads a schedule such as "0 9 * * 1-5" or "*/15 * * * *".
func ParseCron(s string) (Cron, error) {
	fields := strings.Fields(s)
	if len(fields) != 5 {
		return Cron{}, fmt.Errorf("%q has not the five fields minute, hour, day, month and weekday", s)
	}
	var c Cron
	for i, part := range []struct {
		to       *uint64
		min, max int
	}{{&c.minute, 0, 59}, {&c.hour, 0, 23}, {&c.day, 1, 31}, {&c.month, 1, 12}, {&c.week, 0, 7}} {
		for _, item := range strings.Split(fields[i], ",") {
			bits, err := cronItem(item, part.min, part.max)
			if err != nil {
				return Cron{}, err
			}
			*part.to |= bits
		}
	}
	if c.week&(1<<7) != 0 {
		c.week |= 1
	}
	c.anyDay, c.anyWeek = fields[2] == "*", fields[4] == "*"
	return c, nil
}

// cronItem reads "*", "5", "1-5", and each of these with a step, as in "*/15".
func cronItem(item string, low, high int) (uint64, error) {
	wrong := fmt.Errorf("%q does not lie between %d and %d", item, low, high)
	span, by, stepped := strings.Cut(item, "/")
	step := 1
	if stepped {
		n, err := strconv.Atoi(by)
		if err != nil || n < 1 || n > high {
			return 0, wrong
		}
		step = n
	}
	from, to := low, high
	if span != "*" {
		a, b, ranged := strings.Cut(span, "-")
		n, err := strconv.Atoi(a)
		if err != nil {
			return 0, wrong
		}
		from, to = n, n
		if ranged {
			if to, err = strconv.Atoi(b); err != nil {
				return 0, wrong
			}
		} else if stepped {
			to = high
		}
	}
	if from < low || to > high || from > to {
		return 0, wrong
	}
	var bits uint64
	for n := from; n <= to; n += step {
		bits |= 1 << n
	}
	return bits, nil
}

func (c Cron) date(y int, m time.Month, d int) bool {
	if c.month&(1<<m) == 0 {
		return false
	}
	day, week := c.day&(1<<d) != 0, c.week&(1<<time.Date(y, m, d, 12, 0, 0, 0, time.UTC).Weekday()) != 0
	if c.anyDay || c.anyWeek {
		return day && week
	}
	return day || week
}

// Next is the first moment after t at which the schedule is due in a zone, and the wall-clock time
// that it stands for, such as "2026-03-02T09:00". A time that a change of the clocks leaves out is due
// when they change; one that comes twice is due the first time. The moment is zero when none comes
// within five years.
func (c Cron) Next(t time.Time, zone *time.Location) (at time.Time, wall string) {
	local := t.In(zone)
	y, m, d := local.Date()
	// A time that was left out yesterday may be due only today.
	for day := time.Date(y, m, d-1, 12, 0, 0, 0, time.UTC); day.Before(time.Date(y+5, m, d, 0, 0, 0, 0, time.UTC)); day = day.AddDate(0, 0, 1) {
		y, m, d := day.Date()
		if !c.date(y, m, d) {
			continue
		}
		hour, minute := 0, 0
		if at, hour, minute = c.within(y, m, d, t, zone); !at.IsZero() {
			return at.UTC(), fmt.Sprintf("%04d-%02d-%02dT%02d:%02d", y, m, d, hour, minute)
		}
	}
	return time.Time{}, ""
}

// within is the first moment of a day after t, and the time that it stands for; zero when there is none.
func (c Cron) within(y int, m time.Month, d int, t time.Time, zone *time.Location) (at time.Time, hour, minute int) {
	offset, same := steady(time.Date(y, m, d, 12, 0, 0, 0, time.UTC), 40*time.Hour, zone)
	for h := range 24 {
		if c.hour&(1<<h) == 0 {
			continue
		}
		for n := range 60 {
			if c.minute&(1<<n) == 0 {
				continue
			}
			x := time.Date(y, m, d, h, n, 0, 0, time.UTC).Add(-offset)
			if !same {
				x = Local(y, m, d, h, n, zone)
			}
			if x.After(t) && (at.IsZero() || x.Before(at)) {
				at, hour, minute = x, h, n
			}
			if same && !at.IsZero() { // later times are later moments
				return at, hour, minute
			}
		}
	}
	return at, hour, minute
}

// steady says whether clocks do not change around a moment, and by how much they are before UTC there.
func steady(x time.Time, around time.Duration, zone *time.Location) (offset time.Duration, same bool) {
	_, before := x.Add(-around).In(zone).Zone()
	_, after := x.Add(around).In(zone).Zone()
	return time.Duration(before) * time.Second, before == after
}

// Local is the moment at which clocks in a zone show a time: the first one where they show it twice,
// and the moment when they change where they never do.
func Local(y int, m time.Month, d, hour, minute int, zone *time.Location) time.Time {
	want := time.Date(y, m, d, hour, minute, 0, 0, time.UTC)
	if offset, same := steady(want, 26*time.Hour, zone); same {
		return want.Add(-offset)
	}
	shown := func(x time.Time) time.Time {
		_, offset := x.In(zone).Zone()
		return x.Add(time.Duration(offset) * time.Second)
	}
	// Offsets lie within a day; clocks change at most once around here.
	low := want.Add(-26 * time.Hour)
	best := time.Time{}
	for _, near := range []time.Time{low, want.Add(-12 * time.Hour), want, want.Add(12 * time.Hour), want.Add(26 * time.Hour)} {
		_, offset := near.In(zone).Zone()
		x := want.Add(-time.Duration(offset) * time.Second)
		if shown(x).Equal(want) && (best.IsZero() || x.Before(best)) {
			best = x
		}
	}
	if !best.IsZero() {
		return best
	}
	high := want.Add(26 * time.Hour)
	for high.Sub(low) > time.Second { // what clocks show only grows where they leave out a time
		if mid := low.Add(high.Sub(low) / 2).Truncate(time.Second); !mid.After(low) {
			break
		} else if shown(mid).Before(want) {
			low = mid
		} else {
			high = mid
		}
	}
	return high
}
