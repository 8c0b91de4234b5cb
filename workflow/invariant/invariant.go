// Package invariant holds what is stored of processes against what must always be true of it, whatever
// happened to the process that stored it: for tests that kill it, and for tests of many clients. What a
// state means is decided by the packages that it belongs to; here it is held against the rows beside it.
package invariant

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/workflow/approval"
	approvals "github.com/tenon-platform/tenon/workflow/approval/process"
	"github.com/tenon-platform/tenon/workflow/engine"
	"github.com/tenon-platform/tenon/workflow/flow"
	flows "github.com/tenon-platform/tenon/workflow/flow/process"
)

// World is what rows of processes are held against.
type World struct {
	Now time.Time
	// Definition finds a version of an approval process.
	Definition func(ctx context.Context, key string, version int) (*approval.Definition, error)
	// Locks names the locks of processes on a record; nil where there is no such record.
	Locks func(ctx context.Context, record string) ([]string, error)
	// Flows are those that have served as long as there are records that they are about. Nothing of the
	// kind was loaded in bulk, which starts no runs, and the outbox still has all.
	Flows []*catalog.Flow
	// Pools are those of whom some are assigned in turn by weight, by the pool. Weights have not changed since the
	// first turn, everybody could always be chosen, and nobody has left. nil: there are none.
	Pools func(ctx context.Context) (map[string][]Member, error)
}

// Check reads all processes of a tenant, and tells everything that is wrong with them.
func Check(ctx context.Context, db *store.DB, w World) error {
	rows, err := engine.ReadRows(ctx, db)
	if err != nil {
		return err
	}
	ears, err := flows.ReadEars(ctx, db)
	if err != nil {
		return err
	}
	failed, err := flows.ReadFailures(ctx, db)
	if err != nil {
		return err
	}
	standings, err := flows.ReadStandings(ctx, db)
	if err != nil {
		return err
	}
	cascades, err := flows.ReadCascades(ctx, db)
	if err != nil {
		return err
	}
	c := &checker{ctx: ctx, world: w, rows: rows, ears: ears, failed: failed, jobs: map[string]engine.JobRow{}, instances: map[string]*engine.Instance{}}
	for _, j := range rows.Jobs {
		c.jobs[j.Key] = j
	}
	for _, i := range rows.Instances {
		c.instances[i.Name] = i
	}
	wrong := []error{rows.Check(w.Now), c.begun(db), c.turns(), c.orders(), c.schedules(standings), c.cascades(cascades)}
	for _, i := range rows.Instances {
		var err error
		switch i.Kind {
		case approvals.Name:
			err = c.approval(i)
		case flows.Name:
			err = c.run(i)
		}
		if err != nil {
			wrong = append(wrong, fmt.Errorf("%s, which is %s: %w", i.Name, i.About.Status, err))
		}
	}
	return errors.Join(wrong...)
}

type checker struct {
	ctx       context.Context
	world     World
	rows      *engine.Rows
	ears      map[string]flows.Ear     // by mark
	failed    map[string]string        // what runs stand failed of, by run
	jobs      map[string]engine.JobRow // by key
	instances map[string]*engine.Instance
}

// approval holds an approval against its audit, tasks, timers and lock.
func (c *checker) approval(i *engine.Instance) error {
	st := &approval.State{}
	if err := json.Unmarshal(i.State, st); err != nil {
		return err
	}
	def, err := c.world.Definition(c.ctx, st.Def.Key, st.Def.Version)
	if err != nil || def == nil {
		return fmt.Errorf("there is no definition %s, version %d: %w", st.Def.Key, st.Def.Version, err)
	}
	var entries []approval.Entry
	for _, a := range c.rows.Audit[i.Name] {
		var e approval.Entry
		if err := json.Unmarshal(a.Entry, &e); err != nil {
			return err
		}
		entries = append(entries, e)
	}
	return errors.Join(approval.Check(st, def), approval.CheckAudit(st, entries), approval.CheckDecisions(st, entries), c.about(i, string(st.Status), st.Status.Over(), st.Rev), c.tasks(i, st), c.timers(st), c.lock(st))
}

func (c *checker) about(i *engine.Instance, status string, over bool, rev int64) error {
	if i.About.Status != status || i.About.Over != over || rev != 0 && i.Rev != rev {
		return fmt.Errorf("I5: the row says %s, over %v, revision %d; the state %s, %v, %d", i.About.Status, i.About.Over, i.Rev, status, over, rev)
	}
	return nil
}

// tasks holds the rows of tasks, which inboxes read, against the state.
func (c *checker) tasks(i *engine.Instance, st *approval.State) error {
	var rows, want []string
	for _, t := range c.rows.Tasks[i.Name] {
		rows = append(rows, fmt.Sprintf("%d %s %s %v", t.Number, t.Assignees[0], t.Status, t.Open))
	}
	for _, t := range st.Tasks {
		who := []string{t.Assignee}
		if t.Status == approval.Claimable {
			who = t.Pool
		}
		for _, u := range who {
			want = append(want, fmt.Sprintf("%d %s %s %v", t.ID, u, t.Status, t.Status == approval.Pending || t.Status == approval.Claimable))
		}
	}
	slices.Sort(rows)
	slices.Sort(want)
	if !slices.Equal(rows, want) {
		return fmt.Errorf("I5: the rows of tasks are %q, the state's %q", rows, want)
	}
	return nil
}

