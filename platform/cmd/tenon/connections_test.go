package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tenon-platform/tenon/platform/clock"
	"github.com/tenon-platform/tenon/platform/httpd"
	"github.com/tenon-platform/tenon/workflow/connect"
)

// hookSecret signs what the receiver gets; it must show nowhere.
const hookSecret = "whsec_c3VwZXItc2VjcmV0LWtleS1vZi1hLXdlYmhvb2s="

// receiver is another system that webhooks tell.
type receiver struct {
	t   *testing.T
	url string

	mu     sync.Mutex
	got    []map[string]any
	ids    []string
	answer func(w http.ResponseWriter, r *http.Request) // nil: it takes everything
}

func newReceiver(t *testing.T) *receiver {
	t.Helper()
	r := &receiver{t: t}
	srv := httptest.NewServer(http.HandlerFunc(r.serve))
	t.Cleanup(srv.Close)
	r.url = srv.URL
	return r
}

func (r *receiver) serve(w http.ResponseWriter, q *http.Request) {
	r.mu.Lock()
	defer r.mu.Unlock()
	body, err := io.ReadAll(q.Body)
	if err != nil {
		r.t.Error(err)
	}
	id := q.Header.Get(connect.HeaderID)
	if !connect.Verify(hookSecret, id, q.Header.Get(connect.HeaderTimestamp), q.Header.Get(connect.HeaderSignature), body) {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	var m map[string]any
	if err := json.Unmarshal(body, &m); err != nil {
		r.t.Error(err)
	}
	r.ids, r.got = append(r.ids, id), append(r.got, m)
	if r.answer != nil {
		r.answer(w, q)
	}
}

// take gives what has come since the last call, with the ids.
func (r *receiver) take() ([]map[string]any, []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	got, ids := r.got, r.ids
	r.got, r.ids = nil, nil
	return got, ids
}

func (r *receiver) answers(f func(w http.ResponseWriter, q *http.Request)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.answer = f
}

func says(status int) func(http.ResponseWriter, *http.Request) {
	return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }
}

// told are files that tell a receiver of leads.
func told(url, more string) map[string]string {
	out := leads(nil)
	out["connections/shop.json"] = fmt.Sprintf(`{"name": "shop", "label": {"en": "Shop", "zh-CN": "商店"}, "type": "webhook", "address": %q, "auth": {"type": "signature", "secret": "shop_key"},
		"limits": {"private": true, "timeout": 2000%s}}`, url, more)
	out["webhooks/hot.json"] = `{"name": "hot", "label": {"en": "Hot", "zh-CN": "热门"}, "connection": "shop", "object": "lead", "on": ["create", "update", "delete"], "changed": ["score"],
		"when": "score > 50", "fields": ["name", "score"]}`
	return out
}

// remoteOffice is an office whose log is kept.
func remoteOffice(t *testing.T, dir string, clk *clock.Fixed, log *bytes.Buffer) *office {
	t.Helper()
	in, err := openInstance(context.Background(), &common{data: dir, store: "sqlite"}, clk, slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug})))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := in.close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return &office{t: t, in: in, clock: clk, people: map[string]int64{}}
}

// admin sends an operation to the administration API.
func (o *office) admin(who, query string, args ...any) reply {
	o.t.Helper()
	b, err := json.Marshal(map[string]string{"query": fmt.Sprintf(query, args...)})
	if err != nil {
		o.t.Fatal(err)
	}
	r := o.in.handleAdmin(o.as(who), &httpd.Request{Method: http.MethodPost, ContentType: "application/json", Body: b})
	a := reply{raw: string(r.Body)}
	if err := json.Unmarshal(r.Body, &a); err != nil {
		o.t.Fatalf("%s: %v", r.Body, err)
	}
	return a
}

func (o *office) administer(query string, args ...any) map[string]any {
	o.t.Helper()
	a := o.admin("root", query, args...)
	if len(a.Errors) > 0 {
		o.t.Fatalf("%s: %s", query, a.raw)
	}
	return a.Data
}

// at moves the clock on and lets everything run that is due.
func (o *office) after(d time.Duration) {
	o.t.Helper()
	o.clock.Set(o.clock.Now().Add(d))
	o.settle()
}

