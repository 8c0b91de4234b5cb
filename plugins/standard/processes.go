package standard

import (
	"context"
	"slices"

	"github.com/tenon-platform/tenon/metadata/resolve"
	"github.com/tenon-platform/tenon/platform/clock"
	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/runtime/access"
	"github.com/tenon-platform/tenon/runtime/action"
	"github.com/tenon-platform/tenon/runtime/graph"
	"github.com/tenon-platform/tenon/runtime/live"
	"github.com/tenon-platform/tenon/runtime/packtest"
	"github.com/tenon-platform/tenon/runtime/publish"
	"github.com/tenon-platform/tenon/runtime/record"
	"github.com/tenon-platform/tenon/workflow/approval/door"
	"github.com/tenon-platform/tenon/workflow/approval/host"
	flowdoor "github.com/tenon-platform/tenon/workflow/flow/door"
	flowhost "github.com/tenon-platform/tenon/workflow/flow/host"
)

// Processes are what runs over time on the tenants of packages' own cases.
func Processes() *packtest.Processes {
	return &packtest.Processes{Tables: slices.Concat(door.SystemTables(), flowdoor.SystemTables()), Freeze: []func(*store.DB) publish.Activated{host.Freeze, flowhost.Freeze},
		Open: func(t *live.Tenant, records *record.Service, actions *action.Service, clk clock.Clock) ([]graph.Fixed, func(context.Context) (int, error), error) {
			d, err := door.Open(door.Deps{Tenant: t, Records: records, Actions: actions, Resolve: Resolving(), Clock: clk, Owner: "test"})
			if err != nil {
				return nil, nil, err
			}
			autos, err := flowdoor.Open(flowdoor.Deps{Tenant: t, Records: records, Actions: actions, Access: access.NewService(t), Resolve: Resolving(), Clock: clk, Owner: "test"})
			if err != nil {
				return nil, nil, err
			}
			return []graph.Fixed{d.Fixed(), autos.Fixed()}, func(ctx context.Context) (int, error) { return Settle(ctx, d.Drain, autos.Drain) }, nil
		}}
}

// Settle lets everything run that is due, also what comes of what ran; it reports how many jobs there were.
func Settle(ctx context.Context, drains ...func(context.Context) (int, error)) (int, error) {
	total := 0
	for {
		ran := 0
		for _, drain := range drains {
			n, err := drain(ctx)
			if err != nil {
				return total, err
			}
			ran += n
		}
		if total += ran; ran == 0 {
			return total, nil
		}
	}
}

// Resolving is what catalogues are resolved with.
func Resolving() resolve.Input {
	return resolve.Input{Fields: Fields(), Engines: Engines().Signatures()}
}
