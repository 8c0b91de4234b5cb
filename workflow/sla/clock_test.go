package sla_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/tenon-platform/tenon/workflow/calendar"
	"github.com/tenon-platform/tenon/workflow/sla"
)

var zone = time.FixedZone("Asia/Shanghai", 8*3600)

func hours(t testing.TB) *calendar.Calendar {
	day := []string{"09:00-12:00", "13:30-18:00"}
	c, found := calendar.New(calendar.Spec{Key: "cn", Zone: "Asia/Shanghai", Week: map[string][]string{"mon": day, "tue": day, "wed": day, "thu": day, "fri": day},
		Exceptions: []calendar.Exception{{Date: "2026-05-01", To: "2026-05-05", Kind: "holiday"}, {Date: "2026-05-09", Kind: "workday"}}})
	if c == nil {
		t.Fatal(found.Err())
	}
	return c
}

func at(t testing.TB, s string) time.Time {
	t.Helper()
	x, err := time.ParseInLocation("2006-01-02 15:04:05", s, zone)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// TestDue: targets around a holiday and a make-up workday.
func TestDue(t *testing.T) {
	for _, c := range []struct {
		start   string
		minutes int
		due     string
	}{
		{"2026-04-30 17:00:00", 240, "2026-05-06 12:00:00"},
		{"2026-04-30 17:00:00", 241, "2026-05-06 13:31:00"},
		{"2026-05-08 17:30:00", 60, "2026-05-09 09:30:00"},
		{"2026-05-03 03:00:00", 30, "2026-05-06 09:30:00"},
		{"2026-04-30 17:00:00", 60, "2026-04-30 18:00:00"},
	} {
		if got := sla.Start(hours(t), at(t, c.start), time.Duration(c.minutes)*time.Minute, 75).Due; !got.Equal(at(t, c.due)) {
			t.Errorf("%d minutes from %s are due %s, want %s", c.minutes, c.start, got.In(zone), c.due)
		}
	}
}

// TestStop: met up to the due time itself; later it is breached, even when no hours lie between.
func TestStop(t *testing.T) {
	h := hours(t)
	for _, c := range []struct {
		stop string
		want sla.Status
	}{{"2026-04-30 18:00:00", sla.Met}, {"2026-04-30 18:00:01", sla.Breached}, {"2026-04-30 17:59:59", sla.Met}} {
		k := sla.Start(h, at(t, "2026-04-30 17:00:00"), time.Hour, 75)
		if k.Stop(h, at(t, c.stop)); k.Status != c.want {
			t.Errorf("stopped at %s: %s, want %s", c.stop, k.Status, c.want)
		}
	}
	k := sla.Start(h, at(t, "2026-04-30 17:00:00"), time.Hour, 75)
	for _, c := range []struct{ at, state string }{{"2026-04-30 17:44:59", "on_track"}, {"2026-04-30 17:45:00", "at_risk"}, {"2026-04-30 18:00:00", "at_risk"}, {"2026-04-30 18:00:01", "breached"}} {
		if got := k.State(at(t, c.at)); got != c.state {
			t.Errorf("at %s: %s, want %s", c.at, got, c.state)
		}
	}
	if k.Check(at(t, "2026-04-30 18:00:00")) || !k.Check(at(t, "2026-05-01 00:00:00")) || !k.Breached.Equal(k.Due) {
		t.Errorf("the breach is %+v", k)
	}
	k.Stop(h, at(t, "2026-05-06 09:00:00"))
	if k.Status != sla.Breached || k.Stopped.IsZero() {
		t.Errorf("stopped after the breach: %+v", k)
	}
}

// TestPause: what is left at a pause is left again; a warning that was over is not repeated.
func TestPause(t *testing.T) {
	h := hours(t)
	k := sla.Start(h, at(t, "2026-04-30 17:00:00"), 240*time.Minute, 75)
	k.Pause(at(t, "2026-04-30 17:30:00"))
	if used := k.Used(h, at(t, "2026-05-20 00:00:00")); used != 30*time.Minute || k.State(at(t, "2026-06-01 00:00:00")) != "paused" {
		t.Errorf("paused after %s", used)
	}
	k.Resume(h, at(t, "2026-05-08 17:00:00")) // 210 minutes left: 60 on Friday, 150 on Saturday
	if !k.Due.Equal(at(t, "2026-05-09 11:30:00")) || !k.Warn.Equal(at(t, "2026-05-09 10:30:00")) {
		t.Errorf("due %s, warning %s", k.Due.In(zone), k.Warn.In(zone))
	}
	k.Pause(at(t, "2026-05-09 11:00:00"))
	warned := k.Warn
	k.Resume(h, at(t, "2026-05-11 09:00:00"))
	if !k.Due.Equal(at(t, "2026-05-11 09:30:00")) || !k.Warn.Equal(warned) {
		t.Errorf("due %s, warning %s", k.Due.In(zone), k.Warn.In(zone))
	}
}

// TestAnyPauses: however often a clock is paused and resumed, what it counts is the business time
// that it ran, and the due time is where that reaches the target.
func TestAnyPauses(t *testing.T) {
	h, r := hours(t), rand.New(rand.NewPCG(1, 2))
	for range 200 {
		now := at(t, "2026-04-27 00:00:00").Add(time.Duration(r.IntN(14*24*60)) * time.Minute)
		target := time.Duration(60+r.IntN(3000)) * time.Minute
		k := sla.Start(h, now, target, 75)
		ran := time.Duration(0)
		for range r.IntN(6) {
			next := now.Add(time.Duration(r.IntN(600)) * time.Minute)
			if ran += h.Between(now, next); ran >= target {
				break
			}
			k.Pause(next)
			if k.Used(h, next) != ran {
				t.Fatalf("used %s, ran %s", k.Used(h, next), ran)
			}
			now = next.Add(time.Duration(r.IntN(3000)) * time.Minute)
			k.Resume(h, now)
		}
		if want := h.Add(now, target-ran); ran < target && !k.Due.Equal(want) {
			t.Fatalf("due %s, want %s", k.Due, want)
		}
	}
}
