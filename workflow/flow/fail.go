package flow

import (
	"fmt"
	"math"
	"time"

	"github.com/tenon-platform/tenon/metadata/catalog"
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

// failed deals with a step that failed: it is tried again, not before a pause, passed over, recovered
// from, or the end.
func (r *run) failed(l *Lane, code, message string, again bool, pause time.Duration) error {
	s := r.at(l)
	l.Attempt++
	r.note(Entry{Verb: "step.failed", Step: s.Decl.ID, Lane: l.ID, Attempt: l.Attempt, Code: code, Message: message})
	if again && l.Attempt < s.Retry.Max {
		r.later(l, r.now.Add(max(Pause(s.Retry, l.Attempt), pause)))
		return nil
	}
	switch {
	case s.Decl.OnError == "continue":
		l.Attempt = 0
		l.top().At++
	case len(r.f.Lists[s.Decl.ID+".recover"]) > 0:
		l.Attempt = 0
		l.Stack = append(l.Stack, Frame{List: s.Decl.ID + ".recover"})
	default:
		if r.st.Status != Compensating {
			if goes := r.passed(l, code, message); goes != nil {
				r.moved = true
				return r.advance(goes)
			}
		}
		return r.broken(&Incident{Code: code, Message: message, Step: s.Decl.ID, Lane: l.ID})
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
		r.st.Reason = in.Message
		r.compensate()
	case r.f.Set.OnFailure == "ignore":
		r.end(Failed, in.Message, nil)
	default:
		r.end(Failed, in.Message, in)
	}
	return nil
}

// compensate undoes what succeeded, the last first.
func (r *run) compensate() {
	for _, l := range r.st.Lanes {
		r.deafen(l)
		l.Status = Cancelled
	}
	r.st.Status, r.st.Incident = Compensating, nil
	l := &Lane{ID: len(r.st.Lanes) + 1, Status: Running}
	for _, u := range r.st.Undo {
		l.Stack = append(l.Stack, Frame{List: u.Step + ".compensate", Bind: u.Bind, Alone: true})
	}
	r.st.Undo = nil
	r.st.Lanes = append(r.st.Lanes, l)
	r.later(l, r.now)
}

// Pause is how long to wait before the next attempt.
func Pause(p catalog.Retry, attempt int) time.Duration {
	d := float64(p.Initial) * math.Pow(float64(p.Factor), float64(attempt-1))
	return time.Duration(min(d, float64(p.Cap)))
}
