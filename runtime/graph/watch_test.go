package graph_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/ident"
	"github.com/tenon-platform/tenon/runtime/access"
	"github.com/tenon-platform/tenon/runtime/event"
	"github.com/tenon-platform/tenon/runtime/gql"
	"github.com/tenon-platform/tenon/runtime/graph"
)

func caller() context.Context {
	return ident.With(context.Background(), ident.Caller{Tenant: "shop", Principal: ident.Principal{Name: "t", Admin: true}, Locale: "en"})
}

func everything(context.Context) (access.Profile, error) { return access.Everything, nil }

func (w *world) subscribe(t *testing.T, query string) *graph.Subscription {
	t.Helper()
	sub, refused := w.svc.Subscribe(caller(), everything, gql.Request{Query: query})
	if refused != nil {
		t.Fatal(string(refused.Body))
	}
	return sub
}

// next is the next answer; "" when none comes.
func next(t *testing.T, sub *graph.Subscription, wait time.Duration) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(caller(), wait)
	defer cancel()
	b, err := sub.Next(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		return ""
	}
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

type changed struct {
	Data struct {
		AccountChanged struct {
			Cursor, Verb string
			Version      int
			Changes      map[string][2]any
			Account      *struct{ Name string }
		}
	}
}

func asChange(t *testing.T, answer string) (c changed) {
	t.Helper()
	if err := json.Unmarshal([]byte(answer), &c); err != nil {
		t.Fatalf("%v in %q", err, answer)
	}
	return c
}

func TestSubscription(t *testing.T) {
	w := newWorld(t, 1, nil)
	sub := w.subscribe(t, `subscription { accountChanged(filter: {name: {startsWith: "Big"}}) { cursor verb version changes account { name } } }`)
	if got := next(t, sub, 20*time.Millisecond); got != "" {
		t.Errorf("a change before any: %s", got)
	}
	id := w.id(t, `mutation { createAccount(input: {name: "Big one"}) { account { id } } }`)
	w.id(t, `mutation { createAccount(input: {name: "Small one"}) { account { id } } }`)
	w.body(fmt.Sprintf(`mutation { updateAccount(id: %q, patch: {name: "Big two"}) { account { id } } }`, id))
	w.body(fmt.Sprintf(`mutation { deleteAccount(id: %q) { account { id } } }`, id))
	for i, verb := range []string{"create", "update", "delete"} {
		c := asChange(t, next(t, sub, time.Second)).Data.AccountChanged
		if c.Verb != verb || c.Version != i+1 || c.Account == nil || c.Account.Name != "Big two" {
			t.Errorf("change %d is %+v", i, c)
		}
		if verb == "update" && c.Changes["name"] != [2]any{"Big one", "Big two"} {
			t.Errorf("changes are %v", c.Changes)
		}
	}
	if got := next(t, sub, 20*time.Millisecond); got != "" {
		t.Errorf("more than was done: %s", got)
	}
}

func TestSubscriptionRefused(t *testing.T) {
	w := newWorld(t, 1, nil)
	for query, part := range map[string]string{
		`subscription { accountChanged(after: "forged") { verb } }`:                            `"code":"INVALID_INPUT"`,
		`subscription { accountChanged { verb } dealChanged { verb } }`:                        `INVALID_INPUT`,
		`subscription { accountChanged(filter: {nameless: {eq: "x"}}) { verb } }`:              `INVALID_INPUT`,
		`subscription { accountChanged(filter: {name: {eq: "x"}}) { verb account { nope } } }`: `INVALID_INPUT`,
		`{ accounts { totalCount } }`:                                                          `this is no subscription`,
	} {
		_, refused := w.svc.Subscribe(caller(), everything, gql.Request{Query: query})
		if refused == nil || !strings.Contains(string(refused.Body), part) {
			t.Errorf("%s: got %+v", query, refused)
		}
	}
	want(t, w.body(`subscription { accountChanged { verb } }`), `over a WebSocket`)
}

