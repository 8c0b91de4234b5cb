// Package spec lets an extension declare its settings once, as a Go struct with tags, and get
// strict decoding, a JSON Schema for editors, and documentation from that one declaration.
package spec

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
)

// Spec describes the settings of one extension.
type Spec struct {
	Settings []Setting
}

// Setting is one key.
type Setting struct {
	Name     string         // JSON key
	Required bool           // tag: required:"true"
	DocEn    string         // tag: doc
	DocZh    string         // tag: zh
	Schema   map[string]any // JSON Schema of the value, from the Go type and the tag schema (JSON, merged)
	index    int
}

// Of declares the settings in the fields of struct type T:
//
//	type settings struct {
//		MaxLength int    `json:"maxLength" doc:"longest text, in characters" zh:"最大字符数" schema:"{\"minimum\":1}"`
//		To        string `json:"to" required:"true" doc:"…" zh:"…"`
//	}
//
// It panics on a malformed tag, which is a programming error.
func Of[T any]() *Spec {
	t := reflect.TypeFor[T]()
	s := &Spec{}
	for i := range t.NumField() {
		f := t.Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name == "" || name == "-" {
			continue
		}
		schema := typeSchema(f.Type)
		if extra := f.Tag.Get("schema"); extra != "" {
			if err := json.Unmarshal([]byte(extra), &schema); err != nil {
				panic(fmt.Sprintf("spec: tag of %s.%s: %v", t, f.Name, err))
			}
		}
		s.Settings = append(s.Settings, Setting{Name: name, Required: f.Tag.Get("required") == "true",
			DocEn: f.Tag.Get("doc"), DocZh: f.Tag.Get("zh"), Schema: schema, index: i})
	}
	return s
}

// Names lists the keys.
func (s *Spec) Names() []string {
	out := make([]string, len(s.Settings))
	for i, x := range s.Settings {
		out[i] = x.Name
	}
	return out
}

// Properties is the "properties" of a JSON Schema object, by key.
func (s *Spec) Properties() map[string]any {
	out := make(map[string]any, len(s.Settings))
	for _, x := range s.Settings {
		p := map[string]any{"description": x.DocEn + " / " + x.DocZh}
		for k, v := range x.Schema {
			p[k] = v
		}
		out[x.Name] = p
	}
	return out
}

// Required lists the keys that must be there.
func (s *Spec) Required() []string {
	var out []string
	for _, x := range s.Settings {
		if x.Required {
			out = append(out, x.Name)
		}
	}
	return out
}

// Decode fills the struct that dst points to from raw settings. Keys that the struct lacks are
// the caller's to report: metadata/load has done so. The error names the key at fault.
func Decode(raw map[string]json.RawMessage, dst any) error {
	v := reflect.ValueOf(dst).Elem()
	for i := range v.NumField() {
		name, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ",")
		b, ok := raw[name]
		if !ok {
			continue
		}
		d := json.NewDecoder(bytes.NewReader(b))
		d.DisallowUnknownFields()
		if err := d.Decode(v.Field(i).Addr().Interface()); err != nil {
			return &KeyError{Key: name, Err: err}
		}
	}
	return nil
}

// KeyError is a setting that does not decode.
type KeyError struct {
	Key string
	Err error
}

func (e *KeyError) Error() string { return fmt.Sprintf("setting %q: %v", e.Key, e.Err) }
func (e *KeyError) Unwrap() error { return e.Err }

func typeSchema(t reflect.Type) map[string]any {
	switch t.Kind() {
	case reflect.Pointer:
		return typeSchema(t.Elem())
	case reflect.Bool:
		return map[string]any{"type": "boolean"}
	case reflect.Int, reflect.Int64, reflect.Uint8, reflect.Int32:
		return map[string]any{"type": "integer"}
	case reflect.String:
		return map[string]any{"type": "string"}
	case reflect.Slice:
		if t == reflect.TypeFor[json.RawMessage]() {
			return map[string]any{}
		}
		return map[string]any{"type": "array", "items": typeSchema(t.Elem())}
	case reflect.Map:
		return map[string]any{"type": "object"}
	}
	return map[string]any{}
}
