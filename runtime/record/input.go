package record

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/field"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/value"
)

// problems collects everything that is wrong with one record.
type problems []*errs.Error

func (p *problems) add(e *errs.Error) { *p = append(*p, e) }

// about says whether something is wrong with a field already.
func (p problems) about(field string) bool {
	return slices.ContainsFunc(p, func(e *errs.Error) bool { return e.Field == field })
}

func (p problems) err() error {
	if len(p) == 0 {
		return nil
	}
	e := p[0]
	e.More = append(e.More, p[1:]...)
	return e
}

// nested is a nested write: the value of a relation's key.
type nested struct {
	ref *catalog.Field   // a lookup, or
	inv *catalog.Inverse // a reverse relation
	in  any
}

// input coerces the given values into r, and gives the nested writes among them. It reports every
// bad value.
func (b *batch) input(op *Op, r *row, creating bool, ps *problems) ([]nested, error) {
	o, in := op.Object, op.Input
	var out []nested
	for _, key := range slices.Sorted(maps.Keys(in)) { // in order: what is found wrong is told in it
		f, v := o.ByAPIName[key], in[key]
		if f == nil {
			if n := relation(o, key, v); n != nil {
				if n.ref != nil && !b.mayWrite(n.ref, creating, op.Scripted) {
					ps.add(errs.New(errs.Forbidden, "%s cannot be written", "%s 不可写入", key).On(key))
					continue
				}
				out = append(out, *n)
				continue
			}
			ps.add(errs.New(errs.InvalidInput, "%s has no field %s", "%s 没有字段 %s", o.Name, key).On(key).Near(key, apiNames(o)))
			continue
		}
		if !b.mayWrite(f, creating, op.Scripted) {
			ps.add(errs.New(errs.Forbidden, "%s cannot be written", "%s 不可写入", key).On(key))
			continue
		}
		val, e := f.Type.Coerce(v)
		if e != nil {
			c := *e
			ps.add(c.On(key))
			continue
		}
		val, e, err := b.given(f, val, r.get(f))
		if err != nil {
			return nil, err
		}
		if e != nil {
			ps.add(e.On(key))
			continue
		}
		if r.get(f) == val {
			continue
		}
		r.set(f, val)
		if err := b.seesReference(r, f, ps); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (b *batch) mayWrite(f *catalog.Field, creating, scripted bool) bool {
	switch {
	case f.Column == "" || f.Name == catalog.ID || f.Name == catalog.Version || f.System && catalog.IsLockField(f.Name):
		return false
	case b.opt.Loader && creating:
		return f.Formula == nil && f.Rollup == nil && f.TreePath == nil
	}
	return !f.Computed() && (!f.ReadOnly || scripted && !f.System) && b.access.CanWrite(f)
}

func relation(o *catalog.Object, key string, v any) *nested {
	if inv := o.InverseOf[key]; inv != nil {
		return &nested{inv: inv, in: v}
	}
	for _, f := range o.Fields {
		if f.RelName == key && f.Ref != nil && !f.Ref.Polymorphic && !f.Ref.Many {
			return &nested{ref: f, in: v}
		}
	}
	return nil
}

func apiNames(o *catalog.Object) (out []string) {
	for _, f := range o.Fields {
		out = append(out, f.APIName)
	}
	return out
}

// required reports required fields without a value.
func (b *batch) required(r *row, ps *problems) {
	for _, f := range r.object.Fields {
		if f.Required && !f.Computed() && f.Column != "" && r.get(f).IsNull() && !ps.about(f.APIName) {
			ps.add(errs.New(errs.ValidationFail, "%s is required", "%s 为必填项", f.APIName).On(f.APIName).With("label", f.Label))
		}
	}
}

// checked runs the checks that look at the rest of the record.
func (b *batch) checked(r, old *row, ps *problems) {
	for _, f := range r.object.Fields {
		c, ok := f.Type.(field.Checked)
		if !ok || old != nil && old.get(f) == r.get(f) && r.get(f).IsNull() {
			continue
		}
		e := c.Check(r.get(f), func(name string) value.Value {
			if g := r.object.Field(name); g != nil {
				return r.get(g)
			}
			return value.Null
		})
		if e != nil {
			cp := *e
			ps.add(cp.On(f.APIName))
		}
	}
}

// references reports new references to records that do not exist, or are in the recycle bin.
func (b *batch) references(r, old *row, ps *problems) error {
	for _, f := range r.object.Fields {
		v := r.get(f)
		if f.Ref == nil || f.System || v.IsNull() || old != nil && old.get(f) == v {
			continue
		}
		for _, ref := range b.pointsTo(f, v) {
			target, err := b.find(ref.object, ref.id)
			if err != nil {
				return err
			}
			if !target.alive() {
				ps.add(noSuch(f, ref.object))
			}
		}
		if f.Ref.Target() == r.object && !f.Ref.Many && !f.Ref.Polymorphic && old != nil {
			if err := b.acyclic(f, r, ps); err != nil {
				return err
			}
		}
	}
	return nil
}

// pointsTo gives the records that a reference's value names.
func (b *batch) pointsTo(f *catalog.Field, v value.Value) []rowKey {
	switch {
	case f.Ref.Polymorphic:
		i := strings.LastIndexByte(v.Text(), '_')
		if i < 0 {
			return nil
		}
		id, err := strconv.ParseInt(v.Text()[i+1:], 10, 64)
		if o := b.cat.ByPrefix[v.Text()[:i]]; o != nil && err == nil {
			return []rowKey{{o, id}}
		}
		return nil
	case f.Ref.Many:
		var ids []int64
		if json.Unmarshal([]byte(v.Text()), &ids) != nil {
			return nil
		}
		out := make([]rowKey, len(ids))
		for i, id := range ids {
			out[i] = rowKey{f.Ref.Target(), id}
		}
		return out
	}
	return []rowKey{{f.Ref.Target(), v.Int()}}
}

// maxTree bounds the depth of self-lookups.
const maxTree = 100

// acyclic refuses a self-lookup that leads back to the record.
func (b *batch) acyclic(f *catalog.Field, r *row, ps *problems) error {
	at := r.get(f)
	for n := 0; !at.IsNull(); n++ {
		if at.Int() == r.id() || n > maxTree {
			ps.add(errs.New(errs.ValidationFail, "%s would make a loop", "%s 会形成循环", f.APIName).On(f.APIName))
			return nil
		}
		p, err := b.find(r.object, at.Int())
		if err != nil || p == nil {
			return err
		}
		at = p.get(f)
	}
	return nil
}

// zone is the tenant's time zone.
func (b *batch) zone() *time.Location {
	if loc, err := time.LoadLocation(b.cat.Zone); err == nil {
		return loc
	}
	return time.UTC
}
