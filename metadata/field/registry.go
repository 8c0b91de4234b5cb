package field

import (
	"maps"
	"slices"
)

// Registry is an immutable set of field types by kind. The zero Registry is empty.
type Registry struct {
	types map[string]Type
	kinds []string
}

// NewRegistry makes a registry; of two types of one kind the later wins.
func NewRegistry(types ...Type) Registry {
	return Registry{}.With(types...)
}

// Get finds a type by kind, or gives nil.
func (r Registry) Get(kind string) Type { return r.types[kind] }

// Kinds lists the kinds in order. The caller may keep the list.
func (r Registry) Kinds() []string { return slices.Clone(r.kinds) }

// With is the registry with more types; they replace those of the same kind.
func (r Registry) With(types ...Type) Registry {
	m := make(map[string]Type, len(r.types)+len(types))
	maps.Copy(m, r.types)
	for _, t := range types {
		m[t.Kind()] = t
	}
	return Registry{types: m, kinds: slices.Sorted(maps.Keys(m))}
}

// Without is the registry without some kinds.
func (r Registry) Without(kinds ...string) Registry {
	m := maps.Clone(r.types)
	for _, k := range kinds {
		delete(m, k)
	}
	return Registry{types: m, kinds: slices.Sorted(maps.Keys(m))}
}
