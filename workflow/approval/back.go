package approval

import (
	"slices"

	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/workflow/calendar"
)

// initiator is the return target that is no node.
var initiator = &place{}

// giveBack is the command "return": the assignee sends the process back.
func (m *machine) giveBack() *errs.Error {
	t, n, err := m.mine()
	if err != nil {
		return err
	}
	if t.Kind != Ordinary {
		return notAllowed()
	}
	v := m.st.Visit(t.Visit)
	to := or(m.cmd.To, "initiator")
	allowed := []string{"initiator", "previous"}
	if n.Return != nil {
		allowed = n.Return.To
	}
	target := m.target(v, to)
	if target == nil || !slices.Contains(allowed, to) && !(slices.Contains(allowed, "any") && to != "initiator") {
		return errs.New(errs.InvalidReturnTarget, "the process cannot go back to %q from here", "不能从此处退回到 %q", to).On("to")
	}
	resume := or(m.cmd.Resume, or(m.def.Resume.Default, "rerun"))
	if resume != "rerun" && resume != "jump_back" {
		return errs.New(errs.InvalidInput, "after a return the process runs again or jumps back: rerun or jump_back", "退回后须为 rerun 或 jump_back").On("resume")
	}
	if n.CommentRequired != nil && n.CommentRequired.Reject && m.cmd.Comment == "" {
		return commentRequired()
	}
	t.Status, t.Decided, t.FormHash = Returned, m.verdict("returned"), m.st.FormHash
	m.aboutTask("task.decided", t, m.cmd.Actor, "", map[string]any{"decision": "returned", "to": to, "resume": resume})
	m.closeRest(v)
	m.sendBack(v, target, resume)
	return nil
}

// target finds where a return goes: a node that people decided on the token's own path, or the
// initiator; nil when that is no place to go back to.
func (m *machine) target(v *Visit, to string) *place {
	if to == "initiator" {
		return initiator
	}
	here := m.def.nodes[v.Node]
	if to == "previous" {
		return m.previous(here, m.st.lane(v.Lane))
	}
	p := m.def.nodes[to]
	if p == nil || !asks(p.node) || !m.def.precedes(p, here) || m.reached(p, m.st.lane(v.Lane)) == nil {
		return nil
	}
	return p
}

// previous is the last node on the path that people decided; nil when there is none, or when it
// lies in a finished split, into which nothing goes back.
func (m *machine) previous(here *place, l *Lane) *place {
	visits := m.preceding(l, here.index)
	if len(visits) != 1 {
		return nil
	}
	p := m.def.nodes[visits[0].Node]
	if !m.def.precedes(p, here) {
		return nil
	}
	return p
}

// reached finds the visit of a place on a lane's path that was not skipped.
func (m *machine) reached(p *place, l *Lane) *Visit {
	for i := len(m.st.Visits) - 1; i >= 0; i-- {
		v := m.st.Visits[i]
		if v.Node == p.node.ID && v.Status == Approved && !v.Voided && m.onPath(m.st.lane(v.Lane), l) {
			return v
		}
	}
	return nil
}

// onPath says whether a lane is, or ended into, the path that leads to another one.
func (m *machine) onPath(from, to *Lane) bool {
	for l := to; ; l = m.st.lane(m.st.Visit(l.Block).Lane) {
		for x := from; ; x = m.st.lane(m.st.Visit(x.Block).Lane) {
			if x == l {
				return true
			}
			if x.Block == 0 || splits(m.def.node(m.st.Visit(x.Block).Node)) {
				break
			}
		}
		if l.Block == 0 {
			return false
		}
	}
}

