package process

import (
	"context"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"time"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/model"
	"github.com/tenon-platform/tenon/platform/clock"
	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/workflow/engine"
	"github.com/tenon-platform/tenon/workflow/flow"
)

const (
	// maxMissed is how many moments of a schedule that were missed are made up for.
	maxMissed = 100
	// onTime is how late a moment of a schedule is not yet missed.
	onTime = time.Minute
	// maxQueued is how many runs of a schedule wait for an earlier one.
	maxQueued = 100
)

// tick is the payload of a job that waits for the next moment of a schedule.
type tick struct {
	Flow string    `json:"flow"`
	Cron string    `json:"cron"`
	Zone string    `json:"zone"`
	At   time.Time `json:"at"`
}

// arm waits for the next moment of a schedule after a moment.
func arm(ctx context.Context, e *engine.Engine, tx store.Tx, t tick, after time.Time) error {
	c, err := clock.ParseCron(t.Cron)
	if err != nil {
		return err
	}
	zone, err := time.LoadLocation(t.Zone)
	if err != nil {
		return err
	}
	if t.At, _ = c.Next(after, zone); t.At.IsZero() {
		return nil
	}
	raw, err := json.Marshal(t)
	if err != nil {
		return err
	}
	return e.Enqueue(ctx, tx, engine.Job{Pool: Pool, Kind: "flow.schedule", Key: "schedule/" + t.Flow + "/" + t.Cron + "/" + t.Zone, At: t.At, Payload: raw})
}

// scheduled finds the flow that serves a schedule; nil when it was replaced by another.
func (s *Service) scheduled(key, cron, zone string) *catalog.Flow {
	f := s.host.Serving(key)
	if f == nil || f.Trigger.Type != "schedule" || f.Trigger.Cron != cron || f.Trigger.Zone != zone && (f.Trigger.Zone != "" || s.host.Zone().String() != zone) {
		return nil
	}
	return f
}

// runSchedule starts the runs of the moments that have come, and waits for the next.
func (s *Service) runSchedule(_ context.Context, j engine.Job) (engine.Finish, error) {
	var t tick
	if err := json.Unmarshal(j.Payload, &t); err != nil {
		return nil, engine.Permanent(err)
	}
	zone, err := time.LoadLocation(t.Zone)
	if err != nil {
		return nil, engine.Permanent(err)
	}
	f := s.scheduled(t.Flow, t.Cron, t.Zone)
	if f == nil {
		return nil, nil
	}
	c, err := clock.ParseCron(t.Cron)
	if err != nil {
		return nil, engine.Permanent(err)
	}
	now := s.Now()
	due := wanted(f.Trigger, moments(c, zone, t.At, now), now.In(zone))
	return func(ctx context.Context, tx store.Tx) error {
		for _, m := range due {
			if err := s.when(ctx, tx, f, t, m, now); err != nil {
				return err
			}
		}
		return arm(ctx, s.Engine, tx, t, now)
	}, nil
}

// moment is one of a schedule, with the wall-clock time that it stands for.
type moment struct {
	At   time.Time `json:"at"`
	Wall string    `json:"wall"`
}

// moments are the last ones of a schedule from one that has come until now, at most maxMissed.
func moments(c clock.Cron, zone *time.Location, first, now time.Time) []moment {
	var due []moment
	for last := first.Add(-time.Second); ; {
		at, wall := c.Next(last, zone)
		if at.IsZero() || at.After(now) {
			return due
		}
		due = append(due, moment{at, wall})
		last = at
		if len(due) > maxMissed {
			due = due[1:]
		}
	}
}

// wanted are the moments that a schedule starts runs for: the last, unless it is to make up for more of
// those that it has missed, or for none, or for none that was missed for so long. now is in the zone of the
// schedule, since a window may be days.
func wanted(t model.FlowTrigger, due []moment, now time.Time) []moment {
	most := 1
	if t.CatchUp == "all" {
		if most = t.CatchUpMax; most == 0 {
			most = maxMissed
		}
	}
	due = due[max(0, len(due)-most):]
	window, bounded := clock.Period{}, t.CatchUp == "none"
	if t.CatchUpWindow != "" {
		window, _ = clock.ParsePeriod(t.CatchUpWindow)
		bounded = true
	}
	if !bounded {
		return due
	}
	for len(due) > 0 && now.Sub(due[0].At) > onTime && window.After(due[0].At.In(now.Location())).Before(now) {
		due = due[1:]
	}
	return due
}

