// Package spec lets an extension declare its settings once, as a Go struct with tags, and get
// strict decoding, a JSON Schema for editors, and documentation from that one declaration.
package spec

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/tenon-platform/tenon/platform/diag"
)

// Spec describes the settings of one extension, or the keys of one kind of document.
type Spec struct {
	Settings []Setting
}

// Setting is one key.
type Setting struct {
	Name     string         // JSON key
	Type     reflect.Type   // of the Go field that it is decoded into
	Required bool           // tag: required:"true"
	Doc      diag.Text      // tags: doc and zh
	Enum     []string       // tag enum, separated by commas: the words of a text, or of each element of a list of texts
	Form     string         // tag form: name of the pattern that a text meets, such as "name"
	Schema   map[string]any // tag schema: JSON Schema of the value beyond what Type and Enum say
}

// Of declares the settings in the fields of struct type T:
//
//	type settings struct {
//		MaxLength int    `json:"maxLength" doc:"longest text, in characters" zh:"最大字符数" schema:"{\"minimum\":1}"`
//		To        string `json:"to" required:"true" doc:"…" zh:"…"`
//		OnDelete  string `json:"onDelete" enum:"setNull,restrict" doc:"…" zh:"…"`
//	}
//
// It panics on a malformed tag, which is a programming error.
func Of[T any]() *Spec { return OfType(reflect.TypeFor[T]()) }

// OfType is Of for a struct type that is known only when the program runs.
func OfType(t reflect.Type) *Spec {
	s := &Spec{}
	for i := range t.NumField() {
		f := t.Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name == "" || name == "-" {
			continue
		}
		x := Setting{Name: name, Type: f.Type, Required: f.Tag.Get("required") == "true",
			Doc: diag.Text{En: f.Tag.Get("doc"), Zh: f.Tag.Get("zh")}, Form: f.Tag.Get("form")}
		if e := f.Tag.Get("enum"); e != "" {
			x.Enum = strings.Split(e, ",")
		}
		if extra := f.Tag.Get("schema"); extra != "" {
			if err := json.Unmarshal([]byte(extra), &x.Schema); err != nil {
				panic(fmt.Sprintf("spec: tag of %s.%s: %v", t, f.Name, err))
			}
		}
		s.Settings = append(s.Settings, x)
	}
	return s
}

// Get finds a setting by its key, or gives nil.
func (s *Spec) Get(name string) *Setting {
	i := slices.IndexFunc(s.Settings, func(x Setting) bool { return x.Name == name })
	if i < 0 {
		return nil
	}
	return &s.Settings[i]
}

// Names lists the keys.
func (s *Spec) Names() []string {
	out := make([]string, len(s.Settings))
	for i, x := range s.Settings {
		out[i] = x.Name
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
	if len(raw) == 0 {
		return nil
	}
	v := reflect.ValueOf(dst).Elem()
	for i := range v.NumField() {
		name, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ",")
		b, ok := raw[name]
		if !ok {
			continue
		}
		if err := decode(b, v.Field(i)); err != nil {
			return &KeyError{Key: name, Err: err}
		}
	}
	return nil
}

// decode is strict where there can be keys; plain values need no decoder, which costs more than they do.
func decode(b []byte, v reflect.Value) error {
	t := v.Type()
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch t.Kind() {
	case reflect.Bool, reflect.Int, reflect.Int64, reflect.Uint8, reflect.String:
		return json.Unmarshal(b, v.Addr().Interface())
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	return d.Decode(v.Addr().Interface())
}

// KeyError is a setting that does not decode.
type KeyError struct {
	Key string
	Err error
}

func (e *KeyError) Error() string { return fmt.Sprintf("setting %q: %v", e.Key, e.Err) }
func (e *KeyError) Unwrap() error { return e.Err }
