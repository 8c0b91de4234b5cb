package graph

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"

	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/runtime/access"
	"github.com/tenon-platform/tenon/runtime/gql/pieces"
)

// Fixed is a part of the API that is the same for every catalogue. SDL defines fields of Query and
// Mutation, and the types that they need beside those of every schema. Run answers one of the
// fields with JSON of its type, from which the selection is taken; what the caller may see and do
// is Run's to decide. args holds those that were given.
type Fixed struct {
	SDL string
	Run func(ctx context.Context, p access.Profile, field string, args map[string]any) (json.RawMessage, error)
}

// rootFixed is a field of Query or Mutation that a Fixed part answers.
type rootFixed struct {
	part *fixedPart
	name string
}

// fixedPart is a Fixed that was read.
type fixedPart struct {
	Fixed
	doc *ast.SchemaDocument
}

// readFixed reads the parts; words are the names by which operations show that they need them.
func readFixed(all []Fixed) (parts []*fixedPart, words map[string]bool, err error) {
	words = map[string]bool{}
	for _, f := range all {
		doc, e := parser.ParseSchema(&ast.Source{Name: "fixed", Input: f.SDL})
		if e != nil {
			return nil, nil, fmt.Errorf("graph: read a fixed part of the schema: %w", e)
		}
		parts = append(parts, &fixedPart{f, doc})
		for _, d := range doc.Definitions {
			if d.Name != "Query" && d.Name != "Mutation" {
				words[d.Name] = true
				continue
			}
			for _, x := range d.Fields {
				words[x.Name] = true
			}
		}
	}
	return parts, words, nil
}

var fixedKinds = map[ast.DefinitionKind]kind{ast.Scalar: scalarKind, ast.Enum: enumKind, ast.Object: objectKind,
	ast.Interface: interfaceKind, ast.Union: unionKind, ast.InputObject: inputKind}

// fixed adds the types and root fields of a part.
func (b *builder) fixed(part *fixedPart) {
	for _, d := range part.doc.Definitions {
		t := b.typ(fixedKinds[d.Kind], d.Name, d.Description)
		for _, v := range d.EnumValues {
			t.values = append(t.values, v.Name)
		}
		for _, f := range d.Fields {
			m := t.field(f.Name, f.Type.String(), f.Description, nil)
			for _, a := range f.Arguments {
				x := arg(a.Name, a.Type.String())
				x.doc = a.Description
				m.args = append(m.args, x)
			}
			if d.Name == "Query" || d.Name == "Mutation" {
				m.role = rootFixed{part, f.Name}
			}
		}
	}
}

// fixedField is a compiled field of a part.
type fixedField struct {
	of   rootFixed
	args map[string]func(vars map[string]any) any
	pick func(dst, raw []byte) []byte
}

func (c *compiler) fixed(r rootFixed, s *selected, m *member) (*fixedField, *errs.Error) {
	f := &fixedField{of: r, args: map[string]func(map[string]any) any{}, pick: c.picking(m.typ, s)}
	for _, a := range m.args {
		if in, ok := c.argument(s.first().Arguments, a); ok {
			f.args[a.name] = in.getter()
		}
	}
	return f, nil
}

func (x *exec) fixed(f *fixedField) error {
	args := map[string]any{}
	for name, get := range f.args {
		if v := get(x.vars); v != nil {
			args[name] = v
		}
	}
	raw, err := f.of.part.Run(x.ctx, x.profile, f.of.name, args)
	if err != nil {
		return err
	}
	x.out = f.pick(x.out, valid(raw))
	return nil
}

// picking takes what is selected out of JSON of a type.
func (c *compiler) picking(t *ref, s *selected) func(dst, raw []byte) []byte {
	def := c.s.types[t.base()]
	if def == nil || def.kind != objectKind {
		return func(dst, raw []byte) []byte { return append(dst, raw...) }
	}
	pick := c.picker(def, s.sets())
	for ; t.elem != nil; t = t.elem {
		pick = eachOf(pick)
	}
	return pick
}

// eachOf makes of what takes from one value what takes from each of a list.
func eachOf(pick func(dst, raw []byte) []byte) func(dst, raw []byte) []byte {
	return func(dst, raw []byte) []byte {
		if pieces.First(raw) != '[' {
			return append(dst, "null"...)
		}
		dst = append(dst, '[')
		first := true
		pieces.Elements(raw, func(val []byte) {
			if !first {
				dst = append(dst, ',')
			}
			first = false
			dst = pick(dst, val)
		})
		return append(dst, ']')
	}
}
