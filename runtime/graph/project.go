package graph

import (
	"encoding/json"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/tenon-platform/tenon/platform/value"
)

// project writes the selected parts of a value whose type is an object of a field type, such as
// the latitude of a place.
func (c *compiler) project(def *typ, whole func([]byte, value.Value) []byte, s *selected) func([]byte, value.Value) []byte {
	pick := c.picker(def, s.sets())
	return func(dst []byte, v value.Value) []byte {
		return pick(dst, whole(nil, v))
	}
}

func (c *compiler) picker(def *typ, sets []ast.SelectionSet) func(dst, raw []byte) []byte {
	fields, err := c.collect(def.name, sets)
	if err != nil {
		return func(dst, _ []byte) []byte { return append(dst, "null"...) }
	}
	subs := make([]func(dst, raw []byte) []byte, len(fields))
	for i, f := range fields {
		m := def.byName[f.first().Name]
		if m == nil {
			continue
		}
		if sub := c.s.types[m.typ.base()]; sub != nil && sub.kind == objectKind {
			subs[i] = c.picking(m.typ, f)
		}
	}
	return func(dst, raw []byte) []byte {
		var parts map[string]json.RawMessage
		if json.Unmarshal(raw, &parts) != nil || parts == nil {
			return append(dst, "null"...)
		}
		dst = append(dst, '{')
		for i, f := range fields {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = append(append(append(dst, '"'), f.key...), '"', ':')
			part := parts[f.first().Name]
			switch {
			case f.first().Name == "__typename":
				dst = append(append(append(dst, '"'), def.name...), '"')
			case len(part) == 0:
				dst = append(dst, "null"...)
			case subs[i] != nil:
				dst = subs[i](dst, part)
			default:
				dst = append(dst, part...)
			}
		}
		return append(dst, '}')
	}
}
