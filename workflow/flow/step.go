package flow

import (
	"errors"
	"fmt"
	"maps"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/expr"
	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/value"
)

// step carries out the step that a lane stands at; stop says that the lane goes no further now.
func (r *run) step(l *Lane) (stop bool, err error) {
	s := r.at(l)
	touches := touching(s) && r.f.Trigger.Timing != "before" // which is one transaction with its caller
	if touches && r.moved {
		r.later(l, r.now)
		return true, nil
	}
	if !r.w.Acts() {
		r.later(l, r.now)
		return true, nil
	}
	if r.st.Steps == 0 && r.f.When != nil {
		var no *errs.Error
		if err := r.w.Admits(r.st); errors.As(err, &no) && !temporary(no.Code) {
			r.note(Entry{Verb: "trigger.refused", Lane: l.ID, Code: string(no.Code), Text: no.Message})
			r.end(Skipped, "forbidden", nil)
			return true, nil
		} else if err != nil {
			return true, err
		}
	}
	if r.full(l) {
		return true, nil
	}
	if r.st.Steps >= r.f.Set.MaxSteps {
		return true, r.broken(&Incident{Code: "TOO_MANY_STEPS", Text: diag.Textf("a run has at most %d steps", "一次运行最多 %d 步", r.f.Set.MaxSteps), Step: s.Decl.ID, Lane: l.ID})
	}
	r.st.Steps++
	if s.When != nil {
		yes, err := r.holds(s.When, l)
		if err != nil {
			return true, r.undecided(l, err)
		}
		if !yes {
			r.moved = true
			r.note(Entry{Verb: "step.skipped", Step: s.Decl.ID, Lane: l.ID})
			l.top().At++
			return false, nil
		}
	}
	if touches {
		out, err := r.w.Do(s, r.st, l.bound())
		if err == nil {
			err = out.fits()
		}
		var coded *errs.Error
		if errors.As(err, &coded) {
			return true, &StepError{Lane: l.ID, Turn: l.Turn, Step: s.Decl.ID, Cause: err}
		}
		if err != nil {
			return true, err
		}
		r.moved = true
		if s.Decl.Type == "approval" && !s.Decl.Async || s.Decl.Type == "task" {
			r.await(s, l, out)
			return true, nil
		}
		r.finish(l, "step.succeeded", &out)
		return false, nil
	}
	r.moved = true
	stop, err = r.decide(s, l)
	return stop || err != nil, r.refused(l, err)
}

// refused turns an expression that may not be computed into a failure of its step. In the caller's
// transaction it is the caller who is told.
func (r *run) refused(l *Lane, err error) error {
	var no *errs.Error
	var of *StepError
	if errors.As(err, &of) || !errors.As(err, &no) || temporary(no.Code) || r.f.Trigger.Timing == "before" {
		return err
	}
	return r.failed(l, string(no.Code), no.Message, false, 0)
}

func touching(s *catalog.FlowStep) bool {
	switch s.Decl.Type {
	case "create", "update", "upsert", "delete", "query", "aggregate", "action", "script", "call", "approval", "task", "emit", "notify":
		return true
	}
	return false
}

var errUndecided = errors.New("the condition can be decided neither way")

// holds decides a condition. One that is neither true nor false is no answer.
func (r *run) holds(p *expr.Program, l *Lane) (bool, error) {
	v, err := r.w.Eval(p, r.st, l.bound())
	if err != nil {
		return false, err
	}
	if v.Kind() != value.KindBool {
		return false, errUndecided
	}
	return v.Bool(), nil
}

// undecided turns a condition without an answer into a failure of its step; other errors stay.
func (r *run) undecided(l *Lane, err error) error {
	if !errors.Is(err, errUndecided) {
		return r.refused(l, err)
	}
	return r.failed(l, "CONDITION_ERROR", diag.Textf("the condition can be decided neither way", "条件无法判定"), false, 0)
}

