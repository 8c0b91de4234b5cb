package access

import (
	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/expr"
)

// derived is a field that is computed of other records than its own; then are the field itself and
// the formulas that follow from it. Its stored value is of all those records: a caller who does not reach them all must not
// be told it, for it would tell of the others.
type derived struct {
	field *catalog.Field
	of    *catalog.Object // whose records are counted
	path  []*catalog.Field
	then  []*catalog.Field
}

// derive lists the fields of a catalogue that are computed of children.
func derive(cat *catalog.Catalog) (out []derived) {
	users := map[*catalog.Field][]*catalog.Field{} // field → formulas that read it
	for _, o := range cat.Objects {
		for _, f := range o.Fields {
			if f.Rollup != nil {
				out = append(out, derived{field: f, of: f.Rollup.Child, path: f.Rollup.Path})
			}
			if f.Formula == nil || f.Formula.Program == nil {
				continue
			}
			for _, in := range f.Formula.Program.Inputs() {
				switch in.Kind {
				case expr.FieldInput:
					if g := along(o, in.Path, in.Field); g != nil {
						users[g] = append(users[g], f)
					}
				case expr.AggInput:
					if child := cat.ByName[in.Agg.Child.Object]; child != nil {
						if via := child.ByName[in.Agg.Child.Via]; via != nil {
							out = append(out, derived{field: f, of: child, path: []*catalog.Field{via}})
						}
					}
				}
			}
		}
	}
	for i := range out {
		seen := map[*catalog.Field]bool{out[i].field: true}
		out[i].then = append(out[i].then, out[i].field)
		for queue := users[out[i].field]; len(queue) > 0; queue = queue[1:] {
			if f := queue[0]; !seen[f] {
				seen[f] = true
				out[i].then = append(out[i].then, f)
				queue = append(queue, users[f]...)
			}
		}
	}
	return out
}

// along is the field that a path of lookups leads to; nil when there is none.
func along(o *catalog.Object, path []string, name string) *catalog.Field {
	for _, hop := range path {
		f := o.ByName[hop]
		if f == nil || f.Ref == nil {
			return nil
		}
		o = f.Ref.Target()
	}
	return o.ByName[name]
}

// disclose takes the fields away that tell of records which are not the caller's. Of roll-ups the
// caller is told the part that follows from what is.
func (p *profile) disclose(all []derived, w *withdrawal) {
	for i := range all {
		d := &all[i]
		if !p.fields[seen].has(d.field.Slot) || p.reachesChildren(d.field.Object, d.of, d.path) {
			continue
		}
		part := d.field.Rollup != nil && p.CanRead(d.field) && p.readsAlong(d)
		for _, f := range d.then {
			w.take(f)
		}
		if part {
			w.part(d.field)
		}
	}
}

// withdrawal takes fields away from a profile.
type withdrawal struct {
	p   *profile
	own bool // the profile's rights are its own; else all who have these roles share them
}

// take leaves nothing of a field.
func (w *withdrawal) take(f *catalog.Field) {
	if !w.own {
		c := *w.p.rights
		for n := range c.fields {
			c.fields[n] = append(bits(nil), c.fields[n]...)
		}
		w.p.rights, w.p.parts, w.own = &c, newBits(len(c.fields[seen])*64), true
	}
	for _, n := range []int{seen, revealed, readable} {
		w.p.fields[n].clear(f.Slot)
	}
	w.p.parts.clear(f.Slot)
}

// part leaves the part of a field that follows from what is the caller's.
func (w *withdrawal) part(f *catalog.Field) { w.p.parts.set(f.Slot) }

// readsAlong says whether the caller may read all objects and fields that a roll-up is made of.
func (p *profile) readsAlong(d *derived) bool {
	for _, hop := range d.path {
		if !p.Can(hop.Object, Read) {
			return false
		}
	}
	return true
}

// reachesChildren says whether whoever sees a record of o reaches all records of child that lead to
// it. Details are a part of their master, so what they add up to is what it is: who sees it may be
// told, also without the permission for details. What fields hold is a question of its own.
func (p *profile) reachesChildren(o, child *catalog.Object, path []*catalog.Field) bool {
	if len(path) == 0 {
		return false
	}
	bind := NewValues(0).Bind
	detail := path[0] == child.Master && child.Sharing == catalog.SharingParent && len(p.withheld(child, Read, bind)) == 0
	if !detail && (!p.Can(child, Read) || p.Rows(child, Read, bind) != nil) {
		return false
	}
	if len(path) == 1 {
		return true
	}
	return p.reachesChildren(o, path[1].Object, path[1:])
}
