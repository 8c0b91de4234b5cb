package standard

import (
	"context"

	"github.com/tenon-platform/tenon/metadata/resolve"
	"github.com/tenon-platform/tenon/platform/clock"
	"github.com/tenon-platform/tenon/runtime/action"
	"github.com/tenon-platform/tenon/runtime/graph"
	"github.com/tenon-platform/tenon/runtime/live"
	"github.com/tenon-platform/tenon/runtime/packtest"
	"github.com/tenon-platform/tenon/runtime/record"
	"github.com/tenon-platform/tenon/workflow/approval/door"
	"github.com/tenon-platform/tenon/workflow/approval/host"
)

// Processes are what runs over time on the tenants of packages' own cases.
func Processes() *packtest.Processes {
	return &packtest.Processes{Tables: door.SystemTables(), Freeze: host.Freeze,
		Open: func(t *live.Tenant, records *record.Service, actions *action.Service, clk clock.Clock) (graph.Fixed, func(context.Context) (int, error), error) {
			d, err := door.Open(door.Deps{Tenant: t, Records: records, Actions: actions, Resolve: Resolving(), Clock: clk, Owner: "test"})
			if err != nil {
				return graph.Fixed{}, nil, err
			}
			return d.Fixed(), d.Drain, nil
		}}
}

// Resolving is what catalogues are resolved with.
func Resolving() resolve.Input {
	return resolve.Input{Fields: Fields(), Engines: Engines().Signatures()}
}
