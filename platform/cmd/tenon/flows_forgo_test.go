package main

import (
	"testing"
	"time"
)

// asks are flows that wait for an approval, alone or in the rounds of a loop beside a branch that fails.
var asks = map[string]string{
	"ask": approving["ask"],
	"each": `{"key": "each", "errors": [{"code": "NO", "message": {"en": "No.", "zh-CN": "不行。"}}], "trigger": {"type": "button", "object": "deal"}, "steps": [
		{"id": "all", "type": "query", "object": "deal", "where": "discount > 0.1", "limit": 10},
		{"id": "loop", "type": "loop", "in": "all", "onItemError": "continue", "do": [
			{"id": "both", "type": "parallel", "branches": [
				{"id": "a", "steps": [{"id": "asked", "type": "approval", "process": "discount", "record": "loop.id"}]},
				{"id": "b", "steps": [{"id": "rest", "type": "wait", "for": "PT1H"}, {"id": "no", "type": "raise", "error": "NO"}]}]}]}]}`}

// TestFlowForgoes: an approval that a run waits for ends with the round of the loop, and with the run, that it was
// started for: nobody is asked for nothing, and the record is free.
func TestFlowForgoes(t *testing.T) {
	o := newOffice(t)
	o.publish(leads(asks))
	deal := o.deal("ann", `discount: "0.15"`)
	o.must("ann", `mutation { runFlow(flow: "each", record: %q) { id } }`, deal)
	o.settle()
	round := o.approval(deal)
	if o.status(round) != "running" || o.task("bob", round) == "" {
		t.Fatalf("the round asks nobody: %s", o.status(round))
	}
	o.clock.Advance(61 * time.Minute) // the other branch fails, and the round is given up
	o.settle()
	if got := o.statuses("each"); got != "succeeded" {
		t.Fatalf("the run: %s, %v", got, o.run(o.runs("each")[0]["id"]))
	}
	o.ended(round, deal)

	run := dig(o.must("ann", `mutation { runFlow(flow: "ask", record: %q) { id } }`, deal), "runFlow", "id")
	o.settle()
	alone := o.approval(deal)
	if alone == round || o.status(alone) != "running" {
		t.Fatalf("the second run asks nobody: %s", o.status(alone))
	}
	o.must("root", `mutation { cancelFlowRun(run: %q, reason: "no longer") { id } }`, run)
	o.settle()
	o.ended(alone, deal)
}

// approval is the youngest one of a record.
func (o *office) approval(record string) string {
	o.t.Helper()
	id, _ := dig(o.must("root", `{ approvals(record: %q) { id } }`, record), "approvals", 0, "id").(string)
	return id
}

// ended holds an approval to being over because nobody waits for it, and its record to being free.
func (o *office) ended(instance, record string) {
	o.t.Helper()
	d := dig(o.must("root", `{ instance(id: %q) { status reason locked } }`, instance), "instance")
	if dig(d, "status") != "terminated" || dig(d, "locked") != false || o.task("bob", instance) != "" {
		o.t.Errorf("the approval is %v, and bob has the task %q", d, o.task("bob", instance))
	}
	if a := o.do("ann", `mutation { updateDeal(id: %q, patch: {note: "free"}) { deal { note } } }`, record); a.code() != "" {
		o.t.Errorf("the record is not free: %s", a.raw)
	}
	o.sound(instance)
}
