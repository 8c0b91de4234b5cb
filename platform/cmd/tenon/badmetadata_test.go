package main

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/tenon-platform/tenon/platform/diag"
)

// state is what runs: the revision and the schema that callers see.
func (s *server) state() string {
	s.t.Helper()
	_, _, admin := s.call(http.MethodPost, "/admin/graphql", operation("{ revision history { number status active } packages { name version } }", nil), nil)
	status, _, sdl := s.call(http.MethodGet, "/graphql/schema.graphql", "", nil)
	if status != 200 || strings.Contains(admin, `"errors"`) {
		s.t.Fatalf("%s %d", admin, status)
	}
	return admin + sdl
}

// TestBadMetadata plans and applies packages with mistakes against a running server. Each is told
// by file, line and column, in both languages, and the running catalogue stays as it is.
func TestBadMetadata(t *testing.T) {
	data := t.TempDir()
	s := serve(t, data, "--bare")
	must(t, "apply", "--data", data, "testdata/shop")
	before := s.state()
	const client, purchase, region = "objects/client/object.json", "objects/purchase/object.json", "objects/region/object.json"
	formula := func(fields string) string { return fields + `, {"name": "since"` }
	for name, c := range map[string]struct{ file, old, new, want string }{
		"broken JSON":                       {client, `"credit", "type": "money",`, `"credit", "type": "money"`, `shop/` + client + `:10:40: error[bad-json]`},
		"JSON that breaks off":              {client, `"累计"}}`, `"累`, `shop/` + client + `:16:147: error[bad-json]`},
		"not UTF-8":                         {client, `"en": "A"`, "\"en\": \"\xff\"", `shop/` + client + `:9:49: error[bad-utf8]`},
		"an unknown key":                    {client, `"features"`, `"featurse"`, `shop/` + client + `:4:3: error[unknown-key]`},
		"an unknown setting":                {client, `"maxLength": 80`, `"maxLenght": 80`, `shop/` + client + `:7:38: error[unknown-key]`},
		"an unknown kind of field":          {client, `"type": "date"`, `"type": "dat"`, `shop/` + client + `:12:31: error[unknown-type]`},
		"a field twice":                     {client, `"name": "visits"`, `"name": "credit"`, `shop/` + client + `:11:14: error[duplicate-name]`},
		"a lookup to nowhere":               {client, `"to": "region"`, `"to": "regoin"`, `shop/` + client + `:15:51: error[unknown-object]`},
		"a formula of itself":               {client, `{"name": "since"`, formula(`{"name": "loop", "type": "formula", "returns": "int", "expr": "loop + 1"}`), `shop/` + client + `:12:67: error[cyclic-formula]`},
		"formulas in a circle":              {client, `{"name": "since"`, formula(`{"name": "a", "type": "formula", "returns": "int", "expr": "b + 1"}, {"name": "b", "type": "formula", "returns": "int", "expr": "a + 1"}`), `shop/` + client + `:12:64: error[cyclic-formula]`},
		"a formula under a roll-up of it":   {purchase, `"type": "money",`, `"type": "formula", "returns": "money", "expr": "client.spent",`, `shop/` + client + `:16:99: error[not-stored]`},
		"a formula that does not parse":     {client, `{"name": "since"`, formula(`{"name": "f", "type": "formula", "returns": "int", "expr": "visits +"}`), `shop/` + client + `:12:73: error[syntax]`},
		"a formula of another type":         {client, `{"name": "since"`, formula(`{"name": "f", "type": "formula", "returns": "date", "expr": "visits + 1"}`), `shop/` + client + `:12:66: error[type-mismatch]`},
		"a master of itself":                {region, `"type": "lookup", "to": "region"`, `"type": "master", "to": "region"`, `shop/` + region + `:6:`},
		"a rule over a field that is gone":  {client, `credit > 1000 and`, `kredit > 1000 and`, `shop/` + client + `:19:44: error[unknown-name]`},
		"a roll-up over a field that drops": {purchase, `{"name": "amount", "type": "money",`, `{"name": "quantity", "type": "int",`, `shop/` + client + `:16:99: error[unknown-field]`},
		"a roll-up over children that drop": {purchase, `{"name": "client_id", "type": "lookup"`, `{"name": "buyer_id", "type": "lookup"`, `shop/` + client + `:16:49: error[unknown-field]`},
		"no name":                           {"tenon.json", `"name": "shop", `, ``, `package/tenon.json:1:1: error[missing-key]`},
		"an object of another name":         {region, `"name": "region",`, `"name": "regions",`, `shop/` + region + `:2:`},
	} {
		t.Run(name, func(t *testing.T) {
			dir := changed(t, "testdata/shop", c.file, c.old, c.new)
			out, ok := output(t, "plan", "--data", data, dir)
			if ok || !strings.Contains(out, c.want) || strings.Contains(out, "would change") || !findingLine.MatchString(out) {
				t.Errorf("plan says, want %s\n%s", c.want, out)
			}
			if inside.MatchString(out) {
				t.Errorf("plan shows %q: %s", inside.FindString(out), out)
			}
			if out, ok := output(t, "apply", "--data", data, dir); ok || !strings.Contains(out, c.want) {
				t.Errorf("apply says %s", out)
			}
			complete(t, planned(t, data, dir))
		})
	}
	if after := s.state(); after != before {
		t.Errorf("what runs changed from\n%.300s\nto\n%.300s", before, after)
	}
	if log := s.log.String(); strings.Contains(log, "ERROR") {
		t.Errorf("the log has %s", log)
	}
}

