package admin

import (
	"context"
	_ "embed"

	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/ident"
	"github.com/tenon-platform/tenon/platform/tenant"
)

//go:embed tenants.graphql
var tenantsText string

// NewTenant is a tenant that is to be made.
type NewTenant struct {
	Name     string
	Packages []string // nil: all standard ones
	Hosts    []string
	Limits   tenant.Limits
	Demo     bool
}

// Use is what an open tenant uses now.
type Use struct {
	Requests, Scripts, CPU, Jobs int
	Storage                      int64 // bytes
}

// Tenants are what an operator operates.
type Tenants interface {
	Registry() *tenant.Registry
	Create(ctx context.Context, n NewTenant) (*tenant.Tenant, string, error)
	Suspend(ctx context.Context, name string) (*tenant.Tenant, error)
	Resume(ctx context.Context, name string) (*tenant.Tenant, error)
	Remove(ctx context.Context, name string) error
	SetLimits(ctx context.Context, name string, l tenant.Limits) (*tenant.Tenant, error)
	SetHosts(ctx context.Context, name string, hosts []string) (*tenant.Tenant, error)
	SetOperator(ctx context.Context, login string, on bool) error
	// Use tells what a tenant uses; nil while it is not open here.
	Use(ctx context.Context, name string) (*Use, error)
}

// operator is the API of the default tenant, which knows of the others.
type operator struct {
	*resolver
	tenants Tenants
}

// operates refuses everybody but operators: whoever has the machine, and the logins that are named.
func operates(ctx context.Context, t Tenants) error {
	c, _ := ident.From(ctx)
	if c.Address == ident.Local {
		return nil
	}
	ok, err := t.Registry().Operates(ctx, c.Principal.Name)
	if err != nil {
		return fail(err)
	}
	if !ok || !c.Principal.Admin {
		return fail(errs.New(errs.Forbidden, "only operators of the installation may do this", "只有平台运营方可以执行此操作"))
	}
	return nil
}

// guarded refuses administrators who would get at an operator's login without being operators.
func (r *resolver) guarded(ctx context.Context, login string) error {
	if r.tenants == nil {
		return nil
	}
	ok, err := r.tenants.Registry().Operates(ctx, login)
	if err != nil || !ok {
		return fail(err)
	}
	return operates(ctx, r.tenants)
}

type tenantResolver struct {
	t  *tenant.Tenant
	by Tenants
}

func (v tenantResolver) Name() string        { return v.t.Name }
func (v tenantResolver) State() string       { return string(v.t.State) }
func (v tenantResolver) Default() bool       { return v.t.Name == tenant.Default }
func (v tenantResolver) Hosts() []string     { return append([]string{}, v.t.Hosts...) }
func (v tenantResolver) CreatedAt() DateTime { return DateTime{Time: v.t.Created} }
func (v tenantResolver) DueAt() *DateTime    { return moment(v.t.Due) }

func (v tenantResolver) Open(ctx context.Context) (bool, error) {
	u, err := v.by.Use(ctx, v.t.Name)
	return u != nil, fail(err)
}

func (v tenantResolver) Use(ctx context.Context) (*tenantUse, error) {
	u, err := v.by.Use(ctx, v.t.Name)
	if err != nil || u == nil {
		return nil, fail(err)
	}
	return &tenantUse{Requests: int32(u.Requests), Storage: float64(u.Storage), Scripts: int32(u.Scripts), CPU: int32(u.CPU), Jobs: int32(u.Jobs)}, nil
}

type tenantUse struct {
	Requests, Scripts, CPU, Jobs int32
	Storage                      float64
}

type tenantLimits struct {
	Rate, Burst, Scripts, CPU, Jobs, Runs, Queue *int32
	Storage                                      *float64
}

func (v tenantResolver) Limits() tenantLimits {
	l := v.t.Limits
	out := tenantLimits{Rate: some(l.Rate), Burst: some(l.Burst), Scripts: some(l.Scripts), CPU: some(l.CPU), Jobs: some(l.Jobs), Runs: some(l.Runs), Queue: some(l.Queue)}
	if l.Storage > 0 {
		n := float64(l.Storage)
		out.Storage = &n
	}
	return out
}

// some is a number that is null when it is 0.
func some(n int) *int32 {
	if n == 0 {
		return nil
	}
	out := int32(n)
	return &out
}

