package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/tenon-platform/tenon/runtime/publish"
)

// TestFlowSwitch: the branch of the value is taken, the last one otherwise; without a value nobody can
// tell, and the run stops.
func TestFlowSwitch(t *testing.T) {
	o := newOffice(t)
	o.publish(leads(map[string]string{"sort": `{"key": "sort", "trigger": {"type": "record", "object": "lead", "on": ["create"]}, "steps": [
		{"id": "which", "type": "switch", "value": "score", "branches": [
			{"id": "few", "is": ["1", "2"], "steps": [{"id": "a", "type": "update", "set": {"note": "\"few\""}}]},
			{"id": "three", "is": ["3"], "steps": [{"id": "b", "type": "update", "set": {"note": "\"three\""}}]},
			{"id": "many", "steps": [{"id": "c", "type": "update", "set": {"note": "\"many\""}}]}]}]}`}))
	ids := []string{o.lead("root", `score: 2`), o.lead("root", `score: 3`), o.lead("root", `score: 9`), o.lead("root", `note: "n"`)}
	o.settle()
	var got []string
	for _, id := range ids {
		got = append(got, fmt.Sprint(o.field(id, "note")))
	}
	if s := strings.Join(got, " "); s != "few three many n" {
		t.Errorf("the notes: %s", s)
	}
	if last := o.runs("sort")[3]; dig(last, "incident", "code") != "CONDITION_ERROR" {
		t.Errorf("the run without a value: %v", last)
	}
}

// TestFlowEvents: a step tells of an event, which starts the flows that expect it, with what it tells;
// administrators tell of events too, and a repeated request tells of it once.
func TestFlowEvents(t *testing.T) {
	o := newOffice(t)
	o.publish(leads(map[string]string{
		"tell": `{"key": "tell", "trigger": {"type": "record", "object": "lead", "on": ["create"]}, "steps": [{"id": "x", "type": "emit", "event": "won", "with": {"points": "score", "who": "name"}}]}`,
		"hear": `{"key": "hear", "trigger": {"type": "event", "object": "lead", "event": "won", "data": {"points": "int"}, "when": "event.points > 5"}, "steps": [{"id": "x", "type": "update", "set": {"note": "IF(event.points = 6, \"six\", \"more\")"}}]}`}))
	six, four := o.lead("root", `score: 6`), o.lead("root", `score: 4`)
	o.settle()
	if o.field(six, "note") != "six" || o.field(four, "note") != nil {
		t.Errorf("the notes: %v, %v", o.field(six, "note"), o.field(four, "note"))
	}
	const publish = `mutation { publishEvent(event: "won", record: %q, data: {points: %d}, idempotencyKey: "k") { runs } }`
	for range 2 {
		if d := o.must("root", publish, four, 8); len(dig(d, "publishEvent", "runs").([]any)) != 1 {
			t.Errorf("told: %v", d)
		}
	}
	o.settle()
	if o.field(four, "note") != "more" || o.statuses("hear") != "succeeded succeeded" {
		t.Errorf("the note: %v; runs: %s", o.field(four, "note"), o.statuses("hear"))
	}
	for name, x := range map[string]struct{ who, query, code string }{
		"somebody":       {"ann", fmt.Sprintf(publish, four, 8), "FORBIDDEN"},
		"an other event": {"root", `mutation { publishEvent(event: "lost") { runs } }`, "NOT_FOUND"},
		"no record":      {"root", `mutation { publishEvent(event: "won", record: "lead_1", data: {points: 1}) { runs } }`, "NOT_FOUND"},
		"other data":     {"root", fmt.Sprintf(`mutation { publishEvent(event: "won", record: %q, data: {points: "x"}) { runs } }`, four), "INVALID_INPUT"},
		"too much data":  {"root", fmt.Sprintf(`mutation { publishEvent(event: "won", record: %q, data: {points: 1, rest: 2}) { runs } }`, four), "INVALID_INPUT"},
	} {
		if a := o.do(x.who, "%s", x.query); a.code() != x.code {
			t.Errorf("%s: %s", name, a.raw)
		}
	}
}

