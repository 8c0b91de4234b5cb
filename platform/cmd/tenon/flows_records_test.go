package main

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// keyed are leads whose scores tell them apart.
func keyed(flows map[string]string) map[string]string {
	out := leads(flows)
	out["objects/lead/object.json"] = strings.Replace(out["objects/lead/object.json"], `"rules":`, `"keys": [{"name": "by_score", "fields": ["score"]}], "rules":`, 1)
	return out
}

// TestFlowUpsert: a step changes the record that has a key, and makes it where there is none.
func TestFlowUpsert(t *testing.T) {
	for _, as := range []string{"system", "user:ann"} {
		t.Run(as, func(t *testing.T) {
			o := newOffice(t)
			files := keyed(map[string]string{"keep": fmt.Sprintf(`{"key": "keep", "trigger": {"type": "record", "object": "chore", "on": ["create"]}, "settings": {"runAs": %q}, "steps": [
				{"id": "made", "type": "upsert", "object": "lead", "key": ["score"], "set": {"score": "rank", "name": "title", "note": "state"}},
				{"id": "seen", "type": "update", "set": {"lead_id": "made.id", "state": "made.name"}}]}`, as)})
			files["permissions/leads.json"] = `{"name": "leads", "label": {"en": "Leads", "zh-CN": "线索"}, "objects": {"lead": {"allow": ["read", "create", "update"]}, "chore": {"allow": ["read", "create", "update"]}}}`
			files["roles/sales.json"] = `{"name": "sales", "label": {"en": "Sales", "zh-CN": "销售"}, "permissions": ["sell", "leads"]}`
			o.publish(files)
			for _, c := range []string{`title: "a", rank: 7, state: "one"`, `title: "b", rank: 7, state: "two"`, `title: "c", rank: 8`} {
				o.must("ann", `mutation { createChore(input: {%s}) { chore { id } } }`, c)
				o.settle()
			}
			d := dig(o.must("root", `{ leads(orderBy: [{score: ASC}], first: 9) { nodes { name score note version } } }`), "leads", "nodes").([]any)
			if got := fmt.Sprint(d); got != "[map[name:b note:two score:7 version:2] map[name:c note:<nil> score:8 version:1]]" {
				t.Errorf("the leads: %s; %v", got, o.runs("keep"))
			}
			if got := o.chores(); got != "a:a b:b c:c" {
				t.Errorf("the chores: %s", got)
			}
			o.must("ann", `mutation { createChore(input: {title: "d"}) { chore { id } } }`)
			o.settle()
			rs := o.runs("keep")
			if last := rs[len(rs)-1]; dig(last, "incident", "code") != "INVALID_INPUT" {
				t.Errorf("no key: %v", last)
			}
		})
	}
}

// TestFlowAggregate: a step computes values over records: over all for the platform, for somebody over those
// that the person may see, by fields that the person may read.
func TestFlowAggregate(t *testing.T) {
	flow := `{"key": "sum", "trigger": {"type": "record", "object": "lead", "on": ["create"]}, "settings": {"runAs": %q}, "steps": [
		{"id": "all", "type": "aggregate", "object": "chore", "match": {"state": "name"}, "where": "rank > 0", "figures": {"total": {"do": "sum", "of": "rank"}, "mean": {"do": "avg", "of": "rank"}, "least": {"do": "min", "of": "rank"}, "most": {"do": "max", "of": "rank"}, "named": {"do": "count", "of": "title"}}},
		{"id": "keep", "type": "update", "set": {"note": "IF(all.count = 3 AND all.named = 2 AND all.total = 9 AND all.mean = 3 AND all.least = 2 AND all.most = 4, \"all\", IF(all.count = 1 AND all.named = 1 AND all.total = 2 AND all.mean = 2 AND all.most = 2, \"mine\", \"?\"))"}}]}`
	for as, want := range map[string]string{"system": "all", "trigger_user": "mine"} {
		o := newOffice(t)
		files := leads(map[string]string{"sum": fmt.Sprintf(flow, as)})
		files["permissions/leads.json"] = `{"name": "leads", "label": {"en": "Leads", "zh-CN": "线索"}, "objects": {"lead": {"allow": ["read", "create", "update"]}, "chore": {"allow": ["read", "create", "update"]}}}`
		files["roles/sales.json"] = `{"name": "sales", "label": {"en": "Sales", "zh-CN": "销售"}, "permissions": ["sell", "leads"]}`
		o.publish(files)
		o.must("ann", `mutation { createChore(input: {title: "mine", rank: 2, state: "L"}) { chore { id } } }`)
		for _, c := range []string{`title: "x", rank: 3, state: "L"`, `rank: 4, state: "L"`, `title: "y", rank: 5, state: "M"`, `title: "z", rank: -1, state: "L"`} {
			o.must("root", `mutation { createChore(input: {%s}) { chore { id } } }`, c)
		}
		id := o.lead("ann", `score: 1`)
		o.settle()
		if got := o.field(id, "note"); got != want {
			t.Errorf("as %s: %v, want %s; %v", as, got, want, o.runs("sum"))
		}
		files["permissions/leads.json"] = strings.Replace(files["permissions/leads.json"], `"chore": {`, `"chore": {"fields": {"rank": "none"}, `, 1)
		o.publish(files)
		o.lead("ann", `score: 2`)
		o.settle()
		rs := o.runs("sum")
		if last := rs[len(rs)-1]; (as == "trigger_user") != (dig(last, "incident", "code") == "FORBIDDEN") {
			t.Errorf("as %s, a field that ann may not read: %v", as, last)
		}
	}
}

