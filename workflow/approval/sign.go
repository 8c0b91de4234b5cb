package approval

import (
	"slices"

	"github.com/tenon-platform/tenon/platform/errs"
)

// Added signers (加签): before the own decision, after it, or beside it.

// addSign asks more people.
func (m *machine) addSign() *errs.Error {
	t, n, err := m.mine()
	if err != nil {
		return err
	}
	s := m.cmd.Sign
	if s == nil || s.Type != "before" && s.Type != "parallel" {
		return errs.New(errs.InvalidState, "signers are added before or beside a pending task; after it, together with an approval", "待处理任务可前加签或并加签；后加签须与同意一并提交").On("sign")
	}
	if err := m.admitSigners(t, n, s); err != nil {
		return err
	}
	if s.Type == "parallel" {
		m.signBeside(t, s)
		return nil
	}
	t.Status = Suspended
	m.openGroup(t, s, Before)
	return nil
}

// signAfter approves a task under the condition that others agree.
func (m *machine) signAfter(t *Task, n *Node) *errs.Error {
	s := m.cmd.Sign
	if s.Type != "after" {
		return errs.New(errs.InvalidInput, "with an approval, signers are added after it", "同意时只能后加签").On("sign")
	}
	if t.Kind == Opinion {
		return notAllowed()
	}
	if err := m.admitSigners(t, n, s); err != nil {
		return err
	}
	t.FormHash = m.st.FormHash
	t.Status = PendingAfter
	m.openGroup(t, s, After)
	return nil
}

func (m *machine) admitSigners(t *Task, n *Node, s *AddSign) *errs.Error {
	if !mayOf(n).AddSign {
		return notAllowed()
	}
	if m := s.Method; m != "" && m != "any" && m != "all" && m != "sequential" || len(s.Users) == 0 {
		return errs.New(errs.InvalidInput, "name the signers, and any, all or sequential", "请给出加签人以及 any、all 或 sequential").On("sign")
	}
	if t.Depth >= maxDepth {
		return errs.New(errs.AddSignDepth, "signers are added at most %d deep", "加签最多 %d 层", maxDepth)
	}
	v := m.st.Visit(t.Visit)
	if v.Signers+len(s.Users) > maxSigners {
		return errs.New(errs.AddSignDepth, "at most %d signers are added to one node", "一个节点最多加签 %d 人", maxSigners)
	}
	for i, u := range s.Users {
		if slices.Contains(s.Users[:i], u) || m.takesPart(v, u) {
			return errs.New(errs.DuplicateParticipant, "%s takes part in this node already", "%s 已是此节点的参与人", u).On("users")
		}
		if !m.org.Active(u) {
			return notActive(u).On("users")
		}
		if u == m.st.Submitter && n.Self != "allow" {
			return errs.New(errs.SelfNotAllowed, "the submitter cannot sign", "提交人不能被加签").On("users")
		}
	}
	return nil
}

// takesPart says whether somebody has an open or counted task at a visit.
func (m *machine) takesPart(v *Visit, user string) bool {
	return slices.ContainsFunc(m.st.tasksOf(v.ID), func(t *Task) bool {
		return t.Assignee == user && (t.Status.open() || t.Kind == Ordinary && t.Status != Cancelled && t.Status != Closed && t.Status != Transferred)
	})
}

// openGroup creates the signers that a task waits for.
func (m *machine) openGroup(t *Task, s *AddSign, kind string) {
	group := len(m.st.Tasks) + 1
	t.Sign = &Sign{Group: group, Type: s.Type, Method: or(s.Method, "all"), Binding: s.Binding || kind == After}
	verb := "task.suspended"
	if kind == After {
		verb = "task.signers_added"
	} else {
		m.aboutTask("task.signers_added", t, m.cmd.Actor, "", signData(s))
	}
	m.aboutTask(verb, t, m.cmd.Actor, "", signData(s))
	m.st.Visit(t.Visit).Signers += len(s.Users)
	for i, u := range s.Users {
		st := Pending
		if t.Sign.Method == "sequential" && i > 0 {
			st = Queued
		}
		m.create(&Task{Visit: t.Visit, Kind: kind, Status: st, Assignee: u, Via: "added by " + t.Assignee, Weight: 1, Pos: i + 1, Parent: t.ID, AddedBy: t.ID, Depth: t.Depth + 1, Group: group})
	}
}

func signData(s *AddSign) map[string]any {
	return map[string]any{"type": s.Type, "users": s.Users, "method": or(s.Method, "all"), "binding": s.Binding}
}