// TestWebhook: another system is told of what a webhook is about and of nothing else, signed, in order,
// with an id that stays the same until it takes it; administrators see each attempt and send again.
func TestWebhook(t *testing.T) {
	dir := filepath.Join(shortDir(t), "data")
	var log bytes.Buffer
	o := remoteOffice(t, dir, clock.NewFixed(time.Date(2026, 3, 2, 1, 0, 0, 0, time.UTC)), &log)
	shop := newReceiver(t)
	o.publish(told(shop.url, ""))
	o.meet()

	id := o.lead("root", `score: 60, note: "hush"`)
	o.settle()
	if got, _ := shop.take(); len(got) > 0 {
		t.Fatalf("without a secret it sends %v", got)
	}
	if c := dig(o.administer(`{ connections { name missingSecrets } }`), "connections", 0); fmt.Sprint(c) != "map[missingSecrets:[shop_key] name:shop]" {
		t.Error(c)
	}
	o.administer(`mutation { setSecret(name: "shop_key", value: %q) }`, hookSecret)
	if a := o.admin("ann", `{ secrets { name } }`); a.code() != "FORBIDDEN" {
		t.Error("others see secrets:", a.raw)
	}
	if a := o.admin("root", `{ secrets { name value } }`); len(a.Errors) == 0 {
		t.Error("a secret is read back")
	}
	for _, bad := range []string{`setSecret(name: "Shop", value: "x")`, `setSecret(name: "shop", value: "")`, `setSecret(name: "shop", value: "a\nb")`, `removeSecret(name: "none")`} {
		if a := o.admin("root", `mutation { %s }`, bad); len(a.Errors) == 0 {
			t.Errorf("%s is taken", bad)
		}
	}
	o.after(time.Minute)
	got, first := shop.take()
	want := fmt.Sprintf(`[map[data:map[fields:map[name:L score:60] id:%s version:1] timestamp:2026-03-02T01:00:00.000Z type:lead.create]]`, id)
	if fmt.Sprint(got) != want {
		t.Fatalf("told %v\nwant %s", got, want)
	}

	o.must("root", `mutation { updateLead(id: %q, patch: {note: "x"}) { lead { id } } }`, id)               // no field that counts
	o.must("root", `mutation { updateLead(id: %q, patch: {score: 70}, dryRun: true) { lead { id } } }`, id) // never happened
	o.do("root", `mutation { updateLead(id: %q, patch: {score: 99, note: "poison"}) { lead { id } } }`, id) // refused
	o.lead("root", `score: 10`)                                                                             // cold
	shop.answers(says(http.StatusInternalServerError))
	o.must("root", `mutation { updateLead(id: %q, patch: {score: 80}) { lead { id } } }`, id)
	o.must("root", `mutation { updateLead(id: %q, patch: {score: 90}) { lead { id } } }`, id)
	o.settle()
	got, ids := shop.take()
	if len(got) != 1 || fmt.Sprint(dig(got[0], "data", "fields", "score"), dig(got[0], "data", "changed")) != "80 [score]" || ids[0] == first[0] {
		t.Fatalf("told %v", got)
	}
	shop.answers(nil)
	o.after(30 * time.Second)
	if got, _ := shop.take(); len(got) > 0 {
		t.Errorf("it does not wait: %v", got)
	}
	o.after(31 * time.Second)
	got, again := shop.take()
	if len(got) != 2 || again[0] != ids[0] || fmt.Sprint(dig(got[0], "data", "fields", "score"), dig(got[1], "data", "fields", "score")) != "80 90" {
		t.Fatalf("told %v %v after %v", got, again, ids)
	}
	list := dig(o.administer(`{ deliveries(first: 10) { id message type status tries record attempts { fault status detail } } }`), "deliveries").([]any)
	if len(list) != 3 || fmt.Sprint(dig(list[1], "attempts")) != "[map[detail:<nil> fault:BROKEN status:500] map[detail:<nil> fault:<nil> status:200]]" || dig(list[0], "status") != "delivered" {
		t.Errorf("the deliveries are %v", list)
	}
	o.administer(`mutation { redeliver(id: %q) { status } }`, dig(list[1], "id"))
	o.settle()
	if _, once := shop.take(); len(once) != 1 || once[0] != ids[0] {
		t.Errorf("redelivered as %v, was %v", once, ids)
	}

	shop.answers(func(w http.ResponseWriter, _ *http.Request) { // it tells what it knows
		w.Header().Set("Retry-After", "7200")
		w.WriteHeader(http.StatusTooManyRequests)
		_, _ = io.WriteString(w, "your key "+hookSecret+" is throttled")
	})
	o.must("root", `mutation { deleteLead(id: %q) { lead { id } } }`, id)
	o.settle()
	shop.take()
	o.after(time.Hour)
	if got, _ := shop.take(); len(got) > 0 {
		t.Error("it comes back before it was asked to")
	}
	for range 5 {
		o.after(13 * time.Hour)
	}
	dead := dig(o.administer(`{ deliveries(status: "dead") { tries type attempts { fault detail } } }`), "deliveries").([]any)
	if len(dead) != 1 || fmt.Sprintf("%v %v", dig(dead[0], "tries"), dig(dead[0], "type")) != "6 lead.delete" || !strings.Contains(fmt.Sprint(dead), "your key ••• is throttled") {
		t.Errorf("given up: %v", dead)
	}

	for name, text := range map[string]string{"log": log.String(), "deliveries": fmt.Sprint(dead)} {
		if strings.Contains(text, hookSecret) || strings.Contains(text, strings.TrimPrefix(hookSecret, "whsec_")) {
			t.Errorf("the %s tells the secret", name)
		}
	}
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(files) < 3 {
		t.Fatal(files, err)
	}
	for _, f := range files {
		if b, err := os.ReadFile(f); err == nil && bytes.Contains(b, []byte(hookSecret)) {
			t.Errorf("%s holds the secret", f)
		}
	}
}

