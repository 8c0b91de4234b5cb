package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/tenon-platform/tenon/platform/clock"
	"github.com/tenon-platform/tenon/platform/httpd"
	"github.com/tenon-platform/tenon/platform/ident"
	"github.com/tenon-platform/tenon/runtime/publish"
)

// office is a small company whose deals are approved.
type office struct {
	t      *testing.T
	in     *instance
	clock  *clock.Fixed
	people map[string]int64
	locale string // of who asks; "": English
}

func newOffice(t *testing.T) *office {
	t.Helper()
	clk := clock.NewFixed(time.Date(2026, 3, 2, 1, 0, 0, 0, time.UTC)) // a Monday, 09:00 in Shanghai
	o := &office{t: t, in: opened(t, clk), clock: clk, people: map[string]int64{}}
	o.publish(nil)
	o.meet()
	return o
}

// meet learns who the people are.
func (o *office) meet() {
	o.t.Helper()
	var found struct {
		People struct {
			Nodes []struct{ ID, Username string }
		}
	}
	o.in.ask(o.t, o.as("root"), `{ people { nodes { id username } } }`, &found)
	for _, p := range found.People.Nodes {
		var n int64
		if _, err := fmt.Sscanf(p.ID, "person_%d", &n); err != nil {
			o.t.Fatal(err)
		}
		o.people[p.Username] = n
	}
}

// plan plans the office, with some of its files changed; "" removes one.
func (o *office) plan(change map[string]string) *publish.Proposal {
	o.t.Helper()
	p := o.propose(change)
	if err := p.Findings.Err(); err != nil {
		o.t.Fatal(err)
	}
	return p
}

// propose is plan, whatever is found.
func (o *office) propose(change map[string]string) *publish.Proposal {
	o.t.Helper()
	files, err := publish.ReadFiles(os.DirFS("testdata/office"))
	if err != nil {
		o.t.Fatal(err)
	}
	for name, text := range change {
		delete(files, name)
		if text != "" {
			files[name] = []byte(text)
		}
	}
	p, err := o.in.publish.Propose(o.as("root"), publish.Bundle{"office": files}, nil)
	if err != nil {
		o.t.Fatal(err)
	}
	return p
}

// publish applies what plan plans.
func (o *office) publish(change map[string]string) {
	o.t.Helper()
	_, err := o.in.publish.Apply(o.as("root"), o.plan(change), publish.ApplyOptions{Author: "test", AllowDestructive: true})
	if err != nil {
		o.t.Fatal(err)
	}
}

// as is a request of a person; "root" is the tenant's administrator, who has no record.
func (o *office) as(who string) context.Context {
	p := ident.Principal{Name: who, UserID: o.people[who], Admin: who == "root"}
	if o.locale != "" {
		return ident.With(context.Background(), ident.Caller{Tenant: tenantName, Principal: p, Locale: o.locale})
	}
	return signedIn(p)
}

func (o *office) id(who string) string { return fmt.Sprintf("person_%d", o.people[who]) }

// reply is what a GraphQL operation gives.
type reply struct {
	Data   map[string]any
	Errors []struct {
		Message    string
		Extensions map[string]any
	}
	raw string
}

// code is the code of the first error; "" when there is none.
func (a reply) code() string {
	if len(a.Errors) == 0 {
		return ""
	}
	return fmt.Sprint(a.Errors[0].Extensions["code"])
}

// do sends an operation as somebody. $name in the text stands for values.
func (o *office) do(who, query string, args ...any) reply {
	o.t.Helper()
	return o.ask(who, fmt.Sprintf(query, args...), nil)
}

// ask is do with variables.
func (o *office) ask(who, query string, vars map[string]any) reply {
	o.t.Helper()
	b, err := json.Marshal(map[string]any{"query": query, "variables": vars})
	if err != nil {
		o.t.Fatal(err)
	}
	r := o.in.handleGraphQL(o.as(who), &httpd.Request{Method: http.MethodPost, ContentType: "application/json", Body: b})
	a := reply{raw: string(r.Body)}
	if err := json.Unmarshal(r.Body, &a); err != nil {
		o.t.Fatalf("%s: %v", r.Body, err)
	}
	return a
}

// must is do for what must succeed.
func (o *office) must(who, query string, args ...any) map[string]any {
	o.t.Helper()
	a := o.do(who, query, args...)
	if len(a.Errors) > 0 {
		o.t.Fatalf("%s as %s: %s", fmt.Sprintf(query, args...), who, a.raw)
	}
	return a.Data
}

