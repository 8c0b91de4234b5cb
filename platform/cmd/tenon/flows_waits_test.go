package main

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// waiting is a flow about new leads that waits for an event with a number, or an hour.
const waiting = `{"key": "waiter", "trigger": {"type": "record", "object": "lead", "on": ["create"]}, "steps": [
	{"id": "paid", "type": "wait", "event": "payment", "data": {"number": "int", "who": "text"}, "if": "paid.number = score"%s, "for": "PT1H"},
	{"id": "keep", "type": "update", "set": {"note": "IF(paid.timed_out, \"late\", paid.who)"}}]}`

// TestFlowWaitForEvent: a run waits for the event that meets its condition, hears each once, and goes on
// when nobody tells of it in time.
func TestFlowWaitForEvent(t *testing.T) {
	o := newOffice(t)
	o.publish(leads(map[string]string{"waiter": fmt.Sprintf(waiting, ""),
		"teller": `{"key": "teller", "trigger": {"type": "record", "object": "chore", "on": ["create"]}, "steps": [{"id": "e", "type": "emit", "event": "payment", "with": {"number": "rank", "who": "title"}}]}`}))
	tell := func(data string) {
		o.must("root", `mutation { publishEvent(event: "payment", data: {%s}) { runs } }`, data)
		o.settle()
	}
	tell(`number: 1, who: "too early"`)
	one, two, three := o.lead("root", `score: 1`), o.lead("root", `score: 2`), o.lead("root", `score: 3`)
	o.settle()
	tell(`number: 9, who: "nobody"`)
	if got := o.statuses("waiter"); got != "running running running" {
		t.Fatalf("the runs: %s", got)
	}
	tell(`number: 2, who: "bo"`)
	o.must("root", `mutation { createChore(input: {title: "by a flow", rank: 1}) { chore { id } } }`)
	o.settle()
	if a, b, c := o.field(one, "note"), o.field(two, "note"), o.field(three, "note"); fmt.Sprintf("%v, %v, %v", a, b, c) != "by a flow, bo, <nil>" {
		t.Errorf("the leads: %v, %v, %v", a, b, c)
	}
	o.after(61 * time.Minute)
	if got := o.field(three, "note"); got != "late" || o.statuses("waiter") != "succeeded succeeded succeeded" {
		t.Errorf("the third: %v, %s", got, o.statuses("waiter"))
	}
	if a := o.do("root", `mutation { publishEvent(event: "payment", data: {number: "x"}) { runs } }`); a.code() != "INVALID_INPUT" {
		t.Errorf("another kind of value: %s", a.raw)
	}
	sim := dig(o.must("root", `mutation { simulateFlow(flow: "waiter", record: %q, mocks: {paid: {number: 1, who: "sim"}}) { status trace { verb step } } }`, one), "simulateFlow")
	if dig(sim, "status") != "succeeded" {
		t.Errorf("simulated: %v", sim)
	}
}

// TestFlowWaitForEventOfRecord: a wait for an event of a record hears of no other; an event that is told
// twice with a key ends one wait.
func TestFlowWaitForEventOfRecord(t *testing.T) {
	o := newOffice(t)
	o.publish(leads(map[string]string{"waiter": `{"key": "waiter", "trigger": {"type": "record", "object": "lead", "on": ["create"]}, "steps": [
		{"id": "a", "type": "wait", "event": "step", "record": "id"}, {"id": "x", "type": "update", "set": {"note": "\"one\""}},
		{"id": "b", "type": "wait", "event": "step", "record": "id"}, {"id": "y", "type": "update", "set": {"note": "\"two\""}}]}`}))
	one, two := o.lead("root", `score: 1`), o.lead("root", `score: 2`)
	o.settle()
	for range 2 {
		o.must("root", `mutation { publishEvent(event: "step", record: %q, idempotencyKey: "k") { runs } }`, one)
		o.settle()
	}
	if a, b := o.field(one, "note"), o.field(two, "note"); a != "one" || b != nil {
		t.Errorf("the leads: %v, %v", a, b)
	}
	o.must("root", `mutation { publishEvent(event: "step", record: %q) { runs } }`, one)
	o.settle()
	run := o.runs("waiter")[1]["id"]
	o.must("root", `mutation { cancelFlowRun(run: %q, reason: "no") { id } }`, run)
	o.must("root", `mutation { publishEvent(event: "step", record: %q) { runs } }`, two)
	o.settle()
	if a, b := o.field(one, "note"), o.field(two, "note"); a != "two" || b != nil {
		t.Errorf("the leads: %v, %v", a, b)
	}
}

