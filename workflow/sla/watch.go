package sla

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/platform/clock"
	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/runtime/live"
	"github.com/tenon-platform/tenon/runtime/record"
	"github.com/tenon-platform/tenon/workflow/engine"
)

// Starter lets a flow begin for a record, in a transaction that is under way.
type Starter interface {
	StartFor(ctx context.Context, tx store.Tx, f *catalog.Flow, record string) error
}

// Deps are what the policies of a tenant work with.
type Deps struct {
	Tenant  *live.Tenant
	Records *record.Service
	Flows   Starter
	Clock   clock.Clock
	Owner   string // of jobs: another one after each start
	Log     func(error)
}

// Policies keep the clocks of SLA policies: they move with the records, in the transactions that write
// them, and by timers. What must be looked at when is a job of the workflow engine, one a clock.
type Policies struct {
	deps   Deps
	engine *engine.Engine

	mu  sync.Mutex
	of  map[*catalog.Object][]*catalog.SLA
	cat *catalog.Catalog
}

var _ record.Companion = (*Policies)(nil)

// Open makes the policies of a tenant ready. Their timers go off with Run or Drain.
func Open(d Deps) (*Policies, error) {
	p := &Policies{deps: d}
	var err error
	p.engine, err = engine.New(d.Tenant.Store, nil, map[string]engine.Handler{jobKind: engine.HandlerFunc(p.due)},
		engine.Options{Clock: d.Clock, Owner: d.Owner, Alone: d.Tenant.Store.Exclusive(), Pools: []string{Pool}, Log: d.Log})
	if err != nil {
		return nil, fmt.Errorf("sla: %w", err)
	}
	d.Records.Accompanied(p)
	return p, nil
}

// policies are those about an object.
func (p *Policies) policies(cat *catalog.Catalog, o *catalog.Object) []*catalog.SLA {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cat != cat {
		p.cat, p.of = cat, map[*catalog.Object][]*catalog.SLA{}
		for _, s := range cat.SLAs {
			p.of[s.Object] = append(p.of[s.Object], s)
		}
	}
	return p.of[o]
}

// Accompany moves the clocks of records that were written; see record.Companion. Records that are
// loaded are promised nothing: what they tell of is over.
func (p *Policies) Accompany(se *record.Session, es []record.Event) error {
	if se.Loading() {
		return nil
	}
	for _, e := range es {
		for _, s := range p.policies(se.Catalog(), e.Object()) {
			if err := p.move(se, s, e); err != nil {
				return fmt.Errorf("SLA policy %s: %w", s.Name, err)
			}
		}
	}
	return nil
}

// move brings the clocks of one policy and record up to the record.
func (p *Policies) move(se *record.Session, s *catalog.SLA, e record.Event) error {
	promised := e.Verb != "delete"
	if s.When != nil && promised {
		v, err := se.Eval(s.When, e.New, nil)
		if err != nil {
			return err
		}
		promised = isTrue(v)
	}
	paused := false
	if s.Pause != nil && promised {
		v, err := se.Eval(s.Pause, e.New, nil)
		if err != nil {
			return err
		}
		paused = isTrue(v)
	}
	all, err := clocksOf(se, s, e.New)
	if err != nil {
		return err
	}
	for _, m := range s.Milestones {
		k := &keeper{p: p, se: se, s: s, m: m, e: e, t: all[m.Name]}
		if err := k.keep(promised, paused); err != nil {
			return fmt.Errorf("milestone %s: %w", m.Name, err)
		}
		all[m.Name] = k.t
	}
	return show(se, s, e.New, all)
}

func isTrue(v value.Value) bool { return v.Kind() == value.KindBool && v.Bool() }

// recordName is how clocks name a record.
func recordName(r record.Record) string { return fmt.Sprintf("%s_%d", r.Object().IDPrefix, r.ID()) }

// clocksOf reads the latest clock of each milestone of a policy for a record.
func clocksOf(se *record.Session, s *catalog.SLA, r record.Record) (map[string]*task, error) {
	o := se.Catalog().Serving(catalog.RoleSLAClock)
	eq := func(name string, n int) driver.Expr {
		return driver.Cmp{Op: driver.Eq, L: o.Field(name).Col(), R: driver.Param{N: n}}
	}
	rs, err := se.Select("sla.clocks", o, func() driver.Expr {
		return driver.And{Args: []driver.Expr{eq("object_name", 0), eq("record_id", 1), eq("policy_code", 2)}}
	}, []driver.Order{{Expr: driver.Col{Name: catalog.ID}}}, value.Text(s.Object.Name), value.Text(recordName(r)), value.Text(s.Name))
	if err != nil {
		return nil, err
	}
	out := map[string]*task{}
	for _, rec := range rs {
		t := &task{c: se, obj: o, policy: s.Name, milestone: rec.Get(o.Field("milestone")).Text()}
		if err := t.take(rec); err != nil {
			return nil, err
		}
		out[t.milestone] = t
	}
	return out, nil
}

// keeper moves the clock of one milestone.
type keeper struct {
	p  *Policies
	se *record.Session
	s  *catalog.SLA
	m  *catalog.Milestone
	e  record.Event
	t  *task // the latest clock; nil: none
}

// open says whether the promise is neither kept nor given up.
func open(c *Clock) bool {
	return c.Status == Running || c.Status == Paused || c.Status == Breached && c.Stopped.IsZero()
}

