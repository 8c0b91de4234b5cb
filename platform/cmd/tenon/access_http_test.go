package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
)

// hotline is a package of calls, which agents have for themselves and leads see whole.
var hotline = map[string]string{
	"tenon.json": `{"name": "hotline", "version": "1.0.0", "label": {"en": "Hotline", "zh-CN": "热线"}, "requires": {"platform-base": "^0.1.0"}}`,
	"objects/call/object.json": `{"name": "call", "label": {"en": "Call", "zh-CN": "来电"}, "sharing": "private", "fields": [
		{"name": "name", "type": "text", "required": true, "label": {"en": "Name", "zh-CN": "名称"}},
		{"name": "phone", "type": "phone", "pii": true, "label": {"en": "Phone", "zh-CN": "电话"}},
		{"name": "verdict", "type": "text", "label": {"en": "Verdict", "zh-CN": "结论"}}]}`,
	"permissions/call_use.json":    `{"name": "call_use", "label": {"en": "Own calls", "zh-CN": "本人来电"}, "objects": {"call": {"allow": ["read", "create", "update"], "fields": {"phone": "reveal", "verdict": "none"}}}}`,
	"permissions/call_manage.json": `{"name": "call_manage", "label": {"en": "All calls", "zh-CN": "全部来电"}, "objects": {"call": {"allow": ["read", "update", "delete"], "viewAll": true, "editAll": true, "fields": {"phone": "masked", "verdict": "edit"}}}}`,
	"roles/hot_lead.json":          `{"name": "hot_lead", "label": {"en": "Lead of the hotline", "zh-CN": "热线主管"}, "permissions": ["base_use", "call_manage"]}`,
	"roles/hot_agent.json":         `{"name": "hot_agent", "label": {"en": "Agent", "zh-CN": "坐席"}, "parent": "hot_lead", "permissions": ["base_use", "call_use", "share_records"]}`,
}

// hired makes a user with roles, who signs in.
func (s *server) hired(login string, roles ...string) *browser {
	s.t.Helper()
	s.query(&struct{}{}, fmt.Sprintf(`mutation { createSysUser(input: {username: %q, name: %q, orgUnit: {connect: {code: "HQ"}}}) { sysUser { id } } }`, login, login), nil)
	s.given(login, roles...)
	s.invited(login)
	b := s.browser()
	if status, code := b.signIn(login, userPassword); status != http.StatusOK {
		s.t.Fatal(status, code)
	}
	return b
}

