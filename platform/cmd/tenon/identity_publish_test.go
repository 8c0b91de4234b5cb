package main

import (
	"net/http"
	"testing"
)

// staff is a package with users of its own, and one more field of theirs.
func staff(state string) map[string]string {
	return map[string]string{
		"tenon.json": `{"name": "tenant", "version": "1.0.0", "label": {"en": "Staff", "zh-CN": "员工"}}`,
		"objects/worker/object.json": `{"name": "worker", "label": {"en": "Worker", "zh-CN": "员工"}, "pluralLabel": {"en": "Workers", "zh-CN": "员工"},
			"serves": "user", "keys": [{"fields": ["username"]}], "fields": [
			{"name": "username", "type": "text", "label": {"en": "Name", "zh-CN": "名称"}, "required": true, "maxLength": 40},
			` + state + `]}`,
	}
}

// TestPublishSaysWhoIsActive: once a publish makes another field say who is active, whom it does not call
// active is let in no more, at the next request and with what was good a moment ago; and so the other way.
func TestPublishSaysWhoIsActive(t *testing.T) {
	data := t.TempDir()
	s := serve(t, data, "--bare")
	m := s.tenant("alpha", "--packages", "-")
	publish := func(state string) {
		must(t, "apply", "--data", data, "--tenant", m.name, write(t, staff(state)))
	}
	values := `"type": "picklist", "label": {"en": "State", "zh-CN": "状态"}, "values": [{"code": "active", "label": {"en": "Active", "zh-CN": "在职"}}, {"code": "left", "label": {"en": "Left", "zh-CN": "离职"}}]}`
	publish(`{"name": "state", ` + values)
	keys := map[string]string{}
	for name, state := range map[string]string{"ann": "active", "bob": "left"} {
		m.ask("/graphql", `mutation($i: WorkerCreate!) { createWorker(input: $i) { worker { id } } }`, map[string]any{"i": map[string]any{"username": name, "state": state}}, nil)
		must(t, "user", "create", "--data", data, "--tenant", m.name, name)
		keys[name] = lastLine(must(t, "key", "create", "--data", data, "--tenant", m.name, "--user", name))
	}
	let := func(when, name string, want int) {
		t.Helper()
		for range 2 { // so that what is remembered counts, too
			status, _, body := m.at(http.MethodPost, "/graphql", operation("{ __typename }", nil), map[string]string{"Authorization": "Bearer " + keys[name]})
			if status != want {
				t.Errorf("%s: %s got %d, not %d: %s", when, name, status, want, body)
			}
		}
	}
	let("no field says who is active", "ann", http.StatusOK)
	let("no field says who is active", "bob", http.StatusOK)
	publish(`{"name": "status", "renamedFrom": "state", ` + values)
	let("status does", "bob", http.StatusUnauthorized)
	let("status does", "ann", http.StatusOK)
	publish(`{"name": "state", "renamedFrom": "status", ` + values)
	let("no field does again", "bob", http.StatusOK)
}
