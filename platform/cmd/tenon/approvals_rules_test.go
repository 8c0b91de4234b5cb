package main

import (
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tenon-platform/tenon/platform/clock"
	"github.com/tenon-platform/tenon/platform/ident"
	"github.com/tenon-platform/tenon/runtime/publish"
)

// act gives a command with the caller's open task in an instance, and gives the code of its error.
func (o *office) act(who, command, instance, args string) string {
	o.t.Helper()
	task := o.task(who, instance)
	if task == "" {
		task = o.other(who, command, instance)
	}
	return o.do(who, `mutation { %s(task: %q%s) { id } }`, command, task, args).code()
}

// other is a task that is not somebody's open one, but that a command may be about: the own that was
// delegated, or that of an added signer, which is the last.
func (o *office) other(who, command, instance string) string {
	found := instance + ":99"
	d := o.do(who, `{ instance(id: %q) { tasks { id status assignee } } }`, instance)
	list, _ := dig(d.Data, "instance", "tasks").([]any)
	for _, x := range list {
		if command == "recall" && dig(x, "status") == "delegated" && dig(x, "assignee") == o.id(who) || command == "removeSign" {
			found = dig(x, "id").(string)
		}
	}
	return found
}

// waits says for whom an instance waits, by node.
func (o *office) waits(instance string) string {
	o.t.Helper()
	var out []string
	for _, x := range dig(o.must("root", `{ instance(id: %q) { tasks { node status assignee pool } } }`, instance), "instance", "tasks").([]any) {
		switch dig(x, "status") {
		case "pending":
			out = append(out, fmt.Sprintf("%v:%s", dig(x, "node"), o.name(dig(x, "assignee"))))
		case "claimable":
			out = append(out, fmt.Sprintf("%v:pool", dig(x, "node")))
		}
	}
	return strings.Join(out, " ")
}

func (o *office) name(id any) string {
	for name, n := range o.people {
		if fmt.Sprintf("person_%d", n) == id {
			return name
		}
	}
	return fmt.Sprint(id)
}

