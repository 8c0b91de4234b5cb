// Package admin is the administration API: a fixed GraphQL schema over runtime/publish,
// runtime/access and platform/auth, executed by graph-gophers. The CLI and the designer are its clients. Records are
// the business of runtime/graph.
package admin

import (
	"context"
	_ "embed"
	"encoding/json"
	"log/slog"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/platform/audit"
	"github.com/tenon-platform/tenon/platform/auth"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/ident"
	"github.com/tenon-platform/tenon/runtime/access"
	"github.com/tenon-platform/tenon/runtime/gql/fixed"
	"github.com/tenon-platform/tenon/runtime/publish"
	"github.com/tenon-platform/tenon/runtime/record"
	"github.com/tenon-platform/tenon/runtime/remote"
)

//go:embed schema.graphql
var schemaText string

// Deps are what an API works with.
type Deps struct {
	Publish *publish.Service
	Auth    *auth.Service
	Audit   *audit.Log
	Access  *access.Service
	Remote  remote.Admin
	Scripts Scripts // nil: none are run
	Version string
	Log     *slog.Logger
	NewID   func() string // ids of internal errors, in the log and in the answer
	Tenants Tenants       // of the default tenant's API, which knows of the others; nil: it knows of none
}

// New makes the API.
func New(d Deps) *fixed.API {
	r := &resolver{publish: d.Publish, auth: d.Auth, audit: d.Audit, access: d.Access, remote: d.Remote, scripts: d.Scripts, version: d.Version, tenants: d.Tenants}
	o := fixed.Options{Admit: r.admit, Log: d.Log, NewID: d.NewID}
	if d.Tenants == nil {
		return fixed.New(schemaText, r, o)
	}
	return fixed.New(schemaText+tenantsText, &operator{r, d.Tenants}, o)
}

// Packages are the files of packages, as text: name → path → text, or as publish.Bundle packs them. They may be
// large, and are taken as they were decoded.
type Packages struct{ in any }

// ImplementsGraphQLType names the scalar.
func (Packages) ImplementsGraphQLType(name string) bool { return name == "Packages" }

// UnmarshalGraphQL keeps the input; what is wrong with it, bundle tells.
func (p *Packages) UnmarshalGraphQL(in any) error {
	p.in = in
	return nil
}

func (p *Packages) bundle() (publish.Bundle, error) {
	wrong := errs.New(errs.InvalidInput, "packages maps names to files by path", "packages 须为“包名 → 路径 → 文本”的映射")
	out := publish.Bundle{}
	if p == nil || p.in == nil {
		return out, nil
	}
	if packed, ok := p.in.(string); ok {
		return publish.Unpacked(packed)
	}
	all, ok := p.in.(map[string]any)
	if !ok {
		return nil, wrong
	}
	for name, v := range all {
		files, ok := v.(map[string]any)
		if !ok {
			return nil, wrong
		}
		out[name] = make(map[string][]byte, len(files))
		for path, v := range files {
			text, ok := v.(string)
			if !ok {
				return nil, wrong
			}
			out[name][path] = []byte(text)
		}
	}
	return out, nil
}

// JSON and DateTime are the scalars of the schema.
type (
	JSON     = fixed.JSON
	DateTime = fixed.DateTime
)

func toJSON(v any) (JSON, error) { return fixed.ToJSON(v) }
func fail(err error) error       { return fixed.Fail(err) }

type resolver struct {
	publish *publish.Service
	auth    *auth.Service
	audit   *audit.Log
	access  *access.Service
	remote  remote.Admin
	scripts Scripts
	version string
	tenants Tenants // nil: there are none to be known of
}

func (r *resolver) Version() string { return r.version }

func (r *resolver) Revision() int32 { return int32(r.publish.Tenant.Catalog().Revision) }

type packageResolver struct{ catalog.Package }

func (p packageResolver) Label(a struct{ Locale string }) string { return p.Package.Label.In(a.Locale) }

func (p packageResolver) Requires() (JSON, error) {
	if p.Package.Requires == nil {
		return JSON("{}"), nil
	}
	return toJSON(p.Package.Requires)
}

func (r *resolver) RemoveDemo(ctx context.Context, a struct{ Package string }) (*removedDemo, error) {
	if err := r.needs(ctx, access.RightManageMetadata); err != nil {
		return nil, err
	}
	kept, n, err := r.publish.RemoveDemo(ctx, a.Package)
	if err != nil {
		return nil, fail(err)
	}
	return &removedDemo{Removed: int32(n), Kept: kept}, nil
}

type removedDemo struct {
	Removed int32
	Kept    []string
}

func (r *resolver) Packages(ctx context.Context) (out []packageResolver, err error) {
	if err := r.needs(ctx, access.RightManageMetadata); err != nil {
		return nil, err
	}
	for _, p := range r.publish.Tenant.Catalog().Packages {
		out = append(out, packageResolver{p})
	}
	return out, nil
}

type revisionResolver struct{ r *publish.Revision }

