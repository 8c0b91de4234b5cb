package graph

import (
	"sort"
	"strconv"
	"strings"
)

// SDL prints the schema in the schema definition language, types by name.
func (s *schema) SDL() string {
	names := make([]string, 0, len(s.types))
	for n := range s.types {
		names = append(names, n)
	}
	sort.Strings(names)
	var b strings.Builder
	b.WriteString("schema {\n  query: Query\n")
	if s.types["Mutation"] != nil {
		b.WriteString("  mutation: Mutation\n")
	}
	if s.types["Subscription"] != nil {
		b.WriteString("  subscription: Subscription\n")
	}
	b.WriteString("}\n")
	for _, n := range names {
		b.WriteByte('\n')
		s.types[n].print(&b)
	}
	return b.String()
}

func (t *typ) print(b *strings.Builder) {
	if t.text != "" {
		b.WriteString(strings.TrimSpace(t.text))
		b.WriteByte('\n')
		return
	}
	describe(b, "", t.doc)
	switch t.kind {
	case scalarKind:
		b.WriteString("scalar " + t.name + "\n")
	case unionKind:
		b.WriteString("union " + t.name + " = " + strings.Join(t.members, " | ") + "\n")
	case enumKind:
		b.WriteString("enum " + t.name + " {\n  " + strings.Join(t.values, "\n  ") + "\n}\n")
	default:
		b.WriteString(map[kind]string{objectKind: "type ", interfaceKind: "interface ", inputKind: "input "}[t.kind] + t.name)
		if len(t.implements) > 0 {
			b.WriteString(" implements " + strings.Join(t.implements, " & "))
		}
		b.WriteString(" {\n")
		for _, m := range t.fields {
			m.print(b)
		}
		b.WriteString("}\n")
	}
}

func (m *member) print(b *strings.Builder) {
	describe(b, "  ", m.doc)
	b.WriteString("  " + m.name)
	for i, a := range m.args {
		b.WriteString(map[bool]string{true: "(", false: ", "}[i == 0])
		b.WriteString(a.name + ": " + a.typ.String())
		if a.def != "" {
			b.WriteString(" = " + a.def)
		}
	}
	if len(m.args) > 0 {
		b.WriteByte(')')
	}
	b.WriteString(": " + m.typ.String())
	if m.def != "" {
		b.WriteString(" = " + m.def)
	}
	b.WriteByte('\n')
}

// describe prints a description as an ordinary string, whose escapes are those of JSON.
func describe(b *strings.Builder, indent, doc string) {
	if doc == "" {
		return
	}
	b.WriteString(indent)
	b.WriteString(quoteDoc(doc))
	b.WriteByte('\n')
}

func quoteDoc(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range strings.ToValidUTF8(s, "") {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r < 0x20 || r == 0x7f:
			b.WriteString(`\u` + leftPad(strconv.FormatInt(int64(r), 16)))
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

func leftPad(hex string) string { return strings.Repeat("0", 4-len(hex)) + hex }
