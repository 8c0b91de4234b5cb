package main

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

// TestFlowWaits: a run waits for as long as it says, and sub-flows are waited for.
func TestFlowWaits(t *testing.T) {
	o := newOffice(t)
	o.publish(leads(map[string]string{
		"slow": `{"key": "slow", "trigger": {"type": "record", "object": "lead", "on": ["create"]},
			"steps": [{"id": "rest", "type": "wait", "for": "P3D"}, {"id": "sub", "type": "flow", "flow": "helper"}, {"id": "then", "type": "update", "set": {"note": "CONCAT(rating, \" and on\")"}}]}`,
		"helper": `{"key": "helper", "trigger": {"type": "flow", "object": "lead"}, "steps": [{"id": "rest", "type": "wait", "until": "due"}, {"id": "x", "type": "update", "set": {"rating": "\"helped\""}}]}`}))
	id := o.lead("root", `due: "2026-03-07T01:00:00Z"`)
	o.settle()
	o.clock.Advance(3*24*time.Hour - time.Second)
	o.settle()
	if got := o.statuses("helper"); got != "" {
		t.Fatalf("too early: %s", got)
	}
	o.clock.Advance(time.Second)
	o.settle()
	if got := o.statuses("helper"); got != "running" || o.field(id, "rating") != nil {
		t.Fatalf("the helper is %s", got)
	}
	o.clock.Advance(2 * 24 * time.Hour)
	o.settle()
	if got := o.field(id, "note"); got != "helped and on" || o.statuses("slow") != "succeeded" {
		t.Errorf("the lead: %v, %v", got, o.run(o.runs("slow")[0]["id"]))
	}
}

// TestFlowVersions: a run goes on with the version that it began with.
func TestFlowVersions(t *testing.T) {
	o := newOffice(t)
	text := `{"key": "slow", "trigger": {"type": "record", "object": "lead", "on": ["create"]}, "steps": [{"id": "rest", "type": "wait", "for": "P1D"}, {"id": "then", "type": "update", "set": {"note": "\"%s\""}}]}`
	o.publish(leads(map[string]string{"slow": fmt.Sprintf(text, "old")}))
	first := o.lead("root", `score: 1`)
	o.settle()
	o.publish(leads(map[string]string{"slow": fmt.Sprintf(text, "new")}))
	second := o.lead("root", `score: 1`)
	o.settle()
	o.publish(leads(nil)) // running ones go on, none is started
	third := o.lead("root", `score: 1`)
	o.clock.Advance(24 * time.Hour)
	o.settle()
	if got := fmt.Sprint(o.field(first, "note"), o.field(second, "note"), o.field(third, "note")); got != "old new <nil>" && got != "oldnew<nil>" {
		t.Errorf("the leads: %s", got)
	}
}

// TestFlowSchedule: a schedule starts one run a moment, makes up for the last that was missed, and does
// not overlap.
func TestFlowSchedule(t *testing.T) {
	o := newOffice(t)
	o.publish(leads(map[string]string{"daily": `{"key": "daily", "trigger": {"type": "schedule", "cron": "30 9 * * *"}, "steps": [
		{"id": "x", "type": "create", "object": "chore", "set": {"title": "\"day\""}}, {"id": "rest", "type": "wait", "for": "P2D"}]}`}))
	o.settle()
	if got := o.statuses("daily"); got != "" { // it is 09:00 in Shanghai
		t.Fatalf("too early: %s", got)
	}
	o.clock.Advance(30 * time.Minute)
	o.settle()
	o.settle()
	if got := o.statuses("daily"); got != "running" {
		t.Fatalf("the first: %s", got)
	}
	o.clock.Advance(24 * time.Hour)
	o.settle()
	if got := o.statuses("daily"); got != "running skipped" {
		t.Errorf("the second: %s", got)
	}
	o.clock.Advance(5 * 24 * time.Hour)
	o.settle()
	if got := o.statuses("daily"); !strings.HasPrefix(got, "succeeded skipped ") || len(o.runs("daily")) != 3 {
		t.Errorf("after five days away: %s", got)
	}
}

