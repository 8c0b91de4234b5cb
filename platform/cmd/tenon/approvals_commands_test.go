package main

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"
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
