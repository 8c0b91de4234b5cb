package main

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

// stopped makes a lead, and gives the run of a flow that stopped because of it.
func (o *office) stopped(flow, values string) (lead string, run any) {
	o.t.Helper()
	lead = o.lead("root", values)
	o.settle()
	rs := o.runs(flow)
	if len(rs) == 0 || rs[len(rs)-1]["status"] != "failed" {
		o.t.Fatalf("the runs: %v", rs)
	}
	return lead, rs[len(rs)-1]["id"]
}

// verbs are those of a run's trace, with their steps.
func (o *office) verbs(run any) string {
	o.t.Helper()
	var out []string
	for _, e := range o.run(run)["trace"].([]any) {
		out = append(out, strings.TrimSuffix(fmt.Sprint(dig(e, "verb"), ":", dig(e, "step")), ":<nil>"))
	}
	return strings.Join(out, " ")
}

// TestFlowRetryEdited: an administrator tries the step again with other values of variables; the trace keeps who
// changed what, from what and to what, but for what is secret, which nobody is shown. What is no variable, or of
// another kind, is refused in both languages, and so is a retry of a step at which the run no longer stands.
func TestFlowRetryEdited(t *testing.T) {
	o := newOffice(t)
	o.publish(leads(map[string]string{"word": `{"key": "word", "trigger": {"type": "record", "object": "lead", "on": ["create"]}, "vars": {"say": "text", "n": "int", "token": "text", "day": "date"}, "settings": {"secret": ["vars.token"]},
		"steps": [{"id": "pick", "type": "set", "set": {"say": "\"poison\"", "n": "score", "token": "\"t0ps3cret\""}},
			{"id": "tell", "type": "update", "set": {"note": "vars.say", "score": "vars.n + 1", "rating": "IF(vars.token = \"0ther\", \"let in\", \"?\")"}}]}`}))
	id, run := o.stopped("word", `score: 1`)
	shown := o.must("root", `{ flowRun(id: %q) { vars remedies { vars out from } trace { out } } }`, run)
	if got := fmt.Sprint(dig(shown, "flowRun", "vars")); strings.Contains(fmt.Sprint(shown), "t0ps3cret") || got != "map[n:1 say:poison token:•••]" {
		t.Errorf("the variables: %s; %v", got, shown)
	}
	if got := fmt.Sprint(dig(shown, "flowRun", "remedies")); got != "map[from:[pick tell] out:map[] vars:map[day:date n:int say:text token:text]]" {
		t.Errorf("the remedies: %s", got)
	}
	for vars, zh := range map[string]string{`{nothing: 1}`: "自动化没有变量 nothing", `{n: "many"}`: "变量 n 的类型为“整数”", `{n: 1.5}`: "变量 n 的类型为“整数”", `{day: "soon"}`: "变量 day 的类型为“日期”", `{say: 3}`: "变量 say 的类型为“文本”"} {
		a := o.do("root", `mutation { retryFlowRun(run: %q, reason: "why", vars: %s) { id } }`, run, vars)
		if a.code() != "INVALID_INPUT" || a.Errors[0].Extensions["field"] != "vars" || a.Errors[0].Extensions["message_zh"] != zh {
			t.Errorf("%s: %s", vars, a.raw)
		}
	}
	for _, given := range []string{`vars: [1]`, `vars: "n"`} {
		if a := o.do("root", `mutation { retryFlowRun(run: %q, reason: "why", %s) { id } }`, run, given); a.code() != "INVALID_INPUT" || a.Errors[0].Extensions["field"] != "vars" {
			t.Errorf("%s: %s", given, a.raw)
		}
	}
	if a := o.do("root", `mutation { retryFlowRun(run: %q, reason: "why", step: "pick") { id } }`, run); a.code() != "INVALID_STATE" {
		t.Errorf("of another step: %s", a.raw)
	}
	if a := o.do("ann", `mutation { retryFlowRun(run: %q, reason: "why", vars: {say: "mine"}) { id } }`, run); a.code() != "NOT_FOUND" {
		t.Errorf("somebody else: %s", a.raw)
	}
	if got := o.verbs(run); got != "run.started step.succeeded:pick step.failed:tell run.failed:tell" {
		t.Errorf("what was refused left %s", got)
	}
	status, out, _ := o.plain("root", http.MethodPost, fmt.Sprintf("/api/flows/runs/%v/retry", run), `{"reason": "mended", "step": "tell", "vars": {"say": "hello", "n": 1000000, "token": "0ther"}}`, nil)
	if status != http.StatusOK {
		t.Fatalf("retry: %d %v", status, out)
	}
	o.settle()
	if got := fmt.Sprint(o.field(id, "note"), " ", o.field(id, "score"), " ", o.field(id, "rating"), " ", o.run(run)["status"]); got != "hello 1.000001e+06 let in succeeded" {
		t.Errorf("the lead: %s", got)
	}
	d := o.must("root", `{ flowRun(id: %q) { trace { verb by message edits } } }`, run)
	var told []string
	for _, e := range dig(d, "flowRun", "trace").([]any) {
		if by := dig(e, "by"); by != nil {
			told = append(told, fmt.Sprint(dig(e, "verb"), " ", by, " ", dig(e, "message"), " ", dig(e, "edits")))
		}
	}
	if want := "run.retry root mended <nil>|vars.edited root <nil> [map[from:1 name:n to:1e+06] map[from:poison name:say to:hello] map[from:<nil> name:token to:<nil>]]"; strings.Join(told, "|") != want {
		t.Errorf("the trace tells\n%s, want\n%s", strings.Join(told, "|"), want)
	}
	if raw := fmt.Sprint(o.must("root", `{ flowRun(id: %q) { trace { verb step out message edits } vars } }`, run)); strings.Contains(raw, "t0ps3cret") || strings.Contains(raw, "0ther") {
		t.Errorf("a secret is shown: %s", raw)
	}
}