// approving are flows about the approvals of deals.
var approving = map[string]string{
	"ask": `{"key": "ask", "trigger": {"type": "button", "object": "deal"}, "steps": [
		{"id": "asked", "type": "approval", "process": "discount"},
		{"id": "said", "type": "update", "set": {"note": "asked.status"}}]}`,
	"follow": `{"key": "follow", "trigger": {"type": "approval", "object": "deal", "process": "discount", "on": ["submitted", "completed"]}, "steps": [
		{"id": "x", "type": "create", "object": "chore", "set": {"title": "CONCAT(event.name, \" \", event.status)"}}]}`}

// TestFlowApproval: a step submits a record and waits for the end of the approval, whatever it is; what
// happens with approvals starts flows.
func TestFlowApproval(t *testing.T) {
	for end, command := range map[string]string{"approved": `mutation { approve(task: %q) { id } }`, "rejected": `mutation { reject(task: %q, comment: "no") { id } }`} {
		o := newOffice(t)
		o.publish(leads(approving))
		deal := o.deal("ann", `discount: "0.15"`)
		run := dig(o.must("ann", `mutation { runFlow(flow: "ask", record: %q) { id } }`, deal), "runFlow", "id")
		o.settle()
		if r := o.run(run); r["status"] != "waiting" && r["status"] != "running" {
			t.Fatalf("the run: %v", r)
		}
		a := dig(o.must("root", `{ approvals(record: %q) { id submitter } }`, deal), "approvals", 0)
		if dig(a, "submitter") != o.id("ann") {
			t.Errorf("submitted by %v", dig(a, "submitter"))
		}
		o.must("bob", command, o.task("bob", dig(a, "id").(string)))
		o.settle()
		if r := o.run(run); r["status"] != "succeeded" || dig(o.must("root", `{ deal(id: %q) { note } }`, deal), "deal", "note") != end {
			t.Errorf("%s: %v", end, r)
		}
		if got := o.chores(); got != "completed "+end+":<nil> submitted running:<nil>" {
			t.Errorf("the chores: %s", got)
		}
	}
}

// TestFlowApprovalRefused: an approval that cannot be started is a failure of the step.
func TestFlowApprovalRefused(t *testing.T) {
	o := newOffice(t)
	o.publish(leads(approving))
	for _, c := range []struct{ deal, code string }{{o.deal("ann", `discount: "0.05"`), "ENTRY_NOT_MET"}, {o.deal("ann", `discount: "0.15"`), "ACTIVE_INSTANCE_EXISTS"}} {
		if c.code == "ACTIVE_INSTANCE_EXISTS" {
			o.submit("ann", "discount", c.deal)
		}
		run := dig(o.must("root", `mutation { runFlow(flow: "ask", record: %q) { id } }`, c.deal), "runFlow", "id")
		o.settle()
		if r := o.run(run); r["status"] != "failed" || dig(r, "incident", "code") != c.code {
			t.Errorf("the run: %v", r)
		}
	}
	if r := dig(o.must("root", `mutation { simulateFlow(flow: "ask", record: %q) { status trace { verb step } } }`, o.deal("ann", `discount: "0.15"`)), "simulateFlow"); dig(r, "status") != "succeeded" {
		t.Errorf("simulated: %v", r)
	}
}

