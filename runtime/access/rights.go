package access

import (
	"github.com/tenon-platform/tenon/metadata/catalog"
)

// bits is a set of small numbers.
type bits []uint64

func newBits(n int) bits { return make(bits, (n+63)/64) }

func (b bits) has(i int) bool { return i>>6 < len(b) && b[i>>6]&(1<<(i&63)) != 0 }
func (b bits) set(i int)      { b[i>>6] |= 1 << (i & 63) }
func (b bits) clear(i int)    { b[i>>6] &^= 1 << (i & 63) }

func (b bits) or(c bits) {
	for i := range c {
		b[i] |= c[i]
	}
}

// Sets of objects that rights consist of; the first four are numbered as Op is.
const (
	viewAll = int(Delete) + 1 + iota
	editAll
	objectSets
)

// Sets of fields that rights consist of.
const (
	seen = iota // masked or whole
	revealed
	readable
	writable
	explicit // named by a permission set, which lets them be read: it decides what they tell
	fieldSets
)

// rights are what a role, or a set of roles, allows. Rights of several roles add up.
type rights struct {
	objects [objectSets]bits // by Object.Place
	fields  [fieldSets]bits  // by Field.Slot
	depth   [2][]catalog.Depth
	actions map[action]bool
	system  map[string]bool
	units   bool // some depth reaches beyond the caller's own records
}

type action struct {
	object int
	name   string
}

func newRights(cat *catalog.Catalog) *rights {
	r := &rights{actions: map[action]bool{}, system: map[string]bool{}}
	for i := range r.objects {
		r.objects[i] = newBits(len(cat.Objects))
	}
	for i := range r.fields {
		r.fields[i] = newBits(cat.Slots)
	}
	for i := range r.depth {
		r.depth[i] = make([]catalog.Depth, len(cat.Objects))
	}
	return r
}

// add takes in what other rights allow.
func (r *rights) add(o *rights) {
	for i := range r.objects {
		r.objects[i].or(o.objects[i])
	}
	for i := range r.fields {
		r.fields[i].or(o.fields[i])
	}
	for i := range r.depth {
		for n, d := range o.depth[i] {
			r.depth[i][n] = max(r.depth[i][n], d)
		}
	}
	for a := range o.actions {
		r.actions[a] = true
	}
	for s := range o.system {
		r.system[s] = true
	}
	r.units = r.units || o.units
}

// fine takes in what a permission set says beyond what casbin holds: fields and depths.
func (r *rights) fine(s *catalog.PermissionSet) {
	for _, p := range s.Objects {
		o := p.Object
		if !p.Read {
			continue
		}
		r.depth[0][o.Place] = max(r.depth[0][o.Place], p.Depth)
		r.depth[1][o.Place] = max(r.depth[1][o.Place], p.EditDepth)
		r.units = r.units || p.Depth > catalog.Own
		for _, f := range o.Fields {
			level := p.Fields[f.Place]
			if level >= catalog.Masked {
				r.fields[seen].set(f.Slot)
			}
			if level == catalog.Revealable {
				r.fields[revealed].set(f.Slot)
			}
			if level >= catalog.Readable {
				r.fields[readable].set(f.Slot)
				if p.Named[f] {
					r.fields[explicit].set(f.Slot)
				}
			}
			if level == catalog.Editable && (p.Create || p.Update) {
				r.fields[writable].set(f.Slot)
			}
		}
	}
}
