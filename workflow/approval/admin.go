package approval

import (
	"slices"
	"strings"
	"time"

	"github.com/tenon-platform/tenon/platform/errs"
)

// administer checks that an administrator acts, and says why.
func (m *machine) administer() *errs.Error {
	a := m.cmd.Actor
	if a.Type != "admin" && (a.ID == "" || !slices.Contains(m.admins(), a.ID)) {
		return errs.New(errs.Forbidden, "only an administrator of the process may do this", "只有流程管理员可以执行此操作")
	}
	if m.cmd.Reason == "" {
		return errs.New(errs.InvalidInput, "say why", "请填写原因").On("reason")
	}
	if m.st.Status.Over() {
		return invalidState("the process is %s", "流程当前状态为“%s”", m.st.Status)
	}
	return nil
}

// systemOnly checks that the platform itself acts.
func (m *machine) systemOnly() *errs.Error {
	if m.cmd.Actor.Type != "system" {
		return errs.New(errs.Forbidden, "only the platform itself does this", "此操作仅由系统执行")
	}
	return nil
}

func (m *machine) suspend() *errs.Error {
	if err := m.administer(); err != nil {
		return err
	}
	if err := m.running(); err != nil {
		return err
	}
	m.st.Before = m.st.Status
	m.setStatus(Suspended)
	m.aboutInstance("instance.suspended", nil)
	return nil
}

func (m *machine) resume() *errs.Error {
	if err := m.administer(); err != nil {
		return err
	}
	if m.st.Status != Suspended {
		return invalidState("the process is %s", "流程当前状态为“%s”", m.st.Status)
	}
	m.setStatus(m.st.Before)
	m.st.Before = ""
	m.aboutInstance("instance.resumed", nil)
	return nil
}

func (m *machine) terminate() *errs.Error {
	if err := m.administer(); err != nil {
		return err
	}
	m.finish(Terminated, "terminated")
	return nil
}

// reassign: an administrator gives an open task to somebody else.
func (m *machine) reassign() *errs.Error {
	if err := m.administer(); err != nil {
		return err
	}
	t, err := m.given()
	if err != nil {
		return err
	}
	if !t.Status.open() {
		return m.actionable(t)
	}
	if err := m.newcomer(t, m.cmd.User); err != nil {
		return err
	}
	if t.Status == Claimable {
		t.Status, t.Pool, t.Queue = Pending, nil, ""
	}
	m.prune(t, "reassigned")
	t.Sign = nil
	if t.Status != Queued {
		t.Status = Pending
	}
	m.handOver(t, m.cmd.User, "task.transferred", m.cmd.Actor, m.cmd.Reason, t.Hops)
	return nil
}

// jump: an administrator puts the token on another node. What stands elsewhere is cancelled.
func (m *machine) jump() *errs.Error {
	if err := m.administer(); err != nil {
		return err
	}
	p := m.def.nodes[m.cmd.To]
	if p == nil || p.block != "" || m.st.Status != Running && m.st.Status != Error {
		return errs.New(errs.InvalidReturnTarget, "jump to a node of the main sequence of a running process", "只能跳转到运行中流程主干上的节点").On("to")
	}
	l := m.mainLane()
	if l == nil {
		return invalidState("the process is %s", "流程当前状态为“%s”", m.st.Status)
	}
	back := p.index <= l.Index
	from := l.Index
	if back {
		from = p.index
	}
	m.reset(l, from, "jump")
	m.calm()
	l.Jump, l.Index = nil, p.index
	m.enter(l)
	return nil
}

// mainLane is the token on the main sequence; nil when the process is with its initiator.
func (m *machine) mainLane() *Lane {
	for _, l := range m.st.Lanes {
		if l.Block == 0 && l.Status == Active {
			return l
		}
	}
	return nil
}

// retryIncident: an administrator has removed the cause.
func (m *machine) retryIncident() *errs.Error {
	if err := m.administer(); err != nil {
		return err
	}
	i := m.st.incident(m.cmd.Incident)
	if i == nil || i.Resolved {
		return errs.New(errs.NotFound, "there is no such open incident", "没有此未解决的异常")
	}
	i.Resolved = true
	m.record(Entry{Verb: "incident.resolved", Node: i.Node, Reason: m.cmd.Reason, Data: map[string]any{"incident": i.ID, "code": i.Code}})
	v, enter := m.st.Visit(i.Visit), i.Enter
	m.calm()
	if v != nil && v.Status == Active && enter {
		m.proceed(v)
	}
	return nil
}

// calm lets the instance run again when no incident is open.
func (m *machine) calm() {
	if m.st.Status != Error || slices.ContainsFunc(m.st.Incidents, func(i Incident) bool { return !i.Resolved }) {
		return
	}
	m.setStatus(orStatus(m.st.Before, Running))
	m.st.Before = ""
	m.aboutInstance("instance.resumed", nil)
}

