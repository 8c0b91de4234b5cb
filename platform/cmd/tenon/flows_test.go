package main

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/tenon-platform/tenon/platform/ident"
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

// runs lists the runs of a flow, oldest first.
func (o *office) runs(key string) []map[string]any {
	o.t.Helper()
	d := o.must("root", `{ flowRuns(flow: %q) { nodes { id status reason version incident { code step } trace { verb step code branch } } } }`, key)
	var out []map[string]any
	for _, n := range dig(d, "flowRuns", "nodes").([]any) {
		out = append([]map[string]any{n.(map[string]any)}, out...)
	}
	return out
}

// run is one run with its trace.
func (o *office) run(id any) map[string]any {
	o.t.Helper()
	return dig(o.must("root", `{ flowRun(id: %q) { id status reason version record vars incident { code step message } trace { verb step code branch attempt message } } }`, id), "flowRun").(map[string]any)
}

// statuses are those of the runs of a flow, oldest first.
func (o *office) statuses(key string) string {
	o.t.Helper()
	var out []string
	for _, r := range o.runs(key) {
		out = append(out, fmt.Sprint(r["status"]))
	}
	return strings.Join(out, " ")
}

// chores are the titles of all chores, in the order of their ranks.
func (o *office) chores() string {
	o.t.Helper()
	var out []string
	for _, n := range dig(o.must("root", `{ chores(orderBy: [{rank: ASC}, {title: ASC}], first: 500) { nodes { title state } } }`), "chores", "nodes").([]any) {
		c := n.(map[string]any)
		out = append(out, fmt.Sprintf("%v:%v", c["title"], c["state"]))
	}
	return strings.Join(out, " ")
}

// TestFlowSteps: creating, looking for, looping over, deciding, deleting, variables and lanes.
func TestFlowSteps(t *testing.T) {
	o := newOffice(t)
	o.publish(leads(map[string]string{"busy": `{"key": "busy", "trigger": {"type": "record", "object": "lead", "on": ["create"]}, "vars": {"sum": "int"},
		"steps": [
			{"id": "start", "type": "set", "set": {"sum": "score"}},
			{"id": "first", "type": "create", "object": "chore", "set": {"title": "CONCAT(\"call \", name)", "lead_id": "id", "rank": "vars.sum"}},
			{"id": "second", "type": "create", "object": "chore", "set": {"title": "\"write\"", "lead_id": "id", "rank": "first.rank + 1"}},
			{"id": "mine", "type": "query", "object": "chore", "match": {"lead_id": "id"}, "where": "rank > 0", "sort": "rank", "limit": 10},
			{"id": "each", "type": "loop", "in": "mine", "do": [
				{"id": "which", "type": "condition", "branches": [
					{"id": "low", "when": "each.rank <= 5", "steps": [{"id": "low_one", "type": "update", "record": "each.id", "set": {"state": "\"low\""}}]},
					{"id": "other", "steps": [{"id": "high_one", "type": "update", "record": "each.id", "set": {"state": "\"high\""}}]}]},
				{"id": "add", "type": "set", "set": {"sum": "vars.sum + each.rank"}}]},
			{"id": "both", "type": "parallel", "branches": [
				{"id": "a", "steps": [{"id": "note_a", "type": "update", "set": {"note": "\"a\""}}]},
				{"id": "b", "steps": [{"id": "rate_b", "type": "update", "set": {"rating": "IF(vars.sum = 16, \"16\", \"?\")"}}]}]},
			{"id": "gone", "type": "delete", "record": "first.id"},
			{"id": "count", "type": "query", "object": "chore", "match": {"lead_id": "id"}, "limit": 10},
			{"id": "last", "type": "update", "when": "count.count = 1", "set": {"score": "100"}},
			{"id": "never", "type": "update", "when": "count.count = 2", "set": {"score": "0"}}]}`}))
	id := o.lead("root", `score: 5`)
	o.settle()
	if got := fmt.Sprint(o.field(id, "note"), o.field(id, "rating"), o.field(id, "score")); got != "a16100" {
		t.Errorf("the lead: %s; %v", got, o.run(o.runs("busy")[0]["id"]))
	}
	if got := o.chores(); got != "write:high" {
		t.Errorf("the chores: %s", got)
	}
	r := o.run(o.runs("busy")[0]["id"])
	if r["status"] != "succeeded" || dig(r, "vars", "sum") != "16" {
		t.Errorf("the run: %v", r)
	}
}