// TestFlowWaitReactive: a wait looks at its moment or condition again when the record changes, also when a
// value is computed from other records.
func TestFlowWaitReactive(t *testing.T) {
	o := newOffice(t)
	files := leads(map[string]string{
		"until": `{"key": "until", "trigger": {"type": "record", "object": "lead", "on": ["create"]}, "steps": [{"id": "w", "type": "wait", "until": "due", "reactive": true}, {"id": "x", "type": "update", "set": {"note": "\"due\""}}]}`,
		"holds": `{"key": "holds", "trigger": {"type": "record", "object": "lead", "on": ["create"]}, "steps": [{"id": "w", "type": "wait", "until": "score > 10", "reactive": true, "for": "P2D"}, {"id": "x", "type": "update", "set": {"rating": "IF(w.timed_out, \"late\", \"high\")"}}]}`})
	o.publish(files)
	one := o.lead("root", `score: 1, due: "2026-03-02T03:00:00Z"`)
	two := o.lead("root", `score: 1, due: "2026-03-02T03:00:00Z"`)
	o.settle()
	o.must("root", `mutation { updateLead(id: %q, patch: {due: "2026-03-03T03:00:00Z"}) { lead { id } } }`, one)
	o.after(3 * time.Hour)
	if a, b := o.field(one, "note"), o.field(two, "note"); a != nil || b != "due" {
		t.Fatalf("the leads: %v, %v", a, b)
	}
	o.must("root", `mutation { updateLead(id: %q, patch: {score: 5}) { lead { id } } }`, one)
	o.settle()
	o.must("root", `mutation { updateLead(id: %q, patch: {due: "2026-03-02T01:00:00Z", score: 11}) { lead { id } } }`, one)
	o.settle()
	if a, b := o.field(one, "note"), o.field(one, "rating"); a != "due" || b != "high" {
		t.Errorf("the lead: %v, %v", a, b)
	}
	o.after(49 * time.Hour)
	if got := o.field(two, "rating"); got != "late" {
		t.Errorf("the other: %v", got)
	}
}

// TestFlowWaitReadsAsUser: what an event must meet is decided with the rights of who the run acts for.
func TestFlowWaitReadsAsUser(t *testing.T) {
	o := newOffice(t)
	files := secret(`"runAs": "trigger_user"`, "", `{"id": "w", "type": "wait", "event": "e", "data": {"n": "int"}, "if": "score > 0"}, {"id": "x", "type": "update", "set": {"rating": "\"rich\""}}`)
	files["flows/mine.json"] = strings.Replace(files["flows/mine.json"], `, "when": ""`, "", 1)
	o.publish(files)
	o.lead("ann", `note: "n"`)
	o.settle()
	o.must("root", `mutation { publishEvent(event: "e", data: {n: 1}) { runs } }`)
	o.settle()
	if r := o.runs("mine")[0]; r["status"] != "failed" || dig(r, "incident", "code") != "FORBIDDEN" {
		t.Errorf("the run: %v", r)
	}
}

