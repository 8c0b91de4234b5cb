package main

import (
	"fmt"
	"testing"
	"time"
)

// segmented are files in which leads that are hot, worked at, or chosen by people belong together.
func segmented(when string) map[string]string {
	out := leads(map[string]string{
		"entered": `{"key": "entered", "trigger": {"type": "record", "object": "lead", "on": ["create", "update"], "changed": ["in_hot"], "when": "in_hot"}, "steps": [{"id": "x", "type": "update", "set": {"rating": "\"in\""}}]}`,
		"left":    `{"key": "left", "trigger": {"type": "record", "object": "lead", "on": ["update"], "changed": ["in_hot"], "when": "NOT in_hot"}, "steps": [{"id": "x", "type": "update", "set": {"rating": "\"out\""}}]}`})
	out["objects/lead/object.json"] = `{"name": "lead", "label": {"en": "Lead", "zh-CN": "Lead"}, "pluralLabel": {"en": "Leads", "zh-CN": "Leads"}, "sharing": "private", "features": ["history"], "fields": [
		{"name": "name", "type": "text", "label": {"en": "Name", "zh-CN": "Name"}, "maxLength": 80}, {"name": "score", "type": "int", "label": {"en": "Score", "zh-CN": "Score"}},
		{"name": "rating", "type": "text", "label": {"en": "Rating", "zh-CN": "Rating"}, "maxLength": 40}, {"name": "note", "type": "text", "label": {"en": "Note", "zh-CN": "Note"}, "maxLength": 200},
		{"name": "due", "type": "datetime", "label": {"en": "Due", "zh-CN": "Due"}},
		{"name": "work", "type": "rollup", "label": {"en": "Work", "zh-CN": "Work"}, "from": "chore.lead_id", "function": "count"},
		{"name": "in_hot", "type": "bool", "label": {"en": "Hot", "zh-CN": "Hot"}, "readOnly": true}, {"name": "in_busy", "type": "bool", "label": {"en": "Busy", "zh-CN": "Busy"}, "readOnly": true},
		{"name": "chosen", "type": "bool", "label": {"en": "Chosen", "zh-CN": "Chosen"}}]}`
	out["segments/hot.json"] = fmt.Sprintf(`{"name": "hot", "label": {"en": "Hot leads", "zh-CN": "热门线索"}, "object": "lead", "field": "in_hot", "when": %q, "refresh": "03:00"}`, when)
	out["segments/busy.json"] = `{"name": "busy", "label": {"en": "Busy", "zh-CN": "忙碌"}, "object": "lead", "field": "in_busy", "when": "work >= 2"}`
	out["segments/chosen.json"] = `{"name": "chosen", "label": {"en": "Chosen", "zh-CN": "已选"}, "object": "lead", "field": "chosen"}`
	return out
}

// members are the names of the leads of which a field says that they belong.
func (o *office) members(field string) string {
	o.t.Helper()
	var out []string
	for _, n := range dig(o.must("root", `{ leads(filter: {%s: {eq: true}}, orderBy: [{name: ASC}], first: 100) { nodes { name } } }`, field), "leads", "nodes").([]any) {
		out = append(out, fmt.Sprint(dig(n, "name")))
	}
	return fmt.Sprint(out)
}

// TestSegments: who belongs follows what is written of a record and of others, in the same transaction, and
// time once a day; a new condition counts for those that are there; entering and leaving start flows.
func TestSegments(t *testing.T) {
	o := newOffice(t)
	o.publish(segmented("score >= 80 OR due < NOW()"))
	make := func(name, more string) string {
		d := o.must("root", `mutation { createLead(input: {name: %q, %s}) { lead { id } } }`, name, more)
		return dig(d, "createLead", "lead", "id").(string)
	}
	a, b := make("a", `score: 90`), make("b", `score: 10`)
	make("c", `score: 1, due: "2026-03-04T00:00:00Z"`)
	if got := o.members("inHot"); got != "[a]" {
		t.Errorf("hot are %s", got)
	}
	o.settle()
	if got := o.field(a, "rating"); got != "in" || o.field(b, "rating") != nil {
		t.Errorf("entered: %v", got)
	}
	o.must("root", `mutation { updateLead(id: %q, patch: {score: 5}) { lead { id } } }`, a)
	o.must("root", `mutation { updateLead(id: %q, patch: {score: 80}) { lead { id } } }`, b)
	o.settle()
	if got := o.members("inHot"); got != "[b]" || o.field(a, "rating") != "out" || o.field(b, "rating") != "in" {
		t.Errorf("hot are %s, %v, %v", got, o.field(a, "rating"), o.field(b, "rating"))
	}
	for range 2 { // what is computed from others
		o.must("root", `mutation { createChore(input: {title: "c", leadId: %q}) { chore { id } } }`, a)
	}
	if got := o.members("inBusy"); got != "[a]" {
		t.Errorf("busy are %s", got)
	}
	if x := o.do("root", `mutation { updateLead(id: %q, patch: {inHot: true}) { lead { id } } }`, a); x.code() == "" {
		t.Error("somebody writes who belongs")
	}
	o.must("root", `mutation { updateLead(id: %q, patch: {chosen: true}) { lead { id } } }`, a)
	if got := o.members("chosen"); got != "[a]" {
		t.Errorf("chosen are %s", got)
	}
	o.after(72 * time.Hour) // only time has changed
	if got := o.members("inHot"); got != "[b c]" {
		t.Errorf("after some days hot are %s", got)
	}
	if d := o.must("root", `{ segments { name object field when members } hot: previewSegment(segment: "hot") all: previewSegment(segment: "hot", when: "score > 0") }`); fmt.Sprint(dig(d, "hot"), dig(d, "all"), dig(d, "segments", 2, "members")) != "2 3 2" {
		t.Errorf("the segments: %v", d)
	}
	for _, q := range []string{`previewSegment(segment: "hot", when: "score +")`, `previewSegment(segment: "none")`, `previewSegment(segment: "chosen")`} {
		if x := o.do("root", `{ %s }`, q); x.code() == "" {
			t.Errorf("%s: %s", q, x.raw)
		}
	}
	if x := o.do("ann", `{ segments { name } }`); x.code() != "FORBIDDEN" {
		t.Errorf("others see %s", x.raw)
	}
	o.publish(segmented("score < 10"))
	o.settle()
	if got := o.members("inHot"); got != "[a c]" {
		t.Errorf("by the new condition hot are %s", got)
	}
	o.must("root", `mutation { refreshSegment(segment: "hot") { members } }`)
	if x := o.do("root", `mutation { refreshSegment(segment: "chosen") { members } }`); x.code() != "INVALID_INPUT" {
		t.Errorf("people say so: %s", x.raw)
	}
	o.settle()
	if n, err := o.in.groups.Drain(t.Context()); n != 0 || err != nil {
		t.Errorf("%d jobs go on, %v", n, err)
	}
}

// TestSegmentPages: all records are looked at, however many there are.
func TestSegmentPages(t *testing.T) {
	o := newOffice(t)
	o.publish(segmented("score > 1000"))
	for range 9 {
		o.must("root", `mutation { createLeads(inputs: [%s]) { lead { id } } }`, many(50))
	}
	o.publish(segmented("score = 7"))
	o.settle()
	if d := o.must("root", `{ previewSegment(segment: "hot") segments { members } }`); fmt.Sprint(dig(d, "previewSegment"), dig(d, "segments", 2, "members")) != "450 450" {
		t.Errorf("they are %v", d)
	}
}

func many(n int) (out string) {
	for range n {
		out += `{name: "m", score: 7}, `
	}
	return out
}
