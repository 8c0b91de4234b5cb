package spec

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"

	"github.com/tenon-platform/tenon/platform/diag"
)

// Schema is a JSON Schema of the draft 2020-12, or a part of one.
type Schema = map[string]any

// Schemas writes the schemas of Go types into one document. Each struct becomes a definition,
// however many places it is met at.
type Schemas struct {
	// Defs is the "$defs" of the document.
	Defs Schema
	// Known has the schemas of types that do not follow from their Go declaration. Each becomes a
	// definition under the type's name.
	Known map[reflect.Type]func(*Schemas) Schema
	// Forms are the patterns that texts can be declared to meet, by name.
	Forms map[string]Schema
	types map[string]reflect.Type // of Defs
}

// NewSchemas is a document without definitions.
func NewSchemas(known map[reflect.Type]func(*Schemas) Schema, forms map[string]Schema) *Schemas {
	return &Schemas{Defs: Schema{}, Known: known, Forms: forms, types: map[string]reflect.Type{}}
}

// Type is the schema of the JSON that is decoded into t.
func (s *Schemas) Type(t reflect.Type) Schema {
	if t == reflect.TypeFor[json.RawMessage]() {
		return Schema{}
	}
	if known := s.Known[t]; known != nil {
		return s.define(t, known)
	}
	switch t.Kind() {
	case reflect.Pointer:
		return s.Type(t.Elem())
	case reflect.Struct:
		return s.define(t, func(s *Schemas) Schema { return s.Object(OfType(t)) })
	case reflect.Bool:
		return Schema{"type": "boolean"}
	case reflect.String:
		return Schema{"type": "string"}
	case reflect.Slice:
		return Schema{"type": "array", "items": s.Type(t.Elem())}
	case reflect.Map:
		return Schema{"type": "object", "additionalProperties": s.Type(t.Elem())}
	}
	if t.ConvertibleTo(reflect.TypeFor[int64]()) && t.Kind() != reflect.Float32 && t.Kind() != reflect.Float64 {
		return Schema{"type": "integer"}
	}
	panic(fmt.Sprintf("spec: %s has no JSON Schema", t))
}

// define makes sure that there is a definition of t, and refers to it. The definition may refer
// to itself.
func (s *Schemas) define(t reflect.Type, schema func(*Schemas) Schema) Schema {
	name := t.Name()
	switch s.types[name] {
	case t:
	case nil:
		s.types[name] = t
		s.Defs[name] = schema(s)
	default:
		panic(fmt.Sprintf("spec: %s and %s share the name of a definition", t, s.types[name]))
	}
	return Schema{"$ref": "#/$defs/" + name}
}

// Object is the schema of an object with the keys of a spec and no others.
func (s *Schemas) Object(of *Spec) Schema {
	out := Schema{"type": "object", "properties": s.Properties(of), "additionalProperties": false}
	if req := of.Required(); len(req) > 0 {
		out["required"] = req
	}
	return out
}

// Properties is the "properties" of an object with the keys of a spec.
func (s *Schemas) Properties(of *Spec) Schema {
	out := Schema{}
	for _, x := range of.Settings {
		out[x.Name] = s.Property(x)
	}
	return out
}

// Property is the schema of one key's value.
func (s *Schemas) Property(x Setting) Schema {
	out := s.Type(x.Type)
	if len(x.Enum) > 0 {
		word := out
		if items, ok := out["items"].(Schema); ok {
			word = items
		}
		word["enum"] = x.Enum
	}
	if x.Form != "" {
		merge(out, s.form(x))
	}
	merge(out, x.Schema)
	if x.Doc != (diag.Text{}) {
		out["description"] = Describe(x.Doc)
	}
	return out
}

// form refers to the pattern that a setting's text meets.
func (s *Schemas) form(x Setting) Schema {
	form, ok := s.Forms[x.Form]
	if !ok {
		panic(fmt.Sprintf("spec: the form %q of %s is not known", x.Form, x.Name))
	}
	s.Defs[x.Form] = form
	return Schema{"$ref": "#/$defs/" + x.Form}
}

// Describe is a text for readers of either language.
func Describe(t diag.Text) string {
	if t.Zh == "" {
		return t.En
	}
	return t.En + " / " + t.Zh
}

// merge adds what extra says to dst; objects inside of both are merged.
func merge(dst, extra Schema) {
	for k, v := range extra {
		inner, ok := v.(Schema)
		have, both := dst[k].(Schema)
		if ok && both {
			have = maps.Clone(have)
			merge(have, inner)
			v = have
		}
		dst[k] = v
	}
}
