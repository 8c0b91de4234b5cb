package main

import (
	"net/http"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// limit sets limits of a tenant.
func (m *member) limit(limits string) {
	m.t.Helper()
	must(m.t, "tenant", "limits", "--data", m.data, "--limits", limits, m.name)
}

// raced says whether the race detector watches.
func raced() bool {
	info, ok := debug.ReadBuildInfo()
	return ok && slices.ContainsFunc(info.Settings, func(s debug.BuildSetting) bool { return s.Key == "-race" && s.Value == "true" })
}

// TestTenantRate: requests beyond the rate are told when to try again, in both languages; those of
// others are served, and so is whoever looks whether the server is there.
func TestTenantRate(t *testing.T) {
	data := t.TempDir()
	s := serve(t, data, "--bare", "--test-clock")
	if status, _, body := s.call(http.MethodPost, "/_test/clock", `{"set": "2031-03-03T09:00:00Z"}`, nil); status != http.StatusOK {
		t.Fatal(body)
	}
	a, b := s.tenant("alpha", "--packages", "-"), s.tenant("beta", "--packages", "-")
	a.limit("rate=2,burst=5")
	ask := func(m *member, header map[string]string) (int, http.Header, string) {
		return m.at(http.MethodPost, "/graphql", operation("{ __typename }", nil), header)
	}
	for i := range 5 {
		if status, _, body := ask(a, nil); status != http.StatusOK {
			t.Fatalf("request %d: %d %s", i, status, body)
		}
	}
	status, h, body := ask(a, map[string]string{"Accept-Language": "zh"})
	if status != http.StatusTooManyRequests || h.Get("Retry-After") != "1" || code(t, body) != "LIMIT_EXCEEDED" || !strings.Contains(body, `"message":"此租户每秒至多 2 个请求`) || h.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("beyond the rate: %d %v %s", status, h, body)
	}
	if status, _, body := a.at(http.MethodPost, "/login", `{"login": "admin", "password": "x"}`, map[string]string{"Authorization": ""}); status != http.StatusTooManyRequests {
		t.Errorf("signing in beyond the rate: %d %s", status, body)
	}
	for path, want := range map[string]int{"/healthz": 200, "/readyz": 200, "/metrics": 429, "/nothing": 429} {
		if status, _, body := a.at(http.MethodGet, path, "", nil); status != want {
			t.Errorf("%s: %d %s", path, status, body)
		}
	}
	if status, _, body := ask(b, nil); status != http.StatusOK {
		t.Errorf("another tenant: %d %s", status, body)
	}
	advance(t, s, "PT1S")
	for i, want := range []int{200, 200, 429} {
		if status, _, _ := ask(a, nil); status != want {
			t.Errorf("a second later, request %d: %d", i, status)
		}
	}
	a.limit("")
	if status, _, body := ask(a, nil); status != http.StatusOK {
		t.Errorf("without a limit: %d %s", status, body)
	}
}