// TestApprovalCommands gives every command that people have, and those that they may not give.
func TestApprovalCommands(t *testing.T) {
	o := newOffice(t)
	for _, c := range []struct{ name, process, steps, status, waits string }{
		{"all of a node decide", "vote", "fay approve; fin approve", "running", "law:lea"},
		{"one after the other", "vote", "fay approve; fin approve; leo approve =NOT_FOUND; lea approve; leo approve", "approved", ""},
		{"one rejection is enough", "vote", `fay reject, comment: "no"`, "rejected", ""},
		{"a rejection says why", "vote", "fay reject =COMMENT_REQUIRED", "running", "money:fay money:fin"},
		{"an abstention leaves it to the other", "vote", "fay abstain; fin approve", "running", "law:lea"},
		{"a stranger's task", "vote", "zoe approve =NOT_FOUND", "running", "money:fay money:fin"},
		{"handed on", "vote", "fay transfer, user: $zoe; zoe approve; fin approve", "running", "law:lea"},
		{"handed to somebody who decides already", "vote", "fay transfer, user: $fin =DUPLICATE_PARTICIPANT", "running", "money:fay money:fin"},
		{"handed to the submitter", "vote", "fay transfer, user: $ann =SELF_NOT_ALLOWED", "running", "money:fay money:fin"},
		{"handed to nobody", "vote", `fay transfer, user: "person_1" =INVALID_INPUT`, "running", "money:fay money:fin"},
		{"an opinion decides nothing", "vote", "fay delegate, user: $zoe; zoe reject, comment: \"no\"; fay approve; fin approve", "running", "law:lea"},
		{"a delegate delegates back", "vote", "fay delegate, user: $zoe; zoe delegate, user: $fay =DELEGATE_LOOP", "running", "money:fin money:zoe"},
		{"signers before", "vote", `fay addSign, sign: {type: "before", users: [$zoe]}; zoe approve; fay approve; fin approve`, "running", "law:lea"},
		{"signers beside", "vote", `fay addSign, sign: {type: "parallel", users: [$zoe]}; fay approve; fin approve`, "running", "money:zoe"},
		{"signers after", "vote", `fay approve, addSignAfter: {users: [$zoe]}; fin approve`, "running", "money:zoe"},
		{"somebody who signs already", "vote", `fay addSign, sign: {type: "before", users: [$fin]} =DUPLICATE_PARTICIPANT`, "running", "money:fay money:fin"},
		{"an opinion that is no longer wanted", "vote", "fay delegate, user: $zoe; fay recall; fay approve; fin approve", "running", "law:lea"},
		{"a signer that is removed", "vote", `fay addSign, sign: {type: "before", users: [$zoe]}; fay removeSign; fay approve; fin approve`, "running", "law:lea"},
		{"sent back", "vote", `fay return, to: "initiator", comment: "look"`, "returned", "<nil>:ann"},
		{"sent to where it never was", "vote", `fay return, to: "law", comment: "x" =INVALID_RETURN_TARGET`, "running", "money:fay money:fin"},
		{"out of a pool", "pool", "fay claim; fay approve", "approved", ""},
		{"out of a pool by a stranger", "pool", "zoe claim =NOT_FOUND", "running", "desk:pool"},
		{"back into the pool", "pool", "fay claim; fay unclaim; fin claim; fin approve", "approved", ""},
		{"not claimed", "pool", "fay approve =NOT_ASSIGNEE", "running", "desk:pool"},
		{"branches wait for each other", "sides", "fay approve", "running", "law:lea law:leo"},
		{"both branches", "sides", "fay approve; leo approve", "running", "end:dan"},
		{"a branch rejects", "sides", "fay approve; leo reject", "rejected", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			o.t = t
			a := o.submit("ann", c.process, o.deal("ann", `discount: "0.15"`))
			for _, step := range strings.Split(c.steps, "; ") {
				step, want, _ := strings.Cut(step, " =")
				who, rest, _ := strings.Cut(step, " ")
				command, args, more := strings.Cut(rest, ",")
				if more {
					args = "," + args
				}
				for name := range o.people {
					args = strings.ReplaceAll(args, "$"+name, fmt.Sprintf("%q", o.id(name)))
				}
				if got := o.act(who, command, a, args); got != want {
					t.Fatalf("%s: %q, want %q", step, got, want)
				}
			}
			if got := o.status(a); got != c.status {
				t.Errorf("it is %s, want %s", got, c.status)
			}
			if got := o.waits(a); got != c.waits {
				t.Errorf("it waits for %q, want %q", got, c.waits)
			}
			o.sound(a)
		})
	}
}

// sound holds the audit of an instance against its hashes.
func (o *office) sound(instance string) {
	o.t.Helper()
	if d := o.must("root", `{ audit(instance: %q) { valid total } }`, instance); dig(d, "audit", "valid") != true {
		o.t.Errorf("the audit of %s: %v", instance, d)
	}
}

// TestApprovalPool: what one has taken out of a pool the others hear is taken, and by whom.
func TestApprovalPool(t *testing.T) {
	o := newOffice(t)
	a := o.submit("ann", "pool", o.deal("ann", `discount: "0.15"`))
	q := `mutation { claim(task: "%s:1") { id } }`
	var wg sync.WaitGroup
	answers := make([]reply, 2)
	for i, who := range []string{"fay", "fin"} {
		wg.Add(1)
		go func() {
			defer wg.Done()
			answers[i] = o.do(who, q, a)
		}()
	}
	wg.Wait()
	winner, loser := "fay", answers[1]
	if answers[0].code() != "" {
		winner, loser = "fin", answers[0]
	}
	if o.waits(a) != "desk:"+winner || loser.code() != "ALREADY_CLAIMED" || !strings.Contains(loser.raw, o.id(winner)+" has claimed") {
		t.Errorf("%s has it; the other hears %s", o.waits(a), loser.raw)
	}
	for _, c := range []struct{ who, code string }{{"ann", "NOT_ASSIGNEE"}, {"zoe", "NOT_FOUND"}, {"oto", "NOT_FOUND"}} {
		if got := o.do(c.who, q, a).code(); got != c.code {
			t.Errorf("%s claims: %q", c.who, got)
		}
	}
	b := o.submit("ann", "pool", o.deal("ann", `discount: "0.15"`)) // membership counts when it is claimed
	o.must("root", `mutation { createHeldRole(input: {userId: %q, role: "finance"}) { heldRole { id } } }`, o.id("zoe"))
	if got := o.do("zoe", q, b).code(); got != "" {
		t.Errorf("a new member claims: %q", got)
	}
}