// signBeside adds siblings that count like the own task; in a line they come next.
func (m *machine) signBeside(t *Task, s *AddSign) {
	m.aboutTask("task.signers_added", t, m.cmd.Actor, "", signData(s))
	v := m.st.Visit(t.Visit)
	v.Signers += len(s.Users)
	inLine := t.Kind == Ordinary && voteOf(m.def.node(v.Node)).Mode == "sequential" && !v.Empty ||
		(t.Kind == Before || t.Kind == After) && m.st.Task(t.Parent).Sign.Method == "sequential"
	for _, o := range m.siblings(t) {
		if o.Pos > t.Pos {
			o.Pos += len(s.Users)
		}
	}
	for i, u := range s.Users {
		x := &Task{Visit: t.Visit, Kind: t.Kind, Status: Pending, Assignee: u, Via: "added by " + t.Assignee, Weight: 1, Pos: t.Pos + 1 + i,
			Parent: t.Parent, AddedBy: t.ID, Depth: t.Depth + 1, Group: t.Group}
		if inLine {
			x.Status = Queued
		}
		m.create(x)
	}
}

// siblings are the tasks that count together with a task.
func (m *machine) siblings(t *Task) []*Task {
	return slices.DeleteFunc(m.st.tasksOf(t.Visit), func(o *Task) bool { return o.Kind != t.Kind || o.Parent != t.Parent || o.Group != t.Group })
}

// settleGroup counts the signers that a task waits for, and lets it go on when they are done.
func (m *machine) settleGroup(p *Task) {
	if p.Sign == nil || p.Status != Suspended && p.Status != PendingAfter {
		return
	}
	var kids []*Task
	yes, no, open := 0, 0, 0
	for _, c := range m.st.children(p.ID) {
		if c.Group != p.Sign.Group || c.Status == Cancelled || c.Status == Transferred {
			continue
		}
		kids = append(kids, c)
		switch {
		case c.Status.open():
			open++
		case c.Decided != nil && c.Decided.Decision == "approved":
			yes++
		default:
			no++
		}
	}
	done, failed := open == 0, false
	switch {
	case len(kids) == 0:
	case !p.Sign.Binding:
		done = done || p.Sign.Method == "any" && yes+no > 0
	case p.Sign.Method == "any":
		done, failed = done || yes > 0, yes == 0
	default:
		done, failed = done || no > 0, no > 0
	}
	if !done {
		if p.Sign.Method == "sequential" {
			m.nextSigner(kids)
		}
		return
	}
	for _, c := range kids {
		if c.Status.open() {
			m.prune(c, "group_decided")
			m.closeTask(c, "group_decided")
		}
	}
	m.endGroup(p, failed)
}

func (m *machine) nextSigner(kids []*Task) {
	var first *Task
	for _, c := range kids {
		if c.Status.open() && c.Status != Queued {
			return
		}
		if c.Status == Queued && (first == nil || c.Pos < first.Pos) {
			first = c
		}
	}
	if first != nil {
		m.activate(first)
	}
}

// endGroup lets a task go on behind its signers.
func (m *machine) endGroup(p *Task, failed bool) {
	after := p.Status == PendingAfter
	p.Sign = nil
	if !after && !failed {
		p.Status = Suspended
		m.wake(p)
		return
	}
	p.Status, p.Decided = Approved, m.verdict("approved")
	reason := "after_sign"
	if failed {
		p.Status, p.Decided = Rejected, m.verdict("rejected")
	}
	if !after {
		reason = "before_sign"
	}
	p.FormHash = m.st.FormHash
	m.aboutTask("task.decided", p, Actor{}, reason, map[string]any{"decision": p.Decided.Decision})
	m.answered(p)
}

// removeSign takes back a signer who has not decided.
func (m *machine) removeSign() *errs.Error {
	t, err := m.given()
	if err != nil {
		return err
	}
	adder := m.st.Task(t.AddedBy)
	if adder == nil {
		return errs.New(errs.InvalidState, "only added signers are removed", "只能减去加签人")
	}
	if m.cmd.Actor.Type != "admin" {
		if adder.Assignee != m.cmd.Actor.ID {
			return errs.New(errs.NotAssignee, "you did not add this signer", "此加签人不是由您添加")
		}
		if !mayOf(m.def.node(m.st.Visit(t.Visit).Node)).RemoveSign {
			return notAllowed()
		}
	}
	if !t.Status.open() {
		return m.actionable(t)
	}
	if err := m.running(); err != nil {
		return err
	}
	m.aboutTask("task.signers_removed", t, m.cmd.Actor, m.cmd.Reason, nil)
	m.remove(t, "removed")
	return nil
}

// remove cancels a task with all that it waits for, and counts anew.
func (m *machine) remove(t *Task, reason string) {
	m.prune(t, reason)
	m.cancelTask(t, reason)
	m.answered(t)
}
