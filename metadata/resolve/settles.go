package resolve

import (
	"slices"
	"strings"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/expr"
	"github.com/tenon-platform/tenon/platform/diag"
)

// settles reports stored formulas and roll-ups that depend on each other in a cycle: one write
// would change them for ever. A formula that reads itself over a lookup is none: it is a
// recursion over records, such as the depth in a tree, and ends where the data does.
func (r *resolver) settles() {
	const busy, done = 1, 2
	state := map[*catalog.Field]int{}
	var visit func(f *catalog.Field, trail []*catalog.Field)
	visit = func(f *catalog.Field, trail []*catalog.Field) {
		switch state[f] {
		case done:
			return
		case busy:
			r.unsettled(append(trail[slices.Index(trail, f):], f))
			return
		}
		state[f] = busy
		trail = append(trail, f)
		for _, dep := range dependencies(f) {
			if dep != f || f.Formula == nil {
				visit(dep, trail)
			}
		}
		state[f] = done
	}
	for _, o := range r.cat.Objects {
		for _, f := range o.Fields {
			visit(f, nil)
		}
	}
}

func (r *resolver) unsettled(cycle []*catalog.Field) {
	names := make([]string, len(cycle))
	at, code, setting := cycle[0], "cyclic-formula", "expr"
	for i, f := range cycle {
		if names[i] = f.Object.Name + "." + f.Name; f.Rollup != nil {
			at, code, setting = f, "cyclic-rollup", "from"
		}
	}
	r.errorf(code, at.Addr(), r.decls.get(at.Object.Name).field(at.Name).at(setting),
		diag.Textf("the value depends on itself: %s", "该值循环依赖自身：%s", strings.Join(names, " → ")))
}

// dependencies are the fields, of any object, whose values make that of f.
func dependencies(f *catalog.Field) []*catalog.Field {
	switch {
	case f.Formula != nil && f.Formula.Stored:
		return reads(f.Formula.Program, f.Object)
	case f.Rollup != nil:
		out := reads(f.Rollup.Where, f.Rollup.Child)
		if f.Rollup.Field != nil {
			out = append(out, f.Rollup.Field)
		}
		return out
	}
	return nil
}

func reads(p *expr.Program, o *catalog.Object) (out []*catalog.Field) {
	if p == nil {
		return nil
	}
	for _, in := range p.Inputs() {
		if in.Kind != expr.FieldInput {
			continue
		}
		at := o
		for _, hop := range in.Path {
			h := at.ByName[hop]
			if h == nil || h.Ref == nil {
				at = nil
				break
			}
			at = h.Ref.Target()
		}
		if at != nil && at.ByName[in.Field] != nil {
			out = append(out, at.ByName[in.Field])
		}
	}
	return out
}