// TestFlowSkipGiven: a step that is passed over gives what an administrator says it gave, held to what the step
// itself could give; later steps read it.
func TestFlowSkipGiven(t *testing.T) {
	o, depot := newOffice(t), newWarehouse(t)
	files := ordering(depot.url, "")
	long := strings.Repeat("1234567890", 5) // too long for the field
	files["flows/made.json"] = `{"key": "made", "trigger": {"type": "record", "object": "lead", "on": ["update"]}, "steps": [
		{"id": "chore", "type": "create", "object": "chore", "set": {"title": "name", "state": "\"` + long + `\""}},
		{"id": "done", "type": "update", "record": "chore.id", "set": {"state": "\"done\""}}]}`
	o.publish(files)
	depot.status(http.StatusBadRequest)
	id, run := o.stopped("order", `score: 1`)
	if got := fmt.Sprint(dig(o.must("root", `{ flowRun(id: %q) { remedies { out } } }`, run), "flowRun", "remedies", "out")); got != "map[number:text status:int]" {
		t.Errorf("the step gives %s", got)
	}
	for _, out := range []string{`{colour: "red"}`, `{number: 7}`, `{status: "ok"}`, `{record: "x"}`} {
		if a := o.do("root", `mutation { skipFlowStep(run: %q, reason: "why", out: %s) { id } }`, run, out); a.code() != "INVALID_INPUT" || a.Errors[0].Extensions["field"] != "out" {
			t.Errorf("%s: %s", out, a.raw)
		}
	}
	o.must("root", `mutation { skipFlowStep(run: %q, reason: "told by phone", out: {number: "P9", status: 200}, idempotencyKey: "k") { id } }`, run)
	o.must("root", `mutation { skipFlowStep(run: %q, reason: "told by phone", out: {number: "P9", status: 200}, idempotencyKey: "k") { id } }`, run)
	o.settle()
	if got := fmt.Sprint(o.field(id, "note"), o.field(id, "rating"), o.run(run)["status"]); got != "P9oksucceeded" {
		t.Errorf("the lead: %s; %v", got, o.run(run))
	}
	// A record that a step should have made.
	chore := dig(o.must("root", `mutation { createChore(input: {title: "by hand"}) { chore { id } } }`), "createChore", "chore", "id")
	made := o.runs("made") // that of the note that the first run left
	run = made[len(made)-1]["id"]
	for _, rec := range []any{id, "x", "cho_1"} {
		if a := o.do("root", `mutation { skipFlowStep(run: %q, reason: "why", out: {record: %q}) { id } }`, run, rec); a.code() != "INVALID_INPUT" && a.code() != "NOT_FOUND" {
			t.Errorf("%v: %s", rec, a.raw)
		}
	}
	status, out, _ := o.plain("root", http.MethodPost, fmt.Sprintf("/api/flows/runs/%v/skip-step", run), fmt.Sprintf(`{"reason": "there is one", "step": "chore", "out": {"record": %q}}`, chore), nil)
	if status != http.StatusOK {
		t.Fatalf("skip: %d %v", status, out)
	}
	o.settle()
	if got := o.chores(); got != "by hand:done" {
		t.Errorf("the chores: %s; %v", got, o.run(run))
	}
}