// looping is a flow about new leads that does something with each of its chores.
const looping = `{"key": "each", "errors": [{"code": "NO", "message": {"en": "No.", "zh-CN": "不行。"}}], "trigger": {"type": "record", "object": "lead", "on": ["create"]}, "steps": [
	{"id": "all", "type": "query", "object": "chore", "sort": "rank", "limit": 100},
	{"id": "loop", "type": "loop", "in": "all"%s, "do": [%s]},
	{"id": "keep", "type": "update", "set": {"score": "loop.count * 10 + loop.failed"}}]}`

// TestFlowLoopOptions: rounds go on several at once, over batches of records, and past failures.
func TestFlowLoopOptions(t *testing.T) {
	const fails = `{"id": "no", "type": "raise", "when": "loop.rank = 3", "error": "NO"}, {"id": "p", "type": "update", "record": "loop.id", "set": {"state": "\"done\""}}`
	for name, c := range map[string]struct{ options, steps, score, chores, status string }{
		"parallel":           {`, "parallel": 3`, `{"id": "w", "type": "wait", "for": "PT1H"}, {"id": "p", "type": "update", "record": "loop.id", "set": {"state": "\"done\""}}`, "70", strings.Repeat(":done", 7), "succeeded"},
		"batch":              {`, "batch": 3`, `{"id": "p", "type": "update", "in": "loop", "set": {"state": "IF(loop.count = 3, \"3\", \"1\")"}}`, "70", ":3:3:3:3:3:3:1", "succeeded"},
		"batch, nested":      {`, "batch": 3`, `{"id": "one", "type": "loop", "in": "loop", "do": [{"id": "p", "type": "update", "record": "one.id", "set": {"state": "IF(one.rank > 3, \"high\", \"low\")"}}]}`, "70", ":low:low:low:high:high:high:high", "succeeded"},
		"past failures":      {`, "onItemError": "continue"`, fails, "71", ":done:done::done:done:done:done", "succeeded"},
		"past, at once":      {`, "onItemError": "continue", "parallel": 4`, fails, "71", ":done:done::done:done:done:done", "succeeded"},
		"past, from a lane":  {`, "onItemError": "continue"`, `{"id": "both", "type": "parallel", "branches": [{"id": "a", "steps": [{"id": "w", "type": "wait", "for": "PT1M"}]}, {"id": "b", "steps": [` + fails + `]}]}`, "71", ":done:done::done:done:done:done", "succeeded"},
		"past, but recovers": {`, "onItemError": "continue"`, strings.Replace(fails, `"id": "no"`, `"id": "no", "recover": [{"id": "r", "type": "update", "record": "loop.id", "set": {"rank": "loop.rank"}}]`, 1), "70", ":done:done:done:done:done:done:done", "succeeded"},
		"stops":              {``, fails, "1", ":done:done:::::", "failed"},
	} {
		t.Run(name, func(t *testing.T) {
			o := newOffice(t)
			o.publish(leads(map[string]string{"each": fmt.Sprintf(looping, c.options, c.steps)}))
			for n := range 7 {
				o.must("root", `mutation { createChore(input: {title: "c", rank: %d}) { chore { id } } }`, n+1)
			}
			id := o.lead("root", `score: 1`)
			for range 8 {
				o.settle()
				o.clock.Set(o.clock.Now().Add(61 * time.Minute))
			}
			var states string
			for _, n := range dig(o.must("root", `{ chores(orderBy: [{rank: ASC}], first: 500) { nodes { state } } }`), "chores", "nodes").([]any) {
				states += ":"
				if s := dig(n, "state"); s != nil {
					states += fmt.Sprint(s)
				}
			}
			if score := fmt.Sprint(o.field(id, "score")); score != c.score || states != c.chores || o.statuses("each") != c.status {
				t.Errorf("score %s, chores %s, runs %s, want %s, %s, %s; %v", score, states, o.statuses("each"), c.score, c.chores, c.status, o.run(o.runs("each")[0]["id"]))
			}
		})
	}
}

