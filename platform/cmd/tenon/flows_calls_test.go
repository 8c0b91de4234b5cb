package main

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

// TestFlowCall: a step calls another system with typed values, and later steps read what it answers.
func TestFlowCall(t *testing.T) {
	o, depot := newOffice(t), newWarehouse(t)
	o.publish(ordering(depot.url, ""))
	id := o.lead("root", `score: 60`)
	o.settle()
	calls, keys := depot.seen()
	if want := `POST /orders/L {"lead":{"hot":true,"name":"L","points":60},"text":"points: 60"}`; len(calls) != 1 || calls[0] != want || len(keys[0]) != 64 {
		t.Fatalf("called %q with %q, want %q", calls, keys, want)
	}
	if o.field(id, "note") != "W1" || o.field(id, "rating") != "ok" {
		t.Errorf("the lead: %v, %v", o.field(id, "note"), o.field(id, "rating"))
	}
	var verbs []string
	for _, e := range o.run(o.runs("order")[0]["id"])["trace"].([]any) {
		verbs = append(verbs, fmt.Sprint(dig(e, "verb")))
	}
	if got := strings.Join(verbs, " "); got != "run.started step.sending step.succeeded step.succeeded run.succeeded" {
		t.Errorf("the trace: %s", got)
	}
	sim := dig(o.must("root", `mutation { simulateFlow(flow: "order", record: %q, mocks: {ask: {number: "X9"}}) { status trace { verb step out } } }`, id), "simulateFlow")
	if dig(sim, "status") != "succeeded" || !strings.Contains(fmt.Sprint(sim), "X9") {
		t.Errorf("simulated: %v", sim)
	}
	sim = dig(o.must("root", `mutation { simulateFlow(flow: "order", record: %q, mocks: {ask: {fault: "REJECTED"}}) { status incident { code step } } }`, id), "simulateFlow")
	if fmt.Sprint(sim) != "map[incident:map[code:REJECTED step:ask] status:failed]" {
		t.Errorf("simulated: %v", sim)
	}
	if a := o.do("root", `mutation { simulateFlow(flow: "order", record: %q, mocks: {ask: {colour: "red"}}) { status } }`, id); a.code() != "INVALID_INPUT" {
		t.Errorf("a mock of nothing: %s", a.raw)
	}
	if calls, _ := depot.seen(); len(calls) > 0 {
		t.Errorf("simulating calls: %v", calls)
	}
}

// TestFlowCallRetries: what may pass is tried again with the same key, after as long as the other system
// asks for; what it rejects is not.
func TestFlowCallRetries(t *testing.T) {
	o, depot := newOffice(t), newWarehouse(t)
	o.publish(ordering(depot.url, nativeKey))
	depot.status(http.StatusTooManyRequests, "Retry-After", "300")
	id := o.lead("root", `score: 1`)
	o.settle()
	o.after(299 * time.Second)
	calls, keys := depot.seen()
	if len(calls) != 1 {
		t.Fatalf("it comes back before it was asked to: %v", calls)
	}
	depot.status(http.StatusBadGateway)
	o.after(2 * time.Second)
	depot.answers(nil)
	o.after(21 * time.Second)
	calls, again := depot.seen()
	if len(calls) != 2 || again[0] != keys[0] || again[1] != keys[0] || o.field(id, "note") != "W1" {
		t.Fatalf("called %v with %v after %v; the lead is %v", calls, again, keys, o.field(id, "note"))
	}
	depot.status(http.StatusUnprocessableEntity)
	o.lead("root", `score: 2`)
	o.settle()
	o.after(time.Hour)
	r := o.run(o.runs("order")[1]["id"])
	if calls, _ := depot.seen(); len(calls) != 1 || r["status"] != "failed" || dig(r, "incident", "code") != "REJECTED" {
		t.Errorf("rejected: %v, %v", calls, r)
	}
	depot.answers(nil)
	o.must("root", `mutation { retryFlowRun(run: %q, reason: "mended") { id } }`, r["id"])
	o.settle()
	if got := o.statuses("order"); got != "succeeded succeeded" {
		t.Errorf("tried again: %s", got)
	}
}

