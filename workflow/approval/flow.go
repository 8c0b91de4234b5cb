package approval

import (
	"fmt"
	"slices"
	"time"

	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/workflow/calendar"
)

// seq is the sequence that a lane is on.
func (m *machine) seq(l *Lane) []*Node {
	if l.Block == 0 {
		return m.def.Flow
	}
	return branchOf(m.def.node(m.st.Visit(l.Block).Node), l.Branch).Flow
}

// enter puts a lane's token on the node at its index, or ends the lane behind the last one.
func (m *machine) enter(l *Lane) {
	if m.st.Status.Over() || l.Status != Active {
		return
	}
	seq := m.seq(l)
	if l.Index >= len(seq) {
		m.endLane(l, Approved)
		return
	}
	v := m.newVisit(l, seq[l.Index])
	if m.steps++; m.steps > maxSteps {
		m.incident("too_many_steps", v, true, diag.Text{})
		return
	}
	m.proceed(v)
}

func (m *machine) newVisit(l *Lane, n *Node) *Visit {
	k := 1
	for _, v := range m.st.Visits {
		if v.Node == n.ID {
			k++
		}
	}
	v := &Visit{ID: len(m.st.Visits) + 1, Node: n.ID, N: k, Lane: l.ID, Round: m.st.Round, Status: Active, Entered: m.now}
	m.st.Visits = append(m.st.Visits, v)
	return v
}

// proceed does what a node does when the token comes, or when an incident there is retried.
func (m *machine) proceed(v *Visit) {
	n := m.def.node(v.Node)
	ok, err := m.holds(n.When)
	if err != nil {
		m.incident("condition_error", v, true, errs.TextOf(err))
		return
	}
	if !ok {
		m.skip(v, "condition")
		return
	}
	switch n.Kind {
	case Approve, Handle:
		m.aboutNode("node.entered", v, "", nil)
		m.publish("node_entered", map[string]any{"node": n.ID})
		m.ask(v, n)
	case CC:
		m.aboutNode("node.entered", v, "", nil)
		m.sendCopies(v, n)
	case Condition, Inclusive, Parallel:
		m.split(v, n)
	case Decision:
		m.decideTable(v, n)
	case Wait:
		m.wait(v, n)
	case ActionNode:
		m.aboutNode("node.entered", v, "", nil)
		e := Effect{Kind: RunActions, Node: n.ID, Actions: n.Do}
		if n.Async {
			m.emit(e)
			m.pass(v, "started")
			return
		}
		e.Visit = v.ID
		m.emit(e)
	case SubApproval:
		m.startChild(v, n)
	}
}

// skip passes a node that asks nobody.
func (m *machine) skip(v *Visit, reason string) {
	v.Status = Skipped
	v.Decided = m.verdict("skipped")
	m.aboutNode("node.skipped", v, reason, nil)
	m.next(v)
}

// pass ends a visit well and moves the token on.
func (m *machine) pass(v *Visit, decision string) {
	v.Status = Approved
	v.Decided = m.verdict(decision)
	m.aboutNode("node.decided", v, "", map[string]any{"decision": decision})
	m.publish("node_decided", map[string]any{"node": v.Node, "decision": decision})
	m.next(v)
}

// refuse ends a visit badly; the lane ends with it.
func (m *machine) refuse(v *Visit, decision string) {
	v.Status = Rejected
	v.Decided = m.verdict(decision)
	m.aboutNode("node.decided", v, "", map[string]any{"decision": decision})
	m.publish("node_decided", map[string]any{"node": v.Node, "decision": decision})
	m.endLane(m.st.lane(v.Lane), Rejected)
}

func (m *machine) verdict(decision string) *Verdict {
	by := m.cmd.Actor.ID
	if by == "" {
		by = m.cmd.Actor.Type
	}
	return &Verdict{By: by, Decision: decision, At: m.now}
}

// next moves the token from a visit that is over to the node behind it, or straight back to the
// node that had sent it here.
func (m *machine) next(v *Visit) {
	l := m.st.lane(v.Lane)
	if l.Jump != nil {
		j := l.Jump
		l.Jump = nil
		if m.jumpBack(j) {
			return
		}
		m.reset(l, l.Index+1, "rerun")
	}
	l.Index++
	m.enter(l)
}

// split opens the branches of a block.
func (m *machine) split(v *Visit, n *Node) {
	var taken []*Branch
	verdicts := map[string]any{}
	for _, b := range n.Branches {
		if n.Kind == Parallel {
			taken = append(taken, b)
			continue
		}
		if b.ID == n.Default {
			continue
		}
		ok, err := m.holds(b.When)
		if err != nil {
			m.incident("condition_error", v, true, diag.Textf("branch %s: %s", "分支 %s：%s", b.ID, errs.TextOf(err)))
			return
		}
		verdicts[b.ID] = ok
		if ok {
			taken = append(taken, b)
			if n.Kind == Condition {
				break
			}
		}
	}
	if len(taken) == 0 {
		taken = append(taken, branchOf(n, n.Default))
	}
	names := make([]string, len(taken))
	var lanes []*Lane
	for i, b := range taken {
		names[i] = b.ID
		l := &Lane{ID: len(m.st.Lanes) + 1, Block: v.ID, Branch: b.ID, Status: Active}
		m.st.Lanes = append(m.st.Lanes, l)
		lanes = append(lanes, l)
	}
	data := map[string]any{"branches": names}
	if len(verdicts) > 0 {
		data["conditions"] = verdicts
	}
	m.aboutNode("node.entered", v, "", data)
	for _, l := range lanes {
		m.enter(l)
	}
}

