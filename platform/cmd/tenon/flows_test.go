package main

import (
	"net/http"
	"regexp"
	"testing"
)

// english are texts of which the other language says the same.
var english = regexp.MustCompile(`\{"en": "([^"]*)"\}`)

// leads are files that add leads, jobs about them, and their automations to the office.
func leads(flows map[string]string) map[string]string {
	out := map[string]string{
		"objects/lead/object.json": `{"name": "lead", "label": {"en": "Lead"}, "pluralLabel": {"en": "Leads"}, "sharing": "private", "features": ["history"], "fields": [
			{"name": "name", "type": "text", "label": {"en": "Name"}, "maxLength": 80},
			{"name": "score", "type": "int", "label": {"en": "Score"}},
			{"name": "rating", "type": "text", "label": {"en": "Rating"}, "maxLength": 40},
			{"name": "note", "type": "text", "label": {"en": "Note"}, "maxLength": 200},
			{"name": "due", "type": "datetime", "label": {"en": "Due"}}],
			"rules": [{"name": "no_poison", "when": "note == \"poison\"", "message": {"en": "poison"}}]}`,
		"objects/chore/object.json": `{"name": "chore", "label": {"en": "Chore"}, "pluralLabel": {"en": "Chores"}, "sharing": "private", "fields": [
			{"name": "title", "type": "text", "label": {"en": "Title"}, "maxLength": 80},
			{"name": "lead_id", "type": "lookup", "to": "lead", "label": {"en": "Lead"}},
			{"name": "state", "type": "text", "label": {"en": "State"}, "maxLength": 40},
			{"name": "rank", "type": "int", "label": {"en": "Rank"}}]}`,
	}
	for key, text := range flows {
		out["flows/"+key+".json"] = text
	}
	for name, text := range out {
		out[name] = english.ReplaceAllString(text, `{"en": "$1", "zh-CN": "$1"}`)
	}
	return out
}

// settle lets everything run that is due, automations too.
func (o *office) settle() {
	o.t.Helper()
	if r := o.in.drain(o.as("root"), nil); r.Status != http.StatusOK {
		o.t.Fatalf("drain: %s", r.Body)
	}
}

// lead makes a lead.
func (o *office) lead(who, values string) string {
	o.t.Helper()
	d := o.must(who, `mutation { createLead(input: {name: "L", %s}) { lead { id } } }`, values)
	return d["createLead"].(map[string]any)["lead"].(map[string]any)["id"].(string)
}

// field reads a field of a lead.
func (o *office) field(id, name string) any {
	o.t.Helper()
	d := o.must("root", `{ lead(id: %q) { %s } }`, id, name)
	return d["lead"].(map[string]any)[name]
}

// TestFlowAfterCommit: a flow of a package runs after the commit of a record that it is about, knows
// what was before, and changes the record.
func TestFlowAfterCommit(t *testing.T) {
	o := newOffice(t)
	o.publish(leads(map[string]string{"hot": `{"key": "hot", "trigger": {"type": "record", "object": "lead", "on": ["create", "update"], "changed": ["score"],
		"when": "score >= 80 AND (ISNEW() OR PRIOR(score) < 80)"},
		"steps": [{"id": "mark", "type": "update", "set": {"rating": "\"hot\"", "note": "IF(prior.score = 10, \"was 10\", \"?\")"}}]}`}))
	id := o.lead("root", `score: 10`)
	o.settle()
	if got := o.field(id, "rating"); got != nil {
		t.Fatalf("a cold lead is %v", got)
	}
	o.must("root", `mutation { updateLead(id: %q, patch: {score: 90}) { lead { id } } }`, id)
	if got := o.field(id, "rating"); got != nil {
		t.Fatalf("before the run the lead is %v", got)
	}
	o.settle()
	if got, note := o.field(id, "rating"), o.field(id, "note"); got != "hot" || note != "was 10" {
		t.Fatalf("the lead is %v, %v", got, note)
	}
}