// TestFlowDates: each record has one timer, which moves with its field and goes with the record.
func TestFlowDates(t *testing.T) {
	o := newOffice(t)
	o.publish(leads(nil))
	before := o.lead("root", `due: "2026-03-10T04:00:00Z"`)
	o.publish(leads(map[string]string{"remind": `{"key": "remind", "trigger": {"type": "date", "object": "lead", "field": "due", "offset": "-P3D", "at": "09:00", "when": "score >= 0 OR ISBLANK(score)"},
		"steps": [{"id": "x", "type": "update", "set": {"note": "\"reminded\""}}]}`}))
	o.settle()
	moved, gone, cold := o.lead("root", `due: "2026-03-10T04:00:00Z"`), o.lead("root", `due: "2026-03-10T04:00:00Z"`), o.lead("root", `due: "2026-03-10T04:00:00Z"`)
	o.must("root", `mutation { updateLead(id: %q, patch: {due: "2026-03-12T04:00:00Z"}) { lead { id } } }`, moved)
	o.must("root", `mutation { updateLead(id: %q, patch: {score: -1}) { lead { id } } }`, cold)
	o.must("root", `mutation { deleteLead(id: %q) { lead { id } } }`, gone)
	o.clock.Set(time.Date(2026, 3, 7, 0, 59, 59, 0, time.UTC))
	o.settle()
	if got := o.statuses("remind"); got != "" {
		t.Fatalf("too early: %s", got)
	}
	o.clock.Set(time.Date(2026, 3, 7, 1, 0, 0, 0, time.UTC)) // 09:00 in Shanghai
	o.settle()
	if got := fmt.Sprint(o.field(before, "note"), " ", o.field(moved, "note"), " ", o.field(cold, "note")); got != "reminded <nil> <nil>" || o.statuses("remind") != "succeeded" {
		t.Errorf("the leads: %s, runs %s", got, o.statuses("remind"))
	}
	o.clock.Set(time.Date(2026, 3, 9, 1, 0, 0, 0, time.UTC))
	o.settle()
	if o.field(moved, "note") != "reminded" {
		t.Error("the one that moved was not reminded")
	}
	o.lead("root", `due: "2026-03-05T04:00:00Z"`) // long past
	o.settle()
	if got := o.statuses("remind"); got != "succeeded succeeded skipped" {
		t.Errorf("the runs: %s", got)
	}
	remind := `{"key": "remind", "label": {"en": "Anew", "zh-CN": "重发布"}, "trigger": {"type": "date", "object": "lead", "field": "due", "offset": "-P3D", "at": "09:00", "when": "score >= 0 OR ISBLANK(score)"},
		"steps": [{"id": "x", "type": "update", "set": {"note": "\"again\""}}]}`
	o.publish(leads(map[string]string{"remind": remind})) // looks at all leads once more
	o.settle()
	if got := o.field(moved, "note"); got != "reminded" || strings.Count(o.statuses("remind"), "succeeded") != 2 {
		t.Errorf("published anew: %v, runs %s", got, o.statuses("remind"))
	}
}

// TestFlowButton: who may change the record, and nobody else, starts the flow on it, and sees how the own
// run ended and no more.
func TestFlowButton(t *testing.T) {
	o := newOffice(t)
	files := leads(map[string]string{"press": `{"key": "press", "trigger": {"type": "button", "object": "lead", "when": "score > 0"}, "steps": [{"id": "x", "type": "update", "set": {"rating": "\"pressed\""}}]}`})
	files["permissions/leads.json"] = `{"name": "leads", "label": {"en": "Leads", "zh-CN": "线索"}, "objects": {"lead": {"allow": ["read", "create", "update"]}}}`
	files["roles/sales.json"] = `{"name": "sales", "label": {"en": "Sales", "zh-CN": "销售"}, "permissions": ["sell", "leads"]}`
	o.publish(files)
	own, other := o.lead("ann", `score: 1`), o.lead("root", `score: 1`)
	press := `mutation { runFlow(flow: "press", record: %q, idempotencyKey: "k") { id status trace { verb } vars cause } }`
	if a := o.do("ann", press, other); a.code() != "NOT_FOUND" {
		t.Errorf("on a record that one does not see: %s", a.raw)
	}
	first := o.must("ann", press, own)
	if again := o.must("ann", press, own); dig(again, "runFlow", "id") != dig(first, "runFlow", "id") {
		t.Errorf("repeated: %v, %v", first, again)
	}
	o.settle()
	id := dig(first, "runFlow", "id")
	seen := o.must("ann", `{ flowRun(id: %q) { status trace { verb } vars cause } flowRuns(record: %q) { nodes { id } } }`, id, own)
	if dig(seen, "flowRun", "status") != "succeeded" || dig(seen, "flowRun", "trace") != nil || dig(seen, "flowRun", "cause") != nil || len(dig(seen, "flowRuns", "nodes").([]any)) != 1 {
		t.Errorf("the own run: %v", seen)
	}
	if a := o.do("bob", `{ flowRun(id: %q) { status } flowRuns(record: %q) { nodes { id } } }`, id, own); dig(a.Data, "flowRun") != nil || len(dig(a.Data, "flowRuns", "nodes").([]any)) != 0 {
		t.Errorf("somebody else: %s", a.raw)
	}
	if a := o.do("ann", `mutation { cancelFlowRun(run: %q, reason: "no") { id } }`, id); a.code() != "FORBIDDEN" {
		t.Errorf("the own run, ended: %s", a.raw)
	}
	if status, out, _ := o.plain("ann", http.MethodPost, "/api/flows/press/run", fmt.Sprintf(`{"record": %q}`, o.lead("ann", `score: 0`)), nil); status != http.StatusUnprocessableEntity {
		t.Errorf("a record that does not meet the condition: %d %v", status, out)
	}
	if a := o.do("ann", `mutation { simulateFlow(flow: "press", record: %q) { status } }`, own); a.code() != "FORBIDDEN" {
		t.Errorf("simulated by somebody: %s", a.raw)
	}
}