// TestFlowLoopAtOnce: no more rounds are on their way than the loop says.
func TestFlowLoopAtOnce(t *testing.T) {
	o := newOffice(t)
	o.publish(leads(map[string]string{"each": fmt.Sprintf(looping, `, "parallel": 3`, `{"id": "p", "type": "update", "record": "loop.id", "set": {"state": "\"on\""}}, {"id": "w", "type": "wait", "for": "PT1H"}`)}))
	for n := range 7 {
		o.must("root", `mutation { createChore(input: {title: "c", rank: %d}) { chore { id } } }`, n+1)
	}
	o.lead("root", `score: 1`)
	for i, want := range []int{3, 6, 7} {
		o.settle()
		if got := strings.Count(o.chores(), ":on"); got != want {
			t.Errorf("after %d hours %d rounds have begun, want %d", i, got, want)
		}
		o.clock.Set(o.clock.Now().Add(61 * time.Minute))
	}
}

// TestFlowTask: a step asks people to do something; it is in their inbox, they fill fields, and the run goes
// on when they are done. Nobody submits records to it.
func TestFlowTask(t *testing.T) {
	o := newOffice(t)
	files := leads(map[string]string{"ask": `{"key": "ask", "label": {"en": "Ask", "zh-CN": "询问"}, "trigger": {"type": "record", "object": "lead", "on": ["create"]}, "settings": {"runAs": "system"}, "steps": [
		{"id": "call", "type": "task", "label": {"en": "Call them", "zh-CN": "致电"}, "task": {"participants": [{"type": "users", "ids": ["bob"]}], "editable": ["rating"], "requiredFields": ["rating"], "timeouts": [{"after": "PT48H", "clock": "wall", "do": "approve"}]}},
		{"id": "keep", "type": "update", "set": {"note": "CONCAT(call.status, \" \", COALESCE(rating, \"-\"))"}}],
		"tests": [{"name": "bob calls", "when": [{"create": "lead", "key": "l", "values": {"name": "L"}, "as": {"user": "ann"}}, {"act": "approve", "record": "l", "as": {"user": "bob"}, "with": {"data": {"rating": "warm"}}}], "then": {"records": {"l": {"note": "approved warm"}}, "runs": {"ask": ["succeeded"]}}}]}`,
		"heard": `{"key": "heard", "trigger": {"type": "approval", "object": "lead", "on": ["submitted", "completed"]}, "steps": [{"id": "x", "type": "end"}]}`})
	files["permissions/leads.json"] = `{"name": "leads", "label": {"en": "Leads", "zh-CN": "线索"}, "objects": {"lead": {"allow": ["read", "create", "update"]}}}`
	files["roles/sales.json"] = `{"name": "sales", "label": {"en": "Sales", "zh-CN": "销售"}, "permissions": ["sell", "leads"]}`
	o.publish(files)
	id := o.lead("ann", `score: 1`)
	o.settle()
	list := dig(o.must("bob", `{ myTasks(first: 10) { nodes { id process title recordId } } }`), "myTasks", "nodes").([]any)
	if len(list) != 1 || dig(list[0], "recordId") != id || dig(list[0], "process") != "ask__call" {
		t.Fatalf("bob has %v; %v", list, o.runs("ask"))
	}
	task := dig(list[0], "id")
	if a := o.do("cat", `mutation { approve(task: %q) { id } }`, task); a.code() == "" {
		t.Error("somebody else does it")
	}
	if a := o.do("bob", `mutation { approve(task: %q) { id } }`, task); a.code() == "" {
		t.Error("it is done without the field that is required")
	}
	o.must("bob", `mutation { approve(task: %q, data: {rating: "hot"}) { id } }`, task)
	o.settle()
	if got := o.field(id, "note"); got != "approved hot" {
		t.Errorf("the lead: %v; %v", got, o.run(o.runs("ask")[0]["id"]))
	}
	if a := o.do("ann", `mutation { submit(process: "ask__call", record: %q) { id } }`, id); a.code() != "DEFINITION_UNAVAILABLE" {
		t.Errorf("submitted to a task: %s", a.raw)
	}
	if got := o.statuses("heard"); got != "" {
		t.Errorf("a task is taken for an approval: %s", got)
	}
	late := o.lead("ann", `score: 2`)
	o.settle()
	o.after(49 * time.Hour)
	if got := o.field(late, "note"); got != "approved -" {
		t.Errorf("nobody did it: %v", got)
	}
}

