package main

import (
	"path/filepath"

	"github.com/tenon-platform/tenon/runtime/transfer"
)

// newTransfer makes the service of imports and exports; serve starts its work.
func newTransfer(in *instance) (*transfer.Service, error) {
	return transfer.New(transfer.Deps{Tenant: in.publish.Tenant, Writer: in.publish.Records, Lister: in.graph, Files: transfer.Dir(filepath.Join(in.dir, "uploads")),
		Clock: in.clock, Log: in.log, NewID: errorID, Limits: transfer.DefaultLimits(),
		Profile: in.access.Profile})
}
