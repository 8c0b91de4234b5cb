package approval

import (
	"slices"

	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/platform/errs"
)

// userLeft: somebody has left; their open tasks go to others. For what they decided, and for
// nodes that are still to come, nothing changes.
func (m *machine) userLeft() *errs.Error {
	if err := m.systemOnly(); err != nil {
		return err
	}
	user := m.cmd.User
	if user == "" || m.st.Status.Over() {
		m.idle = true
		return nil
	}
	touched := false
	if m.st.Initiator == user {
		touched = m.initiatorLeft(user)
	}
	for _, t := range slices.Clone(m.st.Tasks) {
		if t.Assignee != user || !t.Status.open() || t.Kind == Resubmit {
			continue
		}
		touched = true
		m.leave(t)
	}
	m.idle = !touched
	return nil
}

// orgChanged: roles or departments have changed. Only nodes that want it look again: people who
// are no longer found lose their open tasks, new ones get one.
func (m *machine) orgChanged() *errs.Error {
	if err := m.systemOnly(); err != nil {
		return err
	}
	m.idle = true
	if m.st.Status != Running {
		return nil
	}
	for _, v := range slices.Clone(m.st.Visits) {
		if n := m.def.node(v.Node); v.Status == Active && n.Reresolve && !v.Empty {
			m.lookAgain(v, n)
		}
	}
	m.idle = len(m.audit) == 0
	return nil
}

func (m *machine) lookAgain(v *Visit, n *Node) {
	noted := len(m.audit)
	people, _, stop := m.gather(v, n)
	if stop {
		return
	}
	changed := false
	for _, t := range m.st.tasksOf(v.ID) {
		found := slices.ContainsFunc(people, func(p person) bool { return p.user == t.Assignee || p.queue != "" && p.queue == t.Queue })
		if t.Kind == Ordinary && t.Status.open() && t.AddedBy == 0 && t.Hops == 0 && !found {
			m.aboutNode("participant.removed", v, "reresolved", map[string]any{"user": t.Assignee})
			m.prune(t, "reresolved")
			m.cancelTask(t, "reresolved")
			changed = true
		}
	}
	line, pos := voteOf(n).Mode == "sequential", 0
	for _, t := range m.st.tasksOf(v.ID) {
		pos = max(pos, t.Pos)
	}
	for _, p := range people {
		if voteOf(n).Mode == "random" || voteOf(n).Mode == "claim" || p.queue != "" || m.takesPart(v, p.user) {
			continue
		}
		pos++
		t := &Task{Visit: v.ID, Status: Pending, Assignee: p.user, Via: p.via, Weight: p.weight, Pos: pos}
		if line {
			t.Status = Queued
		}
		m.create(t)
		changed = true
	}
	if !changed {
		m.unsay(noted)
		return
	}
	m.settle(v)
}

// unsay forgets audit entries of a look that changed nothing.
func (m *machine) unsay(n int) {
	if n == len(m.audit) {
		return
	}
	m.st.Seq -= int64(len(m.audit) - n)
	m.st.Hash = m.audit[n].Prev
	m.audit = m.audit[:n]
}

// initiatorLeft finds who stands in for the initiator; where there is nobody, an administrator has to look.
func (m *machine) initiatorLeft(user string) bool {
	if !m.stoodIn(user) {
		m.incident("no_initiator", nil, false, diag.Text{En: user})
	}
	return true
}

// stoodIn lets the manager, else an administrator, stand in for the initiator; false: there is neither.
func (m *machine) stoodIn(user string) bool {
	heirs := m.heirs(user, "to_manager")
	if len(heirs) == 0 {
		heirs = m.admins()
	}
	if len(heirs) == 0 {
		return false
	}
	m.st.Initiator = heirs[0]
	m.record(Entry{Verb: "participant.replaced", Reason: "left", Data: map[string]any{"from": user, "to": heirs[0], "role": "initiator"}})
	for _, t := range m.st.Tasks {
		if t.Kind == Resubmit && t.Status == Pending {
			m.replace(t, heirs[0])
		}
	}
	return true
}

// replace puts another person in a task's place: position, weight and time stay.
func (m *machine) replace(t *Task, user string) {
	from := t.Assignee
	t.Assignee = user
	m.aboutTask("participant.replaced", t, Actor{}, "left", map[string]any{"from": from, "to": user})
	if t.Status == Pending {
		m.tell("task", t.ID, user)
	}
}

func (m *machine) leave(t *Task) {
	switch {
	case t.Kind == Opinion: // back to who delegated
		m.remove(t, "left")
		return
	case t.AddedBy != 0:
		m.remove(t, "removed")
		return
	}
	v := m.st.Visit(t.Visit)
	n := m.def.node(v.Node)
	if t.Pool != nil {
		t.Pool = slices.DeleteFunc(slices.Clone(t.Pool), func(u string) bool { return u == t.Assignee })
		if len(t.Pool) > 0 {
			t.Status, t.Assignee = Claimable, ""
			m.aboutTask("participant.replaced", t, Actor{}, "left", map[string]any{"from": m.cmd.User})
			m.tell("claimable", t.ID, t.Pool...)
			return
		}
	}
	for _, heir := range m.heirs(t.Assignee, or(n.OnLeave, "to_manager")) {
		if heir == m.st.Submitter && n.Self != "allow" || m.takesPart(v, heir) {
			continue
		}
		m.replace(t, heir)
		return
	}
	m.aboutNode("participant.removed", v, "inactive", map[string]any{"user": t.Assignee})
	m.remove(t, "left")
}