func (in *tenantLimits) limits() (l tenant.Limits) {
	if in == nil {
		return l
	}
	for to, from := range map[*int]*int32{&l.Rate: in.Rate, &l.Burst: in.Burst, &l.Scripts: in.Scripts, &l.CPU: in.CPU, &l.Jobs: in.Jobs, &l.Runs: in.Runs, &l.Queue: in.Queue} {
		if from != nil {
			*to = int(*from)
		}
	}
	if in.Storage != nil {
		l.Storage = int64(*in.Storage)
	}
	return l
}

func (o *operator) shown(t *tenant.Tenant, err error) (*tenantResolver, error) {
	if err != nil {
		return nil, fail(err)
	}
	return &tenantResolver{t, o.tenants}, nil
}

func (o *operator) Tenants(ctx context.Context) (out []tenantResolver, err error) {
	if err := operates(ctx, o.tenants); err != nil {
		return nil, err
	}
	all, err := o.tenants.Registry().List(ctx)
	for _, t := range all {
		out = append(out, tenantResolver{t, o.tenants})
	}
	return out, fail(err)
}

func (o *operator) Tenant(ctx context.Context, a struct{ Name string }) (*tenantResolver, error) {
	if err := operates(ctx, o.tenants); err != nil {
		return nil, err
	}
	t, err := o.tenants.Registry().Find(ctx, a.Name)
	if errs.CodeOf(err) == errs.NotFound {
		return nil, nil
	}
	return o.shown(t, err)
}

func (o *operator) Operators(ctx context.Context) ([]string, error) {
	if err := operates(ctx, o.tenants); err != nil {
		return nil, err
	}
	out, err := o.tenants.Registry().Operators(ctx)
	return append([]string{}, out...), fail(err)
}

type newTenant struct {
	Tenant   *tenantResolver
	Login    string
	Password string
}

func (o *operator) CreateTenant(ctx context.Context, a struct {
	Name            string
	Packages, Hosts *[]string
	Limits          *tenantLimits
	Demo            bool
}) (*newTenant, error) {
	if err := operates(ctx, o.tenants); err != nil {
		return nil, err
	}
	n := NewTenant{Name: a.Name, Limits: a.Limits.limits(), Demo: a.Demo}
	if a.Packages != nil {
		n.Packages = append([]string{}, *a.Packages...)
	}
	if a.Hosts != nil {
		n.Hosts = *a.Hosts
	}
	t, password, err := o.tenants.Create(ctx, n)
	if err != nil {
		return nil, fail(err)
	}
	return &newTenant{&tenantResolver{t, o.tenants}, "admin", password}, nil
}

func (o *operator) SuspendTenant(ctx context.Context, a struct{ Name string }) (*tenantResolver, error) {
	if err := operates(ctx, o.tenants); err != nil {
		return nil, err
	}
	return o.shown(o.tenants.Suspend(ctx, a.Name))
}

func (o *operator) ResumeTenant(ctx context.Context, a struct{ Name string }) (*tenantResolver, error) {
	if err := operates(ctx, o.tenants); err != nil {
		return nil, err
	}
	return o.shown(o.tenants.Resume(ctx, a.Name))
}

func (o *operator) RemoveTenant(ctx context.Context, a struct{ Name, Confirm string }) (bool, error) {
	if err := operates(ctx, o.tenants); err != nil {
		return false, err
	}
	if a.Confirm != a.Name {
		return false, fail(errs.New(errs.InvalidInput, "confirm repeats the name of the tenant that is to be removed", "confirm 须重复要移除的租户名").On("confirm"))
	}
	err := o.tenants.Remove(ctx, a.Name)
	return err == nil, fail(err)
}

func (o *operator) SetTenantLimits(ctx context.Context, a struct {
	Name   string
	Limits tenantLimits
}) (*tenantResolver, error) {
	if err := operates(ctx, o.tenants); err != nil {
		return nil, err
	}
	return o.shown(o.tenants.SetLimits(ctx, a.Name, a.Limits.limits()))
}

func (o *operator) SetTenantHosts(ctx context.Context, a struct {
	Name  string
	Hosts []string
}) (*tenantResolver, error) {
	if err := operates(ctx, o.tenants); err != nil {
		return nil, err
	}
	return o.shown(o.tenants.SetHosts(ctx, a.Name, a.Hosts))
}

func (o *operator) SetOperator(ctx context.Context, a struct {
	Login    string
	Operator bool
}) ([]string, error) {
	if err := operates(ctx, o.tenants); err != nil {
		return nil, err
	}
	l, err := o.auth.Login(ctx, a.Login)
	if err != nil {
		return nil, fail(err)
	}
	if err := o.tenants.SetOperator(ctx, l.Name, a.Operator); err != nil {
		return nil, fail(err)
	}
	return o.Operators(ctx)
}