// TestAccessOverHTTP: people see the records, fields and operations that are theirs, masked where they are to be, from
// the next request on after a change; why is explained, what a change would open is counted in its plan, and what
// was shown or granted is in the audit log.
func TestAccessOverHTTP(t *testing.T) {
	data := t.TempDir()
	s := serve(t, data, "--bare", "--test-clock")
	must(t, "apply", "--data", data, "../../../plugins/packages/platform-base")
	must(t, "apply", "--data", data, write(t, hotline))
	ann, bob, lea, kim := s.hired("ann", "hot_agent"), s.hired("bob", "hot_agent"), s.hired("lea", "hot_lead"), s.hired("kim")
	var made struct {
		CreateCall struct{ Call struct{ ID string } }
	}
	var people struct{ Ann, Bob, Lea, Kim struct{ ID string } }
	s.query(&people, `{ ann: sysUserBy(key: {username: "ann"}) { id } bob: sysUserBy(key: {username: "bob"}) { id } lea: sysUserBy(key: {username: "lea"}) { id } kim: sysUserBy(key: {username: "kim"}) { id } }`, nil)
	s.query(&made, fmt.Sprintf(`mutation { createCall(input: {name: "First", phone: "13812341234", ownerId: %q}) { call { id } } }`, people.Ann.ID), nil)
	call := made.CreateCall.Call.ID
	one := func(b *browser, fields string) (name, phone, verdict *string, code string) {
		var got struct {
			Call *struct{ Name, Phone, Verdict *string }
		}
		if code = b.ask("/graphql", fmt.Sprintf(`{ call(id: %q) { %s } }`, call, fields), nil, &got); got.Call == nil {
			return nil, nil, nil, code
		}
		return got.Call.Name, got.Call.Phone, got.Call.Verdict, code
	}
	count := func(b *browser) int {
		var got struct{ Calls struct{ TotalCount int } }
		if code := b.ask("/graphql", `{ calls { totalCount } }`, nil, &got); code != "" {
			return -1
		}
		return got.Calls.TotalCount
	}
	t.Run("records", func(t *testing.T) {
		if a, b, l, k := count(ann), count(bob), count(lea), count(kim); a != 1 || b != 0 || l != 1 || k != -1 {
			t.Errorf("ann sees %d calls, bob %d, the lead %d, who has no role %d", a, b, l, k)
		}
		if name, _, _, code := one(bob, "name"); name != nil || code != "" {
			t.Errorf("bob gets %v %q of a call that is ann's", name, code)
		}
		for _, change := range []string{`updateCall(id: %q, patch: {name: "Taken"}) { call { id } }`, `deleteCall(id: %q) { warnings { rule } }`} {
			hidden, missing := bob.ask("/graphql", "mutation { "+fmt.Sprintf(change, call)+" }", nil, nil), bob.ask("/graphql", "mutation { "+fmt.Sprintf(change, "call_702")+" }", nil, nil)
			if hidden != missing || hidden != "NOT_FOUND" && hidden != "FORBIDDEN" {
				t.Errorf("bob changes ann's: %q, one that is not there: %q", hidden, missing)
			}
		}
		if code := ann.ask("/graphql", fmt.Sprintf(`mutation { deleteCall(id: %q) { warnings { rule } } }`, call), nil, nil); code != "FORBIDDEN" {
			t.Errorf("an agent deletes: %q", code)
		}
	})
	t.Run("fields", func(t *testing.T) {
		if _, phone, _, code := one(ann, "phone"); code != "" || phone == nil || strings.Contains(*phone, "12341234") || !strings.Contains(*phone, "*") {
			t.Errorf("ann sees the number %v %q", phone, code)
		}
		if _, _, _, code := one(ann, "verdict"); code != "INVALID_INPUT" {
			t.Errorf("a field that ann has not: %q", code)
		}
		var shown struct{ RevealCall string }
		reveal := fmt.Sprintf(`mutation { revealCall(id: %q, field: phone, reason: "call back") }`, call)
		if code := ann.ask("/graphql", reveal, nil, &shown); code != "" || !strings.Contains(shown.RevealCall, "12341234") {
			t.Errorf("ann is shown %q %q", shown.RevealCall, code)
		}
		for name, b := range map[string]*browser{"bob": bob, "the lead": lea} {
			if code := b.ask("/graphql", reveal, nil, nil); code != "FORBIDDEN" && code != "NOT_FOUND" {
				t.Errorf("%s is shown the number: %q", name, code)
			}
		}
		for _, filter := range []string{`{phone: {eq: "13812341234"}}`, `{phone: {contains: "1234"}}`} {
			if code := lea.ask("/graphql", `{ calls(filter: `+filter+`) { totalCount } }`, nil, nil); code != "INVALID_INPUT" {
				t.Errorf("a masked field is found by %s: %q", filter, code)
			}
		}
		if code := lea.ask("/graphql", fmt.Sprintf(`mutation { updateCall(id: %q, patch: {verdict: "fine"}) { call { verdict } } }`, call), nil, nil); code != "" {
			t.Errorf("the lead's verdict: %q", code)
		}
	})
	t.Run("by hand", func(t *testing.T) {
		var share struct {
			CreateSysShare struct{ SysShare struct{ ID string } }
		}
		give := fmt.Sprintf(`mutation { createSysShare(input: {recordId: %q, userId: %q, accessLevel: read}) { sysShare { id } } }`, call, people.Bob.ID)
		if code := bob.ask("/graphql", give, nil, nil); code == "" {
			t.Error("bob shares ann's call with himself")
		}
		if code := ann.ask("/graphql", give, nil, &share); code != "" || count(bob) != 1 {
			t.Errorf("shared with bob: %q, who sees %d", code, count(bob))
		}
		if code := bob.ask("/graphql", fmt.Sprintf(`mutation { updateCall(id: %q, patch: {name: "Taken"}) { call { id } } }`, call), nil, nil); code != "FORBIDDEN" {
			t.Errorf("bob changes what he may read: %q", code)
		}
		if code := ann.ask("/graphql", fmt.Sprintf(`mutation { deleteSysShare(id: %q) { warnings { rule } } }`, share.CreateSysShare.SysShare.ID), nil, nil); code != "" || count(bob) != 0 {
			t.Errorf("taken back: %q, bob sees %d", code, count(bob))
		}
	})
	t.Run("explained", func(t *testing.T) {
		why := func(user, want string) {
			t.Helper()
			var x map[string]json.RawMessage
			s.admin(&x, `query($u: ID!, $r: ID!) { explainAccess(user: $u, record: $r) }`, map[string]any{"u": user, "r": call})
			if !strings.Contains(string(x["explainAccess"]), want) {
				t.Errorf("it is explained by %s, without %s", x["explainAccess"], want)
			}
		}
		why(people.Ann.ID, "the user owns it")
		why(people.Bob.ID, "nothing shares this one with the user")
		why(people.Lea.ID, "a permission set reaches all records of Call")
		why(people.Kim.ID, "no permission set of the user's roles allows to read records of Call")
		why(people.Kim.ID, "权限集")
		if code := lea.ask("/admin/graphql", fmt.Sprintf(`{ explainAccess(user: %q, record: %q) }`, people.Kim.ID, call), nil, nil); code != "FORBIDDEN" {
			t.Errorf("a lead asks who may do what: %q", code)
		}
	})
	t.Run("a change", func(t *testing.T) {
		mine := write(t, map[string]string{"tenon.json": `{"name": "tenant", "version": "1.0.0", "label": {"en": "Mine", "zh-CN": "自有"}, "requires": {"hotline": "^1.0.0"}}`,
			"sharing/call.json": `{"object": "call", "rules": [{"name": "agents", "to": {"role": "hot_agent"}, "access": "read"}]}`})
		plan := filepath.Join(t.TempDir(), "plan.json")
		if out := must(t, "plan", "--data", data, mine, "--out", plan); !strings.Contains(out, "people gain records of call") {
			t.Errorf("the plan does not say who gains calls: %s", out)
		}
		if count(bob) != 0 {
			t.Error("a plan opens what it tells of")
		}
		must(t, "apply", "--data", data, plan)
		if count(bob) != 1 {
			t.Error("bob does not see what the sharing rule gives him")
		}
	})
	t.Run("a role", func(t *testing.T) {
		if s.given("kim", "hot_agent"); count(kim) != 1 {
			t.Errorf("the next request after a role sees %d calls", count(kim))
		}
		var given struct {
			SysRoleAssignments struct{ Nodes []struct{ ID string } }
		}
		s.query(&given, fmt.Sprintf(`{ sysRoleAssignments(filter: {userId: {eq: %q}}) { nodes { id } } }`, people.Kim.ID), nil)
		s.query(&struct{}{}, fmt.Sprintf(`mutation { deleteSysRoleAssignment(id: %q) { warnings { rule } } }`, given.SysRoleAssignments.Nodes[0].ID), nil)
		if count(kim) != -1 {
			t.Errorf("the next request without the role sees %d calls", count(kim))
		}
	})
	log := must(t, "audit", "list", "--data", data, "--last", "500", "--json")
	for _, kind := range []string{`"reveal"`, `"permission.changed"`, `"metadata.published"`, `"login"`} {
		if !strings.Contains(log, kind) {
			t.Errorf("the audit log has no %s", kind)
		}
	}
	must(t, "audit", "verify", "--data", data)
}