func (k *keeper) keep(promised, paused bool) error {
	at, fresh, err := k.starts(promised)
	if err != nil {
		return err
	}
	if k.t != nil && open(&k.t.clock) && (at.IsZero() || fresh) {
		kept := time.Time{}
		if promised && !fresh { // what ends the start may be what keeps the promise
			if kept, err = k.stops(); err != nil {
				return err
			}
		}
		err := k.change(func(c *Clock) {
			if kept.IsZero() {
				end(c, k.se.Now().AsTime())
			} else {
				c.Stop(k.t.hours, kept)
			}
		})
		if err != nil {
			return err
		}
	}
	if at.IsZero() {
		return nil
	}
	if fresh {
		if err := k.start(at); err != nil || k.t == nil {
			return err
		}
	}
	if k.t == nil || !open(&k.t.clock) {
		return nil
	}
	stop, err := k.stops()
	if err != nil {
		return err
	}
	return k.change(func(c *Clock) {
		switch {
		case !stop.IsZero():
			c.Stop(k.t.hours, stop)
		case paused:
			c.Pause(k.se.Now().AsTime())
		default:
			c.Resume(k.t.hours, k.se.Now().AsTime())
		}
	})
}

// end gives a promise up: without a verdict, unless it was broken already.
func end(c *Clock, at time.Time) {
	if c.Status == Breached && c.Stopped.IsZero() {
		c.Stopped = at
	}
	c.Cancel()
}

// starts says since when the record is promised the milestone, the zero time that it is not, and
// whether a clock has to be started: by a write that makes it so, not by any of a record that was
// there before it was promised anything.
func (k *keeper) starts(promised bool) (at time.Time, fresh bool, err error) {
	if !promised {
		return time.Time{}, false, nil
	}
	v, err := k.se.Eval(k.m.Start, k.e.New, nil)
	if err != nil || v.IsNull() || v.Kind() == value.KindBool && !v.Bool() {
		return time.Time{}, false, err
	}
	moment := v.Kind() == value.KindDateTime
	switch {
	case moment && k.t != nil:
		return v.AsTime(), !k.t.clock.Started.Equal(v.AsTime()), nil
	case k.t != nil && open(&k.t.clock):
		return k.t.clock.Started, false, nil
	}
	at = k.se.Now().AsTime()
	if moment {
		at = v.AsTime()
	}
	fresh, err = k.begins(v)
	return at, fresh, err
}

// begins says whether it is the write that makes the record promised the milestone.
func (k *keeper) begins(start value.Value) (bool, error) {
	if k.e.Old.Object() == nil {
		return true, nil
	}
	old := record.Event{Verb: k.e.Verb, Old: k.e.Old, New: k.e.Old}
	if k.s.When != nil {
		if v, err := k.se.Judge(k.s.When, old, nil); err != nil || !isTrue(v) {
			return err == nil, err
		}
	}
	was, err := k.se.Judge(k.m.Start, old, nil)
	return was.IsNull() || !value.Equal(was, start), err
}

// stops says when the promise was kept; the zero time: not yet. A moment before the clock started was
// of an earlier one.
func (k *keeper) stops() (time.Time, error) {
	v, err := k.se.Eval(k.m.Stop, k.e.New, nil)
	switch {
	case err != nil || v.IsNull():
		return time.Time{}, err
	case v.Kind() == value.KindDateTime && !v.AsTime().Before(k.t.clock.Started):
		return v.AsTime(), nil
	case isTrue(v):
		return k.se.Now().AsTime(), nil
	}
	return time.Time{}, nil
}

// start starts a clock; none where nothing is promised.
func (k *keeper) start(at time.Time) error {
	target, err := k.se.Eval(k.m.Target, k.e.New, nil)
	if err != nil {
		return err
	}
	if target.IsNull() {
		k.t = nil
		return nil
	}
	minutes := min(max(target.Int(), 0), maxMinutes)
	t := &task{c: k.se, obj: k.se.Catalog().Serving(catalog.RoleSLAClock), policy: k.s.Name, milestone: k.m.Name, object: k.s.Object.Name, record: recordName(k.e.New)}
	if t.hours, t.calendar, err = k.hours(); err != nil {
		return err
	}
	t.clock = Start(t.hours, at, time.Duration(minutes)*time.Minute, k.m.Warn)
	if err := t.save(); err != nil {
		return err
	}
	k.t = t
	return k.p.arm(k.se, k.m, t)
}

// hours finds the calendar that counts: the milestone's, the policy's, that of the record's owner, the default one.
func (k *keeper) hours() (Hours, value.Value, error) {
	code := k.m.Calendar
	if code == "" {
		code = k.s.Calendar
	}
	if code != "" {
		if id, err := calendarOf(k.se, code); err != nil || !id.IsNull() {
			if err != nil {
				return nil, value.Null, err
			}
			return HoursOf(k.se, id)
		}
	}
	own, err := ownersCalendar(k.se, k.e.New)
	if err != nil {
		return nil, value.Null, err
	}
	return HoursOf(k.se, own)
}

// change changes the clock, and when it is looked at again, if it does.
func (k *keeper) change(by func(*Clock)) error {
	was := k.t.clock
	if by(&k.t.clock); k.t.clock == was {
		return nil
	}
	if err := k.t.save(); err != nil {
		return err
	}
	return k.p.arm(k.se, k.m, k.t)
}