// TestFlowCallUnknown: where nobody knows whether a call was taken, it is made again if the other system
// knows its key, asked for if it can be asked, and else an administrator decides.
func TestFlowCallUnknown(t *testing.T) {
	for name, more := range map[string]string{"none": "", "native_key": nativeKey,
		"check": `, "idempotency": "check", "check": {"method": "GET", "path": "/known/{{id}}", "result": {"number": "order.number"}}`} {
		t.Run(name, func(t *testing.T) {
			o, depot := newOffice(t), newWarehouse(t)
			o.publish(ordering(depot.url, more))
			depot.takesAndBreaks()
			id := o.lead("root", `score: 1`)
			o.settle()
			depot.answers(nil)
			for range 3 {
				o.after(time.Hour)
			}
			calls, _ := depot.seen()
			r := o.run(o.runs("order")[0]["id"])
			if len(depot.orders) != 1 {
				t.Errorf("there are %d orders", len(depot.orders))
			}
			if name != "none" {
				if r["status"] != "succeeded" || o.field(id, "note") != "W1" {
					t.Errorf("the run: %v; %v", r, calls)
				}
				return
			}
			if len(calls) != 1 || r["status"] != "failed" || dig(r, "incident", "code") != "OUTCOME_UNKNOWN" || !strings.Contains(fmt.Sprint(r), "step.unknown") {
				t.Fatalf("the run: %v; %v", r, calls)
			}
			o.must("root", `mutation { skipFlowStep(run: %q, reason: "the depot has it") { id } }`, r["id"])
			o.settle()
			if got := o.statuses("order"); got != "succeeded" {
				t.Errorf("passed over: %s", got)
			}
			if calls, _ := depot.seen(); len(calls) > 0 {
				t.Errorf("called again: %v", calls)
			}
		})
	}
}

// TestFlowCallLimits: a run that is cancelled makes no more calls; the rate of a connection holds; one that
// is switched off is not called.
func TestFlowCallLimits(t *testing.T) {
	o, depot := newOffice(t), newWarehouse(t)
	files := ordering(depot.url, nativeKey)
	files["connections/depot.json"] = strings.Replace(files["connections/depot.json"], `"timeout": 2000`, `"timeout": 2000, "rate": 2`, 1)
	o.publish(files)
	for range 5 {
		o.lead("root", `score: 1`)
	}
	for i, want := range []int{2, 2, 0} {
		o.settle()
		if got, _ := depot.seen(); len(got) != want {
			t.Errorf("minute %d: called %d times", i, len(got))
		}
		if i == 1 {
			for _, r := range o.runs("order") {
				if r["status"] == "running" {
					o.must("root", `mutation { cancelFlowRun(run: %q, reason: "no") { id } }`, r["id"])
				}
			}
		}
		o.clock.Set(o.clock.Now().Add(time.Minute))
	}
	o.administer(`mutation { setConnectionDisabled(name: "depot", disabled: true) { disabled } }`)
	o.lead("root", `score: 1`)
	o.settle()
	rs := o.runs("order")
	if last := rs[len(rs)-1]; last["status"] != "failed" || dig(last, "incident", "code") != "MISCONFIGURED" {
		t.Errorf("switched off: %v", last)
	}
}

// TestFlowCallRights: a run in somebody's name tells another system no more than that person may read.
func TestFlowCallRights(t *testing.T) {
	o, depot := newOffice(t), newWarehouse(t)
	files := secret(`"runAs": "trigger_user"`, "", `{"id": "ask", "type": "http", "connection": "depot", "with": {"name": "name", "points": "score"}}`)
	files["connections/depot.json"] = ordering(depot.url, "")["connections/depot.json"]
	files["flows/mine.json"] = strings.Replace(files["flows/mine.json"], `, "when": ""`, "", 1)
	o.publish(files)
	o.lead("ann", `note: "n"`)
	o.settle()
	r := o.runs("mine")[0]
	if calls, _ := depot.seen(); len(calls) > 0 || dig(r, "incident", "code") != "FORBIDDEN" {
		t.Errorf("called %v; the run: %v", calls, r)
	}
}

// TestFlowCallCases: cases of a package say what other systems answer, and hold the package to what they
// are told.
func TestFlowCallCases(t *testing.T) {
	o := newOffice(t)
	with := func(cases string) map[string]string {
		files := ordering("https://depot.example.com", "")
		files["flows/order.json"] = strings.Replace(files["flows/order.json"], `"steps":`, `"tests": [`+cases+`], "steps":`, 1)
		return files
	}
	one := `{"name": "a lead is told", "mocks": {"depot": [%s]}, "when": [{"create": "lead", "key": "l", "values": {"name": "L", "score": 60}}], "then": {"calls": {"depot": [{"name": "L", "points": %d, "who": {"ref": "l"}}]}, "records": {"l": {"note": %s}}, "runs": {"order": [%q]}}}`
	o.publish(with(fmt.Sprintf(one, `{"values": {"number": "N7"}}`, 60, `"N7"`, "succeeded") + `,` + strings.Replace(fmt.Sprintf(one, `{"fault": "REJECTED"}`, 60, `null`, "failed"), "a lead is told", "it is rejected", 1)))
	for want, text := range map[string]string{"got 60, want 61": fmt.Sprintf(one, ``, 61, `"number"`, "succeeded"), `the runs are "succeeded", want "failed"`: fmt.Sprintf(one, ``, 60, `"number"`, "failed")} {
		if got := fmt.Sprint(o.propose(with(text)).Findings); !strings.Contains(got, want) {
			t.Errorf("%s: %s", want, got)
		}
	}
}
