package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tenon-platform/tenon/workflow/connect"
)

// heard are files with hooks for leads; sellers may write those.
func heard() map[string]string {
	out := leads(map[string]string{"hot": `{"key": "hot", "trigger": {"type": "record", "object": "lead", "on": ["create"], "when": "score > 50"}, "steps": [{"id": "mark", "type": "update", "set": {"rating": "\"hot\""}}]}`})
	out["hooks/signed.json"] = `{"name": "signed", "label": {"en": "Signed", "zh-CN": "签名"}, "secret": "hook_key", "object": "lead", "set": {"name": "data.name", "score": "data.points.0", "note": "data.note"}}`
	out["hooks/plain.json"] = `{"name": "plain", "label": {"en": "Plain", "zh-CN": "令牌"}, "verify": "token", "id": "meta.id", "object": "lead", "set": {"name": "name"}}`
	out["hooks/mac.json"] = `{"name": "mac", "label": {"en": "MAC", "zh-CN": "摘要"}, "verify": "hmac", "secret": "hook_key", "header": "X-Sum", "id": "header:X-Id", "object": "lead", "set": {"name": "name"}}`
	out["permissions/hears.json"] = `{"name": "hears", "label": {"en": "Hears", "zh-CN": "接收"}, "objects": {"lead": {"allow": ["create", "read", "update"], "actions": []}}}`
	out["roles/sales.json"] = `{"name": "sales", "label": {"en": "Sales", "zh-CN": "销售"}, "permissions": ["sell", "hears"]}`
	return out
}

// acting are files with hooks that act on leads by their scores.
func acting() map[string]string {
	out := heard()
	out["objects/lead/object.json"] = strings.Replace(out["objects/lead/object.json"], `"rules":`, `"keys": [{"name": "by_score", "fields": ["score"]}], "rules":`, 1)
	out["objects/lead/actions/rate.json"] = `{"name": "rate", "label": {"en": "Rate", "zh-CN": "评级"}, "permission": "lead_rate", "input": [{"name": "word", "type": "text", "label": {"en": "Word", "zh-CN": "评语"}}], "steps": [{"update": "id", "set": {"rating": "input.word"}}]}`
	out["hooks/rated.json"] = `{"name": "rated", "label": {"en": "Rated", "zh-CN": "评级"}, "verify": "token", "id": "id", "object": "lead", "do": "action", "action": "rate", "key": ["score"], "set": {"score": "number", "word": "word"}}`
	out["hooks/kept.json"] = `{"name": "kept", "label": {"en": "Kept", "zh-CN": "更新"}, "verify": "token", "id": "id", "object": "lead", "do": "upsert", "key": ["score"], "set": {"score": "number", "note": "note"}}`
	out["permissions/hears.json"] = strings.Replace(out["permissions/hears.json"], `"actions": []`, `"actions": ["lead_rate"]`, 1)
	return out
}

// open opens a hook for somebody.
func (o *office) open(hook, who string) string {
	o.t.Helper()
	return dig(o.administer(`mutation { openHook(name: %q, user: %q) }`, hook, o.id(who)), "openHook").(string)
}

