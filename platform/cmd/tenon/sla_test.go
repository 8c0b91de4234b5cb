package main

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/tenon-platform/tenon/metadata/load"
	"github.com/tenon-platform/tenon/metadata/model"
	"github.com/tenon-platform/tenon/metadata/resolve"
	"github.com/tenon-platform/tenon/platform/clock"
	"github.com/tenon-platform/tenon/platform/ident"
	"github.com/tenon-platform/tenon/plugins/packages"
	"github.com/tenon-platform/tenon/plugins/standard"
)

// repair is a package with a policy about tickets, given as more of its JSON.
func repair(policy string) map[string]string {
	out := map[string]string{
		"tenon.json": `{"name": "repair", "version": "1.0.0", "label": {"en": "Repair"}, "requires": {"platform-base": "^0.1.0"}}`,
		"objects/ticket/object.json": `{"name": "ticket", "label": {"en": "Ticket"}, "pluralLabel": {"en": "Tickets"}, "sharing": "private", "nameField": "title", "features": ["lock"], "fields": [
			{"name": "title", "type": "text", "label": {"en": "Title"}},
			{"name": "open", "type": "bool", "label": {"en": "Open"}, "default": false},
			{"name": "taken_at", "type": "datetime", "label": {"en": "Taken"}},
			{"name": "done_at", "type": "datetime", "label": {"en": "Done"}},
			{"name": "minutes", "type": "int", "label": {"en": "Minutes"}},
			{"name": "pace", "type": "picklist", "label": {"en": "Pace"}, "values": [{"code": "none", "label": {"en": "None"}}, {"code": "on_track", "label": {"en": "On track"}}, {"code": "at_risk", "label": {"en": "At risk"}}, {"code": "breached", "label": {"en": "Breached"}}, {"code": "met", "label": {"en": "Met"}}, {"code": "paused", "label": {"en": "Paused"}}]}]}`,
		"flows/late.json":  `{"key": "late", "trigger": {"type": "flow", "object": "ticket"}, "steps": [{"id": "mark", "type": "update", "set": {"title": "CONCAT(title, '!')"}}]}`,
		"flows/other.json": `{"key": "other", "trigger": {"type": "button", "object": "ticket"}, "steps": [{"id": "mark", "type": "update", "set": {"title": "'x'"}}]}`,
		"slas/fix.json":    `{"name": "fix", "label": {"en": "Fix"}, "object": "ticket", ` + policy + `}`,
	}
	for name, text := range out {
		out[name] = english.ReplaceAllString(text, `{"en": "$1", "zh-CN": "$1"}`)
	}
	return out
}

const fixSoon = `"status": "pace", "milestones": [{"name": "answer", "label": {"en": "Answer"}, "start": "open", "stop": "not open", "target": "60", "onBreach": "late"}, {"name": "fixed", "label": {"en": "Fixed"}, "start": "taken_at", "stop": "done_at", "target": "minutes", "calendar": "24x7", "onWarn": "late", "onBreach": "late", "after": [{"minutes": 30, "flow": "late"}]}]`

// newRepair is a tenant with the package, on a Monday at five in the afternoon.
func newRepair(t *testing.T) *leadStory {
	s := &leadStory{t: t, clock: clock.NewFixed(beijing(t, "2026-03-02 17:30:00")), admin: signedIn(ident.Principal{Name: "admin", Admin: true})}
	s.in = opened(t, clock.NewSettable(s.clock))
	if err := s.in.installStandard(s.admin, nil, false); err != nil {
		t.Fatal(err)
	}
	if out, errs, code := call("apply", "--data", s.in.dir, write(t, repair(fixSoon))); code != exitOK {
		t.Fatal(out, errs)
	}
	return s
}

func (s *leadStory) ticket(more string) string {
	s.t.Helper()
	return cutOut(s.do(s.admin, `mutation { createTicket(input: {title: "T"`+more+`}) { ticket { id } } }`), `"id":"`)
}

