package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/tenon-platform/tenon/platform/httpd"
	flowdoor "github.com/tenon-platform/tenon/workflow/flow/door"
)

// plain sends a request to one of the plain paths as somebody.
func (o *office) plain(who, method, path, body string, header map[string]string) (int, map[string]any, map[string]string) {
	o.t.Helper()
	path, query, _ := strings.Cut(path, "?")
	for _, m := range o.in.mounts() {
		params, ok := matches(m.Path, path)
		if !ok || m.Method != method {
			continue
		}
		r := &httpd.Request{Method: method, Path: path, ContentType: "application/json", Body: []byte(body), Param: func(n string) string { return params[n] },
			QueryParam: func(n string) string {
				for _, kv := range strings.Split(query, "&") {
					if k, v, _ := strings.Cut(kv, "="); k == n {
						return v
					}
				}
				return ""
			}, Header: func(n string) string { return header[n] }}
		res := m.Handler(o.as(who), r)
		var out map[string]any
		if err := json.Unmarshal(res.Body, &out); err != nil {
			o.t.Fatalf("%s: %v", res.Body, err)
		}
		return res.Status, out, res.Header
	}
	o.t.Fatalf("nothing serves %s", path)
	return 0, nil, nil
}

// matches holds a path against that of a mount.
func matches(pattern, path string) (map[string]string, bool) {
	want, got := strings.Split(pattern, "/"), strings.Split(path, "/")
	params := map[string]string{}
	if len(want) != len(got) {
		return nil, false
	}
	for i := range want {
		if name, ok := strings.CutPrefix(want[i], ":"); ok {
			params[name] = got[i]
		} else if want[i] != got[i] {
			return nil, false
		}
	}
	return params, true
}

// TestApprovalPaths: the plain paths do what the operations do, with the statuses of their errors.
func TestApprovalPaths(t *testing.T) {
	o := newOffice(t)
	deal := o.deal("ann", `discount: "0.15"`)
	submit := fmt.Sprintf(`{"record": %q}`, deal)
	key := map[string]string{"Idempotency-Key": "k"}
	status, out, h := o.plain("ann", http.MethodPost, "/api/wf/vote/submit", submit, key)
	a := fmt.Sprint(dig(out, "data", "id"))
	if status != 200 || h["Idempotent-Replay"] != "" || dig(out, "data", "status") != "running" {
		t.Fatalf("%d %v", status, out)
	}
	if status, out, h = o.plain("ann", http.MethodPost, "/api/wf/vote/submit", submit, key); status != 200 || h["Idempotent-Replay"] != "true" || dig(out, "data", "id") != a {
		t.Errorf("again: %d %v %v", status, out, h)
	}
	_, out, _ = o.plain("fay", http.MethodGet, "/api/wf/my/tasks?status=open&first=10", "", nil)
	task := fmt.Sprint(dig(out, "data", "nodes", 0, "id"))
	for _, c := range []struct {
		who, method, path, body string
		header                  map[string]string
		status                  int
		code                    string
	}{
		{"fin", "POST", "/api/wf/tasks/" + task + "/approve", "", nil, 403, "NOT_ASSIGNEE"},
		{"zoe", "POST", "/api/wf/tasks/" + task + "/approve", "", nil, 404, "NOT_FOUND"},
		{"zoe", "GET", "/api/wf/instances/" + a, "", nil, 404, "NOT_FOUND"},
		{"zoe", "GET", "/api/wf/instances/" + a + "/audit", "", nil, 404, "NOT_FOUND"},
		{"fay", "POST", "/api/wf/tasks/" + task + "/devour", "", nil, 404, "NOT_FOUND"},
		{"fay", "POST", "/api/wf/tasks/" + task + "/approve", "[]", nil, 400, "INVALID_INPUT"},
		{"fay", "POST", "/api/wf/tasks/" + task + "/approve", "{}", map[string]string{"If-Match": "0"}, 409, "VERSION_CONFLICT"},
		{"fay", "POST", "/api/wf/tasks/" + task + "/approve", "{}", map[string]string{"If-Match": "x"}, 400, "INVALID_INPUT"},
		{"fay", "POST", "/api/wf/tasks/" + task + "/approve", "{}", map[string]string{"If-Form-Hash": "x"}, 409, "RECORD_CHANGED"},
		{"fay", "POST", "/api/wf/tasks/" + task + "/reject", "{}", nil, 422, "COMMENT_REQUIRED"},
		{"fay", "POST", "/api/wf/tasks/" + task + "/approve", `{"comment": "fine"}`, map[string]string{"If-Match": `"1"`}, 200, ""},
		{"fay", "POST", "/api/wf/tasks/" + task + "/approve", "{}", nil, 409, "ALREADY_DECIDED"},
		{"fay", "POST", "/api/wf/tasks/" + task + "/take-back", "{}", nil, 200, ""},
		{"pam", "POST", "/api/wf/instances/" + a + "/suspend", `{"reason": "x"}`, nil, 200, ""},
		{"ann", "POST", "/api/wf/instances/" + a + "/urge", "{}", nil, 409, "INVALID_STATE"},
		{"pam", "POST", "/api/wf/instances/" + a + "/resume", `{"reason": "x"}`, nil, 200, ""},
		{"ann", "POST", "/api/wf/instances/" + a + "/urge", "{}", nil, 200, ""},
		{"ann", "POST", "/api/wf/instances/" + a + "/urge", "{}", nil, 429, "URGE_TOO_SOON"},
		{"pam", "POST", "/api/wf/incidents/" + a + ":9/retry", `{"reason": "x"}`, nil, 404, "NOT_FOUND"},
		{"ann", "GET", "/api/wf/instances/" + a + "/tasks", "", nil, 200, ""},
		{"ann", "GET", "/api/wf/instances/" + a + "/audit", "", nil, 200, ""},
		{"ann", "GET", "/api/wf/instances/" + a + "/snapshots", "", nil, 200, ""},
		{"ann", "GET", "/api/wf/instances/" + a + "/secrets", "", nil, 404, "NOT_FOUND"},
		{"ann", "POST", "/api/wf/instances/" + a + "/withdraw", "{}", nil, 200, ""},
	} {
		status, out, _ := o.plain(c.who, c.method, c.path, c.body, c.header)
		code := dig(out, "errors", 0, "extensions", "code")
		if code == nil {
			code = ""
		}
		if status != c.status || code != c.code {
			t.Errorf("%s %s %s: %d %v, want %d %s", c.who, c.method, c.path, status, out, c.status, c.code)
		}
	}
	o.sound(a)
}

// TestDrain: /_test/drain lets everything run that is due, beside the workers of the server.
func TestDrainOfProcesses(t *testing.T) {
	o := newOffice(t)
	stop := o.in.startFlows(context.Background(), flowdoor.Steps)
	defer stop()
	var all []string
	for range 10 {
		all = append(all, o.submit("ann", "order", o.deal("ann", `discount: "0.15"`)))
	}
	o.clock.Advance(61 * 60 * 1e9)
	if res := o.in.drain(o.as("ann"), &httpd.Request{}); res.Status != 403 {
		t.Errorf("for everybody: %d %s", res.Status, res.Body)
	}
	if res := o.in.drain(o.as("root"), &httpd.Request{}); res.Status != 200 {
		t.Fatalf("%d %s", res.Status, res.Body)
	}
	for _, a := range all {
		if got := o.status(a); got != "approved" {
			t.Errorf("after the drain %s is %s", a, got)
		}
	}
}
