package main

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// TestApprovalLock: a locked record is edited by nobody but the roles that may, and what they change
// shows in the process.
func TestApprovalLock(t *testing.T) {
	o := newOffice(t)
	deal := o.deal("ann", `discount: "0.15"`)
	line := dig(o.must("ann", `mutation { createDealLine(input: {dealId: %q, sku: "a", qty: 1}) { dealLine { id } } }`, deal), "createDealLine", "dealLine", "id").(string)
	a := o.submit("ann", "discount", deal)
	hash := dig(o.must("bob", `{ instance(id: %q) { formHash form } }`, a), "instance", "formHash").(string)
	update := `mutation { updateDeal(id: %q, patch: {amount: "7.00"}) { deal { id } } }`
	for who, want := range map[string]string{"ann": "RECORD_LOCKED", "root": "RECORD_LOCKED", "oto": "RECORD_LOCKED", "zoe": "INVALID_INPUT"} {
		if got := o.do(who, update, deal).code(); got != want && (who != "zoe" || got == "") {
			t.Errorf("%s edits: %q", who, got)
		}
	}
	for _, q := range []string{fmt.Sprintf(`mutation { deleteDeal(id: %q) { deal { id } } }`, deal), fmt.Sprintf(`mutation { updateDealLine(id: %q, patch: {qty: 2}) { dealLine { id } } }`, line),
		fmt.Sprintf(`mutation { createDealLine(input: {dealId: %q, sku: "b"}) { dealLine { id } } }`, deal), fmt.Sprintf(`mutation { deleteDealLine(id: %q) { dealLine { id } } }`, line)} {
		if got := o.do("ann", "%s", q).code(); got != "RECORD_LOCKED" {
			t.Errorf("%s: %q", q, got)
		}
	}
	other := o.deal("ann", `discount: "0.15", note: "other"`)
	for _, pair := range [][2]string{{other, deal}, {deal, other}} {
		if got := o.do("ann", `mutation { mergeDeals(input: {master: %q, others: [%q], fields: {note: {from: %q}}}) { deal { id } } }`, pair[0], pair[1], other).code(); got != "RECORD_LOCKED" {
			t.Errorf("a merge of the locked record: %q", got)
		}
	}
	if got := o.do("fix", update, deal); got.code() != "" {
		t.Fatalf("who may edit: %s", got.raw)
	}
	got := o.do("bob", `mutation { approve(task: %q, ifFormHash: %q) { id } }`, o.task("bob", a), hash)
	if got.code() != "RECORD_CHANGED" || !strings.Contains(got.raw, "amount") {
		t.Errorf("a decision on what was before: %s", got.raw)
	}
	if d := o.must("pam", `{ audit(instance: %q) { entries { verb actor data } } }`, a); !strings.Contains(fmt.Sprint(d), "record.force_edited") {
		t.Errorf("the audit says nothing: %v", d)
	}
	o.act("bob", "return", a, `, to: "initiator"`)
	again := `mutation { updateDeal(id: %q, patch: {amount: "8.00"}) { deal { id } } }`
	if got := o.do("oto", again, deal).code(); got != "RECORD_LOCKED" {
		t.Errorf("others edit what was returned: %q", got)
	}
	if got := o.do("ann", again, deal).code(); got != "" {
		t.Errorf("the initiator edits what was returned: %q", got)
	}
	f := o.deal("ann", `discount: "0.15"`)
	b := o.submit("ann", "sides", f)
	if got := o.do("ann", `mutation { updateDeal(id: %q, patch: {note: "x"}) { deal { id } } }`, f).code(); got != "" {
		t.Errorf("a field that is not locked: %q", got)
	}
	if got := o.do("ann", update, f).code(); got != "RECORD_LOCKED" {
		t.Errorf("a field that is: %q", got)
	}
	o.act("dan", "approve", b, "")
	o.sound(a)
	o.sound(b)
}

