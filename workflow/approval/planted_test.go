package approval

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/tenon-platform/tenon/platform/errs"
)

// planted are bugs that engines of this kind have had, put into the reducer.
var planted = map[string]func(was, next *State, audit []Entry) []Entry{
	"the last signer ends nothing": func(_, next *State, audit []Entry) []Entry {
		if next.Status == Approved {
			next.Status = Running
		}
		return audit
	},
	"timers outlive the instance": func(was, next *State, audit []Entry) []Entry {
		if was != nil && next.Status.Over() {
			next.Timers = was.Timers
		}
		return audit
	},
	"the lock outlives the instance": func(was, next *State, audit []Entry) []Entry {
		if was != nil && next.Status.Over() {
			next.Locked = was.Locked
		}
		return audit
	},
	"a decision is not told": func(_, _ *State, audit []Entry) []Entry {
		return slices.DeleteFunc(slices.Clone(audit), func(e Entry) bool { return e.Verb == "task.decided" })
	},
	"an abstention counts as a rejection": func(_, next *State, audit []Entry) []Entry {
		for _, t := range next.Tasks {
			if t.Status == Abstained {
				t.Status = Rejected
			}
		}
		return audit
	},
	"others' tasks stay open": func(was, next *State, audit []Entry) []Entry {
		for _, t := range next.Tasks {
			if was != nil && t.Status == Closed && was.Task(t.ID) != nil && was.Task(t.ID).Status == Pending {
				t.Status = Pending
			}
		}
		return audit
	},
	"a decision is made twice": func(_, next *State, audit []Entry) []Entry {
		for _, e := range audit {
			if e.Verb == "task.decided" && next.Task(e.Task).Status == Approved {
				e.Seq, e.Prev = next.Seq+1, next.Hash
				e.Hash = e.digest()
				next.Seq, next.Hash = e.Seq, e.Hash
				return append(audit, e)
			}
		}
		return audit
	},
	"a branch leaves its visit behind": func(was, next *State, audit []Entry) []Entry {
		for _, v := range next.Visits {
			if was != nil && v.Status == Cancelled && was.Visit(v.ID) != nil && was.Visit(v.ID).Status == Active {
				v.Status = Active
			}
		}
		return audit
	},
}

// found is the panic of a catcher.
type found string

// catcher is a test in which a failure is what is wanted.
type catcher struct{ testing.TB }

func (catcher) Helper() {}

func (catcher) Fatal(args ...any) { panic(found(fmt.Sprint(args...))) }

func (catcher) Fatalf(format string, args ...any) { panic(found(fmt.Sprintf(format, args...))) }

func (catcher) Skip(args ...any) { panic(found("")) }

// TestPlantedBugs: the rules that random lives are held to find each of these bugs.
func TestPlantedBugs(t *testing.T) {
	for name, spoil := range planted {
		t.Run(name, func(t *testing.T) {
			spoilt := func(st *State, c Command, now time.Time, org Org) (*State, []Entry, []Effect, *errs.Error) {
				next, audit, effects, err := Apply(st, c, now, org)
				if err == nil && next != st {
					audit = spoil(st, next, audit)
				}
				return next, audit, effects, err
			}
			for seed := range uint64(400) {
				if what := wrong(t, luck(seed), spoilt); what != "" {
					t.Logf("seed %d: %.200s", seed, what)
					return
				}
			}
			t.Error("it was not found")
		})
	}
}

// wrong plays a life and tells what was found to be wrong; "" for nothing.
func wrong(t testing.TB, b []byte, apply reducer) (what string) {
	defer func() {
		switch p := recover().(type) {
		case nil:
		case found:
			what = string(p)
		default: // the reducer itself stumbles over what it was given
			what = fmt.Sprint("panic: ", p)
		}
	}()
	play(catcher{t}, b, apply)
	return ""
}
