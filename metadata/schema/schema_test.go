package schema_test

import (
	"encoding/json"
	"io/fs"
	"path"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v5"

	"github.com/tenon-platform/tenon/metadata/schema"
	"github.com/tenon-platform/tenon/platform/spec"
	"github.com/tenon-platform/tenon/plugins/packages"
	"github.com/tenon-platform/tenon/plugins/standard"
)

func newSet(t *testing.T) *schema.Set {
	t.Helper()
	s, err := schema.New(standard.Fields())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func compile(t *testing.T, s *schema.Set, kind string) *schema.Compiled {
	t.Helper()
	c, err := s.Compile(kind)
	if err != nil {
		t.Fatalf("%#v", err)
	}
	return c
}

// TestSchemasMeetTheDraft holds each schema against the meta-schema of the draft.
func TestSchemasMeetTheDraft(t *testing.T) {
	meta := jsonschema.MustCompile("https://json-schema.org/draft/2020-12/schema")
	set := newSet(t)
	for _, k := range set.Kinds() {
		var doc any
		if err := json.Unmarshal(set.Get(k.Name), &doc); err != nil {
			t.Fatal(err)
		}
		if err := meta.Validate(doc); err != nil {
			t.Errorf("%s: %#v", k.Name, err)
		}
		compile(t, set, k.Name)
	}
}

// TestTitlesAreOfTheirKeys: keys that share one schema, as the languages of a text do, have titles of their own.
func TestTitlesAreOfTheirKeys(t *testing.T) {
	for range 8 { // whatever order their keys come in
		var doc struct {
			Defs map[string]struct {
				Properties map[string]struct{ Title string }
			} `json:"$defs"`
		}
		if err := json.Unmarshal(newSet(t).Get("view"), &doc); err != nil {
			t.Fatal(err)
		}
		text := doc.Defs["Text"].Properties
		if text["en"].Title != "English / 英文" || text["zh-CN"].Title != "Chinese / 中文" {
			t.Fatalf("the languages are called %v", text)
		}
	}
}

// TestEveryKeyHasATitle: people read no key of any kind of file as it is written, in either language,
// and no word that is a value; and no word stands there for nothing.
func TestEveryKeyHasATitle(t *testing.T) {
	set := newSet(t)
	unused, untitled := set.Words()
	for _, name := range unused {
		t.Errorf("%s names no key and no value", name)
	}
	for _, name := range untitled {
		t.Errorf("%s has no title", name)
	}
	plain := regexp.MustCompile(`^[A-Z_]+$`) // error codes and methods of HTTP
	for _, k := range set.Kinds() {
		var doc any
		if err := json.Unmarshal(set.Get(k.Name), &doc); err != nil {
			t.Fatal(err)
		}
		var walk func(at string, v any)
		walk = func(at string, v any) {
			switch v := v.(type) {
			case []any:
				for _, x := range v {
					walk(at, x)
				}
			case map[string]any:
				if enum, ok := v["enum"].([]any); ok {
					docs, _ := v["enumDescriptions"].([]any)
					for i, x := range enum {
						if word, _ := x.(string); !plain.MatchString(word) && (i >= len(docs) || !strings.Contains(docs[i].(string), " / ")) {
							t.Errorf("%s: %s has no description in both languages", at, word)
						}
					}
				}
				for key, x := range v {
					walk(at+"."+key, x)
				}
			}
		}
		walk(k.Name, doc)
	}
}

// TestEveryKeyIsDescribed: each key of each kind of file says in both languages what it is.
func TestEveryKeyIsDescribed(t *testing.T) {
	seen := map[reflect.Type]bool{}
	var walk func(of reflect.Type)
	walk = func(of reflect.Type) {
		switch of.Kind() {
		case reflect.Slice, reflect.Map, reflect.Pointer:
			walk(of.Elem())
			return
		case reflect.Struct:
		default:
			return
		}
		if seen[of] {
			return
		}
		seen[of] = true
		for _, x := range spec.OfType(of).Settings {
			if x.Doc.En == "" || x.Doc.Zh == "" {
				t.Errorf("%s: %s is not described in both languages", of, x.Name)
			}
			walk(x.Type)
		}
	}
	for _, k := range newSet(t).Kinds() {
		if k.Title.En == "" || k.Title.Zh == "" {
			t.Errorf("%s has no title in both languages", k.Name)
		}
		walk(k.Type)
	}
	if len(seen) < 15 {
		t.Errorf("only %d types found", len(seen))
	}
}

// TestStandardPackagesFit validates every file of the standard packages.
func TestStandardPackagesFit(t *testing.T) {
	set := newSet(t)
	std, err := packages.Standard()
	if err != nil {
		t.Fatal(err)
	}
	compiled := map[string]*schema.Compiled{}
	for _, k := range set.Kinds() {
		compiled[k.Name] = compile(t, set, k.Name)
	}
	files := 0
	for _, p := range std {
		err := fs.WalkDir(p.Files, ".", func(name string, e fs.DirEntry, err error) error {
			if err != nil || e.IsDir() || path.Ext(name) == ".js" {
				return err
			}
			kind, ok := set.Of(name)
			if !ok {
				t.Errorf("%s/%s has no schema", p.Name, name)
				return nil
			}
			b, err := fs.ReadFile(p.Files, name)
			if err != nil {
				return err
			}
			if err := compiled[kind].Validate(b); err != nil {
				t.Errorf("%s/%s: %#v", p.Name, name, err)
			}
			files++
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if files < 80 {
		t.Errorf("only %d files found", files)
	}
}
