package packages_test

import (
	"encoding/json"
	"io/fs"
	"path"
	"sort"
	"strings"
	"testing"
	"unicode"

	"github.com/tenon-platform/tenon/metadata/model"
	"github.com/tenon-platform/tenon/plugins/packages"
)

func folders(t *testing.T) []packages.Package {
	t.Helper()
	ps, err := packages.Standard()
	if err != nil {
		t.Fatal(err)
	}
	return ps
}

// jsonFiles gives the paths of a package's JSON files, sorted.
func jsonFiles(t *testing.T, p packages.Package) []string {
	t.Helper()
	var out []string
	err := fs.WalkDir(p.Files, ".", func(name string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			switch {
			case path.Ext(name) == ".json":
				out = append(out, name)
			case path.Ext(name) != ".js" || path.Dir(name) != "scripts":
				t.Errorf("%s/%s: a package is JSON, and scripts", p.Name, name)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	sort.Strings(out)
	return out
}

func read(t *testing.T, p packages.Package, name string, dst any) {
	t.Helper()
	b, err := fs.ReadFile(p.Files, name)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, dst); err != nil {
		t.Fatalf("%s/%s: %v", p.Name, name, err)
	}
}

func TestStandardListsEachPackageAfterItsRequirements(t *testing.T) {
	seen := map[string]bool{}
	for _, p := range folders(t) {
		var m model.Manifest
		read(t, p, "tenon.json", &m)
		if m.Name != p.Name {
			t.Errorf("folder %s holds package %s", p.Name, m.Name)
		}
		for req := range m.Requires {
			if !seen[req] {
				t.Errorf("%s comes before %s, which it requires", p.Name, req)
			}
		}
		seen[p.Name] = true
	}
}

// TestTextsAreInBothLanguages looks at every text for people, and at the Chinese being Chinese.
func TestTextsAreInBothLanguages(t *testing.T) {
	texts := 0
	for _, p := range folders(t) {
		for _, name := range jsonFiles(t, p) {
			if strings.HasPrefix(name, "data/") {
				continue
			}
			var doc any
			read(t, p, name, &doc)
			eachText(doc, "", func(at string, v any) {
				texts++
				m, ok := v.(map[string]any)
				if !ok {
					t.Errorf("%s/%s %s: a text by locale is needed, not %v", p.Name, name, at, v)
					return
				}
				en, _ := m["en"].(string)
				zh, _ := m["zh-CN"].(string)
				if en == "" || strings.ContainsFunc(en, han) {
					t.Errorf("%s/%s %s: bad English text %q", p.Name, name, at, en)
				}
				if !strings.ContainsFunc(zh, han) {
					t.Errorf("%s/%s %s: bad Chinese text %q", p.Name, name, at, zh)
				}
			})
		}
	}
	if texts < 500 {
		t.Errorf("only %d texts found: the walk misses some", texts)
	}
}

// TestEverythingIsLabelled finds declarations that forgot their text.
func TestEverythingIsLabelled(t *testing.T) {
	need := func(p, file, what string, text model.Text) {
		if len(text) == 0 {
			t.Errorf("%s/%s: %s has no text", p, file, what)
		}
	}
	for _, p := range folders(t) {
		for _, name := range jsonFiles(t, p) {
			var fields []model.Field
			var rules []model.Rule
			switch {
			case strings.Contains(name, "/actions/"):
				var a model.Action
				read(t, p, name, &a)
				need(p.Name, name, "the action", a.Label)
				for _, e := range a.Errors {
					need(p.Name, name, e.Code, e.Message)
				}
				fields = a.Input
			case strings.Contains(name, "/layouts/"):
				var l model.Layout
				read(t, p, name, &l)
				need(p.Name, name, "the layout", l.Label)
			case strings.Contains(name, "/views/"):
				var v model.View
				read(t, p, name, &v)
				need(p.Name, name, "the view", v.Label)
			case strings.HasPrefix(name, "objects/"):
				var o model.Object
				read(t, p, name, &o)
				need(p.Name, name, "the object", o.Label)
				need(p.Name, name, "its plural", o.PluralLabel)
				for _, r := range o.RecordTypes {
					need(p.Name, name, r.Name, r.Label)
				}
				fields, rules = o.Fields, o.Rules
			case strings.HasPrefix(name, "extend/"):
				var x model.Extension
				read(t, p, name, &x)
				fields, rules = x.Fields, x.Rules
			case strings.HasPrefix(name, "picklists/"):
				var l model.Picklist
				read(t, p, name, &l)
				need(p.Name, name, "the picklist", l.Label)
				for _, v := range l.Values {
					need(p.Name, name, v.Code, v.Label)
				}
			}
			for _, f := range fields {
				need(p.Name, name, f.Name, f.Label)
			}
			for _, r := range rules {
				need(p.Name, name, r.Name, r.Message)
			}
		}
	}
}

func han(r rune) bool { return unicode.Is(unicode.Han, r) }

// eachText visits the values of the keys that hold texts for people.
func eachText(v any, at string, visit func(at string, v any)) {
	switch v := v.(type) {
	case map[string]any:
		for k, x := range v {
			switch k {
			case "label", "pluralLabel", "help", "message", "description":
				visit(at+"."+k, x)
			case "schema", "given", "when": // values of records in cases are no texts
			default:
				eachText(x, at+"."+k, visit)
			}
		}
	case []any:
		for _, x := range v {
			eachText(x, at+"[]", visit)
		}
	}
}
