package tenant

import (
	"testing"
	"time"

	"github.com/tenon-platform/tenon/platform/errs"
)

func TestRequests(t *testing.T) {
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	var b Bucket
	if err := b.Requests(now, Limits{}); err != nil {
		t.Fatal("without a limit:", err)
	}
	l := Limits{Rate: 2, Burst: 3}
	for i, want := range []bool{true, true, true, false, false} {
		if err := b.Requests(now, l); (err == nil) != want {
			t.Errorf("request %d: %v", i, err)
		}
	}
	e := errs.From(b.Requests(now, l))
	if e.Code != errs.LimitExceeded || e.Details["retryAfter"] != 1 || e.Message.Zh == "" {
		t.Errorf("%+v", e)
	}
	now = now.Add(500 * time.Millisecond)
	if err := b.Requests(now, l); err != nil {
		t.Error("half a second later:", err)
	}
	if err := b.Requests(now, l); err == nil {
		t.Error("two requests in half a second")
	}
	now = now.Add(time.Hour)
	n := 0
	for ; b.Requests(now, l) == nil; n++ {
	}
	if n != 3 {
		t.Errorf("after an hour %d requests at once", n)
	}
	if err := b.Requests(now.Add(-time.Hour), l); err == nil {
		t.Error("a clock that goes back fills the bucket")
	}
}

func TestCharge(t *testing.T) {
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	var b Bucket
	b.Charge(now, 90, 1, 60)
	if got := b.Used(now, 1, 60); got != 90 {
		t.Errorf("used %v", got)
	}
	if wait := b.Take(now.Add(20*time.Second), 1, 1, 60); wait != 11 {
		t.Errorf("wait %d", wait)
	}
	if wait := b.Take(now.Add(31*time.Second), 1, 1, 60); wait != 0 {
		t.Errorf("wait %d", wait)
	}
}

// TestReserve: those who come one after the other have tokens one after the other, and whoever takes one gets none
// that somebody waits for.
func TestReserve(t *testing.T) {
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	var b Bucket
	for i, want := range []time.Duration{0, 0, 500 * time.Millisecond, time.Second, 1500 * time.Millisecond} {
		if got := b.Reserve(now, 2, 2); got != want {
			t.Errorf("%d waits %s, want %s", i, got, want)
		}
	}
	if wait := b.Take(now.Add(time.Second), 1, 2, 2); wait != 1 {
		t.Errorf("who takes one waits %d s", wait)
	}
	if wait := b.Take(now.Add(2*time.Second), 1, 2, 2); wait != 0 {
		t.Errorf("who takes one when all have theirs waits %d s", wait)
	}
}
