// Package account is everybody's own account: who one is, one's password, sessions and keys. It is a
// fixed GraphQL schema over platform/auth and runtime/access; other people's logins are the business
// of runtime/admin.
package account

import (
	"context"
	_ "embed"
	"log/slog"

	"github.com/graph-gophers/graphql-go"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/platform/audit"
	"github.com/tenon-platform/tenon/platform/auth"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/ident"
	"github.com/tenon-platform/tenon/runtime/access"
	"github.com/tenon-platform/tenon/runtime/gql/fixed"
	"github.com/tenon-platform/tenon/runtime/live"
	"github.com/tenon-platform/tenon/runtime/query"
)

//go:embed schema.graphql
var schemaText string

// Deps are what an API works with.
type Deps struct {
	Tenant *live.Tenant
	Auth   *auth.Service
	Access *access.Service
	Audit  *audit.Log
	Log    *slog.Logger
	NewID  func() string // ids of internal errors, in the log and in the answer
}

// New makes the API.
func New(d Deps) *fixed.API {
	return fixed.New(schemaText, &resolver{d}, fixed.Options{Admit: admit, Log: d.Log, NewID: d.NewID})
}

// admit keeps out those who have no account: the control socket speaks for whoever owns the data
// directory.
func admit(_ context.Context, p ident.Principal) *errs.Error {
	if p.Session == "" && p.Key == "" {
		return errs.New(errs.Forbidden, "sign in first: this is about your own account", "请先登录：此处仅用于本人账户")
	}
	return nil
}

type resolver struct{ Deps }

func caller(ctx context.Context) ident.Caller {
	c, _ := ident.From(ctx)
	return c
}

type me struct {
	r      *resolver
	who    ident.Principal
	login  *auth.Login
	person access.Person
	locale string
	roles  []string
}

func (r *resolver) Me(ctx context.Context) (*me, error) {
	c := caller(ctx)
	v := &me{r: r, who: c.Principal, locale: c.Locale, roles: []string{}}
	var err error
	if v.login, err = r.Auth.Login(ctx, c.Principal.Name); err != nil {
		return nil, fixed.Fail(err)
	}
	if v.person, err = r.Access.Person(ctx, c.Principal.UserID); err != nil {
		return nil, fixed.Fail(err)
	}
	p, err := r.Access.Profile(ctx, ident.Principal{UserID: c.Principal.UserID, Name: c.Principal.Name, Roles: c.Principal.Roles})
	if err != nil {
		return nil, fixed.Fail(err)
	}
	v.roles = append(v.roles, p.Roles()...)
	return v, nil
}

func (v *me) Login() string   { return v.login.Name }
func (v *me) Roles() []string { return v.roles }
func (v *me) Admin() bool     { return v.who.Admin }
func (v *me) Totp() bool      { return v.login.TOTP }

func (v *me) TotpRequired() bool {
	return v.who.Pending
}

func (v *me) User() *graphql.ID { return v.r.userID(v.who.UserID) }

// userID is how the API shows the id of a user's record; nil for none.
func (r *resolver) userID(id int64) *graphql.ID {
	users := r.Tenant.Catalog().Serving(catalog.ServesUser)
	if users == nil || id == 0 {
		return nil
	}
	out := graphql.ID(query.AppendID(nil, users, id))
	return &out
}

// log is the audit log, for holders of the right to view it.
func (r *resolver) log(ctx context.Context) (fixed.AuditLog, error) {
	who := caller(ctx).Principal
	p, err := r.Access.Profile(ctx, who)
	if err == nil && (who.Pending || !p.Has(access.RightViewAudit)) {
		err = errs.New(errs.Forbidden, "you may not view the audit log", "您无权查看审计日志")
	}
	return fixed.AuditLog{Log: r.Audit, User: r.userID}, fixed.Fail(err)
}

func (r *resolver) AuditLog(ctx context.Context, a fixed.AuditPage) ([]fixed.AuditEntry, error) {
	l, err := r.log(ctx)
	if err != nil {
		return nil, err
	}
	return l.List(ctx, a)
}