// TestTenantStorage: a tenant that is full can read and remove, and write again once there is room.
func TestTenantStorage(t *testing.T) {
	data := t.TempDir()
	s := serve(t, data, "--bare")
	m := s.tenant("alpha", "--packages", "-")
	must(t, "apply", "--data", data, "--tenant", "alpha", write(t, naps))
	create := `mutation($n: String!) { createNap(input: {name: $n}) { nap { id } } }`
	var made struct {
		CreateNap struct{ Nap struct{ ID string } }
	}
	m.ask("/graphql", create, map[string]any{"n": "before"}, &made)
	var now struct {
		Tenant struct{ Use struct{ Storage float64 } }
	}
	used := func() int64 {
		s.admin(&now, `{ tenant(name: "alpha") { use { storage } } }`, nil)
		return int64(now.Tenant.Use.Storage)
	}
	m.limit("storage=" + strconv.FormatInt(used()/2, 10))
	for _, op := range []string{`mutation { createNap(input: {name: "x"}) { nap { id } } }`, `mutation { updateNap(id: "` + made.CreateNap.Nap.ID + `", patch: {name: "x"}) { nap { id } } }`,
		`mutation { createNaps(inputs: [{name: "x"}, {name: "y"}]) { nap { id } } }`} {
		if got := m.refused("/graphql", op, nil); got != "LIMIT_EXCEEDED" {
			t.Errorf("%s in a full tenant: %q", op, got)
		}
	}
	if status, _, body := m.at(http.MethodPost, "/import?object=nap&name=a.csv", "name\nAnn\n", map[string]string{"Content-Type": "text/plain"}); status != http.StatusInsufficientStorage || code(t, body) != "LIMIT_EXCEEDED" {
		t.Errorf("an import into a full tenant: %d %s", status, body)
	}
	m.ask("/graphql", `{ naps { nodes { name } } }`, nil, nil)
	id := map[string]any{"id": made.CreateNap.Nap.ID}
	m.ask("/graphql", `mutation($id: ID!) { deleteNap(id: $id) { nap { id } } }`, id, nil)
	m.ask("/graphql", `mutation($id: ID!) { purgeNap(id: $id) { nap { id } } }`, id, nil)
	s.tenant("beta", "--packages", "-") // others go on
	m.limit("storage=" + strconv.FormatInt(used()*2, 10))
	m.ask("/graphql", create, map[string]any{"n": "after"}, nil)

	// A limit that is raised holds at once.
	m.limit("")
	long := strings.Repeat("n", 80)
	for range 600 {
		m.ask("/graphql", create, map[string]any{"n": long}, &made)
	}
	full := used()
	m.limit("storage=" + strconv.FormatInt(full*3/4, 10)) // what the tenant does by itself may free a page
	if got := m.refused("/graphql", create, map[string]any{"n": "x"}); got != "LIMIT_EXCEEDED" {
		t.Fatalf("a full tenant answers %q", got)
	}
	m.limit("storage=" + strconv.FormatInt(full+200_000, 10))
	m.ask("/graphql", create, map[string]any{"n": "again"}, nil)
}

// TestTenantScripts: scripts of a tenant have so many runs at a time and so much time, and what is used is seen.
func TestTenantScripts(t *testing.T) {
	data := t.TempDir()
	s := serve(t, data, "--bare")
	a, b := s.tenant("alpha", "--packages", "platform-base"), s.tenant("beta", "--packages", "platform-base")
	for _, m := range []*member{a, b} {
		must(t, "apply", "--data", data, "--tenant", m.name, "testdata/scripts")
	}
	loan := func(m *member, amount string) string {
		var made struct {
			CreateLoan struct{ Loan struct{ ID string } }
		}
		m.ask("/graphql", `mutation($a: Decimal!) { createLoan(input: {amount: $a}) { loan { id } } }`, map[string]any{"a": amount}, &made)
		return made.CreateLoan.Loan.ID
	}
	rate := func(m *member, id string) (int, string) {
		status, _, body := m.at(http.MethodPost, "/graphql", operation(`mutation($id: ID!) { loanRate(id: $id) { rate } }`, map[string]any{"id": id}), nil)
		return status, body
	}
	endless, good, other := loan(a, "13"), loan(a, "20000"), loan(b, "20000")
	a.limit("cpu=700")
	if _, body := rate(a, good); !strings.Contains(body, "0.045") {
		t.Fatal(body)
	}
	for range 2 { // half a second each
		if _, body := rate(a, endless); !strings.Contains(body, "SCRIPT_LIMIT") {
			t.Fatalf("an endless script: %s", body)
		}
	}
	if _, body := rate(a, good); !strings.Contains(body, "LIMIT_EXCEEDED") || !strings.Contains(body, "used up their time") {
		t.Errorf("a tenant without time: %s", body)
	}
	var now struct {
		Tenant struct{ Use struct{ CPU, Scripts int } }
	}
	s.admin(&now, `{ tenant(name: "alpha") { use { cpu scripts } } }`, nil)
	if now.Tenant.Use.CPU < 700 || now.Tenant.Use.Scripts != 0 {
		t.Errorf("%+v", now)
	}
	if _, body := rate(b, other); !strings.Contains(body, "0.045") {
		t.Errorf("another tenant: %s", body)
	}
}