// TestFlowWebhook: a message to a hook starts the flows that have it as trigger, once, with what they
// declare; the sender hears at once, or how the run ended.
func TestFlowWebhook(t *testing.T) {
	o := newOffice(t)
	files := leads(map[string]string{
		"taken": `{"key": "taken", "trigger": {"type": "webhook", "hook": "shop", "data": {"name": "text", "points": "int"}, "when": "event.points > 0"}, "settings": {"runAs": "trigger_user"},
			"steps": [{"id": "made", "type": "create", "object": "lead", "set": {"name": "event.name", "score": "event.points"}}],
			"tests": [{"name": "a lead is made", "when": [{"hook": "shop", "body": {"data": {"name": "N", "points": 3}}, "as": {"user": "ann", "roles": ["sales"]}}, {"graphql": "{ leads { nodes { name score } } }"}], "then": {"data": {"leads": {"nodes": [{"name": "N", "score": 3}]}}, "runs": {"taken": ["succeeded"]}}},
				{"name": "another kind is refused", "when": [{"hook": "shop", "body": {"data": {"points": "x"}}, "as": {"user": "ann"}}], "then": {"error": {"code": "INVALID_INPUT"}, "runs": {"taken": []}}}]}`,
		"asked": `{"key": "asked", "trigger": {"type": "webhook", "hook": "question", "data": {"a": "int"}, "respond": "sync"}, "vars": {"twice": "int", "say": "text"},
			"steps": [{"id": "s", "type": "set", "set": {"twice": "event.a * 2", "say": "\"ok\""}}, {"id": "w", "type": "wait", "for": "PT1H", "when": "event.a = 9"}]}`})
	files["hooks/shop.json"] = `{"name": "shop", "label": {"en": "Shop", "zh-CN": "商店"}, "verify": "token", "id": "id", "do": "flow", "set": {"name": "data.name", "points": "data.points"}}`
	files["hooks/question.json"] = `{"name": "question", "label": {"en": "Question", "zh-CN": "提问"}, "verify": "token", "id": "id", "do": "flow", "set": {"a": "a"}}`
	files["permissions/leads.json"] = `{"name": "leads", "label": {"en": "Leads", "zh-CN": "线索"}, "objects": {"lead": {"allow": ["read", "create", "update"]}}}`
	files["roles/sales.json"] = `{"name": "sales", "label": {"en": "Sales", "zh-CN": "销售"}, "permissions": ["sell", "leads"]}`
	o.publish(files)
	token := o.open("shop", "ann")
	send := func(body string) (int, map[string]any) {
		status, out, _ := o.plain("nobody", "POST", "/hooks/"+token, body, nil)
		return status, out
	}
	status, out := send(`{"id": "m1", "data": {"name": "N", "points": 3, "more": true}}`)
	run := dig(out, "data", "runs", 0)
	if status != 202 || run == nil {
		t.Fatal(status, out)
	}
	o.settle()
	if r := o.run(run); r["status"] != "succeeded" {
		t.Fatal(r)
	}
	d := dig(o.must("root", `{ leads(first: 9) { nodes { name score createdBy { id } } } }`), "leads", "nodes").([]any)
	if len(d) != 1 || fmt.Sprintf("%v %v %v", dig(d[0], "name"), dig(d[0], "score"), dig(d[0], "createdBy", "id")) != "N 3 "+o.id("ann") {
		t.Errorf("the leads: %v", d)
	}
	if status, out := send(`{"id": "m1", "data": {"name": "N", "points": 3}}`); status != 202 || dig(out, "data", "runs", 0) != run || dig(out, "data", "repeated") != true {
		t.Error("repeated:", status, out)
	}
	if status, out := send(`{"id": "m2", "data": {"name": "N", "points": 0}}`); status != 202 || len(dig(out, "data", "runs").([]any)) != 0 {
		t.Error("not met:", status, out)
	}
	if status, out := send(`{"id": "m3", "data": {"name": "N", "points": "three"}}`); status != 400 {
		t.Error("another kind:", status, out)
	}
	if status, out := send(`{"data": {"name": "N", "points": 3}}`); status != 400 {
		t.Error("no id:", status, out)
	}
	o.settle()
	if got := o.statuses("taken"); got != "succeeded" {
		t.Errorf("the runs: %s", got)
	}

	token = o.open("question", "ann")
	stop := make(chan struct{})
	done := make(chan struct{})
	go func() { // what serves works on runs meanwhile
		defer close(done)
		for {
			select {
			case <-stop:
				return
			case <-time.After(20 * time.Millisecond):
				_, _ = o.in.autos.Drain(t.Context())
			}
		}
	}()
	status, out = send(`{"id": "q1", "a": 21}`)
	if status != 200 || fmt.Sprint(dig(out, "data", "outcome", "vars")) != "map[say:ok twice:42]" || dig(out, "data", "outcome", "status") != "succeeded" {
		t.Error("asked:", status, out)
	}
	close(stop)
	<-done
	if testing.Short() {
		return
	}
	if status, out = send(`{"id": "q2", "a": 9}`); status != 202 || dig(out, "data", "outcome") != nil {
		t.Error("one that takes longer:", status, out)
	}
}