// TestApprovalWithdrawn takes a submission back, as a draft, until somebody has decided.
func TestApprovalWithdrawn(t *testing.T) {
	o := newOffice(t)
	deal := o.deal("ann", `discount: "0.15"`)
	a := o.submit("ann", "vote", deal)
	q := `mutation { %s(instance: %q) { status round } }`
	for _, c := range []struct{ who, command, code string }{
		{"fay", "withdraw", "FORBIDDEN"}, {"zoe", "withdraw", "NOT_FOUND"}, {"ann", "withdraw", ""}, {"ann", "withdraw", "INVALID_STATE"}, {"ann", "resubmit", ""},
	} {
		if got := o.do(c.who, q, c.command, a).code(); got != c.code {
			t.Errorf("%s %s: %q, want %q", c.who, c.command, got, c.code)
		}
	}
	o.act("fay", "approve", a, "")
	if got := o.do("ann", q, "withdraw", a).code(); got != "WITHDRAW_NOT_ALLOWED" {
		t.Errorf("after a decision: %q", got)
	}
	if d := o.must("ann", `{ snapshots(instance: %q) { round form formHash } }`, a); len(dig(d, "snapshots").([]any)) != 2 || dig(d, "snapshots", 1, "round") != 2.0 {
		t.Errorf("a snapshot for each round: %v", d)
	}
	o.sound(a)
}

// TestApprovalAdministration stops, moves and ends processes: with a reason, and by administrators alone.
func TestApprovalAdministration(t *testing.T) {
	o := newOffice(t)
	a := o.submit("ann", "vote", o.deal("ann", `discount: "0.15"`))
	do := func(who, command, args, want string) {
		t.Helper()
		if got := o.do(who, `mutation { %s(instance: %q%s) { id } }`, command, a, args).code(); got != want {
			t.Errorf("%s %s: %q, want %q", who, command, got, want)
		}
	}
	do("fay", "suspend", `, reason: "x"`, "FORBIDDEN")
	do("zoe", "suspend", `, reason: "x"`, "NOT_FOUND")
	do("pam", "suspend", `, reason: ""`, "INVALID_INPUT")
	do("pam", "suspend", `, reason: "audit"`, "")
	if got := o.act("fay", "approve", a, ""); got != "INVALID_STATE" {
		t.Errorf("a decision while suspended: %q", got)
	}
	do("pam", "resume", `, reason: "done"`, "")
	do("ann", "urge", "", "")
	do("ann", "urge", "", "URGE_TOO_SOON")
	o.clock.Advance(31 * time.Minute)
	do("ann", "urge", "", "")
	do("pam", "jump", `, to: "law", reason: "urgent"`, "")
	if got := o.waits(a); got != "law:lea" {
		t.Errorf("moved: %q", got)
	}
	if got := o.do("pam", `mutation { reassign(task: %q, user: %q, reason: "away") { id } }`, o.task("lea", a), o.id("zoe")).code(); got != "" || o.waits(a) != "law:zoe" {
		t.Errorf("reassigned: %q, %s", got, o.waits(a))
	}
	do("zoe", "cc", fmt.Sprintf(", users: [%q]", o.id("oto")), "")
	if got := o.must("oto", `{ instance(id: %q) { id } }`, a); dig(got, "instance", "id") != a {
		t.Errorf("who has a copy sees nothing: %v", got)
	}
	do("oto", "view", "", "")
	do("oto", "comment", `, comment: "fine"`, "")
	do("root", "terminate", `, reason: "mistake"`, "")
	do("pam", "terminate", `, reason: "again"`, "INVALID_STATE")
	if got := o.status(a); got != "terminated" {
		t.Errorf("it is %s", got)
	}
	o.sound(a)
}

