package main

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/tenon-platform/tenon/platform/clock"
	"github.com/tenon-platform/tenon/platform/ident"
	"github.com/tenon-platform/tenon/runtime/publish"
)

// TestApprovalVersions: instances stay with their version; what is no longer published takes no new ones.
func TestApprovalVersions(t *testing.T) {
	o := newOffice(t)
	a := o.submit("ann", "order", o.deal("ann", `discount: "0.15"`))
	next := `{"kind": "approval", "key": "order", "schema": 1, "object": "deal", "label": {"en": "Order", "zh-CN": "审批"}, "admins": [{"type": "role", "role": "process_admin"}],
		"flow": [{"id": "boss", "kind": "approve", "participants": [{"type": "role", "role": "legal"}], "vote": {"mode": "any"}}, {"id": "more", "kind": "approve", "participants": [{"type": "role", "role": "boss"}]}]}`
	p := o.plan(map[string]string{"approvals/order.json": next})
	told := false
	for _, e := range p.Entries {
		told = told || e.Address.String() == "approval.order" && e.Count != nil && *e.Count == 1
	}
	if !told {
		t.Errorf("the plan does not say what runs: %+v", p.Entries)
	}
	o.publish(map[string]string{"approvals/order.json": next})
	b := o.submit("ann", "order", o.deal("ann", `discount: "0.15"`))
	if o.waits(a) != "boss:dan" || o.waits(b) != "boss:lea boss:leo" {
		t.Errorf("the old waits for %s, the new for %s", o.waits(a), o.waits(b))
	}
	version := func(id string) any {
		return dig(o.must("root", `{ instance(id: %q) { version } }`, id), "instance", "version")
	}
	if version(a) != 1.0 || version(b) != 2.0 {
		t.Errorf("versions %v and %v", version(a), version(b))
	}
	if got := o.do("pam", `mutation { migrate(instance: %q, version: 2, reason: "new rules") { version } }`, a); got.code() != "" || version(a) != 2.0 {
		t.Errorf("moved: %s", got.raw)
	}
	o.publish(map[string]string{"approvals/order.json": ""})
	if got := o.do("ann", `mutation { submit(process: "order", record: %q) { id } }`, o.deal("ann", `discount: "0.15"`)).code(); got != "DEFINITION_UNAVAILABLE" {
		t.Errorf("a start of what is not published: %q", got)
	}
	if got := o.act("lea", "approve", b, ""); got != "" {
		t.Errorf("what runs goes on: %q", got)
	}
	o.publish(nil) // the first content again is the first version again
	if c := o.submit("ann", "order", o.deal("ann", `discount: "0.15"`)); version(c) != 1.0 {
		t.Errorf("version %v", version(c))
	}
}

// TestApprovalMachinery: nodes that do something, ask another process, and find nobody.
func TestApprovalMachinery(t *testing.T) {
	o := newOffice(t)
	deal := o.deal("ann", `discount: "0.15"`)
	a := o.submit("ann", "machine", deal)
	o.drain()
	if d := o.must("ann", `{ deal(id: %q) { note } }`, deal); dig(d, "deal", "note") != "checked" {
		t.Errorf("the steps of a node: %v", d)
	}
	child := dig(o.must("fay", `{ myTasks { nodes { instance process } } }`), "myTasks", "nodes", 0)
	if dig(child, "process") != "pool" {
		t.Fatalf("the process that is asked: %v", child)
	}
	b := dig(child, "instance").(string)
	o.act("fay", "claim", b, "")
	o.act("fay", "approve", b, "")
	o.drain()
	d := o.must("pam", `{ instance(id: %q) { status incidents { id code resolved } } }`, a)
	if dig(d, "instance", "status") != "error" || dig(d, "instance", "incidents", 0, "code") != "NO_PARTICIPANTS" {
		t.Fatalf("nobody to ask: %v", d)
	}
	if got := o.do("ann", `{ instance(id: %q) { incidents { code } } }`, a); len(dig(got.Data, "instance", "incidents").([]any)) != 0 {
		t.Errorf("the submitter sees incidents: %s", got.raw)
	}
	retry := `mutation { retryIncident(instance: %q, incident: 1, reason: "look again") { status incidents { resolved } } }`
	if got := o.do("ann", retry, a).code(); got != "FORBIDDEN" {
		t.Errorf("the submitter tries again: %q", got)
	}
	if got := o.do("pam", retry, a); got.code() != "" || dig(got.Data, "retryIncident", "status") != "error" {
		t.Errorf("still nobody: %s", got.raw)
	}
	if got := o.do("pam", `mutation { terminate(instance: %q, reason: "no use") { status locked } }`, a); dig(got.Data, "terminate", "locked") != false {
		t.Errorf("ended: %s", got.raw)
	}
	o.sound(a)
	o.sound(b)
}

// TestApprovalFindings: what is wrong with a process is found before it is published, at its place
// in the file, in both languages.
func TestApprovalFindings(t *testing.T) {
	bad := `{
  "key": "vote", "object": "deal", "label": {"en": "V", "zh-CN": "投"},
  "entry": {"when": "discont > 1"},
  "lock": {"mode": "all", "override": ["fixr"]},
  "flow": [
    {"id": "a", "kind": "aprove", "participants": [{"type": "role", "role": "finance"}]},
    {"id": "b", "kind": "approve", "participants": [{"type": "role", "role": "finanz"}], "vote": {"mode": "ratio", "n": 150}, "editable": ["amout"], "return": {"to": ["c"]}},
    {"id": "c", "kind": "condition", "branches": [{"id": "x", "when": "amount > 'a'", "flow": []}], "default": "y"}
  ]
}`
	files, err := publish.ReadFiles(os.DirFS("testdata/office"))
	if err != nil {
		t.Fatal(err)
	}
	files["approvals/vote.json"] = []byte(bad)
	in := opened(t, clock.System{})
	p, err := in.publish.Propose(signedIn(ident.Principal{Name: "admin", Admin: true}), publish.Bundle{"office": files}, nil)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range p.Findings {
		got = append(got, fmt.Sprintf("%d:%d %s", f.Pos.Line, f.Pos.Col, f.Code))
		if f.Pos.File != "office/approvals/vote.json" || f.Summary.En == "" || f.Summary.Zh == "" || f.Summary.En == f.Summary.Zh {
			t.Errorf("%s: %s / %s", f.Pos, f.Summary.En, f.Summary.Zh)
		}
	}
	want := "3:21 unknown-name; 4:39 unknown-role; 6:5 unknown-kind; 7:78 unknown-role; 7:121 bad-ratio; 7:139 unknown-field; 7:160 bad-return-target; 8:71 type-mismatch; 8:112 no-default"
	if s := strings.Join(got, "; "); s != want {
		t.Errorf("got %s, want %s", s, want)
	}
	if len(p.Entries) != 0 {
		t.Error("it is planned all the same")
	}
}
