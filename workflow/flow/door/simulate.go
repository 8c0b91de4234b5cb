package door

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/platform/clock"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/runtime/query"
	"github.com/tenon-platform/tenon/workflow/flow"
	"github.com/tenon-platform/tenon/workflow/flow/process"
)

// Limits of a simulation, which holds up those who write.
const (
	maxSimulated  = 2000
	longSimulated = 5 * time.Second
)

var errSimulated = errors.New("door: simulated, nothing is kept")

// Simulate tells what a run of a flow on a record would do, as the platform: waits are over at once by a
// clock of its own, other flows are taken to succeed, approvals to approve, and nothing is kept.
// What calls of other systems are answered the mocks say, by step; see mocked. records are those of a batch.
func (d *Door) Simulate(ctx context.Context, key, rec string, records []string, mocks map[string]any) (map[string]any, error) {
	who := callerOf(ctx)
	if !who.admin {
		return nil, errs.New(errs.Forbidden, "only administrators simulate flows", "只有管理员可以模拟自动化")
	}
	f := d.deps.Tenant.Catalog().Flow(key)
	if f == nil || f.Trigger.Timing == "before" {
		return nil, errs.New(errs.NotFound, "there is no flow %s that has runs", "没有可运行的自动化 %s", key)
	}
	answers, err := mocked(f, mocks)
	if err != nil {
		return nil, err
	}
	cause := flow.Cause{Type: "simulation", Record: rec, Verb: "update"}
	if cause.Records, err = batchOf(f, records); err != nil {
		return nil, err
	}
	var out map[string]any
	err = d.deps.Tenant.Store.Update(d.background(ctx), func(tx store.Tx) error {
		s := &simulation{d: d, f: f, answers: answers, now: d.deps.Clock.Now(), watch: clock.Start()}
		if err := s.all(d.background(ctx), tx, cause); err != nil {
			return err
		}
		trace := []any{}
		for _, e := range s.trace {
			trace = append(trace, line(e, who.locale))
		}
		out = map[string]any{"status": string(s.st.Status), "reason": reason(s.st, who.locale), "incident": incident(s.st, who.locale), "trace": trace}
		return errSimulated
	})
	if errors.Is(err, errSimulated) {
		err = nil
	}
	return out, err
}

// simulation is a run that is not kept.
type simulation struct {
	d       *Door
	f       *catalog.Flow
	answers map[string]flow.Command // by step
	st      *flow.State
	now     time.Time
	watch   clock.Stopwatch
	trace   []flow.Entry
	next    []planned
}

// planned is a command that is to come.
type planned struct {
	at time.Time
	c  flow.Command
}

// batchOf are the records that a run is taken to be about.
func batchOf(f *catalog.Flow, records []string) (out []flow.Written, err error) {
	if len(records) > f.Batch {
		return nil, errs.New(errs.InvalidInput, "a run of this flow is about at most %d records named so", "此自动化的一次运行最多针对 %d 条这样指定的记录", f.Batch).On("records")
	}
	for _, id := range records {
		if prefix, _, ok := query.SplitID(id); !ok || prefix != f.Object.IDPrefix {
			return nil, errs.New(errs.NotFound, "there is no such record", "没有此记录").On("records")
		}
		out = append(out, flow.Written{Record: id, Verb: "update"})
	}
	return out, nil
}

func (s *simulation) all(ctx context.Context, tx store.Tx, cause flow.Cause) error {
	if err := s.tell(ctx, tx, flow.Command{Kind: "start", Flow: s.f.Key, Cause: &cause}); err != nil {
		return err
	}
	for n := 0; len(s.next) > 0 && !s.st.Status.Over(); n++ {
		if n >= maxSimulated || s.watch.Elapsed() > longSimulated {
			return errs.New(errs.LimitExceeded, "a simulation has at most %d steps and takes at most %d seconds", "模拟最多 %d 步、%d 秒", maxSimulated, int(longSimulated.Seconds()))
		}
		slices.SortStableFunc(s.next, func(a, b planned) int { return a.at.Compare(b.at) })
		p := s.next[0]
		s.next = s.next[1:]
		if p.at.After(s.now) {
			s.now = p.at
		}
		if err := s.tell(ctx, tx, p.c); err != nil {
			return err
		}
	}
	return nil
}

func (s *simulation) tell(ctx context.Context, tx store.Tx, c flow.Command) error {
	seen := s.st
	if seen == nil {
		seen = &flow.State{ID: "simulation", Cause: *c.Cause}
	}
	var trace []flow.Entry
	var effects []flow.Effect
	next := s.st
	var failed *flow.StepError
	err := s.d.host.Within(ctx, tx, s.f, seen, process.Who{Anybody: true}, func(w flow.World) (err error) {
		next, trace, effects, err = flow.Apply(s.f, s.st, c, "simulation", s.now, w)
		errors.As(err, &failed)
		return err
	})
	if failed != nil {
		e := errs.From(failed.Cause)
		return s.tell(ctx, tx, flow.Command{Kind: "failed", Lane: failed.Lane, Turn: failed.Turn, Code: string(e.Code), Text: e.Message})
	}
	if err != nil {
		return err
	}
	s.st = next
	s.trace = append(s.trace, trace...)
	for _, e := range effects {
		switch e.Kind {
		case "run":
			s.next = append(s.next, planned{e.At, flow.Command{Kind: "run", Lane: e.Lane, Turn: e.Turn}})
		case "await": // it is taken to be approved
			s.next = append(s.next, planned{s.now, flow.Command{Kind: "told", Lane: e.Lane, Awaits: e.Run, Message: "approved"}})
		case "call":
			c := s.answers[e.Step]
			c.Lane, c.Turn = e.Lane, e.Turn
			s.next = append(s.next, planned{s.now, c})
		case "hear": // nobody tells of an event but the mocks
			if c, there := s.answers[e.Step]; there {
				c.Lane, c.Awaits = e.Lane, e.Run
				s.next = append(s.next, planned{s.now, c})
			}
		case "child":
			s.next = append(s.next, planned{s.now, flow.Command{Kind: "child", Lane: e.Lane, Status: flow.Succeeded}})
		}
	}
	return nil
}
