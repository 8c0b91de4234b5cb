// Package words holds what people read in place of keys and of words that are values: the types of fields, the
// steps of automations, the ways to sum up. metadata/schema describes keys by it, and messages name by it what
// authors have written as a code.
package words

import (
	_ "embed"
	"encoding/json"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/tenon-platform/tenon/platform/diag"
)

// A name with a definition or kind before it ("FlowStep.type") counts for that alone, before the name by itself.
//
//go:embed titles.json
var titlesFile []byte

// Values stand below their key: "type.basic", "FlowStep.type.end". Without a text are error codes and
// methods of HTTP, which are called so everywhere.
//
//go:embed values.json
var valuesFile []byte

// Titles are the texts of keys, and Values those of words that are values. The caller must not change them.
var (
	Titles = sync.OnceValue(func() map[string]diag.Text { return read(titlesFile) })
	Values = sync.OnceValue(func() map[string]diag.Text { return read(valuesFile) })
)

func read(file []byte) map[string]diag.Text {
	var pairs map[string][2]string
	if err := json.Unmarshal(file, &pairs); err != nil {
		panic("metadata/words: " + err.Error())
	}
	out := make(map[string]diag.Text, len(pairs))
	for k, p := range pairs {
		out[k] = diag.Text{En: p[0], Zh: p[1]}
	}
	return out
}

// FieldsOf begins the names of definitions that hold the settings of a type of fields.
const FieldsOf = "field."

// FieldType is what a type of fields is called within a sentence.
func FieldType(kind string) diag.Text { return within(Titles(), "", FieldsOf+kind, kind) }

// Key is what a key is called within a sentence; of is the definition that it stands in, or "".
func Key(of, key string) diag.Text { return within(Titles(), of, key, key) }

// Value is what a word is called within a sentence that stands as the value of a key.
func Value(of, key, word string) diag.Text { return within(Values(), of, key+"."+word, word) }

// Kind is what a kind of values is called that variables, parameters and results have.
func Kind(kind string) diag.Text { return Value("ScriptValue", "type", kind) }

// within writes a name as within a sentence. What has none, as the type that somebody's own plugin brings, is
// called by its code.
func within(in map[string]diag.Text, of, name, code string) diag.Text {
	t, _, ok := Find(in, of, name)
	if !ok {
		return diag.Text{En: code, Zh: code}
	}
	return diag.Text{En: uncapital(t.En), Zh: t.Zh}
}

// Find looks a name up, as that of a definition first, and tells under which name it stands.
func Find(in map[string]diag.Text, of, name string) (t diag.Text, at string, ok bool) {
	for _, at := range []string{of + "." + name, name} {
		if t, ok := in[at]; ok {
			return t, at, true
		}
	}
	return diag.Text{}, "", false
}

// uncapital writes a title as within a sentence: "JSON" and "API key" keep their capitals.
func uncapital(s string) string {
	first, n := utf8.DecodeRuneInString(s)
	if second, _ := utf8.DecodeRuneInString(s[n:]); unicode.IsUpper(second) {
		return s
	}
	return string(unicode.ToLower(first)) + s[n:]
}