// TestFlowRerunFrom: a run goes back to a step, does it and what follows once more, and leaves what came before
// alone: variables and what steps gave are as they were there, other systems are called by the keys that they
// know, and the trace keeps both times.
func TestFlowRerunFrom(t *testing.T) {
	o, depot := newOffice(t), newWarehouse(t)
	files := ordering(depot.url, nativeKey)
	files["flows/order.json"] = `{"key": "order", "trigger": {"type": "record", "object": "lead", "on": ["create"]}, "vars": {"n": "int"}, "steps": [
		{"id": "first", "type": "create", "object": "chore", "set": {"title": "\"first\"", "lead_id": "id", "rank": "1"}},
		{"id": "count", "type": "set", "set": {"n": "COALESCE(vars.n, 0) + 1"}},
		{"id": "which", "type": "condition", "branches": [
			{"id": "low", "when": "score < 10", "steps": [{"id": "ask", "type": "http", "connection": "depot", "with": {"name": "name", "points": "score", "hot": "false"}}, {"id": "more", "type": "set", "set": {"n": "vars.n * 10"}}]},
			{"id": "high", "steps": [{"id": "never", "type": "update", "set": {"rating": "\"high\""}}]}]},
		{"id": "second", "type": "create", "object": "chore", "set": {"title": "CONCAT(\"second \", ask.number)", "lead_id": "id", "rank": "vars.n"}},
		{"id": "mine", "type": "query", "object": "chore", "match": {"lead_id": "id"}, "limit": 10},
		{"id": "each", "type": "loop", "in": "mine", "do": [{"id": "mark", "type": "update", "record": "each.id", "set": {"state": "CONCAT(COALESCE(each.state, \"\"), \"x\")"}}]},
		{"id": "both", "type": "parallel", "branches": [{"id": "l", "steps": [{"id": "left", "type": "wait", "for": "PT1H"}]}, {"id": "r", "steps": [{"id": "bad", "type": "update", "set": {"note": "IF(score = 1, \"poison\", \"fine\")"}}]}]},
		{"id": "last", "type": "update", "set": {"rating": "\"done\""}}]}`
	o.publish(files)
	id, run := o.stopped("order", `score: 1`)
	_, keys := depot.seen()
	if got := o.chores(); len(keys) != 1 || got != "first:x second W1:x" {
		t.Fatalf("called with %v; the chores: %s", keys, got)
	}
	if got := fmt.Sprint(dig(o.must("root", `{ flowRun(id: %q) { remedies { from } } }`, run), "flowRun", "remedies", "from")); got != "[first count which ask more second mine each both]" {
		t.Errorf("it can go back to %s", got)
	}
	for step, code := range map[string]string{"mark": "INVALID_INPUT", "left": "INVALID_INPUT", "bad": "INVALID_INPUT", "last": "INVALID_STATE", "never": "INVALID_STATE", "nowhere": "NOT_FOUND"} {
		a := o.do("root", `mutation { rerunFlowFrom(run: %q, step: %q, reason: "why") { id } }`, run, step)
		if a.code() != code || a.Errors[0].Extensions["field"] != "step" || a.Errors[0].Extensions["message_zh"] == "" {
			t.Errorf("to %s: %s", step, a.raw)
		}
	}
	if a := o.do("ann", `mutation { rerunFlowFrom(run: %q, step: "ask", reason: "why") { id } }`, run); a.code() != "NOT_FOUND" {
		t.Errorf("somebody else: %s", a.raw)
	}
	o.must("root", `mutation { updateLead(id: %q, patch: {score: 2}) { lead { id } } }`, id)
	status, out, _ := o.plain("root", http.MethodPost, fmt.Sprintf("/api/flows/runs/%v/rerun-from", run), `{"reason": "the depot forgot", "step": "ask"}`, map[string]string{"Idempotency-Key": "k"})
	if status != http.StatusOK {
		t.Fatalf("back to ask: %d %v", status, out)
	}
	if a := o.do("root", `mutation { rerunFlowFrom(run: %q, step: "first", reason: "why") { id } }`, run); a.code() != "INVALID_STATE" {
		t.Errorf("while it goes on: %s", a.raw)
	}
	o.settle()
	o.after(time.Hour)
	_, more := depot.seen()
	if len(more) != 1 || more[0] != keys[0] || len(depot.orders) != 1 {
		t.Errorf("called with %v, and then with %v: %d orders", keys, more, len(depot.orders))
	}
	// The first chore stands, the second was made once more from the same n, and the loop went over all three.
	if got := o.chores(); got != "first:xx second W1:x second W1:xx" && got != "first:xx second W1:xx second W1:x" {
		t.Errorf("the chores: %s", got)
	}
	r := o.run(run)
	if r["status"] != "succeeded" || dig(r, "vars", "n") != "10" || o.field(id, "rating") != "done" {
		t.Errorf("the run: %v", r)
	}
	verbs := strings.Split(o.verbs(run), " ")
	if n := slices.Index(verbs, "run.rerun:ask"); n < 0 || !slices.Contains(verbs[:n], "step.succeeded:second") || !slices.Contains(verbs[n:], "step.succeeded:second") || slices.Contains(verbs[n:], "step.succeeded:first") {
		t.Errorf("the trace: %v", verbs)
	}
	if a := o.do("root", `mutation { rerunFlowFrom(run: %q, step: "first", reason: "why") { id } }`, run); a.code() != "INVALID_STATE" {
		t.Errorf("when it has succeeded: %s", a.raw)
	}
}