// TestApprovalOnce: a command with a key happens once, and is refused under the key when it is another.
func TestApprovalOnce(t *testing.T) {
	o := newOffice(t)
	deal := o.deal("ann", `discount: "0.15"`)
	q := `mutation { submit(process: %q, record: %q, idempotencyKey: "k1") { id } }`
	first, again := o.do("ann", q, "vote", deal), o.do("ann", q, "vote", deal)
	if first.code() != "" || first.raw != again.raw {
		t.Errorf("%s and %s", first.raw, again.raw)
	}
	if got := o.do("ann", q, "pool", deal).code(); got != "IDEMPOTENCY_KEY_REUSED" {
		t.Errorf("another submission under the key: %q", got)
	}
	a := dig(first.Data, "submit", "id").(string)
	task := o.task("fay", a)
	for range 2 {
		if got := o.do("fay", `mutation { approve(task: %q, idempotencyKey: "k2") { id } }`, task); got.code() != "" {
			t.Errorf("the approval: %s", got.raw)
		}
	}
	if got := o.do("fay", `mutation { approve(task: %q) { id } }`, task); got.code() != "ALREADY_DECIDED" || !strings.Contains(got.raw, o.id("fay")) {
		t.Errorf("without the key: %s", got.raw)
	}
	if got := o.do("fin", `mutation { approve(task: %q, ifRevision: 1) { id } }`, o.task("fin", a)).code(); got != "VERSION_CONFLICT" {
		t.Errorf("on an old revision: %q", got)
	}
	if got := o.do("fin", `mutation { approve(task: %q, ifFormHash: "old") { id } }`, o.task("fin", a)).code(); got != "RECORD_CHANGED" {
		t.Errorf("on another form: %q", got)
	}
}

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

// TestApprovalTimers counts business hours, and what is late is handed up.
func TestApprovalTimers(t *testing.T) {
	o := newOffice(t)
	a := o.submit("ann", "discount", o.deal("ann", `discount: "0.15"`)) // Monday 09:00
	o.clock.Set(time.Date(2026, 3, 3, 9, 29, 0, 0, shanghai(t)))
	o.drain()
	if d := fmt.Sprint(o.must("root", `{ audit(instance: %q) { entries { verb } } }`, a)); strings.Contains(d, "task.reminded") {
		t.Error("reminded before eight business hours were over")
	}
	o.clock.Set(time.Date(2026, 3, 3, 9, 31, 0, 0, shanghai(t)))
	o.drain()
	if d := fmt.Sprint(o.must("root", `{ audit(instance: %q) { entries { verb } } }`, a)); !strings.Contains(d, "task.reminded") {
		t.Error("not reminded after eight business hours")
	}
	o.clock.Set(time.Date(2026, 3, 4, 12, 0, 0, 0, shanghai(t)))
	o.drain()
	if got := o.waits(a); got != "boss:cat" {
		t.Errorf("after sixteen it waits for %s", got)
	}
	p := o.submit("ann", "pool", o.deal("ann", `discount: "0.15"`))
	o.clock.Advance(48 * time.Hour)
	o.drain()
	o.drain()
	if got := o.status(p); got != "approved" {
		t.Errorf("the clock decides: %s", got)
	}
	o.sound(a)
	o.sound(p)
}

func shanghai(t *testing.T) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

