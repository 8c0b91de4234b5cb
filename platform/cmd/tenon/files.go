package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/tenon-platform/tenon/platform/blob"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/plugins/blobs/s3"
	"github.com/tenon-platform/tenon/runtime/files"
)

// newFiles makes the service of files; serve starts its sweep.
func newFiles(in *instance) (*files.Service, error) {
	blobs, err := in.openBlobs()
	if err != nil {
		return nil, err
	}
	return files.New(files.Deps{Tenant: in.publish.Tenant, Blobs: blobs, Spool: filepath.Join(in.dir, "spool"),
		Clock: in.clock, Log: in.log, Profile: in.access.Profile, Limits: files.DefaultLimits(), Room: in.room})
}

// openBlobs makes the store of contents that --blobs or TENON_BLOBS names; each tenant beside the default
// one has a part of its own.
func (in *instance) openBlobs() (blob.Store, error) {
	name, part := in.site.opt.blobs, ""
	if in.name != tenantName {
		part = "tenants/" + in.serial
	}
	if name == "" {
		name = os.Getenv("TENON_BLOBS")
	}
	switch {
	case name == "":
		return blob.Dir(filepath.Join(in.dir, "blobs")), nil
	case strings.HasPrefix(name, "s3:"):
		a, err := s3.Parse(name)
		if err != nil {
			return nil, usageError{err.Error()}
		}
		if part != "" {
			a.Prefix += part + "/"
		}
		return s3.New(a)
	case strings.Contains(name, "://"):
		return nil, usageError{"unknown store of files; a directory and s3://bucket/prefix are known"}
	}
	return blob.Dir(filepath.Join(name, filepath.FromSlash(part))), nil
}

// checkBlobs finds out before anybody uploads whether the store of contents can be reached.
func (in *instance) checkBlobs(ctx context.Context) error {
	remote, ok := in.files.Blobs.(interface{ Check(context.Context) error })
	if !ok {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	if err := remote.Check(ctx); err != nil {
		return errs.New(errs.Unavailable, "the store of files cannot be reached; look at --blobs, and at the credentials in the environment or the credentials file",
			"无法访问文件存储；请检查 --blobs，以及环境变量或凭证文件中的凭证").Because(err)
	}
	return nil
}
