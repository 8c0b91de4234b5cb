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
	switch c.Kind {
	case "cancel":
		if c.Status != "" && r.st.Status != c.Status { // it is meant for a run that stands so
			return false, nil
		}
		if r.st.Status.Over() && r.st.Status != Failed {
			return false, wrong
		}
		if c.Who != "" {
			r.note(Entry{Verb: "run.cancel", By: c.By, Who: c.Who, Message: c.Reason})
		}
		r.end(Cancelled, c.Reason, nil)
	case "retry", "skip":
		if r.st.Status != Failed || in == nil || in.Lane == 0 {
			return false, wrong
		}
		if c.Step != "" && c.Step != in.Step {
			return false, errs.New(errs.InvalidState, "the run stands at the step %s, not at %s", "运行停在步骤 %s，而非 %s", in.Step, c.Step).On("step")
		}
		if c.Out.fits() != nil || Fits(c.Vars) != nil {
			return false, &errs.Error{Code: errs.LimitExceeded, Message: tooLarge}
		}
		return true, r.mend(c)
	case "rerun":
		return true, r.rerun(c)
	case "compensate":
		if r.st.Status != Failed && r.st.Status != Succeeded && r.st.Status != Cancelled {
			return false, wrong
		}
		r.note(Entry{Verb: "run.compensating", By: c.By, Who: c.Who, Message: c.Reason})
		r.compensate()
	case "migrate":
		return r.migrate(c)
	default:
		return false, errs.New(errs.InvalidInput, "a run knows no command %q", "运行不支持命令 %q", c.Kind)
	}
	return true, nil
}

// mend lets a run go on at the step at which it stopped, or behind it.
func (r *run) mend(c Command) error {
	in := r.st.Incident
	l := r.st.Lane(in.Lane)
	if c.Kind == "skip" {
		if no := fits(r.at(l), c.Out); no != nil {
			return no
		}
	} else if c.Out != nil {
		return errs.New(errs.InvalidInput, "only a step that is passed over is given what it gives", "只有跳过步骤时才能给出其结果").On("out")
	}
	r.reopen(c, in.Step)
	if err := r.edit(c); err != nil {
		return err
	}
	if c.Kind == "skip" {
		r.finish(l, "step.skipped", c.Out)
	}
	r.goOnAll()
	return nil
}

// reopen lets a run that is over go on: forward, or with what was being undone.
func (r *run) reopen(c Command, step string) {
	r.note(Entry{Verb: "run." + c.Kind, Step: step, By: c.By, Who: c.Who, Message: c.Reason})
	r.st.Status, r.st.Reason, r.st.Text, r.st.Incident, r.st.Blocks = Running, "", diag.Text{}, nil, false
	if r.st.Undone {
		r.st.Status = Compensating
	}
	r.st.Deadline = r.f.Timeout.After(r.now) // the time that it stood still does not count
	r.effects = append(r.effects, Effect{Kind: "expire", At: r.st.Deadline})
}

// goOnAll lets all lanes that did not wait go on.
func (r *run) goOnAll() {
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

// stopLanes ends what has not ended.
func (r *run) stopLanes() {
	for _, l := range r.st.Lanes {
		if l.Status == Running || l.Status == Waiting {
			r.abandon(l)
		}
	}
}
