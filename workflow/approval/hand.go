package approval

import (
	"slices"
	"strings"

	"github.com/tenon-platform/tenon/platform/errs"
)

// Tasks that go from hand to hand: transfer, delegation, pools.

// transfer: somebody else decides instead.
func (m *machine) transfer() *errs.Error {
	t, err := m.given()
	if err != nil {
		return err
	}
	admin := m.cmd.Actor.Type == "admin"
	if !admin {
		var n *Node
		if t, n, err = m.mine(); err != nil {
			return err
		}
		if !mayOf(n).Transfer {
			return notAllowed()
		}
	} else if err := m.actionable(t); err != nil {
		return err
	}
	if t.Hops >= maxHops {
		return errs.New(errs.TransferLimit, "a task is handed on at most %d times", "一个任务最多转办 %d 次", maxHops)
	}
	if err := m.newcomer(t, m.cmd.User); err != nil {
		return err
	}
	m.handOver(t, m.cmd.User, "task.transferred", m.cmd.Actor, "", t.Hops+1)
	return nil
}

// newcomer checks that somebody can join the people of a visit.
func (m *machine) newcomer(t *Task, user string) *errs.Error {
	v := m.st.Visit(t.Visit)
	switch n := m.def.node(v.Node); {
	case !m.org.Active(user):
		return notActive(user).On("user")
	case user == t.Assignee || user == m.st.Submitter && n.Self != "allow":
		return errs.New(errs.SelfNotAllowed, "neither the assignee nor the submitter can be chosen", "不能选择任务处理人本人或提交人").On("user")
	}
	for _, o := range m.st.tasksOf(v.ID) {
		if o.Assignee == user && o.Kind == Ordinary && o.Status != Cancelled && o.Status != Closed && o.Status != Transferred && o.ID != t.ID {
			return errs.New(errs.DuplicateParticipant, "%s takes part in this node already", "%s 已是此节点的参与人", user).On("user")
		}
	}
	return nil
}

// handOver replaces a task by one of another person, in the same place.
func (m *machine) handOver(t *Task, user, verb string, by Actor, reason string, hops int) *Task {
	was := t.Status
	t.Status = Transferred
	m.aboutTask(verb, t, by, reason, map[string]any{"to": user})
	heir := &Task{Visit: t.Visit, Kind: t.Kind, Status: was, Assignee: user, Via: "from " + t.Assignee, Weight: t.Weight, Pos: t.Pos,
		Parent: t.Parent, AddedBy: t.AddedBy, Depth: t.Depth, Group: t.Group, Hops: hops}
	if was != Queued {
		heir.Status = Pending
	}
	m.create(heir)
	if v := m.st.Visit(t.Visit); m.def.node(v.Node).ResetOnTransfer && v.Clock != nil {
		v.Clock = &Clock{Since: m.now}
	}
	return heir
}

// delegate: somebody else gives an opinion; the owner decides.
func (m *machine) delegate() *errs.Error {
	t, n, err := m.mine()
	if err != nil {
		return err
	}
	if !mayOf(n).Delegate {
		return notAllowed()
	}
	if !m.org.Active(m.cmd.User) {
		return notActive(m.cmd.User).On("user")
	}
	depth := 0
	for x := t; x != nil; x = m.st.Task(x.Parent) {
		if x.Assignee == m.cmd.User {
			return errs.New(errs.DelegateLoop, "%s is on this chain of delegation already", "%s 已在此委派链上", m.cmd.User).On("user")
		}
		if x.Kind == Opinion {
			depth++
		}
	}
	if depth >= maxDepth {
		return errs.New(errs.DelegateLoop, "a task is delegated at most %d deep", "委派最多 %d 层", maxDepth).On("user")
	}
	t.Status = Delegated
	m.aboutTask("task.delegated", t, m.cmd.Actor, "", map[string]any{"to": m.cmd.User})
	m.create(&Task{Visit: t.Visit, Kind: Opinion, Status: Pending, Assignee: m.cmd.User, Via: "delegated by " + t.Assignee, Pos: t.Pos, Parent: t.ID, Depth: t.Depth})
	return nil
}

// recall: the owner takes a delegated task back.
func (m *machine) recall() *errs.Error {
	t, err := m.given()
	if err != nil {
		return err
	}
	if t.Assignee != m.cmd.Actor.ID {
		return errs.New(errs.NotAssignee, "this task is not yours", "这不是您的任务")
	}
	if t.Status != Delegated {
		return invalidState("the task is %s", "任务当前状态为“%s”", t.Status)
	}
	if err := m.running(); err != nil {
		return err
	}
	m.prune(t, "recalled")
	m.wake(t)
	return nil
}

// prune cancels what a task waits for, and what that waits for.
func (m *machine) prune(t *Task, reason string) {
	for _, c := range m.st.children(t.ID) {
		if c.Status.open() {
			m.prune(c, reason)
			m.cancelTask(c, reason)
		}
	}
}

// claim: one of a pool takes the task.
func (m *machine) claim() *errs.Error {
	t, err := m.given()
	if err != nil {
		return err
	}
	user := m.cmd.Actor.ID
	pool := t.Pool
	if kind, id, ok := strings.Cut(t.Queue, ":"); ok {
		pool = m.org.Members(kind, id, "")
	}
	if t.Pool == nil || !slices.Contains(pool, user) || !m.org.Active(user) {
		return errs.New(errs.NotAssignee, "this task is not offered to you", "此任务不在您的待领取范围内")
	}
	if t.Status != Claimable {
		if t.Status == Pending {
			return errs.New(errs.AlreadyClaimed, "%s has claimed the task", "任务已被 %s 领取", t.Assignee).With("claimedBy", t.Assignee)
		}
		return m.actionable(t)
	}
	if err := m.running(); err != nil {
		return err
	}
	t.Status, t.Assignee = Pending, user
	m.aboutTask("task.claimed", t, m.cmd.Actor, "", nil)
	return nil
}

// unclaim: a claimed task goes back to the pool.
func (m *machine) unclaim() *errs.Error {
	t, _, err := m.mine()
	if err != nil {
		return err
	}
	if t.Pool == nil {
		return invalidState("the task is %s, and of no pool", "任务状态为“%s”，且不属于任何队列", t.Status)
	}
	t.Status, t.Assignee = Claimable, ""
	m.aboutTask("task.claimed", t, m.cmd.Actor, "unclaimed", nil)
	m.tell("claimable", t.ID, t.Pool...)
	return nil
}
