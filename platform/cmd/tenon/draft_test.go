package main

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/httpd"
	"github.com/tenon-platform/tenon/platform/ident"
	"github.com/tenon-platform/tenon/runtime/access"
)

// consult sends an operation with variables to /admin/graphql.
func (in *instance) consult(t *testing.T, p ident.Principal, query string, vars map[string]any, out any) string {
	t.Helper()
	b, err := json.Marshal(map[string]any{"query": query, "variables": vars})
	if err != nil {
		t.Fatal(err)
	}
	r := in.handleAdmin(signedIn(p), &httpd.Request{Method: http.MethodPost, ContentType: "application/json", Body: b})
	return answered(t, string(r.Body), out)
}

// TestDraft: what is being changed is kept for all who may change metadata, whoever saves over another is refused, and
// what is saved is not what serves.
func TestDraft(t *testing.T) {
	in := withRights(t)
	p := holder(access.RightManageMetadata)
	type draft struct {
		Version, Base int
		Author        string
		Files         map[string]*string
	}
	var got struct{ Draft, SaveDraft draft }
	if code := in.consult(t, p, `{ draft { version base author files } }`, nil, &got); code != "" || got.Draft.Version != 0 || len(got.Draft.Files) != 0 {
		t.Fatalf("before the first: %s %+v", code, got)
	}
	const save = `mutation($files: JSON!, $version: Int!) { saveDraft(files: $files, version: $version) { version base author files } }`
	files := map[string]any{"objects/visit/object.json": `{"name": "visit"}`, "objects/region/object.json": nil}
	if code := in.consult(t, p, save, map[string]any{"files": files, "version": 0}, &got); code != "" || got.SaveDraft.Version != 1 || got.SaveDraft.Base != 1 || got.SaveDraft.Author != p.Name {
		t.Fatalf("the first: %s %+v", code, got)
	}
	if code := in.consult(t, ident.Principal{Name: "another", Admin: true}, save, map[string]any{"files": files, "version": 0}, nil); code != string(errs.VersionConflict) {
		t.Errorf("over another's: %q", code)
	}
	if code := in.consult(t, p, save, map[string]any{"files": map[string]any{"a": 1}, "version": 1}, nil); code != string(errs.InvalidInput) {
		t.Errorf("files of numbers: %q", code)
	}
	if code := in.consult(t, p, save, map[string]any{"files": map[string]any{"a": strings.Repeat("x", 8<<20)}, "version": 1}, nil); code != string(errs.InvalidInput) {
		t.Errorf("files of 8 MB: %q", code)
	}
	got.Draft = draft{}
	if code := in.consult(t, p, `{ draft { version base author files } }`, nil, &got); code != "" || got.Draft.Version != 1 || *got.Draft.Files["objects/visit/object.json"] != `{"name": "visit"}` || got.Draft.Files["objects/region/object.json"] != nil {
		t.Errorf("read again: %s %+v", code, got.Draft)
	}
	if in.publish.Tenant.Catalog().Object("visit") != nil {
		t.Error("a draft serves")
	}
}