// endLane ends a lane, and with it perhaps its block, and in the end the instance.
func (m *machine) endLane(l *Lane, outcome Status) {
	if l.Status != Active {
		return
	}
	if l.Jump != nil { // the block from which the token was sent back still stands: nothing comes to it any more
		l.Jump = nil
		m.reset(l, l.Index+1, "rejected")
	}
	l.Status = outcome
	if l.Block == 0 {
		m.finish(outcome, "")
		return
	}
	v := m.st.Visit(l.Block)
	n := m.def.node(v.Node)
	switch {
	case splits(n):
		m.join(v, n, outcome)
	case outcome == Rejected:
		m.refuse(v, "rejected")
	default:
		m.pass(v, "passed")
	}
}

// join ends a block when the last of its branches has ended, or the first was rejected.
func (m *machine) join(v *Visit, n *Node, outcome Status) {
	policy := or(n.OnBranchReject, "cancel_all")
	rejected := false
	for _, l := range m.lanesOf(v.ID) {
		if l.Status == Active && outcome == Rejected && policy == "cancel_all" {
			m.cancelLane(l, "sibling_rejected")
		}
		if l.Status == Active {
			return
		}
		rejected = rejected || l.Status == Rejected
	}
	for _, l := range m.lanesOf(v.ID) {
		if m.st.Outcomes == nil {
			m.st.Outcomes = map[string]Status{}
		}
		m.st.Outcomes[n.ID+"."+l.Branch] = l.Status
	}
	if rejected && policy != "continue" {
		m.refuse(v, "rejected")
		return
	}
	m.pass(v, "joined")
}

func (m *machine) lanesOf(block int) []*Lane {
	var out []*Lane
	for _, l := range m.st.Lanes {
		if l.Block == block && block != 0 {
			out = append(out, l)
		}
	}
	return out
}

// wait sets the end of a wait.
func (m *machine) wait(v *Visit, n *Node) {
	var until time.Time
	switch {
	case n.Event != "":
		v.Wakes = n.Event
		m.aboutNode("node.entered", v, "", map[string]any{"event": n.Event})
		return
	case n.For != "":
		d, _ := calendar.ParseDuration(n.For)
		if until = m.now.Add(d); n.Clock == "business" {
			if c := m.org.Calendar(m.def.Calendar); c != nil {
				until = c.Add(m.now, d)
			}
		}
	default:
		x, err := m.eval(n.Until)
		if err == nil && x.IsNull() {
			err = errUnknown
		}
		if err != nil {
			m.incident("condition_error", v, true, errs.TextOf(err))
			return
		}
		if until = x.AsTime(); x.Kind() == value.KindDate {
			until = value.DateTime(x.Int() * 86_400_000_000).AsTime()
		}
	}
	m.aboutNode("node.entered", v, "", map[string]any{"until": until.UnixMilli()})
	if !until.After(m.now) {
		m.pass(v, "over")
		return
	}
	v.Until = &until
}

// sendCopies gives people their copies, each only once.
func (m *machine) sendCopies(v *Visit, n *Node) {
	people, err := m.everyone(n.Participants)
	if err != nil {
		m.incident("participants_failed", v, true, errs.TextOf(err))
		return
	}
	m.give(people)
	m.pass(v, "sent")
}

func (m *machine) give(users []string) {
	var got []string
	for _, u := range users {
		if m.st.Copied[u] != nil || !m.org.Active(u) {
			continue
		}
		if m.st.Copied == nil {
			m.st.Copied = map[string]*Copy{}
		}
		m.st.Copied[u] = &Copy{At: m.now}
		got = append(got, u)
	}
	if len(got) > 0 {
		m.record(Entry{Verb: "cc.sent", Data: map[string]any{"users": got}})
		m.tell("cc", 0, got...)
	}
}

func (m *machine) startChild(v *Visit, n *Node) {
	record := m.st.Record
	if n.Record != "" {
		x, err := m.eval(n.Record)
		var found []string
		if err == nil {
			found, err = ids(x)
		}
		if err == nil && len(found) != 1 {
			err = errUnknown
		}
		if err != nil {
			m.incident("condition_error", v, true, errs.TextOf(err))
			return
		}
		record = found[0]
	}
	v.Child = fmt.Sprintf("%s.%d", m.st.ID, v.ID)
	m.aboutNode("node.entered", v, "", map[string]any{"child": v.Child})
	m.emit(Effect{Kind: StartChild, Process: n.Process, Record: record, Child: v.Child, Visit: v.ID})
}

