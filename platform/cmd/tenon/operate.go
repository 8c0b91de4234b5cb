package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/tenon-platform/tenon/platform/audit"
	"github.com/tenon-platform/tenon/platform/blob"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/platform/tenant"
	"github.com/tenon-platform/tenon/plugins/packages"
	"github.com/tenon-platform/tenon/runtime/admin"
)

const (
	// patience is how long requests of a tenant that is being suspended or removed may still take.
	patience = 5 * time.Second
	// abandoned is how long a tenant may be in the making before another server takes it for cut off.
	abandoned = 15 * time.Minute
)

var _ admin.Tenants = (*site)(nil)

// operated is what the administration API of an instance operates: the site, at the default tenant.
func (in *instance) operated() admin.Tenants {
	if in.name != tenantName {
		return nil
	}
	return in.site
}

// Registry is the list of tenants.
func (s *site) Registry() *tenant.Registry { return s.registry }

// noted takes down, in the default tenant's audit log, what was done to a tenant.
func (s *site) noted(kind audit.Kind, name string, details map[string]any) tenant.Note {
	return func(ctx context.Context, tx store.Tx) error {
		return s.main.audit.Append(ctx, tx, audit.Entry{Kind: kind, Subject: name, Details: details})
	}
}

// Create makes a tenant with its packages and its first administrator, all or nothing: what a stop
// cuts off is taken away at the next start. The password is shown this once.
func (s *site) Create(ctx context.Context, n admin.NewTenant) (t *tenant.Tenant, password string, err error) {
	if err := knownPackages(n.Packages); err != nil {
		return nil, "", err
	}
	if t, err = s.registry.Create(ctx, tenant.Tenant{Name: n.Name, Hosts: n.Hosts, Limits: n.Limits}, nil); err != nil {
		return nil, "", err
	}
	ctx = context.WithoutCancel(ctx) // who asked may go away
	password, err = s.fill(ctx, t, n)
	if err == nil {
		t, err = s.registry.Move(ctx, t.Name, []tenant.State{tenant.Creating}, tenant.Active,
			s.noted(audit.TenantCreated, t.Name, map[string]any{"packages": n.Packages, "hosts": t.Hosts, "limits": t.Limits}))
	}
	if err != nil {
		return nil, "", errors.Join(err, s.takeAway(ctx, t, nil))
	}
	return t, password, nil
}

// knownPackages refuses names that no standard package has; nil stands for all.
func knownPackages(names []string) error {
	std, err := packages.Standard()
	if err != nil {
		return err
	}
	var known []string
	for _, p := range std {
		known = append(known, p.Name)
	}
	for _, name := range names {
		if !slices.Contains(known, name) {
			return errs.New(errs.InvalidInput, "there is no package %s; there are %s", "没有软件包 %s；可用的有 %s", name, strings.Join(known, ", ")).On("packages")
		}
	}
	return nil
}

// fill installs the packages and makes the first administrator of a new tenant.
func (s *site) fill(ctx context.Context, t *tenant.Tenant, n admin.NewTenant) (password string, err error) {
	in, err := s.openStopped(ctx, t)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, in.shut(ctx)) }()
	if n.Packages == nil || len(n.Packages) > 0 {
		if err := in.installStandard(in.background(ctx), n.Packages, n.Demo); err != nil {
			return "", err
		}
	}
	if password, err = newPassword(); err != nil {
		return "", err
	}
	return password, in.makeAdmin(in.background(ctx), password)
}

// Suspend lets a tenant serve nobody until it is resumed; nothing of its own goes on meanwhile.
func (s *site) Suspend(ctx context.Context, name string) (*tenant.Tenant, error) {
	t, err := s.registry.Move(ctx, name, []tenant.State{tenant.Active}, tenant.Suspended, s.noted(audit.TenantSuspended, name, nil))
	if err != nil {
		return nil, err
	}
	return t, s.pool.Shut(context.WithoutCancel(ctx), name, patience)
}

// Resume lets a suspended tenant serve again; what was due meanwhile is done.
func (s *site) Resume(ctx context.Context, name string) (*tenant.Tenant, error) {
	t, err := s.registry.Move(ctx, name, []tenant.State{tenant.Suspended}, tenant.Active, s.noted(audit.TenantResumed, name, nil))
	if err != nil {
		return nil, err
	}
	return t, s.registry.SetDue(ctx, name, s.clock.Now())
}

// Remove takes a tenant away for good, with everything of it. What a stop cuts off goes on at the next start.
func (s *site) Remove(ctx context.Context, name string) error {
	t, err := s.registry.Move(ctx, name, []tenant.State{tenant.Active, tenant.Suspended}, tenant.Removing, s.noted(audit.TenantRemoving, name, nil))
	if err != nil {
		return err
	}
	return s.takeAway(context.WithoutCancel(ctx), t, s.noted(audit.TenantRemoved, name, nil))
}

// takeAway removes what a tenant consists of: the contents of files that are not in its directory,
// its store, its directory, and last its name. Each step can be done again.
func (s *site) takeAway(ctx context.Context, t *tenant.Tenant, note tenant.Note) error {
	if err := s.pool.Shut(ctx, t.Name, patience); err != nil {
		return err
	}
	dir := s.tenantDir(t.Name)
	if err := s.dropContents(ctx, t); err != nil {
		return err
	}
	if err := s.engineOf(t.Name).Drop(ctx, t.Name); err != nil {
		return fmt.Errorf("remove the store of tenant %s: %w", t.Name, err)
	}
	if err := os.RemoveAll(dir); err != nil {
		return fmt.Errorf("remove the directory of tenant %s: %w", t.Name, err)
	}
	return s.registry.Forget(ctx, t, note)
}

// dropContents removes the contents of files where they are not in the tenant's directory.
func (s *site) dropContents(ctx context.Context, t *tenant.Tenant) error {
	in := s.instance(t.Name, s.tenantDir(t.Name), nil)
	in.serial = t.Serial
	blobs, err := in.openBlobs()
	if err != nil {
		return err
	}
	if dir, ok := blobs.(blob.Dir); ok {
		if filepath.Dir(string(dir)) == in.dir {
			return nil
		}
		if err := os.RemoveAll(string(dir)); err != nil {
			return fmt.Errorf("remove the files of tenant %s: %w", t.Name, err)
		}
		return nil
	}
	if _, err := os.Stat(in.dir); errors.Is(err, os.ErrNotExist) {
		return nil // it was never opened
	}
	whole, err := s.openStopped(ctx, t)
	if err != nil {
		return err
	}
	return errors.Join(whole.files.DropContents(ctx), whole.shut(ctx))
}

// mend finishes what a stop has cut off: tenants that were being removed, or not wholly made, are
// taken away. Nobody was told the password of the latter.
func (s *site) mend(ctx context.Context) error {
	all, err := s.registry.List(ctx)
	if err != nil {
		return err
	}
	alone := s.main.db.Exclusive()
	for _, t := range all {
		switch {
		case t.State == tenant.Removing:
			err = s.takeAway(ctx, t, s.noted(audit.TenantRemoved, t.Name, nil))
		case t.State == tenant.Creating && (alone || s.clock.Now().Sub(t.Since) > abandoned):
			err = s.takeAway(ctx, t, s.noted(audit.TenantAbandoned, t.Name, nil))
		}
		if err != nil {
			return fmt.Errorf("finish what was cut off: %w", err)
		}
	}
	return nil
}