// TestCheckAndExpression: what a draft and its expressions mean is told with places before anything is published, and tried
// on records by administrators.
func TestCheckAndExpression(t *testing.T) {
	in := withRights(t)
	p := holder(access.RightManageMetadata)
	packages := map[string]any{"tenant": map[string]any{"tenon.json": `{"name": "tenant", "version": "1.0.0", "label": "T"}`,
		"objects/region/object.json": `{"name": "region", "label": "Region", "sharing": "readWrite", "nameField": "name", "fields": [{"name": "name", "type": "text"}, {"name": "size", "type": "int"}],
 "rules": [{"name": "small", "when": "sise < 3", "message": "Small"}]}`}}
	var got struct {
		Check []struct {
			Code string
			Pos  struct{ File string }
		}
		Expression struct {
			Type     *struct{ En string }
			Problems []struct {
				Code       string
				Start, End int
			}
			Findings []any
		}
		Evaluate  *string
		Functions []struct{ Name, Syntax string }
	}
	if code := in.consult(t, p, `query($p: Packages) { check(packages: $p) functions }`, map[string]any{"p": packages}, &got); code != "" || len(got.Check) != 1 || got.Check[0].Code != "unknown-name" || !strings.HasSuffix(got.Check[0].Pos.File, "objects/region/object.json") {
		t.Errorf("a rule over a field that there is not: %s %+v", code, got.Check)
	}
	if len(got.Functions) < 20 {
		t.Errorf("functions: %d", len(got.Functions))
	}
	const expression = `query($p: Packages, $text: String!, $object: String!, $c: Boolean) { expression(packages: $p, object: $object, text: $text, condition: $c) }`
	try := func(text string, condition bool) string {
		got.Expression.Type, got.Expression.Problems, got.Expression.Findings = nil, nil, nil
		return in.consult(t, p, expression, map[string]any{"p": packages, "text": text, "object": "region", "c": condition}, &got)
	}
	if code := try("size < 3", true); code != "" || len(got.Expression.Findings) != 1 {
		t.Errorf("on metadata that cannot be read: %s %+v", code, got.Expression)
	}
	delete(packages["tenant"].(map[string]any), "objects/region/object.json")
	packages["tenant"].(map[string]any)["objects/region/object.json"] = `{"name": "region", "label": "Region", "sharing": "readWrite", "nameField": "name", "fields": [{"name": "name", "type": "text"}, {"name": "size", "type": "int"}]}`
	if code := try("size < 3 and ISCHANGED(size)", true); code != "" || len(got.Expression.Problems) != 0 || got.Expression.Type == nil || got.Expression.Type.En != "a condition" {
		t.Errorf("a condition: %s %+v", code, got.Expression)
	}
	if code := try("size + 1", true); code != "" || len(got.Expression.Problems) == 0 {
		t.Errorf("a number as a condition: %s %+v", code, got.Expression)
	}
	if code := try("size + 1", false); code != "" || len(got.Expression.Problems) != 0 || got.Expression.Type.En != "a number" {
		t.Errorf("a number: %s %+v", code, got.Expression)
	}
	if code := try("name == sise", true); code != "" || len(got.Expression.Problems) != 1 || got.Expression.Problems[0].Start != 8 || got.Expression.Problems[0].End != 12 {
		t.Errorf("an unknown name: %s %+v", code, got.Expression)
	}
	if code := try(strings.Repeat("1+", 20_000), false); code != string(errs.InvalidInput) {
		t.Errorf("a long text: %q", code)
	}
	if code := in.consult(t, p, expression, map[string]any{"text": "true", "object": "nothing", "c": true}, &got); code != string(errs.NotFound) {
		t.Errorf("on no object: %q", code)
	}

	admin := ident.Principal{Name: "admin", Admin: true}
	r := in.handleGraphQL(signedIn(admin), &httpd.Request{Method: http.MethodPost, ContentType: "application/json", Body: []byte(`{"query": "mutation { createRegion(input: {name: \"North\"}) { region { id } } }"}`)})
	var made struct {
		CreateRegion struct{ Region struct{ ID string } }
	}
	if code := answered(t, string(r.Body), &made); code != "" {
		t.Fatal(code)
	}
	id := made.CreateRegion.Region.ID
	for text, want := range map[string]string{"name == 'North'": "true", "LEN(name) > 20": "false"} {
		got.Evaluate = nil
		if code := in.consult(t, admin, `query($r: ID!, $t: String!) { evaluate(record: $r, text: $t) }`, map[string]any{"r": id, "t": text}, &got); code != "" || got.Evaluate == nil || *got.Evaluate != want {
			t.Errorf("%s on a record: %s %v", text, code, got.Evaluate)
		}
	}
	if code := in.consult(t, admin, `query($r: ID!, $t: String!) { evaluate(record: $r, text: $t, condition: false) }`, map[string]any{"r": id, "t": "UPPER(name)"}, &got); code != "" || *got.Evaluate != "NORTH" {
		t.Errorf("a text on a record: %s %v", code, got.Evaluate)
	}
	for record, want := range map[string]string{"region_1": string(errs.NotFound), "nothing": string(errs.InvalidInput)} {
		if code := in.consult(t, admin, `query($r: ID!) { evaluate(record: $r, text: "true") }`, map[string]any{"r": record}, nil); code != want {
			t.Errorf("on %s: %q", record, code)
		}
	}
}
