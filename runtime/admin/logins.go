package admin

import (
	"context"
	"time"

	"github.com/graph-gophers/graphql-go"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/platform/auth"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/ident"
	"github.com/tenon-platform/tenon/runtime/access"
	"github.com/tenon-platform/tenon/runtime/gql/fixed"
	"github.com/tenon-platform/tenon/runtime/query"
)

// maxPage is the most logins that one page has.
const maxPage = 500

type loginResolver struct {
	l *auth.Login
	r *resolver
}

func (v loginResolver) Name() string         { return v.l.Name }
func (v loginResolver) Admin() bool          { return v.l.Admin }
func (v loginResolver) Disabled() bool       { return v.l.Disabled }
func (v loginResolver) HasPassword() bool    { return v.l.Password }
func (v loginResolver) Totp() bool           { return v.l.TOTP }
func (v loginResolver) CreatedAt() *DateTime { return moment(v.l.Created) }
func (v loginResolver) SignedInAt() *DateTime {
	return moment(v.l.SignedIn)
}
func (v loginResolver) PasswordChangedAt() *DateTime { return moment(v.l.Changed) }

func (v loginResolver) User() *graphql.ID { return v.r.userID(v.l.UserID) }

func (v loginResolver) Keys(ctx context.Context) ([]fixed.Key, error) {
	keys, err := v.r.auth.Keys(ctx, v.l.Name)
	return fixed.KeysOf(keys), fail(err)
}

func (v loginResolver) Sessions(ctx context.Context) ([]fixed.Session, error) {
	all, err := v.r.auth.Sessions(ctx, v.l.Name)
	return fixed.SessionsOf(all, ""), fail(err)
}

// moment is a time that may be missing.
func moment(t time.Time) *DateTime { return fixed.Moment(t) }

// userID is how the API shows the id of a user's record; nil for none.
func (r *resolver) userID(id int64) *graphql.ID {
	users := r.publish.Tenant.Catalog().Serving(catalog.ServesUser)
	if users == nil || id == 0 {
		return nil
	}
	out := graphql.ID(query.AppendID(nil, users, id))
	return &out
}

func (r *resolver) Logins(ctx context.Context, a struct {
	After string
	First int32
}) (out []loginResolver, err error) {
	if err := r.needs(ctx, access.RightManageUsers); err != nil {
		return nil, err
	}
	all, err := r.auth.Logins(ctx, a.After, int(min(max(a.First, 1), maxPage)))
	for _, l := range all {
		out = append(out, loginResolver{l, r})
	}
	return out, fail(err)
}

func (r *resolver) Login(ctx context.Context, a struct{ Name string }) (*loginResolver, error) {
	if err := r.needs(ctx, access.RightManageUsers); err != nil {
		return nil, err
	}
	l, err := r.auth.Login(ctx, a.Name)
	if errs.CodeOf(err) == errs.NotFound {
		return nil, nil
	}
	if err != nil {
		return nil, fail(err)
	}
	return &loginResolver{l, r}, nil
}

type invitation struct {
	Login   string
	Token   string
	Expires DateTime
}

// CreateLogin gives a user a login. Without a user it is for the record whose sign-in name it is.
func (r *resolver) CreateLogin(ctx context.Context, a struct {
	Login string
	User  *graphql.ID
	Admin bool
}) (*invitation, error) {
	if err := r.creates(ctx, a.Admin); err != nil {
		return nil, err
	}
	users := r.publish.Tenant.Catalog().Serving(catalog.ServesUser)
	if users == nil {
		return nil, fail(errs.New(errs.NotFound, "no object serves users", "没有承担用户角色的对象"))
	}
	if err := r.guarded(ctx, a.Login); err != nil {
		return nil, err
	}
	n := auth.NewLogin{Name: a.Login, Admin: a.Admin}
	if a.User != nil {
		id, bad := query.ParseID(users, string(*a.User))
		if bad != nil {
			return nil, fail(bad.On("user"))
		}
		n.UserID = id
	} else {
		id, err := r.access.UserNamed(ctx, a.Login)
		if err != nil {
			return nil, fail(err)
		}
		if id == 0 {
			return nil, fail(errs.New(errs.NotFound, "no user's record has the sign-in name %s; say whose login it is", "没有登录名为 %s 的用户记录；请指明所属用户", a.Login).On("user"))
		}
		n.UserID = id
	}
	token, ends, err := r.auth.Create(ctx, n)
	if err != nil {
		return nil, fail(err)
	}
	return &invitation{a.Login, token, DateTime{Time: ends}}, nil
}

