package main

import (
	"fmt"
	"strings"
)

// approvalLife is two approvals from submission to the last write: people decide the one, the clock the
// other.
var approvalLife = life{name: "approval", holds: []string{"valid:true", "locked:false", "status:approved"}, lead: func(l *living) []string {
	big, small := l.made("d1"), l.made("d2")
	a := l.sent("s1", "discount", big)
	l.at(60)
	l.act("bob", "a1", "approve", a, 1, `data: {discount: "0.25"},`)
	l.at(120)
	l.act("fay", "a2", "approve", a, 2, "")
	l.act("fin", "a3", "approve", a, 3, "")
	b := l.sent("s2", "pool", small)
	l.at(60 * 60) // eight business hours and more: the clock decides
	l.at(61 * 60) // a job in the hands of a process that died is taken over when its lease ends
	for _, id := range []string{big, small} {
		l.must("ann", `mutation { updateDeal(id: %q, patch: {note: "free"}, dryRun: true) { deal { id } } }`, id)
	}
	return l.left([]string{a, b}, []string{big, small})
}}

// pathsLife is an approval that takes every way there is: opinions, signers, a return and another round,
// a transfer, a decision that is taken back, a rejection.
var pathsLife = life{name: "paths", long: true, holds: []string{"status:rejected", "round:2", "kind:opinion", "kind:before", "task.taken_back", "decision:returned", "locked:false"}, lead: func(l *living) []string {
	d := l.made("d1")
	a := l.sent("s1", "vote", d)
	l.act("fay", "a1", "delegate", a, 1, fmt.Sprintf("user: %q,", l.id("fox")))
	l.act("fox", "a2", "approve", a, 3, "")
	l.at(10)
	l.act("fay", "a3", "approve", a, 1, "")
	l.act("fin", "a4", "addSign", a, 2, fmt.Sprintf(`sign: {type: "before", users: [%q]},`, l.id("dan")))
	l.act("dan", "a5", "approve", a, 4, "")
	l.act("fin", "a6", "return", a, 2, `to: "initiator", comment: "more",`)
	l.at(20)
	l.once("ann", "a7", `mutation { resubmit(instance: %q, KEY) { status } }`, a)
	l.act("fay", "a8", "approve", a, 6, "")
	l.act("fin", "a9", "transfer", a, 7, fmt.Sprintf("user: %q,", l.id("fox")))
	l.act("fox", "b1", "approve", a, 8, "")
	l.at(30)
	l.act("lea", "b2", "approve", a, 9, "")
	l.act("lea", "b3", "takeBack", a, 9, "")
	l.at(40)
	l.act("lea", "b4", "approve", a, 9, "")
	l.act("leo", "b5", "reject", a, 10, `comment: "no",`)
	l.at(50)
	return l.left([]string{a}, []string{d})
}}

// adminLife is approvals that administrators and the initiator interrupt.
var adminLife = life{name: "admin", long: true, holds: []string{"status:terminated", "status:draft", "status:approved", "instance.suspended", "instance.resumed", "locked:false"}, lead: func(l *living) []string {
	d1, d2, d3 := l.made("d1"), l.made("d2"), l.made("d3")
	a, b, c := l.sent("s1", "sides", d1), l.sent("s2", "vote", d2), l.sent("s3", "sides", d3)
	l.once("pam", "a1", `mutation { suspend(instance: %q, reason: "wait", KEY) { status } }`, a)
	l.at(10)
	l.once("pam", "a2", `mutation { resume(instance: %q, reason: "go on", KEY) { status } }`, a)
	l.once("ann", "a3", `mutation { withdraw(instance: %q, KEY) { status } }`, b)
	for i, inst := range []string{a, c} {
		l.act("fay", fmt.Sprint("b1", i), "approve", inst, 1, "")
		l.act("lea", fmt.Sprint("b2", i), "approve", inst, 3, "")
	}
	l.at(20)
	l.act("pam", "c1", "reassign", a, 5, fmt.Sprintf(`user: %q, reason: "away",`, l.id("cat")))
	l.act("cat", "c2", "approve", a, 6, "")
	l.once("pam", "c3", `mutation { terminate(instance: %q, reason: "no longer", KEY) { status } }`, c)
	l.at(30)
	return l.left([]string{a, b, c}, []string{d1, d2, d3})
}}

// machineLife is approvals that wait for actions, for another approval and for the clock, and stop at an
// incident.
var machineLife = life{name: "machine", long: true, holds: []string{"note:checked", "NO_PARTICIPANTS", "status:terminated", "stage:ordered", "status:auto_approved"}, lead: func(l *living) []string {
	d1, d2 := l.made("d1"), l.made("d2")
	a, b := l.sent("s1", "machine", d1), l.sent("s2", "order", d2)
	l.at(1)
	l.at(3) // what a process that died had in hand
	part := l.asked(d1, "pool")
	if !strings.HasPrefix(part, a) {
		l.t.Fatalf("the part of %s is %s", a, part)
	}
	l.act("fay", "a1", "claim", part, 1, "")
	l.act("fay", "a2", "approve", part, 1, "")
	l.at(5)
	l.at(7)
	l.once("pam", "a3", `mutation { terminate(instance: %q, reason: "nobody to ask", KEY) { status } }`, a)
	l.at(62)
	l.at(64)
	return l.left([]string{a, b, part}, []string{d1, d2})
}}
