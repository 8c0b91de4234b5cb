package main

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

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
