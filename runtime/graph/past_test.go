package graph_test

import (
	"fmt"
	"testing"
	"time"
)

// TestAsOf reads a record as it was through its life: created, changed twice, deleted, restored.
func TestAsOf(t *testing.T) {
	w := newWorld(t, 1, nil)
	at := func(h int) time.Time { return day.Add(time.Duration(h) * time.Hour) }
	w.clk.Set(at(1))
	id := w.id(t, `mutation { createAccount(input: {name: "First", creditLimit: "10.50", secret: "x"}) { account { id } } }`)
	w.clk.Set(at(2))
	w.body(fmt.Sprintf(`mutation { updateAccount(id: %q, patch: {name: "Second", secret: null}) { account { id } } }`, id))
	w.clk.Set(at(3))
	w.body(fmt.Sprintf(`mutation { updateAccount(id: %q, patch: {creditLimit: "20"}) { account { id } } }`, id))
	w.clk.Set(at(4))
	w.body(fmt.Sprintf(`mutation { deleteAccount(id: %q) { account { id } } }`, id))
	w.clk.Set(at(5))
	w.body(fmt.Sprintf(`mutation { restoreAccount(id: %q) { account { id } } }`, id))
	for _, c := range []struct {
		hour int
		want string
	}{
		{0, `{"account":null}`},
		{1, `{"account":{"name":"First","creditLimit":"10.50","secret":"x","version":1,"updatedAt":"2026-03-02T10:00:00Z","dealCount":null}}`},
		{2, `{"account":{"name":"Second","creditLimit":"10.50","secret":null,"version":2,"updatedAt":"2026-03-02T11:00:00Z","dealCount":null}}`},
		{3, `{"account":{"name":"Second","creditLimit":"20.00","secret":null,"version":3,"updatedAt":"2026-03-02T12:00:00Z","dealCount":null}}`},
		{4, `{"account":null}`},
		{6, `{"account":{"name":"Second","creditLimit":"20.00","secret":null,"version":5,"updatedAt":"2026-03-02T14:00:00Z","dealCount":null}}`},
	} {
		want(t, w.body(fmt.Sprintf(`{ account(id: %q, asOf: %q) { name creditLimit secret version updatedAt dealCount } }`, id, at(c.hour).Add(time.Minute).Format(time.RFC3339))), c.want)
	}
	want(t, w.body(fmt.Sprintf(`{ account(id: %q, asOf: "yesterday") { name } }`, id)), `INVALID_INPUT`)
	want(t, w.body(fmt.Sprintf(`{ account(id: %q, asOf: null) { name } }`, id)), `{"account":{"name":"Second"}}`)
}
