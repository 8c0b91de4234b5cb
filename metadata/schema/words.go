package schema

import (
	_ "embed"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/tenon-platform/tenon/metadata/load"
	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/platform/spec"
)

// What people read in place of keys and of words that are values, in English and Chinese. A name with
// a definition or kind before it ("FlowStep.type") counts for that alone, before the name by itself.
//
//go:embed titles.json
var titlesFile []byte

// Values stand below their key: "type.basic", "FlowStep.type.end". Without a text are error codes and
// methods of HTTP, which are called so everywhere.
//
//go:embed values.json
var valuesFile []byte

var titles, values = words(&titlesFile), words(&valuesFile)

// words are read when somebody asks for a schema.
func words(file *[]byte) func() map[string]diag.Text {
	return sync.OnceValue(func() map[string]diag.Text {
		var pairs map[string][2]string
		if err := json.Unmarshal(*file, &pairs); err != nil {
			panic("metadata/schema: " + err.Error())
		}
		out := make(map[string]diag.Text, len(pairs))
		for k, p := range pairs {
			out[k] = diag.Text{En: p[0], Zh: p[1]}
		}
		return out
	})
}

// fieldType begins the names of definitions that hold the settings of a type of fields.
const fieldType = "field."

// Words are the names in the two files that no schema of the set has a use for, and the keys of
// schemas, each with its definition or kind, that have no title.
func (s *Set) Words() (unused, untitled []string) {
	for _, name := range append(slices.Collect(maps.Keys(titles())), slices.Collect(maps.Keys(values()))...) {
		if !s.used[name] {
			unused = append(unused, name)
		}
	}
	slices.Sort(unused)
	return unused, slices.Sorted(maps.Keys(s.untitled))
}

// entitle gives the keys of a schema their titles, and words that are values their descriptions.
func (s *Set) entitle(k load.Kind, doc spec.Schema) {
	s.keys(k.Name, doc)
	defs, _ := doc["$defs"].(spec.Schema)
	for name, def := range defs {
		s.keys(name, def.(spec.Schema))
		if !strings.HasPrefix(name, fieldType) {
			continue
		}
		if t, ok := s.find(titles(), k.Name, name); ok {
			def.(spec.Schema)["title"] = spec.Describe(t)
		} else {
			s.untitled[name] = true
		}
	}
}

func (s *Set) keys(of string, schema spec.Schema) {
	props, _ := schema["properties"].(spec.Schema)
	for key, p := range props {
		prop := maps.Clone(p.(spec.Schema)) // keys may share one schema, as languages do
		props[key] = prop
		if t, ok := s.find(titles(), of, key); ok {
			prop["title"] = spec.Describe(t)
		} else {
			s.untitled[of+"."+key] = true
		}
		s.describe(of, key, prop)
		for _, inner := range []string{"items", "additionalProperties"} {
			if x, ok := prop[inner].(spec.Schema); ok {
				x = maps.Clone(x)
				prop[inner] = x
				s.describe(of, key, x)
			}
		}
	}
}

// describe gives the words that a key may be their descriptions, as editors know them.
func (s *Set) describe(of, key string, schema spec.Schema) {
	if schema["enumDescriptions"] != nil {
		return
	}
	var docs []string
	for _, v := range wordsOf(schema["enum"]) {
		t, ok := s.find(values(), of, key+"."+v)
		if !ok {
			return
		}
		docs = append(docs, spec.Describe(t))
	}
	if docs != nil {
		schema["enumDescriptions"] = docs
	}
}

// wordsOf are the texts of an enum, which tags of structs write as JSON.
func wordsOf(enum any) []string {
	list, ok := enum.([]any)
	if !ok {
		texts, _ := enum.([]string)
		return texts
	}
	out := make([]string, len(list))
	for i, v := range list {
		out[i], _ = v.(string)
	}
	return out
}

// find looks a name up, as that of a definition first, and takes down that it is of use.
func (s *Set) find(in map[string]diag.Text, of, name string) (diag.Text, bool) {
	for _, n := range []string{of + "." + name, name} {
		if t, ok := in[n]; ok {
			s.used[n] = true
			return t, true
		}
	}
	return diag.Text{}, false
}
