package graph

import (
	"encoding/json"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/runtime/gql/pieces"
)

// project writes the selected parts of a value whose type is an object of a field type, such as
// the latitude of a place.
func (c *compiler) project(def *typ, whole func([]byte, value.Value) []byte, s *selected) func([]byte, value.Value) []byte {
	pick := c.picker(def, s.sets())
	return func(dst []byte, v value.Value) []byte {
		return pick(dst, valid(whole(nil, v)))
	}
}

// valid is JSON that can be taken apart: null stands for what is none.
func valid(raw []byte) []byte {
	if !json.Valid(raw) {
		return []byte("null")
	}
	return raw
}

// picker takes what is selected of an object out of valid JSON of its type.
func (c *compiler) picker(def *typ, sets []ast.SelectionSet) func(dst, raw []byte) []byte {
	fields, err := c.collect(def.name, sets)
	if err != nil {
		return func(dst, _ []byte) []byte { return append(dst, "null"...) }
	}
	names := make([]string, len(fields)) // as they are written in JSON
	subs := make([]func(dst, raw []byte) []byte, len(fields))
	for i, f := range fields {
		names[i] = `"` + f.first().Name + `"`
		m := def.byName[f.first().Name]
		if m == nil {
			continue
		}
		if sub := c.s.types[m.typ.base()]; sub != nil && sub.kind == objectKind {
			subs[i] = c.picking(m.typ, f)
		}
	}
	return func(dst, raw []byte) []byte {
		if pieces.First(raw) != '{' {
			return append(dst, "null"...)
		}
		parts := make([][]byte, len(fields))
		pieces.Members(raw, func(key, val []byte) bool {
			for i, name := range names {
				if string(key) == name {
					parts[i] = val
				}
			}
			return true
		})
		dst = append(dst, '{')
		for i, f := range fields {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = append(append(append(dst, '"'), f.key...), '"', ':')
			switch {
			case f.first().Name == "__typename":
				dst = append(append(append(dst, '"'), def.name...), '"')
			case len(parts[i]) == 0:
				dst = append(dst, "null"...)
			case subs[i] != nil:
				dst = subs[i](dst, parts[i])
			default:
				dst = append(dst, parts[i]...)
			}
		}
		return append(dst, '}')
	}
}
