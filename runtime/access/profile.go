package access

import (
	"encoding/binary"
	"encoding/hex"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/platform/value"
)

// profile is the snapshot of what one caller may do.
type profile struct {
	*rights
	cat    *catalog.Catalog
	key    string
	roles  []string
	me     standing
	values map[Attr]value.Value
	parts  bits // roll-ups of which the caller sees a part, by Field.Slot
}

var _ Profile = (*profile)(nil)

// standing is what a caller's conditions depend on besides the roles. It is part of the key.
type standing struct {
	known      bool // there is a record of the user
	alone      [3]bool
	shared     [2]bits // objects of which records are shared by hand: to read, to edit
	member     [2]bits // teams that have the caller
	territory  bool
	queue      bool
	bound      bits // references of the caller's own record that lead somewhere
	granted    bits // sharing rules that concern the caller
	restricted bits // restrictions that concern the caller
}

func (s *standing) append(dst []byte) []byte {
	flag := func(b bool) {
		if b {
			dst = append(dst, 1)
			return
		}
		dst = append(dst, 0)
	}
	for _, b := range []bool{s.known, s.alone[0], s.alone[1], s.alone[2], s.territory, s.queue} {
		flag(b)
	}
	for _, set := range []bits{s.shared[0], s.shared[1], s.member[0], s.member[1], s.bound, s.granted, s.restricted} {
		for _, w := range set {
			dst = binary.AppendUvarint(dst, w)
		}
	}
	return dst
}

// keyOf is the key of a profile: the set of roles and the caller's standing.
func keyOf(roles bits, s *standing) string {
	var b []byte
	for _, w := range roles {
		b = binary.AppendUvarint(b, w)
	}
	return hex.EncodeToString(s.append(b))
}

func (p *profile) Key() string               { return p.key }
func (p *profile) Catalog() *catalog.Catalog { return p.cat }

func (p *profile) Can(o *catalog.Object, op Op) bool {
	return op > Delete || p.objects[op].has(o.Place)
}

func (p *profile) Value(a Attr) value.Value {
	if v, ok := p.values[a]; ok {
		return v
	}
	if a.Kind == User {
		return value.Null
	}
	return value.List("[]")
}

func (p *profile) CanRead(f *catalog.Field) bool  { return p.fields[readable].has(f.Slot) }
func (p *profile) Part(f *catalog.Field) bool     { return p.parts.has(f.Slot) }
func (p *profile) CanWrite(f *catalog.Field) bool { return p.fields[writable].has(f.Slot) }
func (p *profile) Masked(f *catalog.Field) bool {
	return p.fields[seen].has(f.Slot) && !p.fields[readable].has(f.Slot)
}
func (p *profile) CanReveal(f *catalog.Field) bool {
	return p.fields[revealed].has(f.Slot) && !p.fields[readable].has(f.Slot)
}
func (p *profile) May(o *catalog.Object, name string) bool {
	return p.rights.actions[action{o.Place, name}]
}
func (p *profile) Has(right string) bool { return p.system[right] }
func (p *profile) Roles() []string       { return p.roles }
