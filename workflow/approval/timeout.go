package approval

import (
	"fmt"
	"slices"
	"time"

	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/workflow/calendar"
)

// reconcile lets clocks stand or run as the new state wants, and sets the timers that follow.
func (m *machine) reconcile() {
	var want []Timer
	for _, v := range m.st.Visits {
		if v.Status != Active {
			continue
		}
		stands := m.st.Status != Running
		if v.Clock != nil {
			m.run(v.Clock, !stands && m.someoneCanAct(v))
			want = append(want, m.stagesOf(v)...)
		}
		if v.Until != nil && !stands {
			want = append(want, Timer{Key: fmt.Sprintf("%s#%d+wait", v.Node, v.N), At: *v.Until, Visit: v.ID, Stage: -1})
		}
	}
	for _, t := range m.st.Timers {
		if !slices.ContainsFunc(want, func(w Timer) bool { return w.Key == t.Key }) {
			m.emit(Effect{Kind: DropTimer, Timer: t.Key})
		}
	}
	for _, w := range want {
		if !slices.ContainsFunc(m.st.Timers, func(t Timer) bool { return w.Key == t.Key && w.At.Equal(t.At) }) {
			at := w.At
			m.emit(Effect{Kind: SetTimer, Timer: w.Key, At: &at})
		}
	}
	m.st.Timers = want
}

// someoneCanAct says whether a visit's time runs: somebody could answer, and does not wait for
// signers who were asked before.
func (m *machine) someoneCanAct(v *Visit) bool {
	return slices.ContainsFunc(m.st.tasksOf(v.ID), func(t *Task) bool {
		return t.Kind == Ordinary && t.Status.open() && t.Status != Suspended && t.Status != Queued
	})
}

// run starts or stops a clock.
func (m *machine) run(c *Clock, on bool) {
	switch {
	case on && c.Paused:
		c.Since, c.Paused = m.now, false
	case !on && !c.Paused:
		c.Wall, c.Business = m.spent(c)
		c.Paused = true
	}
}

// spent is the time that a running clock has counted, by the wall and by business hours.
func (m *machine) spent(c *Clock) (wall, business time.Duration) {
	wall = c.Wall + m.now.Sub(c.Since)
	if cal := m.org.Calendar(m.def.Calendar); cal != nil {
		return wall, c.Business + cal.Between(c.Since, m.now)
	}
	return wall, c.Business + m.now.Sub(c.Since)
}

// stagesOf are the timers of a visit whose clock runs: one for each stage that has not fired.
func (m *machine) stagesOf(v *Visit) []Timer {
	if v.Clock.Paused {
		return nil
	}
	var out []Timer
	for i, s := range m.def.node(v.Node).Timeouts {
		if i < len(v.Clock.After) {
			s.After = v.Clock.After[i]
		}
		after, _ := calendar.ParseDuration(s.After)
		fired := v.Clock.Fired[i]
		if fired > 0 {
			every, _ := calendar.ParseDuration(s.Repeat)
			if s.Repeat == "" || s.Max > 0 && fired >= s.Max {
				continue
			}
			after += time.Duration(fired) * every
		}
		out = append(out, Timer{Key: fmt.Sprintf("%s#%d+%d", v.Node, v.N, i), At: m.due(v.Clock, s.Clock, after), Visit: v.ID, Stage: i})
	}
	return out
}

func (m *machine) due(c *Clock, kind string, after time.Duration) time.Time {
	cal := m.org.Calendar(m.def.Calendar)
	if kind == "wall" {
		return c.Since.Add(after - c.Wall)
	}
	if cal == nil {
		return c.Since.Add(after - c.Business)
	}
	return cal.Add(c.Since, after-c.Business)
}

