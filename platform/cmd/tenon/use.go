package main

import (
	"context"

	"github.com/tenon-platform/tenon/platform/tenant"
	"github.com/tenon-platform/tenon/runtime/admin"
)

// SetLimits lets a tenant use as much as they say, from now on.
func (s *site) SetLimits(ctx context.Context, name string, l tenant.Limits) (*tenant.Tenant, error) {
	return s.registry.SetLimits(ctx, name, l, s.noted("tenant.limits", name, map[string]any{"limits": l}))
}

// SetHosts makes these the hosts of a tenant.
func (s *site) SetHosts(ctx context.Context, name string, hosts []string) (*tenant.Tenant, error) {
	return s.registry.SetHosts(ctx, name, hosts, s.noted("tenant.hosts", name, map[string]any{"hosts": hosts}))
}

// SetOperator lets a login of the default tenant operate the site, or no longer.
func (s *site) SetOperator(ctx context.Context, login string, on bool) error {
	return s.registry.SetOperator(ctx, login, on, s.noted("operator.set", login, map[string]any{"operator": on}))
}

// Use tells what a tenant uses; nil while it is not open here.
func (s *site) Use(ctx context.Context, name string) (*admin.Use, error) {
	in := s.main
	if name != tenantName {
		var ok bool
		if _, in, ok = s.pool.Opened(name); !ok {
			return nil, nil
		}
	}
	size, err := in.db.Size(ctx)
	if err != nil {
		return nil, err
	}
	contents, err := in.files.Bytes(ctx)
	return &admin.Use{Storage: size + contents}, err
}