// TestFlowRerunCompensates: what is undone after going back is what the last time did; a run that was undone does
// not go back.
func TestFlowRerunCompensates(t *testing.T) {
	o := newOffice(t)
	o.publish(leads(map[string]string{"frail": `{"key": "frail", "trigger": {"type": "record", "object": "lead", "on": ["create"]}, "steps": [
		{"id": "one", "type": "create", "object": "chore", "set": {"title": "\"one\"", "rank": "1"}, "compensate": [{"id": "un1", "type": "update", "record": "one.id", "set": {"state": "CONCAT(COALESCE(one.state, \"\"), \"undone\")"}}]},
		{"id": "two", "type": "create", "object": "chore", "set": {"title": "\"two\"", "rank": "2"}, "compensate": [{"id": "un2", "type": "update", "record": "two.id", "set": {"state": "CONCAT(COALESCE(two.state, \"\"), \"undone\")"}}]},
		{"id": "bad", "type": "update", "set": {"note": "\"poison\""}}]}`}))
	_, run := o.stopped("frail", `score: 1`)
	o.must("root", `mutation { rerunFlowFrom(run: %q, step: "two", reason: "once more") { id } }`, run)
	o.settle()
	o.must("root", `mutation { compensateFlowRun(run: %q, reason: "all wrong") { id } }`, run)
	o.settle()
	if got := o.chores(); got != "one:undone two:<nil> two:undone" && got != "one:undone two:undone two:<nil>" {
		t.Errorf("the chores: %s", got)
	}
	if a := o.do("root", `mutation { rerunFlowFrom(run: %q, step: "two", reason: "why") { id } }`, run); a.code() != "INVALID_STATE" {
		t.Errorf("when it was undone: %s", a.raw)
	}
}

