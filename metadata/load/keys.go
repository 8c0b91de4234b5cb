package load

import (
	"reflect"
	"sort"
	"strings"
	"sync"

	"github.com/tenon-platform/tenon/metadata/field"
	"github.com/tenon-platform/tenon/platform/spec"
)

// keys are those that an object may and must have.
type keys struct {
	byName   map[string]spec.Setting
	places   map[string]int // of those that fill a field of the Go struct
	required []string
}

// keyCache remembers keys while packages load, for all who load them: those of structs by type, and
// those of fields by kind, "" for any field.
type keyCache struct{ known sync.Map }

func (c *keyCache) of(t reflect.Type) *keys {
	return c.remember(t, func() *keys { return newKeys(t) })
}

// field gives the keys of a field of type t; of any field when t is nil.
func (c *keyCache) field(kind string, t field.Type) *keys {
	return c.remember(kind, func() *keys {
		k := newKeys(fieldType)
		if t != nil {
			k.add(t.Spec())
		}
		return k
	})
}

// remember gives the keys that are known under a name; what two find out at the same time is the same.
func (c *keyCache) remember(name any, find func() *keys) *keys {
	if k, ok := c.known.Load(name); ok {
		return k.(*keys)
	}
	k, _ := c.known.LoadOrStore(name, find())
	return k.(*keys)
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
