package approval

// Tally is the count of one visit: W, a and r of the voting rules, and how many have not answered.
type Tally struct{ Total, For, Against, Open int }

// Count counts the tasks of a visit that take part in its vote.
func Count(st *State, visit int) Tally {
	var c Tally
	for _, t := range st.tasksOf(visit) {
		if t.Kind != Ordinary {
			continue
		}
		switch t.Status {
		case Cancelled, Transferred, Closed, Abstained, Returned:
			continue
		case Approved, AutoApproved, Carried:
			c.For += t.Weight
		case Rejected, AutoRejected:
			c.Against += t.Weight
		default:
			c.Open++
		}
		c.Total += t.Weight
	}
	return c
}

// verdictOf is the outcome of a count: Approved, Rejected, or "" while it is open.
func verdictOf(v Vote, c Tally) Status {
	if v.EarlyFinish != nil && !*v.EarlyFinish && c.Open > 0 {
		return ""
	}
	approved, impossible := false, false
	switch v.Mode {
	case "any":
		approved, impossible = c.For > 0, c.Against == c.Total
	case "ratio", "weighted":
		approved, impossible = c.For*100 >= v.N*c.Total, c.Against*100 > (100-v.N)*c.Total
	case "count":
		approved, impossible = c.For >= v.N, c.Total-c.Against < v.N
	default: // all, sequential, random, claim
		approved, impossible = c.For == c.Total, c.Against > 0
	}
	switch v.OnReject {
	case "veto":
		if c.Against > 0 {
			return Rejected
		}
	case "impossible":
		if impossible {
			return Rejected
		}
	}
	switch {
	case approved:
		return Approved
	case c.Open == 0: // everybody has answered, and it was not enough
		return Rejected
	}
	return ""
}

// settle counts a visit anew after anything changed, and decides it if it can be.
func (m *machine) settle(v *Visit) {
	if v.Status != Active {
		return
	}
	n := m.def.node(v.Node)
	c := Count(m.st, v.ID)
	if c.Total == 0 {
		m.nobody(v, n)
		return
	}
	vote := voteOf(n)
	if v.Empty {
		vote = Vote{Mode: "any", OnReject: "veto"}
	}
	switch verdictOf(vote, c) {
	case Approved:
		m.closeRest(v)
		m.pass(v, "approved")
	case Rejected:
		m.closeRest(v)
		m.refuseOrReturn(v, n, "rejected")
	default:
		if vote.Mode == "sequential" {
			m.nextInLine(v)
		}
	}
}

// closeRest closes what nobody needs to answer any more.
func (m *machine) closeRest(v *Visit) {
	for _, t := range m.st.tasksOf(v.ID) {
		if t.Status.open() {
			m.closeTask(t, "node_decided")
		}
	}
}

func (m *machine) closeTask(t *Task, reason string) {
	t.Status, t.Reason, t.Sign = Closed, reason, nil
	m.aboutTask("task.closed", t, Actor{}, reason, nil)
}

// nextInLine activates the first queued task when nobody else of the line is at work.
func (m *machine) nextInLine(v *Visit) {
	var first *Task
	for _, t := range m.st.tasksOf(v.ID) {
		if t.Kind != Ordinary {
			continue
		}
		if t.Status.open() && t.Status != Queued {
			return
		}
		if t.Status == Queued && (first == nil || t.Pos < first.Pos) {
			first = t
		}
	}
	if first != nil {
		m.activate(first)
	}
}

func (m *machine) activate(t *Task) {
	t.Status = Pending
	m.aboutTask("task.activated", t, Actor{}, "", nil)
	m.tell("task", t.ID, t.Assignee)
}
