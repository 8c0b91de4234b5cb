package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/tenon-platform/tenon/metadata/model"
	"github.com/tenon-platform/tenon/platform/clock"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/httpd"
	"github.com/tenon-platform/tenon/platform/ident"
	"github.com/tenon-platform/tenon/runtime/access"
	"github.com/tenon-platform/tenon/runtime/publish"
	"github.com/tenon-platform/tenon/runtime/transfer"
	"github.com/tenon-platform/tenon/runtime/transfer/mapping"
)

// everyRight are the rights that permission sets may name.
var everyRight = []string{access.RightExport, access.RightImport, access.RightManageMetadata, access.RightManageUsers, access.RightViewAudit, access.RightAllBrands}

// adminRights is what each operation of /admin/graphql asks of those who are no administrators: ""
// is any right to administer something, "admin" is not for them.
var adminRights = map[string]string{
	"version": "", "revision": "",
	"packages": access.RightManageMetadata, "history": access.RightManageMetadata, "package": access.RightManageMetadata, "progress": access.RightManageMetadata,
	"settings": access.RightManageMetadata, "settingHistory": access.RightManageMetadata, "drift": access.RightManageMetadata, "plan": access.RightManageMetadata,
	"removeDemo": access.RightManageMetadata, "planRollback": access.RightManageMetadata, "apply": access.RightManageMetadata, "setSetting": access.RightManageMetadata,
	"explainAccess": access.RightManageUsers, "logins": access.RightManageUsers, "login": access.RightManageUsers, "signInSettings": access.RightManageUsers,
	"createLogin": access.RightManageUsers, "resetPassword": access.RightManageUsers, "setLoginDisabled": access.RightManageUsers, "endSessions": access.RightManageUsers,
	"resetTotp": access.RightManageUsers, "createKey": access.RightManageUsers, "revokeKey": access.RightManageUsers, "setSignInSettings": "admin",
	"tenants": "admin", "tenant": "admin", "operators": "admin", "createTenant": "admin", "suspendTenant": "admin", "resumeTenant": "admin",
	"removeTenant": "admin", "setTenantLimits": "admin", "setTenantHosts": "admin", "setOperator": "admin", // and of those only operators'
	"secrets": "admin", "setSecret": "admin", "removeSecret": "admin", "connections": "admin", "probeConnection": "admin", "setConnectionDisabled": "admin",
	"deliveries": "admin", "redeliver": "admin", "hooks": "admin", "openHook": "admin", "closeHook": "admin",
	"archive": access.RightManageMetadata, "draft": access.RightManageMetadata, "saveDraft": access.RightManageMetadata, "check": access.RightManageMetadata, "expression": access.RightManageMetadata,
	"functions": access.RightManageMetadata, "evaluate": "admin",
	"scriptTypes": access.RightManageMetadata, "scriptRuns": "admin", "tryScript": "admin", "replayScript": "admin",
	"auditLog": access.RightViewAudit, "auditKinds": access.RightViewAudit, "verifyAudit": access.RightViewAudit,
}

// withRights opens a tenant whose role "only_<right>" has one right and may read and write regions.
func withRights(t *testing.T) *instance {
	t.Helper()
	in := opened(t, clock.System{})
	files := map[string][]byte{"tenon.json": []byte(`{"name": "tenant", "version": "1.0.0", "label": "T"}`),
		"objects/region/object.json": []byte(`{"name": "region", "label": "Region", "sharing": "readWrite", "nameField": "name", "fields": [{"name": "name", "type": "text"}]}`)}
	for _, right := range everyRight {
		name := "only_" + strings.ToLower(right)
		files["permissions/"+name+".json"] = fmt.Appendf(nil, `{"name": %q, "label": "Set", "objects": {"region": {"allow": ["read", "create", "update"]}}, "system": [%q]}`, name, right)
		files["roles/"+name+".json"] = fmt.Appendf(nil, `{"name": %q, "label": "Role", "permissions": [%q]}`, name, name)
	}
	admin := signedIn(ident.Principal{Name: "admin", Admin: true})
	p, err := in.publish.Propose(admin, publish.Bundle{"tenant": files}, nil)
	if err != nil || p.Findings.HasErrors() {
		t.Fatal(err, p.Findings)
	}
	if _, err := in.publish.Apply(admin, p, publish.ApplyOptions{Author: "test"}); err != nil {
		t.Fatal(err)
	}
	return in
}

func holder(right string) ident.Principal {
	return ident.Principal{Name: "holder of " + right, Roles: []string{"only_" + strings.ToLower(right)}}
}

// administer sends an operation to /admin/graphql and gives the code of its first error.
func (in *instance) administer(t *testing.T, p ident.Principal, query string, out any) string {
	t.Helper()
	b, err := json.Marshal(map[string]string{"query": query})
	if err != nil {
		t.Fatal(err)
	}
	r := in.handleAdmin(signedIn(p), &httpd.Request{Method: http.MethodPost, ContentType: "application/json", Body: b})
	return answered(t, string(r.Body), out)
}

