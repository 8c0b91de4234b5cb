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
		Clock: in.clock, Log: in.log, NewID: errorID, Limits: transfer.DefaultLimits(),
		Profile: func(context.Context, ident.Principal) (access.Profile, error) { return access.Everything, nil }})
}