// TestApprovalPeople: who is away or has left is not asked.
func TestApprovalPeople(t *testing.T) {
	o := newOffice(t)
	o.must("root", `mutation { updatePerson(id: %q, patch: {awayFrom: "2026-03-01T00:00:00Z", delegateId: %q}) { person { id } } }`, o.id("bob"), o.id("zoe"))
	a := o.submit("ann", "discount", o.deal("ann", `discount: "0.15"`))
	if got := o.waits(a); got != "boss:zoe" {
		t.Errorf("the manager is away: %s", got)
	}
	b := o.submit("ann", "vote", o.deal("ann", `discount: "0.15"`))
	o.must("root", `mutation { updatePerson(id: %q, patch: {status: inactive}) { person { id } } }`, o.id("fay"))
	if got := o.waits(b); got != "money:fox money:fin" {
		t.Errorf("one of finance has left: %s", got)
	}
	c := o.submit("ann", "vote", o.deal("ann", `discount: "0.15"`))
	if got := o.waits(c); !strings.Contains(got, "money:fox") || strings.Contains(got, "fay") {
		t.Errorf("submitted afterwards: %s", got)
	}
}

// TestApprovalVersions: instances stay with their version; what is no longer published takes no new ones.
func TestApprovalVersions(t *testing.T) {
	o := newOffice(t)
	a := o.submit("ann", "order", o.deal("ann", `discount: "0.15"`))
	next := `{"kind": "approval", "key": "order", "schema": 1, "object": "deal", "label": {"en": "Order", "zh-CN": "审批"}, "admins": [{"type": "role", "role": "process_admin"}],
		"flow": [{"id": "boss", "kind": "approve", "participants": [{"type": "role", "role": "legal"}], "vote": {"mode": "any"}}, {"id": "more", "kind": "approve", "participants": [{"type": "role", "role": "boss"}]}]}`
	p := o.plan(map[string]string{"approvals/order.json": next})
	told := false
	for _, e := range p.Entries {
		told = told || e.Address.String() == "approval.order" && e.Count != nil && *e.Count == 1
	}
	if !told {
		t.Errorf("the plan does not say what runs: %+v", p.Entries)
	}
	o.publish(map[string]string{"approvals/order.json": next})
	b := o.submit("ann", "order", o.deal("ann", `discount: "0.15"`))
	if o.waits(a) != "boss:dan" || o.waits(b) != "boss:lea boss:leo" {
		t.Errorf("the old waits for %s, the new for %s", o.waits(a), o.waits(b))
	}
	version := func(id string) any {
		return dig(o.must("root", `{ instance(id: %q) { version } }`, id), "instance", "version")
	}
	if version(a) != 1.0 || version(b) != 2.0 {
		t.Errorf("versions %v and %v", version(a), version(b))
	}
	if got := o.do("pam", `mutation { migrate(instance: %q, version: 2, reason: "new rules") { version } }`, a); got.code() != "" || version(a) != 2.0 {
		t.Errorf("moved: %s", got.raw)
	}
	o.publish(map[string]string{"approvals/order.json": ""})
	if got := o.do("ann", `mutation { submit(process: "order", record: %q) { id } }`, o.deal("ann", `discount: "0.15"`)).code(); got != "DEFINITION_UNAVAILABLE" {
		t.Errorf("a start of what is not published: %q", got)
	}
	if got := o.act("lea", "approve", b, ""); got != "" {
		t.Errorf("what runs goes on: %q", got)
	}
	o.publish(nil) // the first content again is the first version again
	if c := o.submit("ann", "order", o.deal("ann", `discount: "0.15"`)); version(c) != 1.0 {
		t.Errorf("version %v", version(c))
	}
}

// TestApprovalRace: the last two decide at once, and one decides twice at once.
func TestApprovalRace(t *testing.T) {
	o := newOffice(t)
	a := o.submit("ann", "vote", o.deal("ann", `discount: "0.15"`))
	tasks := map[string]string{"fay": o.task("fay", a), "fin": o.task("fin", a)}
	var wg sync.WaitGroup
	codes := make(chan string, 8)
	for range 4 {
		for who, task := range tasks {
			wg.Add(1)
			go func() {
				defer wg.Done()
				codes <- o.do(who, `mutation { approve(task: %q) { id } }`, task).code()
			}()
		}
	}
	wg.Wait()
	close(codes)
	n := map[string]int{}
	for c := range codes {
		n[c]++
	}
	if n[""] != 2 || n["ALREADY_DECIDED"] != 6 {
		t.Errorf("answers %v", n)
	}
	if d := fmt.Sprint(o.must("root", `{ audit(instance: %q) { entries { verb node } } }`, a)); strings.Count(d, "node.decided") != 1 {
		t.Errorf("decided: %s", d)
	}
	o.sound(a)
}

