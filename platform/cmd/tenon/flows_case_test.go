package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// visits are files with guests, who have a name that is personal and a code that is secured, and visits of theirs, of
// which a flow tells the depot.
func visits(url string) map[string]string {
	files := leads(map[string]string{"visited": `{"key": "visited", "trigger": {"type": "record", "object": "visit", "on": ["create", "update"], "when": "ISNEW() OR ISCHANGED(points)"}, "vars": {"sum": "int", "pass": "text"},
		"settings": {"secret": ["ask.pass", "vars.pass", "rung.pin"]}, "steps": [
		{"id": "older", "type": "query", "object": "visit", "match": {"guest_id": "guest_id"}, "where": "points > 0", "sort": "points", "limit": 10},
		{"id": "each", "type": "loop", "in": "older", "do": [{"id": "add", "type": "set", "set": {"sum": "COALESCE(vars.sum, 0) + each.points"}}]},
		{"id": "ask", "type": "http", "connection": "depot", "with": {"name": "guest_id.rank", "points": "points", "hot": "false"}, "retry": {"initial": "PT1M"}},
		{"id": "known", "type": "set", "set": {"pass": "ask.pass"}},
		{"id": "rest", "type": "wait", "for": "PT2H"},
		{"id": "rung", "type": "wait", "event": "rung", "data": {"n": "int", "word": "text", "pin": "text"}, "record": "id", "for": "P1D"},
		{"id": "keep", "type": "update", "set": {"note": "CONCAT(ask.number, \"/\", rung.word)", "total": "rung.n * 100 + vars.sum"}},
		{"id": "secretly", "type": "update", "set": {"hidden": "vars.pass"}},
		{"id": "check", "type": "update", "when": "points = 13", "set": {"points": "-1"}}]}`})
	files["objects/guest/object.json"] = `{"name": "guest", "label": {"en": "Guest", "zh-CN": "访客"}, "sharing": "private", "fields": [
		{"name": "name", "type": "text", "label": {"en": "Name", "zh-CN": "姓名"}, "required": true, "pii": true}, {"name": "code", "type": "text", "label": {"en": "Code", "zh-CN": "编码"}, "secured": true},
		{"name": "mail", "type": "email", "label": {"en": "Mail", "zh-CN": "邮箱"}, "required": true, "unique": true, "pii": true}, {"name": "rank", "type": "text", "label": {"en": "Rank", "zh-CN": "级别"}}]}`
	files["objects/visit/object.json"] = `{"name": "visit", "label": {"en": "Visit", "zh-CN": "来访"}, "sharing": "private", "fields": [
		{"name": "guest_id", "type": "lookup", "to": "guest", "required": true, "label": {"en": "Guest", "zh-CN": "访客"}}, {"name": "after_id", "type": "lookup", "to": "visit", "label": {"en": "After", "zh-CN": "前次"}},
		{"name": "points", "type": "int", "label": {"en": "Points", "zh-CN": "积分"}}, {"name": "note", "type": "text", "label": {"en": "Note", "zh-CN": "备注"}}, {"name": "total", "type": "int", "label": {"en": "Total", "zh-CN": "合计"}}, {"name": "hidden", "type": "text", "label": {"en": "Hidden", "zh-CN": "隐藏"}}],
		"rules": [{"name": "no_less", "when": "points < 0", "message": {"en": "less", "zh-CN": "过少"}}]}`
	files["connections/depot.json"] = strings.Replace(ordering(url, "")["connections/depot.json"], `"number": "order.number"`, `"number": "order.number", "pass": "order.number"`, 1)
	return files
}

// cased gives a run as a case, and what it does not have.
func (o *office) cased(run any, name string) (string, []any) {
	o.t.Helper()
	d := dig(o.must("root", `{ flowCase(run: %q, name: %q) { flow case left } }`, run, name), "flowCase")
	b, err := json.MarshalIndent(dig(d, "case"), "", " ")
	if err != nil {
		o.t.Fatal(err)
	}
	return string(b), dig(d, "left").([]any)
}

// withCases puts cases into a flow.
func withCases(files map[string]string, flow string, cases ...string) map[string]string {
	out := map[string]string{}
	for name, text := range files {
		out[name] = text
	}
	name := "flows/" + flow + ".json"
	out[name] = strings.Replace(out[name], `"steps":`, `"tests": [`+strings.Join(cases, ",")+`], "steps":`, 1)
	return out
}

