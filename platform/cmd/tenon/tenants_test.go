package main

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tenon-platform/tenon/platform/clock"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/httpd"
)

// member is a tenant beside the default one, as its administrator sees it.
type member struct {
	*server
	name, password string
}

// tenant makes a tenant with a key of its administrator.
func (s *server) tenant(name string, args ...string) *member {
	s.t.Helper()
	var made struct{ Password string }
	out := must(s.t, append([]string{"tenant", "create", "--data", s.data, "--json", name}, args...)...)
	if err := json.Unmarshal([]byte(out), &made); err != nil {
		s.t.Fatalf("%v in %s", err, out)
	}
	own := *s
	own.key = lastLine(must(s.t, "key", "create", "--data", s.data, "--tenant", name))
	return &member{&own, name, made.Password}
}

// at is a request to this tenant, with more headers.
func (m *member) at(method, path, body string, header map[string]string) (int, http.Header, string) {
	m.t.Helper()
	h := map[string]string{httpd.TenantHeader: m.name}
	maps.Copy(h, header)
	return m.call(method, path, body, h)
}

// ask is an operation that must succeed.
func (m *member) ask(path, query string, vars map[string]any, out any) {
	m.t.Helper()
	if _, _, body := m.at(http.MethodPost, path, operation(query, vars), nil); answered(m.t, body, out) != "" {
		m.t.Fatalf("%s: %s", query, body)
	}
}

// refused is the code that an operation is refused with.
func (m *member) refused(path, query string, vars map[string]any) string {
	m.t.Helper()
	_, _, body := m.at(http.MethodPost, path, operation(query, vars), nil)
	return answered(m.t, body, nil)
}

func code(t *testing.T, body string) string {
	t.Helper()
	return answered(t, body, nil)
}

// TestTenantsApart: nothing of one tenant is anything to another, at whatever door.
func TestTenantsApart(t *testing.T) {
	data := t.TempDir()
	s := serve(t, data, "--bare")
	a := s.tenant("alpha", "--packages", "platform-base,core-crm", "--hosts", "alpha.example.com")
	b := s.tenant("beta", "--packages", "platform-base,core-crm", "--hosts", "beta.example.com")
	create := `mutation($n: String!) { createAccount(input: {name: $n}, idempotencyKey: "once") { account { id name } } }`
	var made struct {
		CreateAccount struct{ Account struct{ ID, Name string } }
	}
	a.ask("/graphql", create, map[string]any{"n": "Of alpha"}, &made)
	id := made.CreateAccount.Account.ID
	b.ask("/graphql", create, map[string]any{"n": "Of beta"}, &made)
	if made.CreateAccount.Account.Name != "Of beta" || made.CreateAccount.Account.ID == id {
		t.Errorf("an idempotency key of another tenant answered: %+v", made)
	}

	t.Run("every route", func(t *testing.T) { everyRoute(t, a, b) })

	// Ids and cursors of alpha, with beta's own key.
	if _, _, body := b.at(http.MethodPost, "/graphql", operation(`query($id: ID!) { account(id: $id) { name } node(id: $id) { id } }`, map[string]any{"id": id}), nil); !strings.Contains(body, `"account":null`) || strings.Contains(body, "Of alpha") {
		t.Errorf("beta reads alpha's record: %s", body)
	}
	for _, op := range []string{`updateAccount(id: $id, patch: {name: "x"}) { account { id } }`, `deleteAccount(id: $id) { account { id } }`} {
		if got := b.refused("/graphql", `mutation($id: ID!) { `+op+` }`, map[string]any{"id": id}); got != string(errs.NotFound) {
			t.Errorf("%s of alpha's record at beta: %s", op, got)
		}
	}
	var page struct {
		Accounts struct{ PageInfo struct{ EndCursor string } }
	}
	a.ask("/graphql", `{ accounts(first: 1) { pageInfo { endCursor } } }`, nil, &page)
	if got := b.refused("/graphql", `query($c: String!) { accounts(after: $c) { nodes { id } } }`, map[string]any{"c": page.Accounts.PageInfo.EndCursor}); got != string(errs.InvalidInput) {
		t.Errorf("alpha's cursor at beta: %s", got)
	}

	// Files, imports and the audit log.
	text := map[string]string{"Content-Type": "text/plain"}
	status, _, body := a.at(http.MethodPost, "/import?object=account&name=a.csv", "name\nAnn\n", text)
	var job struct{ Data struct{ ID any } }
	if err := json.Unmarshal([]byte(body), &job); err != nil || status/100 != 2 {
		t.Fatal(status, body)
	}
	if status, _, body := b.at(http.MethodGet, fmt.Sprintf("/import/%v", job.Data.ID), "", nil); status != http.StatusNotFound {
		t.Errorf("alpha's import at beta: %d %s", status, body)
	}
	var audit struct{ VerifyAudit struct{ Head string } }
	a.ask("/admin/graphql", `{ verifyAudit(head: "") { head } }`, nil, &audit)
	var at struct {
		VerifyAudit struct{ Fault *struct{ Number float64 } }
	}
	b.ask("/admin/graphql", `query($h: String!) { verifyAudit(head: $h) { fault { number } } }`, map[string]any{"h": audit.VerifyAudit.Head}, &at)
	if at.VerifyAudit.Fault == nil {
		t.Error("alpha's head of the audit log holds for beta's")
	}

	// What was refused is in the log of the tenant at which it was tried.
	var log struct {
		AuditLog []struct {
			Kind    string
			Details map[string]any
		}
	}
	b.ask("/admin/graphql", `{ auditLog(kind: "token.refused") { kind details } }`, nil, &log)
	if len(log.AuditLog) == 0 {
		t.Error("beta's audit log knows of no refused token")
	}
	a.ask("/admin/graphql", `{ auditLog(kind: "token.refused") { kind details } }`, nil, &log)
	if len(log.AuditLog) != 0 {
		t.Errorf("alpha's audit log tells of %v", log.AuditLog)
	}
}