func (v revisionResolver) Number() int32          { return int32(v.r.Number) }
func (v revisionResolver) At() DateTime           { return DateTime{Time: v.r.At} }
func (v revisionResolver) Author() string         { return v.r.Author }
func (v revisionResolver) Message() string        { return v.r.Message }
func (v revisionResolver) Status() string         { return v.r.Status }
func (v revisionResolver) Active() bool           { return v.r.Active }
func (v revisionResolver) Entries() (JSON, error) { return toJSON(v.r.Entries) }

func (r *resolver) History(ctx context.Context) (out []revisionResolver, err error) {
	if err := r.needs(ctx, access.RightManageMetadata); err != nil {
		return nil, err
	}
	rs, err := r.publish.History(ctx)
	for _, x := range rs {
		out = append(out, revisionResolver{x})
	}
	return out, fail(err)
}

func (r *resolver) Package(ctx context.Context, a struct{ Name string }) (*JSON, error) {
	if err := r.needs(ctx, access.RightManageMetadata); err != nil {
		return nil, err
	}
	files := r.publish.Pull(a.Name)
	if files == nil {
		return nil, nil
	}
	text := make(map[string]string, len(files))
	for p, b := range files {
		text[p] = string(b)
	}
	j, err := toJSON(text)
	return &j, err
}

type progressResolver struct {
	Revision    int32
	Stage       string
	Done, Total float64
}

func (r *resolver) Progress(ctx context.Context) (*progressResolver, error) {
	if err := r.needs(ctx, access.RightManageMetadata); err != nil {
		return nil, err
	}
	p := r.publish.Progress()
	if p.Stage == "" {
		return nil, nil
	}
	return &progressResolver{int32(p.Revision), p.Stage, float64(p.Done), float64(p.Total)}, nil
}

func (r *resolver) Drift(ctx context.Context, a struct {
	Object string
	Repair bool
}) (JSON, error) {
	if err := r.needs(ctx, access.RightManageMetadata); err != nil {
		return nil, err
	}
	o := r.publish.Tenant.Catalog().Object(a.Object)
	if o == nil {
		return nil, fail(errs.New(errs.NotFound, "there is no object %s", "没有对象 %s", a.Object))
	}
	d, err := r.publish.Records.Reconcile(ctx, o, a.Repair)
	if err != nil {
		return nil, fail(err)
	}
	if d == nil {
		d = []record.Drift{}
	}
	return toJSON(d)
}

func (r *resolver) Plan(ctx context.Context, a struct {
	Packages *Packages
	Remove   *[]string
	Settle   *JSON
	Runs     *JSON
}) (JSON, error) {
	if err := r.needs(ctx, access.RightManageMetadata); err != nil {
		return nil, err
	}
	b, err := a.Packages.bundle()
	if err != nil {
		return nil, fail(err)
	}
	var remove []string
	if a.Remove != nil {
		remove = *a.Remove
	}
	var with publish.Choices
	if a.Settle != nil && json.Unmarshal(*a.Settle, &with.Settle) != nil {
		return nil, fail(errs.New(errs.InvalidInput, "settle gives each address of a conflict local or vendor", "settle 须为每个冲突地址指定 local 或 vendor"))
	}
	if a.Runs != nil && json.Unmarshal(*a.Runs, &with.Runs) != nil {
		return nil, fail(errs.New(errs.InvalidInput, "runs gives the key of each flow that is removed or switched off finish, drain or cancel", "runs 须为每个被删除或停用的自动化指定 finish、drain 或 cancel"))
	}
	p, err := r.publish.ProposeWith(ctx, b, remove, with)
	if err != nil {
		return nil, fail(err)
	}
	return toJSON(p)
}

func (r *resolver) PlanRollback(ctx context.Context, a struct{ Revision int32 }) (JSON, error) {
	if err := r.needs(ctx, access.RightManageMetadata); err != nil {
		return nil, err
	}
	p, err := r.publish.Rollback(ctx, int64(a.Revision))
	if err != nil {
		return nil, fail(err)
	}
	return toJSON(p)
}

func (r *resolver) Apply(ctx context.Context, a struct {
	Plan             JSON
	Packages         *Packages
	AllowDestructive bool
	Message          string
	Demo             bool
}) (*revisionResolver, error) {
	if err := r.needs(ctx, access.RightManageMetadata); err != nil {
		return nil, err
	}
	var p publish.Proposal
	if err := json.Unmarshal(a.Plan, &p); err != nil {
		return nil, fail(errs.New(errs.InvalidInput, "this is no plan", "这不是有效的计划").Because(err))
	}
	var err error
	if p.Packages, err = a.Packages.bundle(); err != nil {
		return nil, fail(err)
	}
	c, _ := ident.From(ctx)
	msg := a.Message
	if msg == "" {
		msg = p.Message
	}
	// A client that goes away must not stop an apply half way.
	rev, err := r.publish.Apply(context.WithoutCancel(ctx), &p, publish.ApplyOptions{
		AllowDestructive: a.AllowDestructive, Author: c.Principal.Name, Message: msg, Demo: a.Demo})
	if err != nil {
		return nil, fail(err)
	}
	return &revisionResolver{rev}, nil
}
