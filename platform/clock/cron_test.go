package clock_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/tenon-platform/tenon/platform/clock"
)

// TestCronChanges: a time that clocks leave out is due when they change, one that they show twice the
// first time.
func TestCronChanges(t *testing.T) {
	for _, c := range []struct{ cron, zone, after, want, wall string }{
		{"30 9 * * *", "Asia/Shanghai", "2026-03-02T01:00:00Z", "2026-03-02T01:30:00Z", "2026-03-02T09:30"},
		{"30 9 * * *", "Asia/Shanghai", "2026-03-02T01:30:00Z", "2026-03-03T01:30:00Z", "2026-03-03T09:30"},
		{"30 2 * * *", "America/New_York", "2026-03-08T05:00:00Z", "2026-03-08T07:00:00Z", "2026-03-08T02:30"},
		{"30 2 * * *", "America/New_York", "2026-03-08T07:00:00Z", "2026-03-09T06:30:00Z", "2026-03-09T02:30"},
		{"30 1 * * *", "America/New_York", "2026-11-01T04:00:00Z", "2026-11-01T05:30:00Z", "2026-11-01T01:30"},
		{"30 1 * * *", "America/New_York", "2026-11-01T05:30:00Z", "2026-11-02T06:30:00Z", "2026-11-02T01:30"},
		{"15 2 * * *", "Australia/Lord_Howe", "2026-10-03T12:00:00Z", "2026-10-03T15:30:00Z", "2026-10-04T02:15"},
		{"45 1 * * *", "Australia/Lord_Howe", "2026-04-04T12:00:00Z", "2026-04-04T14:45:00Z", "2026-04-05T01:45"},
		{"0 0 31 * *", "UTC", "2026-04-01T00:00:00Z", "2026-05-31T00:00:00Z", "2026-05-31T00:00"},
		{"0 12 29 2 *", "UTC", "2026-01-01T00:00:00Z", "2028-02-29T12:00:00Z", "2028-02-29T12:00"},
		{"0 9 1 * 1", "UTC", "2026-03-01T09:00:00Z", "2026-03-02T09:00:00Z", "2026-03-02T09:00"}, // either of the days
		{"*/20 8-9 * * 1-5", "UTC", "2026-03-06T09:40:00Z", "2026-03-09T08:00:00Z", "2026-03-09T08:00"},
		{"0 0 30 2 *", "UTC", "2026-01-01T00:00:00Z", "", ""},
	} {
		cron, err := clock.ParseCron(c.cron)
		if err != nil {
			t.Fatal(err)
		}
		zone, err := time.LoadLocation(c.zone)
		if err != nil {
			t.Fatal(err)
		}
		after, err := time.Parse(time.RFC3339, c.after)
		if err != nil {
			t.Fatal(err)
		}
		at, wall := cron.Next(after, zone)
		got := ""
		if !at.IsZero() {
			got = at.Format(time.RFC3339)
		}
		if got != c.want || wall != c.wall {
			t.Errorf("%s in %s after %s: %s (%s), want %s (%s)", c.cron, c.zone, c.after, got, wall, c.want, c.wall)
		}
	}
	for _, bad := range []string{"", "* * * *", "60 * * * *", "* 24 * * *", "* * 0 * *", "* * * 13 *", "* * * * 8", "5-1 * * * *", "*/0 * * * *", "a * * * *", "1,,2 * * * *"} {
		if _, err := clock.ParseCron(bad); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}

// TestCronAgainstMinutes goes through every minute around changes of the clocks, and holds what is due
// against it.
func TestCronAgainstMinutes(t *testing.T) {
	for _, place := range []struct{ zone, from string }{{"America/New_York", "2026-03-07"}, {"America/New_York", "2026-10-31"}, {"Australia/Lord_Howe", "2026-10-03"},
		{"Australia/Lord_Howe", "2026-04-04"}, {"Europe/Berlin", "2026-03-28"}, {"Asia/Shanghai", "2026-03-01"}} {
		zone, err := time.LoadLocation(place.zone)
		if err != nil {
			t.Fatal(err)
		}
		from, err := time.ParseInLocation(time.DateOnly, place.from, zone)
		if err != nil {
			t.Fatal(err)
		}
		// The moment at which each wall-clock minute is due: when it is first shown, or passed over.
		due := map[string]time.Time{}
		shown := from.Add(-time.Minute).In(zone)
		for m := range 3 * 24 * 60 {
			now := from.Add(time.Duration(m) * time.Minute).In(zone)
			wall := func(x time.Time) time.Time {
				return time.Date(x.Year(), x.Month(), x.Day(), x.Hour(), x.Minute(), 0, 0, time.UTC)
			}
			for w := wall(shown).Add(time.Minute); !w.After(wall(now)); w = w.Add(time.Minute) {
				if key := w.Format("2006-01-02T15:04"); due[key].IsZero() {
					due[key] = now
				}
			}
			shown = now
		}
		r := rand.New(rand.NewPCG(7, 7))
		for range 60 {
			wall := from.Add(time.Duration(r.IntN(2*24*60)) * time.Minute).In(zone)
			if r.IntN(2) == 0 { // around the hours when clocks change
				wall = time.Date(from.Year(), from.Month(), from.Day()+1, 1+r.IntN(3), r.IntN(60), 0, 0, time.UTC)
			}
			want, ok := due[wall.Format("2006-01-02T15:04")]
			got := clock.Local(wall.Year(), wall.Month(), wall.Day(), wall.Hour(), wall.Minute(), zone)
			if ok && !got.Equal(want) {
				t.Errorf("%s in %s: %s, want %s", wall.Format("2006-01-02T15:04"), place.zone, got.UTC(), want.UTC())
			}
		}
	}
}