// TestFlowRerun: all of a run is done again as another run, which names it, and calls other systems by keys of its own.
func TestFlowRerun(t *testing.T) {
	o, depot := newOffice(t), newWarehouse(t)
	o.publish(ordering(depot.url, nativeKey))
	depot.status(http.StatusBadRequest)
	_, run := o.stopped("order", `score: 1`)
	depot.answers(nil)
	_, keys := depot.seen()
	again := dig(o.must("root", `mutation { rerunFlow(run: %q, reason: "they were wrong", idempotencyKey: "k") { id retryOf } }`, run), "rerunFlow")
	twice := dig(o.must("root", `mutation { rerunFlow(run: %q, reason: "they were wrong", idempotencyKey: "k") { id } }`, run), "rerunFlow")
	o.settle()
	_, more := depot.seen()
	if dig(again, "retryOf") != run || dig(again, "id") == run || dig(twice, "id") != dig(again, "id") || len(more) != 1 || more[0] == keys[0] {
		t.Errorf("again: %v, %v; called with %v and %v", again, twice, keys, more)
	}
	if got := o.statuses("order"); got != "failed succeeded" {
		t.Errorf("the runs: %s", got)
	}
}

// TestFlowRetryOn: a step says after which failures it is tried again.
func TestFlowRetryOn(t *testing.T) {
	o, depot := newOffice(t), newWarehouse(t)
	o.publish(ordering(depot.url, `, "retry": {"max": 3, "retryOn": ["refused", "network"]}`))
	depot.status(http.StatusBadRequest)
	o.lead("root", `score: 1`)
	o.settle()
	depot.answers(nil)
	o.after(time.Minute)
	if got := o.statuses("order"); got != "succeeded" {
		t.Errorf("what it is tried again after: %s", got)
	}
	depot.status(http.StatusServiceUnavailable)
	o.lead("root", `score: 2`)
	o.settle()
	if got := o.statuses("order"); got != "succeeded failed" {
		t.Errorf("what it is not tried again after: %s", got)
	}
	files := ordering(depot.url, `, "retry": {"retryOn": ["netwrok"]}`)
	if got := o.propose(files).Findings; !strings.Contains(fmt.Sprint(got), `no step fails with "netwrok"`) || got[0].Summary.Zh == "" {
		t.Errorf("an unknown class: %v", got)
	}
}

// groups tells what runs stand failed of, by signature.
func (o *office) groups(flow string) string {
	o.t.Helper()
	var out []string
	for _, x := range dig(o.must("root", `{ flowFailures(flow: %s) { signature count } }`, flow), "flowFailures").([]any) {
		out = append(out, fmt.Sprint(dig(x, "count"), " ", dig(x, "signature")))
	}
	return strings.Join(out, ", ")
}

