package resolve

import (
	"slices"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/expr"
	"github.com/tenon-platform/tenon/metadata/model"
)

// disclosure finds the levels of fields that a permission set says nothing of. A computed one shows
// no more than what it is computed of: who sees a number masked must not read it normalised.
type disclosure struct {
	cat  *catalog.Catalog
	set  *model.PermissionSet
	done map[*catalog.Field]catalog.Level // of computed fields
}

// of is the level of a field.
func (d *disclosure) of(f *catalog.Field) catalog.Level {
	if level, ok := d.done[f]; ok {
		return level
	}
	if named, ok := levels[d.set.Objects[f.Object.Name].Fields[f.Name]]; ok {
		return named
	}
	level := catalog.Editable
	if f.Secured {
		level = catalog.Hidden
	}
	if f.Formula == nil && f.Rollup == nil {
		return level
	}
	d.done[f] = level // formulas that form a cycle are refused elsewhere
	for _, in := range d.inputs(f) {
		level = min(level, d.of(in))
	}
	d.done[f] = level
	return level
}

// inputs are the fields that a computed field is made of.
func (d *disclosure) inputs(f *catalog.Field) (out []*catalog.Field) {
	if f.Formula != nil {
		out = d.fieldsOf(f.Object, f.Formula.Program)
	}
	if f.Rollup != nil {
		if f.Rollup.Field != nil {
			out = append(out, f.Rollup.Field)
		}
		out = append(out, d.fieldsOf(f.Rollup.Child, f.Rollup.Where)...)
	}
	return slices.DeleteFunc(out, func(in *catalog.Field) bool { return in == nil || in == f })
}

// fieldsOf are the fields that a program over an object reads, of whatever record.
func (d *disclosure) fieldsOf(o *catalog.Object, p *expr.Program) (out []*catalog.Field) {
	if p == nil {
		return nil
	}
	for _, in := range p.Inputs() {
		switch in.Kind {
		case expr.FieldInput:
			at := o
			for _, hop := range in.Path {
				ref := at.ByName[hop]
				if ref == nil || ref.Ref == nil {
					break
				}
				out, at = append(out, ref), ref.Ref.Target()
			}
			out = append(out, at.ByName[in.Field])
		case expr.AggInput:
			if child := d.cat.ByName[in.Agg.Child.Object]; child != nil {
				out = append(append(out, d.fieldsOf(child, in.Agg.Expr)...), d.fieldsOf(child, in.Agg.Where)...)
			}
		}
	}
	return out
}
