package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// warehouse is another system that orders are told: it knows an order by its Idempotency-Key.
type warehouse struct {
	url string

	mu     sync.Mutex
	calls  []string // method, path and body of each
	keys   []string // of each call that has one
	orders map[string]string
	answer func(w http.ResponseWriter, r *http.Request) bool // nil or false: as it does
}

func newWarehouse(t *testing.T) *warehouse {
	t.Helper()
	h := &warehouse{orders: map[string]string{}}
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	h.url = srv.URL
	return h
}

func (h *warehouse) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h.mu.Lock()
	defer h.mu.Unlock()
	body, _ := io.ReadAll(r.Body)
	key := r.Header.Get("Idempotency-Key")
	h.calls = append(h.calls, strings.TrimSpace(r.Method+" "+r.URL.Path+" "+string(body)))
	h.keys = append(h.keys, key)
	if h.answer != nil && h.answer(w, r) {
		return
	}
	if id, asked := strings.CutPrefix(r.URL.Path, "/known/"); asked {
		if h.orders[id] == "" {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		fmt.Fprintf(w, `{"order": {"number": %q}}`, h.orders[id])
		return
	}
	if h.orders[key] == "" {
		h.orders[key] = fmt.Sprintf("W%d", len(h.orders)+1)
	}
	fmt.Fprintf(w, `{"order": {"number": %q}}`, h.orders[key])
}

// seen gives the calls since the last time, and their keys.
func (h *warehouse) seen() (calls, keys []string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	calls, keys = h.calls, h.keys
	h.calls, h.keys = nil, nil
	return calls, keys
}

func (h *warehouse) answers(f func(w http.ResponseWriter, r *http.Request) bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.answer = f
}

// status lets every call be answered with a status, after something is done.
func (h *warehouse) status(n int, header ...string) {
	h.answers(func(w http.ResponseWriter, _ *http.Request) bool {
		if len(header) == 2 {
			w.Header().Set(header[0], header[1])
		}
		w.WriteHeader(n)
		return true
	})
}

// takesAndBreaks lets the warehouse take a call and break off before it answers.
func (h *warehouse) takesAndBreaks() {
	h.answers(func(w http.ResponseWriter, r *http.Request) bool {
		if strings.HasPrefix(r.URL.Path, "/known/") {
			return false
		}
		key := r.Header.Get("Idempotency-Key")
		if h.orders[key] == "" {
			h.orders[key] = fmt.Sprintf("W%d", len(h.orders)+1)
		}
		c, _, err := w.(http.Hijacker).Hijack()
		if err == nil {
			_ = c.Close()
		}
		return true
	})
}

// ordering are files with a flow that tells a warehouse of new leads; more are settings of its call.
func ordering(url, more string) map[string]string {
	out := leads(map[string]string{"order": `{"key": "order", "trigger": {"type": "record", "object": "lead", "on": ["create"]}, "steps": [
		{"id": "ask", "type": "http", "connection": "depot", "with": {"name": "name", "points": "score", "hot": "score > 50", "who": "id"}` + more + `},
		{"id": "keep", "type": "update", "set": {"note": "ask.number", "rating": "IF(ask.status = 200, \"ok\", \"?\")"}}]}`})
	out["connections/depot.json"] = fmt.Sprintf(`{"name": "depot", "label": {"en": "Depot", "zh-CN": "仓库"}, "type": "http", "address": %q, "limits": {"private": true, "timeout": 2000},
		"request": {"path": "/orders/{{name}}", "body": {"lead.name": "{{name}}", "lead.points": "{{points}}", "lead.hot": "{{hot}}", "text": "points: {{points}}"}, "result": {"number": "order.number"}}}`, url)
	return out
}

const nativeKey = `, "idempotency": "native_key"`

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

// TestFlowSend: a step sends a message through a connection that is no HTTP.
func TestFlowSend(t *testing.T) {
	o := newOffice(t)
	shop := newReceiver(t)
	files := told(shop.url, "")
	delete(files, "webhooks/hot.json")
	files["flows/say.json"] = `{"key": "say", "trigger": {"type": "record", "object": "lead", "on": ["create"]}, "steps": [{"id": "s", "type": "send", "connection": "shop", "subject": "CONCAT(\"new: \", name)", "body": "note", "with": {"points": "score"}}]}`
	o.publish(files)
	o.administer(`mutation { setSecret(name: "shop_key", value: %q) }`, hookSecret)
	o.lead("root", `score: 7, note: "body"`)
	o.settle()
	got, _ := shop.take()
	if len(got) != 1 || dig(got[0], "subject") != "new: L" || dig(got[0], "body") != "body" || dig(got[0], "values", "points") != 7.0 {
		t.Errorf("sent %v; %v", got, o.run(o.runs("say")[0]["id"]))
	}
}

