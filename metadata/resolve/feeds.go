package resolve

import (
	"strings"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/expr"
	"github.com/tenon-platform/tenon/platform/diag"
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
	r.acyclicRollups()
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
		if in.Kind == expr.AggInput {
			r.errorf("not-storable", "object."+o.Name+".field."+f.Name, r.decls[o.Name].field(f.Name).at("expr"),
				diag.Textf("a stored formula cannot count children; use a roll-up field", "存储公式不能统计子记录，请使用汇总字段"))
			return
		}
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

// acyclicRollups reports roll-ups that, over formulas and further roll-ups, feed themselves on
// the same objects: their values would never settle.
func (r *resolver) acyclicRollups() {
	for _, o := range r.cat.Objects {
		for _, f := range o.Fields {
			if f.Rollup == nil {
				continue
			}
			seen := map[*catalog.Field]bool{}
			if r.reaches(f.Rollup.Field, f, seen) || r.readsBy(f.Rollup.Where, f.Rollup.Child, f, seen) {
				r.errorf("cyclic-rollup", "object."+o.Name+".field."+f.Name, r.decls[o.Name].field(f.Name).at("from"),
					diag.Textf("the roll-up depends on its own value", "汇总字段依赖自身的值"))
			}
		}
	}
}

// reaches says whether computing f needs target.
func (r *resolver) reaches(f, target *catalog.Field, seen map[*catalog.Field]bool) bool {
	if f == nil || seen[f] {
		return false
	}
	if f == target {
		return true
	}
	seen[f] = true
	switch {
	case f.Formula != nil:
		return r.readsBy(f.Formula.Program, f.Object, target, seen)
	case f.Rollup != nil:
		return r.reaches(f.Rollup.Field, target, seen) || r.readsBy(f.Rollup.Where, f.Rollup.Child, target, seen)
	}
	return false
}

func (r *resolver) readsBy(p *expr.Program, o *catalog.Object, target *catalog.Field, seen map[*catalog.Field]bool) bool {
	if p == nil {
		return false
	}
	for _, in := range p.Inputs() {
		at := o
		for _, hop := range in.Path {
			if h := at.ByName[hop]; h != nil && h.Ref != nil {
				at = h.Ref.Target()
			}
		}
		if in.Kind == expr.FieldInput && r.reaches(at.ByName[in.Field], target, seen) {
			return true
		}
	}
	return false
}
