package sla

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/platform/ident"
	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/runtime/access"
	"github.com/tenon-platform/tenon/runtime/query"
	"github.com/tenon-platform/tenon/runtime/record"
	"github.com/tenon-platform/tenon/workflow/engine"
)

// Pool is where the timers of clocks are: apart from the jobs of flows and approvals.
const Pool = "sla"

const jobKind = "sla.due"

// tick is the payload of a timer.
type tick struct {
	Clock int64 `json:"clock"`
}

// The levels of a clock: what was done about it already. What follows a breach counts on from breached.
const (
	fresh = iota
	warned
	breached
)

// next is when a clock is to be looked at again, by what was done already; the zero time: never.
func next(m *catalog.Milestone, t *task, level int) time.Time {
	c := &t.clock
	switch {
	case c.Status != Running && (c.Status != Breached || !c.Stopped.IsZero()):
		return time.Time{}
	case level == fresh:
		return c.Warn
	case level == warned:
		return c.Due.Add(time.Microsecond) // the due time itself is in time
	case level-breached < len(m.After):
		return t.hours.Add(c.Due, m.After[level-breached].Time)
	}
	return time.Time{}
}

func timerKey(clock int64) string { return fmt.Sprintf("sla/%d", clock) }

// arm sets the timer of a clock to when it is to be looked at again.
func (p *Policies) arm(se *record.Session, m *catalog.Milestone, t *task) error {
	key := timerKey(t.rec.ID())
	if err := p.engine.Drop(se.Context(), se.Tx(), key); err != nil {
		return err
	}
	at := next(m, t, t.level())
	if at.IsZero() {
		return nil
	}
	raw, err := json.Marshal(tick{Clock: t.rec.ID()})
	if err != nil {
		return fmt.Errorf("sla: write a timer: %w", err)
	}
	return p.engine.Enqueue(se.Context(), se.Tx(), engine.Job{Pool: Pool, Kind: jobKind, Key: key, At: at, Payload: raw})
}

// level is what was done about a clock already.
func (t *task) level() int { return int(t.rec.Get(t.obj.Field("escalation_level")).Int()) }

// due looks at a clock, and does all that is due about it.
func (p *Policies) due(_ context.Context, j engine.Job) (engine.Finish, error) {
	var at tick
	if err := json.Unmarshal(j.Payload, &at); err != nil {
		return nil, engine.Permanent(err)
	}
	return func(ctx context.Context, tx store.Tx) error {
		cat := p.deps.Tenant.Catalog()
		return p.deps.Records.Within(ctx, tx, cat, access.Everything, func(se *record.Session) error { return p.look(se, at.Clock) })
	}, nil
}

func (p *Policies) look(se *record.Session, id int64) error {
	o := se.Catalog().Serving(catalog.RoleSLAClock)
	if o == nil {
		return nil
	}
	rec, ok, err := se.Find(o, id)
	if err != nil || !ok {
		return err
	}
	t := &task{c: se, obj: o, policy: rec.Get(o.Field("policy_code")).Text(), milestone: rec.Get(o.Field("milestone")).Text()}
	if err := t.take(rec); err != nil {
		return err
	}
	s := se.Catalog().SLA(t.policy)
	if s == nil || s.Object.Name != t.object || s.Milestone(t.milestone) == nil {
		return t.forget() // nobody promises it any more
	}
	m := s.Milestone(t.milestone)
	for level := t.level(); ; level++ {
		at := next(m, t, level)
		if at.IsZero() || at.After(se.Now().AsTime()) {
			break
		}
		if err := p.escalate(se, m, t, level); err != nil {
			return err
		}
	}
	if err := p.arm(se, m, t); err != nil {
		return err
	}
	return p.showOf(se, s, t)
}

// forget ends a clock that no policy keeps.
func (t *task) forget() error {
	was := t.clock
	if end(&t.clock, t.c.Now().AsTime()); t.clock == was {
		return nil
	}
	return t.save()
}

// escalate does what a level is about, and keeps that it is done.
func (p *Policies) escalate(se *record.Session, m *catalog.Milestone, t *task, level int) error {
	var f *catalog.Flow
	switch {
	case level == fresh:
		f = m.OnWarn
	case level == warned:
		t.clock.Check(se.Now().AsTime())
		if err := t.save(); err != nil {
			return err
		}
		f = m.OnBreach
	default:
		f = m.After[level-breached].Flow
	}
	var err error
	if t.rec, err = se.Update(t.rec, map[*catalog.Field]value.Value{t.obj.Field("escalation_level"): value.Int(int64(level + 1))}); err != nil || f == nil {
		return err
	}
	return p.deps.Flows.StartFor(se.Context(), se.Tx(), f, t.record)
}

// showOf shows the worst clock at the record that a clock is about, where it is still there.
func (p *Policies) showOf(se *record.Session, s *catalog.SLA, t *task) error {
	_, id, ok := query.SplitID(t.record)
	if !ok {
		return nil
	}
	rec, ok, err := se.Find(s.Object, id)
	if err != nil || !ok {
		return err
	}
	all, err := clocksOf(se, s, rec)
	if err != nil {
		return err
	}
	return show(se, s, rec, all)
}

// background is the platform acting for itself.
func (p *Policies) background(ctx context.Context) context.Context {
	return ident.With(ctx, ident.System(p.deps.Tenant.Name))
}

// Run lets timers go off until ctx ends, and then waits for those in hand.
func (p *Policies) Run(ctx context.Context) { p.engine.Run(p.background(ctx), engine.Workers{Pool: 4}) }

// Drain lets all timers go off that are due; it reports how many there were.
func (p *Policies) Drain(ctx context.Context) (int, error) { return p.engine.Drain(p.background(ctx)) }
