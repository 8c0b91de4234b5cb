package resolve

import (
	"strings"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/expr"
)

// feeds records, at each object, the computed fields elsewhere that a change of its records touches.
func (r *resolver) feeds() {
	for _, o := range r.cat.Objects {
		for _, f := range o.Fields {
			if f.Rollup != nil {
				r.feedRollup(f)
			}
			if f.Formula != nil && f.Formula.Stored {
				r.feedFormula(o, f)
			}
		}
	}
	r.settles()
}

func (r *resolver) feedRollup(f *catalog.Field) {
	seen := map[*catalog.Object]bool{}
	feed := func(o *catalog.Object) {
		if o != nil && !seen[o] {
			seen[o] = true
			o.FeedsRollups = append(o.FeedsRollups, f)
		}
	}
	feed(f.Rollup.Child)
	for _, hop := range f.Rollup.Path[1:] {
		feed(hop.Object)
	}
	if f.Rollup.Where == nil {
		return
	}
	for _, in := range f.Rollup.Where.Inputs() {
		at := f.Rollup.Child
		for _, hop := range in.Path {
			if h := at.ByName[hop]; h != nil && h.Ref != nil {
				at = h.Ref.Target()
				feed(at)
			}
		}
	}
}

// feedFormula records each object on the paths of a stored formula, with the fields read there.
func (r *resolver) feedFormula(o *catalog.Object, f *catalog.Field) {
	byPath := map[string]*catalog.FormulaFeed{}
	for _, in := range f.Formula.Program.Inputs() {
		if in.Kind != expr.FieldInput || len(in.Path) == 0 {
			continue
		}
		at, path := o, []*catalog.Field{}
		for i, hop := range in.Path {
			h := at.ByName[hop]
			if h == nil || h.Ref == nil {
				break
			}
			path, at = append(path, h), h.Ref.Target()
			read := in.Field
			if i < len(in.Path)-1 {
				read = in.Path[i+1]
			}
			k := strings.Join(in.Path[:i+1], ".")
			feed := byPath[k]
			if feed == nil {
				feed = &catalog.FormulaFeed{Formula: f, Path: append([]*catalog.Field{}, path...)}
				byPath[k] = feed
				at.FeedsFormulas = append(at.FeedsFormulas, feed)
			}
			if rf := at.ByName[read]; rf != nil {
				feed.Fields = append(feed.Fields, rf)
			}
		}
	}
}
