package door

import (
	"context"
	"log/slog"
	"slices"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/resolve"
	"github.com/tenon-platform/tenon/platform/clock"
	"github.com/tenon-platform/tenon/platform/ident"
	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/runtime/access"
	"github.com/tenon-platform/tenon/runtime/action"
	"github.com/tenon-platform/tenon/runtime/live"
	"github.com/tenon-platform/tenon/runtime/record"
	approvals "github.com/tenon-platform/tenon/workflow/approval/process"
	"github.com/tenon-platform/tenon/workflow/engine"
	"github.com/tenon-platform/tenon/workflow/flow"
	"github.com/tenon-platform/tenon/workflow/flow/host"
	"github.com/tenon-platform/tenon/workflow/flow/process"
)

// SystemTables are the tables that automations keep in every tenant's store, besides the engine's.
func SystemTables() []driver.Table { return slices.Concat(host.SystemTables(), process.SystemTables()) }

// Deps are what the automations of a tenant work with.
type Deps struct {
	Tenant  *live.Tenant
	Records *record.Service
	Actions *action.Service
	Access  *access.Service
	// Approvals are what steps submit records to, and whose events start runs; nil: there are none.
	Approvals interface {
		host.Approvals
		Listen(hear func(context.Context, store.Tx, approvals.Happening) error)
	}
	// Resolve is what definitions are resolved with: field types and engines.
	Resolve resolve.Input
	Remote  host.Remote // nil: no other system is called
	// Gate bounds how many runs begin; nil: nothing does.
	Gate  process.Gate
	Clock clock.Clock
	Owner string // of jobs: another one after each start
	Log   *slog.Logger
	// Demo gives the external ids of demo records, which cases do not begin with; nil: there are none.
	Demo func() (map[string]bool, error)
	// Judged hears of each trigger that is asked, and whether its condition was met; it may be nil.
	Judged func(f *catalog.Flow, met bool)
}

// Door serves the automations of one tenant to its callers.
type Door struct {
	deps Deps
	host *host.Host
	svc  *process.Service
}

// Open makes the automations of a tenant ready. Their runs go on with Run or Drain.
func Open(d Deps) (*Door, error) {
	h, err := host.New(host.Deps{Tenant: d.Tenant, Records: d.Records, Actions: d.Actions, Access: d.Access, Resolve: d.Resolve, Remote: d.Remote, Clock: d.Clock, Log: d.Log, Judged: d.Judged})
	if err != nil {
		return nil, err
	}
	svc, err := process.Open(d.Tenant.Store, h, d.Records.NewID, engine.Options{Clock: d.Clock, Owner: d.Owner, Alone: d.Tenant.Store.Exclusive(), Log: func(err error) {
		if d.Log != nil {
			d.Log.Error("automations", "cause", err)
		}
	}})
	if err != nil {
		return nil, err
	}
	if d.Gate != nil {
		svc.Bound(d.Gate)
	}
	if d.Approvals != nil {
		d.Approvals.Listen(h.Heard)
	}
	h.Serve(svc, d.Approvals)
	d.Records.Automate(h)
	return &Door{deps: d, host: h, svc: svc}, nil
}

// background is the platform acting for itself.
func (d *Door) background(ctx context.Context) context.Context {
	return ident.With(ctx, ident.System(d.deps.Tenant.Name))
}

// Steps is how many steps of flows are carried out at a time where nobody says otherwise.
const Steps = 32

// calls is how many calls of other systems are made at a time.
const calls = 16

// Run works on runs until ctx ends, with so many steps at a time, and then waits for those in hand.
func (d *Door) Run(ctx context.Context, steps int) {
	d.svc.Run(d.background(ctx), engine.Workers{process.Pool: steps, process.CallPool: min(steps, calls)})
}

// Drain works on runs until none can go on now; it reports how many jobs there were.
func (d *Door) Drain(ctx context.Context) (int, error) { return d.svc.Drain(d.background(ctx)) }

// StartFor lets a flow begin for a record, in a transaction that is under way, without waiting for it.
func (d *Door) StartFor(ctx context.Context, tx store.Tx, f *catalog.Flow, record string) error {
	if f.Set.Off {
		return nil
	}
	order := ""
	if f.Set.Ordering == "per_record" {
		order = f.Key + "/" + record
	}
	return d.svc.Start(ctx, tx, d.svc.NewRun(), flow.Command{Kind: "start", Flow: f.Key, Cause: &flow.Cause{Type: "flow", Record: record}}, order)
}