const allClocks = `{ sysSlaClocks(orderBy: {id: ASC}) { nodes { milestone status dueAt calendar { code } } } }`

// TestCalendarsOfClocks: the milestone's counts before that of the record's owner, and that before the default one.
func TestCalendarsOfClocks(t *testing.T) {
	s := newRepair(t)
	s.do(s.admin, `mutation { createSysUser(input: {username: "hot", name: "Hot", orgUnit: {connect: {code: "HQ"}}, calendar: {connect: {code: "CN-HOTLINE"}}}) { sysUser { id } } }`)
	s.ticket(`, open: true`)
	s.ticket(fmt.Sprintf(`, open: true, takenAt: "2026-03-02T09:30:00Z", minutes: 60, ownerId: "sys_user_%d"`, s.user("hot").UserID))
	s.want(s.admin, allClocks, `[{"milestone":"answer","status":"running","dueAt":"2026-03-03T01:30:00Z","calendar":{"code":"CN-STD"}},{"milestone":"answer","status":"running","dueAt":"2026-03-02T10:30:00Z","calendar":{"code":"CN-HOTLINE"}},{"milestone":"fixed","status":"running","dueAt":"2026-03-02T10:30:00Z","calendar":{"code":"24x7"}}]`)
}

// TestClocksFollowRecords: clocks by conditions and by moments start, start anew, end and are given up with what is written, also to a locked record.
func TestClocksFollowRecords(t *testing.T) {
	s := newRepair(t)
	id := s.ticket(``)
	s.want(s.admin, allClocks, `"nodes":[]`)
	patch := func(values string) {
		t.Helper()
		s.do(s.admin, fmt.Sprintf(`mutation { updateTicket(id: %q, patch: {%s}) { ticket { id } } }`, id, values))
	}
	statuses := func(want, pace string) {
		t.Helper()
		s.want(s.admin, `{ sysSlaClocks(orderBy: {id: ASC}) { nodes { status } } tickets { nodes { pace } } }`, fmt.Sprintf(`{"data":{"sysSlaClocks":{"nodes":[%s]},"tickets":{"nodes":[{"pace":%q}]}}`, want, pace))
	}
	patch(`open: true`)
	statuses(`{"status":"running"}`, "on_track")
	patch(`open: false`)
	statuses(`{"status":"met"}`, "met")
	patch(`open: true, title: "again"`)
	statuses(`{"status":"met"},{"status":"running"}`, "on_track")
	patch(`open: false, takenAt: "2026-03-02T09:30:00Z", minutes: null`) // nothing is promised
	statuses(`{"status":"met"},{"status":"met"}`, "met")
	patch(`takenAt: "2026-03-02T09:30:01Z", minutes: 10`)
	statuses(`{"status":"met"},{"status":"met"},{"status":"running"}`, "on_track")
	patch(`takenAt: "2026-03-02T09:30:02Z"`)
	statuses(`{"status":"met"},{"status":"met"},{"status":"cancelled"},{"status":"running"}`, "on_track")
	s.do(s.admin, fmt.Sprintf(`mutation { lockTicket(id: %q, reason: "audit") { ticket { id } } }`, id))
	s.at("2026-03-02 17:37:32") // three quarters of ten minutes
	statuses(`{"status":"met"},{"status":"met"},{"status":"cancelled"},{"status":"running"}`, "at_risk")
	s.do(s.admin, fmt.Sprintf(`mutation { unlockTicket(id: %q) { ticket { id } } }`, id))
	s.at("2026-03-02 17:40:02")
	statuses(`{"status":"met"},{"status":"met"},{"status":"cancelled"},{"status":"running"}`, "at_risk")
	s.at("2026-03-02 17:40:03")
	statuses(`{"status":"met"},{"status":"met"},{"status":"cancelled"},{"status":"breached"}`, "breached")
	s.want(s.admin, `{ tickets { nodes { title } } }`, `"again!`)
	s.at("2026-03-02 18:10:02")
	patch(`doneAt: "2026-03-02T10:10:00Z"`)
	statuses(`{"status":"met"},{"status":"met"},{"status":"cancelled"},{"status":"breached"}`, "breached")
	s.want(s.admin, `{ sysSlaClocks(filter: {status: {eq: breached}}) { nodes { escalationLevel completedAt } } }`, `[{"escalationLevel":3,"completedAt":"2026-03-02T10:10:00Z"}]`)
	patch(`takenAt: "2026-03-02T10:10:03Z", doneAt: null`)
	s.do(s.admin, fmt.Sprintf(`mutation { deleteTicket(id: %q) { __typename } }`, id))
	s.want(s.admin, `{ sysSlaClocks(orderBy: {id: DESC}, first: 1) { nodes { status } } }`, `[{"status":"cancelled"}]`)
}