// TestFlowStepFindings: what cannot work is found when the package is published, at its place.
func TestFlowStepFindings(t *testing.T) {
	o := newOffice(t)
	for name, x := range map[string]struct{ flow, code string }{
		"switch without a value":     {`"steps": [{"id": "x", "type": "switch", "branches": [{"id": "a", "is": ["1"], "steps": [{"id": "y", "type": "end"}]}]}]`, "bad-flow"},
		"when in a switch":           {`"steps": [{"id": "x", "type": "switch", "value": "score", "branches": [{"id": "a", "when": "score = 1", "steps": [{"id": "y", "type": "end"}]}]}]`, "bad-step"},
		"another kind in a switch":   {`"steps": [{"id": "x", "type": "switch", "value": "score", "branches": [{"id": "a", "is": ["\"one\""], "steps": [{"id": "y", "type": "end"}]}]}]`, "type-mismatch"},
		"no such script":             {`"steps": [{"id": "x", "type": "script", "script": "nothing"}]`, "unknown-engine"},
		"no such engine":             {`"steps": [{"id": "x", "type": "call", "call": "assign.nothing"}]`, "unknown-engine"},
		"an engine as somebody":      {`"settings": {"runAs": "trigger_user"}, "steps": [{"id": "x", "type": "call", "call": "assign.pick"}]`, "bad-step"},
		"no such process":            {`"steps": [{"id": "x", "type": "approval", "process": "nothing"}]`, "unknown-process"},
		"a process of other records": {`"steps": [{"id": "x", "type": "approval", "process": "discount"}]`, "type-mismatch"},
		"an unnamed user":            {`"settings": {"runAs": "user:"}, "steps": [{"id": "x", "type": "end"}]`, "bad-value"},
		"an unheard event":           {`"steps": [{"id": "x", "type": "emit", "event": "nothing"}]`, "unheard-event"},
		"a kind of trigger":          {`"trigger": {"type": "approval", "object": "lead", "on": ["decided"]}, "steps": [{"id": "x", "type": "end"}]`, "bad-flow"},
	} {
		p := o.propose(leads(map[string]string{"bad": flowText(x.flow)}))
		var codes []string
		for _, f := range p.Findings {
			codes = append(codes, f.Code)
		}
		if !strings.Contains(strings.Join(codes, " "), x.code) {
			t.Errorf("%s: %v", name, p.Findings)
		}
	}
}

// flowText is a flow about new leads, unless its text says otherwise.
func flowText(rest string) string {
	if !strings.HasPrefix(rest, `"trigger"`) {
		rest = `"trigger": {"type": "record", "object": "lead", "on": ["create"]}, ` + rest
	}
	return `{"key": "bad", ` + rest + `}`
}

// TestRedCasesHoldBack: a case that an approval or a flow carries and that fails keeps the package from
// being published, with its name and what is different; when it holds again, the package is published.
func TestRedCasesHoldBack(t *testing.T) {
	o := newOffice(t)
	flow := func(want string) map[string]string {
		return leads(map[string]string{"mark": `{"key": "mark", "trigger": {"type": "record", "object": "lead", "on": ["create"]}, "steps": [{"id": "x", "type": "update", "set": {"note": "\"seen\""}}],
			"tests": [{"name": "leads are seen", "when": [{"create": "lead", "key": "l", "values": {"name": "L"}}], "then": {"records": {"l": {"note": "` + want + `"}}}}]}`})
	}
	p := o.propose(flow("left"))
	if got := fmt.Sprint(p.Findings); !p.Findings.HasErrors() || !strings.Contains(got, "case-failed") || !strings.Contains(got, `the case "leads are seen" fails: note of l: got "seen", want "left"`) {
		t.Fatalf("planned: %s", got)
	}
	p.Findings = nil // who takes the findings out of a plan applies nothing
	before := o.in.publish.Tenant.Catalog().Revision
	if _, err := o.in.publish.Apply(o.as("root"), p, publish.ApplyOptions{Author: "test"}); err == nil {
		t.Error("a red package was published")
	}
	if o.in.publish.Tenant.Catalog().Revision != before || o.in.publish.Tenant.Catalog().Flow("mark") != nil {
		t.Error("something was published")
	}
	o.publish(flow("seen"))
	id := o.lead("root", `score: 1`)
	o.settle()
	if o.field(id, "note") != "seen" {
		t.Error("the flow that holds does not run")
	}
	approval := discountWith(t, `"flow":`, `"tests": [{"name": "small ones go to the boss", "as": {"roles": ["sales"]}, "when": [{"create": "deal", "key": "d", "values": {"name": "D", "reason": "r", "amount": 10, "discount": "0.15"}}, {"submit": "discount", "record": "d", "as": {"user": "ann"}}],
		"then": {"approval": {"record": "d", "waits": {"boss": ["cat"]}}}}], "flow":`)
	if got := fmt.Sprint(o.propose(map[string]string{"approvals/discount.json": approval}).Findings); !strings.Contains(got, `the case "small ones go to the boss" fails`) {
		t.Errorf("the approval: %s", got)
	}
	o.publish(map[string]string{"approvals/discount.json": strings.Replace(approval, `["cat"]`, `["bob"]`, 1)})
}