// AuditKinds are the kinds of entries, for whoever may view the log.
func (r *resolver) AuditKinds(ctx context.Context) ([]fixed.AuditKind, error) {
	if _, err := r.log(ctx); err != nil {
		return nil, err
	}
	return fixed.AuditKinds(), nil
}

func (r *resolver) VerifyAudit(ctx context.Context, a struct{ Head string }) (*fixed.Verification, error) {
	l, err := r.log(ctx)
	if err != nil {
		return nil, err
	}
	return l.Verify(ctx, a.Head)
}

func (v *me) Name() *string {
	if v.person.Name == "" {
		return nil
	}
	return &v.person.Name
}

func (v *me) Locale() string {
	if v.person.Locale != "" {
		return v.person.Locale
	}
	return v.locale
}

func (v *me) Sessions(ctx context.Context) ([]fixed.Session, error) {
	all, err := v.r.Auth.Sessions(ctx, v.login.Name)
	return fixed.SessionsOf(all, v.who.Session), fixed.Fail(err)
}

func (v *me) Keys(ctx context.Context) ([]fixed.Key, error) {
	all, err := v.r.Auth.Keys(ctx, v.login.Name)
	return fixed.KeysOf(all), fixed.Fail(err)
}

func (r *resolver) ChangePassword(ctx context.Context, a struct{ Old, New string }) (bool, error) {
	err := r.Auth.ChangePassword(ctx, caller(ctx).Principal, a.Old, a.New)
	return err == nil, fixed.Fail(err)
}

type enrolment struct{ Secret, URI string }

func (r *resolver) BeginTotp(ctx context.Context, a struct{ Password string }) (*enrolment, error) {
	e, err := r.Auth.BeginTOTP(ctx, caller(ctx).Principal, a.Password)
	if err != nil {
		return nil, fixed.Fail(err)
	}
	return &enrolment{e.Secret, e.URI}, nil
}

func (r *resolver) FinishTotp(ctx context.Context, a struct{ Code string }) ([]string, error) {
	codes, err := r.Auth.FinishTOTP(ctx, caller(ctx).Principal, a.Code)
	if err != nil {
		return nil, fixed.Fail(err)
	}
	return codes, nil
}

func (r *resolver) DisableTotp(ctx context.Context, a struct{ Password, Code string }) (bool, error) {
	err := r.Auth.DisableTOTP(ctx, caller(ctx).Principal, a.Password, a.Code)
	return err == nil, fixed.Fail(err)
}

// bySession keeps keys from changing the account that they belong to.
func bySession(ctx context.Context) (ident.Principal, error) {
	p := caller(ctx).Principal
	return p, auth.BySession(p)
}

func (r *resolver) EndSession(ctx context.Context, a struct{ ID graphql.ID }) (bool, error) {
	p, err := bySession(ctx)
	if err == nil {
		err = r.Auth.EndSession(ctx, p.Name, string(a.ID))
	}
	return err == nil, fixed.Fail(err)
}

func (r *resolver) CreateKey(ctx context.Context, a struct {
	Password, Label string
	Expires         *fixed.DateTime
	Scope           *fixed.Scope
}) (string, error) {
	p, err := bySession(ctx)
	if err != nil {
		return "", fixed.Fail(err)
	}
	if p.Pending {
		return "", fixed.Fail(errs.New(errs.Forbidden, "set an authenticator up first", "请先设置身份验证器"))
	}
	k := auth.NewKey{Login: p.Name, Label: a.Label, Scope: a.Scope.Scope()}
	if a.Expires != nil {
		k.Ends = a.Expires.Time
	}
	if k.Scope != nil {
		if err := access.CheckScope(r.Tenant.Catalog(), k.Scope); err != nil {
			return "", fixed.Fail(err)
		}
	}
	if err := r.Auth.Confirm(ctx, p, a.Password); err != nil {
		return "", fixed.Fail(err)
	}
	key, err := r.Auth.CreateKey(ctx, k)
	return key, fixed.Fail(err)
}

func (r *resolver) RevokeKey(ctx context.Context, a struct{ ID graphql.ID }) (bool, error) {
	p, err := bySession(ctx)
	if err == nil {
		err = r.Auth.RevokeKey(ctx, p.Name, string(a.ID))
	}
	return err == nil, fixed.Fail(err)
}
