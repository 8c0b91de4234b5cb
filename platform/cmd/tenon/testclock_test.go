package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/tenon-platform/tenon/platform/clock"
	"github.com/tenon-platform/tenon/platform/httpd"
	"github.com/tenon-platform/tenon/platform/ident"
)

func post(t *testing.T, c *http.Client, path, body string) (int, string) {
	t.Helper()
	res, err := c.Post("http://tenon"+path, "application/json", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(res.Body)
	if err == nil {
		err = res.Body.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(b)
}

// TestTestClock sets the clock over the control socket, and records follow it.
func TestTestClock(t *testing.T) {
	start := time.Date(2026, 1, 30, 22, 0, 0, 0, time.UTC)
	in := opened(t, clock.NewSettable(clock.NewFixed(start)))
	c := socketClient(in.dir)
	defer c.CloseIdleConnections()
	if out, errs, code := call("apply", "--data", in.dir, packed(t, t.TempDir(), "")); code != exitOK {
		t.Fatal(out, errs)
	}
	for _, x := range []struct {
		body, want string
		status     int
	}{
		{`{"set": "2026-03-02T09:00:00+08:00"}`, `"now":"2026-03-02T01:00:00Z"`, 200},
		{`{"advance": "PT8H"}`, `"now":"2026-03-02T09:00:00Z"`, 200},
		{`{"advance": "P1M"}`, `"now":"2026-04-02T09:00:00Z"`, 200},
		{`{"set": "2026-03-02"}`, "INVALID_INPUT", 400},
		{`{"advance": "8 hours"}`, "INVALID_INPUT", 400},
		{`{"set": "2026-03-02T09:00:00+08:00", "advance": "PT8H"}`, "INVALID_INPUT", 400},
		{`{}`, "INVALID_INPUT", 400},
		{`now`, "INVALID_INPUT", 400},
	} {
		if status, body := post(t, c, "/_test/clock", x.body); status != x.status || !strings.Contains(body, x.want) {
			t.Errorf("%s answers %d %s", x.body, status, body)
		}
	}
	if _, body := get(t, c, "/_test/clock", ""); !strings.Contains(body, "2026-04-02T09:00:00Z") {
		t.Errorf("the clock shows %s", body)
	}
	_, body := post(t, c, "/graphql", `{"query": "mutation { createClient(input: {code: \"x\"}) { client { createdAt } } }"}`)
	if !strings.Contains(body, "2026-04-02T09:00:00Z") {
		t.Errorf("a record was made at %s", body)
	}
}

// TestNoTestClock: without the flag there is no such address.
func TestNoTestClock(t *testing.T) {
	in := opened(t, clock.System{})
	c := socketClient(in.dir)
	defer c.CloseIdleConnections()
	if status, body := post(t, c, "/_test/clock", `{"advance": "PT8H"}`); status != http.StatusNotFound {
		t.Errorf("the clock answers %d %s", status, body)
	}
}

// TestTestClockIsForAdministrators: others may neither set nor read it.
func TestTestClockIsForAdministrators(t *testing.T) {
	in := &instance{clock: clock.NewSettable(clock.System{})}
	for _, m := range in.clockMounts() {
		ctx := ident.With(context.Background(), ident.Caller{Principal: ident.Principal{Name: "ann"}})
		if res := m.Handler(ctx, &httpd.Request{Method: m.Method, Body: []byte(`{"advance": "PT8H"}`)}); res.Status != http.StatusForbidden {
			t.Errorf("%s answers %d %s", m.Method, res.Status, res.Body)
		}
	}
}

// TestDrain: what the clock makes due is done when it returns. The demo's dealer loses a rebate that
// nobody used.
func TestDrain(t *testing.T) {
	in := opened(t, clock.NewSettable(clock.NewFixed(time.Date(2026, 3, 2, 1, 0, 0, 0, time.UTC))))
	if err := in.installStandard(t.Context(), nil, true); err != nil {
		t.Fatal(err)
	}
	admin := signedIn(ident.Principal{Name: "admin", Admin: true})
	var found struct {
		Dealers struct{ Nodes []struct{ ID string } }
	}
	in.ask(t, admin, `{ dealers(first: 1) { nodes { id } } }`, &found)
	id := found.Dealers.Nodes[0].ID
	got := in.ask(t, admin, fmt.Sprintf(`mutation { dealerRebateAccrue(id: %q, input: {amount: "80", sourceNo: "RA-1", expiresOn: "2026-03-31"}) { balance } }`, id), nil)
	if !strings.Contains(got, `"balance":"80.00"`) {
		t.Fatal(got)
	}
	c := socketClient(in.dir)
	defer c.CloseIdleConnections()
	balance := func(want string) {
		t.Helper()
		if status, body := post(t, c, "/_test/drain", ""); status != http.StatusOK {
			t.Fatal(body)
		}
		if got := in.ask(t, admin, fmt.Sprintf(`{ dealer(id: %q) { rebateBalance } }`, id), nil); !strings.Contains(got, want) {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	balance(`"rebateBalance":"80.00"`)
	if status, body := post(t, c, "/_test/clock", `{"set": "2026-04-01T00:00:00+08:00"}`); status != http.StatusOK {
		t.Fatal(body)
	}
	balance(`"rebateBalance":"0.00"`)
	balance(`"rebateBalance":"0.00"`)
}