// TestAdministrationAsksForRights walks the whole administration API as the holder of each right.
func TestAdministrationAsksForRights(t *testing.T) {
	in := withRights(t)
	admin := ident.Principal{Name: "admin", Admin: true}
	type ref struct {
		Kind, Name string
		OfType     *ref
	}
	type root struct {
		Fields []struct {
			Name string
			Args []struct {
				Name string
				Type ref
			}
			Type ref
		}
	}
	var found struct {
		Schema struct{ QueryType, MutationType root } `json:"__schema"`
	}
	const typ = `kind name ofType { kind name ofType { kind name ofType { kind name } } }`
	if code := in.administer(t, admin, `{ __schema { queryType { fields { name args { name type { `+typ+` } } type { `+typ+` } } } mutationType { fields { name args { name type { `+typ+` } } type { `+typ+` } } } } }`, &found); code != "" {
		t.Fatal(code)
	}
	inner := func(r ref) ref {
		for r.OfType != nil {
			r = *r.OfType
		}
		return r
	}
	values := map[string]string{"String": `"x"`, "ID": `"x"`, "Int": "1", "Float": "1", "Boolean": "false", "JSON": "{}", "TenantLimitsInput": "{}"}
	seen := 0
	for kind, fields := range map[string]root{"query": found.Schema.QueryType, "mutation": found.Schema.MutationType} {
		for _, f := range fields.Fields {
			seen++
			right, known := adminRights[f.Name]
			if !known {
				t.Errorf("nobody says which right %s asks for", f.Name)
				continue
			}
			var args []string
			for _, a := range f.Args {
				if a.Type.Kind == "NON_NULL" {
					args = append(args, a.Name+": "+values[inner(a.Type).Name])
				}
			}
			query := kind + " { " + f.Name
			if args != nil {
				query += "(" + strings.Join(args, ", ") + ")"
			}
			if inner(f.Type).Kind == "OBJECT" {
				query += " { __typename }"
			}
			query += " }"
			for _, has := range everyRight {
				administers := has == access.RightManageMetadata || has == access.RightManageUsers || has == access.RightViewAudit
				code := in.administer(t, holder(has), query, nil)
				if may := right == has || right == "" && administers; may == (code == "FORBIDDEN") {
					t.Errorf("the holder of %s: %s answers %q", has, query, code)
				}
			}
		}
	}
	if seen != len(adminRights) {
		t.Errorf("%d operations, %d are known", seen, len(adminRights))
	}
}

// TestUserManagersAreNoAdministrators: who manages users does not become an administrator by it.
func TestUserManagersAreNoAdministrators(t *testing.T) {
	in := withRights(t)
	ctx := signedIn(ident.Principal{Name: "admin", Admin: true})
	if err := in.auth.SetPassword(ctx, "admin", 0, adminPassword, true); err != nil {
		t.Fatal(err)
	}
	for _, query := range []string{`createLogin(login: "second", admin: true) { token }`, `resetPassword(login: "admin") { token }`, `setLoginDisabled(login: "admin", disabled: true) { name }`,
		`endSessions(login: "ADMIN")`, `resetTotp(login: "admin")`, `createKey(login: "admin")`, `revokeKey(login: "admin", id: "1")`, `setSignInSettings(totp: "none") { totp }`} {
		if code := in.administer(t, holder(access.RightManageUsers), "mutation { "+query+" }", nil); code != "FORBIDDEN" {
			t.Errorf("%s answers %q", query, code)
		}
	}
}

// TestTransfersAskForRights: reading and writing are not enough to take data out or in by files.
func TestTransfersAskForRights(t *testing.T) {
	in := withRights(t)
	in.moves.Start()
	for _, right := range everyRight {
		as := signedIn(holder(right))
		if body := in.ask(t, as, `mutation { createRegion(input: {name: "N"}) { region { id } } }`, nil); strings.Contains(body, `"errors"`) {
			t.Fatal(body)
		}
		_, err := in.exported(as, transfer.Export{Object: "region"})
		if may := right == access.RightExport; may != (err == nil) || err != nil && errs.CodeOf(err) != errs.Forbidden {
			t.Errorf("the holder of %s exports: %v", right, err)
		}
		if _, err := in.moves.SaveExport(as, "mine", transfer.Export{Object: "region"}); (right == access.RightExport) != (err == nil) {
			t.Errorf("the holder of %s saves an export: %v", right, err)
		}
		_, _, err = in.moved(t, as, "region", "name\nX\n", mapping.Settings{Mode: mapping.Create, Columns: []mapping.Column{{From: "name", Field: "name"}}})
		if may := right == access.RightImport; may != (err == nil) || err != nil && errs.CodeOf(err) != errs.Forbidden {
			t.Errorf("the holder of %s imports: %v", right, err)
		}
	}
}

// TestRightsAreKnown: what permission sets may name is what doors ask for.
func TestRightsAreKnown(t *testing.T) {
	f, _ := reflect.TypeFor[model.PermissionSet]().FieldByName("System")
	named, known := strings.Split(f.Tag.Get("enum"), ","), slices.Clone(everyRight)
	slices.Sort(named)
	slices.Sort(known)
	if !slices.Equal(named, known) {
		t.Errorf("sets may name %v, doors ask for %v", named, known)
	}
}
