package door

import (
	"context"

	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/workflow/flow/recorded"
)

// Case gives administrators a run that there was as a case of its flow, to be put among its tests.
func (d *Door) Case(ctx context.Context, run, name string) (map[string]any, error) {
	st, err := d.administered(ctx, run)
	if err != nil {
		return nil, err
	}
	who := callerOf(ctx)
	trace, err := d.trace(ctx, run)
	if err != nil {
		return nil, err
	}
	if name == "" {
		name = run
	}
	demo := map[string]bool{}
	if d.deps.Demo != nil {
		if demo, err = d.deps.Demo(); err != nil {
			return nil, err
		}
	}
	var made *recorded.Case
	err = d.deps.Tenant.Store.View(ctx, func(tx store.Tx) error {
		f, err := d.definition(ctx, tx, st)
		if err != nil {
			return err
		}
		se := d.deps.Records.Reading(ctx, tx, d.deps.Tenant.Catalog())
		made, err = recorded.Make(name, recorded.Run{Flow: f, State: st, Trace: trace, Session: se, Zone: d.host.Zone(), Demo: demo})
		return err
	})
	if err != nil {
		return nil, err
	}
	left := []string{}
	for _, x := range made.Left {
		left = append(left, x.In(who.locale))
	}
	return map[string]any{"flow": st.Flow, "case": made.Case, "left": left}, nil
}