// TestFlowNotify: people are told once for each run and round of a loop, and of records of which they know;
// who runs in somebody's name tells no more than that person may read.
func TestFlowNotify(t *testing.T) {
	o := newOffice(t)
	files := leads(map[string]string{"tell": `{"key": "tell", "trigger": {"type": "record", "object": "lead", "on": ["create"]}, "steps": [
		{"id": "one", "type": "notify", "message": "hot_lead", "to": "owner_id"},
		{"id": "them", "type": "query", "object": "person", "where": "username = \"ann\" OR username = \"bob\"", "limit": 10},
		{"id": "all", "type": "notify", "message": "hot_lead", "in": "them"},
		{"id": "each", "type": "loop", "in": "them", "do": [{"id": "again", "type": "notify", "message": "hot_lead", "to": "each.id"}]},
		{"id": "none", "type": "notify", "message": "hot_lead", "to": "NULL"}]}`})
	files["messages/hot_lead.json"] = `{"name": "hot_lead", "label": {"en": "Hot lead", "zh-CN": "热门线索"}, "object": "lead", "subject": {"en": "{{name}} is hot: {{score}}", "zh-CN": "{{name}}：{{score}}"}}`
	o.publish(files)
	o.lead("root", `score: 9`)
	o.settle()
	if r := o.run(o.runs("tell")[0]["id"]); r["status"] != "succeeded" {
		t.Fatal(r)
	}
	for who, want := range map[string]int{"ann": 2, "bob": 2, "cat": 0} {
		d := dig(o.must(who, `{ notifications(first: 20) { nodes { title } } }`), "notifications", "nodes").([]any)
		if len(d) != want || want > 0 && dig(d[0], "title") != "L is hot: 9" {
			t.Errorf("%s was told %v", who, d)
		}
	}
	mine := secret(`"runAs": "trigger_user"`, "", `{"id": "x", "type": "notify", "message": "hot_lead", "to": "owner_id"}`)
	mine["flows/mine.json"] = strings.Replace(mine["flows/mine.json"], `, "when": ""`, "", 1)
	mine["messages/hot_lead.json"] = files["messages/hot_lead.json"]
	o.publish(mine)
	o.lead("ann", `note: "n"`)
	o.settle()
	if r := o.runs("mine")[0]; dig(r, "incident", "code") != "FORBIDDEN" {
		t.Errorf("a score that ann may not read: %v", r)
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

// callLifeDir and callLifeURL name the data directory and the warehouse of TestFlowCallLife.
const callLifeDir, callLifeURL, callLifeMore = "TENON_TEST_CALL_LIFE", "TENON_TEST_CALL_URL", "TENON_TEST_CALL_MORE"

// TestFlowCallLife is the life of a run that calls another system. TestKilledCall runs it.
func TestFlowCallLife(t *testing.T) {
	dir := os.Getenv(callLifeDir)
	if dir == "" {
		t.Skip("TestKilledCall runs it")
	}
	o := moveIn(t, dir, nil)
	if o.in.publish.Tenant.Catalog().Flow("order") == nil {
		o.publish(ordering(os.Getenv(callLifeURL), os.Getenv(callLifeMore)))
	}
	id := dig(o.must("root", `mutation { createLead(input: {name: "L", score: 1}, idempotencyKey: "l1") { lead { id } } }`), "createLead", "lead", "id").(string)
	for _, m := range []int{0, 2, 5, 30, 60} {
		o.at(m)
	}
	r := o.run(o.runs("order")[0]["id"])
	raw, err := json.Marshal([]any{r["status"], dig(r, "incident", "code"), o.field(id, "note")})
	if err != nil {
		t.Fatal(err)
	}
	fmt.Printf("LIFE %s\n", raw)
}

// TestKilledCall ends the process around every commit in the life of a run that calls another system: with
// a key that the system knows there is one order and the run succeeds; without, there is one order at most,
// and where nobody knows, the run says so and never calls again.
func TestKilledCall(t *testing.T) {
	for name, more := range map[string]string{"none": "", "native_key": nativeKey} {
		t.Run(name, func(t *testing.T) {
			base := filepath.Join(shortDir(t), "base")
			t.Run("base", func(t *testing.T) { moveIn(t, base, nil).publish(ordering("http://127.0.0.1:1", more)) })
			outcomes := map[string]int{}
			life := func(n int, when string) (whole bool) {
				depot := newWarehouse(t)
				dir := filepath.Join(shortDir(t), fmt.Sprintf("k%d%s", n, when))
				if err := os.CopyFS(dir, os.DirFS(base)); err != nil {
					t.Fatal(err)
				}
				defer func() { _ = os.RemoveAll(dir) }()
				t.Run("address", func(t *testing.T) { moveIn(t, dir, nil).publish(ordering(depot.url, more)) })
				run := func(crash string) (string, bool) {
					cmd := exec.Command(os.Args[0], "-test.run=^TestFlowCallLife$", "-test.count=1")
					cmd.Env = append(os.Environ(), callLifeDir+"="+dir, "TENON_CRASH_AT="+crash)
					out, err := cmd.CombinedOutput()
					_, rest, ok := strings.Cut(string(out), "LIFE ")
					line, _, _ := strings.Cut(rest, "\n")
					return line, ok && err == nil
				}
				got, whole := run(fmt.Sprintf("%d:%s", n, when))
				if !whole {
					var ok bool
					if got, ok = run(""); !ok {
						t.Fatalf("killed %s commit %d: the life does not end", when, n)
					}
				}
				calls, _ := depot.seen()
				outcomes[got]++
				switch {
				case len(depot.orders) > 1, name == "none" && len(calls) > 1:
					t.Fatalf("killed %s commit %d: %d orders, called %v", when, n, len(depot.orders), calls)
				case got == `["succeeded",null,"W1"]` && len(depot.orders) == 1:
				case name == "none" && got == `["failed","OUTCOME_UNKNOWN",null]`:
				default:
					t.Fatalf("killed %s commit %d: %s, %d orders", when, n, got, len(depot.orders))
				}
				return whole
			}
			for n := 1; ; n++ {
				before, after := life(n, "before"), life(n, "after")
				if before && after {
					break
				}
			}
			t.Logf("%v", outcomes)
			if unknown := outcomes[`["failed","OUTCOME_UNKNOWN",null]`]; (name == "none") != (unknown > 0) || outcomes[`["succeeded",null,"W1"]`] < 10 {
				t.Errorf("the outcomes: %v", outcomes)
			}
		})
	}
}