// TestFlowBefore: in the caller's transaction a flow sets fields and refuses, in its order.
func TestFlowBefore(t *testing.T) {
	o := newOffice(t)
	o.publish(leads(map[string]string{
		"b_second": `{"key": "b_second", "trigger": {"type": "record", "object": "lead", "on": ["create", "update"], "timing": "before", "order": 2},
			"steps": [{"id": "rate", "type": "update", "when": "score > 50", "set": {"rating": "CONCAT(COALESCE(note, \"\"), \"!\")"}}]}`,
		"a_first": `{"key": "a_first", "trigger": {"type": "record", "object": "lead", "on": ["create", "update", "delete"], "timing": "before", "order": 1, "when": "score >= 0 OR score < 0"},
			"errors": [{"code": "TOO_LOW", "message": {"en": "too low", "zh-CN": "过低"}}],
			"steps": [{"id": "low", "type": "raise", "when": "score < 0", "error": "TOO_LOW"}, {"id": "say", "type": "update", "when": "score > 10", "set": {"note": "\"n\""}}]}`}))
	if a := o.do("root", `mutation { createLead(input: {name: "L", score: -1}) { lead { id } } }`); a.code() != "VALIDATION_FAILED" || a.Errors[0].Extensions["rule"] != "TOO_LOW" {
		t.Errorf("a low lead: %s", a.raw)
	}
	id := o.lead("root", `score: 60`)
	if got := o.field(id, "rating"); got != "n!" {
		t.Errorf("the lead is %v", got)
	}
	if a := o.do("root", `mutation { updateLead(id: %q, patch: {score: -5}) { lead { id } } }`, id); a.code() != "VALIDATION_FAILED" || o.field(id, "score") != 60.0 {
		t.Errorf("the change: %s", a.raw)
	}
	if got := len(o.runs("a_first")); got != 0 {
		t.Errorf("%d runs", got)
	}
}

// TestFlowNotOnRollback: a write that fails or is only tried starts nothing.
func TestFlowNotOnRollback(t *testing.T) {
	o := newOffice(t)
	o.publish(leads(map[string]string{"seen": `{"key": "seen", "trigger": {"type": "record", "object": "lead", "on": ["create"]}, "steps": [{"id": "x", "type": "create", "object": "chore", "set": {"title": "\"t\""}}]}`}))
	o.do("root", `mutation { createLeads(inputs: [{name: "ok"}, {name: "bad", note: "poison"}]) { leads { id } } }`)
	o.do("root", `mutation { createLead(input: {name: "dry"}, dryRun: true) { lead { id } } }`)
	o.settle()
	if got := o.chores(); got != "" {
		t.Errorf("chores: %s", got)
	}
	o.must("root", `mutation { createLeads(inputs: [{name: "one"}, {name: "two"}]) { lead { id } } }`)
	o.settle()
	if got := o.chores(); got != "t:<nil> t:<nil>" {
		t.Errorf("chores: %s", got)
	}
}