func (r *resolver) ResetPassword(ctx context.Context, a struct{ Login string }) (*invitation, error) {
	if err := r.manages(ctx, a.Login); err != nil {
		return nil, err
	}
	token, ends, err := r.auth.Invite(ctx, a.Login)
	if err != nil {
		return nil, fail(err)
	}
	return &invitation{a.Login, token, DateTime{Time: ends}}, nil
}

// SetLoginDisabled keeps a login from signing in, or lets it again. Nobody disables the login that
// they call with: that would often be the last one.
func (r *resolver) SetLoginDisabled(ctx context.Context, a struct {
	Login    string
	Disabled bool
}) (*loginResolver, error) {
	if err := r.manages(ctx, a.Login); err != nil {
		return nil, err
	}
	if c, _ := ident.From(ctx); a.Disabled && c.Address != ident.Local && auth.SameLogin(c.Principal.Name, a.Login) {
		return nil, fail(errs.New(errs.ValidationFail, "nobody can disable their own login", "不能停用自己的登录名").On("login"))
	}
	if err := r.auth.Disable(ctx, a.Login, a.Disabled); err != nil {
		return nil, fail(err)
	}
	return r.Login(ctx, struct{ Name string }{a.Login})
}

func (r *resolver) EndSessions(ctx context.Context, a struct{ Login string }) (bool, error) {
	if err := r.manages(ctx, a.Login); err != nil {
		return false, err
	}
	err := r.auth.EndSession(ctx, a.Login, "")
	return err == nil, fail(err)
}

func (r *resolver) ResetTotp(ctx context.Context, a struct{ Login string }) (bool, error) {
	if err := r.manages(ctx, a.Login); err != nil {
		return false, err
	}
	err := r.auth.ResetTOTP(ctx, a.Login)
	return err == nil, fail(err)
}

type settings struct {
	Totp    string
	Origins []string
}

func (r *resolver) SignInSettings(ctx context.Context) (*settings, error) {
	if err := r.needs(ctx, access.RightManageUsers); err != nil {
		return nil, err
	}
	s, err := r.auth.Settings(ctx)
	if err != nil {
		return nil, fail(err)
	}
	return &settings{s.TOTP, s.Origins}, nil
}

func (r *resolver) SetSignInSettings(ctx context.Context, a struct {
	Totp    *string
	Origins *[]string
}) (*settings, error) {
	if err := onlyAdmins(ctx); err != nil {
		return nil, err
	}
	s, err := r.auth.Settings(ctx)
	if err != nil {
		return nil, fail(err)
	}
	if a.Totp != nil {
		s.TOTP = *a.Totp
	}
	if a.Origins != nil {
		s.Origins = *a.Origins
	}
	if err := r.auth.SetSettings(ctx, s); err != nil {
		return nil, fail(err)
	}
	return &settings{s.TOTP, s.Origins}, nil
}

func (r *resolver) CreateKey(ctx context.Context, a struct {
	Login, Label string
	Expires      *DateTime
	Budget       *int32
	Scope        *fixed.Scope
}) (string, error) {
	if err := r.manages(ctx, a.Login); err != nil {
		return "", err
	}
	k := auth.NewKey{Login: a.Login, Label: a.Label, Scope: a.Scope.Scope()}
	if a.Expires != nil {
		k.Ends = a.Expires.Time
	}
	if a.Budget != nil {
		k.Budget = int64(*a.Budget)
	}
	if k.Scope != nil {
		if err := access.CheckScope(r.publish.Tenant.Catalog(), k.Scope); err != nil {
			return "", fail(err)
		}
	}
	key, err := r.auth.CreateKey(ctx, k)
	return key, fail(err)
}

func (r *resolver) RevokeKey(ctx context.Context, a struct {
	Login string
	ID    graphql.ID
}) (bool, error) {
	if err := r.manages(ctx, a.Login); err != nil {
		return false, err
	}
	err := r.auth.RevokeKey(ctx, a.Login, string(a.ID))
	return err == nil, fail(err)
}
