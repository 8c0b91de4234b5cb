package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/tenon-platform/tenon/platform/auth"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/httpd"
	"github.com/tenon-platform/tenon/platform/ident"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/tenant"
	"github.com/tenon-platform/tenon/plugins/stores/sqlite"
	"github.com/tenon-platform/tenon/workflow/engine"
)

// tenantReaders is the size of the pool of read connections of a tenant beside the default one.
const tenantReaders = 4

// register makes the registry once the default tenant's store is open, which has it.
func (s *site) register(ctx context.Context, in *instance) (err error) {
	if in.name == tenantName {
		s.registry, err = tenant.OpenRegistry(ctx, in.db, s.clock)
	}
	return err
}

func (s *site) newPool() {
	s.pool = tenant.NewPool(tenant.PoolOptions[*instance]{Registry: s.registry, Open: s.openTenant, Clock: s.clock, Log: s.log, Idle: s.serving.idle, Most: s.serving.most})
}

// tenantDir is where the files of a tenant beside the default one are.
func (s *site) tenantDir(name string) string { return filepath.Join(s.opt.data, "tenants", name) }

// engineOf makes the engine of a tenant: a file of its own, or a database of its own on the server
// that all share.
func (s *site) engineOf(name string) driver.Engine {
	if s.engine.Name() != "sqlite" {
		return s.engine
	}
	return sqlite.New(s.tenantDir(name), &sqlite.Options{OnCommit: commitHook("tenant/"), Readers: tenantReaders})
}

// openTenant opens a tenant that serves, and lets its work go on.
func (s *site) openTenant(ctx context.Context, t *tenant.Tenant) (*instance, error) {
	in, err := s.openStopped(ctx, t)
	if err != nil {
		return nil, err
	}
	if err := in.publish.Resume(ctx); err != nil {
		return nil, fmt.Errorf("resume the apply of tenant %s that was cut off: %w", t.Name, errors.Join(err, in.shut(ctx)))
	}
	in.local = in.localServer(nil)
	if s.serving.on {
		if err := in.meetProvider(t.Hosts); err != nil { // passwords still open the tenant
			in.log.Error("the OpenID provider of the tenant cannot be used", "cause", err)
		}
		in.public = in.publicServer(ctx, nil)
		if err := in.doDue(ctx); err != nil {
			s.log.Error("do what is due", "tenant", t.Name, "cause", err)
		}
		in.startWork()
	}
	return in, nil
}

// openStopped opens a tenant, whatever its state, and lets nothing go on by itself.
func (s *site) openStopped(ctx context.Context, t *tenant.Tenant) (*instance, error) {
	dir := s.tenantDir(t.Name)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the directory of tenant %s: %w", t.Name, err)
	}
	keys, err := s.keys.For(t.Serial)
	if err != nil {
		return nil, err
	}
	in := s.instance(t.Name, dir, keys)
	in.log = s.log.With("tenant", t.Name)
	in.serial = t.Serial
	if err := in.open(ctx, s.engineOf(t.Name)); err != nil {
		return nil, fmt.Errorf("open tenant %s: %w", t.Name, errors.Join(err, in.shut(ctx)))
	}
	if s.serving.maxFile > 0 {
		in.files.Limits.Size = s.serving.maxFile
	}
	return in, nil
}

// publicServer serves a tenant to the world.
func (in *instance) publicServer(ctx context.Context, choose chooser) *httpd.Server {
	v := in.site.serving
	return httpd.New(httpd.Config{Tenant: in.name, Mounts: in.mounts(), Authenticate: in.auth.Authenticate, CSRF: auth.CSRF, Origins: in.origins(context.WithoutCancel(ctx)),
		Proxies: v.proxies, ReadTimeout: v.wait, Admit: in.admits, Turn: in.turn, Choose: choose, Log: in.log, NewID: errorID})
}

// chooser is httpd.Config's Choose.
type chooser = func(wait time.Duration, host, header string) (*httpd.Server, func(), error)

// choose finds the server of the tenant that a request is for; nil for the default one.
func (s *site) choose(wait time.Duration, host, header string) (*httpd.Server, func(), error) {
	return s.chosen(wait, host, header, func(in *instance) *httpd.Server { return in.public })
}

// chooseLocal is choose for the control socket, where only the header counts.
func (s *site) chooseLocal(wait time.Duration, _, header string) (*httpd.Server, func(), error) {
	return s.chosen(wait, "", header, func(in *instance) *httpd.Server { return in.local })
}

func (s *site) chosen(wait time.Duration, host, header string, server func(*instance) *httpd.Server) (*httpd.Server, func(), error) {
	t, err := s.registry.Route(wait, host, header)
	if err != nil {
		return nil, nil, err
	}
	if t.Name == tenantName {
		return nil, func() {}, nil
	}
	if err := t.Serves(); err != nil {
		return nil, nil, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), wait)
	defer cancel()
	in, release, err := s.pool.Get(ctx, t.Name)
	if err != nil {
		if errs.CodeOf(err) == errs.Internal {
			s.log.Error("open a tenant", "tenant", t.Name, "cause", err)
			err = errs.New(errs.Unavailable, "this tenant cannot be opened at the moment", "暂时无法打开此租户")
		}
		return nil, nil, err
	}
	return server(in), release, nil
}

// sweepEvery is how often a tenant that nobody calls is opened to look for what is due by the calendar.
const sweepEvery = 24 * time.Hour

// due is when the tenant has something to do by itself.
func (in *instance) due(ctx context.Context) (time.Time, error) {
	now := in.clock.Now()
	working, err := in.moves.Working(ctx)
	if err != nil || working > 0 {
		return now, err
	}
	if working, err = in.scans.Working(ctx); err != nil || working > 0 {
		return now, err
	}
	at, any, err := engine.Due(ctx, in.db)
	daily := now.Add(sweepEvery)
	if !in.swept.IsZero() {
		daily = in.swept.Add(sweepEvery)
	}
	if !any || daily.Before(at) {
		at = daily
	}
	return at, err
}

// Busy says whether the tenant has to stay open.
func (in *instance) Busy(ctx context.Context, before time.Time) bool {
	if in.public != nil && in.public.Lasting() > 0 || in.local != nil && in.local.Lasting() > 0 {
		return true
	}
	at, err := in.due(ctx)
	if err != nil {
		in.log.Error("look for work to do", "cause", err)
	}
	return err == nil && at.Before(before)
}

// Quit ends subscriptions and downloads.
func (in *instance) Quit() {
	for _, s := range []*httpd.Server{in.public, in.local} {
		if s != nil {
			s.Quit()
		}
	}
}

// Close closes the tenant, and tells when it has work to do.
func (in *instance) Close(ctx context.Context) (time.Time, error) {
	in.stopWork()
	at, err := in.due(ctx)
	err = errors.Join(err, in.shut(ctx))
	in.scripts.Forget(in.name) // another tenant may get the name
	return at, err
}

// background is the platform acting for itself in this tenant.
func (in *instance) background(ctx context.Context) context.Context {
	return ident.With(ctx, ident.System(in.name))
}
