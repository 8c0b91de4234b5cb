package main

import (
	"fmt"
	"strings"
	"testing"
)

// large is a text of more bytes than a run keeps.
var large = strings.Repeat("x", 300_000)

// TestFlowPayload: what a step gives, a variable holds or a run is given is at most 256 KB. The step or the run that
// would have more tells so; what a step did is undone.
func TestFlowPayload(t *testing.T) {
	o := newOffice(t)
	files := leads(nil)
	files["scripts/big.json"] = `{"name": "big", "label": {"en": "Big", "zh-CN": "大"}, "input": [{"name": "n", "type": "int"}], "output": [{"name": "text", "type": "text"}]}`
	files["scripts/big.js"] = `function main({n}) { return {text: 'x'.repeat(n)} }`
	files["objects/lead/object.json"] = strings.Replace(files["objects/lead/object.json"], `{"name": "due"`, `{"name": "story", "type": "longtext", "label": {"en": "Story", "zh-CN": "经过"}}, {"name": "due"`, 1)
	for key, text := range map[string]string{
		"scripted": `{"key": "scripted", "trigger": {"type": "button", "object": "lead"}, "steps": [{"id": "made", "type": "create", "object": "chore", "set": {"title": "\"kept\""}}, {"id": "big", "type": "script", "script": "big", "with": {"n": "score"}}]}`,
		"doubled": `{"key": "doubled", "trigger": {"type": "button", "object": "lead"}, "vars": {"t": "text"}, "steps": [{"id": "first", "type": "set", "set": {"t": "\"0123456789abcdef\""}},
			{"id": "them", "type": "query", "object": "chore", "limit": 20}, {"id": "each", "type": "loop", "in": "them", "do": [{"id": "twice", "type": "set", "set": {"t": "CONCAT(vars.t, vars.t)"}}]}]}`,
		"told":   `{"key": "told", "trigger": {"type": "event", "event": "spoken", "data": {"what": "text"}}, "steps": [{"id": "x", "type": "end"}]}`,
		"change": `{"key": "change", "trigger": {"type": "record", "object": "lead", "on": ["update"], "changed": ["story"]}, "steps": [{"id": "x", "type": "end"}]}`,
	} {
		files["flows/"+key+".json"] = text
	}
	o.publish(files)
	o.many(20, 0)
	press := func(flow, lead string) map[string]any {
		t.Helper()
		id := dig(o.must("root", `mutation { runFlow(flow: %q, record: %q) { id } }`, flow, lead), "runFlow", "id")
		o.settle()
		return o.run(id)
	}
	incident := func(r map[string]any) string {
		return fmt.Sprint(r["status"], " ", dig(r, "incident", "code"), " ", dig(r, "incident", "step"))
	}
	lead := o.lead("root", "score: 262000")
	o.settle()
	if !raced() { // the race detector's shadow is more than workers may have
		if got := press("scripted", lead); got["status"] != "succeeded" {
			t.Errorf("a script that gives nearly as much: %v", got)
		}
		o.must("root", `mutation { updateLead(id: %q, patch: {score: 262150}) { lead { id } } }`, lead)
		if got := incident(press("scripted", lead)); got != "failed PAYLOAD_TOO_LARGE big" {
			t.Errorf("a script that gives more: %s", got)
		}
	}
	doubled := press("doubled", lead)
	if got := incident(doubled); got != "failed PAYLOAD_TOO_LARGE twice" || len(dig(doubled, "vars", "t").(string)) != 1<<17 {
		t.Errorf("a variable that grows: %s", got)
	}
	for locale, want := range map[string]string{"en": "at most 256 KB", "zh-CN": "最多 256 KB"} {
		if d := o.read(locale, `{ flowRun(id: %q) { incident { message } } }`, doubled["id"]); !strings.Contains(fmt.Sprint(d), want) {
			t.Errorf("in %s: %v", locale, d)
		}
	}
	publish := `mutation($w: JSON) { publishEvent(event: "spoken", data: $w) { runs } }`
	if a := o.ask("root", publish, map[string]any{"w": map[string]any{"what": large}}); a.code() != "LIMIT_EXCEEDED" {
		t.Errorf("an event that tells more: %.300s", a.raw)
	}
	if a := o.ask("root", publish, map[string]any{"w": map[string]any{"what": large[:200_000]}}); a.code() != "" {
		t.Errorf("an event that tells less: %.300s", a.raw)
	}
	o.settle()
	if got := o.statuses("told"); got != "succeeded" {
		t.Errorf("the runs of the event: %s", got)
	}
	story := `mutation($id: ID!, $s: String) { updateLead(id: $id, patch: {story: $s}) { lead { id } } }`
	for _, s := range []string{strings.Repeat("经", 100_000), "short"} { // the write is no less; its second run would have to know the first text
		if a := o.ask("root", story, map[string]any{"id": lead, "s": s}); a.code() != "" {
			t.Fatal(a.raw)
		}
		o.settle()
	}
	if changes := o.runs("change"); len(changes) != 2 || changes[0]["status"] != "succeeded" || incident(changes[1]) != "failed PAYLOAD_TOO_LARGE <nil>" {
		t.Errorf("runs of changes: %v", changes)
	}
	o.consistent()
}

// TestFlowTrace: a run whose trace has ten thousand lines goes no further.
func TestFlowTrace(t *testing.T) {
	o := newOffice(t)
	o.publish(leads(map[string]string{"long": `{"key": "long", "trigger": {"type": "button", "object": "lead"}, "settings": {"maxSteps": 10000}, "steps": [{"id": "them", "type": "query", "object": "chore", "limit": 100},
		{"id": "outer", "type": "loop", "in": "them", "do": [{"id": "inner", "type": "loop", "in": "them", "do": [{"id": "any", "type": "condition", "branches": [{"id": "yes", "when": "1 = 1", "steps": []}]}]}]}]}`}))
	o.many(100, 0)
	id := dig(o.must("root", `mutation { runFlow(flow: "long", record: %q) { id } }`, o.lead("root", "score: 1")), "runFlow", "id")
	o.settle()
	r := o.run(id)
	trace := r["trace"].([]any)
	if n := len(trace); r["status"] != "failed" || dig(r, "incident", "code") != "TRACE_TOO_LONG" || n < 10_000 || n > 10_010 || dig(trace[n-1], "verb") != "run.failed" {
		t.Errorf("the run is %v, %v, after %d lines", r["status"], r["incident"], n)
	}
}
