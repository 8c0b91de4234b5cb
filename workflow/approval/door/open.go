package door

import (
	"context"
	"log/slog"

	"github.com/tenon-platform/tenon/metadata/resolve"
	"github.com/tenon-platform/tenon/platform/clock"
	"github.com/tenon-platform/tenon/platform/ident"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/runtime/action"
	"github.com/tenon-platform/tenon/runtime/live"
	"github.com/tenon-platform/tenon/runtime/record"
	"github.com/tenon-platform/tenon/workflow/approval/host"
	"github.com/tenon-platform/tenon/workflow/approval/process"
	"github.com/tenon-platform/tenon/workflow/engine"
	"github.com/tenon-platform/tenon/workflow/notice"
)

// SystemTables are the tables that approvals keep in every tenant's store.
func SystemTables() []driver.Table {
	return append(append(engine.SystemTables(), process.SystemTables()...), host.SystemTables()...)
}

// Deps are what the approvals of a tenant work with.
type Deps struct {
	Tenant  *live.Tenant
	Records *record.Service
	Actions *action.Service
	// Resolve is what definitions are resolved with: field types and engines.
	Resolve resolve.Input
	Notices *notice.Service // nil: people are not told
	Clock   clock.Clock
	Owner   string // of jobs: another one after each start
	Log     *slog.Logger
}

// Open makes the approvals of a tenant ready. Their timers and jobs go on with Run or Drain.
func Open(d Deps) (*Door, error) {
	h, err := host.New(host.Deps{Tenant: d.Tenant, Records: d.Records, Actions: d.Actions, Resolve: d.Resolve, Notices: d.Notices, Log: d.Log})
	if err != nil {
		return nil, err
	}
	svc, err := process.Open(d.Tenant.Store, h, engine.Options{Clock: d.Clock, Owner: d.Owner, Alone: d.Tenant.Store.Exclusive(), Log: func(err error) {
		if d.Log != nil {
			d.Log.Error("approvals", "cause", err)
		}
	}})
	if err != nil {
		return nil, err
	}
	out := New(d.Tenant, d.Records, h, svc, d.Clock)
	d.Records.Watch(out.changed)
	return out, nil
}

// background is the platform acting for itself.
func (d *Door) background(ctx context.Context) context.Context {
	return ident.With(ctx, ident.System(d.tenant.Name))
}

// Run works on timers and jobs until ctx ends, and then waits for those in hand.
func (d *Door) Run(ctx context.Context) { d.svc.Run(d.background(ctx), engine.DefaultWorkers()) }

// Drain works on timers and jobs until none is due; it reports how many there were.
func (d *Door) Drain(ctx context.Context) (int, error) { return d.svc.Drain(d.background(ctx)) }