// TestFlowRecordFindings: what cannot work is found when the package is published.
func TestFlowRecordFindings(t *testing.T) {
	o := newOffice(t)
	q := `{"id": "q", "type": "query", "object": "chore", "limit": 2000}, `
	for name, x := range map[string]struct{ flow, code string }{
		"upsert by no key":        {`"steps": [{"id": "x", "type": "upsert", "object": "lead", "key": ["name"], "set": {"name": "\"n\""}}]`, "bad-step"},
		"upsert without the key":  {`"steps": [{"id": "x", "type": "upsert", "object": "lead", "key": ["external_id"], "set": {"name": "\"n\""}}]`, "bad-step"},
		"a sum of texts":          {`"steps": [{"id": "x", "type": "aggregate", "object": "lead", "figures": {"a": {"do": "sum", "of": "name"}}}]`, "type-mismatch"},
		"a sum of nothing":        {`"steps": [{"id": "x", "type": "aggregate", "object": "lead", "figures": {"a": {"do": "sum"}}}]`, "bad-step"},
		"a name that is taken":    {`"steps": [{"id": "x", "type": "aggregate", "object": "lead", "figures": {"count": {"do": "count"}}}]`, "name-clash"},
		"too many at once":        {`"steps": [` + q + `{"id": "l", "type": "loop", "in": "q", "parallel": 21, "do": [{"id": "y", "type": "end"}]}]`, "bad-flow"},
		"batches at once":         {`"steps": [` + q + `{"id": "l", "type": "loop", "in": "q", "parallel": 2, "batch": 10, "do": [{"id": "y", "type": "end"}]}]`, "bad-step"},
		"a batch as a record":     {`"steps": [` + q + `{"id": "l", "type": "loop", "in": "q", "batch": 10, "do": [{"id": "y", "type": "update", "record": "l.id", "set": {"title": "\"t\""}}]}]`, "unknown-name"},
		"a loop that is over":     {`"steps": [` + q + `{"id": "l", "type": "loop", "in": "q", "batch": 10, "do": [{"id": "y", "type": "end"}]}, {"id": "z", "type": "delete", "in": "l"}]`, "unknown-step"},
		"a task for nobody":       {`"steps": [{"id": "x", "type": "task"}]`, "bad-flow"},
		"a task of no record":     {`"trigger": {"type": "schedule", "cron": "0 9 * * *"}, "steps": [{"id": "x", "type": "task", "task": {"participants": [{"type": "users", "ids": ["bob"]}]}}]`, "bad-flow"},
		"a task for a wrong role": {`"steps": [{"id": "x", "type": "task", "task": {"participants": [{"type": "role", "role": "none"}]}}]`, ""},
	} {
		p := o.propose(leads(map[string]string{"bad": flowText(x.flow)}))
		var codes []string
		for _, f := range p.Findings {
			codes = append(codes, f.Code)
			if f.Summary.En == "" || f.Summary.Zh == "" || f.Summary.En == f.Summary.Zh {
				t.Errorf("%s: %v is in one language", name, f)
			}
		}
		if len(codes) == 0 || !strings.Contains(strings.Join(codes, " "), x.code) {
			t.Errorf("%s: %v", name, p.Findings)
		}
	}
}
