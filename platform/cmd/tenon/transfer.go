package main

import (
	"context"
	"path/filepath"

	"github.com/tenon-platform/tenon/platform/ident"
	"github.com/tenon-platform/tenon/runtime/access"
	"github.com/tenon-platform/tenon/runtime/transfer"
)

// newTransfer makes the service of imports and exports; serve starts its work.
func newTransfer(in *instance) (*transfer.Service, error) {
	return transfer.New(transfer.Deps{Tenant: in.publish.Tenant, Writer: in.publish.Records, Lister: in.graph, Files: transfer.Dir(filepath.Join(in.dir, "uploads")),
		Clock: in.clock, Audit: in.audit, Log: in.log, NewID: errorID, Limits: transfer.DefaultLimits(),
		Profile: in.still, Room: func() error { return in.room(0) }})
}

// still is what a caller may do who began some work and may be somebody else, or nobody, by now.
func (in *instance) still(ctx context.Context, p ident.Principal) (access.Profile, error) {
	if err := in.auth.Still(ctx, p); err != nil {
		return nil, err
	}
	return in.access.Profile(ctx, p)
}
