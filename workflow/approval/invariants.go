package approval

import (
	"fmt"
)

// Check tells what is wrong with a state, by the invariants that every command keeps: nothing is
// stuck, what has ended is closed, a node has one active visit per token, votes agree with tasks.
func Check(st *State, def *Definition) error {
	for _, rule := range []func(*State, *Definition) error{notStuck, ended, oneVisit, decidedOnce, passedNodes} {
		if err := rule(st, def); err != nil {
			return err
		}
	}
	return nil
}

// notStuck: a running instance waits for a task, a timer, an action, a child or an event.
func notStuck(st *State, def *Definition) error {
	if st.Status != Running && st.Status != Returned && st.Status != Error {
		return nil
	}
	for _, t := range st.Tasks {
		if t.Status == Pending || t.Status == Claimable {
			return nil
		}
	}
	for _, i := range st.Incidents {
		if !i.Resolved {
			return nil
		}
	}
	for _, v := range st.Visits {
		if v.Status == Active && (v.Until != nil || v.Wakes != "" || def.node(v.Node).Kind == ActionNode || v.Child != "") {
			return nil
		}
	}
	return fmt.Errorf("I1: %s is %s and waits for nothing", st.ID, st.Status)
}

// ended: nothing is open in an instance that is over.
func ended(st *State, _ *Definition) error {
	if !st.Status.Over() && st.Status != Draft {
		return nil
	}
	for _, t := range st.Tasks {
		if t.Status.open() {
			return fmt.Errorf("I2: task %d is %s in an instance that is %s", t.ID, t.Status, st.Status)
		}
	}
	for _, v := range st.Visits {
		if v.Status == Active {
			return fmt.Errorf("I2: visit %d of %s is active in an instance that is %s", v.ID, v.Node, st.Status)
		}
	}
	if len(st.Timers) > 0 || st.Locked {
		return fmt.Errorf("I2: timers %v, locked %v in an instance that is %s", st.Timers, st.Locked, st.Status)
	}
	return nil
}

// oneVisit: a token stands at one node, and a lane that has ended at none.
func oneVisit(st *State, _ *Definition) error {
	active := map[int]int{}
	for _, v := range st.Visits {
		if v.Status != Active {
			continue
		}
		if active[v.Lane]++; active[v.Lane] > 1 && st.lane(v.Lane).Jump == nil && st.Jump == nil {
			return fmt.Errorf("I3: lane %d stands at two nodes", v.Lane)
		}
		if st.lane(v.Lane).Status != Active {
			return fmt.Errorf("I3: lane %d is %s and stands at %s", v.Lane, st.lane(v.Lane).Status, v.Node)
		}
	}
	return nil
}

// decidedOnce: a visit that is over has no open tasks, and its outcome is that of its votes.
func decidedOnce(st *State, def *Definition) error {
	for _, v := range st.Visits {
		if v.Status == Active {
			continue
		}
		for _, t := range st.tasksOf(v.ID) {
			if t.Status.open() {
				return fmt.Errorf("I4: task %d is %s at a visit of %s that is %s", t.ID, t.Status, v.Node, v.Status)
			}
		}
		n := def.node(v.Node)
		if n == nil || !asks(n) || v.Voided || v.Empty || v.Status != Approved || v.Decided.Decision != "approved" || st.Def.Version != def.Pin.Version {
			continue
		}
		if c := Count(st, v.ID); verdictOf(voteOf(n), c) != Approved {
			return fmt.Errorf("I9: %s#%d was approved with %+v", v.Node, v.N, c)
		}
	}
	return nil
}

// passedNodes: every node on the taken path of an approved instance was approved or skipped.
func passedNodes(st *State, def *Definition) error {
	if st.Status != Approved {
		return nil
	}
	last := map[int]map[string]*Visit{}
	for _, v := range st.Visits {
		if last[v.Lane] == nil {
			last[v.Lane] = map[string]*Visit{}
		}
		last[v.Lane][v.Node] = v
	}
	for _, l := range st.Lanes {
		if l.Status != Approved {
			continue
		}
		for _, v := range last[l.ID] {
			if v.Reason == "jump" { // an administrator took the token past it
				continue
			}
			if (v.Status != Approved && v.Status != Skipped) || v.Voided {
				return fmt.Errorf("I6: the instance is approved, its visit %d of %s is %s (voided %v)", v.ID, v.Node, v.Status, v.Voided)
			}
		}
	}
	return nil
}

// Folded is what an audit says about an instance.
type Folded struct {
	Status Status
	Round  int
	Tasks  map[int]Status
}

// Fold derives the status of an instance and of its tasks from its audit alone.
func Fold(entries []Entry) Folded {
	f := Folded{Tasks: map[int]Status{}}
	for _, e := range entries {
		s, _ := e.Data["status"].(string)
		switch {
		case s == "":
		case e.Task != 0:
			f.Tasks[e.Task] = Status(s)
		case e.Node == "" || e.Verb == "incident.opened":
			f.Status = Status(s)
			if r, ok := e.Data["round"].(float64); ok {
				f.Round = int(r)
			}
		}
	}
	return f
}

// CheckAudit compares a state with its whole audit.
func CheckAudit(st *State, entries []Entry) error {
	if err := VerifyChain("", entries); err != nil {
		return err
	}
	if int64(len(entries)) != st.Seq || len(entries) > 0 && entries[len(entries)-1].Hash != st.Hash {
		return fmt.Errorf("I5: the state ends at entry %d, the audit at %d", st.Seq, len(entries))
	}
	f := Fold(entries)
	if f.Status != st.Status || f.Round != st.Round {
		return fmt.Errorf("I5: the audit says %s in round %d, the state %s in round %d", f.Status, f.Round, st.Status, st.Round)
	}
	for _, t := range st.Tasks {
		if f.Tasks[t.ID] != t.Status {
			return fmt.Errorf("I5: task %d is %s by its audit, %s by its state", t.ID, f.Tasks[t.ID], t.Status)
		}
	}
	return nil
}

// CheckDecisions compares the decisions of tasks with the audit: each that stands was made once, and by
// the person who had the task, unless the platform or an administrator made it.
func CheckDecisions(st *State, entries []Entry) error {
	made := map[int]int{}
	for _, e := range entries {
		switch e.Verb {
		case "task.decided":
			made[e.Task]++
			who, _ := e.Data["assignee"].(string)
			// What others were asked on behalf of a task may decide it, too.
			if e.Actor.Type == "user" && e.Actor.ID != who && len(st.children(e.Task)) == 0 {
				return fmt.Errorf("I4: task %d of %s was decided by %s", e.Task, who, e.Actor.ID)
			}
		case "task.taken_back":
			made[e.Task]--
		}
	}
	for _, t := range st.Tasks {
		decided := t.Status == Approved || t.Status == Rejected || t.Status == Abstained
		if n := made[t.ID]; n < 0 || n > 1 || decided && n != 1 {
			return fmt.Errorf("I4: task %d is %s and was decided %d times", t.ID, t.Status, n)
		}
	}
	return nil
}
