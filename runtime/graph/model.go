package graph

import "strings"

// kind is what a type of the schema is.
type kind uint8

const (
	scalarKind kind = iota
	enumKind
	objectKind
	interfaceKind
	unionKind
	inputKind
)

// typ is one named type of a generated schema. The SDL is printed from it and the compiler reads
// it, so that the two cannot disagree.
type typ struct {
	name, doc  string
	kind       kind
	fields     []*member // of objects, interfaces and inputs
	byName     map[string]*member
	values     []string // of enums
	members    []string // of unions
	implements []string
	// text is the definition as a field type gave it; "" for generated types.
	text string
	// structural inputs decide the statement by the keys that are present (filters, orders).
	structural bool
}

// member is a field of an object, interface or input, or an argument.
type member struct {
	name, doc string
	typ       *ref
	args      []*member
	def       string // default value in SDL; "" for none
	role      any    // what the compiler does with it: see roles.go
}

func (m *member) arg(name string) *member {
	for _, a := range m.args {
		if a.name == name {
			return a
		}
	}
	return nil
}

// ref is a use of a type: named, or a list of elem.
type ref struct {
	name    string
	elem    *ref
	nonNull bool
}

// parseRef reads "[ID!]!". The text is generated or comes from a field type, so it is well formed.
func parseRef(s string) *ref {
	s = strings.TrimSpace(s)
	r := &ref{}
	if strings.HasSuffix(s, "!") {
		r.nonNull, s = true, s[:len(s)-1]
	}
	if strings.HasPrefix(s, "[") && strings.HasSuffix(s, "]") {
		r.elem = parseRef(s[1 : len(s)-1])
		return r
	}
	r.name = s
	return r
}

func (r *ref) String() string {
	s := r.name
	if r.elem != nil {
		s = "[" + r.elem.String() + "]"
	}
	if r.nonNull {
		s += "!"
	}
	return s
}

// base is the named type inside.
func (r *ref) base() string {
	for r.elem != nil {
		r = r.elem
	}
	return r.name
}

func (t *typ) add(m *member) *member {
	if t.byName == nil {
		t.byName = map[string]*member{}
	}
	if have := t.byName[m.name]; have != nil {
		return have
	}
	t.fields = append(t.fields, m)
	t.byName[m.name] = m
	return m
}

func (t *typ) field(name, typ, doc string, role any, args ...*member) *member {
	return t.add(&member{name: name, typ: parseRef(typ), doc: doc, role: role, args: args})
}

func arg(name, typ string) *member { return &member{name: name, typ: parseRef(typ)} }
