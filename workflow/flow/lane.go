package flow

import (
	"time"

	"github.com/tenon-platform/tenon/metadata/catalog"
)

// later lets a lane go on at a moment, with a command of its own.
func (r *run) later(l *Lane, at time.Time) {
	l.Turn++
	r.effects = append(r.effects, Effect{Kind: "run", Lane: l.ID, Turn: l.Turn, At: at})
}

// at is the step that a lane stands at.
func (r *run) at(l *Lane) *catalog.FlowStep { return r.f.Lists[l.top().List][l.top().At] }

// finish is done with the step that a lane stands at.
func (r *run) finish(l *Lane, verb string, out *Out) {
	s := r.at(l)
	if out != nil {
		r.st.Outs[s.Decl.ID] = *out
	}
	r.note(Entry{Verb: verb, Step: s.Decl.ID, Lane: l.ID, Attempt: l.Attempt, Out: shownOut(r.f, s.Decl.ID, out)})
	if len(r.f.Lists[s.Decl.ID+".compensate"]) > 0 && verb == "step.succeeded" {
		r.st.Undo = append(r.st.Undo, Undo{Step: s.Decl.ID, Bind: l.bound()})
	}
	l.Attempt = 0
	l.top().At++
}

// advance lets a lane go on until it waits, ends, or would touch records a second time.
func (r *run) advance(l *Lane) error {
	for {
		if r.st.Status.Over() || l.Status != Running {
			return nil
		}
		if len(l.Stack) == 0 {
			next := r.ended(l)
			if next == nil {
				return nil
			}
			l = next
			continue
		}
		top := l.top()
		if top.At >= len(r.f.Lists[top.List]) {
			r.pop(l)
			continue
		}
		stop, err := r.step(l)
		if err != nil || stop {
			return err
		}
	}
}

// pop is done with a sequence: the next round of a loop begins, or the step that it belongs to is done.
func (r *run) pop(l *Lane) {
	r.moved = true
	done := *l.top()
	l.Stack = l.Stack[:len(l.Stack)-1]
	if done.Feed != "" {
		r.nextRound(l, done)
		return
	}
	if done.Alone || len(l.Stack) == 0 {
		return
	}
	s := r.at(l)
	loop := s.Decl.Type == "loop" && done.List == s.Decl.ID+".do"
	if loop && r.nextRound(l, done) {
		return
	}
	verb := "step.succeeded"
	if done.List == s.Decl.ID+".recover" {
		verb = "step.recovered"
	}
	if loop {
		r.finish(l, verb, r.rounds(s))
		return
	}
	r.finish(l, verb, nil)
}

// ended is done with a lane, and gives the one that goes on because of it.
func (r *run) ended(l *Lane) *Lane {
	r.moved = true
	l.Status = Succeeded
	if l.Parent == 0 {
		if r.st.Status == Compensating {
			r.end(Compensated, r.st.Reason, nil)
		} else {
			r.end(Succeeded, "", nil)
		}
		return nil
	}
	for _, x := range r.st.Lanes {
		if x.Parent == l.Parent && (x.Status == Running || x.Status == Waiting) {
			return nil
		}
	}
	up := r.st.Lane(l.Parent)
	up.Status = Running
	if s := r.at(up); s.Decl.Type == "loop" {
		r.finish(up, "step.succeeded", r.rounds(s))
	} else {
		r.finish(up, "step.succeeded", nil)
	}
	return up
}

// split gives each branch a lane; the lane waits for all of them.
func (r *run) split(s *catalog.FlowStep, l *Lane) error {
	l.Status = Waiting
	l.Turn++ // no job lets it go on
	bound := l.bound()
	var lanes []*Lane
	for _, b := range s.Decl.Branches {
		lanes = append(lanes, r.lane(l.ID, Frame{List: s.Decl.ID + "." + b.ID, Bind: bound}))
	}
	return r.all(lanes)
}
