package approval

import (
	"hash/fnv"
	"slices"

	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/platform/errs"
)

// gather runs the fixed pipeline that turns a node's participants into the people to ask: resolve,
// merge, drop who left, standing delegation, the submitter's own turn, merge again, cap. skipped
// says that the submitter was the only one and the node is passed over. stop says that an
// incident was opened.
func (m *machine) gather(v *Visit, n *Node) (people []person, skipped, stop bool) {
	for _, p := range n.Participants {
		found, err := m.resolve(p, n.ID)
		if err != nil {
			m.incident("participants_failed", v, true, errs.TextOf(err))
			return nil, false, true
		}
		people = append(people, found...)
	}
	people = merge(people)
	people = m.present(v, n, people)
	for i := range people {
		m.standIn(v, &people[i])
	}
	people, dropped := m.selfRule(v, n, people)
	people = merge(people)
	if len(people) > maxPeople {
		m.incident("too_many_participants", v, true, diag.Text{})
		return nil, false, true
	}
	return people, dropped && len(people) == 0 && n.Self == "skip", false
}

// merge keeps each person once, at the first position, with the greatest weight.
func merge(in []person) []person {
	var out []person
	for _, p := range in {
		i := slices.IndexFunc(out, func(o person) bool { return o.user == p.user && o.queue == p.queue })
		if i < 0 {
			out = append(out, p)
			continue
		}
		out[i].weight = max(out[i].weight, p.weight)
	}
	return out
}

// present replaces or drops those who have left.
func (m *machine) present(v *Visit, n *Node, in []person) []person {
	var out []person
	for _, p := range in {
		if p.queue != "" || m.org.Active(p.user) {
			out = append(out, p)
			continue
		}
		heirs := m.heirs(p.user, or(n.OnLeave, "to_manager"))
		m.aboutNode("participant.removed", v, "inactive", map[string]any{"user": p.user, "replacedBy": heirs})
		for _, h := range heirs {
			out = append(out, person{user: h, weight: p.weight, via: p.via + ", for " + p.user})
		}
	}
	return merge(out)
}

// heirs are who takes over from somebody who has left.
func (m *machine) heirs(user, policy string) []string {
	switch policy {
	case "to_manager":
		chain, _ := m.chain(user)
		for _, u := range chain {
			if m.org.Active(u) {
				return []string{u}
			}
		}
	case "to_admin":
		return m.admins()
	}
	return nil
}

// standIn follows standing delegation; a circle leaves the person as it is.
func (m *machine) standIn(v *Visit, p *person) {
	if p.queue != "" {
		return
	}
	user, seen := p.user, []string{p.user}
	for range maxStanding {
		next := m.org.Standing(user, m.def.Key, m.now)
		if next == "" || !m.org.Active(next) {
			break
		}
		if slices.Contains(seen, next) {
			m.aboutNode("participant.delegation_cycle", v, "", map[string]any{"user": p.user})
			return
		}
		seen = append(seen, next)
		user = next
	}
	if user != p.user {
		m.aboutNode("participant.replaced", v, "delegation", map[string]any{"from": p.user, "to": user})
		p.via += ", delegated by " + p.user
		p.user = user
	}
}

// selfRule applies the rule for a submitter who would decide the own submission.
func (m *machine) selfRule(v *Visit, n *Node, in []person) (out []person, dropped bool) {
	rule := or(n.Self, "to_manager")
	for _, p := range in {
		if p.user != m.st.Submitter || rule == "allow" {
			out = append(out, p)
			continue
		}
		to := ""
		switch rule {
		case "to_manager":
			if heirs := m.heirs(p.user, "to_manager"); len(heirs) > 0 {
				to = heirs[0]
			}
		case "to_dept_head":
			to = m.headAbove(p.user)
		}
		if to == "" || to == m.st.Submitter {
			dropped = true
			m.aboutNode("participant.removed", v, "self", map[string]any{"user": p.user})
			continue
		}
		m.aboutNode("participant.replaced", v, "self", map[string]any{"from": p.user, "to": to})
		out = append(out, person{user: to, weight: p.weight, via: p.via + ", instead of the submitter"})
	}
	return out, dropped
}