// TestSubscriptionLosesAccess ends a subscription whose caller may no longer see anything.
func TestSubscriptionLosesAccess(t *testing.T) {
	w := newWorld(t, 1, nil)
	gone := errs.New(errs.Unauthenticated, "signed out", "已退出")
	signedIn := true
	sub, refused := w.svc.Subscribe(caller(), func(context.Context) (access.Profile, error) {
		if !signedIn {
			return nil, gone
		}
		return access.Everything, nil
	}, gql.Request{Query: `subscription { accountChanged { verb } }`})
	if refused != nil {
		t.Fatal(string(refused.Body))
	}
	w.body(`mutation { createAccount(input: {name: "A"}) { account { id } } }`)
	signedIn = false
	if _, err := sub.Next(caller()); !errors.Is(err, gone) {
		t.Errorf("got %v", err)
	}
}

// TestSubscriptionResumes cuts a client off again and again while 10,000 changes are written: it
// sees each of them once and in order.
func TestSubscriptionResumes(t *testing.T) {
	w := newWorld(t, 1, nil)
	const total = 10_000
	first := `subscription { accountChanged { cursor account { name } changes } }`
	sub := w.subscribe(t, first)
	done := make(chan string, 1)
	go func() {
		for i := 0; i < total; i += 500 {
			var in []string
			for k := range 500 {
				in = append(in, fmt.Sprintf(`{name: "n%d"}`, i+k))
			}
			if got := w.body(`mutation { createAccounts(inputs: [` + strings.Join(in, ",") + `]) { account { id } } }`); strings.Contains(got, "errors") {
				done <- got
				return
			}
		}
		done <- ""
	}()
	for i := range total {
		c := asChange(t, next(t, sub, 20*time.Second)).Data.AccountChanged
		if c.Account == nil || c.Account.Name != fmt.Sprintf("n%d", i) {
			t.Fatalf("change %d is %+v", i, c)
		}
		if i%997 == 0 { // cut off, and back with the last cursor
			sub = w.subscribe(t, strings.Replace(first, "accountChanged", fmt.Sprintf("accountChanged(after: %q)", c.Cursor), 1))
		}
	}
	if bad := <-done; bad != "" {
		t.Error(bad)
	}
	if got := next(t, sub, 20*time.Millisecond); got != "" {
		t.Errorf("more than was done: %s", got)
	}
}

// TestSweptCursor refuses to resume where changes are no longer kept.
func TestSweptCursor(t *testing.T) {
	w := newWorld(t, 1, nil)
	sub := w.subscribe(t, `subscription { accountChanged { cursor } }`)
	for range 3 {
		w.body(`mutation { createAccount(input: {name: "A"}) { account { id } } }`)
	}
	old := asChange(t, next(t, sub, time.Second)).Data.AccountChanged.Cursor
	w.clk.Set(day.Add(event.Keep + time.Hour))
	w.body(`mutation { createAccount(input: {name: "B"}) { account { id } } }`)
	if n, err := w.feed.Sweep(context.Background()); n != 3 || err != nil {
		t.Errorf("swept %d, %v", n, err)
	}
	_, refused := w.svc.Subscribe(caller(), everything, gql.Request{Query: fmt.Sprintf(`subscription { accountChanged(after: %q) { verb } }`, old)})
	if refused == nil || !strings.Contains(string(refused.Body), "no longer kept") {
		t.Errorf("got %+v", refused)
	}
}

func (w *world) id(t *testing.T, query string) string {
	t.Helper()
	_, rest, ok := strings.Cut(w.body(query), `"id":"`)
	id, _, _ := strings.Cut(rest, `"`)
	if !ok {
		t.Fatalf("no id in the answer to %s: %s", query, w.body(query))
	}
	return id
}

// TestSubscriptionUnderTwoKeys: the record of a change may be selected under several keys, each
// with fields of its own.
func TestSubscriptionUnderTwoKeys(t *testing.T) {
	w := newWorld(t, 1, nil)
	sub := w.subscribe(t, `subscription { accountChanged { a: account { name } verb b: account { version contacts { totalCount } } } }`)
	w.id(t, `mutation { createAccount(input: {name: "Twice"}) { account { id } } }`)
	if got, want := next(t, sub, time.Second), `{"data":{"accountChanged":{"a":{"name":"Twice"},"verb":"create","b":{"version":1,"contacts":{"totalCount":0}}}}`; !strings.HasPrefix(got, want) {
		t.Errorf("got %s, want %s", got, want)
	}
}
