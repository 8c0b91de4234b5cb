package flow

import (
	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/platform/errs"
)

// wrongState refuses a command that means nothing to a run as it is.
func wrongState(s Status) *errs.Error {
	return errs.New(errs.InvalidState, "a run that is %s cannot be told this", "状态为“%s”的运行不能执行此操作", s).With("status", s)
}

// retired is what is told of runs that were cancelled because their flow starts none any more, by the reason.
var retired = map[string]diag.Text{
	"flow_removed": {En: "the flow was removed", Zh: "自动化已删除"},
	"flow_off":     {En: "the flow was switched off", Zh: "自动化已停用"},
}

// operate carries out what an administrator asks for.
func (r *run) operate(c Command) (bool, error) {
	wrong := wrongState(r.st.Status)
	in := r.st.Incident
	stuck := r.st.Status == Failed && in != nil && in.Lane != 0
	switch c.Kind {
	case "cancel":
		if c.Status != "" && r.st.Status != c.Status { // it is meant for a run that stands so
			return false, nil
		}
		if r.st.Status.Over() && r.st.Status != Failed {
			return false, wrong
		}
		r.end(Cancelled, c.Reason, nil)
	case "retry":
		if !stuck {
			return false, wrong
		}
		r.reopen(c)
		r.again()
	case "skip":
		if !stuck {
			return false, wrong
		}
		l := r.st.Lane(in.Lane)
		r.reopen(c)
		r.finish(l, "step.skipped", c.Out)
		r.again()
	case "compensate":
		if r.st.Status != Failed && r.st.Status != Succeeded && r.st.Status != Cancelled {
			return false, wrong
		}
		r.note(Entry{Verb: "run.compensating", By: c.By, Message: c.Reason})
		r.compensate()
	case "migrate":
		return r.migrate(c)
	default:
		return false, errs.New(errs.InvalidInput, "a run knows no command %q", "运行不支持命令 %q", c.Kind)
	}
	return true, nil
}

func (r *run) reopen(c Command) {
	r.note(Entry{Verb: "run." + c.Kind, Step: r.st.Incident.Step, By: c.By, Message: c.Reason})
	r.st.Status, r.st.Reason, r.st.Text, r.st.Incident, r.st.Blocks = Running, "", diag.Text{}, nil, false
	r.st.Deadline = r.f.Timeout.After(r.now) // the time that it stood still does not count
	r.effects = append(r.effects, Effect{Kind: "expire", At: r.st.Deadline})
}

// again lets all lanes that did not wait go on.
func (r *run) again() {
	for _, l := range r.st.Lanes {
		switch {
		case l.Status == Running:
			l.Attempt = 0
			r.later(l, r.now)
		case l.Status == Waiting && l.Until != nil: // its timer may have come and gone
			r.later(l, *l.Until)
		}
	}
}