// TestConnectionSwitchedOff: a system that fails for days is not called any more, until somebody says so;
// rates hold.
func TestConnectionSwitchedOff(t *testing.T) {
	o := newOffice(t)
	shop := newReceiver(t)
	o.publish(told(shop.url, `, "failures": 1, "rate": 2`))
	o.administer(`mutation { setSecret(name: "shop_key", value: %q) }`, hookSecret)
	for range 5 {
		o.lead("root", `score: 60`)
	}
	for i, want := range []int{2, 2, 1} {
		o.settle()
		if got, _ := shop.take(); len(got) != want {
			t.Errorf("minute %d: told of %d", i, len(got))
		}
		o.clock.Set(o.clock.Now().Add(time.Minute))
	}
	shop.answers(says(http.StatusNotFound))
	o.lead("root", `score: 60`)
	for range 6 {
		o.after(13 * time.Hour)
	}
	c := dig(o.administer(`{ connections { disabled failingSince } }`), "connections", 0)
	if dig(c, "disabled") != true || dig(c, "failingSince") == nil {
		t.Fatal(c)
	}
	shop.take()
	shop.answers(nil)
	o.lead("root", `score: 61`)
	o.settle()
	if got, _ := shop.take(); len(got) > 0 {
		t.Error("it is called all the same")
	}
	d := dig(o.administer(`{ deliveries(status: "dead", first: 1) { id attempts { fault } } }`), "deliveries", 0)
	if fmt.Sprint(dig(d, "attempts")) != "[map[fault:DISABLED]]" {
		t.Error(d)
	}
	o.administer(`mutation { setConnectionDisabled(name: "shop", disabled: false) { disabled } }`)
	o.administer(`mutation { redeliver(id: %q) { status } }`, dig(d, "id"))
	o.settle()
	if got, _ := shop.take(); len(got) != 1 || fmt.Sprint(dig(got[0], "data", "fields", "score")) != "61" {
		t.Errorf("told %v", got)
	}
}

// TestProbe: administrators probe a connection over the command line and see what came of it.
func TestProbe(t *testing.T) {
	dir := filepath.Join(shortDir(t), "data")
	var log bytes.Buffer
	shop := newReceiver(t)
	o := remoteOffice(t, dir, clock.NewFixed(time.Date(2026, 3, 2, 1, 0, 0, 0, time.UTC)), &log)
	o.publish(told(shop.url, ""))
	o.administer(`mutation { setSecret(name: "shop_key", value: "wrong") }`)
	tenon := func(args ...string) (int, string) {
		var out, bad bytes.Buffer
		code := run(t.Context(), &env{out: &out, err: &bad, tr: newTranslator(func(string) string { return "" })}, append(args, "--data", dir))
		return code, out.String() + bad.String()
	}
	if code, out := tenon("connection", "probe", "shop"); code != exitFailed || !strings.Contains(out, "CREDENTIALS") {
		t.Error(code, out)
	}
	o.administer(`mutation { setSecret(name: "shop_key", value: %q) }`, hookSecret)
	if code, out := tenon("connection", "probe", "shop"); code != exitOK || !strings.Contains(out, "well") {
		t.Error(code, out)
	}
	if code, out := tenon("connection", "list"); code != exitOK || !strings.Contains(out, "shop") || !strings.Contains(out, "well") {
		t.Error(code, out)
	}
	if code, out := tenon("secret", "list"); code != exitOK || !strings.Contains(out, "shop_key") || !strings.Contains(out, "connection.shop") {
		t.Error(code, out)
	}
	if code, out := tenon("connection", "probe", "none"); code != exitFailed || !strings.Contains(out, "no connection none") {
		t.Error(code, out)
	}
	if code, _ := tenon("secret", "set"); code != exitUsage {
		t.Error(code)
	}
	if code, out := tenon("secret", "remove", "shop_key"); code != exitOK {
		t.Error(code, out)
	}
	if code, out := tenon("connection", "probe", "shop"); code != exitFailed || !strings.Contains(out, "MISCONFIGURED the secret shop_key is not set") {
		t.Error(code, out)
	}
}
