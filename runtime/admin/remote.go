package admin

import (
	"context"
	"strconv"

	"github.com/graph-gophers/graphql-go"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/runtime/query"
	"github.com/tenon-platform/tenon/runtime/remote"
)

type secretResolver struct{ s remote.Secret }

func (v secretResolver) Name() string     { return v.s.Name }
func (v secretResolver) SetAt() DateTime  { return DateTime{Time: v.s.SetAt} }
func (v secretResolver) SetBy() string    { return v.s.SetBy }
func (v secretResolver) UsedBy() []string { return v.s.UsedBy }

func (r *resolver) Secrets(ctx context.Context) ([]secretResolver, error) {
	if err := onlyAdmins(ctx); err != nil {
		return nil, err
	}
	all, err := r.remote.Secrets(ctx)
	out := make([]secretResolver, len(all))
	for i, s := range all {
		out[i] = secretResolver{s}
	}
	return out, fail(err)
}

func (r *resolver) SetSecret(ctx context.Context, a struct{ Name, Value string }) (bool, error) {
	if err := onlyAdmins(ctx); err != nil {
		return false, err
	}
	err := r.remote.SetSecret(ctx, a.Name, a.Value)
	return err == nil, fail(err)
}

func (r *resolver) RemoveSecret(ctx context.Context, a struct{ Name string }) (bool, error) {
	if err := onlyAdmins(ctx); err != nil {
		return false, err
	}
	err := r.remote.RemoveSecret(ctx, a.Name)
	return err == nil, fail(err)
}

type connectionResolver struct{ c remote.Connection }

func (v connectionResolver) Name() string { return v.c.Name }
func (v connectionResolver) Label(a struct{ Locale string }) string {
	return v.c.Decl.Label.In(a.Locale)
}
func (v connectionResolver) Type() string             { return v.c.Decl.Type }
func (v connectionResolver) Address() string          { return v.c.Decl.Address }
func (v connectionResolver) Disabled() bool           { return v.c.Disabled }
func (v connectionResolver) FailingSince() *DateTime  { return moment(v.c.FailingSince) }
func (v connectionResolver) ProbedAt() *DateTime      { return moment(v.c.ProbedAt) }
func (v connectionResolver) ProbeFault() *string      { return text(v.c.ProbeFault) }
func (v connectionResolver) ProbeDetail() *string     { return text(v.c.ProbeDetail) }
func (v connectionResolver) MissingSecrets() []string { return v.c.MissingKeys }
func (v connectionResolver) ProbeOk() *bool {
	if v.c.ProbedAt.IsZero() {
		return nil
	}
	return &v.c.ProbeOK
}