// passes holds cases of a flow by a publish, and by tenon test.
func (o *office) passes(files map[string]string, flow string, cases ...string) {
	o.t.Helper()
	all := withCases(files, flow, cases...)
	if found := o.propose(all).Findings; found.HasErrors() {
		o.t.Errorf("held by a publish: %v\n%s", found, strings.Join(cases, "\n"))
	}
	dir := filepath.Join(o.t.TempDir(), "office")
	if err := os.CopyFS(dir, os.DirFS("testdata/office")); err != nil {
		o.t.Fatal(err)
	}
	for name, text := range all {
		at := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
			o.t.Fatal(err)
		}
		if err := os.WriteFile(at, []byte(text), 0o644); err != nil {
			o.t.Fatal(err)
		}
	}
	out, errs, code := call("test", dir)
	if last := fmt.Sprintf("%d passed, 0 failed\n", len(cases)); code != exitOK || !strings.HasSuffix(out, last) {
		o.t.Errorf("tenon test: exit code %d\n%s%s", code, out, errs)
	}
}

// TestFlowCase: a run that there was becomes a case of its flow, which passes: with the records that it found, the
// answers of other systems, the events, the time that passed, and how it ended. Nothing secret or personal is in it;
// and a flow that does otherwise fails it.
func TestFlowCase(t *testing.T) {
	o, depot := newOffice(t), newWarehouse(t)
	files := visits(depot.url)
	o.publish(files)
	guest := dig(o.must("root", `mutation { createGuest(input: {name: "Ann Topsecret", code: "c0de", mail: "ann@topsecret.example", rank: "gold"}) { guest { id } } }`), "createGuest", "guest", "id")
	visit := func(points int, more string) any {
		return dig(o.must("root", `mutation { createVisit(input: {guestId: %q, points: %d%s}) { visit { id } } }`, guest, points, more), "createVisit", "visit", "id")
	}
	ring := func(visit any) {
		o.must("root", `mutation { publishEvent(event: "rung", record: %q, data: {n: 5, word: "five", pin: "p1n-topsecret"}) { runs } }`, visit)
		o.settle()
	}
	first := visit(3, "")
	o.settle()
	o.after(3 * time.Hour)
	ring(first)
	o.clock.Advance(24 * time.Hour)
	depot.status(http.StatusTooManyRequests, "Retry-After", "90")
	second := visit(4, fmt.Sprintf(`, afterId: %q`, first))
	o.settle()
	depot.answers(nil)
	o.after(2 * time.Minute)
	o.after(3 * time.Hour)
	ring(second)
	rs := o.runs("visited")
	if got := o.statuses("visited"); got != "succeeded succeeded" {
		t.Fatalf("the runs: %s; %v", got, o.run(rs[1]["id"]))
	}
	if got := fmt.Sprint(dig(o.must("root", `{ flowRun(id: %q) { input } }`, rs[0]["id"]), "flowRun", "input")); !strings.Contains(got, "points:3") || strings.Contains(got, "note") {
		t.Errorf("the run found %s", got)
	}
	one, _ := o.cased(rs[0]["id"], "the first visit")
	two, left := o.cased(rs[1]["id"], "the second visit")
	for _, text := range []string{one, two, fmt.Sprint(left)} {
		for _, secret := range []string{"opsecret", "c0de"} {
			if strings.Contains(text, secret) {
				t.Errorf("the case tells %s: %s", secret, text)
			}
		}
	}
	if !strings.Contains(fmt.Sprint(left), "name of guest") || !strings.Contains(fmt.Sprint(left), "pass that depot answered") || !strings.Contains(fmt.Sprint(left), "pin of the event rung") {
		t.Errorf("left out: %v", left)
	}
	for _, want := range []string{`"THROTTLED"`, `"after_id"`, `"note": "W2/five"`, `"total": 507`, `"advance"`, `"gold"`} {
		if !strings.Contains(two, want) {
			t.Errorf("the case lacks %s: %s", want, two)
		}
	}
	o.passes(files, "visited", one, two)
	wrong := withCases(files, "visited", two)
	wrong["flows/visited.json"] = strings.Replace(wrong["flows/visited.json"], `+ each.points`, `+ 1`, 1)
	if got := fmt.Sprint(o.propose(wrong).Findings); !strings.Contains(got, "507") {
		t.Errorf("a flow that does otherwise: %s", got)
	}
	// A change that fails, what an administrator did with the run afterwards is no part of the case.
	o.must("root", `mutation { updateVisit(id: %q, patch: {points: 13}) { visit { id } } }`, second)
	o.settle()
	o.after(3 * time.Hour)
	ring(second)
	rs = o.runs("visited")
	o.must("root", `mutation { skipFlowStep(run: %q, reason: "no matter") { id } }`, rs[2]["id"])
	o.settle()
	three, _ := o.cased(rs[2]["id"], "thirteen")
	if !strings.Contains(three, `"failed"`) || !strings.Contains(three, `"update": "record"`) {
		t.Errorf("the case of a failure: %s", three)
	}
	o.passes(files, "visited", three)
	status, out, _ := o.plain("root", http.MethodGet, fmt.Sprintf("/api/flows/runs/%v/case?name=x", rs[2]["id"]), "", nil)
	if status != http.StatusOK || dig(out, "data", "case", "name") != "x" {
		t.Errorf("by path: %d %v", status, out)
	}
	if a := o.do("ann", `{ flowCase(run: %q) { flow } }`, rs[2]["id"]); a.code() != "NOT_FOUND" {
		t.Errorf("somebody else: %s", a.raw)
	}
}