// headAbove is the head of the user's department, or of the nearest one above that somebody else heads.
func (m *machine) headAbove(user string) string {
	dept := m.org.Department(user)
	for range maxNesting {
		if dept == "" {
			return ""
		}
		if h := m.org.Head(dept); h != "" && h != user && m.org.Active(h) {
			return h
		}
		dept = m.org.Parent(dept)
	}
	return ""
}

// ask creates the tasks of a node.
func (m *machine) ask(v *Visit, n *Node) {
	people, skipped, stop := m.gather(v, n)
	switch {
	case stop:
		return
	case skipped:
		m.skip(v, "self")
		return
	case len(people) == 0:
		m.nobody(v, n)
		return
	}
	m.assign(v, n, people)
}

// nobody applies the policy for a node where nobody is left to ask.
func (m *machine) nobody(v *Visit, n *Node) {
	policy := emptyOf(n)
	var users []string
	switch policy.Do {
	case "approve":
		m.closeRest(v)
		m.pass(v, "approved_empty")
		return
	case "reject":
		m.closeRest(v)
		m.refuseOrReturn(v, n, "rejected_empty")
		return
	case "to_admin":
		users = m.admins()
	case "to_users":
		users = slices.DeleteFunc(m.named(policy.Users), func(u string) bool { return !m.org.Active(u) })
	}
	if n.Self != "allow" {
		users = slices.DeleteFunc(users, func(u string) bool { return u == m.st.Submitter })
	}
	if v.Empty { // they had their turn already, and abstained or left
		users = slices.DeleteFunc(users, func(u string) bool { return m.asked(v, u) })
	}
	if len(users) == 0 {
		m.incident("no_participants", v, true, diag.Text{})
		return
	}
	v.Empty = true
	people := make([]person, len(users))
	for i, u := range users {
		people[i] = person{user: u, weight: 1, via: policy.Do}
	}
	m.assign(v, n, people)
}

func (m *machine) asked(v *Visit, user string) bool {
	return slices.ContainsFunc(m.st.tasksOf(v.ID), func(t *Task) bool { return t.Assignee == user && t.Kind == Ordinary })
}

// assign makes the tasks, answers those that somebody has answered before, and counts.
func (m *machine) assign(v *Visit, n *Node, people []person) {
	mode := voteOf(n).Mode
	if v.Empty {
		mode = "any"
	}
	if mode == "random" {
		people = []person{people[m.pick(v, len(people))]}
	}
	if mode == "claim" {
		people = []person{poolOf(people)}
	}
	again := m.before(v, n)
	waiting := false
	for i, p := range people {
		t := &Task{Visit: v.ID, Status: Pending, Assignee: p.user, Via: p.via, Weight: p.weight, Pos: i + 1}
		switch {
		case p.pool != nil:
			t.Status, t.Pool, t.Queue = Claimable, p.pool, p.queue
		case again[p.user]:
			t.Status = AutoApproved
		case mode == "sequential" && waiting:
			t.Status = Queued
		}
		waiting = waiting || t.Status != AutoApproved
		m.create(t)
		if t.Status == AutoApproved {
			t.Decided, t.FormHash = &Verdict{By: "system", Decision: "approved", At: m.now}, m.st.FormHash
			m.aboutTask("task.decided", t, System, "dedupe", map[string]any{"decision": "approved"})
		}
	}
	if v.Clock == nil && len(n.Timeouts) > 0 {
		v.Clock = &Clock{Since: m.now}
	}
	m.settle(v)
}