func text(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func (r *resolver) Connections(ctx context.Context) ([]connectionResolver, error) {
	if err := onlyAdmins(ctx); err != nil {
		return nil, err
	}
	all, err := r.remote.Connections(ctx)
	out := make([]connectionResolver, len(all))
	for i, c := range all {
		out[i] = connectionResolver{c}
	}
	return out, fail(err)
}

func (r *resolver) ProbeConnection(ctx context.Context, a struct{ Name string }) (*connectionResolver, error) {
	if err := onlyAdmins(ctx); err != nil {
		return nil, err
	}
	c, err := r.remote.Probe(ctx, a.Name)
	return &connectionResolver{c}, fail(err)
}

func (r *resolver) SetConnectionDisabled(ctx context.Context, a struct {
	Name     string
	Disabled bool
}) (*connectionResolver, error) {
	if err := onlyAdmins(ctx); err != nil {
		return nil, err
	}
	c, err := r.remote.Enable(ctx, a.Name, !a.Disabled)
	return &connectionResolver{c}, fail(err)
}

type deliveryResolver struct{ d remote.Delivery }

func (v deliveryResolver) ID() graphql.ID      { return graphql.ID(strconv.FormatInt(v.d.ID, 10)) }
func (v deliveryResolver) Message() string     { return v.d.Message }
func (v deliveryResolver) Connection() string  { return v.d.Connection }
func (v deliveryResolver) Source() string      { return v.d.Source }
func (v deliveryResolver) Type() string        { return v.d.Type }
func (v deliveryResolver) Record() *string     { return text(v.d.Record) }
func (v deliveryResolver) Recipient() *string  { return text(v.d.To) }
func (v deliveryResolver) Subject() *string    { return text(v.d.Subject) }
func (v deliveryResolver) Status() string      { return v.d.Status }
func (v deliveryResolver) CreatedAt() DateTime { return DateTime{Time: v.d.Created} }
func (v deliveryResolver) NextAt() *DateTime   { return moment(v.d.Next) }
func (v deliveryResolver) EndedAt() *DateTime  { return moment(v.d.Ended) }
func (v deliveryResolver) Tries() int32        { return int32(v.d.Tries) }
func (v deliveryResolver) Attempts() (out []attemptResolver) {
	for _, a := range v.d.Attempts {
		out = append(out, attemptResolver{a})
	}
	return out
}

type attemptResolver struct{ a remote.Attempt }

func (v attemptResolver) At() DateTime    { return DateTime{Time: v.a.At} }
func (v attemptResolver) Fault() *string  { return text(v.a.Fault) }
func (v attemptResolver) Detail() *string { return text(v.a.Detail) }
func (v attemptResolver) Status() *int32 {
	if v.a.Status == 0 {
		return nil
	}
	n := int32(v.a.Status)
	return &n
}

func (r *resolver) Deliveries(ctx context.Context, a struct {
	Before                     *float64
	First                      int32
	Connection, Status, Record string
}) ([]deliveryResolver, error) {
	if err := onlyAdmins(ctx); err != nil {
		return nil, err
	}
	f := remote.Filter{Connection: a.Connection, Status: a.Status, Record: a.Record, First: int(a.First)}
	if a.Before != nil {
		f.Before = int64(*a.Before)
	}
	all, err := r.remote.Deliveries(ctx, f)
	out := make([]deliveryResolver, len(all))
	for i, d := range all {
		out[i] = deliveryResolver{d}
	}
	return out, fail(err)
}

func (r *resolver) Redeliver(ctx context.Context, a struct{ ID graphql.ID }) (*deliveryResolver, error) {
	if err := onlyAdmins(ctx); err != nil {
		return nil, err
	}
	id, err := strconv.ParseInt(string(a.ID), 10, 64)
	if err != nil {
		return nil, fail(errs.New(errs.InvalidInput, "this is no id of a delivery", "投递编号无效").On("id"))
	}
	d, err := r.remote.Redeliver(ctx, id)
	return &deliveryResolver{d}, fail(err)
}

type hookResolver struct {
	h remote.Hook
	r *resolver
}

func (v hookResolver) Name() string                           { return v.h.Name }
func (v hookResolver) Label(a struct{ Locale string }) string { return v.h.Decl.Label.In(a.Locale) }
func (v hookResolver) User() *graphql.ID                      { return v.r.userID(v.h.User) }
func (v hookResolver) OpenedAt() *DateTime                    { return moment(v.h.OpenedAt) }
func (v hookResolver) UsedAt() *DateTime                      { return moment(v.h.UsedAt) }

func (r *resolver) Hooks(ctx context.Context) ([]hookResolver, error) {
	if err := onlyAdmins(ctx); err != nil {
		return nil, err
	}
	all, err := r.remote.Hooks(ctx)
	out := make([]hookResolver, len(all))
	for i, h := range all {
		out[i] = hookResolver{h, r}
	}
	return out, fail(err)
}

func (r *resolver) OpenHook(ctx context.Context, a struct {
	Name string
	User graphql.ID
}) (string, error) {
	if err := onlyAdmins(ctx); err != nil {
		return "", err
	}
	users := r.publish.Tenant.Catalog().Serving(catalog.ServesUser)
	if users == nil {
		return "", fail(errs.New(errs.NotFound, "there are no users", "没有用户").On("user"))
	}
	id, bad := query.ParseID(users, string(a.User))
	if bad != nil {
		return "", fail(bad.On("user"))
	}
	token, err := r.remote.OpenHook(ctx, a.Name, id)
	return token, fail(err)
}

func (r *resolver) CloseHook(ctx context.Context, a struct{ Name string }) (bool, error) {
	if err := onlyAdmins(ctx); err != nil {
		return false, err
	}
	err := r.remote.CloseHook(ctx, a.Name)
	return err == nil, fail(err)
}