// TestFlowFailures: what runs stand failed of is grouped by flow, step and code; one order goes to all of a group, so
// many a call; each run succeeds or is refused by itself, and a repeated call is about the same runs.
func TestFlowFailures(t *testing.T) {
	o := newOffice(t)
	o.publish(leads(map[string]string{
		"word": `{"key": "word", "trigger": {"type": "record", "object": "lead", "on": ["create"]}, "vars": {"say": "text"}, "steps": [
			{"id": "pick", "type": "set", "set": {"say": "\"poison\""}}, {"id": "tell", "type": "update", "set": {"note": "IF(score = 7, \"poison\", vars.say)"}}]}`,
		"late": `{"key": "late", "trigger": {"type": "record", "object": "lead", "on": ["create"]}, "settings": {"runTimeout": "PT1H"}, "steps": [{"id": "rest", "type": "wait", "when": "score = 9", "for": "P1D"}]}`,
	}))
	for _, score := range []int{1, 2, 7, 4, 9} {
		o.lead("root", fmt.Sprint("score: ", score))
		o.settle()
	}
	o.after(2 * time.Hour)
	if got := o.groups("null"); got != "5 word/tell/VALIDATION_FAILED, 1 late//RUN_TIMEOUT" || o.groups(`"late"`) != "1 late//RUN_TIMEOUT" {
		t.Fatalf("the failures: %s", got)
	}
	rs := o.runs("word")
	group := dig(o.must("root", `{ flowFailures(flow: "word") { flow step code message since latest runs } flowRun(id: %q) { incident { signature } } }`, rs[0]["id"]), "flowFailures").([]any)[0]
	if got := fmt.Sprint(dig(group, "flow"), dig(group, "step"), dig(group, "code"), dig(group, "message")); got != "wordtellVALIDATION_FAILEDpoison" || len(dig(group, "runs").([]any)) != 5 || dig(group, "runs").([]any)[0] != rs[4]["id"] {
		t.Errorf("the group: %v", group)
	}
	all := `operateFlowRuns(signature: "word/tell/VALIDATION_FAILED", do: %q, reason: "mended", %s) { left runs { run status code message } }`
	for who, code := range map[string]string{"ann": "FORBIDDEN", "bob": "FORBIDDEN"} {
		if a := o.do(who, "mutation { "+all+" }", "retry", "first: 1"); a.code() != code {
			t.Errorf("%s: %s", who, a.raw)
		}
		if a := o.do(who, "{ flowFailures { signature } }"); a.code() != code {
			t.Errorf("%s: %s", who, a.raw)
		}
	}
	for do, more := range map[string]string{"compensate": "first: 1", "retry": "first: 101", "skip": "first: 0"} {
		if a := o.do("root", "mutation { "+all+" }", do, more); a.code() != "INVALID_INPUT" {
			t.Errorf("%s %s: %s", do, more, a.raw)
		}
	}
	// The oldest three; one of them fails of the same again, and is behind the others then.
	first := dig(o.must("root", "mutation { "+all+" }", "retry", `vars: {say: "fine"}, first: 3, idempotencyKey: "k"`), "operateFlowRuns")
	o.settle()
	again := dig(o.must("root", "mutation { "+all+" }", "retry", `vars: {say: "fine"}, first: 3, idempotencyKey: "k"`), "operateFlowRuns")
	var told []string
	for i, x := range dig(first, "runs").([]any) {
		told = append(told, fmt.Sprint(dig(x, "status"), dig(x, "code"), dig(x, "run") == rs[i]["id"], dig(again, "runs").([]any)[i].(map[string]any)["run"] == rs[i]["id"]))
	}
	if got := strings.Join(told, " "); got != "running<nil> true true running<nil> true true running<nil> true true" || fmt.Sprint(dig(first, "left"), dig(again, "left")) != "2 3" {
		t.Errorf("told: %s; %v, %v", got, first, again)
	}
	if got := o.statuses("word") + " " + o.groups("null"); got != "succeeded succeeded failed failed failed 3 word/tell/VALIDATION_FAILED, 1 late//RUN_TIMEOUT" {
		t.Errorf("mended: %s", got)
	}
	if a := o.do("root", "mutation { "+all+" }", "cancel", `first: 3, idempotencyKey: "k"`); a.code() != "IDEMPOTENCY_KEY_REUSED" {
		t.Errorf("the key for something else: %s", a.raw)
	}
	// What the step could not give is refused for each of them, and nothing happens.
	refused := dig(o.must("root", "mutation { "+all+" }", "skip", `out: {colour: "red"}, first: 2`), "operateFlowRuns")
	if x := dig(refused, "runs").([]any); len(x) != 2 || dig(x[0], "code") != "INVALID_INPUT" || dig(x[0], "status") != nil || dig(refused, "left") != 3.0 {
		t.Errorf("refused: %v", refused)
	}
	status, out, _ := o.plain("root", http.MethodPost, "/api/flows/failures", `{"signature": "word/tell/VALIDATION_FAILED", "do": "skip", "reason": "no matter", "first": 1}`, nil)
	if status != http.StatusOK || fmt.Sprint(dig(out, "data", "left")) != "2" {
		t.Errorf("by path: %d %v", status, out)
	}
	o.must("root", "mutation { "+all+" }", "cancel", "first: 100")
	o.settle()
	status, out, _ = o.plain("root", http.MethodGet, "/api/flows/failures?flow=word", "", nil)
	if got := o.statuses("word"); got != "succeeded succeeded cancelled succeeded cancelled" || status != http.StatusOK || len(dig(out, "data").([]any)) != 0 {
		t.Errorf("in the end: %s; %d %v", got, status, out)
	}
	// Of what failed as a whole there is no step to try again.
	lost := dig(o.must("root", `mutation { operateFlowRuns(signature: "late//RUN_TIMEOUT", do: "retry", reason: "why") { left runs { code } } }`), "operateFlowRuns")
	if fmt.Sprint(lost) != "map[left:1 runs:[map[code:INVALID_STATE]]]" {
		t.Errorf("as a whole: %v", lost)
	}
}
