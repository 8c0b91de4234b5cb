package invariant

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/platform/clock"
	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/runtime/event"
	"github.com/tenon-platform/tenon/workflow/flow"
	flows "github.com/tenon-platform/tenon/workflow/flow/process"
)

// begun says which flows begin with the writes of records: each change in the outbox has one run of each
// flow that it starts, and no run comes of anything else. Flows with a condition are left out: what it
// said is not stored.
func (c *checker) begun(db *store.DB) error {
	var starting []*catalog.Flow
	for _, f := range c.world.Flows {
		if !f.Set.Off && f.Trigger.Type == "record" && f.Trigger.Timing != "before" && f.When == nil {
			starting = append(starting, f)
		}
	}
	if len(starting) == 0 {
		return nil
	}
	changes, err := c.changes(db)
	if err != nil {
		return err
	}
	runs, err := c.runs()
	if err != nil {
		return err
	}
	var wrong []error
	for _, f := range starting {
		want, have := map[string]int{}, map[string]int{}
		for _, x := range changes {
			if x.Object == f.Object.Table && starts(f, x) {
				want[fmt.Sprintf("%s %s_%d", x.Verb, f.Object.IDPrefix, x.Record)]++
			}
		}
		for _, cause := range runs[f.Key] {
			for _, w := range append(cause.Records, flow.Written{Record: cause.Record, Verb: cause.Verb}) {
				if w.Record != "" {
					have[w.Verb+" "+w.Record]++
				}
			}
		}
		for _, of := range []map[string]int{want, have} {
			for key := range of {
				// of what one write changes several times a batch has one record
				if want[key] != have[key] && (f.Batch == 0 || have[key] == 0 || have[key] > want[key]) {
					wrong = append(wrong, fmt.Errorf("I10: %d times %s, and %d runs of %s", want[key], key, have[key], f.Key))
				}
			}
		}
	}
	return errors.Join(wrong...)
}

// starts says whether a change starts a flow.
func starts(f *catalog.Flow, x event.Change) bool {
	var fields map[string]any
	if !slices.Contains(f.Trigger.On, x.Verb) || json.Unmarshal([]byte(x.Fields), &fields) != nil {
		return false
	}
	return x.Verb != "update" || len(f.Changed) == 0 || slices.ContainsFunc(f.Changed, func(c *catalog.Field) bool {
		_, changed := fields[c.APIName]
		return changed
	})
}

// changes reads the outbox.
func (c *checker) changes(db *store.DB) (out []event.Change, err error) {
	feed, err := event.Open(db, clock.NewFixed(c.world.Now))
	if err != nil {
		return nil, err
	}
	err = db.View(c.ctx, func(tx store.Tx) error {
		for after := int64(0); ; {
			page, err := feed.Read(c.ctx, tx, after, 1000)
			if err != nil || len(page) == 0 {
				return err
			}
			after = page[len(page)-1].Seq
			out = append(out, page...)
		}
	})
	return out, err
}

// runs are the causes of the runs that writes of records have started or are about to start, by flow.
func (c *checker) runs() (map[string][]flow.Cause, error) {
	out := map[string][]flow.Cause{}
	add := func(key string, cause flow.Cause) {
		if cause.Type == "record" && cause.Parent == "" {
			out[key] = append(out[key], cause)
		}
	}
	for _, i := range c.rows.Instances {
		if i.Kind != flows.Name {
			continue
		}
		st := &flow.State{}
		if err := json.Unmarshal(i.State, st); err != nil {
			return nil, err
		}
		add(st.Flow, st.Cause)
	}
	for _, j := range c.rows.Jobs {
		var o struct {
			To      string
			Command flow.Command
		}
		if j.Kind != "flow.start" || json.Unmarshal(j.Payload, &o) != nil || o.Command.Cause == nil || c.instances[o.To] != nil {
			continue
		}
		add(o.Command.Flow, *o.Command.Cause)
	}
	return out, nil
}
