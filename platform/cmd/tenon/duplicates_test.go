package main

import (
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/tenon-platform/tenon/platform/clock"
	"github.com/tenon-platform/tenon/platform/ident"
	"github.com/tenon-platform/tenon/runtime/publish"
	"github.com/tenon-platform/tenon/runtime/transfer"
	"github.com/tenon-platform/tenon/runtime/transfer/mapping"
)

// TestImportsAreHeldToDuplicateRules: a row that a rule refuses is a finding of its own, and the
// others are written.
func TestImportsAreHeldToDuplicateRules(t *testing.T) {
	in := opened(t, clock.System{})
	admin := signedIn(ident.Principal{Name: "admin", Admin: true})
	if err := in.installStandard(admin, nil, false); err != nil {
		t.Fatal(err)
	}
	b := maps.Clone(in.publish.Bundle())
	b["tenant"] = map[string][]byte{
		"tenon.json": []byte(`{"name": "tenant", "version": "1.0.0", "label": {"en": "Ours", "zh-CN": "自有"}}`),
		"duplicates/contact.json": []byte(`{"object": "contact", "rules": [{"name": "union", "keys": ["wechat_unionid"], "match": [{"field": "wechat_unionid"}], "action": "block",
			"message": {"en": "The UnionID is taken.", "zh-CN": "UnionID 已存在。"}}]}`),
	}
	p, err := in.publish.Propose(admin, b, nil)
	if err != nil || p.Findings.HasErrors() {
		t.Fatal(err, p.Findings)
	}
	if _, err := in.publish.Apply(admin, p, publish.ApplyOptions{Author: "test"}); err != nil {
		t.Fatal(err)
	}
	in.moves.Start()
	job, found, err := in.moved(t, admin, "contact", "name,union\nAnn,u1\nBob,u2\nAnn again,u1\nNo one,\n", mapping.Settings{Mode: mapping.Create,
		Columns: []mapping.Column{{From: "name", Field: "name"}, {From: "union", Field: "wechatUnionid"}}})
	if err != nil {
		t.Fatal(err)
	}
	if job.Status != transfer.Done || job.State.Created != 2 || job.State.Failed != 2 || len(found) != 2 || found[0].Code != "DUPLICATE" || found[1].Code != "VALIDATION_FAILED" {
		t.Errorf("%s, %+v, %+v", job.Status, job.State, found)
	}
}

// TestDuplicatesUnderPermissions: a sales representative, who sees mobile numbers masked, is told of
// contacts that may be the same among those that are shown, cannot look for a number, and merges
// nothing.
func TestDuplicatesUnderPermissions(t *testing.T) {
	in := opened(t, clock.System{})
	admin := signedIn(ident.Principal{Name: "admin", Admin: true})
	if err := in.installStandard(admin, nil, true); err != nil {
		t.Fatal(err)
	}
	rep := in.demoUser(t, "xu.jing")
	asRep := signedIn(rep)
	contact := func(name, mobile, mail, owner string) string {
		t.Helper()
		var made struct {
			CreateContact struct{ Contact struct{ ID string } }
		}
		in.ask(t, admin, fmt.Sprintf(`mutation { createContact(input: {name: %q, mobile: %q, email: %q, ownerId: %s}) { contact { id } } }`, name, mobile, mail, owner), &made)
		return made.CreateContact.Contact.ID
	}
	mine, foreign := contact("Mine", "13811112222", "mine@a.example", fmt.Sprintf(`"sys_user_%d"`, rep.UserID)), contact("Foreign", "13833334444", "foreign@a.example", "null")
	for _, c := range []struct{ input, want string }{
		{`email: "foreign@a.example"`, `"warnings":[]`},
		{`email: "MINE@a.example"`, `"warnings":[{"rule":"contact_email","records":["` + mine + `"]}]`},
	} {
		got := in.ask(t, asRep, `mutation { createContact(dryRun: true, input: {name: "X", `+c.input+`}) { warnings { rule records } } }`, nil)
		if !strings.Contains(got, c.want) {
			t.Errorf("%s: got %s, want %s", c.input, got, c.want)
		}
	}
	for _, q := range []string{`mutation { mergeContacts(input: {master: "` + mine + `", others: ["` + foreign + `"]}) { merge { id } } }`,
		`{ duplicatesOfContact(input: {mobile: "13811112222"}) { rule } }`, `{ mergesOfContact(id: "` + foreign + `") { id } }`} {
		if got := in.ask(t, asRep, q, nil); !strings.Contains(got, `"errors"`) {
			t.Errorf("%s: %s", q, got)
		}
	}
}
