package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"testing"
	"time"
)

// seen is a tenant as the list of tenants shows it.
func (m *member) seen() (v tenantView) {
	m.t.Helper()
	var all []tenantView
	if err := json.Unmarshal([]byte(must(m.t, "tenant", "list", "--data", m.data, "--json")), &all); err != nil {
		m.t.Fatal(err)
	}
	for _, v := range all {
		if v.Name == m.name {
			return v
		}
	}
	return v
}

// until waits for a tenant to be seen so.
func (m *member) until(what string, ok func(tenantView) bool) tenantView {
	m.t.Helper()
	deadline := latest()
	for {
		v := m.seen()
		if ok(v) {
			return v
		}
		if time.Now().After(deadline) {
			m.t.Fatalf("%s: %+v\n%s", what, v, m.log)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// naps is a package whose records are woken by a flow two hours after they were made.
var naps = map[string]string{
	"tenon.json": `{"name": "tenant", "version": "1.0.0", "label": {"en": "Naps", "zh-CN": "小憩"}}`,
	"objects/nap/object.json": `{"name": "nap", "label": {"en": "Nap", "zh-CN": "小憩"}, "pluralLabel": {"en": "Naps", "zh-CN": "小憩"}, "fields": [
		{"name": "name", "type": "text", "label": {"en": "Name", "zh-CN": "名称"}, "maxLength": 80},
		{"name": "woken", "type": "bool", "label": {"en": "Woken", "zh-CN": "已醒"}}]}`,
	"flows/wake.json": `{"key": "wake", "label": {"en": "Wake", "zh-CN": "唤醒"}, "trigger": {"type": "record", "object": "nap", "on": ["create"]},
		"steps": [{"id": "rest", "type": "wait", "for": "PT2H"}, {"id": "up", "type": "update", "set": {"woken": "true"}}]}`,
}

// TestTenantsOpenWhenNeeded: a tenant is open while it is used or has work soon; one that is closed is
// opened for its work when that is due, without anybody asking, and so it is after a kill.
func TestTenantsOpenWhenNeeded(t *testing.T) {
	data := t.TempDir()
	s := serve(t, data, "--bare", "--test-clock", "--tenant-idle", "5m")
	if status, _, body := s.call(http.MethodPost, "/_test/clock", `{"set": "2031-03-03T09:00:00Z"}`, nil); status != http.StatusOK {
		t.Fatal(body)
	}
	m := s.tenant("sleepy", "--packages", "-")
	must(t, "apply", "--data", data, "--tenant", "sleepy", write(t, naps))
	m.ask("/graphql", `mutation { createNap(input: {name: "first"}) { nap { id } } }`, nil, nil)
	m.until("in use", func(v tenantView) bool { return v.Open })
	woken := func() bool {
		var res struct {
			Naps struct{ Nodes []struct{ Woken bool } }
		}
		m.ask("/graphql", `{ naps { nodes { woken } } }`, nil, &res)
		return len(res.Naps.Nodes) == 1 && res.Naps.Nodes[0].Woken
	}
	// The run has to have come to its rest before the clock moves.
	if status, _, body := m.at(http.MethodPost, "/_test/drain", "", nil); status != http.StatusOK {
		t.Fatal(body)
	}
	advance(t, s, "PT10M")
	m.until("idle, and due when the run goes on", func(v tenantView) bool {
		return !v.Open && v.DueAt != nil && v.DueAt.Equal(time.Date(2031, 3, 3, 11, 0, 0, 0, time.UTC))
	})
	advance(t, s, "PT2H")
	m.until("due", func(v tenantView) bool { return v.Open })
	// Once its work is done it is due by the calendar alone.
	late := time.Date(2031, 3, 4, 0, 0, 0, 0, time.UTC)
	deadline := latest()
	for {
		advance(t, s, "PT10M")
		if v := m.seen(); !v.Open && v.DueAt.After(late) {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("%+v", m.seen())
		}
		time.Sleep(200 * time.Millisecond)
	}
	if !woken() {
		t.Error("the flow did not go on")
	}

	// A kill while it is open: the next server opens it by itself.
	m.until("in use again", func(v tenantView) bool { return v.Open })
	s.kill()
	next := serve(t, data, "--bare", "--test-clock", "--tenant-idle", "5m")
	m.server.url = next.url
	if status, _, body := next.call(http.MethodPost, "/_test/clock", `{"set": "2031-03-05T09:00:00Z"}`, nil); status != http.StatusOK {
		t.Fatal(body)
	}
	m.until("after a kill", func(v tenantView) bool { return v.Open })

	// Suspended, nothing of it goes on.
	must(t, "tenant", "suspend", "--data", data, "sleepy")
	if v := m.seen(); v.Open || v.State != "suspended" {
		t.Errorf("%+v", v)
	}
	time.Sleep(1500 * time.Millisecond)
	if v := m.seen(); v.Open {
		t.Errorf("a suspended tenant was opened: %+v", v)
	}
	must(t, "tenant", "resume", "--data", data, "sleepy")
	m.until("resumed", func(v tenantView) bool { return v.Open })
}

// TestTenantsAreMany: more tenants than may be open take turns.
func TestTenantsAreMany(t *testing.T) {
	data := t.TempDir()
	s := serve(t, data, "--bare", "--tenants-open", "2", "--tenant-idle", "1h")
	var all []*member
	for i := range 5 {
		all = append(all, s.tenant(fmt.Sprintf("t%d", i), "--packages", "-"))
	}
	for range 2 {
		for _, m := range all {
			if status, _, body := m.at(http.MethodGet, "/graphql/schema.graphql", "", nil); status != http.StatusOK {
				t.Fatalf("%s: %d %s", m.name, status, body)
			}
		}
	}
	deadline := latest()
	for open := 5; open > 2; {
		open = 0
		for _, m := range all {
			if m.seen().Open {
				open++
			}
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d are open", open)
		}
	}
}
