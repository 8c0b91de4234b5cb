package flow

import (
	"fmt"
	"slices"
	"time"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/platform/value"
)

// timedOut is what expressions call by which a wait tells that it has taken too long.
const timedOut = "timed_out"

// noMoment is what a run is told that waits for a moment which there is not.
var noMoment = diag.Textf("there is no moment to wait for", "没有可以等待的时刻")

// wait lets a lane wait for a while, until a moment, until a condition holds, or for an event.
func (r *run) wait(s *catalog.FlowStep, l *Lane) (bool, error) {
	if s.Decl.Event != "" {
		return r.listen(s, l)
	}
	at := r.w.Until(s, r.now)
	if s.Until != nil {
		v, err := r.w.Eval(s.Until, r.st, l.bound())
		if err != nil {
			return true, err
		}
		switch {
		case v.Kind() == value.KindBool && v.Bool():
			r.overdue(s, false)
			r.finish(l, "step.succeeded", nil)
			return false, nil
		case v.Kind() == value.KindBool, v.IsNull() && s.Until.Type().Kind == value.KindBool: // it does not hold yet
			if s.Decl.For == "" {
				at = time.Time{}
			}
		case v.IsNull():
			return true, r.failed(l, "CONDITION_ERROR", noMoment, false, 0)
		default:
			at = v.AsTime()
		}
	}
	if !at.After(r.now) && !at.IsZero() {
		r.overdue(s, false)
		r.finish(l, "step.succeeded", nil)
		return false, nil
	}
	record := ""
	if s.Decl.Reactive {
		record = r.st.Cause.Record
	}
	r.rest(s, l, at, record)
	return true, nil
}

// listen lets a lane wait for an event. Those that were told of before are over.
func (r *run) listen(s *catalog.FlowStep, l *Lane) (bool, error) {
	record := ""
	if s.Record != nil {
		v, err := r.w.Eval(s.Record, r.st, l.bound())
		if err != nil {
			return true, err
		}
		if v.IsNull() {
			return true, r.failed(l, "NOT_FOUND", diag.Textf("there is no record that the event could be about", "没有事件可以关联的记录"), false, 0)
		}
		record = fmt.Sprintf("%s_%d", s.Object.IDPrefix, v.Int())
	}
	var at time.Time
	if s.Decl.For != "" {
		at = r.w.Until(s, r.now)
	}
	r.rest(s, l, at, record)
	return true, nil
}

// rest lets a lane wait until a moment, zero: for ever, and hear of what may end the wait before.
func (r *run) rest(s *catalog.FlowStep, l *Lane, at time.Time, record string) {
	l.Status, l.Until = Waiting, nil
	e := Entry{Verb: "step.waiting", Step: s.Decl.ID, Lane: l.ID, Message: s.Decl.Event}
	if s.Decl.Event != "" || record != "" {
		l.Hears = fmt.Sprintf("%s/%d/%d", r.st.ID, l.ID, r.st.Seq+1)
		r.effects = append(r.effects, Effect{Kind: "hear", Lane: l.ID, Step: s.Decl.ID, Run: l.Hears, Event: s.Decl.Event, Record: record})
	}
	if at.IsZero() {
		l.Turn++ // no job lets it go on
	} else {
		l.Until = &at
		if e.Message == "" {
			e.Message = at.UTC().Format(time.RFC3339)
		}
		r.later(l, at)
	}
	r.note(e)
}

// rested lets a lane go on whose time is over.
func (r *run) rested(l *Lane) {
	s := r.at(l)
	r.deafen(l)
	l.Status, l.Until = Running, nil
	r.overdue(s, s.Decl.Event != "" || s.Until != nil && s.Until.Type().Kind == value.KindBool)
	r.finish(l, "step.succeeded", nil)
}

// overdue notes whether what a wait waits for did not come in time.
func (r *run) overdue(s *catalog.FlowStep, late bool) {
	if s.Decl.Event == "" && !s.Decl.Reactive {
		return
	}
	r.st.Outs[s.Decl.ID] = Out{Values: map[string]Value{timedOut: ValueOf(value.Bool(late))}}
}

// deafen lets a lane hear no more.
func (r *run) deafen(l *Lane) {
	if l.Hears != "" {
		r.effects = append(r.effects, Effect{Kind: "deaf", Run: l.Hears})
		l.Hears = ""
	}
}

// heard tells a lane of an event, or that the record has changed. What does not end the wait means nothing.
func (r *run) heard(c Command) (bool, error) {
	l := r.st.Lane(c.Lane)
	if r.st.Status.Over() && r.st.Incident == nil || l == nil || l.Hears == "" || l.Hears != c.Awaits || l.Status != Waiting {
		return false, nil
	}
	s := r.at(l)
	if s.Decl.Event == "" {
		return r.changed(s, l)
	}
	if c.Key != "" && slices.Contains(r.st.Heard, c.Key) {
		return false, nil
	}
	was, had := r.st.Outs[s.Decl.ID]
	out := Out{Values: map[string]Value{timedOut: ValueOf(value.Bool(false))}}
	for name := range s.Decl.Data {
		if v, told := c.Data[name]; told {
			out.Values[name] = v
		}
	}
	r.st.Outs[s.Decl.ID] = out
	if s.If != nil {
		v, err := r.w.Eval(s.If, r.st, l.bound())
		if err != nil {
			l.Status = Running
			r.deafen(l)
			return true, r.refused(l, err)
		}
		if v.Kind() != value.KindBool || !v.Bool() {
			if delete(r.st.Outs, s.Decl.ID); had {
				r.st.Outs[s.Decl.ID] = was
			}
			return false, nil
		}
	}
	if c.Key != "" {
		r.st.Heard = append(slices.Clone(r.st.Heard), c.Key)
	}
	return true, r.goOn(l, &out)
}

// changed looks again at what a lane waits for.
func (r *run) changed(s *catalog.FlowStep, l *Lane) (bool, error) {
	v, err := r.w.Eval(s.Until, r.st, l.bound())
	if err != nil {
		l.Status = Running
		r.deafen(l)
		return true, r.refused(l, err)
	}
	holds := v.Kind() == value.KindBool && v.Bool()
	if s.Until.Type().Kind == value.KindBool && !holds {
		return false, nil
	}
	switch {
	case holds, !v.IsNull() && !v.AsTime().After(r.now):
		r.overdue(s, false)
		out := r.st.Outs[s.Decl.ID]
		return true, r.goOn(l, &out)
	case v.IsNull():
		l.Status, l.Until = Running, nil
		r.deafen(l)
		return true, r.failed(l, "CONDITION_ERROR", noMoment, false, 0)
	}
	at := v.AsTime()
	if l.Until != nil && l.Until.Equal(at) {
		return false, nil
	}
	if r.full(l) {
		return true, nil
	}
	l.Until = &at
	r.note(Entry{Verb: "step.waiting", Step: s.Decl.ID, Lane: l.ID, Message: at.UTC().Format(time.RFC3339)})
	r.later(l, at)
	return true, nil
}

// goOn ends a wait.
func (r *run) goOn(l *Lane, out *Out) error {
	r.deafen(l)
	l.Status, l.Until = Running, nil
	l.Turn++ // the timer comes too late
	r.finish(l, "step.succeeded", out)
	if r.st.Status.Over() { // a retry goes on from here
		return nil
	}
	r.moved = true
	return r.advance(l)
}