// everyRoute tries what alpha's callers show at each route of beta.
func everyRoute(t *testing.T, a, b *member) {
	in, err := openInstance(t.Context(), &common{data: t.TempDir(), store: "sqlite"}, clock.System{}, slog.New(slog.NewTextHandler(io.Discard, nil)))
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := in.close(t.Context()); err != nil {
			t.Error(err)
		}
	}()
	login := fmt.Sprintf(`{"login": "admin", "password": %q}`, a.password)
	status, header, body := a.at(http.MethodPost, "/login", login, map[string]string{"Authorization": ""})
	if status != http.StatusOK {
		t.Fatal(status, body)
	}
	cookies := map[string]string{"Authorization": ""}
	for _, c := range (&http.Response{Header: header}).Cookies() {
		cookies["Cookie"] += c.Name + "=" + c.Value + "; "
		if c.Name == httpd.CSRFCookie {
			cookies[httpd.CSRFHeader] = c.Value
		}
	}
	if status, _, body := b.at(http.MethodPost, "/login", login, map[string]string{"Authorization": ""}); status != http.StatusUnauthorized {
		t.Errorf("alpha's password at beta: %d %s", status, body)
	}
	tried := 0
	for _, m := range in.mounts() {
		if m.Public {
			continue
		}
		method := m.Method
		if method == "" {
			method = http.MethodPost
		}
		path := strings.NewReplacer(":object", "account", ":id", "1", ":name", "x", ":kind", "object").Replace(m.Path)
		for how, h := range map[string]map[string]string{
			"key": {"Authorization": "Bearer " + a.key}, "session": cookies, "events": {"Authorization": "Bearer " + a.key, "Accept": "text/event-stream"},
		} {
			tried++
			if status, _, body := b.at(method, path, "{}", h); status != http.StatusUnauthorized || code(t, body) != string(errs.Unauthenticated) {
				t.Errorf("alpha's %s at beta's %s %s: %d %s", how, method, m.Path, status, body)
			}
		}
	}
	if tried < 60 {
		t.Errorf("only %d requests were tried", tried)
	}
	// The same things hold at alpha.
	if status, _, body := a.at(http.MethodPost, "/graphql", operation("{ accounts { totalCount } }", nil), cookies); status != http.StatusOK {
		t.Errorf("alpha's session at alpha: %d %s", status, body)
	}
}

