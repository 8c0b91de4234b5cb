package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"
)

// TestAudit: what concerns security is taken down with who did it and from where, and tampering
// with the store shows.
func TestAudit(t *testing.T) {
	data := t.TempDir()
	s := serve(t, data, "--demo", "--test-clock")
	advance(t, s, "PT1S")
	s.invited("xu.jing")
	b := s.browser()
	ok := func(status int, more string) {
		t.Helper()
		if status/100 != 2 {
			t.Fatal(status, more)
		}
	}
	if status, _ := b.signIn("Xu.Jing", "wrong"); status != 401 {
		t.Fatal(status)
	}
	if status, _ := b.signIn("nobody.at.all", "wrong"); status != 401 {
		t.Fatal(status)
	}
	ok(b.signIn("xu.jing", userPassword))
	var me struct {
		Me struct {
			User string
			Keys []struct{ ID string }
		}
	}
	if code := b.ask("/account/graphql", fmt.Sprintf(`mutation { createKey(password: %q, label: "nightly") }`, userPassword), nil, nil); code != "" {
		t.Fatal(code)
	}
	if code := b.ask("/account/graphql", `{ me { user keys { id } } }`, nil, &me); code != "" {
		t.Fatal(code)
	}
	if code := b.ask("/account/graphql", fmt.Sprintf(`mutation { revokeKey(id: %q) }`, me.Me.Keys[0].ID), nil, nil); code != "" {
		t.Fatal(code)
	}
	var made struct {
		CreateContact struct{ Contact struct{ ID string } }
	}
	s.query(&made, fmt.Sprintf(`mutation { createContact(input: {name: "Ann", mobile: "13812341234", ownerId: %q}) { contact { id } } }`, me.Me.User), nil)
	var shown struct{ RevealContact string }
	if code := b.ask("/graphql", fmt.Sprintf(`mutation { revealContact(id: %q, field: mobile, reason: "call back") }`, made.CreateContact.Contact.ID), nil, &shown); code != "" || !strings.Contains(shown.RevealContact, "13812341234") {
		t.Fatal(code, shown)
	}
	s.given("xu.jing", "data_exporter", "data_importer")
	status, _, body := b.send("GET", "/export/contact?format=jsonl", "", nil)
	ok(status, body)
	status, _, body = b.send("POST", "/import?object=account&name=accounts.csv", "name\nImported\n", map[string]string{"Content-Type": "text/csv"})
	ok(status, body)
	var job struct{ Data struct{ ID string } }
	if err := json.Unmarshal([]byte(body), &job); err != nil {
		t.Fatal(err)
	}
	status, _, body = b.send("POST", "/import/"+job.Data.ID+"/run", "", nil)
	ok(status, body)
	status, _, body = b.send("POST", "/logout", "", nil)
	ok(status, body)
	s.query(&struct{}{}, fmt.Sprintf(`mutation { createSysRoleAssignment(input: {userId: %q, role: "auditor"}) { warnings { rule } } }`, me.Me.User), nil)
	must(t, "apply", "--data", data, write(t, map[string]string{"tenon.json": `{"name": "tenant", "version": "1.0.0", "label": "T", "requires": {"sales": "^0.1.0"}}`,
		"sharing/account.json": `{"object": "account", "rules": [{"name": "all", "to": {"role": "sales_rep"}}]}`}))
	must(t, "rollback", "--data", data, "--apply", "1")
	if status, _, _ := s.call("POST", "/graphql", "{}", map[string]string{"Authorization": "Bearer tns_" + strings.Repeat("x", 43)}); status != 401 {
		t.Fatal(status)
	}
	if status, _, _ := s.call("POST", "/graphql", "{}", map[string]string{"Authorization": "Bearer tns_" + strings.Repeat("y", 43)}); status != 401 {
		t.Fatal(status)
	}
	if status, _ := s.redeem("tni_"+strings.Repeat("x", 43), userPassword); status != 401 {
		t.Fatal(status)
	}

	var list []entryView
	if err := json.Unmarshal([]byte(must(t, "audit", "list", "--data", data, "--last", "1000", "--json")), &list); err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, e := range list {
		address := ""
		if e.Address != nil {
			address = *e.Address
		}
		var details bytes.Buffer
		if err := json.Compact(&details, e.Details); err != nil {
			t.Fatal(err)
		}
		lines = append(lines, fmt.Sprintf("%s by %s at %s of %s %s", e.Kind, e.Login, address, e.Subject, &details))
	}
	log := strings.Join(lines, "\n")
	at := 0
	for _, want := range []string{ // in this order
		`metadata.published by system at  of revision 1 {"access":["+permissions.administer"`,
		`password.set by system at  of admin {"admin":true}`,
		`key.created by admin at local of admin {"key":`,
		`login.created by admin at 127.0.0.1 of xu.jing {"admin":false,"user":`,
		`password.set by xu.jing at 127.0.0.1 of xu.jing`,
		`login.failed by xu.jing at 127.0.0.1 of xu.jing {"why":"wrong password"}`,
		`login.failed by nobody.at.all at 127.0.0.1 of nobody.at.all {"why":"unknown login"}`,
		`login by xu.jing at 127.0.0.1 of xu.jing {"by":"password","session":`,
		`key.created by xu.jing at 127.0.0.1 of xu.jing {"key":`,
		`key.revoked by xu.jing at 127.0.0.1 of xu.jing`,
		`reveal by xu.jing at 127.0.0.1 of ` + made.CreateContact.Contact.ID + ` {"field":"mobile","reason":"call back"}`,
		`export by xu.jing at 127.0.0.1 of contact {"columns":`,
		`import by xu.jing at 127.0.0.1 of account {"file":"accounts.csv","import":1,"rows":1}`,
		`session.ended by xu.jing at 127.0.0.1 of xu.jing`,
		`permission.changed by admin at 127.0.0.1 of sys_role_assignment_`,
		`metadata.published by admin at local of revision 2 {"access":["+object.account.share.all"]`,
		`metadata.rolled_back by admin at local of revision 3 {"access":["-object.account.share.all"]`,
		`token.refused by unknown at 127.0.0.1 of  {"why":"unknown session"}`,
		`invitation.refused by unknown at 127.0.0.1`,
	} {
		i := strings.Index(log[at:], want)
		if i < 0 {
			t.Fatalf("the log lacks %s behind the others:\n%.9000s", want, log)
		}
		at += i
	}
	if n := strings.Count(log, "token.refused"); n != 1 {
		t.Errorf("%d refused tokens of one minute are taken down", n)
	}
	if strings.Contains(log, userPassword) || strings.Contains(log, "tns_") || strings.Contains(log, "tni_") {
		t.Error("the log has secrets")
	}
	t.Run("pages", func(t *testing.T) {
		var page struct{ AuditLog []struct{ Number float64 } }
		s.admin(&page, `{ auditLog(first: 3, kind: "login.failed") { number } }`, nil)
		if len(page.AuditLog) != 2 {
			t.Fatal(page)
		}
		s.admin(&page, `query($b: Float) { auditLog(before: $b, first: 3, kind: "login.failed") { number } }`, map[string]any{"b": page.AuditLog[0].Number})
		if len(page.AuditLog) != 1 {
			t.Error(page)
		}
		s.admin(&page, `{ auditLog(login: "nobody.at.all") { number } }`, nil)
		if len(page.AuditLog) != 1 {
			t.Error(page)
		}
	})
	t.Run("for those who may view it", func(t *testing.T) {
		if status, _ := b.signIn("xu.jing", userPassword); status != 200 {
			t.Fatal(status)
		}
		if code := b.ask("/admin/graphql", `{ auditLog { number } }`, nil, nil); code != "" {
			t.Errorf("an auditor may not view the log: %q", code)
		}
		if code := b.ask("/admin/graphql", `{ history { number } }`, nil, nil); code != "FORBIDDEN" {
			t.Errorf("an auditor administers: %q", code)
		}
		var seen struct {
			AuditLog    []struct{ Kind string }
			VerifyAudit struct{ Fault *struct{ Number float64 } }
		}
		const log = `{ auditLog(first: 1) { kind } verifyAudit { fault { number } } }`
		if code := b.ask("/account/graphql", log, nil, &seen); code != "" || len(seen.AuditLog) != 1 || seen.AuditLog[0].Kind != "login" || seen.VerifyAudit.Fault != nil {
			t.Errorf("an auditor: %q %+v", code, seen)
		}
		s.invited("zhou.weiming")
		other := s.browser()
		if status, _ := other.signIn("zhou.weiming", userPassword); status != 200 {
			t.Fatal(status)
		}
		for _, q := range []string{`{ auditLog { kind } }`, `{ verifyAudit { head } }`} {
			if code := other.ask("/account/graphql", q, nil, nil); code != "FORBIDDEN" {
				t.Errorf("no auditor: %q", code)
			}
		}
	})
	head := lastLine(must(t, "audit", "verify", "--data", data))
	must(t, "audit", "verify", "--data", data, "--head", head)
	if out, ok := output(t, "audit", "verify", "--data", data, "--head", "3:00"); ok || !strings.Contains(out, "at entry 3") {
		t.Error(out)
	}
	if onMongoDB() {
		return
	}
	conn, err := sqlite.OpenConn(filepath.Join(data, "main.db"), sqlite.OpenReadWrite)
	if err != nil {
		t.Fatal(err)
	}
	err = sqlitex.ExecuteTransient(conn, `UPDATE _audit SET subject = 'somebody else' WHERE kind = 'reveal'`, nil)
	if cerr := conn.Close(); err != nil || cerr != nil {
		t.Fatal(err, cerr)
	}
	reveal := 0
	for _, e := range list {
		if e.Kind == "reveal" {
			reveal = int(e.Number)
		}
	}
	if out, ok := output(t, "audit", "verify", "--data", data); ok || !strings.Contains(out, fmt.Sprintf("at entry %d: the entry was changed", reveal)) {
		t.Errorf("the reveal at %d was changed: %s", reveal, out)
	}
}

// TestAuditInBothLanguages: what happened is told in words of the language asked for, and its kinds are known.
func TestAuditInBothLanguages(t *testing.T) {
	s := serve(t, t.TempDir(), "--bare")
	if status, _ := s.browser().signIn("nobody.at.all", "wrong"); status != http.StatusUnauthorized {
		t.Fatal(status)
	}
	var told struct {
		AuditLog   []struct{ Kind, En, Zh string }
		AuditKinds []struct{ Kind, En, Zh string }
	}
	s.admin(&told, `{ auditLog(first: 1, kind: "login.failed") { kind en: says zh: says(locale: "zh-CN") } auditKinds { kind en: says zh: says(locale: "zh-CN") } }`, nil)
	if len(told.AuditLog) != 1 || told.AuditLog[0].En != "Sign-in failed" || told.AuditLog[0].Zh != "登录失败" {
		t.Errorf("got %v", told.AuditLog)
	}
	if !slices.Contains(told.AuditKinds, told.AuditLog[0]) {
		t.Errorf("kinds: %v", told.AuditKinds)
	}
}
