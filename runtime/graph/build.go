package graph

import (
	"fmt"
	"sort"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/field"
	"github.com/tenon-platform/tenon/metadata/model"
	"github.com/tenon-platform/tenon/runtime/access"
)

// builder makes the types of a schema: of all objects that the caller may read, or of a slice.
type builder struct {
	cat     *catalog.Catalog
	profile access.Profile
	has     map[*catalog.Object]bool
	types   map[string]*typ
	shapes  map[*catalog.Field]*field.Shape
	err     error
}

func build(cat *catalog.Catalog, p access.Profile, objs []*catalog.Object, fixed []*fixedPart) (*builder, error) {
	b := &builder{cat: cat, profile: p, has: map[*catalog.Object]bool{}, types: map[string]*typ{}, shapes: map[*catalog.Field]*field.Shape{}}
	for _, o := range objs {
		if p.Can(o, access.Read) {
			b.has[o] = true
		}
	}
	for _, o := range objs {
		if b.has[o] {
			b.fieldDefs(o)
		}
	}
	b.common()
	for _, part := range fixed {
		b.fixed(part)
	}
	for _, o := range objs {
		if b.has[o] {
			b.object(o)
			b.inputs(o)
			b.aggregates(o)
			b.roots(o)
		}
	}
	b.searches(cat.Objects)
	b.unmerges()
	b.decisions()
	b.tiers()
	return b, b.err
}

// typ makes or finds a type.
func (b *builder) typ(k kind, name, doc string) *typ {
	if t := b.types[name]; t != nil {
		return t
	}
	t := &typ{name: name, kind: k, doc: doc}
	b.types[name] = t
	return t
}

func (b *builder) shape(f *catalog.Field) *field.Shape {
	if s := b.shapes[f]; s != nil {
		return s
	}
	s := f.Type.Shape()
	b.shapes[f] = &s
	return &s
}

// fieldDefs takes in the definitions that the field types of an object bring along.
func (b *builder) fieldDefs(o *catalog.Object) {
	for _, f := range o.Fields {
		if f.KeyOf != nil || !shows(b.profile, f) && !b.profile.Part(f) {
			continue
		}
		defs := b.shape(f).Defs
		names := make([]string, 0, len(defs))
		for n := range defs {
			names = append(names, n)
		}
		sort.Strings(names)
		for _, n := range names {
			if have := b.types[n]; have == nil {
				b.external(n, defs[n])
			} else if have.text != defs[n] && b.err == nil {
				b.err = fmt.Errorf("graph: two definitions of type %s, one from %s.%s", n, o.Name, f.Name)
			}
		}
	}
}

func (b *builder) external(name, text string) {
	doc, err := parser.ParseSchema(&ast.Source{Name: name, Input: text})
	if err != nil || len(doc.Definitions) != 1 || doc.Definitions[0].Name != name {
		if b.err == nil {
			b.err = fmt.Errorf("graph: the definition of type %s is not one definition of that name: %w", name, err)
		}
		return
	}
	d := doc.Definitions[0]
	t := b.typ(map[ast.DefinitionKind]kind{ast.Scalar: scalarKind, ast.Enum: enumKind, ast.Object: objectKind,
		ast.Interface: interfaceKind, ast.Union: unionKind, ast.InputObject: inputKind}[d.Kind], name, "")
	t.text = text
	for _, v := range d.EnumValues {
		t.values = append(t.values, v.Name)
	}
	for _, f := range d.Fields {
		m := t.field(f.Name, f.Type.String(), "", nil)
		if f.DefaultValue != nil {
			m.def = f.DefaultValue.String()
		}
	}
}

// common makes the types that every schema has.
func (b *builder) common() {
	q := b.typ(objectKind, "Query", "")
	n := b.typ(interfaceKind, "Node", "Any record.")
	n.field("id", "ID!", "", recordID{})
	q.field("node", "Node", "One record of any object by its id.", rootNode{}, arg("id", "ID!"))
	q.field("nodes", "[Node]!", "Records of any objects by their ids, in the order asked; null for those that do not exist.",
		rootNodes{}, arg("ids", "[ID!]!"))
	p := b.typ(objectKind, "PageInfo", "")
	p.field("hasNextPage", "Boolean!", "", nil)
	p.field("hasPreviousPage", "Boolean!", "", nil)
	p.field("startCursor", "String", "", nil)
	p.field("endCursor", "String", "", nil)
	d := b.typ(enumKind, "OrderDirection", "")
	d.values = []string{"ASC", "DESC"}
	for _, s := range []string{"Decimal", "DateTime", "JSON"} {
		b.typ(scalarKind, s, "")
	}
}

// writable makes the types that only mutations need.
func (b *builder) writable() *typ {
	m := b.typ(objectKind, "Mutation", "")
	w := b.typ(objectKind, "Warning", "A rule that does not forbid the write.")
	w.field("rule", "String!", "", nil)
	w.field("field", "String", "", nil)
	w.field("message", "String!", "", nil)
	w.field("records", "[ID!]!", "Records that are likely to be the same, those that you may see.", nil)
	e := b.typ(objectKind, "WriteError", "Why one row of a batch was not written.")
	e.field("code", "String!", "", nil)
	e.field("message", "String!", "", nil)
	e.field("field", "String", "", nil)
	e.field("rule", "String", "", nil)
	e.field("details", "JSON", "", nil)
	return m
}

// describeLabel is the description of something with a label: both languages, then the help.
func describeLabel(label, help model.Text) string {
	var parts []string
	if en := label["en"]; en != "" {
		parts = append(parts, en)
	}
	if zh := label["zh-CN"]; zh != "" && zh != label["en"] {
		parts = append(parts, zh)
	}
	s := strings.Join(parts, " / ")
	if h := help.In("en"); h != "" {
		if s != "" {
			s += ". "
		}
		s += h
	}
	return s
}
