package schema_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"
	"sort"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/tenon-platform/tenon/metadata/engine"
	"github.com/tenon-platform/tenon/metadata/load"
	"github.com/tenon-platform/tenon/metadata/model"
	"github.com/tenon-platform/tenon/metadata/resolve"
	"github.com/tenon-platform/tenon/metadata/schema"
	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/plugins/standard"
)

// whole is a package that uses every key there is.
func whole(t *testing.T) fstest.MapFS {
	t.Helper()
	out := fstest.MapFS{}
	fsys := os.DirFS("testdata/whole")
	err := fs.WalkDir(fsys, ".", func(p string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		b, err := fs.ReadFile(fsys, p)
		out[p] = &fstest.MapFile{Data: b}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// engines are what the package's actions call.
func engines() engine.Registry {
	return engine.NewRegistry(&engine.Signature{Name: "test.count", Params: []engine.Param{{Name: "key"}},
		Results: []engine.Result{{Name: "used", Kind: value.KindInt}}, Refusals: []engine.Refusal{{Name: "limit"}}})
}

// judge says what the platform finds in a package that its own loading let pass.
func judge(p *model.Package) diag.List {
	too, _ := load.Package(fstest.MapFS{"tenon.json": {Data: []byte(`{"name": "whole-too", "version": "1.2.0", "label": "Too"}`)}}, "too", standard.Fields())
	_, found := resolve.Resolve(resolve.Input{Packages: []*model.Package{p, too}, Fields: standard.Fields(), Engines: engines(), Zone: "UTC", Revision: 1, Checks: standard.Checks()})
	return found
}

// shape are the codes of what a schema can see: findings about one file alone, whatever its words
// refer to.
var shape = []string{"unknown-key", "missing-key", "wrong-type", "unknown-type", "newer-format", "unknown-format"}

func hasCode(l diag.List, codes ...string) bool {
	return slices.ContainsFunc(l, func(f diag.Finding) bool {
		return f.Severity == diag.Error && slices.Contains(codes, f.Code)
	})
}

// TestWholeUsesEveryKey keeps the package below complete: it has every key of every kind of file,
// and each kind of field with each of its settings.
func TestWholeUsesEveryKey(t *testing.T) {
	set := newSet(t)
	used := map[string]map[string]bool{} // by kind of file, and "field.<kind>"
	note := func(what, key string) {
		if used[what] == nil {
			used[what] = map[string]bool{}
		}
		used[what][key] = true
	}
	for p, f := range whole(t) {
		if path.Ext(p) == ".js" {
			continue
		}
		kind, _ := set.Of(p)
		var walk func(v any)
		walk = func(v any) {
			switch v := v.(type) {
			case map[string]any:
				typ, _ := v["type"].(string)
				for k, x := range v {
					note(kind, k)
					note("field."+typ, k)
					walk(x)
				}
			case []any:
				for _, x := range v {
					walk(x)
				}
			}
		}
		walk(decode(t, f.Data))
	}
	for _, k := range set.Kinds() {
		if k.Name == "overlay" {
			continue // only the tenant's own package has them; the cases of metadata/resolve do
		}
		doc := decode(t, set.Get(k.Name)).(map[string]any)
		for _, key := range properties(doc) {
			if !used[k.Name][key] {
				t.Errorf("%s: nothing has the key %s", k.Name, key)
			}
		}
		defs, _ := doc["$defs"].(map[string]any)
		for name, def := range defs {
			if strings.HasPrefix(name, "field.") {
				continue // below
			}
			for _, key := range properties(def.(map[string]any)) {
				if !used[k.Name][key] && !used["object"][key] {
					t.Errorf("%s: nothing has the key %s of %s", k.Name, key, name)
				}
			}
		}
	}
	for _, kind := range standard.Fields().Kinds() {
		for _, key := range append(standard.Fields().Get(kind).Spec().Names(), "type") {
			if !used["field."+kind][key] {
				t.Errorf("no field of type %s has the key %s", kind, key)
			}
		}
	}
}

func properties(schema map[string]any) []string {
	props, _ := schema["properties"].(map[string]any)
	return sortedKeys(props)
}

// TestSchemasAgreeWithThePlatform changes every value of every file of a package that uses every
// key, in every way that could make it wrong. A schema must refuse what loading refuses for its
// shape, and nothing that the platform takes.
func TestSchemasAgreeWithThePlatform(t *testing.T) {
	set := newSet(t)
	files := whole(t)
	if p, found := load.Package(files, "whole", standard.Fields()); len(found) > 0 || len(judge(p)) > 0 {
		t.Fatalf("the package itself is refused: %+v %+v", found, judge(p))
	}
	compiled := map[string]*schema.Compiled{}
	seen := map[string]map[string]bool{} // by kind of file
	changes, refused := 0, 0
	for _, p := range sortedNames(files) {
		if path.Ext(p) == ".js" {
			continue
		}
		kind, ok := set.Of(p)
		if !ok {
			t.Fatalf("%s has no schema", p)
		}
		if compiled[kind] == nil {
			compiled[kind] = compile(t, set, kind)
		}
		if err := compiled[kind].Validate(files[p].Data); err != nil {
			t.Errorf("%s as it is: %v", p, err)
		}
		if seen[kind] == nil {
			seen[kind] = map[string]bool{}
		}
		for _, m := range mutations(t, files[p].Data, seen[kind]) {
			changes++
			_, found := load.Package(alone(files, p, m.doc), "whole", standard.Fields())
			err := compiled[kind].Validate(m.doc)
			switch {
			case err == nil && hasCode(found, shape...) && !strings.Contains(m.what, `"@`): // those need i18n
				t.Errorf("%s, %s: loading says %s, the schema nothing", p, m.what, found[0].Summary.En)
			case err != nil && !found.HasErrors() && !refuses(files, p, m.doc):
				t.Errorf("%s, %s: only the schema refuses: %s", p, m.what, line(err))
			case err != nil:
				refused++
			}
		}
	}
	t.Logf("%d changes, %d refused", changes, refused)
	if changes < 1000 || refused < 700 {
		t.Errorf("%d changes, %d refused: the walk misses some", changes, refused)
	}
}

func line(err error) string { return strings.ReplaceAll(fmt.Sprintf("%#v", err), "\n", " ") }

// alone is one file with what is needed to read it.
func alone(files fstest.MapFS, p string, doc []byte) fstest.MapFS {
	out := fstest.MapFS{p: {Data: doc}}
	for _, k := range []string{"tenon.json", "i18n/en.json", "i18n/zh-CN.json"} {
		if k != p {
			out[k] = files[k]
		}
	}
	return out
}

// refuses says whether the platform refuses the package with one file changed.
func refuses(files fstest.MapFS, p string, doc []byte) bool {
	changed := maps.Clone(files)
	changed[p] = &fstest.MapFile{Data: doc}
	pkg, found := load.Package(changed, "whole", standard.Fields())
	return found.HasErrors() || judge(pkg).HasErrors()
}

func sortedNames(files fstest.MapFS) []string {
	var out []string
	for p := range files {
		out = append(out, p)
	}
	sort.Strings(out)
	return out
}

// mutation is a document with one change.
type mutation struct {
	what string
	doc  []byte
}

// mutations changes each value of a document in turn: into each other type, beyond bounds, into
// another word; leaves each key out, and adds one. What stands in seen was tried in another place
// with the same declaration.
func mutations(t *testing.T, src []byte, seen map[string]bool) (out []mutation) {
	t.Helper()
	root := decode(t, src)
	emit := func(what string) {
		if seen[what] {
			return
		}
		seen[what] = true
		b, err := json.Marshal(root)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, mutation{what, b})
	}
	var walk func(at string, v any, set func(any))
	walk = func(at string, v any, set func(any)) {
		for _, other := range others(v) {
			set(other)
			b, err := json.Marshal(other)
			if err != nil {
				t.Fatal(err)
			}
			emit(at + " = " + string(b))
		}
		set(v)
		switch v := v.(type) {
		case map[string]any:
			kind, _ := v["type"].(string)
			for _, k := range sortedKeys(v) {
				was := v[k]
				delete(v, k)
				emit(declared(at, kind, k) + " left out")
				v[k] = was
				walk(declared(at, kind, k), was, func(x any) { v[k] = x })
			}
			v["qqqq"] = json.Number("1")
			emit(at + "(" + kind + ").qqqq added")
			delete(v, "qqqq")
		case []any:
			for i := range v {
				walk(at+"[]", v[i], func(x any) { v[i] = x })
			}
		}
	}
	walk("", root, func(v any) { root = v })
	return out
}

// declared names the declaration of a key: settings of fields belong to the kind of the field.
func declared(at, kind, key string) string {
	if kind != "" && !slices.Contains(model.FieldKeys(), key) {
		at += "(" + kind + ")"
	}
	return at + "." + key
}

// others are values that may be wrong where v stands: null, one of another type, and those of the
// same type that bounds, patterns and word lists are for.
func others(v any) []any {
	number := json.Number("7")
	switch v := v.(type) {
	case string:
		return []any{nil, number, []any{}, map[string]any{}, "", "Not A Word", v + "q", strings.Repeat("a", 60)}
	case json.Number:
		return []any{nil, true, "", "x", json.Number("-1"), json.Number("0"), json.Number("99999"), []any{}}
	case bool:
		return []any{nil, number, "true", []any{}}
	case []any:
		return []any{nil, "x", []any{}, []any{""}, []any{number}, map[string]any{}}
	}
	return []any{nil, number, "x", []any{}, map[string]any{}}
}

func sortedKeys(m map[string]any) []string {
	var out []string
	for k := range m {
		out = append(out, k)
	}
	sort.Strings(out)
	return out
}

func decode(t *testing.T, src []byte) (v any) {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(src))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		t.Fatal(err)
	}
	return v
}
