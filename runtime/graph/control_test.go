package graph_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestDryRun holds a dry run to showing what would be written, and keeping nothing.
func TestDryRun(t *testing.T) {
	w := newWorld(t, 1, nil)
	got := w.body(`mutation { createAccount(input: {name: "Ghost", contacts: {create: [{name: "Ann"}]}}, dryRun: true) { account { name version contacts { nodes { name } } } } }`)
	want(t, got, `"name":"Ghost","version":1,"contacts":{"nodes":[{"name":"Ann"}]}`)
	want(t, w.body(`{ accounts(filter: {name: {eq: "Ghost"}}) { totalCount } contacts(filter: {name: {eq: "Ann"}}) { totalCount } }`),
		`{"accounts":{"totalCount":0},"contacts":{"totalCount":0}}`)
	want(t, w.body(`mutation { createAccount(input: {name: ""}, dryRun: true) { account { name } } }`), `VALIDATION_FAILED`)
	want(t, w.body(`mutation { createAccounts(inputs: [{name: "Ghost"}, {name: ""}], atomic: false, dryRun: true) { account { name } errors { code } } }`),
		`[{"account":null,"errors":null},{"account":null,"errors":[{"code":"VALIDATION_FAILED"}]}]`)
	want(t, w.body(`{ accounts(filter: {name: {eq: "Ghost"}}) { totalCount } }`), `"totalCount":0`)
}

// TestIdempotencyKey repeats writes under one key.
func TestIdempotencyKey(t *testing.T) {
	w := newWorld(t, 1, nil)
	create := func(key, name string) string {
		return w.body(fmt.Sprintf(`mutation { createAccount(input: {name: %q}, idempotencyKey: %q) { account { id name } } }`, name, key))
	}
	count := func(name, n string) {
		t.Helper()
		want(t, w.body(fmt.Sprintf(`{ accounts(filter: {name: {eq: %q}}) { totalCount } }`, name)), `"totalCount":`+n+`}`)
	}
	first := create("k1", "Once")
	want(t, first, `"name":"Once"`)
	if again := create("k1", "Once"); again != first {
		t.Errorf("the second answer is %s, the first was %s", again, first)
	}
	count("Once", "1")
	want(t, create("k1", "Other"), `"code":"IDEMPOTENCY_KEY_REUSED"`)
	want(t, create("", "Other"), `"code":"INVALID_INPUT"`)
	want(t, create(strings.Repeat("x", 201), "Other"), `"code":"INVALID_INPUT"`)
	want(t, create("k2", ""), `"code":"VALIDATION_FAILED"`) // nothing was written, so nothing is remembered
	want(t, create("k2", "Later"), `"name":"Later"`)
	count("Other", "0")

	rows := `mutation { createAccounts(inputs: [{name: "Row"}, {name: ""}], atomic: false, idempotencyKey: "rows") { account { name } errors { code } } }`
	batch := w.body(rows)
	want(t, batch, `{"name":"Row"}`)
	if again := w.body(rows); again != batch {
		t.Errorf("the second answer is %s, the first was %s", again, batch)
	}
	count("Row", "1")

	w.clk.Set(day.Add(25 * time.Hour))
	want(t, create("k1", "Once"), `"name":"Once"`) // the key is forgotten after a day
	count("Once", "2")
}

// TestIdempotencyKeyRace sends one write many times at once.
func TestIdempotencyKeyRace(t *testing.T) {
	w := newWorld(t, 1, nil)
	answers := make([]string, 20)
	var wg sync.WaitGroup
	for i := range answers {
		wg.Go(func() {
			answers[i] = w.body(`mutation { createAccount(input: {name: "Race"}, idempotencyKey: "race") { account { id } } }`)
		})
	}
	wg.Wait()
	for _, a := range answers {
		if a != answers[0] || strings.Contains(a, "errors") {
			t.Fatalf("got %s and %s", a, answers[0])
		}
	}
	want(t, w.body(`{ accounts(filter: {name: {eq: "Race"}}) { totalCount } }`), `"totalCount":1`)
}

func want(t *testing.T, got, part string) {
	t.Helper()
	if !strings.Contains(got, part) {
		t.Errorf("got %s, want %s in it", got, part)
	}
}

// body is the answer but for what it cost.
func (w *world) body(query string) string {
	answer, _, _ := strings.Cut(string(w.call(query, "").Body), `,"extensions":{"cost"`)
	return answer
}
