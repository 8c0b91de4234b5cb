package graph

import (
	"sort"
	"strconv"
)

// A plan serves all requests whose variables have one shape: which are there, which are null, the
// keys of those whose keys decide the statement, the values of flags and names. Everything else,
// the values that are compared with, is bound anew for every request.

// appendShape appends the shape of the coerced variables.
func (s *schema) appendShape(dst []byte, defs []variable, vars map[string]any) []byte {
	for i := range defs {
		v, ok := vars[defs[i].name]
		if !ok {
			dst = append(dst, '-')
			continue
		}
		dst = s.shapeOf(dst, defs[i].typ, v)
	}
	return dst
}

func (s *schema) shapeOf(dst []byte, t *ref, v any) []byte {
	if v == nil {
		return append(dst, 'n')
	}
	def := s.types[t.base()]
	name := t.base() == "Boolean" || def != nil && def.kind == enumKind
	keyed := def != nil && def.kind == inputKind && def.structural
	if t.elem != nil {
		list, ok := v.([]any)
		if !ok || !name && !keyed {
			return append(dst, 'l')
		}
		dst = append(dst, '[')
		for _, it := range list {
			dst = s.shapeOf(dst, t.elem, it)
		}
		return append(dst, ']')
	}
	switch {
	case keyed:
		m, _ := v.(map[string]any)
		keys := make([]string, 0, len(m))
		for k := range m {
			keys = append(keys, k)
		}
		sort.Strings(keys)
		dst = append(dst, '{')
		for _, k := range keys {
			dst = append(append(dst, k...), ':')
			if mem := def.byName[k]; mem != nil {
				dst = s.shapeOf(dst, mem.typ, m[k])
			}
		}
		return append(dst, '}')
	case name:
		switch x := v.(type) {
		case bool:
			return strconv.AppendBool(dst, x)
		case string:
			return strconv.AppendQuote(dst, x)
		}
	}
	return append(dst, 'v')
}
