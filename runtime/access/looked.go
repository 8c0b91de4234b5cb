package access

import (
	"slices"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/expr"
	"github.com/tenon-platform/tenon/platform/store/driver"
)

// way leads over lookups from a record to another one, of which a computed field tells.
type way struct {
	from *catalog.Object
	over []*catalog.Field
	// own says that the way begins at the record that has the field, and not at children of it.
	own bool
	// through are the computed fields that tell of it in between: who may be told one of them may be
	// told what follows from it.
	through []*catalog.Field
}

// lookedUp is a field that is computed over lookups, by itself or by what it is computed of.
type lookedUp struct {
	field *catalog.Field
	ways  []way
}

// lookUp lists the fields of a catalogue that are computed over lookups.
func lookUp(cat *catalog.Catalog) (out []lookedUp) {
	w := wayfinder{cat: cat, found: map[*catalog.Field][]way{}}
	for _, o := range cat.Objects {
		for _, f := range o.Fields {
			if ways := w.of(f); len(ways) > 0 {
				out = append(out, lookedUp{f, ways})
			}
		}
	}
	return out
}

type wayfinder struct {
	cat   *catalog.Catalog
	found map[*catalog.Field][]way
}

// of are the ways of a field; none of a field that is not computed.
func (w *wayfinder) of(f *catalog.Field) []way {
	if ways, ok := w.found[f]; ok {
		return ways
	}
	w.found[f] = nil // formulas that form a cycle are refused elsewhere
	var ways []way
	if f.Formula != nil {
		ways = w.program(f.Object, f.Formula.Program)
	}
	if r := f.Rollup; r != nil {
		ways = ofChildren(w.program(r.Child, r.Where))
		if r.Field != nil {
			ways = append(ways, ofChildren(throughField(w.of(r.Field), r.Field))...)
		}
	}
	w.found[f] = ways
	return ways
}

// throughField are the ways of a field as they are for what is computed of it.
func throughField(ways []way, f *catalog.Field) (out []way) {
	for _, x := range ways {
		x.through = append([]*catalog.Field{f}, x.through...)
		out = append(out, x)
	}
	return out
}

// ofChildren are ways as they are for what is computed of children.
func ofChildren(ways []way) (out []way) {
	for _, x := range ways {
		x.own = false
		out = append(out, x)
	}
	return out
}

func (w *wayfinder) program(o *catalog.Object, p *expr.Program) (out []way) {
	if p == nil {
		return nil
	}
	for _, in := range p.Reads() {
		switch in.Kind {
		case expr.FieldInput:
			out = append(out, w.input(o, in)...)
		case expr.AggInput:
			if child := w.cat.Object(in.Agg.Child.Object); child != nil {
				out = append(append(out, ofChildren(w.program(child, in.Agg.Expr))...), ofChildren(w.program(child, in.Agg.Where))...)
			}
		}
	}
	return out
}

func (w *wayfinder) input(o *catalog.Object, in expr.Input) (out []way) {
	var over []*catalog.Field
	at := o
	for _, hop := range in.Path {
		f := at.ByName[hop]
		if f == nil || f.Ref == nil {
			return nil
		}
		over, at = append(over, f), f.Ref.Target()
	}
	if len(over) > 0 {
		out = append(out, way{from: o, over: over, own: true})
	}
	if leaf := at.ByName[in.Field]; leaf != nil {
		for _, x := range throughField(w.of(leaf), leaf) {
			if x.own {
				x.from, x.over = o, slices.Concat(over, x.over)
			}
			out = append(out, x)
		}
	}
	return out
}

// reaches says whether whoever sees the record at which a way begins sees all records on it, or is
// told of them by a field that a permission set names.
func (p *profile) reaches(x way) bool {
	if slices.ContainsFunc(x.through, func(f *catalog.Field) bool { return p.fields[explicit].has(f.Slot) }) {
		return true
	}
	bind := NewValues(0).Bind
	at := x.from
	for _, f := range x.over {
		to := f.Ref.Target()
		ofMaster := f == at.Master && at.Sharing == catalog.SharingParent && !p.reachesAll(at, Read) // details are seen with their master
		if !ofMaster && p.Rows(to, Read, bind) != nil {
			return false
		}
		at = to
	}
	return true
}

// withhold takes the fields away that tell of records over lookups that are not all the caller's,
// but for those that a permission set of the caller names. Of formulas the caller is told the values
// of the records that lead to none but the caller's.
func (p *profile) withhold(all []lookedUp, w *withdrawal) {
	for i := range all {
		f := all[i].field
		if !p.fields[seen].has(f.Slot) && !p.parts.has(f.Slot) || p.fields[explicit].has(f.Slot) {
			continue
		}
		own, whole := f.Formula != nil, true
		for _, x := range all[i].ways {
			own, whole = own && x.own, whole && p.reaches(x)
		}
		if whole {
			continue
		}
		part := own && p.CanRead(f)
		w.take(f)
		if part {
			w.part(f)
		}
	}
}

// Told is the condition that a record must meet for the caller to be told a formula of which Part
// holds: all records that it looks at are the caller's, or not there. nil: always.
func Told(p Profile, f *catalog.Field, bind Bind) driver.Expr {
	w := wayfinder{cat: p.Catalog(), found: map[*catalog.Field][]way{}}
	var all []driver.Expr
	for _, x := range w.of(f) {
		if slices.ContainsFunc(x.through, p.CanRead) {
			continue
		}
		if c := told(p, x.over, bind); c != nil {
			all = append(all, c)
		}
	}
	return conjunction(all)
}

func told(p Profile, over []*catalog.Field, bind Bind) driver.Expr {
	if len(over) == 0 {
		return nil
	}
	f, to := over[0], over[0].Ref.Target()
	var all []driver.Expr
	for _, c := range []driver.Expr{p.Rows(to, Read, bind), told(p, over[1:], bind)} {
		if c != nil {
			all = append(all, c)
		}
	}
	where := conjunction(all)
	if where == nil {
		return nil
	}
	return driver.Or{Args: []driver.Expr{driver.IsNull{Arg: f.Col()}, driver.Exists{Table: to.Table, Link: driver.Link{Inner: id, Outer: f.Col()}, Where: where}}}
}
