package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/tenon-platform/tenon/platform/audit"
	"github.com/tenon-platform/tenon/platform/auth"
	"github.com/tenon-platform/tenon/platform/clock"
	"github.com/tenon-platform/tenon/platform/httpd"
)

// FuzzAuth sends anything to the doors through which callers come in. Nobody is let in who does not
// have what was issued, nothing breaks inside, and every refusal has a code.
func FuzzAuth(f *testing.F) {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "tenon")
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { os.RemoveAll(dir) })
	clk := clock.NewFixed(time.Date(2026, 3, 2, 1, 0, 0, 0, time.UTC))
	in, err := openInstance(ctx, &common{data: dir, store: "sqlite"}, clk, slog.New(slog.NewTextHandler(io.Discard, nil)))
	if err != nil {
		f.Fatal(err)
	}
	in.auth.Cost = auth.Cost{Time: 1, Memory: 64, Threads: 1}
	if err := in.auth.SetPassword(ctx, "admin", 0, adminPassword, true); err != nil {
		f.Fatal(err)
	}
	s, err := in.auth.SignIn(ctx, auth.Attempt{Login: "admin", Password: adminPassword})
	if err != nil {
		f.Fatal(err)
	}
	invitation, _, err := in.auth.Invite(ctx, "admin")
	if err != nil {
		f.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		f.Fatal(err)
	}
	srv := httpd.New(httpd.Config{Tenant: tenantName, Mounts: in.mounts(), Authenticate: in.auth.Authenticate, CSRF: auth.CSRF, Origins: in.origins(ctx), Log: in.log, NewID: errorID})
	go func() { _ = srv.Serve(l) }()
	f.Cleanup(func() {
		_ = srv.Shutdown(ctx)
		if _, fault, err := in.audit.Verify(ctx, audit.Head{}); fault != nil || err != nil {
			f.Error(fault, err)
		}
		if err := in.close(ctx); err != nil {
			f.Error(err)
		}
	})
	paths := []string{"/login", "/password", "/logout", "/account/graphql", "/admin/graphql", "/graphql"}
	me := operation(`{ me { login roles sessions { id } keys { id } } }`, nil)
	f.Add(uint8(0), `{"login": "admin", "password": "wrong", "code": "123456"}`, "application/json", "", "", "", "")
	f.Add(uint8(0), `{"login": "admin", "password": ["x"]}`, "application/json; charset=utf-8", "Bearer "+s.Token[:20], "", "", "same-origin")
	f.Add(uint8(1), `{"token": "`+invitation[:30]+`", "password": "violet tram to the lake"}`, "application/json", "", "", "https://evil.example", "")
	f.Add(uint8(2), ``, "text/plain", "", "tenon_session="+s.Token[:40], "", "cross-site")
	f.Add(uint8(3), me, "application/json", "Bearer tnk_"+strings.Repeat("A", 43), "", "null", "none")
	f.Add(uint8(4), operation(`mutation { createKey(login: "admin") }`, nil), "application/json", "Bearer tns_", "tenon_csrf=x; tenon_session=tns_x", "http://127.0.0.1", "")
	f.Add(uint8(5), operation(`{ __typename }`, nil), "application/json", "bearer\x00", "tenon_session=\xff", "", "same-site")
	issued := []string{s.Token, invitation, adminPassword}
	client := &http.Client{Timeout: 20 * time.Second}
	f.Fuzz(func(t *testing.T, door uint8, body, contentType, authorization, cookie, origin, site string) {
		for _, secret := range issued {
			if strings.Contains(body+authorization+cookie, secret) {
				t.Skip("this was issued")
			}
		}
		req, err := http.NewRequest("POST", "http://"+l.Addr().String()+paths[int(door)%len(paths)], strings.NewReader(body))
		if err != nil {
			t.Skip(err)
		}
		for k, v := range map[string]string{"Content-Type": contentType, "Authorization": authorization, "Cookie": cookie, "Origin": origin, "Sec-Fetch-Site": site} {
			if v != "" {
				req.Header[k] = []string{v}
			}
		}
		res, err := client.Do(req)
		if err != nil {
			t.Skip(err) // the client itself refuses such headers
		}
		defer res.Body.Close()
		answer, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		if res.StatusCode < 400 || res.StatusCode >= 500 {
			t.Fatalf("answered %d %s", res.StatusCode, answer)
		}
		if len(res.Cookies()) > 0 {
			t.Fatalf("a cookie is set: %v", res.Cookies())
		}
		var a struct {
			Errors []struct {
				Message    string
				Extensions struct{ Code string }
			}
		}
		if err := json.Unmarshal(answer, &a); err != nil || len(a.Errors) == 0 || a.Errors[0].Extensions.Code == "" || bytes.Contains(answer, []byte("INTERNAL")) {
			t.Fatalf("answered %d %s", res.StatusCode, answer)
		}
		clk.Advance(2 * time.Hour) // nobody stays locked out
	})
}