// sendBack takes the token from a visit to an earlier place.
func (m *machine) sendBack(v *Visit, to *place, resume string) {
	v.Status, v.Decided = Returned, m.verdict("returned")
	target := "initiator"
	if to != initiator {
		target = to.node.ID
	}
	m.aboutNode("node.decided", v, "", map[string]any{"decision": "returned", "to": target})
	m.publish("node_decided", map[string]any{"node": v.Node, "decision": "returned"})
	m.void(v)
	jump := &Jump{Visit: v.ID, FormHash: m.st.FormHash, Guard: m.guardHash()}
	if to == initiator {
		m.toInitiator(v, jump, resume)
		return
	}
	l := m.st.lane(m.reached(to, m.st.lane(v.Lane)).Lane)
	direct := m.direct(m.st.lane(v.Lane), l)
	if resume == "jump_back" && direct {
		m.void(m.lastVisit(l, to.index))
		l.Jump = jump
	} else {
		m.reset(l, to.index, "sibling_return")
	}
	m.reopen(l)
	l.Index = to.index
	m.enter(l)
}

// reopen makes a finished branch of a condition, and what holds it, active again, and undoes what
// came behind the condition.
func (m *machine) reopen(l *Lane) {
	for l.Status != Active {
		l.Status = Active
		if l.Block == 0 {
			return
		}
		b := m.st.Visit(l.Block)
		outer := m.st.lane(b.Lane)
		b.Status, b.Voided, b.Decided = Active, false, nil
		m.reset(outer, m.indexOf(b)+1, "sibling_return")
		outer.Index = m.indexOf(b)
		l = outer
	}
}

// direct says whether only conditions lie between a lane and an outer one, so that a token can
// jump back in.
func (m *machine) direct(inner, outer *Lane) bool {
	for l := inner; l != outer; {
		if l.Block == 0 || splits(m.def.node(m.st.Visit(l.Block).Node)) {
			return false
		}
		l = m.st.lane(m.st.Visit(l.Block).Lane)
	}
	return true
}

// toInitiator gives the record back to the initiator, or to who stands in for one who has left meanwhile: nobody
// told of that, since only those who have a task are looked for.
func (m *machine) toInitiator(v *Visit, j *Jump, resume string) {
	left := !m.org.Active(m.st.Initiator) && !m.stoodIn(m.st.Initiator)
	root := m.st.lane(1)
	for _, l := range m.st.Lanes {
		if l.Block == 0 && l.Status == Active {
			root = l
		}
	}
	m.st.Jump = nil
	if resume == "jump_back" && m.direct(m.st.lane(v.Lane), root) {
		m.st.Jump = j
	} else {
		m.cancelLane(root, "sibling_return")
	}
	m.setStatus(Returned)
	m.actions("onReturn", m.def.OnReturn)
	if m.st.Locked {
		m.emit(Effect{Kind: SetLock, Lock: "initiator"})
	}
	m.aboutInstance("instance.returned", nil)
	m.publish("returned", map[string]any{"round": m.st.Round})
	m.create(&Task{Kind: Resubmit, Status: Pending, Assignee: m.st.Initiator, Via: "return"})
	if left {
		m.incident("no_initiator", nil, false, diag.Text{En: m.st.Initiator})
	}
}

// jumpBack puts the token on the node that had sent it away. It does not when a guarded field
// changed meanwhile.
func (m *machine) jumpBack(j *Jump) bool {
	old := m.st.Visit(j.Visit)
	l := m.st.lane(old.Lane)
	if j.Guard != m.guardHash() || l.Status != Active {
		return false
	}
	for x := l; x.Block != 0; { // the tokens outside stand at the blocks again
		b := m.st.Visit(x.Block)
		x = m.st.lane(b.Lane)
		x.Index = m.indexOf(b)
	}
	l.Index = m.indexOf(old)
	n := m.def.node(old.Node)
	v := m.newVisit(l, n)
	m.aboutNode("node.entered", v, "jump_back", nil)
	m.publish("node_entered", map[string]any{"node": n.ID})
	v.Empty = old.Empty
	again := m.st.tasksOf(old.ID)
	waiting := false
	for _, t := range again {
		if t.Kind != Ordinary || t.Status == Cancelled || t.Status == Transferred || t.Status == Abstained {
			continue
		}
		x := &Task{Visit: v.ID, Status: Pending, Assignee: t.Assignee, Via: t.Via, Weight: t.Weight, Pos: t.Pos, Pool: t.Pool, Queue: t.Queue}
		switch {
		case t.Decided != nil && t.Decided.Decision == "approved" && j.FormHash == m.st.FormHash:
			x.Status, x.Decided, x.FormHash = Carried, t.Decided, t.FormHash
		case t.Assignee == "":
			x.Status = Claimable
		case voteOf(n).Mode == "sequential" && waiting:
			x.Status = Queued
		}
		waiting = waiting || x.Status != Carried
		m.create(x)
	}
	if len(n.Timeouts) > 0 {
		v.Clock = &Clock{Since: m.now}
	}
	m.settle(v)
	return true
}