// TestBadPolicies: what is wrong with a policy is found before it is published.
func TestBadPolicies(t *testing.T) {
	std, err := packages.Standard()
	if err != nil {
		t.Fatal(err)
	}
	base, found := load.Package(std[0].Files, std[0].Name, standard.Fields())
	if len(found) > 0 {
		t.Fatal(found)
	}
	milestone := func(start, stop, target, more string) string {
		return fmt.Sprintf(`"milestones": [{"name": "a", "label": {"en": "A"}, "start": %q, "stop": %q, "target": %q%s}]`, start, stop, target, more)
	}
	for _, c := range []struct{ policy, code, path string }{
		{fixSoon, "", ""},
		{`"milestones": []`, "bad-sla", "milestones"},
		{milestone("minutes", "done_at", "60", ""), "bad-sla", "start"},
		{milestone("taken_at", "title", "60", ""), "bad-sla", "stop"},
		{milestone("taken_at", "done_at", "title", ""), "type-mismatch", "target"},
		{milestone("taken", "done_at", "60", ""), "unknown-name", "start"},
		{milestone("taken_at", "done_at", "60", `, "onWarn": "nothing"`), "unknown-flow", "onWarn"},
		{milestone("taken_at", "done_at", "60", `, "onBreach": "other"`), "bad-sla", "onBreach"},
		{milestone("taken_at", "done_at", "60", `, "warn": 101`), "bad-sla", "warn"},
		{milestone("taken_at", "done_at", "60", `, "after": [{"minutes": 5, "flow": "late"}, {"minutes": 5, "flow": "late"}]`), "bad-sla", "after"},
		{`"status": "title", ` + milestone("taken_at", "done_at", "60", ""), "bad-sla", "status"},
		{`"status": "nothing", ` + milestone("taken_at", "done_at", "60", ""), "unknown-field", "status"},
		{strings.Replace(fixSoon, `"name": "fixed"`, `"name": "answer"`, 1), "duplicate-name", "milestones"},
	} {
		p, found := load.Package(fstestOf(repair(c.policy)), "repair", standard.Fields())
		if !found.HasErrors() {
			_, more := resolve.Resolve(resolve.Input{Packages: []*model.Package{base, p}, Fields: standard.Fields(), Engines: standard.Engines().Signatures(), Zone: "UTC"})
			found = append(found, more...)
		}
		if c.code == "" {
			if found.HasErrors() {
				t.Errorf("%s: %v", c.policy, found)
			}
			continue
		}
		ok := false
		for _, f := range found {
			ok = ok || f.Code == c.code && f.Summary.En != "" && f.Summary.Zh != ""
		}
		if !ok {
			t.Errorf("%s: got %v, want %s at %s", c.policy, found, c.code, c.path)
		}
	}
}

// fstestOf is files as a file system.
func fstestOf(files map[string]string) fstest.MapFS {
	out := fstest.MapFS{}
	for name, text := range files {
		out[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return out
}