// TestFlowWaitCases: cases of a package tell of events and let time go by.
func TestFlowWaitCases(t *testing.T) {
	o := newOffice(t)
	flow := strings.Replace(fmt.Sprintf(waiting, ""), `"steps":`, `"tests": [
		{"name": "it is paid", "when": [{"create": "lead", "key": "l", "values": {"name": "L", "score": 4}}, {"graphql": "mutation { publishEvent(event: \"payment\", data: {number: 4, who: \"bo\"}) { runs } }"}], "then": {"records": {"l": {"note": "bo"}}, "runs": {"waiter": ["succeeded"]}}},
		{"name": "nobody pays", "when": [{"create": "lead", "key": "l", "values": {"name": "L", "score": 4}}, {"advance": "PT1H"}], "then": {"records": {"l": {"note": "late"}}}}], "steps":`, 1)
	o.publish(leads(map[string]string{"waiter": flow}))
}

// TestFlowWaitFindings: waits and triggers that cannot work are found when the package is published.
func TestFlowWaitFindings(t *testing.T) {
	o := newOffice(t)
	for name, x := range map[string]struct{ flow, code string }{
		"two at once":              {`"steps": [{"id": "x", "type": "wait", "event": "e", "until": "NOW()"}]`, "bad-step"},
		"nothing":                  {`"steps": [{"id": "x", "type": "wait"}]`, "bad-step"},
		"data of no event":         {`"steps": [{"id": "x", "type": "wait", "for": "PT1H", "data": {"n": "int"}}]`, "bad-step"},
		"a condition, unreactive":  {`"steps": [{"id": "x", "type": "wait", "until": "score > 1"}]`, "type-mismatch"},
		"neither":                  {`"steps": [{"id": "x", "type": "wait", "until": "score", "reactive": true}]`, "type-mismatch"},
		"reactive of nothing":      {`"steps": [{"id": "x", "type": "wait", "for": "PT1H", "reactive": true}]`, "bad-step"},
		"a name that is taken":     {`"steps": [{"id": "x", "type": "wait", "event": "e", "data": {"timed_out": "bool"}}]`, "name-clash"},
		"what is told is another":  {`"steps": [{"id": "x", "type": "emit", "event": "e", "with": {"n": "\"text\""}}, {"id": "w", "type": "wait", "event": "e", "data": {"n": "int"}}]`, "type-mismatch"},
		"what is told is missing":  {`"steps": [{"id": "x", "type": "emit", "event": "e"}, {"id": "w", "type": "wait", "event": "e", "data": {"n": "int"}}]`, "missing-argument"},
		"no such hook":             {`"trigger": {"type": "webhook", "hook": "none"}, "steps": [{"id": "x", "type": "end"}]`, "unknown-name"},
		"no such connection":       {`"steps": [{"id": "x", "type": "http", "connection": "none"}]`, "unknown-connection"},
		"no such message":          {`"steps": [{"id": "x", "type": "notify", "message": "none", "to": "owner_id"}]`, "unknown-name"},
		"http before the write":    {`"trigger": {"type": "record", "object": "lead", "on": ["create"], "timing": "before"}, "steps": [{"id": "x", "type": "http", "connection": "none"}]`, "bad-step"},
		"a setting of another one": {`"steps": [{"id": "x", "type": "end", "idempotency": "check"}]`, "bad-step"},
	} {
		p := o.propose(leads(map[string]string{"bad": flowText(x.flow)}))
		var codes []string
		for _, f := range p.Findings {
			codes = append(codes, f.Code)
			if f.Summary.En == "" || f.Summary.Zh == "" || f.Summary.En == f.Summary.Zh {
				t.Errorf("%s: %v is in one language", name, f)
			}
		}
		if !strings.Contains(strings.Join(codes, " "), x.code) {
			t.Errorf("%s: %v", name, p.Findings)
		}
	}
}
