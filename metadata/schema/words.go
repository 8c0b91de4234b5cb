package schema

import (
	"maps"
	"slices"
	"strings"

	"github.com/tenon-platform/tenon/metadata/load"
	"github.com/tenon-platform/tenon/metadata/words"
	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/platform/spec"
)

// Words are the names of metadata/words that no schema of the set has a use for, and the keys of
// schemas, each with its definition or kind, that have no title.
func (s *Set) Words() (unused, untitled []string) {
	for _, name := range append(slices.Collect(maps.Keys(words.Titles())), slices.Collect(maps.Keys(words.Values()))...) {
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
		if !strings.HasPrefix(name, words.FieldsOf) {
			continue
		}
		if t, ok := s.find(words.Titles(), k.Name, name); ok {
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
		if t, ok := s.find(words.Titles(), of, key); ok {
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
		t, ok := s.find(words.Values(), of, key+"."+v)
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

// find looks a name up, and takes down that it is of use.
func (s *Set) find(in map[string]diag.Text, of, name string) (diag.Text, bool) {
	t, at, ok := words.Find(in, of, name)
	if ok {
		s.used[at] = true
	}
	return t, ok
}