// create numbers a task, records it, and tells who has to act.
func (m *machine) create(t *Task) {
	t.ID, t.Created = len(m.st.Tasks)+1, m.now
	m.st.Tasks = append(m.st.Tasks, t)
	m.aboutTask("task.created", t, Actor{}, "", map[string]any{"via": t.Via, "kind": t.Kind, "weight": t.Weight})
	switch t.Status {
	case Pending:
		m.tell("task", t.ID, t.Assignee)
	case Claimable:
		m.tell("claimable", t.ID, t.Pool...)
	}
}

// pick draws one of n, the same each time for one instance and visit.
func (m *machine) pick(v *Visit, n int) int {
	h := fnv.New64a()
	h.Write([]byte(m.st.ID))
	h.Write([]byte{0})
	h.Write([]byte(v.Node))
	h.Write([]byte{byte(v.N)})
	return int(h.Sum64() % uint64(n))
}

func poolOf(people []person) person {
	all := person{weight: 1, via: "claim"}
	for _, p := range people {
		if p.user != "" {
			all.pool = append(all.pool, p.user)
		}
		all.pool = append(all.pool, p.pool...)
		if p.queue != "" && len(people) == 1 {
			all.queue = p.queue
		}
	}
	slices.Sort(all.pool)
	all.pool = slices.Compact(all.pool)
	return all
}

// before finds who approved earlier, so that this node need not ask them again.
func (m *machine) before(v *Visit, n *Node) map[string]bool {
	out := map[string]bool{}
	policy := or(n.Dedupe, or(m.def.Dedupe, "none"))
	if policy == "none" || n.RequireFresh || n.Signature || len(n.RequiredFields) > 0 {
		return out
	}
	var visits []*Visit
	if policy == "all" {
		for _, x := range m.st.Visits {
			if x.Round == m.st.Round && x.ID != v.ID {
				visits = append(visits, x)
			}
		}
	} else {
		visits = m.preceding(m.st.lane(v.Lane), m.indexOf(v))
	}
	for _, x := range visits {
		for _, t := range m.st.tasksOf(x.ID) {
			if t.Kind == Ordinary && !t.Voided && (t.Status == Approved || t.Status == AutoApproved || t.Status == Carried) && t.FormHash == m.st.FormHash {
				out[t.Assignee] = true
			}
		}
	}
	return out
}

// preceding are the visits of the last nodes that people decided before an index of a lane:
// one on a plain path, one per branch behind a join.
func (m *machine) preceding(l *Lane, index int) []*Visit {
	for i := index - 1; i >= 0; i-- {
		v := m.lastVisit(l, i)
		if v == nil || v.Status != Approved || v.Voided {
			continue
		}
		n := m.def.node(v.Node)
		if asks(n) {
			return []*Visit{v}
		}
		var out []*Visit
		for _, in := range m.lanesOf(v.ID) {
			out = append(out, m.lastOf(in)...)
		}
		if len(out) > 0 {
			return out
		}
	}
	if l.Block == 0 {
		return nil
	}
	b := m.st.Visit(l.Block)
	return m.preceding(m.st.lane(b.Lane), m.indexOf(b))
}

// lastOf is preceding from the end of a finished branch, without leaving it.
func (m *machine) lastOf(l *Lane) []*Visit {
	seq := m.seq(l)
	for i := len(seq) - 1; i >= 0; i-- {
		v := m.lastVisit(l, i)
		if v == nil || v.Status != Approved || v.Voided {
			continue
		}
		if asks(m.def.node(v.Node)) {
			return []*Visit{v}
		}
		var out []*Visit
		for _, in := range m.lanesOf(v.ID) {
			out = append(out, m.lastOf(in)...)
		}
		if len(out) > 0 {
			return out
		}
	}
	return nil
}

// lastVisit is the last visit of a lane at an index.
func (m *machine) lastVisit(l *Lane, index int) *Visit {
	for i := len(m.st.Visits) - 1; i >= 0; i-- {
		if v := m.st.Visits[i]; v.Lane == l.ID && m.indexOf(v) == index {
			return v
		}
	}
	return nil
}
