// Package meta tells a caller what there is: the objects that the caller may see, with the fields, rules,
// actions, layouts and lists of each. Workspaces are drawn from it, and it shows nothing that the
// caller may not read. It reads no records.
package meta

import (
	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/expr"
	"github.com/tenon-platform/tenon/runtime/access"
)

// Sight is what the holder of a profile sees of a catalogue.
type Sight struct{ access.Profile }

// Sees says whether the holder may read records of an object.
func (s Sight) Sees(o *catalog.Object) bool {
	return o.InputOf == nil && o.PartOf == nil && s.Can(o, access.Read)
}

// Does says whether the holder may do op with records of an object; those that the platform alone
// writes are written by nobody.
func (s Sight) Does(o *catalog.Object, op access.Op) bool {
	return s.Can(o, op) && (op == access.Read || !o.Guarded)
}

// Shows says whether a field is there for the holder: whole, masked, or of some records alone.
func (s Sight) Shows(f *catalog.Field) bool {
	return f.Type != nil && f.Type.Shape().Output != "" && (f.Name == catalog.ID || s.CanRead(f) || s.Masked(f) || s.Part(f))
}

// Writes says whether the holder may give a field a value.
func (s Sight) Writes(f *catalog.Field) bool {
	return f.Type != nil && !f.ReadOnly && !f.Computed() && f.Name != catalog.ID && f.Type.Shape().Input != "" && s.CanWrite(f) && !f.Object.Guarded
}

// Reads says whether the holder sees everything that a condition over an object reads. What it reads
// of children or settings is not looked into, and counts as hidden.
func (s Sight) Reads(o *catalog.Object, p *expr.Program) bool {
	for _, in := range p.Inputs() {
		if in.Kind == expr.RoleInput {
			continue
		}
		if in.Kind != expr.FieldInput && in.Kind != expr.PriorInput {
			return false
		}
		at := o
		for _, step := range append(in.Path[:len(in.Path):len(in.Path)], in.Field) {
			f := at.Field(step)
			if f == nil || f.Name != catalog.ID && !s.CanRead(f) {
				return false
			}
			if f.Ref != nil && len(f.Ref.Targets) == 1 && step != in.Field {
				if at = f.Ref.Target(); !s.Sees(at) {
					return false
				}
			}
		}
	}
	return true
}

// Relations are the lists of records that refer to one of the object. Of references that hold several
// ids the API has none.
func (s Sight) Relations(o *catalog.Object) (out []*catalog.Inverse) {
	for _, inv := range o.Inverses {
		if !inv.Via.Ref.Many && s.Sees(inv.Child) && s.CanRead(inv.Via) {
			out = append(out, inv)
		}
	}
	return out
}
