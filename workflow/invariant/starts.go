package invariant

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/tenon-platform/tenon/workflow/engine"
	"github.com/tenon-platform/tenon/workflow/flow"
	flows "github.com/tenon-platform/tenon/workflow/flow/process"
)

// queued: a run that waits for its turn is behind one that goes on, or somebody's turn has come.
func (c *checker) queued(i *engine.Instance, st *flow.State) error {
	if _, called := c.jobs[st.ID+"/go"]; called || len(c.rows.Uniques[st.Order]) > 0 {
		return nil
	}
	for _, x := range c.instances {
		if x.Name == i.Name || x.Kind != i.Kind || x.About.Process != i.About.Process || x.About.Over {
			continue
		}
		if _, called := c.jobs[x.Name+"/go"]; called || x.About.Status != string(flow.Queued) {
			return nil
		}
	}
	return errors.New("I1: it is queued behind nothing")
}

// schedules: one that has paused itself has a run that tells so, and no other has.
func (c *checker) schedules(standings map[string]flows.Standing) error {
	var wrong []error
	for _, x := range standings {
		i := c.instances[x.Run]
		switch {
		case x.Run == "":
		case i == nil || !x.Paused:
			wrong = append(wrong, fmt.Errorf("I15: of the schedule of %s, paused %v, the run %s is to tell", x.Flow, x.Paused, x.Run))
		default:
			st := &flow.State{}
			if err := json.Unmarshal(i.State, st); err != nil {
				return err
			}
			told := st.Status == flow.Failed && st.Incident != nil && st.Incident.Code == flows.Paused
			if !told && st.Status != flow.Cancelled { // an administrator may have seen it, and leave the schedule as it is
				wrong = append(wrong, fmt.Errorf("I15: %s does not tell that the schedule of %s is paused", x.Run, x.Flow))
			}
		}
	}
	return errors.Join(wrong...)
}

// cascades: what a cascade is said to have written is what its runs have, and there are no more of them than it
// is said to have. A run that is said to have caused others has a cascade.
func (c *checker) cascades(rows map[string]flows.Cascade) error {
	runs, writes := map[string]int{}, map[string]int{}
	var wrong []error
	for _, i := range c.rows.Instances {
		if i.Kind != flows.Name {
			continue
		}
		st := &flow.State{}
		if err := json.Unmarshal(i.State, st); err != nil {
			return err
		}
		root := st.Cause.Root
		writes[root] += st.Writes
		if st.Reason != "recursion" && (st.Incident == nil || st.Incident.Code != string(flow.CascadeBudget) && st.Incident.Code != "CASCADE_DEPTH" || len(st.Lanes) > 0) {
			runs[root]++
		}
		if _, there := rows[root]; (st.Causes || st.ID != root && st.Writes > 0) && !there {
			wrong = append(wrong, fmt.Errorf("I16: %s belongs to the cascade of %s, of which nothing is known", st.ID, root))
		}
	}
	for _, x := range rows {
		if x.Writes != writes[x.Root] || x.Runs < runs[x.Root] || x.Runs > flows.MaxRuns {
			wrong = append(wrong, fmt.Errorf("I16: the cascade of %s is said to have %d runs and %d writes, and has %d and %d", x.Root, x.Runs, x.Writes, runs[x.Root], writes[x.Root]))
		}
	}
	return errors.Join(wrong...)
}