// resubmit: the initiator sends the record again.
func (m *machine) resubmit() *errs.Error {
	if err := m.isInitiator(); err != nil {
		return err
	}
	if m.st.Status != Returned && m.st.Status != Draft {
		return invalidState("the process is %s", "流程当前状态为“%s”", m.st.Status)
	}
	if ok, err := m.holds(m.def.Entry.When); err != nil || !ok {
		return errs.New(errs.EntryNotMet, "the record does not meet the conditions of this process", "记录不满足该流程的发起条件").Because(err)
	}
	for _, t := range m.st.Tasks {
		if t.Kind == Resubmit && t.Status == Pending {
			t.Status, t.Decided = Approved, m.verdict("resubmitted")
			m.aboutTask("task.decided", t, m.cmd.Actor, "", map[string]any{"decision": "resubmitted"})
		}
	}
	j := m.st.Jump
	m.st.Jump = nil
	if j == nil {
		return m.begin("instance.resubmitted")
	}
	if err := m.complete(m.def.Start.Required); err != nil {
		return err
	}
	if j.Guard != m.guardHash() {
		root := m.st.lane(m.st.Visit(j.Visit).Lane)
		for root.Block != 0 {
			root = m.st.lane(m.st.Visit(root.Block).Lane)
		}
		m.openRound("instance.resubmitted", map[string]any{"resume": "rerun", "why": "a guarded field has changed"})
		m.reset(root, 0, "rerun")
		root.Index = 0
		m.enter(root)
		return nil
	}
	m.openRound("instance.resubmitted", map[string]any{"resume": "jump_back"})
	m.jumpBack(j)
	return nil
}

func (m *machine) isInitiator() *errs.Error {
	if m.cmd.Actor.ID == "" || m.cmd.Actor.ID != m.st.Initiator {
		return errs.New(errs.Forbidden, "only the initiator may do this", "只有发起人可以执行此操作")
	}
	return nil
}

// withdraw: the initiator takes the submission back.
func (m *machine) withdraw() *errs.Error {
	if err := m.isInitiator(); err != nil {
		return err
	}
	if m.st.Status != Running && m.st.Status != Returned {
		return invalidState("the process is %s", "流程当前状态为“%s”", m.st.Status)
	}
	until := or(m.def.Withdraw.Until, "any_time")
	if until == "never" || until == "before_first_decision" && m.someoneDecided() {
		return errs.New(errs.WithdrawNotAllowed, "this process can no longer be withdrawn", "该流程已不能撤回")
	}
	if or(m.def.Withdraw.Mode, "cancel") == "cancel" {
		m.finish(Withdrawn, "withdrawn")
		return nil
	}
	m.sweep("withdrawn")
	m.setStatus(Draft)
	m.actions("onWithdraw", m.def.OnWithdraw)
	m.unlock()
	m.aboutInstance("instance.withdrawn", nil)
	m.publish("withdrawn", nil)
	return nil
}

// someoneDecided says whether a person decided in this round.
func (m *machine) someoneDecided() bool {
	return slices.ContainsFunc(m.st.Tasks, func(t *Task) bool {
		v := m.st.Visit(t.Visit)
		return v != nil && v.Round == m.st.Round && t.Decided != nil && t.Decided.By != "system" && t.Status != Carried
	})
}