// TestApprovalInbox pages by the place of the last task, over what others add meanwhile.
func TestApprovalInbox(t *testing.T) {
	o := newOffice(t)
	var made []string
	for range 5 {
		o.clock.Advance(time.Minute)
		made = append(made, o.submit("ann", "vote", o.deal("ann", `discount: "0.15"`)))
	}
	var got []string
	after := "null"
	for range 5 {
		d := o.must("fay", `{ myTasks(first: 2, after: %s) { nodes { instance status } hasNextPage endCursor } }`, after)
		for _, x := range dig(d, "myTasks", "nodes").([]any) {
			got = append(got, dig(x, "instance").(string))
		}
		if dig(d, "myTasks", "hasNextPage") != true {
			break
		}
		after = fmt.Sprintf("%q", dig(d, "myTasks", "endCursor"))
		o.clock.Advance(time.Minute)
	}
	if fmt.Sprint(got) != fmt.Sprint(made) {
		t.Errorf("paged %v, made %v", got, made)
	}
	o.act("fay", "approve", made[2], "")
	if d := o.must("fay", `{ myTasks(status: "done") { nodes { instance decision } } }`); dig(d, "myTasks", "nodes", 0, "instance") != made[2] || len(dig(d, "myTasks", "nodes").([]any)) != 1 {
		t.Errorf("done: %v", d)
	}
	for q, want := range map[string]string{`{ myTasks(status: "all") { endCursor } }`: "INVALID_INPUT", `{ myTasks(after: "x") { endCursor } }`: "INVALID_INPUT", `{ myTasks(first: 0) { endCursor } }`: "LIMIT_EXCEEDED", `{ myTasks(first: 501) { endCursor } }`: "LIMIT_EXCEEDED"} {
		if got := o.do("fay", "%s", q).code(); got != want {
			t.Errorf("%s: %q", q, got)
		}
	}
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

// TestApprovalFollowsCalendarsAndRoles: due times follow the calendar, and where a node wants it, its
// people the roles.
func TestApprovalFollowsCalendarsAndRoles(t *testing.T) {
	o := newOffice(t)
	due := func(id string) any {
		return dig(o.must("root", `{ instance(id: %q) { tasks { due } } }`, id), "instance", "tasks", 0, "due")
	}
	a := o.submit("ann", "pool", o.deal("ann", `discount: "0.15"`))
	was := due(a)
	o.must("root", `mutation { updateHoursBy: upsertHours(key: {code: "STD"}, input: {weeklyHours: {mon: [["09:00", "11:00"]], tue: [["09:00", "11:00"]]}, timezone: "Asia/Shanghai"}) { hours { id } } }`)
	o.drain()
	if was != "2026-03-03T01:30:00.000Z" || due(a) != "2026-03-10T03:00:00.000Z" {
		t.Errorf("due %v, then %v", was, due(a))
	}
	b := o.submit("ann", "fresh", o.deal("ann", `discount: "0.15"`))
	if got := o.waits(b); got != "law:lea law:leo" {
		t.Fatalf("it waits for %s", got)
	}
	held := dig(o.must("root", `{ heldRoles(filter: {userId: {eq: %q}}) { nodes { id } } }`, o.id("leo")), "heldRoles", "nodes", 0, "id")
	o.must("root", `mutation { deleteHeldRole(id: %q) { heldRole { id } } }`, held)
	o.must("root", `mutation { createHeldRole(input: {userId: %q, role: "legal"}) { heldRole { id } } }`, o.id("zoe"))
	o.drain()
	if got := o.waits(b); got != "law:lea law:zoe" {
		t.Errorf("after the change of roles it waits for %s", got)
	}
	o.sound(a)
	o.sound(b)
}

// TestApprovalMachinery: nodes that do something, ask another process, and find nobody.
func TestApprovalMachinery(t *testing.T) {
	o := newOffice(t)
	deal := o.deal("ann", `discount: "0.15"`)
	a := o.submit("ann", "machine", deal)
	o.drain()
	if d := o.must("ann", `{ deal(id: %q) { note } }`, deal); dig(d, "deal", "note") != "checked" {
		t.Errorf("the steps of a node: %v", d)
	}
	child := dig(o.must("fay", `{ myTasks { nodes { instance process } } }`), "myTasks", "nodes", 0)
	if dig(child, "process") != "pool" {
		t.Fatalf("the process that is asked: %v", child)
	}
	b := dig(child, "instance").(string)
	o.act("fay", "claim", b, "")
	o.act("fay", "approve", b, "")
	o.drain()
	d := o.must("pam", `{ instance(id: %q) { status incidents { id code resolved } } }`, a)
	if dig(d, "instance", "status") != "error" || dig(d, "instance", "incidents", 0, "code") != "NO_PARTICIPANTS" {
		t.Fatalf("nobody to ask: %v", d)
	}
	if got := o.do("ann", `{ instance(id: %q) { incidents { code } } }`, a); len(dig(got.Data, "instance", "incidents").([]any)) != 0 {
		t.Errorf("the submitter sees incidents: %s", got.raw)
	}
	retry := `mutation { retryIncident(instance: %q, incident: 1, reason: "look again") { status incidents { resolved } } }`
	if got := o.do("ann", retry, a).code(); got != "FORBIDDEN" {
		t.Errorf("the submitter tries again: %q", got)
	}
	if got := o.do("pam", retry, a); got.code() != "" || dig(got.Data, "retryIncident", "status") != "error" {
		t.Errorf("still nobody: %s", got.raw)
	}
	if got := o.do("pam", `mutation { terminate(instance: %q, reason: "no use") { status locked } }`, a); dig(got.Data, "terminate", "locked") != false {
		t.Errorf("ended: %s", got.raw)
	}
	o.sound(a)
	o.sound(b)
}

// TestApprovalFindings: what is wrong with a process is found before it is published, at its place
// in the file, in both languages.
func TestApprovalFindings(t *testing.T) {
	bad := `{
  "key": "vote", "object": "deal", "label": {"en": "V", "zh-CN": "投"},
  "entry": {"when": "discont > 1"},
  "lock": {"mode": "all", "override": ["fixr"]},
  "flow": [
    {"id": "a", "kind": "aprove", "participants": [{"type": "role", "role": "finance"}]},
    {"id": "b", "kind": "approve", "participants": [{"type": "role", "role": "finanz"}], "vote": {"mode": "ratio", "n": 150}, "editable": ["amout"], "return": {"to": ["c"]}},
    {"id": "c", "kind": "condition", "branches": [{"id": "x", "when": "amount > 'a'", "flow": []}], "default": "y"}
  ]
}`
	files, err := publish.ReadFiles(os.DirFS("testdata/office"))
	if err != nil {
		t.Fatal(err)
	}
	files["approvals/vote.json"] = []byte(bad)
	in := opened(t, clock.System{})
	p, err := in.publish.Propose(signedIn(ident.Principal{Name: "admin", Admin: true}), publish.Bundle{"office": files}, nil)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range p.Findings {
		got = append(got, fmt.Sprintf("%d:%d %s", f.Pos.Line, f.Pos.Col, f.Code))
		if f.Pos.File != "office/approvals/vote.json" || f.Summary.En == "" || f.Summary.Zh == "" || f.Summary.En == f.Summary.Zh {
			t.Errorf("%s: %s / %s", f.Pos, f.Summary.En, f.Summary.Zh)
		}
	}
	want := "3:21 unknown-name; 4:39 unknown-role; 6:5 unknown-kind; 7:78 unknown-role; 7:121 bad-ratio; 7:139 unknown-field; 7:160 bad-return-target; 8:71 type-mismatch; 8:112 no-default"
	if s := strings.Join(got, "; "); s != want {
		t.Errorf("got %s, want %s", s, want)
	}
	if len(p.Entries) != 0 {
		t.Error("it is planned all the same")
	}
}
