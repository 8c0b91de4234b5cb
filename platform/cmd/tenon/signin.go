package main

import (
	"context"
	"encoding/json"
	"fmt"
	"mime"
	"net/http"
	"time"

	"github.com/tenon-platform/tenon/platform/auth"
	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/httpd"
	"github.com/tenon-platform/tenon/platform/ident"
	"github.com/tenon-platform/tenon/runtime/gql"
)

func (in *instance) handleAccount(ctx context.Context, r *httpd.Request) *httpd.Response {
	return answerGraphQL(gql.Serve(ctx, in.account, graphQLRequest(r)))
}

// jsonBody decodes a body that says it is JSON: forms, which other sites can send, are none.
func jsonBody(r *httpd.Request, v any, holds diag.Text) error {
	if t, _, err := mime.ParseMediaType(r.ContentType); err != nil || t != "application/json" {
		return errs.New(errs.InvalidInput, "the body must be application/json", "请求体须为 application/json").With("status", http.StatusUnsupportedMediaType)
	}
	if err := json.Unmarshal(r.Body, v); err != nil {
		return (&errs.Error{Code: errs.InvalidInput, Message: holds}).Because(err)
	}
	return nil
}

// handleLogin takes {"login": …, "password": …, "code": …} and gives the session's token, also as a
// cookie. The cookie that came along ends: nobody goes on with a session that another one knows.
func (in *instance) handleLogin(ctx context.Context, r *httpd.Request) *httpd.Response {
	var req struct{ Login, Password, Code string }
	if err := jsonBody(r, &req, diag.Text{En: "the body holds login and password", Zh: "请求体须含 login 与 password"}); err != nil {
		return in.fail(ctx, err)
	}
	s, err := in.auth.SignIn(ctx, auth.Attempt{Login: req.Login, Password: req.Password, Code: req.Code, Agent: r.Agent, Before: r.Session})
	if err != nil {
		return in.fail(ctx, err)
	}
	b, err := json.Marshal(map[string]any{"data": map[string]any{"token": s.Token, "csrf": s.CSRF, "expires": s.Ends.Format(time.RFC3339)}})
	if err != nil {
		return in.fail(ctx, err)
	}
	res := jsonResponse(b)
	res.Cookies = in.sessionCookies(s, r.Secure)
	return res
}

// sessionCookies are those of a new session.
func (in *instance) sessionCookies(s *auth.SignedIn, secure bool) []string {
	age := int(s.Ends.Sub(in.clock.Now()).Seconds())
	return []string{cookie(httpd.SessionCookie, s.Token, age, true, secure), cookie(httpd.CSRFCookie, s.CSRF, age, false, secure)}
}

// cookie is one of this site alone. Scripts see it unless hidden is set; age is in seconds.
func cookie(name, value string, age int, hidden, secure bool) string {
	s := fmt.Sprintf("%s=%s; Path=/; SameSite=Strict; Max-Age=%d", name, value, age)
	if hidden {
		s += "; HttpOnly"
	}
	if secure {
		s += "; Secure"
	}
	return s
}

// handleLogout ends the caller's session.
func (in *instance) handleLogout(ctx context.Context, r *httpd.Request) *httpd.Response {
	c, _ := ident.From(ctx)
	if err := in.auth.SignOut(ctx, c.Principal); err != nil {
		return in.fail(ctx, err)
	}
	res := jsonResponse([]byte(`{"data":{"signedOut":true}}`))
	res.Cookies = []string{cookie(httpd.SessionCookie, "", 0, true, r.Secure), cookie(httpd.CSRFCookie, "", 0, false, r.Secure)}
	return res
}

// handlePassword takes {"token": …, "password": …}: an invitation, and the password that it sets.
func (in *instance) handlePassword(ctx context.Context, r *httpd.Request) *httpd.Response {
	var req struct{ Token, Password string }
	if err := jsonBody(r, &req, diag.Text{En: "the body holds token and password", Zh: "请求体须含 token 与 password"}); err != nil {
		return in.fail(ctx, err)
	}
	login, err := in.auth.Redeem(ctx, req.Token, req.Password)
	if err != nil {
		return in.fail(ctx, err)
	}
	b, err := json.Marshal(map[string]any{"data": map[string]any{"login": login}})
	if err != nil {
		return in.fail(ctx, err)
	}
	return jsonResponse(b)
}