// TestFlowCaseTriggers: runs that a button, an event, a date or a schedule started become cases, too; those that a
// case could not do again are refused in both languages.
func TestFlowCaseTriggers(t *testing.T) {
	o := newOffice(t)
	files := leads(map[string]string{
		"press":  `{"key": "press", "trigger": {"type": "button", "object": "lead"}, "steps": [{"id": "x", "type": "update", "set": {"rating": "\"pressed\""}}]}`,
		"heard":  `{"key": "heard", "trigger": {"type": "event", "object": "lead", "event": "told", "data": {"n": "int", "what": "text"}}, "steps": [{"id": "x", "type": "update", "set": {"note": "event.what", "score": "event.n"}}]}`,
		"due":    `{"key": "due", "trigger": {"type": "date", "object": "lead", "field": "due", "offset": "-PT1H"}, "steps": [{"id": "x", "type": "update", "set": {"note": "\"soon\""}}]}`,
		"tick":   `{"key": "tick", "trigger": {"type": "schedule", "cron": "0 8 * * *"}, "steps": [{"id": "x", "type": "create", "object": "chore", "set": {"title": "\"tick\""}}]}`,
		"gone":   `{"key": "gone", "trigger": {"type": "record", "object": "lead", "on": ["delete"]}, "steps": [{"id": "x", "type": "create", "object": "chore", "set": {"title": "name"}}]}`,
		"outer":  `{"key": "outer", "trigger": {"type": "button", "object": "lead"}, "steps": [{"id": "sub", "type": "flow", "flow": "inner"}]}`,
		"inner":  `{"key": "inner", "trigger": {"type": "flow", "object": "lead"}, "steps": [{"id": "x", "type": "update", "set": {"rating": "\"inner\""}}]}`,
		"mine":   `{"key": "mine", "trigger": {"type": "button", "object": "lead"}, "settings": {"runAs": "trigger_user"}, "steps": [{"id": "x", "type": "update", "set": {"note": "\"mine\""}}]}`,
		"longer": `{"key": "longer", "trigger": {"type": "button", "object": "lead"}, "steps": [{"id": "rest", "type": "wait", "for": "P1D"}]}`,
	})
	files["permissions/leads.json"] = `{"name": "leads", "label": {"en": "Leads", "zh-CN": "线索"}, "objects": {"lead": {"allow": ["read", "create", "update"]}}}`
	files["roles/sales.json"] = `{"name": "sales", "label": {"en": "Sales", "zh-CN": "销售"}, "permissions": ["sell", "leads"]}`
	o.publish(files)
	id := o.lead("ann", `score: 1`)
	for _, flow := range []string{"press", "outer", "mine", "longer"} {
		o.must("ann", `mutation { runFlow(flow: %q, record: %q) { id } }`, flow, id)
	}
	o.settle()
	o.must("root", `mutation { publishEvent(event: "told", record: %q, data: {n: 7, what: "w"}) { runs } }`, id)
	o.settle()
	for flow, want := range map[string]string{"inner": "INVALID_INPUT", "outer": "INVALID_INPUT", "mine": "INVALID_INPUT", "longer": "INVALID_STATE"} {
		a := o.do("root", `{ flowCase(run: %q) { case } }`, o.runs(flow)[0]["id"])
		if a.code() != want || a.Errors[0].Extensions["message_zh"] == a.Errors[0].Extensions["message_en"] {
			t.Errorf("%s: %s", flow, a.raw)
		}
	}
	o.must("root", `mutation { updateLead(id: %q, patch: {due: %q}) { lead { id } } }`, id, o.clock.Now().Add(48*time.Hour).Format(time.RFC3339))
	o.after(47*time.Hour + time.Minute)
	for _, flow := range []string{"press", "heard", "due", "tick"} {
		rs := o.runs(flow)
		text, _ := o.cased(rs[len(rs)-1]["id"], flow)
		o.passes(files, flow, text)
	}
	o.must("root", `mutation { deleteLead(id: %q) { lead { id } } }`, id)
	o.settle()
	text, _ := o.cased(o.runs("gone")[0]["id"], "gone")
	o.passes(files, "gone", text)
}
