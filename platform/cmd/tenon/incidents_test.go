package main

import (
	"strings"
	"testing"
)

// read is what an operation gives an administrator who reads a language.
func (o *office) read(locale, query string, args ...any) map[string]any {
	o.t.Helper()
	was := o.locale
	o.locale = locale
	defer func() { o.locale = was }()
	return o.must("root", query, args...)
}

// TestIncidentsInBothLanguages: what stopped a run or an approval, and what its trace or audit says of it, everybody
// reads in the own language, whoever caused it.
func TestIncidentsInBothLanguages(t *testing.T) {
	o := newOffice(t)
	add := leads(map[string]string{
		"frail": `{"key": "frail", "trigger": {"type": "record", "object": "lead", "on": ["create"]}, "steps": [
			{"id": "two", "type": "update", "when": "score = 1", "set": {"note": "\"poison\""}},
			{"id": "three", "type": "condition", "branches": [{"id": "yes", "when": "rating = note", "steps": []}]}]}`})
	add["approvals/unclear.json"] = `{"key": "unclear", "object": "deal", "label": {"en": "Unclear", "zh-CN": "不明"},
		"flow": [{"id": "boss", "kind": "approve", "when": "discount > 0.1", "participants": [{"type": "users", "ids": ["bob"]}]}]}`
	add["objects/lead/object.json"] = strings.Replace(add["objects/lead/object.json"], `"message": {"en": "poison", "zh-CN": "poison"}`, `"message": {"en": "poison", "zh-CN": "有毒"}`, 1)
	o.publish(add)
	for _, c := range []struct{ values, code, en, zh string }{
		{"score: 1", "VALIDATION_FAILED", "poison", "有毒"},
		{"score: 2", "CONDITION_ERROR", "the condition can be decided neither way", "条件无法判定"},
	} {
		o.lead("root", c.values)
		o.settle()
		runs := o.runs("frail")
		run := runs[len(runs)-1]["id"]
		for locale, want := range map[string]string{"en": c.en, "zh-CN": c.zh} {
			d := o.read(locale, `{ flowRun(id: %q) { reason incident { code message } trace { verb message } } }`, run)
			if dig(d, "flowRun", "incident", "code") != c.code || dig(d, "flowRun", "incident", "message") != want || dig(d, "flowRun", "reason") != want {
				t.Errorf("%s in %s: %v", c.values, locale, d)
			}
			failed := 0
			for _, line := range dig(d, "flowRun", "trace").([]any) {
				if verb := dig(line, "verb"); verb == "step.failed" || verb == "run.failed" {
					failed++
					if dig(line, "message") != want {
						t.Errorf("the trace in %s: %v", locale, line)
					}
				}
			}
			if failed != 2 {
				t.Errorf("%d lines tell of it in %v", failed, d)
			}
		}
	}
	a := o.submit("ann", "unclear", o.deal("ann", `discount: null`))
	for locale, want := range map[string]string{
		"en":    "the condition is neither true nor false: it compares with an empty value",
		"zh-CN": "条件既非真也非假：比较中含有空值",
	} {
		d := o.read(locale, `{ instance(id: %q) { incidents { code detail } } audit(instance: %q) { valid entries { verb reason data } } }`, a, a)
		if dig(d, "instance", "incidents", 0, "code") != "CONDITION_ERROR" || dig(d, "instance", "incidents", 0, "detail") != want {
			t.Errorf("in %s: %v", locale, d)
		}
		entries := dig(d, "audit", "entries").([]any)
		last := entries[len(entries)-1]
		if dig(d, "audit", "valid") != true || dig(last, "verb") != "incident.opened" || dig(last, "reason") != want || dig(last, "data", "detail") != want {
			t.Errorf("the audit in %s: %v", locale, d)
		}
	}
}

// TestSimulationInBothLanguages: so is what a simulation finds.
func TestSimulationInBothLanguages(t *testing.T) {
	o := newOffice(t)
	o.publish(leads(map[string]string{"wrong": `{"key": "wrong", "errors": [{"code": "NOT_SO", "message": {"en": "not so", "zh-CN": "不行"}}], "trigger": {"type": "button", "object": "lead"}, "steps": [
		{"id": "no", "type": "raise", "error": "NOT_SO"}]}`}))
	id := o.lead("root", "score: 1")
	for locale, want := range map[string]string{"en": "not so", "zh-CN": "不行"} {
		d := o.read(locale, `mutation { simulateFlow(flow: "wrong", record: %q) { status reason incident { code message } } }`, id)
		if dig(d, "simulateFlow", "incident", "code") != "NOT_SO" || dig(d, "simulateFlow", "incident", "message") != want || dig(d, "simulateFlow", "reason") != want {
			t.Errorf("in %s: %v", locale, d)
		}
	}
}