// TestFlowOrdering: runs about one record come one after the other, in the order of the writes; those
// about others do not wait.
func TestFlowOrdering(t *testing.T) {
	o := newOffice(t)
	o.publish(leads(map[string]string{"log": `{"key": "log", "trigger": {"type": "record", "object": "lead", "on": ["update"], "changed": ["score"]}, "settings": {"ordering": "per_record"}, "vars": {"seen": "int"},
		"steps": [{"id": "keep", "type": "set", "set": {"seen": "COALESCE(prior.score, 0)"}}, {"id": "rest", "type": "wait", "for": "PT1H"}, {"id": "x", "type": "create", "object": "chore", "set": {"title": "name", "rank": "vars.seen"}}]}`}))
	one, two := o.lead("root", `score: 1`), o.lead("root", `score: 1`)
	for i := range 3 {
		o.must("root", `mutation { updateLead(id: %q, patch: {score: %d}) { lead { id } } }`, one, 2+i)
	}
	o.must("root", `mutation { updateLead(id: %q, patch: {score: 5}) { lead { id } } }`, two)
	o.settle()
	if got := o.statuses("log"); got != "running running queued queued" {
		t.Fatalf("the runs: %s", got)
	}
	for n, want := range []string{"succeeded succeeded running queued", "succeeded succeeded succeeded running", "succeeded succeeded succeeded succeeded"} {
		o.clock.Advance(time.Hour)
		o.settle()
		if got := o.statuses("log"); got != want {
			t.Errorf("after %d hours: %s, want %s", n+1, got, want)
		}
	}
	ranks := fmt.Sprint(o.must("root", `{ chores(orderBy: [{createdAt: ASC}, {rank: ASC}]) { nodes { rank } } }`))
	if want := "[map[rank:1] map[rank:1] map[rank:2] map[rank:3]]"; !strings.Contains(ranks, want) {
		t.Errorf("they came as %s, want %s", ranks, want)
	}
}

// TestFlowSimulate: what a flow would do is told at once, waits and all, and nothing of it stays.
func TestFlowSimulate(t *testing.T) {
	o := newOffice(t)
	o.publish(leads(map[string]string{
		"slow": `{"key": "slow", "trigger": {"type": "record", "object": "lead", "on": ["update"]},
			"steps": [{"id": "rest", "type": "wait", "for": "P30D"}, {"id": "x", "type": "create", "object": "chore", "set": {"title": "name"}}, {"id": "y", "type": "update", "set": {"note": "\"poison\""}}]}`}))
	id := o.lead("root", `score: 1`)
	d := o.must("root", `mutation { simulateFlow(flow: "slow", record: %q) { status incident { code step } trace { verb step } } }`, id)
	if dig(d, "simulateFlow", "incident", "step") != "y" {
		t.Errorf("it would: %v", d)
	}
	o.settle()
	if o.chores() != "" || o.statuses("slow") != "" || o.field(id, "note") != nil {
		t.Errorf("something stays: %s %s", o.chores(), o.statuses("slow"))
	}
}

// TestFlowTimeout: a run that takes too long is ended, and counts anew when somebody takes it up again.
func TestFlowTimeout(t *testing.T) {
	o := newOffice(t)
	o.publish(leads(map[string]string{"long": `{"key": "long", "trigger": {"type": "record", "object": "lead", "on": ["create"]}, "settings": {"runTimeout": "P1D"},
		"steps": [{"id": "x", "type": "update", "set": {"note": "IF(score = 1, \"poison\", \"fine\")"}}, {"id": "rest", "type": "wait", "for": "P2D"}]}`}))
	id := o.lead("root", `score: 1`)
	o.settle()
	o.must("root", `mutation { updateLead(id: %q, patch: {score: 2}) { lead { id } } }`, id)
	o.clock.Advance(5 * 24 * time.Hour)
	o.settle()
	run := o.runs("long")[0]
	if dig(run, "incident", "code") != "VALIDATION_FAILED" {
		t.Fatalf("the run: %v", run)
	}
	o.must("root", `mutation { retryFlowRun(run: %q, reason: "mended") { id } }`, run["id"])
	o.settle()
	if got := o.run(run["id"]); got["status"] != "running" {
		t.Errorf("taken up: %v", got)
	}
	o.clock.Advance(24 * time.Hour)
	o.settle()
	if got := o.run(run["id"]); got["status"] != "failed" || dig(got, "incident", "code") != "RUN_TIMEOUT" {
		t.Errorf("after a day: %v", got)
	}
}
