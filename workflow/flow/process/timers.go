package process

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/model"
	"github.com/tenon-platform/tenon/platform/clock"
	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/workflow/engine"
	"github.com/tenon-platform/tenon/workflow/flow"
)

// batch is how many records one job looks at.
const batch = 200

// catchUp is how late a date is not yet past, where a flow does not say.
var catchUp = clock.Period{Days: 1}

// dated is the payload of a job that waits for the date of a record.
type dated struct {
	Flow   string    `json:"flow"`
	Record string    `json:"record"`
	At     time.Time `json:"at"`
}

func dateKey(f, record string) string { return "date/" + f + "/" + record }

// Await waits for the date of a record, in place of the date that was awaited before; the zero time
// waits for none.
func (s *Service) Await(ctx context.Context, tx store.Tx, f *catalog.Flow, record string, at time.Time) error {
	if err := s.Drop(ctx, tx, dateKey(f.Key, record)); err != nil || at.IsZero() {
		return err
	}
	raw, err := json.Marshal(dated{f.Key, record, at})
	if err != nil {
		return err
	}
	return s.Enqueue(ctx, tx, engine.Job{Pool: Pool, Kind: "flow.date", Key: dateKey(f.Key, record), At: at, Payload: raw})
}

// runDate starts the run of a record whose date has come. The run's name tells the record and the date, so that
// there is one alone, also where a flow that is published anew looks at the records once more.
func (s *Service) runDate(_ context.Context, j engine.Job) (engine.Finish, error) {
	var d dated
	if err := json.Unmarshal(j.Payload, &d); err != nil {
		return nil, engine.Permanent(err)
	}
	f := s.host.Serving(d.Flow)
	if f == nil || f.Trigger.Type != "date" {
		return nil, nil
	}
	return func(ctx context.Context, tx store.Tx) error {
		at, meets, err := s.host.Due(ctx, tx, f, d.Record)
		switch {
		case err != nil:
			return err
		case at.IsZero():
			return nil
		case at.After(s.Now()): // another version of the flow counts differently
			return s.Await(ctx, tx, f, d.Record, at)
		case !meets:
			return nil
		}
		c := flow.Command{Kind: "start", Flow: f.Key, Cause: &flow.Cause{Type: "date", Record: d.Record, Due: at.UTC().Format(time.RFC3339)}}
		if past(f.Trigger, at.In(s.host.Zone()), s.Now()) {
			c.Status, c.Reason = flow.Skipped, "past_due"
		}
		run := "run_" + f.Key + "@" + d.Record + "@" + c.Cause.Due
		if s.gated(ctx) { // it waits for its turn, however late that is
			return s.Start(ctx, tx, run, c, "")
		}
		raw, err := json.Marshal(c)
		if err != nil {
			return err
		}
		return s.Command(Name, run, raw, nil)(ctx, tx)
	}, nil
}

// past says whether a date has come too long ago for a run.
func past(t model.FlowTrigger, at, now time.Time) bool {
	window := catchUp
	if t.CatchUpWindow != "" {
		window, _ = clock.ParsePeriod(t.CatchUpWindow)
	}
	return window.After(at).Before(now)
}

// backfill is the payload of a job that looks at the records that a new date trigger finds.
type backfill struct {
	Flow  string `json:"flow"`
	After int64  `json:"after"`
}

func fill(ctx context.Context, e *engine.Engine, tx store.Tx, b backfill, at time.Time) error {
	raw, err := json.Marshal(b)
	if err != nil {
		return err
	}
	key := "backfill/" + b.Flow
	if err := e.Drop(ctx, tx, key); err != nil {
		return err
	}
	return e.Enqueue(ctx, tx, engine.Job{Pool: Pool, Kind: "flow.backfill", Key: key, At: at, Payload: raw})
}

// runBackfill awaits the dates of some records, and then looks at the next.
func (s *Service) runBackfill(_ context.Context, j engine.Job) (engine.Finish, error) {
	var b backfill
	if err := json.Unmarshal(j.Payload, &b); err != nil {
		return nil, engine.Permanent(err)
	}
	f := s.host.Serving(b.Flow)
	if f == nil || f.Trigger.Type != "date" {
		return nil, nil
	}
	return func(ctx context.Context, tx store.Tx) error {
		ids, err := s.host.Page(ctx, tx, f.Object, b.After, batch)
		if err != nil {
			return err
		}
		for _, id := range ids {
			rec := fmt.Sprintf("%s_%d", f.Object.IDPrefix, id)
			at, _, err := s.host.Due(ctx, tx, f, rec)
			if err != nil {
				return err
			}
			if err := s.Await(ctx, tx, f, rec, at); err != nil {
				return err
			}
		}
		if len(ids) < batch {
			return nil
		}
		return fill(ctx, s.Engine, tx, backfill{b.Flow, ids[len(ids)-1]}, s.Now())
	}, nil
}

// DueAt is when a date trigger is due for the moment or day that a field holds.
func DueAt(f *catalog.Flow, at time.Time, day bool, zone *time.Location) time.Time {
	t := f.Trigger
	if t.Zone != "" {
		if z, err := time.LoadLocation(t.Zone); err == nil {
			zone = z
		}
	}
	offset, back := strings.CutPrefix(t.Offset, "-")
	p, _ := clock.ParsePeriod(offset)
	if back {
		p = p.Back()
	}
	if day { // days have no zone: they begin where the flow says
		at = clock.Local(at.Year(), at.Month(), at.Day(), 0, 0, zone)
	}
	at = p.After(at.In(zone))
	if t.At != "" {
		if clk, err := time.Parse("15:04", t.At); err == nil {
			at = clock.Local(at.Year(), at.Month(), at.Day(), clk.Hour(), clk.Minute(), zone)
		}
	}
	return at.UTC()
}
