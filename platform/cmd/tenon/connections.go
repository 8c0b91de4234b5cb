package main

import (
	"context"

	"github.com/tenon-platform/tenon/plugins/connectors"
	"github.com/tenon-platform/tenon/workflow/connect"
	remotedoor "github.com/tenon-platform/tenon/workflow/connect/door"
)

// newConnections makes the connections of an instance ready. Other connectors are for tests.
func newConnections(in *instance, opt connect.Options, others connect.Set) (*remotedoor.Door, error) {
	known := connectors.Standard()
	for name, c := range others {
		known[name] = c
	}
	return remotedoor.Open(remotedoor.Deps{Tenant: in.publish.Tenant, Records: in.publish.Records, Actions: in.publish.Actions, Access: in.access, Keys: in.keys, Audit: in.audit, Connectors: known,
		Clock: in.clock, Owner: errorID(), Log: in.log, Options: opt})
}

// sweepConnections forgets old deliveries and ids of messages.
func (in *instance) sweepConnections(ctx context.Context) {
	if _, err := in.remote.Sweep(ctx); err != nil && ctx.Err() == nil {
		in.log.Error("sweep deliveries", "cause", err)
	}
	if _, err := in.notices.Sweep(ctx); err != nil && ctx.Err() == nil {
		in.log.Error("sweep notifications", "cause", err)
	}
}
