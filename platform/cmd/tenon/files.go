package main

import (
	"path/filepath"

	"github.com/tenon-platform/tenon/platform/blob"
	"github.com/tenon-platform/tenon/runtime/files"
)

// newFiles makes the service of files; serve starts its sweep.
func newFiles(_ *common, in *instance) (*files.Service, error) {
	return files.New(files.Deps{Tenant: in.publish.Tenant, Blobs: blob.Dir(filepath.Join(in.dir, "blobs")), Spool: filepath.Join(in.dir, "spool"),
		Clock: in.clock, Log: in.log, Profile: in.access.Profile, Limits: files.DefaultLimits()})
}
