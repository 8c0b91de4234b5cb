package calendar

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

// cnStd is the calendar of the worked examples.
func cnStd() Spec {
	hours := []string{"09:00-12:00", "13:30-18:00"}
	return Spec{Key: "cn-std", Zone: "Asia/Shanghai",
		Week:       map[string][]string{"mon": hours, "tue": hours, "wed": hours, "thu": hours, "fri": hours},
		Exceptions: []Exception{{Date: "2026-05-01", To: "2026-05-05", Kind: "holiday"}, {Date: "2026-05-09", Kind: "workday"}}}
}

func made(t *testing.T, s Spec) *Calendar {
	t.Helper()
	c, found := New(s)
	if err := found.Err(); err != nil {
		t.Fatal(err)
	}
	return c
}

func at(t *testing.T, c *Calendar, s string) time.Time {
	t.Helper()
	x, err := time.ParseInLocation("2006-01-02 15:04:05", s+strings.Repeat(":00", 2-strings.Count(s, ":")), c.zone)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

func night() Spec {
	return Spec{Key: "night", Zone: "Europe/Berlin", Week: map[string][]string{"mon": {"22:00-06:00"}, "fri": {"00:00-24:00"}, "sat": {"22:00-06:00"}, "sun": {"01:00-05:00"}}}
}

func TestAdd(t *testing.T) {
	for _, c := range []struct {
		name  string
		cal   Spec
		start string
		d     time.Duration
		due   string
	}{
		{"over the holiday, to the end of a shift", cnStd(), "2026-04-30 17:00", 240 * time.Minute, "2026-05-06 12:00"},
		{"one minute more lies after lunch", cnStd(), "2026-04-30 17:00", 241 * time.Minute, "2026-05-06 13:31"},
		{"the make-up Saturday counts", cnStd(), "2026-05-08 17:30", time.Hour, "2026-05-09 09:30"},
		{"started before hours", cnStd(), "2026-05-06 03:00", time.Minute, "2026-05-06 09:01"},
		{"started at lunch", cnStd(), "2026-05-06 12:30", time.Hour, "2026-05-06 14:30"},
		{"started when hours end", cnStd(), "2026-05-06 18:00", time.Hour, "2026-05-07 10:00"},
		{"ends with the day", cnStd(), "2026-05-06 17:00", time.Hour, "2026-05-06 18:00"},
		{"nothing to wait for", cnStd(), "2026-05-02 03:00", 0, "2026-05-02 03:00"},
		{"seconds", cnStd(), "2026-05-06 11:59:30", time.Minute, "2026-05-06 13:30:30"},
		{"two weeks", cnStd(), "2026-05-11 09:00", 75 * time.Hour, "2026-05-22 18:00"},
		{"night shift goes on after midnight", night(), "2026-06-01 23:00", 6 * time.Hour, "2026-06-02 05:00"},
		{"night shift began yesterday", night(), "2026-06-02 02:00", 5 * time.Hour, "2026-06-05 01:00"},
		{"a shift inside last night's counts once", night(), "2026-06-06 22:00", 8 * time.Hour, "2026-06-07 06:00"},
		{"spring forward: 02:00 to 03:00 does not exist", night(), "2026-03-28 22:00", 7 * time.Hour, "2026-03-29 06:00"},
		{"autumn: 02:00 to 03:00 happens twice", night(), "2026-10-24 22:00", 9 * time.Hour, "2026-10-25 06:00"},
	} {
		cal := made(t, c.cal)
		start := at(t, cal, c.start)
		got := cal.Add(start, c.d)
		if want := at(t, cal, c.due); !got.Equal(want) {
			t.Errorf("%s: got %s, want %s", c.name, got.In(cal.zone).Format("2006-01-02 15:04:05"), c.due)
		}
		if back := cal.Between(start, got); back != c.d {
			t.Errorf("%s: between start and due lie %s, want %s", c.name, back, c.d)
		}
	}
}

func TestBetween(t *testing.T) {
	cal := made(t, cnStd())
	for _, c := range []struct {
		a, b string
		want time.Duration
	}{
		{"2026-04-30 17:00", "2026-05-06 12:00", 4 * time.Hour},
		{"2026-04-30 18:00", "2026-05-06 09:00", 0},
		{"2026-05-06 12:00", "2026-05-06 13:30", 0},
		{"2026-05-06 11:00", "2026-05-06 14:00", 90 * time.Minute},
		{"2026-05-06 00:00", "2026-05-07 00:00", 450 * time.Minute},
		{"2026-05-09 00:00", "2026-05-10 00:00", 450 * time.Minute},
		{"2026-05-10 00:00", "2026-05-11 00:00", 0},
		{"2026-05-06 14:00", "2026-05-06 11:00", -90 * time.Minute},
	} {
		if got := cal.Between(at(t, cal, c.a), at(t, cal, c.b)); got != c.want {
			t.Errorf("%s to %s: got %s, want %s", c.a, c.b, got, c.want)
		}
	}
	if m := cal.Minutes(at(t, cal, "2026-05-06 09:00"), at(t, cal, "2026-05-06 09:02:59")); m != 2 {
		t.Errorf("whole minutes: got %d, want 2", m)
	}
}

func TestDays(t *testing.T) {
	cal := made(t, cnStd())
	for _, c := range []struct {
		start string
		n     int
		want  string
	}{
		{"2026-04-30 15:00", 1, "2026-05-06 15:00"},
		{"2026-05-01 15:00", 1, "2026-05-07 09:00"}, // from the opening of the next working day, the 6th
		{"2026-05-08 20:00", 1, "2026-05-09 20:00"},
		{"2026-05-08 10:15", 2, "2026-05-11 10:15"},
		{"2026-05-02 10:00", 0, "2026-05-06 09:00"},
	} {
		if got, want := cal.AddDays(at(t, cal, c.start), c.n), at(t, cal, c.want); !got.Equal(want) {
			t.Errorf("%s + %d days: got %s, want %s", c.start, c.n, got.In(cal.zone), c.want)
		}
	}
	if n := cal.Workdays(at(t, cal, "2026-04-30 10:00"), at(t, cal, "2026-05-09 23:00")); n != 4 {
		t.Errorf("workdays: got %d, want 4 (6th to 9th)", n)
	}
	if n := cal.Workdays(at(t, cal, "2026-05-09 23:00"), at(t, cal, "2026-04-30 10:00")); n != -4 {
		t.Errorf("workdays back: got %d, want -4", n)
	}
	for s, want := range map[string]bool{"2026-05-09 09:00": true, "2026-05-09 12:00": false, "2026-05-04 10:00": false, "2026-05-06 17:59": true} {
		if got := cal.Open(at(t, cal, s)); got != want {
			t.Errorf("open at %s: got %v, want %v", s, got, want)
		}
	}
	if !cal.IsWorkday(at(t, cal, "2026-05-09 23:59")) || cal.IsWorkday(at(t, cal, "2026-05-03 10:00")) {
		t.Error("the make-up Saturday is a workday, the holiday Sunday is none")
	}
}

// TestAgainstMinutes compares with a count of single minutes, in zones that change their clocks.
func TestAgainstMinutes(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, s := range []Spec{cnStd(), night()} {
		c := made(t, s)
		base := at(t, c, "2026-03-26 00:00")
		if s.Key == "cn-std" {
			base = at(t, c, "2026-04-28 00:00")
		}
		for range 60 {
			a := base.Add(time.Duration(r.IntN(5*1440)) * time.Minute)
			b := a.Add(time.Duration(r.IntN(4*1440)) * time.Minute)
			var want time.Duration
			for x := a; x.Before(b); x = x.Add(time.Minute) {
				if c.Open(x) {
					want += time.Minute
				}
			}
			if got := c.Between(a, b); got != want {
				t.Fatalf("%s: %s to %s: got %s, want %s", s.Key, a, b, got, want)
			}
			d := time.Duration(1+r.IntN(3000)) * time.Minute
			due := c.Add(a, d)
			if got := c.Between(a, due); got != d {
				t.Fatalf("%s: add %s to %s: due %s has %s", s.Key, d, a, due, got)
			}
			if c.Between(a, due.Add(-time.Second)) == d {
				t.Fatalf("%s: add %s to %s: %s is not the earliest", s.Key, d, a, due)
			}
		}
	}
}

func TestFindings(t *testing.T) {
	hours := map[string][]string{"mon": {"09:00-17:00"}}
	for _, c := range []struct {
		s    Spec
		code string
	}{
		{Spec{Zone: "Mars/Base", Week: hours}, "bad-zone"},
		{Spec{Week: hours}, "bad-zone"},
		{Spec{Zone: "UTC"}, "never-open"},
		{Spec{Zone: "UTC", Week: map[string][]string{"montag": {"09:00-10:00"}}}, "bad-weekday"},
		{Spec{Zone: "UTC", Week: map[string][]string{"mon": {"9-10"}}}, "bad-hours"},
		{Spec{Zone: "UTC", Week: map[string][]string{"mon": {"24:00-10:00"}}}, "bad-hours"},
		{Spec{Zone: "UTC", Week: map[string][]string{"mon": {"09:00-12:00", "11:00-13:00"}}}, "hours-overlap"},
		{Spec{Zone: "UTC", Week: hours, Exceptions: []Exception{{Date: "2026-02-30", Kind: "holiday"}}}, "bad-date"},
		{Spec{Zone: "UTC", Week: hours, Exceptions: []Exception{{Date: "2026-02-03", To: "2026-02-01", Kind: "holiday"}}}, "bad-date"},
		{Spec{Zone: "UTC", Week: hours, Exceptions: []Exception{{Date: "2026-02-01", Kind: "party"}}}, "bad-kind"},
		{Spec{Zone: "UTC", Week: hours, Exceptions: []Exception{{Date: "2026-02-01", Kind: "holiday", Hours: []string{"09:00-10:00"}}}}, "holiday-hours"},
		{Spec{Zone: "UTC", Week: map[string][]string{"tue": {"09:00-17:00"}}, Exceptions: []Exception{{Date: "2026-02-01", Kind: "workday"}}}, "no-hours"},
		{Spec{Zone: "UTC", Week: hours, Exceptions: []Exception{{Date: "2026-02-01", Kind: "holiday"}, {Date: "2026-02-01", Kind: "workday"}}}, "date-twice"},
	} {
		cal, found := New(c.s)
		if cal != nil || len(found) == 0 || found[0].Code != c.code {
			t.Errorf("%+v: got %v, want %s", c.s, found, c.code)
		}
	}
}

func TestParseDuration(t *testing.T) {
	for s, want := range map[string]time.Duration{"PT8H": 8 * time.Hour, "P3D": 72 * time.Hour, "P1DT30M": 24*time.Hour + 30*time.Minute, "PT90S": 90 * time.Second, "P2W": 336 * time.Hour} {
		if got, err := ParseDuration(s); err != nil || got != want {
			t.Errorf("%s: got %s, %v", s, got, err)
		}
	}
	for _, s := range []string{"", "P", "PT", "P1M", "8H", "P1DT", "-P1D", "PT1.5H"} {
		if d, err := ParseDuration(s); err == nil {
			t.Errorf("%q: got %s, want an error", s, d)
		}
	}
}
