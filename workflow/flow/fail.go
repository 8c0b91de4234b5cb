package flow

import (
	"fmt"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"time"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/platform/errs"
)

// StepError says which lane's step failed, so that nothing of the command has happened.
type StepError struct {
	Lane, Turn int
	Step       string
	Cause      error
}

func (e *StepError) Error() string { return fmt.Sprintf("step %s: %v", e.Step, e.Cause) }

func (e *StepError) Unwrap() error { return e.Cause }

// temporary says whether an error may be gone when it is tried again.
func temporary(c errs.Code) bool {
	switch c {
	case errs.RecordLocked, errs.VersionConflict, errs.Unavailable, errs.Timeout, errs.Internal:
		return true
	}
	return false
}

// again says whether a step is tried again after a failure, as the step says or else if that may pass by itself.
func (r *run) again(l *Lane, c Command) bool {
	if on := r.at(l).Retry.On; on != nil {
		return on[c.Code] || on[c.Rule]
	}
	return c.Again || temporary(errs.Code(c.Code))
}

// failed deals with a step that failed: it is tried again, not before a pause, passed over, recovered
// from, or the end.
func (r *run) failed(l *Lane, code string, text diag.Text, again bool, pause time.Duration) error {
	s := r.at(l)
	l.Attempt++
	r.note(Entry{Verb: "step.failed", Step: s.Decl.ID, Lane: l.ID, Attempt: l.Attempt, Code: code, Text: text})
	if (again || s.Retry.On[code]) && l.Attempt < s.Retry.Max {
		r.later(l, r.now.Add(max(Pause(s.Retry, l.Attempt, r.chance(l)), pause)))
		return nil
	}
	switch {
	case code == string(CascadeBudget): // nothing goes on past it
		return r.broken(&Incident{Code: code, Text: text, Step: s.Decl.ID, Lane: l.ID})
	case s.Decl.OnError == "continue":
		l.Attempt = 0
		l.top().At++
	case len(r.f.Lists[s.Decl.ID+".recover"]) > 0:
		l.Attempt = 0
		l.Stack = append(l.Stack, Frame{List: s.Decl.ID + ".recover"})
	default:
		if r.st.Status != Compensating {
			if goes := r.passed(l, code, text); goes != nil {
				r.moved = true
				return r.advance(goes)
			}
		}
		return r.broken(&Incident{Code: code, Text: text, Step: s.Decl.ID, Lane: l.ID})
	}
	r.moved = true
	return r.advance(l)
}

// broken ends a run that cannot go on, as its settings say.
func (r *run) broken(in *Incident) error {
	switch {
	case r.st.Status == Compensating:
		in.Code = "COMPENSATION_FAILED"
		r.end(Failed, "compensation_failed", in)
	case r.f.Set.OnFailure == "compensate":
		r.st.Reason, r.st.Text = in.Code, in.Text
		r.compensate()
	case r.f.Set.OnFailure == "ignore":
		r.end(Failed, in.Code, nil)
		r.st.Text = in.Text
	default:
		r.end(Failed, in.Code, in)
		r.st.Text = in.Text
	}
	return nil
}

// compensate undoes what succeeded, the last first.
func (r *run) compensate() {
	for _, l := range r.st.Lanes {
		r.forgo(l)
		l.Status = Cancelled
	}
	r.st.Status, r.st.Incident, r.st.Blocks, r.st.Undone = Compensating, nil, false, true
	l := &Lane{ID: len(r.st.Lanes) + 1, Status: Running}
	for _, u := range r.st.Undo {
		l.Stack = append(l.Stack, Frame{List: u.Step + ".compensate", Bind: u.Bind, Alone: true})
	}
	r.st.Undo = nil
	r.st.Lanes = append(r.st.Lanes, l)
	r.later(l, r.now)
}

// spread is by what part pauses differ, so that what failed together is not tried again together.
const spread = 0.2

// Pause is how long to wait before the next attempt, spread by up to 20 % downwards; jitter is in [0, 1).
func Pause(p catalog.Retry, attempt int, jitter float64) time.Duration {
	d := min(float64(p.Initial)*math.Pow(float64(p.Factor), float64(attempt-1)), float64(p.Cap))
	return time.Duration(d - jitter*spread*d)
}

// chance is a number in [0, 1) that differs from run to run, lane to lane and attempt to attempt, and is the
// same whenever the same command is applied.
func (r *run) chance(l *Lane) float64 {
	h := fnv.New64a()
	fmt.Fprintf(h, "%s/%d/%d/%d", r.st.ID, l.ID, l.Turn, l.Attempt)
	return rand.New(rand.NewPCG(h.Sum64(), 0)).Float64()
}
