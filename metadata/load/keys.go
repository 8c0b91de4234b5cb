package load

import (
	"reflect"
	"sort"
	"strings"

	"github.com/tenon-platform/tenon/metadata/field"
	"github.com/tenon-platform/tenon/platform/spec"
)

// keys are those that an object may and must have.
type keys struct {
	byName   map[string]spec.Setting
	places   map[string]int // of those that fill a field of the Go struct
	required []string
}

// keyCache remembers keys while one package loads: those of structs by type, and those of fields
// by kind, "" for any field.
type keyCache map[any]*keys

func (c keyCache) of(t reflect.Type) *keys {
	k := c[t]
	if k == nil {
		k = newKeys(t)
		c[t] = k
	}
	return k
}

// field gives the keys of a field of type t; of any field when t is nil.
func (c keyCache) field(kind string, t field.Type) *keys {
	k := c[kind]
	if k == nil {
		k = newKeys(fieldType)
		if t != nil {
			k.add(t.Spec())
		}
		c[kind] = k
	}
	return k
}

func newKeys(t reflect.Type) *keys {
	k := &keys{byName: map[string]spec.Setting{}, places: map[string]int{}}
	k.add(spec.OfType(t))
	for i := range t.NumField() {
		name, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
		if _, ok := k.byName[name]; ok {
			k.places[name] = i
		}
	}
	return k
}

func (k *keys) add(s *spec.Spec) {
	for _, x := range s.Settings {
		k.byName[x.Name] = x
	}
	k.required = append(k.required, s.Required()...)
}

func (k *keys) names() []string {
	out := make([]string, 0, len(k.byName))
	for n := range k.byName {
		out = append(out, n)
	}
	sort.Strings(out)
	return out
}