func orStatus(s, fallback Status) Status {
	if s == "" {
		return fallback
	}
	return s
}

// urge reminds those who have open tasks.
func (m *machine) urge() *errs.Error {
	a := m.cmd.Actor
	if a.Type != "admin" && a.ID != m.st.Initiator && !slices.Contains(m.admins(), a.ID) {
		return errs.New(errs.Forbidden, "only the initiator may do this", "只有发起人可以执行此操作")
	}
	if err := m.running(); err != nil {
		return err
	}
	var open []*Task
	for _, t := range m.st.Tasks {
		if t.Status == Pending || t.Status == Claimable {
			open = append(open, t)
		}
	}
	if len(open) == 0 {
		return invalidState("nobody has an open task: the process is %s", "没有待处理的任务：流程状态为“%s”", m.st.Status)
	}
	if u := m.st.UrgedAt; u != nil && m.now.Sub(*u) < urgePause {
		return errs.New(errs.UrgeTooSoon, "a process is urged at most every 30 minutes", "同一流程每 30 分钟最多催办一次").With("retryAfter", u.Add(urgePause).UnixMilli())
	}
	at := m.now
	m.st.UrgedAt = &at
	for _, t := range open {
		m.aboutTask("task.urged", t, m.cmd.Actor, "", nil)
		m.tell("urge", t.ID, append([]string{t.Assignee}, t.Pool...)...)
	}
	return nil
}

// participates says whether the actor has, or had, anything to do with the instance.
func (m *machine) participates() *errs.Error {
	id := m.cmd.Actor.ID
	if m.cmd.Actor.Type == "admin" || m.st.Involves(id, m.org) || id != "" && slices.Contains(m.admins(), id) {
		return nil
	}
	return errs.New(errs.Forbidden, "you do not take part in this process", "您未参与此流程")
}

// Involves says whether a user has, or had, a part in the instance: by submitting it, by a task, by
// a pool that a task waits in, or by a copy.
func (s *State) Involves(user string, org Org) bool {
	if user == "" {
		return false
	}
	if user == s.Submitter || user == s.Initiator || s.Copied[user] != nil {
		return true
	}
	for _, t := range s.Tasks {
		if t.Assignee == user || slices.Contains(t.Pool, user) {
			return true
		}
		if kind, id, ok := strings.Cut(t.Queue, ":"); ok && t.Status == Claimable && slices.Contains(org.Members(kind, id, ""), user) {
			return true
		}
	}
	return false
}

// Administers says whether a user is an active administrator of an instance.
func Administers(s *State, d *Definition, org Org, user string, at time.Time) bool {
	m := &machine{def: d, st: s, org: org, now: at, cmd: Command{Actor: Actor{Type: "user", ID: user}}}
	return user != "" && slices.Contains(m.admins(), user)
}

// copyTo sends copies.
func (m *machine) copyTo() *errs.Error {
	if err := m.participates(); err != nil {
		return err
	}
	for _, u := range m.cmd.Users {
		if !m.org.Active(u) {
			return notActive(u).On("users")
		}
	}
	m.give(m.cmd.Users)
	m.idle = len(m.audit) == 0
	return nil
}

// comment adds words; the state of the process stays.
func (m *machine) comment() *errs.Error {
	if err := m.participates(); err != nil {
		return err
	}
	if m.cmd.Comment == "" {
		return commentRequired()
	}
	m.emit(Effect{Kind: AddComment, Task: m.cmd.Task, Data: map[string]any{"text": m.cmd.Comment, "by": m.cmd.Actor.ID}})
	return nil
}

// view notes that somebody has read a copy.
func (m *machine) view() *errs.Error {
	if err := m.participates(); err != nil {
		return err
	}
	c := m.st.Copied[m.cmd.Actor.ID]
	if c == nil || c.Read != nil {
		m.idle = true
		return nil
	}
	at := m.now
	c.Read = &at
	return nil
}

// actionDone: the automation that a node waits for has ended.
func (m *machine) actionDone() *errs.Error {
	if err := m.systemOnly(); err != nil {
		return err
	}
	v := m.waiting(ActionNode)
	if v == nil {
		return nil
	}
	if m.cmd.Outcome != "succeeded" {
		m.incident("action_failed", v, true, m.cmd.Text)
		return nil
	}
	for name, raw := range m.cmd.Vars {
		if err := m.setVar(name, raw); err != nil {
			m.incident("action_failed", v, true, errs.TextOf(err))
			return nil
		}
	}
	m.pass(v, "done")
	return nil
}

// waiting is the visit that a report is about; nil, and the command is idle, when it no longer waits.
func (m *machine) waiting(kind string) *Visit {
	v := m.st.Visit(m.cmd.Visit)
	if m.st.Status.Over() || v == nil || v.Status != Active || m.def.node(v.Node).Kind != kind {
		m.idle = true
		return nil
	}
	return v
}