// Delay is how much later than its moment a run of a schedule begins, less than jitter. It depends on the words
// alone, so that it is the same whenever it is asked for, and another one for each tenant, flow and moment.
func Delay(jitter time.Duration, words ...string) time.Duration {
	h := fnv.New64a()
	for _, w := range words {
		fmt.Fprintf(h, "%s\x00", w)
	}
	return time.Duration(rand.New(rand.NewPCG(h.Sum64(), 0)).Float64() * float64(jitter))
}

// delayed is the payload of a job that waits until the run of a moment begins.
type delayed struct {
	Tick   tick   `json:"tick"`
	Moment moment `json:"moment"`
}

// when starts the run of one moment, at once or when its delay is over.
func (s *Service) when(ctx context.Context, tx store.Tx, f *catalog.Flow, t tick, m moment, now time.Time) error {
	if f.Trigger.Jitter == "" {
		return s.fire(ctx, tx, f, m)
	}
	jitter, err := clock.ParsePeriod(f.Trigger.Jitter)
	if err != nil {
		return engine.Permanent(err)
	}
	at := m.At.Add(Delay(jitter.Time, s.host.Tenant(), f.Key, m.Wall))
	if !at.After(now) {
		return s.fire(ctx, tx, f, m)
	}
	raw, err := json.Marshal(delayed{t, m})
	if err != nil {
		return err
	}
	return s.Enqueue(ctx, tx, engine.Job{Pool: Pool, Kind: "flow.moment", Key: "moment/" + f.Key + "/" + m.Wall, At: at, Payload: raw})
}

// runMoment starts the run of a moment whose delay is over.
func (s *Service) runMoment(_ context.Context, j engine.Job) (engine.Finish, error) {
	var d delayed
	if err := json.Unmarshal(j.Payload, &d); err != nil {
		return nil, engine.Permanent(err)
	}
	f := s.scheduled(d.Tick.Flow, d.Tick.Cron, d.Tick.Zone)
	if f == nil {
		return nil, nil
	}
	return func(ctx context.Context, tx store.Tx) error { return s.fire(ctx, tx, f, d.Moment) }, nil
}

// runOf names the run of a moment, so that there is one alone.
func runOf(f *catalog.Flow, m moment) string { return "run_" + f.Key + "@" + m.Wall }

// fire starts the run of one moment, unless the schedule is paused.
func (s *Service) fire(ctx context.Context, tx store.Tx, f *catalog.Flow, m moment) error {
	standing, err := s.standing(ctx, tx, f.Key)
	if err != nil || standing.Paused {
		return err
	}
	c := flow.Command{Kind: "start", Flow: f.Key, Cause: &flow.Cause{Type: "schedule", Due: m.Wall}}
	if f.Trigger.Overlap != "allow" {
		if c.Status, c.Reason, err = s.overlap(ctx, tx, f); err != nil {
			return err
		}
	}
	if c.Status == "" && s.gated(ctx) { // it counts, and does not wait: its moment is now
		s.gate.Reserve(ctx, s.Now())
	}
	raw, err := json.Marshal(c)
	if err != nil {
		return err
	}
	return s.Command(Name, runOf(f, m), raw, nil)(ctx, tx)
}

// overlap deals with the runs of a schedule that go on when the next is to begin: it is passed over, waits
// behind them, or ends them.
func (s *Service) overlap(ctx context.Context, tx store.Tx, f *catalog.Flow) (flow.Status, string, error) {
	n, err := s.Alive(ctx, tx, "flow:"+f.Key)
	switch {
	case err != nil || n == 0:
		return "", "", err
	case f.Trigger.Overlap == "cancel_running":
		return "", "", s.cancelRunning(ctx, tx, f)
	case f.Trigger.Overlap == "queue" && n <= maxQueued: // its limit makes it wait
		return "", "", nil
	case f.Trigger.Overlap == "queue":
		return flow.Skipped, "queue_full", nil
	}
	return flow.Skipped, "overlap", nil
}

// cancelRunning ends the runs of a flow, in the transaction in which the next begins. What undoes what it did
// goes on.
func (s *Service) cancelRunning(ctx context.Context, tx store.Tx, f *catalog.Flow) error {
	raw, err := json.Marshal(flow.Command{Kind: "cancel", Reason: "overlap"})
	if err != nil {
		return err
	}
	for _, status := range []flow.Status{flow.Queued, flow.Running, flow.Waiting} {
		going, err := s.List(ctx, tx, engine.Filter{Kind: Name, Process: "flow:" + f.Key, Status: string(status), Oldest: true, Limit: maxQueued})
		if err != nil {
			return err
		}
		for _, i := range going {
			if err := s.Command(Name, i.Name, raw, nil)(ctx, tx); err != nil {
				return err
			}
		}
	}
	return nil
}