// TestTenantOfRequest: the header says it, else the host, else it is the default tenant; a host is its
// tenant's alone.
func TestTenantOfRequest(t *testing.T) {
	data := t.TempDir()
	s := serve(t, data, "--bare")
	a := s.tenant("alpha", "--packages", "-", "--hosts", "alpha.example.com,Shop.example.com.")
	b := s.tenant("beta", "--packages", "-")
	revision := func(m *server, key, host, tenant string) int {
		t.Helper()
		req, err := http.NewRequest(http.MethodGet, s.url+"/graphql/schema.graphql", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Host = host
		req.Header.Set("Authorization", "Bearer "+key)
		if tenant != "" {
			req.Header.Set(httpd.TenantHeader, tenant)
		}
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		if _, err := io.Copy(io.Discard, res.Body); err != nil {
			t.Fatal(err)
		}
		return res.StatusCode
	}
	for _, c := range []struct {
		key, host, tenant string
		want              int
	}{
		{s.key, "", "", 200}, {s.key, "localhost:80", "", 200}, {s.key, "other.example.com", "main", 200},
		{a.key, "alpha.example.com", "", 200}, {a.key, "SHOP.example.com:8443", "", 200}, {a.key, "alpha.example.com", "alpha", 200}, {a.key, "", "alpha", 200},
		{b.key, "", "beta", 200}, {b.key, "alpha.example.com", "beta", 404}, {s.key, "alpha.example.com", "main", 404},
		{a.key, "", "", 401}, {a.key, "", "main", 401}, {s.key, "", "alpha", 401}, {b.key, "alpha.example.com", "", 401},
		{s.key, "", "gamma", 404}, {s.key, "", "../main", 404}, {s.key, "", "ALPHA", 404},
	} {
		if got := revision(s, c.key, c.host, c.tenant); got != c.want {
			t.Errorf("host %q, tenant %q: %d, want %d", c.host, c.tenant, got, c.want)
		}
	}
	// Which sites may call is each tenant's own.
	a.ask("/admin/graphql", `mutation { setSignInSettings(origins: ["https://site.example"]) { origins } }`, nil, nil)
	for host, want := range map[string]string{"alpha.example.com": "https://site.example", "localhost": ""} {
		req, err := http.NewRequest(http.MethodGet, s.url+"/healthz", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Host = host
		req.Header.Set("Origin", "https://site.example")
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		if got := res.Header.Get("Access-Control-Allow-Origin"); got != want || res.Body.Close() != nil {
			t.Errorf("at %s a page of another site is told %q, want %q", host, got, want)
		}
	}
	for _, bad := range []string{"UPPER", "-x", "a b", "", "../x", strings.Repeat("n", 32), "alpha", "main"} {
		if out, ok := output(t, "tenant", "create", "--data", data, "--packages", "-", "--", bad); ok {
			t.Errorf("a tenant %q was created: %s", bad, out)
		}
	}
	if out, ok := output(t, "tenant", "create", "--data", data, "--packages", "-", "--hosts", "alpha.example.com", "thief"); ok || !strings.Contains(out, "another tenant's") {
		t.Errorf("a host was taken twice: %s", out)
	}
	if out, ok := output(t, "tenant", "create", "--data", data, "--packages", "nonsense", "thief"); ok || !strings.Contains(out, "there is no package nonsense") {
		t.Errorf("unknown packages: %s", out)
	}
	if out, ok := output(t, "tenant", "create", "--data", data, "--packages", "sales", "thief"); ok {
		t.Errorf("a package without those that it needs: %s", out)
	}
	if _, err := os.Stat(filepath.Join(data, "tenants", "thief")); !os.IsNotExist(err) {
		t.Errorf("something is left of a tenant that was not created: %v", err)
	}
}

// TestTenantLifecycle: over the API, for operators alone; what is suspended serves nobody, what is
// removed is gone.
func TestTenantLifecycle(t *testing.T) {
	data := t.TempDir()
	s := serve(t, data, "--demo")
	s.admin(nil, `mutation { setOperator(login: "admin", operator: true) }`, nil)
	var made struct {
		CreateTenant struct{ Login, Password string }
	}
	s.admin(&made, `mutation { createTenant(name: "acme", packages: ["platform-base"], limits: {rate: 100}) { login password } }`, nil)
	login := func(password string) int {
		status, _, _ := s.call(http.MethodPost, "/login", fmt.Sprintf(`{"login": "admin", "password": %q}`, password), map[string]string{"Authorization": "", httpd.TenantHeader: "acme"})
		return status
	}
	if got := login(made.CreateTenant.Password); got != http.StatusOK {
		t.Fatalf("the first administrator signs in: %d", got)
	}
	type shown struct {
		Name, State string
		Default     bool
		Limits      struct{ Rate, Burst *int }
		Use         *struct{ Storage float64 }
	}
	var list struct{ Tenants []shown }
	s.admin(&list, `{ tenants { name state default limits { rate burst } use { storage } } }`, nil)
	if l := list.Tenants; len(l) != 2 || !l[0].Default || l[0].Name != "main" || l[1].Name != "acme" || l[1].State != "active" || l[1].Limits.Rate == nil || *l[1].Limits.Rate != 100 || l[1].Limits.Burst != nil || l[1].Use == nil || l[1].Use.Storage < 100_000 {
		t.Errorf("%+v", list)
	}
	s.admin(nil, `mutation { suspendTenant(name: "acme") { state } }`, nil)
	if got := login(made.CreateTenant.Password); got != http.StatusServiceUnavailable {
		t.Errorf("a suspended tenant answers %d", got)
	}
	s.admin(nil, `mutation { resumeTenant(name: "acme") { state } }`, nil)
	if got := login(made.CreateTenant.Password); got != http.StatusOK {
		t.Errorf("a resumed tenant answers %d", got)
	}
	refused := func(key, query, want string) {
		t.Helper()
		if _, _, body := s.call(http.MethodPost, "/admin/graphql", operation(query, nil), map[string]string{"Authorization": "Bearer " + key}); code(t, body) != want {
			t.Errorf("%s answers %s, want %s", query, body, want)
		}
	}
	refused(s.key, `mutation { removeTenant(name: "acme", confirm: "acm") }`, "INVALID_INPUT")
	refused(s.key, `mutation { removeTenant(name: "main", confirm: "main") }`, "INVALID_STATE")
	refused(s.key, `mutation { suspendTenant(name: "main") { name } }`, "INVALID_STATE")
	refused(s.key, `mutation { resumeTenant(name: "acme") { name } }`, "INVALID_STATE")
	refused(s.key, `mutation { suspendTenant(name: "nobody") { name } }`, "NOT_FOUND")
	refused(s.key, `mutation { setTenantLimits(name: "acme", limits: {rate: -1}) { name } }`, "INVALID_INPUT")
	refused(s.key, `mutation { setTenantHosts(name: "acme", hosts: ["http://x"]) { name } }`, "INVALID_INPUT")

	// Another administrator of the default tenant is no operator, and cannot become one by an operator's login.
	must(t, "user", "create", "--data", data, "--admin", "xu.jing")
	other := lastLine(must(t, "key", "create", "--data", data, "--user", "xu.jing"))
	for _, op := range []string{`{ tenants { name } }`, `{ tenant(name: "acme") { name } }`, `{ operators }`, `mutation { createTenant(name: "x") { login } }`, `mutation { suspendTenant(name: "acme") { name } }`,
		`mutation { resumeTenant(name: "acme") { name } }`, `mutation { removeTenant(name: "acme", confirm: "acme") }`, `mutation { setTenantLimits(name: "acme", limits: {}) { name } }`,
		`mutation { setTenantHosts(name: "acme", hosts: []) { name } }`, `mutation { setOperator(login: "xu.jing", operator: true) }`,
		`mutation { resetPassword(login: "Admin") { token } }`, `mutation { createKey(login: "admin") }`, `mutation { setLoginDisabled(login: "admin", disabled: true) { name } }`, `mutation { endSessions(login: "admin") }`, `mutation { resetTotp(login: "admin") }`} {
		refused(other, op, "FORBIDDEN")
	}
	refused(other, `{ logins { name } }`, "")
	scoped := lastLine(must(t, "key", "create", "--data", data, "--scope", "account"))
	refused(scoped, `{ tenants { name } }`, "FORBIDDEN")
	// A tenant's API knows nothing of tenants.
	acme := lastLine(must(t, "key", "create", "--data", data, "--tenant", "acme"))
	if _, _, body := s.call(http.MethodPost, "/admin/graphql", operation(`{ tenants { name } }`, nil), map[string]string{"Authorization": "Bearer " + acme, httpd.TenantHeader: "acme"}); !strings.Contains(body, "Cannot query field") {
		t.Errorf("a tenant's API answers %s", body)
	}
	must(t, "tenant", "operator", "--data", data, "xu.jing")
	refused(other, `{ tenants { name } }`, "")

	if out, ok := output(t, "tenant", "remove", "--data", data, "acme"); ok {
		t.Errorf("a tenant was removed without a word: %s", out)
	}
	must(t, "tenant", "remove", "--data", data, "--yes", "acme")
	if got := login(made.CreateTenant.Password); got != http.StatusNotFound {
		t.Errorf("a removed tenant answers %d", got)
	}
	if _, err := os.Stat(filepath.Join(data, "tenants", "acme")); !os.IsNotExist(err) {
		t.Errorf("something is left of a removed tenant: %v", err)
	}
	// One of the same name is another one.
	again := s.tenant("acme", "--packages", "-")
	if got := login(made.CreateTenant.Password); got != http.StatusUnauthorized {
		t.Errorf("the password of a removed tenant: %d", got)
	}
	if status, _, body := again.at(http.MethodGet, "/graphql/schema.graphql", "", map[string]string{"Authorization": "Bearer " + acme}); status != http.StatusUnauthorized {
		t.Errorf("the key of a removed tenant: %d %s", status, body)
	}
	var log struct {
		AuditLog []struct{ Kind, Subject, Login string }
	}
	s.admin(&log, `{ auditLog(first: 100) { kind subject login } }`, nil)
	for _, want := range []string{"tenant.created", "tenant.suspended", "tenant.resumed", "tenant.removing", "tenant.removed", "operator.set"} {
		found := false
		for _, e := range log.AuditLog {
			found = found || e.Kind == want && e.Login != "" && e.Subject != ""
		}
		if !found {
			t.Errorf("the audit log has no %s: %+v", want, log.AuditLog)
		}
	}
}
