package main

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/tenon-platform/tenon/platform/audit"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/ident"
	"github.com/tenon-platform/tenon/platform/tenant"
	"github.com/tenon-platform/tenon/runtime/admin"
	"github.com/tenon-platform/tenon/runtime/gql"
)

// limits are those that the operator has set for the tenant.
func (in *instance) limits(ctx context.Context) tenant.Limits {
	if in.site == nil || in.site.registry == nil { // the default tenant is being opened, or opened by itself
		return tenant.Limits{}
	}
	t, err := in.site.registry.Find(ctx, in.name)
	if err != nil {
		if ctx.Err() == nil && errs.CodeOf(err) != errs.NotFound { // it is being removed
			in.log.Error("read the limits of a tenant", "cause", err)
		}
		return tenant.Limits{}
	}
	return t.Limits
}

// scriptLimits are those of a tenant's scripts.
func (s *site) scriptLimits(name string) (runs int, perMinute time.Duration) {
	if s.registry == nil { // the default tenant is being opened
		return 0, 0
	}
	t, err := s.registry.Find(context.Background(), name)
	if err != nil {
		return 0, 0
	}
	return t.Limits.Scripts, time.Duration(t.Limits.CPU) * time.Millisecond
}

// admits holds the tenant to its rate of requests; whoever looks whether the server is there is not counted.
func (in *instance) admits(ctx context.Context, path string) error {
	if path == "/healthz" || path == "/readyz" {
		return nil
	}
	return in.requests.Requests(in.clock.Now(), in.limits(ctx))
}

// gate holds a tenant to the number of runs of flows that it may begin.
type gate struct{ in *instance }

func (g gate) Limits(ctx context.Context) (perMinute, waiting int) {
	l := g.in.limits(ctx)
	return l.Runs, l.Queue
}

func (g gate) Take(ctx context.Context, now time.Time) int {
	n := float64(max(g.in.limits(ctx).Runs, 1))
	return g.in.begun.Take(now, 1, n/60, n)
}

func (g gate) Reserve(ctx context.Context, now time.Time) time.Duration {
	n := float64(max(g.in.limits(ctx).Runs, 1))
	return g.in.begun.Reserve(now, n/60, n)
}

// turn waits for the turn of one of the tenant's requests.
func (in *instance) turn(ctx context.Context) (held context.Context, done func(), err error) {
	return in.site.turns.Take(ctx, in.name)
}

// room refuses what would store more than the tenant may.
func (in *instance) room(more int64) error {
	most := in.limits(context.Background()).Storage
	if have := in.stored.Load(); most > 0 && have+more >= most {
		return errs.New(errs.LimitExceeded, "this tenant may store %d bytes, and stores %d; delete what is not needed", "此租户至多可存储 %d 字节，现已存储 %d；请删除不需要的数据", most, have).
			With("limit", most).With("used", have).With("status", http.StatusInsufficientStorage)
	}
	return nil
}

// measured holds what goes over a socket, or streams, to the tenant's rate and turns, as requests are.
type measured struct {
	gql.Streamer
	in     *instance
	socket bool // else the request has been counted
}

func (m measured) enter(ctx context.Context) (held context.Context, done func(), refused *gql.Response) {
	var err error
	if m.socket {
		err = m.in.admits(ctx, "")
	}
	if err == nil {
		held, done, err = m.in.turn(ctx)
	}
	if err == nil {
		return held, done, nil
	}
	c, _ := ident.From(ctx)
	e := errs.From(err)
	res := gql.Refusal(gql.RefusalStatus(e), gql.FromCoded(e, c.Locale, nil)...)
	return nil, nil, &res
}

// Execute runs an operation when its turn has come.
func (m measured) Execute(ctx context.Context, req gql.Request) gql.Response {
	held, done, refused := m.enter(ctx)
	if refused != nil {
		return *refused
	}
	defer done()
	return m.Streamer.Execute(held, req)
}

// Subscribe begins a subscription when its turn has come.
func (m measured) Subscribe(ctx context.Context, req gql.Request) (gql.Stream, *gql.Response) {
	_, done, refused := m.enter(ctx)
	if refused != nil {
		return nil, refused
	}
	defer done()
	return m.Streamer.Subscribe(ctx, req)
}

// SetLimits lets a tenant use as much as they say, from now on.
func (s *site) SetLimits(ctx context.Context, name string, l tenant.Limits) (*tenant.Tenant, error) {
	was, err := s.registry.Find(ctx, name)
	if err != nil {
		return nil, err
	}
	t, err := s.registry.SetLimits(ctx, name, l, s.noted(audit.TenantLimits, name, map[string]any{"limits": l}))
	if err != nil {
		return nil, err
	}
	in := s.opened(name)
	if in != nil && l.Storage > 0 {
		err = in.count(ctx)
	}
	if in != nil && was.Limits.Jobs != l.Jobs {
		in.restartWork()
	}
	return t, err
}

// SetHosts makes these the hosts of a tenant.
func (s *site) SetHosts(ctx context.Context, name string, hosts []string) (*tenant.Tenant, error) {
	return s.registry.SetHosts(ctx, name, hosts, s.noted(audit.TenantHosts, name, map[string]any{"hosts": hosts}))
}

// SetOperator lets a login of the default tenant operate the site, or no longer.
func (s *site) SetOperator(ctx context.Context, login string, on bool) error {
	return s.registry.SetOperator(ctx, login, on, s.noted(audit.OperatorSet, login, map[string]any{"operator": on}))
}

// opened is a tenant that is open here; nil when it is not.
func (s *site) opened(name string) *instance {
	if name == tenantName {
		return s.main
	}
	if _, in, ok := s.pool.Opened(name); ok {
		return in
	}
	return nil
}

// Use tells what a tenant uses; nil while it is not open here.
func (s *site) Use(ctx context.Context, name string) (*admin.Use, error) {
	in := s.opened(name)
	if in == nil {
		return nil, nil
	}
	if err := in.count(ctx); err != nil {
		return nil, err
	}
	imports, err1 := in.moves.Working(ctx)
	scans, err2 := in.scans.Working(ctx)
	runs, took := s.scripts.Use(name)
	return &admin.Use{Requests: s.turns.Asking(name), Storage: in.stored.Load(), Scripts: runs, CPU: int(took.Milliseconds()), Jobs: imports + scans}, errors.Join(err1, err2)
}