// timers: what the state waits for is a job of that moment, and no job is left of what it no longer does.
func (c *checker) timers(st *approval.State) error {
	wanted := map[string]time.Time{}
	for _, t := range st.Timers {
		key := st.ID + "/" + t.Key
		wanted[key] = t.At
		if j, ok := c.jobs[key]; !ok || j.Owner == "" && j.Attempt == 0 && !j.At.Equal(t.At) {
			return fmt.Errorf("I1: the timer %s of %s has no job of its moment", t.Key, t.At.Format(time.RFC3339))
		}
	}
	for key, j := range c.jobs {
		var o struct {
			To      string
			Command approval.Command
		}
		if !strings.HasPrefix(key, st.ID+"/") || json.Unmarshal(j.Payload, &o) != nil || o.Command.Kind != "timer" {
			continue
		}
		if _, ok := wanted[key]; !ok {
			return fmt.Errorf("I2: the timer %s is set, and the state knows of none", key)
		}
	}
	for _, v := range st.Visits {
		if v.Status == approval.Active && v.Child != "" && !c.comes(v.Child) {
			return fmt.Errorf("I1: visit %d waits for %s, which neither runs nor is to start", v.ID, v.Child)
		}
	}
	return nil
}

// lock: the record is locked for the instance exactly when the instance says so.
func (c *checker) lock(st *approval.State) error {
	locks, err := c.world.Locks(c.ctx, st.Record)
	if err != nil {
		return err
	}
	if has := slices.Contains(locks, "approval:"+st.ID); has != st.Locked && locks != nil {
		return fmt.Errorf("I7: the record has the locks %q, and by its state the instance locks it: %v", locks, st.Locked)
	}
	return nil
}

// run holds a run of an automation against its trace and jobs.
func (c *checker) run(i *engine.Instance) error {
	st := &flow.State{}
	if err := json.Unmarshal(i.State, st); err != nil {
		return err
	}
	if n := len(c.rows.Audit[i.Name]); int64(n) != st.Seq {
		return fmt.Errorf("I5: the trace has %d lines, the state says %d", n, st.Seq)
	}
	if c.failed[i.Name] != st.Signature() {
		return fmt.Errorf("I5: it is listed as failed of %q, and stands failed of %q", c.failed[i.Name], st.Signature())
	}
	if err := errors.Join(flow.Check(st), c.about(i, string(st.Status), st.Status.Over(), 0), c.hearing(st)); err != nil || st.Status.Over() {
		return err
	}
	if st.Status == flow.Queued {
		return c.queued(i, st)
	}
	for _, l := range st.Lanes {
		if l.Status != flow.Running && l.Status != flow.Waiting || c.parent(st, l) {
			continue
		}
		own := fmt.Sprintf("%s/%d", st.ID, l.ID)
		_, goes := c.jobs[own]
		_, calls := c.jobs[own+"/call"]
		if !goes && !calls && l.Hears == "" && !c.comes(l.Child) && !c.comes(l.Awaits) {
			return fmt.Errorf("I1: lane %d waits for nothing", l.ID)
		}
	}
	return nil
}

// hearing: a lane that waits to be told of something hears of it, and what does not wait hears nothing.
func (c *checker) hearing(st *flow.State) error {
	for _, l := range st.Lanes {
		if ear, there := c.ears[l.Hears]; l.Hears != "" && (!there || ear != flows.Ear{Run: st.ID, Lane: l.ID}) {
			return fmt.Errorf("I1: lane %d is to be told of something, and does not hear", l.ID)
		}
	}
	for mark, ear := range c.ears {
		if l := st.Lane(ear.Lane); ear.Run == st.ID && (l == nil || l.Hears != mark) {
			return fmt.Errorf("I2: lane %d hears as %s, and waits for nothing of the kind", ear.Lane, mark)
		}
	}
	return nil
}

// parent says whether a lane waits for others of its run.
func (c *checker) parent(st *flow.State, l *flow.Lane) bool {
	return slices.ContainsFunc(st.Lanes, func(x *flow.Lane) bool {
		return x.Parent == l.ID && (x.Status == flow.Running || x.Status == flow.Waiting)
	})
}

// comes says whether an instance is to come, goes on, or has told of its end but not been heard yet.
func (c *checker) comes(name string) bool {
	if name == "" {
		return false
	}
	if x := c.instances[name]; x != nil && !x.About.Over {
		return true
	}
	for key, j := range c.jobs {
		if key == name || strings.HasPrefix(key, name+"/") || strings.Contains(string(j.Payload), `"`+name+`"`) {
			return true
		}
	}
	return false
}
