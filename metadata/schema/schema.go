// Package schema writes the JSON Schemas (2020-12) of the kinds of files that a package holds, for
// editors and for other programs. They are made of the same declarations that metadata/load reads
// files by: the kinds, the structs of metadata/model with their tags, and the settings of the field
// types. What needs more than one file (names, references, expressions) is metadata/resolve's.
package schema

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"

	"github.com/tenon-platform/tenon/metadata/field"
	"github.com/tenon-platform/tenon/metadata/load"
	"github.com/tenon-platform/tenon/metadata/model"
	"github.com/tenon-platform/tenon/metadata/words"
	"github.com/tenon-platform/tenon/platform/spec"
)

const draft = "https://json-schema.org/draft/2020-12/schema"

// Set is the schemas of all kinds, immutable.
type Set struct {
	kinds []load.Kind
	docs  map[string][]byte
	used  map[string]bool // names of metadata/words

	untitled map[string]bool
}

// New makes the schemas. Fields take the kinds of the registry.
func New(fields field.Registry) (*Set, error) {
	s := &Set{kinds: load.Kinds(), docs: map[string][]byte{}, used: map[string]bool{}, untitled: map[string]bool{}}
	for _, k := range s.kinds {
		doc := document(k, fields)
		s.entitle(k, doc)
		b, err := encode(doc)
		if err != nil {
			return nil, fmt.Errorf("write the schema of %s: %w", k.Name, err)
		}
		s.docs[k.Name] = b
	}
	return s, nil
}

// encode writes JSON as people read it.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return b.Bytes(), err
}

// Kinds lists the kinds of files.
func (s *Set) Kinds() []load.Kind { return s.kinds }

// Get is the schema of a kind by its name; nil when there is no such kind. The caller must not
// change it.
func (s *Set) Get(kind string) []byte { return s.docs[kind] }

// Of gives the kind of the file at a path of a package; ok is false when nothing reads such a file.
func (s *Set) Of(path string) (kind string, ok bool) {
	for _, k := range s.kinds {
		if _, ok := k.Stem(path); ok {
			return k.Name, true
		}
	}
	return "", false
}

// document is the schema of one kind, complete in itself.
func document(k load.Kind, fields field.Registry) spec.Schema {
	w := spec.NewSchemas(known(fields), forms())
	var doc spec.Schema
	if k.Type.Kind() == reflect.Struct {
		doc = w.Object(spec.OfType(k.Type))
	} else {
		doc = w.Type(k.Type)
	}
	doc["$schema"] = draft
	doc["$id"] = "urn:tenon:schema:" + k.Name
	doc["title"] = spec.Describe(k.Title)
	doc["$comment"] = k.Glob
	if len(w.Defs) > 0 {
		doc["$defs"] = w.Defs
	}
	if k.Type == reflect.TypeFor[model.Manifest]() {
		doc["properties"].(spec.Schema)["format"].(spec.Schema)["maximum"] = model.FormatVersion
	}
	return doc
}

func forms() map[string]spec.Schema {
	return map[string]spec.Schema{
		"name":    {"type": "string", "pattern": model.NameForm.Pattern(), "maxLength": model.MaxName},
		"package": {"type": "string", "pattern": model.PackageForm.Pattern()},
		"code":    {"type": "string", "pattern": model.CodeForm.Pattern(), "maxLength": model.MaxName},
	}
}

func known(fields field.Registry) map[reflect.Type]func(*spec.Schemas) spec.Schema {
	return map[reflect.Type]func(*spec.Schemas) spec.Schema{
		reflect.TypeFor[model.Text](): text,
		reflect.TypeFor[model.FieldNames](): func(*spec.Schemas) spec.Schema {
			return spec.Schema{"anyOf": []spec.Schema{{"const": "*"}, {"type": "array", "items": spec.Schema{"type": "string"}}}}
		},
		reflect.TypeFor[model.Field](): func(w *spec.Schemas) spec.Schema {
			return fieldSchema(w, fields)
		},
	}
}

// text is a text for people: by locale, in English, or as a key of i18n.
func text(*spec.Schemas) spec.Schema {
	said := spec.Schema{"type": "string"}
	return spec.Schema{
		"description":          `by locale, or English alone, or "@key" of i18n/<locale>.json / 按语言，或仅英文，或 i18n/<语言>.json 的 "@键"`,
		"type":                 []string{"string", "object"},
		"properties":           spec.Schema{"en": said, "zh-CN": said},
		"additionalProperties": said,
	}
}

// fieldSchema is a field: the keys of every field, and those of its kind by its "type".
func fieldSchema(w *spec.Schemas, fields field.Registry) spec.Schema {
	shared := spec.Of[model.Field]()
	props := w.Properties(shared)
	kinds := fields.Kinds()
	docs := make([]string, len(kinds))
	byKind := make([]spec.Schema, len(kinds))
	for i, k := range kinds {
		t := fields.Get(k)
		docs[i] = spec.Describe(t.Doc())
		own := spec.Schema{"description": docs[i], "properties": w.Properties(t.Spec())}
		if req := t.Spec().Required(); len(req) > 0 {
			own["required"] = req
		}
		w.Defs[words.FieldsOf+k] = own
		byKind[i] = spec.Schema{
			"if":   spec.Schema{"properties": spec.Schema{"type": spec.Schema{"const": k}}, "required": []string{"type"}},
			"then": spec.Schema{"$ref": "#/$defs/" + words.FieldsOf + k},
		}
	}
	kind := props["type"].(spec.Schema)
	kind["enum"], kind["enumDescriptions"] = kinds, docs // the second is known to editors
	return spec.Schema{
		"type":                  "object",
		"properties":            props,
		"required":              shared.Required(),
		"allOf":                 byKind,
		"unevaluatedProperties": false,
	}
}
