package providertest_test

import (
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// TestTenants: each tenant has a provider of its own, or none. Who signs in at one is nobody at the
// other, and neither takes up a sign-in that was begun at the other.
func TestTenants(t *testing.T) {
	s := build(t)
	_, port, err := net.SplitHostPort(s.addr)
	if err != nil {
		t.Fatal(err)
	}
	acme, beta := "http://acme.example:"+port, "http://beta.example:"+port
	dir := t.TempDir()
	s.write(dir, "main", map[string]any{"issuer": provider(t, "tenon", "a secret", s.url+"/login/oidc/callback"), "clientId": "tenon", "publicUrl": s.url,
		"roles": map[string][]string{"sales": {"sales_rep"}}, "createUsers": creates["createUsers"]})
	s.write(dir, "acme", map[string]any{"issuer": provider(t, "tenon-acme", "another secret", acme+"/login/oidc/callback"), "clientId": "tenon-acme", "publicUrl": acme,
		"roles": map[string][]string{"sales": {"data_exporter"}}, "createUsers": creates["createUsers"]})
	s.start(dir, "--demo")
	s.command("tenant", "create", "acme", "--packages", "platform-base", "--hosts", "acme.example", "--demo")
	s.command("tenant", "create", "beta", "--packages", "platform-base", "--hosts", "beta.example")

	there, here := s.visitorOf(t, acme), s.visitor(t)
	for v, roles := range map[*visitor]string{there: `"roles":["data_exporter"]`, here: `"roles":["sales_rep"]`} {
		if status, body := v.signIn("alice"); status != 200 {
			t.Fatal(v.url, status, body, &s.out)
		}
		if me := v.ask("/account/graphql", whoami); !strings.Contains(me, `"login":"alice"`) || !strings.Contains(me, `"user":"sys_user_`) || !strings.Contains(me, roles) {
			t.Errorf("%s: %s", v.url, me)
		}
	}
	if res, err := s.visitorOf(t, beta).Get(beta + "/login/oidc"); err != nil || res.StatusCode != http.StatusNotFound {
		t.Errorf("a tenant without a provider: %v %v", res, err)
	}

	// as sends a request to a tenant with the cookies of another's.
	as := func(cookies []*http.Cookie, base, path string) int {
		t.Helper()
		v := s.visitorOf(t, base)
		req, err := http.NewRequest(http.MethodGet, base+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range cookies {
			req.AddCookie(c)
		}
		status, _ := v.read(v.Do(req))
		return status
	}
	for from, to := range map[*visitor]*visitor{there: here, here: there} {
		u, err := url.Parse(from.url)
		if err != nil {
			t.Fatal(err)
		}
		if status := as(from.Jar.Cookies(u), to.url, "/account/graphql?query="+url.QueryEscape(whoami)); status != http.StatusUnauthorized {
			t.Errorf("a session of %s at %s: %d", from.url, to.url, status)
		}
		if len(from.kept) == 0 {
			t.Fatal("no flow was kept")
		}
		if status := as(from.kept, to.url, from.callback.RequestURI()); status != http.StatusUnauthorized {
			t.Errorf("a sign-in begun at %s ends at %s: %d", from.url, to.url, status)
		}
	}
	if log := s.command("audit", "list", "--tenant", "acme"); !strings.Contains(log, `"by":"oidc"`) || !strings.Contains(log, "alice") {
		t.Errorf("the tenant's audit log: %s", log)
	}
	if strings.Contains(s.out.String(), "internal error") {
		t.Error(&s.out)
	}
}
