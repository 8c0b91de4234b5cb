package main

import (
	"context"
	"fmt"
	"net/http"
	"slices"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/platform/auth"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/httpd"
	"github.com/tenon-platform/tenon/platform/oidc"
	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/runtime/access"
	"github.com/tenon-platform/tenon/runtime/record"
)

// flowCookie keeps a sign-in with an OpenID provider while the browser is there. It comes back from
// another site, which a strict cookie would not.
const flowCookie = "tenon_oidc"

// meetProvider lets people sign in with the provider that the operator has given the tenant, if any.
// The host that they are sent back to must lead to the tenant: hosts are those of a tenant beside
// the default one.
func (in *instance) meetProvider(hosts []string) error {
	providers := in.site.serving.providers
	if providers == nil {
		return nil
	}
	c, err := providers.Of(in.name)
	if err != nil || c == nil {
		return err
	}
	if in.name != tenantName && !slices.Contains(hosts, c.Host()) {
		return fmt.Errorf("people would be sent back to %s, which is no host of the tenant", c.Host())
	}
	in.oidc = oidc.New(c, in.keys, in.clock)
	return nil
}

// oidcMounts are the routes of signing in with an OpenID provider; there are none without one.
func (in *instance) oidcMounts() []httpd.Mount {
	if in.oidc == nil {
		return nil
	}
	return []httpd.Mount{
		{Method: http.MethodGet, Path: "/login/oidc", Public: true, Handler: in.handleOIDC},
		{Method: http.MethodGet, Path: oidc.CallbackPath, Public: true, Handler: in.handleOIDCCallback},
	}
}

func redirect(to string, cookies ...string) *httpd.Response {
	return &httpd.Response{Status: http.StatusSeeOther, Header: map[string]string{"Location": to}, Cookies: cookies}
}

func flowCookieOf(value string, age int, secure bool) string {
	s := fmt.Sprintf("%s=%s; Path=/login/oidc; HttpOnly; SameSite=Lax; Max-Age=%d", flowCookie, value, age)
	if secure {
		s += "; Secure"
	}
	return s
}

func (in *instance) handleOIDC(ctx context.Context, r *httpd.Request) *httpd.Response {
	if err := in.auth.Allowed(ctx); err != nil {
		return in.fail(ctx, err)
	}
	to, kept, err := in.oidc.Begin(ctx, auth.Random)
	if err != nil {
		return in.fail(ctx, err)
	}
	return redirect(to, flowCookieOf(kept, 600, r.Secure))
}

func (in *instance) handleOIDCCallback(ctx context.Context, r *httpd.Request) *httpd.Response {
	s, err := in.signInOIDC(ctx, r)
	over := flowCookieOf("", 0, r.Secure)
	if err != nil {
		res := in.fail(ctx, err)
		res.Cookies = []string{over}
		return res
	}
	return redirect(in.oidc.PublicURL+"/", append(in.sessionCookies(s, r.Secure), over)...)
}

func (in *instance) signInOIDC(ctx context.Context, r *httpd.Request) (*auth.SignedIn, error) {
	if err := in.auth.Allowed(ctx); err != nil {
		return nil, err
	}
	p, err := in.oidc.Finish(ctx, r.Cookie(flowCookie), r.QueryParam("state"), r.QueryParam("code"))
	if errs.CodeOf(err) == errs.Unauthenticated {
		in.log.Warn("a sign-in with the OpenID provider was refused", "cause", err)
		if failed := in.auth.FailedExternal(ctx, "", "not completed"); errs.CodeOf(failed) != errs.Unauthenticated {
			return nil, failed
		}
	}
	if err != nil {
		return nil, err
	}
	l, err := in.auth.ExternalLogin(ctx, p.Subject)
	if err == nil && l == nil {
		err = in.provision(ctx, p)
	}
	if err != nil {
		return nil, err
	}
	return in.auth.SignInExternal(ctx, p.Subject, auth.Attempt{Login: p.Login, Agent: r.Agent, Before: r.Session, Roles: in.oidc.RolesOf(p)})
}

// provision gives somebody who signs in for the first time a login, for the user's record that is
// theirs, or one that is made, as the operator has declared.
func (in *instance) provision(ctx context.Context, p *oidc.Person) error {
	users := in.publish.Tenant.Catalog().Serving(catalog.ServesUser)
	if users == nil {
		return in.auth.FailedExternal(ctx, p.Login, "no object serves users")
	}
	user, err := in.access.UserNamed(ctx, p.Login)
	if err != nil {
		return err
	}
	switch {
	case user != 0 && !in.oidc.LinkUsers:
		return in.auth.FailedExternal(ctx, p.Login, "a user has this name, and users are not linked")
	case user == 0 && in.oidc.CreateUsers == nil:
		return in.auth.FailedExternal(ctx, p.Login, "no such user")
	case user == 0:
		return in.createUser(ctx, users, p)
	}
	return in.auth.CreateExternal(ctx, p.Subject, auth.NewLogin{Name: p.Login, UserID: user})
}

// createUser makes a user's record of what the provider claims, with its login. The platform itself does, with the
// fields that the operator has declared and no others: the person has no permissions yet.
func (in *instance) createUser(ctx context.Context, users *catalog.Object, p *oidc.Person) error {
	input := map[string]any{}
	for field, v := range in.oidc.CreateUsers.Values {
		input[field] = v
	}
	for field, claim := range in.oidc.CreateUsers.Claims {
		if v, ok := p.Claims[claim].(string); ok && v != "" {
			input[field] = v
		}
	}
	system := in.background(ctx)
	_, err := in.publish.Records.Write(system, access.Everything, []record.Op{{Verb: record.Create, Object: users, Input: input}}, record.Options{Atomic: true,
		After: func(tx store.Tx, made []record.Result) error {
			return in.auth.CreateExternalIn(ctx, tx, p.Subject, auth.NewLogin{Name: p.Login, UserID: made[0].ID})
		}})
	return err
}
