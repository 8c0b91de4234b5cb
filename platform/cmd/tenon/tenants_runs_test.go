package main

import (
	"fmt"
	"maps"
	"net/http"
	"strings"
	"testing"
)

// rings are naps with flows that callers start, and one that follows from a record.
func rings() map[string]string {
	out := maps.Clone(naps)
	out["tenon.json"] = `{"name": "tenant", "version": "1.0.0", "label": {"en": "Naps", "zh-CN": "小憩"}, "requires": {"platform-base": "*"}}`
	out["flows/wake.json"] = `{"key": "wake", "trigger": {"type": "record", "object": "nap", "on": ["create"]}, "steps": [{"id": "up", "type": "update", "set": {"woken": "true"}}]}`
	out["flows/press.json"] = `{"key": "press", "trigger": {"type": "button", "object": "nap"}, "steps": [{"id": "x", "type": "end"}]}`
	out["flows/ring.json"] = `{"key": "ring", "trigger": {"type": "event", "event": "rung"}, "steps": [{"id": "x", "type": "end"}]}`
	out["flows/called.json"] = `{"key": "called", "trigger": {"type": "webhook", "hook": "calls"}, "steps": [{"id": "x", "type": "end"}]}`
	out["hooks/calls.json"] = `{"name": "calls", "label": {"en": "Calls", "zh-CN": "来电"}, "verify": "token", "id": "id", "do": "flow", "set": {"id": "id"}}`
	return out
}

// TestTenantRuns: callers who would start more runs than a tenant may begin in a minute are told when to try again, in
// both languages; runs that follow from records are not lost: they wait, in their order, and callers wait behind them.
func TestTenantRuns(t *testing.T) {
	data := t.TempDir()
	s := serve(t, data, "--bare", "--test-clock")
	if status, _, body := s.call(http.MethodPost, "/_test/clock", `{"set": "2031-03-03T09:00:00Z"}`, nil); status != http.StatusOK {
		t.Fatal(body)
	}
	m := s.tenant("alpha", "--packages", "platform-base")
	must(t, "apply", "--data", data, "--tenant", "alpha", write(t, rings()))
	m.limit("runs=6")
	drain := func() {
		t.Helper()
		if status, _, body := m.at(http.MethodPost, "/_test/drain", "", nil); status != http.StatusOK {
			t.Fatal(body)
		}
	}
	nap := func(n int) (id string) {
		t.Helper()
		var made struct {
			CreateNap struct{ Nap struct{ ID string } }
		}
		for i := range n {
			m.ask("/graphql", `mutation($n: String) { createNap(input: {name: $n}) { nap { id } } }`, map[string]any{"n": fmt.Sprint(i)}, &made)
		}
		return made.CreateNap.Nap.ID
	}
	woken := func() int {
		t.Helper()
		drain()
		var seen struct{ Naps struct{ TotalCount int } }
		m.ask("/graphql", `{ naps(filter: {woken: {eq: true}}) { totalCount } }`, nil, &seen)
		return seen.Naps.TotalCount
	}
	id := nap(1)
	if n := woken(); n != 1 {
		t.Fatalf("%d are woken", n)
	}
	press := func(header map[string]string) (int, http.Header, string) {
		return m.at(http.MethodPost, "/api/flows/press/run", fmt.Sprintf(`{"record": %q}`, id), header)
	}
	for i := range 3 {
		if status, _, body := press(map[string]string{"Idempotency-Key": fmt.Sprint("k", i)}); status != http.StatusOK {
			t.Fatalf("run %d: %d %s", i, status, body)
		}
	}
	nap(6) // of which two may begin
	if n := woken(); n != 3 {
		t.Errorf("%d are woken, of seven", n)
	}
	status, h, body := press(map[string]string{"Accept-Language": "zh"})
	if status != http.StatusTooManyRequests || code(t, body) != "LIMIT_EXCEEDED" || h.Get("Retry-After") != "50" || !strings.Contains(body, "此租户每分钟至多开始 6 次自动化运行") {
		t.Errorf("a button beyond the rate: %d %v %s", status, h, body)
	}
	if status, _, body := press(map[string]string{"Idempotency-Key": "k0"}); status != http.StatusOK {
		t.Errorf("what was started before: %d %s", status, body)
	}
	if got := m.refused("/graphql", `mutation { publishEvent(event: "rung") { runs } }`, nil); got != "LIMIT_EXCEEDED" {
		t.Errorf("an event beyond the rate: %s", got)
	}
	var user struct {
		CreateSysUser struct{ SysUser struct{ ID string } }
	}
	m.ask("/graphql", `mutation { createSysUser(input: {username: "caller", name: "Caller", orgUnit: {connect: {code: "HQ"}}}) { sysUser { id } } }`, nil, &user)
	var open struct{ OpenHook string }
	m.ask("/admin/graphql", `mutation($u: ID!) { openHook(name: "calls", user: $u) }`, map[string]any{"u": user.CreateSysUser.SysUser.ID}, &open)
	if status, h, body := m.at(http.MethodPost, "/hooks/"+open.OpenHook, `{"id": "m1"}`, map[string]string{"Authorization": ""}); status != http.StatusTooManyRequests || h.Get("Retry-After") == "" {
		t.Errorf("a hook beyond the rate: %d %v %s", status, h, body)
	}
	for i, want := range []int{4, 5, 6, 7} { // every ten seconds one
		advance(t, s, "PT10S")
		if n := woken(); n != want {
			t.Errorf("%d seconds later %d are woken, want %d", 10*(i+1), n, want)
		}
	}
	advance(t, s, "PT20S")
	if status, _, body := m.at(http.MethodPost, "/hooks/"+open.OpenHook, `{"id": "m1"}`, map[string]string{"Authorization": ""}); status != http.StatusAccepted && status != http.StatusOK {
		t.Errorf("the hook, sent again: %d %s", status, body)
	}
	m.limit("runs=1,queue=3")
	nap(5)
	drain()
	advance(t, s, "PT2S")
	if status, _, body := press(map[string]string{"Accept-Language": "en"}); status != http.StatusTooManyRequests || !strings.Contains(body, "runs of flows wait to begin") {
		t.Errorf("a button behind a queue: %d %s", status, body)
	}
	m.limit("")
	advance(t, s, "PT5M")
	if n := woken(); n != 12 {
		t.Errorf("%d are woken once there is no limit", n)
	}
	if status, _, body := press(nil); status != http.StatusOK {
		t.Errorf("without a limit: %d %s", status, body)
	}
}
