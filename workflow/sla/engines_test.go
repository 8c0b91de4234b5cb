package sla_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/tenon-platform/tenon/platform/ident"
	"github.com/tenon-platform/tenon/plugins/standard/tenanttest"
	"github.com/tenon-platform/tenon/runtime/access"
	"github.com/tenon-platform/tenon/runtime/publish"
)

// desk is a tenant with the calendars of platform-base, and a way to move the clock of a ticket.
type desk struct {
	*tenanttest.Tenant
	t *testing.T
}

func open(t *testing.T) desk {
	return desk{tenanttest.OpenBundle(t, publish.Bundle{
		"platform-base": tenanttest.Files(t, os.DirFS("../../plugins/packages/platform-base")),
		"desk":          tenanttest.Files(t, os.DirFS("testdata/desk"))}), t}
}

// at does something with a ticket at a local time, and holds what it answers.
func (w desk) at(when, verb, ticket, want string) {
	w.t.Helper()
	w.Clock.Set(at(w.t, when))
	w.Want(fmt.Sprintf(`mutation { ticket%s(id: %q) { state due left } }`, verb, ticket), want)
}

// TestClockOfARecord: a policy on the default calendar, with its target from a decision table,
// started before a holiday, paused, resumed and met.
func TestClockOfARecord(t *testing.T) {
	w := open(t)
	id := w.ID("Ticket", `title: "x", grade: B`)
	w.at("2026-04-30 16:00:00", "Look", id, `{"state":null,"due":null,"left":null}`)
	w.at("2026-04-30 17:00:00", "HandOver", id, `{"state":"on_track","due":"2026-05-06T04:00:00Z","left":240}`)
	w.at("2026-04-30 17:30:00", "HandOver", id, `{"state":"on_track","due":"2026-05-06T04:00:00Z","left":210}`)
	w.Want(`{ sysSlaClocks { totalCount nodes { policyCode objectName recordId status targetMinutes calendar { code } warnAt } } }`,
		`{"totalCount":1,"nodes":[{"policyCode":"desk","objectName":"ticket","recordId":"`+id+`","status":"running","targetMinutes":240,"calendar":{"code":"CN-STD"},"warnAt":"2026-05-06T03:00:00Z"}]}`)
	w.at("2026-05-03 10:00:00", "Pause", id, `{"state":"paused","due":"2026-05-06T04:00:00Z","left":180}`)
	w.at("2026-05-08 16:00:00", "Resume", id, `{"state":"on_track","due":"2026-05-09T02:00:00Z","left":180}`)
	w.at("2026-05-09 10:00:00", "Accept", id, `{"state":"met","due":"2026-05-09T02:00:00Z","left":null}`)
	w.at("2026-06-01 10:00:00", "Accept", id, `{"state":"met"`)
	w.Want(`{ sysSlaClocks { nodes { status completedAt consumedMinutes breachedAt } } }`, `{"status":"met","completedAt":"2026-05-09T02:00:00Z","consumedMinutes":"240.00","breachedAt":null}`)
	w.at("2026-06-01 10:00:00", "HandOver", id, `{"state":"on_track"`)
	w.Want(`{ sysSlaClocks { totalCount } }`, `{"totalCount":2}`)
}

// TestBreach: clocks that are due are found by a query, and an action breaches them, once, with the
// owner of that moment; accepting afterwards does not heal it.
func TestBreach(t *testing.T) {
	w := open(t)
	boss := w.Call(`{ sysUsers(first: 2, orderBy: {username: ASC}) { nodes { id } } }`)
	first := between(boss, `"id":"`, `"`)
	id := w.ID("Ticket", fmt.Sprintf(`title: "x", grade: A, ownerId: %q`, first))
	w.at("2026-05-08 17:30:00", "HandOver", id, `"due":"2026-05-08T10:00:00Z","left":30`)
	due := `{ sysSlaClocks(filter: {status: {eq: running}, dueAt: {lt: "2026-05-08T10:00:01Z"}}) { nodes { id } } }`
	w.Clock.Set(at(t, "2026-05-08 18:00:00"))
	clock := between(w.Call(due), `"id":"`, `"`)
	check := fmt.Sprintf(`mutation { sysSlaClockCheck(id: %q) { breached state sysSlaClock { status breachedAt ownerAtBreachId } } }`, clock)
	w.Want(check, `{"breached":false,"state":"at_risk","sysSlaClock":{"status":"running","breachedAt":null,"ownerAtBreachId":null}}`)
	w.Clock.Set(at(t, "2026-05-08 18:00:01"))
	w.Want(check, `{"breached":true,"state":"breached","sysSlaClock":{"status":"breached","breachedAt":"2026-05-08T10:00:00Z","ownerAtBreachId":"`+first+`"}}`)
	w.Want(check, `"breached":false,"state":"breached"`)
	w.Want(due, `"nodes":[]`)
	w.at("2026-05-08 18:00:02", "Drop", id, `"state":"breached"`)
	w.at("2026-05-08 18:00:03", "Accept", id, `"state":"breached"`)
	got := w.As(reader{access.Everything}, ident.Principal{UserID: 7, Name: "u"}, check)
	if !strings.Contains(got, `"errors"`) || strings.Contains(got, `"state"`) {
		t.Errorf("who may not change clocks gets %s", got)
	}
}

func between(s, from, to string) string {
	_, s, _ = strings.Cut(s, from)
	s, _, _ = strings.Cut(s, to)
	return s
}

// TestDeadline: three business days from a Thursday before a holiday, and three calendar days.
func TestDeadline(t *testing.T) {
	w := open(t)
	w.Clock.Set(at(t, "2026-04-30 17:00:00"))
	id := w.ID("Ticket", `title: "x"`)
	recycle := func(when, input, want string) {
		t.Helper()
		w.Clock.Set(at(t, when))
		w.Want(fmt.Sprintf(`mutation { ticketRecycle(id: %q, input: {%s}) { at } }`, id, input), want)
	}
	recycle("2026-05-03 16:59:59", "days: 3", `"rule":"NOT_DUE"`)
	recycle("2026-05-03 17:00:00", "days: 3", `{"at":"2026-05-03T09:00:00Z"}`)
	recycle("2026-05-08 16:59:59", "days: 3, business: true", `"rule":"NOT_DUE"`)
	recycle("2026-05-08 17:00:00", "days: 3, business: true", `{"at":"2026-05-08T09:00:00Z"}`)
	recycle("2026-05-08 17:00:00", "minutes: 240", `{"at":"2026-05-06T04:00:00Z"}`)
	recycle("2026-05-08 17:00:00", "days: -1", `"code":"INVALID_INPUT"`)
	recycle("2026-05-08 17:00:00", "business: true", `"rule":"NOT_DUE"`)
}
