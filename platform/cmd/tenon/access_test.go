package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/tenon-platform/tenon/platform/clock"
	"github.com/tenon-platform/tenon/platform/httpd"
	"github.com/tenon-platform/tenon/platform/ident"
	"github.com/tenon-platform/tenon/runtime/publish"
)

// signedIn is a request of somebody who is signed in.
func signedIn(p ident.Principal) context.Context {
	return ident.With(context.Background(), ident.Caller{Tenant: tenantName, Principal: p, Locale: "en"})
}

// ask sends a GraphQL operation, decodes its data into data unless that is nil, and gives the body.
func (in *instance) ask(t testing.TB, ctx context.Context, query string, data any) string {
	t.Helper()
	b, err := json.Marshal(map[string]string{"query": query})
	if err != nil {
		t.Fatal(err)
	}
	r := in.handleGraphQL(ctx, &httpd.Request{Method: http.MethodPost, ContentType: "application/json", Body: b})
	if data != nil {
		if err := json.Unmarshal(r.Body, &struct{ Data any }{data}); err != nil {
			t.Fatalf("%s: %v", r.Body, err)
		}
	}
	return string(r.Body)
}

// demoUser is a user of the demo data, as signed in.
func (in *instance) demoUser(t *testing.T, name string) ident.Principal {
	t.Helper()
	var found struct{ SysUserBy struct{ ID string } }
	in.ask(t, signedIn(ident.Principal{Name: "admin", Admin: true}), fmt.Sprintf(`{ sysUserBy(key: {username: %q}) { id } }`, name), &found)
	var id int64
	if _, err := fmt.Sscanf(found.SysUserBy.ID, "sys_user_%d", &id); err != nil {
		t.Fatalf("no user %s: %v", name, err)
	}
	return ident.Principal{UserID: id, Name: name}
}

// TestCallersSeeWhatIsTheirs asks the demo tenant as people of a sales hierarchy.
func TestCallersSeeWhatIsTheirs(t *testing.T) {
	in := opened(t, clock.System{})
	admin := signedIn(ident.Principal{Name: "admin", Admin: true})
	if err := in.installStandard(admin, nil, true); err != nil {
		t.Fatal(err)
	}
	ask := func(ctx context.Context, query string, data any) string { return in.ask(t, ctx, query, data) }
	user := func(name string) ident.Principal { return in.demoUser(t, name) }
	rep, manager, director, guest := user("xu.jing"), user("zhou.weiming"), user("chen.jianguo"), user("du.pengfei")
	for _, owner := range []ident.Principal{rep, rep, manager} {
		ask(admin, fmt.Sprintf(`mutation { createAccount(input: {name: "Of %d", ownerId: "sys_user_%d"}) { account { id } } }`, owner.UserID, owner.UserID), nil)
	}
	accounts := func(p ident.Principal) (n struct{ Accounts struct{ TotalCount int } }) {
		ask(signedIn(p), `{ accounts { totalCount } }`, &n)
		return n
	}
	r, m, d := accounts(rep).Accounts.TotalCount, accounts(manager).Accounts.TotalCount, accounts(director).Accounts.TotalCount
	if r < 2 || m < r+1 || d < m {
		t.Errorf("the representative sees %d accounts, the manager %d, the director %d", r, m, d)
	}
	if body := ask(signedIn(guest), `{ accounts { totalCount } }`, nil); !strings.Contains(body, `"errors"`) {
		t.Errorf("a user without roles sees accounts: %s", body)
	}
	sdl := func(p ident.Principal) string { return string(in.handleSDL(signedIn(p), &httpd.Request{}).Body) }
	for word, people := range map[string][]ident.Principal{"SysCounter": {rep, manager, guest}, "birthday": {rep, guest}, "Account": {guest}, "deleteAccount(": {rep}} {
		for _, p := range people {
			if strings.Contains(sdl(p), word) {
				t.Errorf("the schema shows %s to %s", word, p.Name)
			}
		}
	}
	if !strings.Contains(sdl(manager), "birthday") {
		t.Error("the schema hides birthdays from a manager")
	}
	var one struct {
		Accounts struct{ Nodes []struct{ ID string } }
	}
	ask(signedIn(rep), `{ accounts(first: 1) { nodes { id } } }`, &one)
	b, err := json.Marshal(map[string]string{"query": fmt.Sprintf(`{ explainAccess(user: "sys_user_%d", record: %q) }`, manager.UserID, one.Accounts.Nodes[0].ID)})
	if err != nil {
		t.Fatal(err)
	}
	if body := string(in.handleAdmin(admin, &httpd.Request{Method: http.MethodPost, ContentType: "application/json", Body: b}).Body); !strings.Contains(body, "has a role above one of its owner") || !strings.Contains(body, "权限集") {
		t.Errorf("explained: %s", body)
	}
	p, err := in.publish.Propose(admin, publish.Bundle{"tenant": {"tenon.json": []byte(`{"name": "tenant", "version": "1.0.0", "label": "T", "requires": {"sales": "^0.1.0"}}`),
		"sharing/account.json": []byte(`{"object": "account", "rules": [{"name": "all", "to": {"role": "sales_rep"}}]}`)}}, nil)
	if err != nil || p.Findings.HasErrors() {
		t.Fatal(err, p.Findings)
	}
	told := false
	for _, e := range p.Entries {
		told = told || strings.HasSuffix(e.Summary.En, "people gain records of account") && e.Count != nil && *e.Count > 0
	}
	if !told {
		t.Errorf("the plan does not say who gains accounts: %+v", p.Entries)
	}
}
