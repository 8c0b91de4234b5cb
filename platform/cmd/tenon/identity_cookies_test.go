package main

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/tenon-platform/tenon/platform/auth"
	"github.com/tenon-platform/tenon/platform/httpd"
)

// refusal is the newest entry of the audit log, if it is about a refused token.
func (s *server) refusal() (number float64, why string) {
	s.t.Helper()
	var log struct {
		AuditLog []struct {
			Number  float64
			Details struct{ Why string }
		}
	}
	s.admin(&log, `{ auditLog(first: 1, kind: "token.refused") { number details } }`, nil)
	if len(log.AuditLog) == 0 {
		return 0, ""
	}
	return log.AuditLog[0].Number, log.AuditLog[0].Details.Why
}

// TestCookiesThatAreNoneAreTakenDown: whoever shows a session's cookie that was tampered with, was cut, is over, was
// taken back or is another tenant's is nobody, whatever is asked and whether or not the token against forgery
// comes along; nothing happens, and the audit log says what was tried.
func TestCookiesThatAreNoneAreTakenDown(t *testing.T) {
	data := t.TempDir()
	s := serve(t, data, "--bare", "--test-clock")
	must(t, "apply", "--data", data, write(t, trees))
	other := s.tenant("other", "--packages", "platform-base")
	signedIn := func(b *browser, password string, header map[string]string) string {
		t.Helper()
		status, _, body := b.send(http.MethodPost, "/login", fmt.Sprintf(`{"login": "admin", "password": %q}`, password), header)
		if status != http.StatusOK {
			t.Fatal(body)
		}
		return b.session
	}
	good, gone := s.browser(), s.browser()
	signedIn(gone, adminPassword, nil)
	replayed := gone.session
	if status, _, body := gone.send(http.MethodPost, "/logout", "", nil); status != http.StatusOK {
		t.Fatal(body)
	}
	idle := signedIn(s.browser(), adminPassword, nil)
	advance(t, s, "PT119M")
	signedIn(good, adminPassword, nil)
	strange := signedIn(s.browser(), other.password, map[string]string{httpd.TenantHeader: other.name})
	query := operation(`{ trunks { totalCount } }`, nil)
	change := operation(`mutation { createTrunk(input: {name: "of nobody"}) { trunk { id } } }`, nil)
	requests := []struct {
		name, method, path, body string
		header                   map[string]string
	}{
		{"a read by GET", http.MethodGet, "/graphql?query=" + url.QueryEscape(`{ trunks { totalCount } }`), "", nil},
		{"a read", http.MethodPost, "/graphql", query, nil},
		{"a write", http.MethodPost, "/graphql", change, nil},
		{"a write without the token", http.MethodPost, "/graphql", change, map[string]string{httpd.CSRFHeader: ""}},
		{"a write with another's token", http.MethodPost, "/graphql", change, map[string]string{httpd.CSRFHeader: auth.CSRF("tns_somebody")}},
		{"administration", http.MethodPost, "/admin/graphql", operation(`mutation { createKey(login: "admin") }`, nil), nil},
		{"the own account", http.MethodPost, "/account/graphql", operation(`{ me { login } }`, nil), nil},
		{"an import", http.MethodPost, "/import?object=trunk&name=a.csv", "name\nof nobody\n", map[string]string{"Content-Type": "text/csv"}},
		{"signing out", http.MethodPost, "/logout", "", nil},
	}
	for _, cookie := range []struct{ name, token, why string }{
		{"not used for long", idle, "session expired"},
		{"tampered with", good.session[:len(good.session)-2] + "AA", "unknown session"},
		{"cut", good.session[:20], "unknown session"},
		{"cut to nothing that is ours", good.session[:2], "none of ours"},
		{"much longer", good.session + strings.Repeat("A", 2000), "too long"},
		{"signed out", replayed, "unknown session"},
		{"of another tenant", strange, "unknown session"},
	} {
		b := &browser{server: s, session: cookie.token, csrf: auth.CSRF(cookie.token)}
		for _, r := range requests {
			advance(t, s, "PT1M") // refusals of one address are taken down once a minute
			before, _ := s.refusal()
			b.session, b.csrf = cookie.token, auth.CSRF(cookie.token)
			status, _, body := b.send(r.method, r.path, r.body, r.header)
			if code := answered(t, body, nil); status != http.StatusUnauthorized || code != "UNAUTHENTICATED" {
				t.Errorf("%s with a cookie %s: %d %s", r.name, cookie.name, status, body)
			}
			if after, why := s.refusal(); after == before || why != cookie.why {
				t.Errorf("%s with a cookie %s is taken down as %q", r.name, cookie.name, why)
			}
		}
		advance(t, s, "PT1M")
		before, _ := s.refusal()
		header := http.Header{"Cookie": {httpd.SessionCookie + "=" + cookie.token}, "Origin": {s.url}}
		if got := s.socket(t, header, map[string]any{}, `subscription { trunkChanged { cursor } }`); got != "closed" {
			t.Errorf("a socket with a cookie %s: %s", cookie.name, got)
		}
		if after, why := s.refusal(); after == before || why != cookie.why {
			t.Errorf("a socket with a cookie %s is taken down as %q", cookie.name, why)
		}
		signedIn(good, adminPassword, nil) // before it has not been used for long, too
	}
	var trunks struct{ Trunks struct{ TotalCount int } }
	if s.query(&trunks, `{ trunks { totalCount } }`, nil); trunks.Trunks.TotalCount != 0 {
		t.Errorf("%d records were made", trunks.Trunks.TotalCount)
	}
	if status, _, body := good.send(http.MethodPost, "/graphql", change, nil); status != http.StatusOK || answered(t, body, nil) != "" {
		t.Errorf("with a good cookie: %s", body)
	}

	t.Run("a flood fills no disk", func(t *testing.T) {
		advance(t, s, "PT1M")
		b := &browser{server: s}
		entries := func() (n int, more int) {
			var log struct {
				AuditLog []struct{ Details struct{ More int } }
			}
			s.admin(&log, `{ auditLog(first: 500, kind: "token.refused") { details } }`, nil)
			return len(log.AuditLog), log.AuditLog[0].Details.More
		}
		before, _ := entries()
		send := func() {
			b.session, b.csrf = good.session[:20], auth.CSRF(good.session[:20])
			if status, _, body := b.send(http.MethodPost, "/graphql", change, map[string]string{httpd.CSRFHeader: ""}); status != http.StatusUnauthorized {
				t.Fatal(status, body)
			}
		}
		for range 300 {
			send()
		}
		advance(t, s, "PT1M")
		send()
		if after, more := entries(); after != before+2 || more != 299 {
			t.Errorf("301 refusals are taken down in %d entries, of which the last counts %d more", after-before, more)
		}
	})
}
