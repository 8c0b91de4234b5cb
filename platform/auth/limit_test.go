package auth

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/tenon-platform/tenon/platform/audit"
	"github.com/tenon-platform/tenon/platform/clock"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/ident"
)

func TestFailures(t *testing.T) {
	clk := clock.NewFixed(time.Date(2026, 3, 2, 1, 0, 0, 0, time.UTC))
	f := newFailures(clk)
	wait := func(address, login string) any {
		err := f.allowed(address, login)
		if err == nil {
			return 0
		}
		return errs.From(err).Details["retryAfter"]
	}
	for lock, want := range []int{60, 120, 240, 480, 900, 900} {
		for range loginFailures - 1 {
			if f.add("", "Ann") {
				t.Fatal("locked too early")
			}
		}
		if !f.add("", " ann ") {
			t.Fatal("not locked")
		}
		if got := wait("", "ANN"); got != want {
			t.Errorf("lock %d: %v seconds, want %d", lock, got, want)
		}
		clk.Advance(time.Duration(want)*time.Second - time.Millisecond)
		if got := wait("", "ann"); got != 1 {
			t.Errorf("a millisecond before the end: %v", got)
		}
		clk.Advance(time.Millisecond)
		if got := wait("", "ann"); got != 0 {
			t.Errorf("at the end: %v", got)
		}
	}
	clk.Advance(forgetAfter + time.Second)
	for range loginFailures {
		f.add("", "ann")
	}
	if got := wait("", "ann"); got != 60 {
		t.Errorf("after they were forgotten: %v", got)
	}
	for i := range addressFailures {
		f.add("192.0.2.1", fmt.Sprint("login", i))
	}
	if wait("192.0.2.1", "bob") != 60 || wait("192.0.2.2", "bob") != 0 {
		t.Error("addresses are not told apart")
	}
	for i := range addressFailures {
		f.add(fmt.Sprintf("2001:db8:0:1::%x", i), "")
	}
	if wait("2001:db8:0:1::ffff", "") != 60 || wait("2001:db8:0:2::1", "") != 0 {
		t.Error("addresses of one IPv6 network are told apart, or networks are not")
	}
	for range 200 {
		f.add("local", "")
	}
	if wait("local", "") != 0 {
		t.Error("the control socket is locked out")
	}
}

// TestFailuresAreBounded: a flood of names costs bounded memory, and lets nobody who is locked out
// in as long as there are others to forget.
func TestFailuresAreBounded(t *testing.T) {
	clk := clock.NewFixed(time.Date(2026, 3, 2, 1, 0, 0, 0, time.UTC))
	f := newFailures(clk)
	for range loginFailures {
		f.add("", "ann")
	}
	for i := range 3 * maxTracked {
		f.add(fmt.Sprint("address", i), fmt.Sprint("login", i))
		if len(f.by) > maxTracked {
			t.Fatalf("%d are tracked", len(f.by))
		}
	}
	if f.allowed("", "ann") == nil {
		t.Error("a flood unlocks a login")
	}
	if missed, ok := f.note("192.0.2.9"); !ok || missed != 0 {
		t.Error("the first refused token is not taken down")
	}
	for range 5 {
		if _, ok := f.note("192.0.2.9"); ok {
			t.Error("every refused token is taken down")
		}
	}
	clk.Advance(noteEvery)
	if missed, ok := f.note("192.0.2.9"); !ok || missed != 5 {
		t.Error("those that were not taken down are not counted")
	}
}

// TestNotesAreBounded: whoever has a whole network fills no disk with tokens and invitations that are refused, and those that
// were not taken down are counted.
func TestNotesAreBounded(t *testing.T) {
	clk := clock.NewFixed(time.Date(2026, 3, 2, 1, 0, 0, 0, time.UTC))
	f := newFailures(clk)
	for minute := range 3 {
		noted, missed, refused := 0, 0, 0
		count := func(more int, ok bool) {
			if refused++; ok {
				noted++
				missed += more
			}
		}
		for i := range 1000 {
			count(f.note(fmt.Sprintf("2001:db8:%x:%x::1", minute, i)))
			if i%10 == 9 {
				count(f.noteInvitation())
			}
		}
		if want := min(minute, 1) * (refused - notesOfAll); noted != notesOfAll || missed != want {
			t.Errorf("minute %d: %d are taken down, which tell of %d more", minute, noted, missed)
		}
		clk.Advance(noteEvery)
	}
}

// TestFailedSignInsAreBounded: whoever has a whole network and many names fills no disk with sign-ins that fail. The
// first are taken down one by one, the others counted at the next sign-in, whether it fails or not; a login that is
// locked meanwhile is taken down nevertheless.
func TestFailedSignInsAreBounded(t *testing.T) {
	s, clk := opened(t)
	from := func(network int) context.Context {
		return ident.With(context.Background(), ident.Caller{Address: fmt.Sprintf("2001:db8:0:%x::1", network)})
	}
	fail := func(network int, login string) {
		t.Helper()
		if _, err := s.SignIn(from(network), Attempt{Login: login, Password: "wrong"}); errs.CodeOf(err) != errs.Unauthenticated {
			t.Fatal(err)
		}
	}
	const flood = 300
	for i := range flood {
		fail(i, fmt.Sprint("nobody", i))
	}
	for i := range loginFailures {
		fail(flood+i, "admin")
	}
	if _, err := s.SignIn(from(flood), Attempt{Login: "admin", Password: good}); errs.CodeOf(err) != errs.LimitExceeded {
		t.Errorf("a flood keeps a login from being locked: %v", err)
	}
	clk.Advance(firstLock)
	if _, err := s.SignIn(from(flood), Attempt{Login: "admin", Password: good}); err != nil {
		t.Fatal(err)
	}
	told := map[audit.Kind]int{}
	log, err := s.Audit.List(context.Background(), audit.Filter{First: 1000})
	if err != nil {
		t.Fatal(err)
	}
	entries := 0
	for _, e := range log {
		if e.Kind != audit.LoginFailed && e.Kind != audit.LoginLocked {
			continue
		}
		entries++
		more, _ := e.Details["more"].(float64)
		if told[e.Kind] += int(more); e.Details["why"] != nil {
			told[e.Kind]++
		}
	}
	if told[audit.LoginLocked] != 1 || told[audit.LoginFailed] != flood+loginFailures-1 || entries > notesOfAll+2 {
		t.Errorf("%d entries tell of %d failures and %d locks", entries, told[audit.LoginFailed], told[audit.LoginLocked])
	}
}