// childDone: the instance of a sub-approval has ended.
func (m *machine) childDone() *errs.Error {
	if err := m.systemOnly(); err != nil {
		return err
	}
	v := m.waiting(SubApproval)
	if v == nil {
		return nil
	}
	switch Status(m.cmd.Outcome) {
	case Approved:
		m.pass(v, "approved")
		return nil
	case Error: // it could not even start
		m.incident("child_failed", v, true, m.cmd.Text)
		return nil
	}
	if m.def.node(v.Node).OnChildReject == "continue" {
		m.pass(v, m.cmd.Outcome)
		return nil
	}
	m.refuse(v, m.cmd.Outcome)
	return nil
}

// event: something happened that waits may wait for.
func (m *machine) event() *errs.Error {
	if err := m.systemOnly(); err != nil {
		return err
	}
	woken := false
	for _, v := range slices.Clone(m.st.Visits) {
		if v.Status == Active && v.Wakes != "" && v.Wakes == m.cmd.Event && m.st.Status == Running {
			woken = true
			m.pass(v, "event")
		}
	}
	m.idle = !woken
	return nil
}

// actionsFailed notes that the final actions of a decision could not be applied, so that the
// decision itself did not happen. A person sees the error and tries again; where nobody is there
// to see it, it is an incident.
func (m *machine) actionsFailed() *errs.Error {
	if err := m.systemOnly(); err != nil {
		return err
	}
	if m.st.Status.Over() {
		m.idle = true
		return nil
	}
	m.record(Entry{Verb: "actions.failed", Task: m.cmd.Task, Data: map[string]any{"cause": or(m.cmd.Outcome, "user"), Detail: m.cmd.Text}})
	if m.cmd.Outcome != "user" && m.cmd.Outcome != "" {
		m.incident("final_action_failed", nil, false, m.cmd.Text)
	}
	return nil
}

// recordChanged: the record was edited outside of the process. Only forced edits pass the lock.
func (m *machine) recordChanged() *errs.Error {
	forced := m.overrides()
	if m.st.Status.Over() {
		m.idle = true
		return nil
	}
	if !forced && m.st.Closed(m.def, m.cmd.Actor.ID, m.cmd.Fields) {
		return locked()
	}
	was := m.st.FormHash
	m.rehash(slices.Clone(m.cmd.Fields))
	if was == m.st.FormHash {
		m.idle = m.st.RecordRev == m.org.Form().Rev
		return nil
	}
	if forced && m.st.Locked {
		m.record(Entry{Verb: "record.force_edited", Reason: m.cmd.Reason, Data: map[string]any{"fields": m.cmd.Fields}})
	}
	watched := slices.ContainsFunc(m.def.OnChange.Watch, func(f string) bool { return slices.Contains(m.cmd.Fields, f) })
	if !watched || m.st.Status != Running {
		return nil
	}
	switch m.def.OnChange.Do {
	case "notify":
		for _, t := range m.st.Tasks {
			if t.Status == Pending {
				m.tell("record_changed", t.ID, t.Assignee)
			}
		}
	case "restart":
		l := m.mainLane()
		m.st.Round++
		m.snapshot()
		m.aboutInstance("instance.resubmitted", map[string]any{"why": "record_changed"})
		m.reset(l, 0, "record_changed")
		l.Index, l.Jump = 0, nil
		m.enter(l)
	}
	return nil
}

// overrides says whether the actor may go through the lock.
func (m *machine) overrides() bool {
	a := m.cmd.Actor
	return a.Type == "admin" || slices.ContainsFunc(m.def.Lock.Override, func(r string) bool { return a.ID != "" && slices.Contains(m.org.Members("role", r, ""), a.ID) })
}

func locked() *errs.Error {
	return errs.New(errs.RecordLocked, "the record is locked by an approval", "记录已被审批流程锁定")
}

// recordDeleted: the record is gone. While it is locked only an administrator may do that.
func (m *machine) recordDeleted() *errs.Error {
	if m.st.Status.Over() {
		m.idle = true
		return nil
	}
	if m.st.Locked && !m.overrides() {
		return locked()
	}
	m.finish(Cancelled, "record_deleted")
	return nil
}

// Closed says whether the lock of an instance forbids a user to edit fields of its record. It is
// what the record door asks; edits of approvers go through their decisions.
func (s *State) Closed(d *Definition, user string, fields []string) bool {
	if !s.Locked {
		return false
	}
	if s.Status == Returned && user == s.Initiator {
		return false
	}
	if d.Lock.Mode == "fields" {
		return slices.ContainsFunc(fields, func(f string) bool { return slices.Contains(d.Lock.Fields, f) })
	}
	return true
}