// TestApprovalFields: an approver sees what the node shows, whatever the rights to the record, and
// edits what the node lets.
func TestApprovalFields(t *testing.T) {
	o := newOffice(t)
	deal := o.deal("ann", fmt.Sprintf(`discount: "0.15", note: "quiet", reviewerId: %q`, o.id("zoe")))
	a := o.submit("ann", "seen", deal)
	if got := o.do("zoe", `{ deal(id: %q) { id } }`, deal); got.code() == "" && dig(got.Data, "deal") != nil {
		t.Fatalf("the reviewer sees the record anyway: %s", got.raw)
	}
	d := o.must("zoe", `{ instance(id: %q) { form formFields editable required } }`, a)
	form := dig(d, "instance", "form").(map[string]any)
	if len(form) != 2 || form["name"] != "D" {
		t.Errorf("the reviewer sees %v", form)
	}
	called := map[any]any{}
	for _, f := range dig(d, "instance", "formFields").([]any) {
		called[dig(f, "api")] = dig(f, "label", "en")
	}
	if len(called) != 2 || called["name"] == nil || called["margin"] == nil {
		t.Errorf("the reviewer is told of the fields %v", called)
	}
	if d := o.must("zoe", `{ myTasks { nodes { title processName } } }`); dig(d, "myTasks", "nodes", 0, "title") != "D" || dig(d, "myTasks", "nodes", 0, "processName") == nil {
		t.Errorf("the reviewer's task is called %v", d)
	}
	if own := dig(o.must("ann", `{ instance(id: %q) { form } }`, a), "instance", "form").(map[string]any); own["note"] != "quiet" || own["margin"] != nil || hasKey(own, "margin") {
		t.Errorf("the submitter sees %v", own)
	}
	if got := o.act("zoe", "approve", a, ""); got != "VALIDATION_FAILED" {
		t.Errorf("without the margin: %q", got)
	}
	if got := o.act("zoe", "approve", a, `, data: {note: "x"}`); got != "FIELD_NOT_EDITABLE" {
		t.Errorf("another field: %q", got)
	}
	if got := o.act("zoe", "approve", a, `, data: {margin: "abc"}`); got != "VALIDATION_FAILED" {
		t.Errorf("no number: %q", got)
	}
	if got := o.act("zoe", "approve", a, `, data: {margin: "12.50"}`); got != "" {
		t.Errorf("with the margin: %q", got)
	}
	if d := o.must("root", `{ deal(id: %q) { margin approvalStatus } }`, deal); dig(d, "deal", "margin") != "12.50" || dig(d, "deal", "approvalStatus") != "approved" {
		t.Errorf("written: %v", d)
	}
}

func hasKey(m map[string]any, key string) bool { _, ok := m[key]; return ok }

// TestApprovalStart: who may not change a record does not submit it, and who does not see it learns nothing.
func TestApprovalStart(t *testing.T) {
	o := newOffice(t)
	deal := o.deal("ann", `discount: "0.15"`)
	q := `mutation { submit(process: %q, record: %q) { id } }`
	for _, c := range []struct{ who, process, record, code string }{
		{"zoe", "discount", deal, "NOT_FOUND"}, {"abe", "discount", deal, "NOT_FOUND"}, {"ann", "discount", "deal_1", "NOT_FOUND"}, {"ann", "discount", "nonsense", "NOT_FOUND"},
		{"ann", "nothing", deal, "DEFINITION_UNAVAILABLE"}, {"root", "discount", deal, "FORBIDDEN"}, {"ann", "discount", o.id("ann"), "FORBIDDEN"},
		{"ann", "discount", o.deal("ann", `discount: "0.05"`), "ENTRY_NOT_MET"},
	} {
		if got := o.do(c.who, q, c.process, c.record).code(); got != c.code {
			t.Errorf("%s submits %s to %s: %q, want %q", c.who, c.record, c.process, got, c.code)
		}
	}
	bare := dig(o.must("ann", `mutation { createDeal(input: {name: "D", discount: "0.2"}) { deal { id } } }`), "createDeal", "deal", "id").(string)
	if got := o.do("ann", q, "discount", bare); got.code() != "VALIDATION_FAILED" {
		t.Errorf("without a reason: %s", got.raw)
	}
}

