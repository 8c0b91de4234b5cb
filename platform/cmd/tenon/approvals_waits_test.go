package main

import (
	"strings"
	"testing"
	"time"
)

// TestApprovalWaits: a process waits for a time, until a moment and for an event of its record, which administrators and
// automations tell of; steps that it waits for, and others that it does not, are carried out. What fails is an incident.
func TestApprovalWaits(t *testing.T) {
	o := newOffice(t)
	files := leads(map[string]string{
		"pays": `{"key": "pays", "trigger": {"type": "button", "object": "deal"}, "label": {"en": "Pay", "zh-CN": "付款"}, "steps": [{"id": "tell", "type": "emit", "event": "paid", "record": "id"}]}`})
	files["approvals/order.json"] = `{"key": "order", "object": "deal", "label": {"en": "Order", "zh-CN": "订单"}, "admins": [{"type": "role", "role": "process_admin"}],
		"flow": [{"id": "w1", "kind": "wait", "for": "PT8H", "clock": "business"},
			{"id": "w2", "kind": "wait", "until": "ADD_DAYS(created_at, 2)"},
			{"id": "w3", "kind": "wait", "event": "paid"},
			{"id": "a1", "kind": "action", "async": true, "do": [{"update": "id", "set": {"note": "'asked'"}}]},
			{"id": "a2", "kind": "action", "do": [{"update": "id", "set": {"stage": "'ordered'"}}]},
			{"id": "n1", "kind": "approve", "participants": [{"type": "users", "ids": ["bob"]}]}]}`
	o.publish(files)
	for name, tell := range map[string]func(deal string){
		"an administrator": func(deal string) {
			o.must("root", `mutation { publishEvent(event: "paid", record: %q) { runs } }`, deal)
		},
		"an automation": func(deal string) { o.must("ann", `mutation { runFlow(flow: "pays", record: %q) { id } }`, deal) },
	} {
		t.Run(name, func(t *testing.T) {
			o.t = t
			o.clock.Set(time.Date(2026, 3, 2, 1, 0, 0, 0, time.UTC))
			deal, other := o.deal("ann", `discount: "0.15"`), o.deal("ann", `discount: "0.15"`)
			a, b := o.submit("ann", "order", deal), o.submit("ann", "order", other)
			at := func(want string) {
				t.Helper()
				o.settle()
				if got := o.stands(a); got != want {
					t.Fatalf("it stands at %s, want %s", got, want)
				}
			}
			at("w1")
			tell(deal) // before it waits for it: it hears nothing
			at("w1")
			o.clock.Advance(24 * time.Hour)
			at("w1")
			o.clock.Advance(time.Hour)
			at("w2")
			o.clock.Set(time.Date(2026, 3, 4, 1, 0, 1, 0, time.UTC))
			at("w3")
			if got := o.do("root", `mutation { publishEvent(event: "lost", record: %q) { runs } }`, deal).code(); got != "NOT_FOUND" {
				t.Errorf("an event that nobody expects: %q", got)
			}
			tell(other)
			o.settle()
			if o.stands(a) != "w3" || o.stands(b) != "n1" {
				t.Errorf("of another record: %s, %s", o.stands(a), o.stands(b))
			}
			o.must("root", `mutation { updateDeal(id: %q, patch: {amount: "1000000.00"}) { deal { id } } }`, deal)
			tell(deal)
			o.settle()
			for range 8 { // as often as it is tried
				o.clock.Advance(time.Hour)
				o.settle()
			}
			d := o.must("pam", `{ instance(id: %q) { status incidents { code } } }`, a)
			if dig(d, "instance", "status") != "error" || dig(d, "instance", "incidents", 0, "code") != "ACTION_FAILED" {
				t.Fatalf("what fails: %v", d)
			}
			o.must("root", `mutation { updateDeal(id: %q, patch: {amount: "1000.00"}) { deal { id } } }`, deal)
			o.must("pam", `mutation { retryIncident(instance: %q, incident: 1, reason: "mended") { id } }`, a)
			at("n1")
			if d := o.must("root", `{ deal(id: %q) { note stage } }`, deal); dig(d, "deal", "note") != "asked" || dig(d, "deal", "stage") != "ordered" {
				t.Errorf("what was done: %v", d)
			}
			if got := o.act("bob", "approve", a, ""); got != "" || o.status(a) != "approved" {
				t.Errorf("at last: %q, %s", got, o.status(a))
			}
			o.sound(a)
			o.consistent()
		})
	}
}

// stands is the node that an instance was the last to enter, or what it is.
func (o *office) stands(instance string) string {
	o.t.Helper()
	at := o.status(instance)
	for _, e := range dig(o.must("root", `{ audit(instance: %q, first: 500) { entries { verb node } } }`, instance), "audit", "entries").([]any) {
		if strings.HasPrefix(dig(e, "verb").(string), "node.entered") {
			at = dig(e, "node").(string)
		}
	}
	return at
}