// TestFlowFailure: a step that is refused stops the run; an administrator tries it again, passes over
// it, or undoes what was done. Nobody else knows of the run.
func TestFlowFailure(t *testing.T) {
	o := newOffice(t)
	o.publish(leads(map[string]string{"frail": `{"key": "frail", "trigger": {"type": "record", "object": "lead", "on": ["create"]},
		"steps": [
			{"id": "one", "type": "create", "object": "chore", "set": {"title": "\"one\"", "lead_id": "id"}, "compensate": [{"id": "back", "type": "update", "record": "one.id", "set": {"state": "\"undone\""}}]},
			{"id": "two", "type": "update", "set": {"note": "IF(score = 1, \"poison\", \"fine\")"}},
			{"id": "three", "type": "create", "object": "chore", "set": {"title": "\"three\"", "lead_id": "id"}}]}`}))
	id := o.lead("root", `score: 1`)
	o.settle()
	r := o.run(o.runs("frail")[0]["id"])
	if r["status"] != "failed" || dig(r, "incident", "step") != "two" || dig(r, "incident", "code") != "VALIDATION_FAILED" {
		t.Fatalf("the run: %v", r)
	}
	if a := o.do("ann", `mutation { retryFlowRun(run: %q, reason: "why") { id } }`, r["id"]); a.code() != "NOT_FOUND" {
		t.Errorf("somebody else: %s", a.raw)
	}
	if a := o.do("ann", `{ flowRun(id: %q) { id } }`, r["id"]); dig(a.Data, "flowRun") != nil {
		t.Errorf("somebody else sees %s", a.raw)
	}
	if a := o.do("ann", `{ flowRuns { nodes { id } } }`); a.code() != "FORBIDDEN" {
		t.Errorf("somebody else sees %s", a.raw)
	}
	o.must("root", `mutation { retryFlowRun(run: %q, reason: "once more") { id } }`, r["id"])
	o.settle()
	if got := o.run(r["id"]); got["status"] != "failed" {
		t.Fatalf("tried again: %v", got)
	}
	o.must("root", `mutation { updateLead(id: %q, patch: {score: 2}) { lead { id } } }`, id)
	if status, _, _ := o.plain("root", http.MethodPost, fmt.Sprintf("/api/flows/runs/%v/retry", r["id"]), `{"reason": "mended"}`, nil); status != http.StatusOK {
		t.Fatalf("retry: %d", status)
	}
	o.settle()
	if got := o.chores(); got != "one:<nil> three:<nil>" || o.field(id, "note") != "fine" {
		t.Errorf("chores: %s, %v", got, o.run(r["id"]))
	}
	if a := o.do("root", `mutation { retryFlowRun(run: %q, reason: "again") { id } }`, r["id"]); a.code() != "INVALID_STATE" {
		t.Errorf("a run that is over: %s", a.raw)
	}
	o.must("root", `mutation { compensateFlowRun(run: %q, reason: "all wrong") { id } }`, r["id"])
	o.settle()
	if got := o.chores(); got != "one:undone three:<nil>" || o.run(r["id"])["status"] != "compensated" {
		t.Errorf("undone: %s, %v", got, o.run(r["id"]))
	}
	// Another one is passed over.
	o.lead("root", `score: 1`)
	o.settle()
	again := o.runs("frail")[1]
	o.must("root", `mutation { skipFlowStep(run: %q, reason: "no matter") { id } }`, again["id"])
	o.settle()
	if got := o.run(again["id"]); got["status"] != "succeeded" {
		t.Errorf("passed over: %v", got)
	}
}

// TestFlowRecursion: a flow that changes its own record is not run by that change; two that cause each
// other end.
func TestFlowRecursion(t *testing.T) {
	o := newOffice(t)
	up := `{"key": %q, "trigger": {"type": "record", "object": "lead", "on": ["update"]}, "settings": {"reentry": %q}, "steps": [{"id": "x", "type": "update", "set": {"score": "score + 1"}}]}`
	o.publish(leads(map[string]string{"up": fmt.Sprintf(up, "up", "skip")}))
	id := o.lead("root", `score: 0`)
	o.must("root", `mutation { updateLead(id: %q, patch: {score: 1}) { lead { id } } }`, id)
	o.settle()
	if got := o.statuses("up"); got != "succeeded skipped" || o.field(id, "score") != 2.0 {
		t.Errorf("the runs: %s, score %v", got, o.field(id, "score"))
	}
	o.publish(leads(map[string]string{"up": fmt.Sprintf(up, "up", "allow")}))
	o.must("root", `mutation { updateLead(id: %q, patch: {score: 10}) { lead { id } } }`, id)
	o.settle()
	rs := o.runs("up")
	if last := rs[len(rs)-1]; last["status"] != "failed" || dig(last, "incident", "code") != "CASCADE_DEPTH" || o.field(id, "score") != 19.0 {
		t.Errorf("the last: %v, score %v", last, o.field(id, "score"))
	}
}