// timer: a moment has come. One that lost against a person, or that is not due, means nothing.
func (m *machine) timer() *errs.Error {
	if err := m.systemOnly(); err != nil {
		return err
	}
	i := slices.IndexFunc(m.st.Timers, func(t Timer) bool { return t.Key == m.cmd.Timer })
	if i < 0 || m.st.Timers[i].At.After(m.now) || m.st.Status != Running {
		m.idle = true
		return nil
	}
	t := m.st.Timers[i]
	v := m.st.Visit(t.Visit)
	if t.Stage < 0 {
		v.Until = nil
		m.pass(v, "over")
		return nil
	}
	if v.Clock.Fired == nil {
		v.Clock.Fired = map[int]int{}
	}
	v.Clock.Fired[t.Stage]++
	m.stage(v, m.def.node(v.Node).Timeouts[t.Stage])
	return nil
}

// stage does what a timeout wants with those who have not answered.
func (m *machine) stage(v *Visit, s Stage) {
	if s.Do == "incident" {
		m.incident("timeout", v, false, diag.Text{})
		return
	}
	if s.Do == "return" {
		target := m.target(v, or(s.Target, "initiator"))
		if target == nil {
			m.incident("timeout", v, false, diag.Textf("the return target cannot be reached", "无法退回到指定节点"))
			return
		}
		m.closeRest(v)
		m.sendBack(v, target, "rerun")
		return
	}
	for _, t := range m.st.tasksOf(v.ID) {
		if t.Kind != Ordinary || t.Status != Pending && t.Status != Claimable && t.Status != Delegated {
			continue
		}
		m.overdue(v, t, s)
	}
	m.settle(v)
}

func (m *machine) overdue(v *Visit, t *Task, s Stage) {
	switch s.Do {
	case "remind":
		m.aboutTask("task.reminded", t, System, "timeout", nil)
		m.tell("remind", t.ID, append([]string{t.Assignee}, t.Pool...)...)
	case "approve", "reject":
		m.prune(t, "timeout")
		t.Status = AutoApproved
		if s.Do == "reject" {
			t.Status = AutoRejected
		}
		word := map[string]string{"approve": "approved", "reject": "rejected"}[s.Do]
		t.Decided, t.FormHash = &Verdict{By: "system", Decision: word, At: m.now}, m.st.FormHash
		m.aboutTask("task.decided", t, System, "timeout", map[string]any{"decision": word})
	case "escalate", "transfer":
		to, there := m.superior(v, t, s)
		if to == "" && there { // who is above was handed another task of this node
			m.aboutTask("task.reminded", t, System, "timeout", nil)
			m.tell("remind", t.ID, t.Assignee)
			return
		}
		if to == "" {
			m.incident("timeout", v, false, diag.Textf("there is nobody to hand the task to", "没有可以转交任务的人"))
			return
		}
		if s.Do == "escalate" && s.Mode == "add" {
			m.aboutTask("task.escalated", t, System, "timeout", map[string]any{"to": to, "mode": "add"})
			m.create(&Task{Visit: v.ID, Status: Pending, Assignee: to, Via: "escalation", Weight: t.Weight, Pos: t.Pos})
			return
		}
		m.prune(t, "timeout")
		verb := "task.transferred"
		if s.Do == "escalate" {
			verb = "task.escalated"
		}
		m.handOver(t, to, verb, System, "timeout", t.Hops)
	}
}

// superior is who gets an overdue task: the first one named, or a manager, who takes no part yet.
// there says that one of them takes part already.
func (m *machine) superior(v *Visit, t *Task, s Stage) (to string, there bool) {
	var candidates []string
	if len(s.To) > 0 {
		candidates, _ = m.everyone(s.To)
	} else {
		candidates, _ = m.chain(t.Assignee)
	}
	for _, u := range candidates {
		if !m.org.Active(u) || u == t.Assignee || u == m.st.Submitter && m.def.node(v.Node).Self != "allow" {
			continue
		}
		if !m.takesPart(v, u) {
			return u, false
		}
		there = true
	}
	return "", there
}

// recompute: a calendar has changed; due times follow.
func (m *machine) recompute() *errs.Error {
	if err := m.systemOnly(); err != nil {
		return err
	}
	if m.st.Status.Over() || len(m.st.Timers) == 0 {
		m.idle = true
		return nil
	}
	m.record(Entry{Verb: "instance.migrated", Reason: or(m.cmd.Reason, "calendar_changed"), Data: map[string]any{"status": m.st.Status, "timers": len(m.st.Timers)}})
	return nil
}