// takeBack: a decider undoes the own decision while nothing has come of it.
func (m *machine) takeBack() *errs.Error {
	t, err := m.given()
	if err != nil {
		return err
	}
	if t.Assignee != m.cmd.Actor.ID {
		return errs.New(errs.NotAssignee, "this task is not yours", "这不是您的任务")
	}
	v := m.st.Visit(t.Visit)
	policy := mayOf(m.def.node(v.Node)).TakeBack
	if policy == nil {
		return notAllowed()
	}
	if t.Status != Approved && t.Status != Rejected && t.Status != Abstained || t.Kind != Ordinary {
		return invalidState("the task is %s", "任务当前状态为“%s”", t.Status)
	}
	within, _ := calendar.ParseDuration(policy.Within)
	if m.st.Status != Running || t.Voided || v.Status != Active && v.Status != Approved || m.now.Sub(t.Decided.At) > within || m.cameOf(t, v) {
		return errs.New(errs.TooLate, "it is too late to take this back", "已不能拿回")
	}
	l := m.st.lane(v.Lane)
	if v.Status == Approved {
		m.rewind(l, m.indexOf(v)+1)
		v.Status, v.Decided = Active, nil
		l.Status, l.Index = Active, m.indexOf(v)
	}
	t.Status, t.Decided, t.FormHash = Pending, nil, ""
	m.aboutTask("task.taken_back", t, m.cmd.Actor, "", nil)
	for _, o := range m.st.tasksOf(v.ID) {
		switch {
		case o.Kind == Ordinary && o.Status == Closed && o.Reason == "node_decided":
			o.Status, o.Reason = Pending, ""
			if voteOf(m.def.node(v.Node)).Mode == "sequential" {
				o.Status = Queued
			}
			m.aboutTask("task.resumed", o, Actor{}, "taken_back", nil)
		case o.Kind == Ordinary && o.Status == Pending && o != t && voteOf(m.def.node(v.Node)).Mode == "sequential":
			o.Status = Queued
			m.aboutTask("task.suspended", o, Actor{}, "taken_back", nil)
		}
	}
	m.tell("task", t.ID, t.Assignee)
	return nil
}

// rewind cancels what came behind an index, in this lane and in those around it.
func (m *machine) rewind(l *Lane, from int) {
	m.reset(l, from, "taken_back")
	if l.Status == Active || l.Block == 0 {
		return
	}
	b := m.st.Visit(l.Block)
	outer := m.st.lane(b.Lane)
	if b.Status != Active {
		m.rewind(outer, m.indexOf(b)+1)
		b.Status, b.Decided = Active, nil
		outer.Status, outer.Index = Active, m.indexOf(b)
		for _, in := range m.lanesOf(b.ID) {
			delete(m.st.Outcomes, b.Node+"."+in.Branch)
		}
	}
}

// cameOf says whether anything followed from a decision that cannot be undone: somebody decided
// on its ground, or an action was started.
func (m *machine) cameOf(t *Task, v *Visit) bool {
	if voteOf(m.def.node(v.Node)).Mode == "sequential" {
		for _, o := range m.st.tasksOf(v.ID) {
			if o.Kind == Ordinary && o.Pos > t.Pos && o.Decided != nil && o.Decided.By != "system" {
				return true
			}
		}
	}
	if v.Status == Active {
		return false
	}
	return m.behind(m.st.lane(v.Lane), m.indexOf(v)+1)
}

func (m *machine) behind(l *Lane, from int) bool {
	for _, v := range m.st.Visits {
		if v.Lane == l.ID && m.indexOf(v) >= from && !v.Voided && m.spoilt(v) {
			return true
		}
	}
	if l.Block == 0 || l.Status == Active {
		return false
	}
	b := m.st.Visit(l.Block)
	return m.behind(m.st.lane(b.Lane), m.indexOf(b)+1)
}

// spoilt says whether something happened at a visit that cannot be undone.
func (m *machine) spoilt(v *Visit) bool {
	n := m.def.node(v.Node)
	if v.Status != Skipped && (n.Kind == ActionNode || n.Kind == SubApproval) {
		return true
	}
	for _, t := range m.st.tasksOf(v.ID) {
		if t.Decided != nil && t.Decided.By != "system" {
			return true
		}
	}
	for _, l := range m.lanesOf(v.ID) {
		for _, in := range m.st.Visits {
			if in.Lane == l.ID && m.spoilt(in) {
				return true
			}
		}
	}
	return false
}