// TestFlowTriggerUser: a run in the name of who caused it may do what that person may, and no more.
func TestFlowTriggerUser(t *testing.T) {
	o := newOffice(t)
	files := leads(map[string]string{"mine": `{"key": "mine", "trigger": {"type": "record", "object": "lead", "on": ["create", "update"]}, "settings": {"runAs": "trigger_user"},
		"steps": [{"id": "found", "type": "query", "object": "lead", "limit": 100}, {"id": "all", "type": "update", "in": "found", "set": {"rating": "\"seen\""}}, {"id": "x", "type": "create", "object": "chore", "set": {"title": "\"t\""}}]}`})
	files["permissions/leads.json"] = `{"name": "leads", "label": {"en": "Leads", "zh-CN": "线索"}, "objects": {"lead": {"allow": ["read", "create", "update"]}}}`
	files["roles/sales.json"] = `{"name": "sales", "label": {"en": "Sales", "zh-CN": "销售"}, "permissions": ["sell", "leads"]}`
	o.publish(files)
	other := o.lead("root", `score: 1`)
	own := o.lead("ann", `score: 2`)
	o.settle()
	if o.field(other, "rating") != nil || o.field(own, "rating") != "seen" {
		t.Errorf("the leads: %v, %v", o.field(other, "rating"), o.field(own, "rating"))
	}
	rs := o.runs("mine") // root has no record, so there is nobody to act for
	if o.chores() != "" || dig(rs[0], "incident", "code") != "NO_USER" || dig(rs[1], "incident", "code") != "FORBIDDEN" {
		t.Errorf("the runs: %v", rs)
	}
}

// TestFlowOfKey: what a key with a scope sets going may no more than the key.
func TestFlowOfKey(t *testing.T) {
	o := newOffice(t)
	files := leads(map[string]string{"mine": `{"key": "mine", "trigger": {"type": "record", "object": "lead", "on": ["create"]}, "settings": {"runAs": "trigger_user"},
		"steps": [{"id": "x", "type": "create", "object": "chore", "set": {"title": "name"}}]}`})
	files["permissions/leads.json"] = `{"name": "leads", "label": {"en": "Leads", "zh-CN": "线索"}, "objects": {"lead": {"allow": ["read", "create", "update"]}, "chore": {"allow": ["read", "create"]}}}`
	files["roles/sales.json"] = `{"name": "sales", "label": {"en": "Sales", "zh-CN": "销售"}, "permissions": ["sell", "leads"]}`
	o.publish(files)
	for _, scope := range []*ident.Scope{nil, {Objects: []string{"lead"}}} {
		ann := signedIn(ident.Principal{Name: "ann", UserID: o.people["ann"], Key: "1", Scope: scope})
		if got := o.in.ask(t, ann, `mutation { createLead(input: {name: "L"}) { lead { id } } }`, nil); strings.Contains(got, "errors") {
			t.Fatal(got)
		}
		o.settle()
	}
	rs := o.runs("mine")
	if dig(rs[0], "status") != "succeeded" || dig(rs[1], "incident", "code") != "FORBIDDEN" || o.chores() != "L:<nil>" {
		t.Errorf("the runs: %v; the chores: %s", rs, o.chores())
	}
}

// TestFlowAction: a step carries out a record action with its input, its checks and what it refuses.
func TestFlowAction(t *testing.T) {
	o := newOffice(t)
	files := leads(map[string]string{"act": `{"key": "act", "trigger": {"type": "record", "object": "lead", "on": ["create"]},
		"steps": [{"id": "made", "type": "create", "object": "chore", "set": {"title": "name", "lead_id": "id", "rank": "score"}}, {"id": "close", "type": "action", "record": "made.id", "action": "finish", "with": {"how": "CONCAT(\"by \", name)"}}]}`})
	files["objects/chore/actions/finish.json"] = `{"name": "finish", "label": {"en": "Finish", "zh-CN": "完成"}, "input": [{"name": "how", "type": "text", "label": {"en": "How", "zh-CN": "方式"}}],
		"errors": [{"code": "TOO_LOW", "message": {"en": "too low", "zh-CN": "过低"}}], "checks": [{"when": "rank < 1", "error": "TOO_LOW"}], "steps": [{"update": "id", "set": {"state": "input.how"}}]}`
	o.publish(files)
	o.lead("root", `score: 1`)
	o.lead("root", `score: 0`)
	o.settle()
	if got := o.chores(); got != "L:<nil> L:by L" {
		t.Errorf("the chores: %s", got)
	}
	if rs := o.runs("act"); rs[0]["status"] != "succeeded" || dig(rs[1], "incident", "code") != "VALIDATION_FAILED" || dig(rs[1], "incident", "step") != "close" {
		t.Errorf("the runs: %v", rs)
	}
}
