// Package door is what the platform does with other systems: it keeps secrets, sends messages through
// connections as jobs with retries, tells of changes to records, and takes in what other systems tell.
// How one kind of system is spoken to is a connector's; who is told what, workflow/notice's.
package door

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"

	"github.com/tenon-platform/tenon/platform/audit"
	"github.com/tenon-platform/tenon/platform/clock"
	"github.com/tenon-platform/tenon/platform/ident"
	"github.com/tenon-platform/tenon/platform/seal"
	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/runtime/access"
	"github.com/tenon-platform/tenon/runtime/action"
	"github.com/tenon-platform/tenon/runtime/live"
	"github.com/tenon-platform/tenon/runtime/record"
	"github.com/tenon-platform/tenon/workflow/connect"
	"github.com/tenon-platform/tenon/workflow/engine"
)

// Pool is where jobs that call other systems are: a slow one delays nothing else.
const Pool = "connect"

// workers is how many calls go on at once.
const workers = 16

// Deps are what a Door works with.
type Deps struct {
	Tenant     *live.Tenant
	Records    *record.Service
	Actions    *action.Service
	Access     *access.Service
	Keys       *seal.Ring
	Audit      *audit.Log // nil: nothing is noted
	Connectors connect.Set
	Clock      clock.Clock
	Owner      string // of jobs: another one after each start
	Log        *slog.Logger
	Options    connect.Options
	// Jitter spreads retries: a number in [0, 1). nil: random.
	Jitter func() float64
}

// Door serves the connections of one tenant. It is safe for concurrent use.
type Door struct {
	deps  Deps
	stmts map[string]driver.Stmt
	svc   *engine.Engine
	heard *store.Watch // messages that came
	flows Flows        // nil: hooks run none

	mu    sync.Mutex
	rates map[string]*rate // of calls, by connection
}

// Open makes the connections of a tenant ready. Their messages go on with Run or Drain.
func Open(d Deps) (*Door, error) {
	if d.Jitter == nil {
		d.Jitter = rand.Float64
	}
	out := &Door{deps: d, stmts: map[string]driver.Stmt{}, heard: d.Tenant.Store.Watch(heard), rates: map[string]*rate{}}
	for name, q := range queries() {
		st, err := d.Tenant.Store.Prepare(q)
		if err != nil {
			return nil, fmt.Errorf("connect: prepare %s: %w", name, err)
		}
		out.stmts[name] = st
	}
	var err error
	out.svc, err = engine.New(d.Tenant.Store, nil, map[string]engine.Handler{"connect.deliver": engine.HandlerFunc(out.deliver)},
		engine.Options{Clock: d.Clock, Owner: d.Owner, Alone: d.Tenant.Store.Exclusive(), Pools: []string{Pool}, Jitter: d.Jitter, Log: func(err error) {
			if d.Log != nil {
				d.Log.Error("connections", "cause", err)
			}
		}})
	if err != nil {
		return nil, err
	}
	d.Records.Automate(out)
	d.Records.PostThrough(out)
	return out, nil
}

// background is the platform acting for itself.
func (d *Door) background(ctx context.Context) context.Context {
	return ident.With(ctx, ident.System(d.deps.Tenant.Name))
}

// Run sends messages until ctx ends, and then waits for the calls in hand.
func (d *Door) Run(ctx context.Context) {
	d.svc.Run(d.background(ctx), engine.Workers{Pool: workers})
}

// Drain sends what is due; it reports how many jobs there were.
func (d *Door) Drain(ctx context.Context) (int, error) { return d.svc.Drain(d.background(ctx)) }

// note writes what an administrator did into the audit log, in the same transaction.
func (d *Door) note(ctx context.Context, tx store.Tx, kind audit.Kind, subject string, details map[string]any) error {
	if d.deps.Audit == nil {
		return nil
	}
	return d.deps.Audit.Append(ctx, tx, audit.Entry{Kind: kind, Subject: subject, Details: details})
}
