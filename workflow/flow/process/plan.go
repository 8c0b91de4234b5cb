package process

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/platform/clock"
	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/workflow/engine"
	"github.com/tenon-platform/tenon/workflow/flow"
)

// Change is a catalogue that takes the place of another.
type Change struct {
	Old, New *catalog.Catalog
	Fresh    map[string]bool   // flows that get a version
	Runs     map[string]string // what is asked for the runs of flows that start none any more, by key
	At       time.Time
}

// Plan makes the jobs of the flows of a catalogue that is about to serve: of schedules the next moment, of date
// triggers that are new, or come back, to look at the records that there are, and, of flows that start no runs any
// more, to take down what would start them and to end what is to end.
func Plan(ctx context.Context, db *store.DB, tx store.Tx, c Change) error {
	e, err := engine.New(db, nil, nil, engine.Options{Clock: clock.NewFixed(c.At), Owner: "publish"})
	if err != nil {
		return err
	}
	for _, f := range c.New.Flows {
		if err := begin(ctx, e, tx, f, c); err != nil {
			return fmt.Errorf("plan the flow %s: %w", f.Key, err)
		}
	}
	for _, f := range c.Old.Flows {
		if c.New.Flow(f.Key) != nil {
			continue
		}
		how := f.EndOfRuns()
		if asked := c.Runs[f.Key]; asked != "" {
			how = asked
		}
		if err := retire(ctx, e, tx, retirement{Flow: f.Key, How: how, Reason: "flow_removed"}, c.At); err != nil {
			return fmt.Errorf("retire the flow %s: %w", f.Key, err)
		}
	}
	return nil
}

// begin makes the jobs of a flow of a catalogue that is about to serve.
func begin(ctx context.Context, e *engine.Engine, tx store.Tx, f *catalog.Flow, c Change) error {
	if f.Set.Off {
		if c.Old.Starting(f.Key) == nil && !c.Fresh[f.Key] {
			return nil // it was off before
		}
		how := f.EndOfRuns()
		if asked := c.Runs[f.Key]; asked != "" {
			how = asked
		}
		return retire(ctx, e, tx, retirement{Flow: f.Key, How: how, Reason: "flow_off"}, c.At)
	}
	back := c.Old.Starting(f.Key) == nil
	if back {
		if err := e.Drop(ctx, tx, retireKey(f.Key)); err != nil {
			return err
		}
	}
	switch {
	case f.Trigger.Type == "schedule":
		zone := f.Trigger.Zone
		if zone == "" {
			zone = c.New.Zone
		}
		return arm(ctx, e, tx, tick{Flow: f.Key, Cron: f.Trigger.Cron, Zone: zone}, c.At)
	case f.Trigger.Type == "date" && (back || c.Fresh[f.Key]):
		return fill(ctx, e, tx, backfill{Flow: f.Key}, c.At)
	}
	return nil
}

// retirement is the payload of a job that ends what a flow that starts no runs any more has left.
type retirement struct {
	Flow   string `json:"flow"`
	How    string `json:"how"` // finish, drain or cancel
	Reason string `json:"reason"`
	Before int64  `json:"before,omitempty"` // position of the last run that was looked at
}

func retireKey(f string) string { return "retire/" + f }

func retire(ctx context.Context, e *engine.Engine, tx store.Tx, r retirement, at time.Time) error {
	raw, err := json.Marshal(r)
	if err != nil {
		return err
	}
	if err := e.Drop(ctx, tx, retireKey(r.Flow)); err != nil {
		return err
	}
	return e.Enqueue(ctx, tx, engine.Job{Pool: Pool, Kind: "flow.retire", Key: retireKey(r.Flow), At: at, Payload: raw})
}

// runRetire takes down some timers of a flow, and then ends some of its runs; a job of its own does the next.
func (s *Service) runRetire(_ context.Context, j engine.Job) (engine.Finish, error) {
	var r retirement
	if err := json.Unmarshal(j.Payload, &r); err != nil {
		return nil, engine.Permanent(err)
	}
	return func(ctx context.Context, tx store.Tx) error {
		if s.host.Serving(r.Flow) != nil {
			return nil // it has come back
		}
		left := batch
		for _, kind := range []string{"schedule", "moment", "date", "backfill"} {
			n, err := s.DropUnder(ctx, tx, kind+"/"+r.Flow, left)
			if err != nil {
				return err
			}
			if left -= n; left <= 0 {
				return retire(ctx, s.Engine, tx, r, s.Now())
			}
		}
		if r.How == catalog.FinishRuns {
			return nil
		}
		return s.endRuns(ctx, tx, r)
	}, nil
}

// endRuns cancels runs of a flow that starts none any more: all that are under way, or those that have not begun.
func (s *Service) endRuns(ctx context.Context, tx store.Tx, r retirement) error {
	f := engine.Filter{Kind: Name, Process: "flow:" + r.Flow, Going: true, Before: r.Before, Limit: batch}
	c := flow.Command{Kind: "cancel", Reason: r.Reason}
	if r.How == catalog.DrainRuns {
		f.Status, c.Status = string(flow.Queued), flow.Queued
	}
	found, err := s.List(ctx, tx, f)
	if err != nil {
		return err
	}
	for _, i := range found {
		if i.About.Status == string(flow.Compensating) { // it ends by itself, and must
			continue
		}
		raw, err := json.Marshal(order{To: i.Name, Command: c})
		if err != nil {
			return err
		}
		if err := s.Enqueue(ctx, tx, engine.Job{Pool: Pool, Kind: "flow.command", Key: i.Name + "/end", At: s.Now(), Payload: raw}); err != nil {
			return err
		}
	}
	if len(found) < batch {
		return nil
	}
	r.Before = found[len(found)-1].Position()
	return retire(ctx, s.Engine, tx, r, s.Now())
}