// TestApprovalFinalWrites: when what follows from the last decision is refused, it was not taken.
func TestApprovalFinalWrites(t *testing.T) {
	o := newOffice(t)
	o.publish(map[string]string{"approvals/order.json": `{"key": "order", "object": "deal", "label": {"en": "Order", "zh-CN": "订单"}, "admins": [{"type": "role", "role": "process_admin"}], "lock": {"mode": "all", "override": ["fixer"]},
		"onApprove": [{"update": "id", "set": {"stage": "'ordered'"}}], "flow": [{"id": "boss", "kind": "approve", "participants": [{"type": "role", "role": "boss"}], "timeouts": [{"after": "PT1H", "clock": "wall", "do": "approve"}]}]}`})
	deal := o.deal("ann", `discount: "0.15"`)
	o.must("ann", `mutation { updateDeal(id: %q, patch: {amount: "950000.00"}) { deal { id } } }`, deal)
	a := o.submit("ann", "order", deal)
	got := o.do("dan", `mutation { approve(task: %q) { id } }`, o.task("dan", a))
	if got.code() != "FINAL_ACTION_FAILED" || !strings.Contains(got.raw, "Too large") {
		t.Errorf("%s", got.raw)
	}
	if o.waits(a) != "boss:dan" || o.status(a) != "running" {
		t.Errorf("it is %s and waits for %s", o.status(a), o.waits(a))
	}
	if d := o.must("ann", `{ deal(id: %q) { stage approvalStatus } }`, deal); dig(d, "deal", "approvalStatus") != "pending" || dig(d, "deal", "stage") != nil {
		t.Errorf("written all the same: %v", d)
	}
	o.clock.Advance(2 * time.Hour) // the same decision by the clock is an incident
	o.drain()
	d := o.must("pam", `{ instance(id: %q) { incidents { id code resolved } } }`, a)
	if dig(d, "instance", "incidents", 0, "code") != "FINAL_ACTION_FAILED" || dig(d, "instance", "incidents", 0, "resolved") != false {
		t.Errorf("by the clock: %v", d)
	}
	// Nobody decides before an administrator has seen to it; then whoever was asked does.
	if got := o.act("dan", "approve", a, ""); got != "INVALID_STATE" || o.status(a) != "error" {
		t.Errorf("decided meanwhile: %q, %s", got, o.status(a))
	}
	o.must("fix", `mutation { updateDeal(id: %q, patch: {amount: "950.00"}) { deal { id } } }`, deal)
	o.must("pam", `mutation { retryIncident(instance: %q, incident: 1, reason: "smaller") { id } }`, a)
	if o.status(a) != "running" {
		t.Errorf("it is %s", o.status(a))
	}
	if got := o.act("dan", "approve", a, ""); got != "" || o.status(a) != "approved" {
		t.Errorf("decided afterwards: %q, %s", got, o.status(a))
	}
	if d := o.must("ann", `{ deal(id: %q) { stage } }`, deal); dig(d, "deal", "stage") != "ordered" {
		t.Errorf("what was to follow: %v", d)
	}
	if d := fmt.Sprint(o.must("pam", `{ audit(instance: %q) { entries { verb } } }`, a)); strings.Count(d, "actions.failed") != 2 || !strings.Contains(d, "incident.resolved") {
		t.Errorf("the audit: %s", d)
	}
	o.sound(a)
}

// TestApprovalOfADeletedRecord ends with the record, unless a lock keeps it.
func TestApprovalOfADeletedRecord(t *testing.T) {
	o := newOffice(t)
	deal := o.deal("ann", `discount: "0.15"`)
	a := o.submit("ann", "vote", deal)
	o.must("ann", `mutation { deleteDeal(id: %q) { deal { id } } }`, deal)
	if o.status(a) != "cancelled" || o.waits(a) != "" {
		t.Errorf("it is %s and waits for %s", o.status(a), o.waits(a))
	}
	if got := o.act("fay", "approve", a, ""); got == "" {
		t.Error("decided afterwards")
	}
	o.sound(a)
}
