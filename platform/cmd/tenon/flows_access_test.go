package main

import (
	"fmt"
	"testing"
)

// secret are files in which ann may use leads but not read what they are worth, and see chores of her
// own alone; a flow that is due gets its steps.
func secret(settings, when, steps string) map[string]string {
	files := leads(map[string]string{"mine": fmt.Sprintf(`{"key": "mine", "trigger": {"type": "record", "object": "lead", "on": ["create", "update"], "when": %q}, "settings": {%s}, "vars": {"v": "int"}, "steps": [%s]}`, when, settings, steps)})
	files["permissions/leads.json"] = `{"name": "leads", "label": {"en": "Leads", "zh-CN": "线索"}, "objects": {"lead": {"allow": ["read", "create", "update"], "fields": {"score": "none"}}, "chore": {"allow": ["read", "create", "update"]}}}`
	files["roles/sales.json"] = `{"name": "sales", "label": {"en": "Sales", "zh-CN": "销售"}, "permissions": ["sell", "leads"]}`
	return files
}

// TestFlowReadsAsUser: expressions of a run in somebody's name read what that person may, in every kind
// of step; those of the platform's runs read all.
func TestFlowReadsAsUser(t *testing.T) {
	hidden := []struct{ name, steps string }{
		{"a value that is written", `{"id": "x", "type": "update", "set": {"note": "IF(score > 5, \"rich\", \"\")"}}`},
		{"a variable", `{"id": "x", "type": "set", "set": {"v": "score"}}, {"id": "y", "type": "update", "set": {"note": "\"left behind\""}}`},
		{"a condition of a step", `{"id": "x", "type": "update", "when": "score > 5", "set": {"note": "\"rich\""}}`},
		{"a branch", `{"id": "x", "type": "condition", "branches": [{"id": "b", "when": "score > 5", "steps": [{"id": "y", "type": "update", "set": {"note": "\"rich\""}}]}]}`},
		{"what was before", `{"id": "x", "type": "update", "set": {"note": "IF(prior.score > 5, \"rich\", \"\")"}}`},
		{"a record that the run made", `{"id": "c", "type": "create", "object": "chore", "set": {"title": "\"t\"", "lead_id": "id"}}, {"id": "x", "type": "update", "set": {"note": "IF(c.lead_id.score > 5, \"rich\", \"\")"}}`},
		{"a moment to wait for", `{"id": "x", "type": "wait", "until": "IF(score > 5, created_at, NOW())"}`},
		{"a sum over records of which some are hidden", `{"id": "x", "type": "update", "set": {"note": "IF(COUNT(chore) > 5, \"busy\", \"\")"}}`},
		{"within a branch of parallel", `{"id": "p", "type": "parallel", "branches": [{"id": "a", "steps": [{"id": "x", "type": "set", "set": {"v": "score"}}]}]}`},
	}
	for _, c := range hidden {
		t.Run(c.name, func(t *testing.T) {
			for _, as := range []string{"trigger_user", "user:ann", "system"} {
				o := newOffice(t)
				files := secret("", "", "")
				files["flows/mine.json"] = fmt.Sprintf(`{"key": "mine", "trigger": {"type": "button", "object": "lead"}, "settings": {"runAs": %q}, "vars": {"v": "int"}, "steps": [%s]}`, as, c.steps)
				o.publish(files)
				id := o.lead("ann", `note: "n"`)
				o.must("root", `mutation { updateLead(id: %q, patch: {score: 9}) { lead { id } } }`, id)
				who := "root"
				if as == "trigger_user" {
					who = "ann"
				}
				o.must(who, `mutation { runFlow(flow: "mine", record: %q) { id } }`, id)
				o.settle()
				r := o.runs("mine")[0]
				if as == "system" {
					if r["status"] != "succeeded" {
						t.Errorf("as the platform: %v", r)
					}
				} else if r["status"] != "failed" || dig(r, "incident", "code") != "FORBIDDEN" || dig(r, "incident", "step") != "x" {
					t.Errorf("as %s: %v", as, r)
				}
			}
		})
	}
}

// TestFlowTriggerReadsAsUser: a trigger that asks for what the person may not read is no match, which
// the trace tells; before writes it refuses, because a check that rights switch off is none.
func TestFlowTriggerReadsAsUser(t *testing.T) {
	o := newOffice(t)
	steps := `{"id": "x", "type": "update", "set": {"rating": "\"rich\""}}`
	files := secret(`"runAs": "trigger_user"`, "COALESCE(score, 9) > 5", steps)
	o.publish(files)
	id := o.lead("ann", `note: "n"`)
	o.settle()
	r := o.run(o.runs("mine")[0]["id"])
	if r["status"] != "skipped" || r["reason"] != "forbidden" || o.field(id, "rating") != nil {
		t.Errorf("the run: %v", r)
	}
	var told bool
	for _, e := range r["trace"].([]any) {
		told = told || dig(e, "verb") == "trigger.refused" && dig(e, "code") == "FORBIDDEN"
	}
	if !told {
		t.Errorf("the trace does not tell: %v", r["trace"])
	}
	files["flows/mine.json"] = `{"key": "mine", "trigger": {"type": "record", "object": "lead", "on": ["create"], "timing": "before", "when": "COALESCE(score, 9) > 5"}, "settings": {"runAs": "trigger_user"}, "steps": [` + steps + `]}`
	o.publish(files)
	if a := o.do("ann", `mutation { createLead(input: {name: "L"}) { lead { id } } }`); a.code() != "FORBIDDEN" {
		t.Errorf("before: %s", a.raw)
	}
	files["flows/mine.json"] = `{"key": "mine", "trigger": {"type": "record", "object": "lead", "on": ["create"], "timing": "before"}, "settings": {"runAs": "trigger_user"}, "steps": [{"id": "x", "type": "update", "set": {"score": "1"}}]}`
	o.publish(files)
	if a := o.do("ann", `mutation { createLead(input: {name: "L"}) { lead { id } } }`); a.code() != "FORBIDDEN" {
		t.Errorf("a field that she may not write: %s", a.raw)
	}
	if a := o.do("root", `mutation { createLead(input: {name: "L"}) { lead { score } } }`); a.code() != "" {
		t.Errorf("an administrator: %s", a.raw)
	}
}

// TestFlowAsNamedUser: a flow may act as a user that it names; where there is none, it does not run.
func TestFlowAsNamedUser(t *testing.T) {
	o := newOffice(t)
	o.publish(secret(`"runAs": "user:ann"`, "", `{"id": "x", "type": "create", "object": "chore", "set": {"title": "\"t\""}}`))
	o.lead("root", `score: 1`)
	o.settle()
	d := dig(o.must("root", `{ chores(first: 5) { nodes { title ownerId } } }`), "chores", "nodes").([]any)
	if len(d) != 1 || dig(d[0], "ownerId") != o.id("ann") {
		t.Errorf("the chores: %v", d)
	}
	o.publish(secret(`"runAs": "user:nobody"`, "", `{"id": "x", "type": "create", "object": "chore", "set": {"title": "\"t\""}}`))
	o.lead("root", `score: 1`)
	o.settle()
	rs := o.runs("mine")
	if last := rs[len(rs)-1]; last["status"] != "failed" || dig(last, "incident", "code") != "NO_USER" {
		t.Errorf("the run: %v", last)
	}
}