// finish ends the instance.
func (m *machine) finish(s Status, reason string) {
	m.sweep(reason)
	phase, verb, actions := "", "instance.completed", []Action(nil)
	switch s {
	case Approved:
		phase, actions = "onApprove", m.def.OnApprove
	case Rejected:
		phase, actions = "onReject", m.def.OnReject
	case Withdrawn:
		phase, verb, actions = "onWithdraw", "instance.withdrawn", m.def.OnWithdraw
	case Cancelled:
		verb = "instance.cancelled"
	case Terminated:
		verb = "instance.terminated"
	}
	m.setStatus(s)
	m.st.Before, m.st.Reason = "", reason
	m.actions(phase, actions)
	m.unlock()
	m.aboutInstance(verb, nil)
	m.publish("completed", map[string]any{"status": s})
	m.tell("completed", 0, m.st.Initiator)
	if m.st.Parent != "" {
		m.emit(Effect{Kind: ChildDone, Parent: m.st.Parent, Child: m.st.ID, Status: s})
	}
}

// sweep ends everything that is still open.
func (m *machine) sweep(reason string) {
	for _, l := range m.st.Lanes {
		if l.Status == Active && l.Block == 0 {
			m.cancelLane(l, reason)
		}
	}
	for _, t := range m.st.Tasks {
		if t.Status.open() {
			m.cancelTask(t, reason)
		}
	}
	for i := range m.st.Incidents {
		m.st.Incidents[i].Resolved = true
	}
	m.st.Jump = nil
}

// cancelLane takes a token off its sequence.
func (m *machine) cancelLane(l *Lane, reason string) {
	m.reset(l, 0, reason)
	l.Status, l.Jump = Cancelled, nil
}

// reset undoes what a lane did from an index on: what is open is cancelled, what was approved no
// longer counts.
func (m *machine) reset(l *Lane, from int, reason string) {
	for _, v := range m.st.Visits {
		if v.Lane != l.ID || m.indexOf(v) < from || v.Status == Cancelled || v.Voided {
			continue
		}
		m.undo(v, reason)
	}
}

// indexOf is where a visit's node stands in its sequence; below all others when a migration left
// the node behind.
func (m *machine) indexOf(v *Visit) int {
	if p := m.def.nodes[v.Node]; p != nil {
		return p.index
	}
	return -1
}

func (m *machine) undo(v *Visit, reason string) {
	for _, l := range m.lanesOf(v.ID) {
		m.cancelLane(l, reason)
	}
	m.void(v)
	v.Reason = reason
	if v.Status != Active {
		return
	}
	for _, t := range m.st.tasksOf(v.ID) {
		if t.Status.open() {
			m.cancelTask(t, reason)
		}
	}
	v.Status = Cancelled
	if v.Child != "" {
		m.emit(Effect{Kind: EndChild, Child: v.Child})
	}
	for i := range m.st.Incidents {
		if m.st.Incidents[i].Visit == v.ID {
			m.st.Incidents[i].Resolved = true
		}
	}
	m.aboutNode("node.cancelled", v, reason, nil)
}

// void makes the approvals of a visit count no longer.
func (m *machine) void(v *Visit) {
	v.Voided = true
	for _, t := range m.st.tasksOf(v.ID) {
		if t.Status == Approved || t.Status == AutoApproved || t.Status == Carried {
			t.Voided = true
		}
	}
	for _, l := range m.lanesOf(v.ID) {
		for _, in := range m.st.Visits {
			if in.Lane == l.ID && !in.Voided {
				m.void(in)
			}
		}
	}
}

func (m *machine) cancelTask(t *Task, reason string) {
	t.Status, t.Reason, t.Sign = Cancelled, reason, nil
	m.aboutTask("task.cancelled", t, Actor{}, reason, nil)
}

// Detail is the key under which entries of the audit have what the platform says, in each language.
const Detail = "detail"

// incident stops the instance until an administrator has looked at it.
func (m *machine) incident(code string, v *Visit, enter bool, text diag.Text) {
	i := Incident{ID: len(m.st.Incidents) + 1, Code: code, Text: text, At: m.now, Enter: enter}
	if v != nil {
		i.Node, i.Visit = v.Node, v.ID
	}
	m.st.Incidents = append(m.st.Incidents, i)
	if m.st.Status == Running {
		m.st.Before = Running
		m.setStatus(Error)
	}
	data := map[string]any{"incident": i.ID, "code": code, "status": m.st.Status}
	if text != (diag.Text{}) {
		data[Detail] = text
	}
	m.record(Entry{Verb: "incident.opened", Node: i.Node, Data: data})
	admins, _ := m.everyone(m.def.Admins)
	m.tell("incident", 0, slices.DeleteFunc(admins, func(u string) bool { return !m.org.Active(u) })...)
}