// TestHook: another system tells of leads at a secret address, signed; each message counts once, in the
// name of the user whom the address is for, within that user's rights.
func TestHook(t *testing.T) {
	o := newOffice(t)
	o.publish(heard())
	o.administer(`mutation { setSecret(name: "hook_key", value: %q) }`, hookSecret)
	token := o.open("signed", "ann")
	send := func(id string, at time.Time, secret, body string) (int, map[string]any) {
		t.Helper()
		status, out, _ := o.plain("nobody", "POST", "/hooks/"+token, body, map[string]string{connect.HeaderID: id, connect.HeaderTimestamp: fmt.Sprint(at.Unix()),
			connect.HeaderSignature: connect.Sign(secret, id, at, []byte(body))})
		return status, out
	}
	now := o.clock.Now()
	const body = `{"data": {"name": "From outside", "points": [77], "more": {}}}`
	status, out := send("m1", now, hookSecret, body)
	id, _ := dig(out, "data", "record").(string)
	if status != 200 || !strings.HasPrefix(id, "lead_") {
		t.Fatal(status, out)
	}
	o.settle()
	lead := dig(o.must("root", `{ lead(id: %q) { name score rating createdBy { id } } }`, id), "lead")
	if fmt.Sprintf("%v %v %v %v", dig(lead, "name"), dig(lead, "score"), dig(lead, "rating"), dig(lead, "createdBy", "id")) != "From outside 77 hot "+o.id("ann") {
		t.Error("the lead is", lead)
	}
	if status, out := send("m1", now.Add(time.Minute), hookSecret, body); status != 200 || dig(out, "data", "record") != id || dig(out, "data", "repeated") != true {
		t.Error("repeated:", status, out)
	}
	for name, c := range map[string]struct {
		id, secret, body string
		at               time.Time
		want             int
	}{
		"another key":  {"m2", "whsec_AAAA", body, now, 401},
		"too old":      {"m2", hookSecret, body, now.Add(-6 * time.Minute), 401},
		"of tomorrow":  {"m2", hookSecret, body, now.Add(6 * time.Minute), 401},
		"no id":        {"", hookSecret, body, now, 400},
		"no JSON":      {"m2", hookSecret, `{"data"`, now, 400},
		"two":          {"m2", hookSecret, `{} {}`, now, 400},
		"wrong value":  {"m2", hookSecret, `{"data": {"name": {"a": 1}}}`, now, 400},
		"refused":      {"m2", hookSecret, `{"data": {"name": "x", "note": "poison"}}`, now, 422},
		"too long":     {"m2", hookSecret, `{"data": {"name": "` + strings.Repeat("x", 1<<20) + `"}}`, now, 413},
		"long message": {strings.Repeat("m", 201), hookSecret, body, now, 400},
	} {
		if status, out := send(c.id, c.at, c.secret, c.body); status != c.want {
			t.Errorf("%s: %d %.200v", name, status, out)
		}
	}
	if status, _ := send("m2", now, hookSecret, body); status != 200 {
		t.Error("after refusals the same id does not count:", status)
	}
	var wg sync.WaitGroup
	var mu sync.Mutex
	records := map[any]int{}
	for range 8 {
		wg.Go(func() {
			_, out := send("m3", now, hookSecret, body)
			mu.Lock()
			defer mu.Unlock()
			records[dig(out, "data", "record")]++
		})
	}
	wg.Wait()
	if len(records) != 1 || records[nil] != 0 {
		t.Errorf("at once: %v", records)
	}

	good := token
	token = "none"
	if status, _ := send("m4", now, hookSecret, body); status != 404 {
		t.Error("another address:", status)
	}
	token = o.open("signed", "ann")
	old := token
	if token = good; token == old {
		t.Error("the token is the same")
	}
	if status, _ := send("m4", now, hookSecret, body); status != 404 {
		t.Error("an address that is over:", status)
	}
	token = old
	if status, _ := send("m4", now, hookSecret, body); status != 200 {
		t.Error("the new address:", status)
	}
	token = o.open("signed", "rep")
	if status, out := send("m5", now, hookSecret, body); status != 403 && status != 404 {
		t.Error("for somebody who may not make leads:", status, out)
	}
	o.administer(`mutation { closeHook(name: "signed") }`)
	if status, _ := send("m6", now, hookSecret, body); status != 404 {
		t.Error("closed:", status)
	}
	if a := o.admin("ann", `mutation { openHook(name: "signed", user: %q) }`, o.id("ann")); a.code() != "FORBIDDEN" {
		t.Error(a.raw)
	}

	plain := o.open("plain", "ann")
	if status, out, _ := o.plain("nobody", "POST", "/hooks/"+plain, `{"name": "P", "meta": {"id": 7}}`, nil); status != 200 {
		t.Error(status, out)
	}
	if _, out, _ := o.plain("nobody", "POST", "/hooks/"+plain, `{"name": "P", "meta": {"id": "7"}}`, nil); dig(out, "data", "repeated") != true {
		t.Error(out)
	}
	mac := o.open("mac", "ann")
	sum := hmac.New(sha256.New, connect.Keys(hookSecret)[0])
	sum.Write([]byte(`{"name": "M"}`))
	header := map[string]string{"X-Id": "1", "X-Sum": "sha256=" + hex.EncodeToString(sum.Sum(nil))}
	if status, out, _ := o.plain("nobody", "POST", "/hooks/"+mac, `{"name": "M"}`, header); status != 200 {
		t.Error(status, out)
	}
	if status, _, _ := o.plain("nobody", "POST", "/hooks/"+mac, `{"name": "N"}`, header); status != 401 {
		t.Error(status)
	}
	for _, h := range dig(o.administer(`{ hooks { name user usedAt } }`), "hooks").([]any) {
		if open := dig(h, "name") != "signed"; open != (dig(h, "user") == o.id("ann")) || open != (dig(h, "usedAt") != nil) {
			t.Error(h)
		}
	}
}

// TestHookActs: a hook carries out an action of the record that has a key, or writes it by its key; only
// within the rights of its user.
func TestHookActs(t *testing.T) {
	o := newOffice(t)
	o.publish(acting())
	id := o.lead("ann", `score: 7`)
	rated, kept := o.open("rated", "ann"), o.open("kept", "ann")
	send := func(token, body string, want int) {
		t.Helper()
		if status, out, _ := o.plain("nobody", "POST", "/hooks/"+token, body, nil); status != want {
			t.Errorf("%s: %d %v", body, status, out)
		}
	}
	send(rated, `{"id": 1, "number": 7, "word": "good"}`, 200)
	send(rated, `{"id": 1, "number": 7, "word": "bad"}`, 200) // had come before
	send(rated, `{"id": 2, "number": 8, "word": "bad"}`, 404)
	send(rated, `{"id": 3, "word": "bad"}`, 400)
	send(kept, `{"id": 1, "number": 7, "note": "seen"}`, 200)
	send(kept, `{"id": 2, "number": 9, "note": "new"}`, 200)
	if got := dig(o.must("root", `{ leads(orderBy: [{score: ASC}]) { nodes { score rating note } } }`), "leads", "nodes"); fmt.Sprint(got) != "[map[note:seen rating:good score:7] map[note:new rating:<nil> score:9]]" {
		t.Error(got)
	}
	rated = o.open("rated", "dan")
	send(rated, `{"id": 4, "number": 7, "word": "bad"}`, 403) // dan may not rate
	if got := o.field(id, "rating"); got != "good" {
		t.Error(got)
	}
}