// decide carries out a step that touches no records.
func (r *run) decide(s *catalog.FlowStep, l *Lane) (stop bool, err error) {
	d := s.Decl
	switch d.Type {
	case "set":
		for name, p := range s.Vars {
			v, err := r.w.Eval(p, r.st, l.bound())
			if err != nil {
				return true, err
			}
			was := r.st.Vars[name]
			r.remember(d.ID, name)
			r.st.Vars[name] = ValueOf(v)
			if Size(r.st.Vars) > MaxPayload {
				r.st.Vars[name] = was
				return true, r.failed(l, string(PayloadTooLarge), tooLarge, false, 0)
			}
		}
		r.finish(l, "step.succeeded", nil)
	case "condition", "switch":
		for i, b := range d.Branches {
			yes := true
			if s.Branches[i] != nil {
				if yes, err = r.holds(s.Branches[i], l); err != nil {
					return true, r.undecided(l, err)
				}
			}
			if yes {
				r.note(Entry{Verb: "branch.taken", Step: d.ID, Lane: l.ID, Branch: b.ID})
				r.took(l, d.ID, b.ID)
				l.Stack = append(l.Stack, Frame{List: d.ID + "." + b.ID})
				return false, nil
			}
		}
		r.note(Entry{Verb: "branch.none", Step: d.ID, Lane: l.ID})
		l.top().At++
	case "update":
		if _, err := r.w.Do(s, r.st, l.bound()); err != nil {
			return true, err
		}
		r.finish(l, "step.succeeded", nil)
	case "loop":
		return r.loop(s, l)
	case "parallel":
		return true, r.split(s, l)
	case "wait":
		return r.wait(s, l)
	case "flow":
		return r.child(s, l)
	case "http", "send":
		return r.call(s, l)
	case "raise":
		return true, r.failed(l, s.Error.Code, diag.Text{En: s.Error.Message.In("en"), Zh: s.Error.Message.In("zh-CN")}, false, 0)
	case "end":
		r.note(Entry{Verb: "step.succeeded", Step: d.ID, Lane: l.ID})
		for _, x := range r.st.Lanes {
			if x.Status == Running || x.Status == Waiting {
				x.Status = Cancelled
			}
		}
		r.end(Succeeded, "", nil)
		return true, nil
	}
	return false, nil
}

// child starts another flow and waits for it.
func (r *run) child(s *catalog.FlowStep, l *Lane) (bool, error) {
	record := r.st.Cause.Record
	if s.Record != nil {
		v, err := r.w.Eval(s.Record, r.st, l.bound())
		if err != nil {
			return true, err
		}
		if v.IsNull() {
			return true, r.failed(l, string(errs.NotFound), diag.Textf("there is no record for the flow", "没有可供该自动化运行的记录"), false, 0)
		}
		record = fmt.Sprintf("%s_%d", s.Object.IDPrefix, v.Int())
	}
	l.Status, l.Child = Waiting, fmt.Sprintf("%s.%d", r.st.ID, r.st.Seq+1)
	l.Turn++
	r.note(Entry{Verb: "step.waiting", Step: s.Decl.ID, Lane: l.ID, Message: l.Child})
	r.effects = append(r.effects, Effect{Kind: "child", Lane: l.ID, Run: l.Child, Flow: s.Decl.Flow, Record: record})
	return true, nil
}

// await lets a lane wait for the end of an approval that it has started.
func (r *run) await(s *catalog.FlowStep, l *Lane, out Out) {
	r.st.Outs[s.Decl.ID] = out
	l.Status, l.Awaits = Waiting, out.Values["instance"].Text
	l.Turn++
	r.note(Entry{Verb: "step.waiting", Step: s.Decl.ID, Lane: l.ID, Message: l.Awaits})
	r.effects = append(r.effects, Effect{Kind: "await", Lane: l.ID, Run: l.Awaits})
}

// told lets a lane go on whose approval has ended.
func (r *run) told(c Command) (bool, error) {
	l := r.st.Lane(c.Lane)
	if r.st.Status.Over() && r.st.Incident == nil || l == nil || l.Awaits == "" || l.Awaits != c.Awaits || l.Status != Waiting {
		return false, nil
	}
	out := r.st.Outs[r.at(l).Decl.ID]
	out.Values = maps.Clone(out.Values)
	out.Values["status"] = Value{Kind: "text", Text: c.Message}
	l.Awaits, l.Status = "", Running
	r.finish(l, "step.succeeded", &out)
	if r.st.Status.Over() { // a retry goes on from here
		return true, nil
	}
	r.moved = true
	return true, r.advance(l)
}
