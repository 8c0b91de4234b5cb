package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/workflow/approval"
)

// step gives one random command both ways, and tells where they disagree; "" when they agree.
func (m *twin) step() string {
	m.t.Helper()
	if m.r.IntN(8) == 0 {
		return m.later()
	}
	c, who, field, args := m.command()
	want, refused := m.reduce(c)
	var more []string
	for k, v := range args {
		more = append(more, k+": "+v)
	}
	query := fmt.Sprintf(`mutation { %s(%s) { status } }`, field, strings.Join(more, ", "))
	m.log = append(m.log, who+" "+query)
	a := m.do(who, "%s", query)
	switch code := a.code(); {
	case code == "FINAL_ACTION_FAILED":
		m.synced++
		m.st = m.stored()
		return ""
	case refused != nil && code == "":
		return fmt.Sprintf("the API took what the reducer refuses: %s", refused.Code)
	case refused != nil && code != string(refused.Code) && (code != "NOT_FOUND" || m.involved(who)): // who has no part in an instance is not told why
		return fmt.Sprintf("the API refuses with %s, the reducer with %s", code, refused.Code)
	case refused == nil && code == "NOT_FOUND" && !m.involved(who): // a stranger
		return m.same(m.st)
	case refused == nil && code != "":
		return fmt.Sprintf("the API refuses what the reducer takes: %s", a.raw)
	case refused != nil:
		return m.same(m.st)
	}
	m.taken[field]++
	return m.same(want)
}

// later lets time pass, and timers go off, both ways.
func (m *twin) later() string {
	m.t.Helper()
	m.clock.Set(m.clock.Now().Add(time.Duration(1+m.r.IntN(20)) * time.Hour))
	m.log = append(m.log, "at "+m.clock.Now().Format(time.RFC3339))
	want := m.st
	for range 50 {
		var due *approval.Timer
		for i, t := range want.Timers {
			if !t.At.After(m.clock.Now()) && (due == nil || t.At.Before(due.At)) {
				due = &want.Timers[i]
			}
		}
		if due == nil {
			break
		}
		m.st = want
		next, refused := m.reduce(approval.Command{Kind: "timer", Actor: approval.System, Timer: due.Key})
		if refused != nil || next == want {
			break
		}
		want = next
	}
	m.drain()
	return m.same(want)
}

// disagreement lives one random approval both ways; "" when they agree to the end.
func (m *twin) disagreement(seed uint64) string {
	m.t.Helper()
	m.r = rand.New(rand.NewPCG(seed, 11))
	m.begin(pickOne(m.r, "vote", "vote", "discount", "pool", "order", "sides", "fresh"))
	for range 24 {
		if what := m.step(); what != "" {
			return fmt.Sprintf("%s\nafter\n%s", what, strings.Join(m.log, "\n"))
		}
		if m.st.Status.Over() {
			break
		}
	}
	m.gone[string(m.st.Status)]++
	if !m.st.Status.Over() { // its timers are no concern of those who come after
		m.must("pam", `mutation { terminate(instance: %q, reason: "enough") { status } }`, m.id)
	}
	return ""
}

// TestModel: whatever people do in whatever order, the API does what the reducer decides, and stores
// exactly that. TENON_SEEDS says how many lives there are, and TENON_SEED with which they begin.
func TestModel(t *testing.T) {
	seeds, first := 60, 0
	if n, err := strconv.Atoi(os.Getenv("TENON_SEEDS")); err == nil {
		seeds = n
	}
	if n, err := strconv.Atoi(os.Getenv("TENON_SEED")); err == nil {
		first = n
	}
	m := newTwin(t, approval.Apply)
	for seed := first; seed < first+seeds; seed++ {
		if what := m.disagreement(uint64(seed)); what != "" {
			t.Fatalf("seed %d: %s", seed, what)
		}
	}
	m.consistent()
	sum := 0
	for _, n := range m.taken {
		sum += n
	}
	if sum < seeds*2 || len(m.taken) < 15 {
		t.Errorf("the lives are too dull: in %d of them were taken %v", seeds, m.taken)
	}
	t.Logf("%d commands were taken in %d lives, which came to be %v: %v; %d times what follows from a decision was refused", sum, seeds, m.gone, m.taken, m.synced)
}

// TestModelFindsBugs: each of these mistakes of a reducer is found by some life.
func TestModelFindsBugs(t *testing.T) {
	bugs := map[string]func(st *approval.State, c *approval.Command, now *time.Time){
		"an abstention is an approval":      func(_ *approval.State, c *approval.Command, _ *time.Time) { swap(c, "abstain", "approve") },
		"a rejection is an abstention":      func(_ *approval.State, c *approval.Command, _ *time.Time) { swap(c, "reject", "abstain") },
		"a time-out does nothing":           func(_ *approval.State, c *approval.Command, _ *time.Time) { swap(c, "timer", "view") },
		"a delegate decides":                func(_ *approval.State, c *approval.Command, _ *time.Time) { swap(c, "delegate", "transfer") },
		"a return forgets to come straight": func(_ *approval.State, c *approval.Command, _ *time.Time) { c.Resume = "" },
		"the clock is a minute fast":        func(_ *approval.State, _ *approval.Command, now *time.Time) { *now = now.Add(time.Minute) },
	}
	for name, bug := range bugs {
		t.Run(name, func(t *testing.T) {
			m := newTwin(t, func(st *approval.State, c approval.Command, now time.Time, org approval.Org) (*approval.State, []approval.Entry, []approval.Effect, *errs.Error) {
				bug(st, &c, &now)
				return approval.Apply(st, c, now, org)
			})
			for seed := range uint64(1000) {
				if what := m.disagreement(seed); what != "" {
					t.Logf("seed %d: %.300s", seed, what)
					return
				}
			}
			t.Error("it was not found")
		})
	}
}