// deal makes a deal of somebody.
func (o *office) deal(who, values string) string {
	o.t.Helper()
	d := o.must(who, `mutation { createDeal(input: {name: "D", reason: "big", amount: "1000.00", %s}) { deal { id } } }`, values)
	return dig(d, "createDeal", "deal", "id").(string)
}

// dig goes into JSON by keys and indexes.
func dig(v any, path ...any) any {
	for _, p := range path {
		switch k := p.(type) {
		case string:
			m, _ := v.(map[string]any)
			v = m[k]
		case int:
			l, _ := v.([]any)
			if k >= len(l) {
				return nil
			}
			v = l[k]
		}
	}
	return v
}

// submit submits a record, and gives the instance.
func (o *office) submit(who, process, record string) string {
	o.t.Helper()
	return dig(o.must(who, `mutation { submit(process: %q, record: %q) { id } }`, process, record), "submit", "id").(string)
}

// task finds the open task of somebody in an instance; "" when there is none.
func (o *office) task(who, instance string) string {
	o.t.Helper()
	for _, x := range dig(o.must(who, `{ myTasks { nodes { id instance } } }`), "myTasks", "nodes").([]any) {
		if dig(x, "instance") == instance {
			return dig(x, "id").(string)
		}
	}
	return ""
}

// status is that of an instance.
func (o *office) status(instance string) string {
	o.t.Helper()
	return fmt.Sprint(dig(o.must("root", `{ instance(id: %q) { status } }`, instance), "instance", "status"))
}

func (o *office) drain() {
	o.t.Helper()
	if _, err := o.in.flows.Drain(context.Background()); err != nil {
		o.t.Fatal(err)
	}
}

// TestApprovalFromFileToDecision defines, submits and approves.
func TestApprovalFromFileToDecision(t *testing.T) {
	o := newOffice(t)
	deal := o.deal("ann", `discount: "0.15", note: "quiet"`)
	a := o.submit("ann", "discount", deal)
	d := o.must("root", `{ deal(id: %q) { stage approvalStatus } }`, deal)
	if dig(d, "deal", "stage") != "review" || dig(d, "deal", "approvalStatus") != "pending" {
		t.Errorf("submitted: %v", d)
	}
	if c := o.do("ann", `mutation { updateDeal(id: %q, patch: {note: "loud"}) { deal { id } } }`, deal).code(); c != "RECORD_LOCKED" {
		t.Errorf("an edit of the locked record: %s", c)
	}
	if c := o.do("ann", `mutation { submit(process: "discount", record: %q) { id } }`, deal).code(); c != "ACTIVE_INSTANCE_EXISTS" {
		t.Errorf("a second submission: %s", c)
	}
	r := o.must("bob", `mutation { approve(task: %q, data: {discount: "0.12"}) { status form tasks { assignee status decision decidedBy } } }`, o.task("bob", a))
	if dig(r, "approve", "status") != "approved" || dig(r, "approve", "tasks", 0, "decidedBy") != o.id("bob") {
		t.Errorf("approved: %v", r)
	}
	d = o.must("ann", `{ deal(id: %q) { stage approvalStatus discount } }`, deal)
	if dig(d, "deal", "stage") != "ordered" || dig(d, "deal", "approvalStatus") != "approved" || dig(d, "deal", "discount") != "0.1200" {
		t.Errorf("behind it: %v", d)
	}
	if c := o.do("ann", `mutation { updateDeal(id: %q, patch: {note: "loud"}) { deal { id } } }`, deal).code(); c != "" {
		t.Errorf("an edit afterwards: %s", c)
	}
	audit := o.must("ann", `{ audit(instance: %q) { valid total entries { verb } } }`, a)
	var verbs []string
	for _, e := range dig(audit, "audit", "entries").([]any) {
		verbs = append(verbs, dig(e, "verb").(string))
	}
	if got := strings.Join(verbs, " "); dig(audit, "audit", "valid") != true || !strings.HasSuffix(got, "instance.completed") || !strings.HasPrefix(got, "instance.submitted record.locked") {
		t.Errorf("audit: %v", audit)
	}
	for _, q := range []string{`{ instance(id: %q) { id } }`, `{ audit(instance: %q) { total } }`, `{ snapshots(instance: %q) { round } }`} {
		got, none := o.do("zoe", q, a), o.do("zoe", q, "apv_1")
		if got.raw != strings.ReplaceAll(none.raw, "apv_1", a) || strings.Contains(got.raw, `"id"`) {
			t.Errorf("%s tells a stranger: %s, and of none: %s", q, got.raw, none.raw)
		}
	}
}