var findingLine = regexp.MustCompile(`(?m)^[a-z/.]+:\d+:\d+: error\[[a-z0-9-]+\]: .+`)

// changed copies a package with one change in one file.
func changed(t *testing.T, dir, file, old, text string) string {
	t.Helper()
	to := t.TempDir()
	if err := os.CopyFS(to, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(filepath.Join(to, file))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(b), old) {
		t.Fatalf("%s has no %s", file, old)
	}
	if err := os.WriteFile(filepath.Join(to, file), []byte(strings.Replace(string(b), old, text, 1)), 0o644); err != nil {
		t.Fatal(err)
	}
	return to
}

// complete holds that every finding says what, where, and in both languages.
func complete(t *testing.T, found diag.List) {
	t.Helper()
	for _, f := range found {
		whole := f.Code == "no-manifest" || f.Code == "unknown-file" // about a file as such
		if f.Code == "" || f.Pos.File == "" || (f.Pos.Line == 0 || f.Pos.Col == 0) && !whole || f.Summary.En == "" || chineseLetters(f.Summary.En) > 0 || chineseLetters(f.Summary.Zh) == 0 {
			t.Errorf("incomplete: %+v", f)
		}
	}
}

// planned gives the findings of "tenon plan --json".
func planned(t *testing.T, data, dir string) diag.List {
	t.Helper()
	cmd := process(t, "plan", "--data", data, "--json", dir)
	out, err := cmd.Output()
	if err == nil {
		t.Error("plan --json ended well")
	}
	var p struct{ Findings diag.List }
	if err := json.Unmarshal(out, &p); err != nil || len(p.Findings) == 0 {
		t.Fatalf("%v in %s", err, out)
	}
	return p.Findings
}

// TestResolverCases sends the broken packages of the resolver's own tests through the
// administration API: each is refused with complete findings, and nothing of it runs.
func TestResolverCases(t *testing.T) {
	cases, err := filepath.Glob("../../../metadata/resolve/testdata/*.txt")
	if err != nil || len(cases) < 25 {
		t.Fatalf("%d cases, %v", len(cases), err)
	}
	s := serve(t, t.TempDir(), "--bare")
	before, refused := s.state(), 0
	for _, file := range cases {
		src, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		input, want, _ := strings.Cut(string(src), "-- findings --\n")
		if !strings.Contains(want, ": error ") || !utf8.Valid(src) {
			continue
		}
		refused++
		status, _, body := s.call(http.MethodPost, "/admin/graphql", operation("mutation($p: Packages) { plan(packages: $p) }", map[string]any{"p": packagesOf(input)}), nil)
		var a struct {
			Data struct{ Plan struct{ Findings diag.List } }
		}
		if err := json.Unmarshal([]byte(body), &a); err != nil || status != 200 || !a.Data.Plan.Findings.HasErrors() {
			t.Errorf("%s: %d %v %s", file, status, err, body)
		}
		complete(t, a.Data.Plan.Findings)
	}
	if after := s.state(); after != before || refused < 20 {
		t.Errorf("%d cases; what runs changed from\n%.300s\nto\n%.300s", refused, before, after)
	}
}

// packagesOf takes a case apart: package → path → text.
func packagesOf(src string) map[string]map[string]string {
	out := map[string]map[string]string{}
	for _, part := range strings.Split("\n"+src, "\n-- ")[1:] {
		name, text, _ := strings.Cut(part, " --\n")
		pkg, path, _ := strings.Cut(name, "/")
		if out[pkg] == nil {
			out[pkg] = map[string]string{}
		}
		out[pkg][path] = text + "\n"
	}
	return out
}
