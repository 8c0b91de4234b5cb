package record

import (
	"fmt"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/runtime/access"
)

// revert stores values that were there before. References must still lead somewhere; computed
// fields follow.
func (b *batch) revert(op *Op) (*Result, error) {
	old, err := b.target(op, access.Update)
	if err != nil {
		return nil, err
	}
	r := old.clone()
	for f, v := range op.Values {
		if f.Object != op.Object || f.Column == "" || f.System || f.Computed() {
			return nil, fmt.Errorf("record: %s.%s cannot be set back", f.Object.Name, f.Name)
		}
		r.set(f, v)
	}
	if err := b.unlocked(r, old); err != nil {
		return nil, err
	}
	var ps problems
	if err := b.references(r, old, &ps); err != nil {
		return nil, err
	}
	if err := ps.err(); err != nil {
		return nil, err
	}
	if b.differs(r, old) {
		if err := b.rewrite(r, old); err != nil {
			return nil, err
		}
	}
	return result(r, false, nil), nil
}

// unmake removes a live record for good.
func (b *batch) unmake(op *Op) (*Result, error) {
	old, err := b.target(op, access.Delete)
	if err != nil {
		return nil, err
	}
	if err := b.removable(old); err != nil {
		return nil, err
	}
	if err := b.unreferred(old); err != nil {
		return nil, err
	}
	b.cache[rowKey{old.object, op.ID}] = nil
	if _, err := b.tx.Delete(b.ctx, old.object.Table, op.ID); err != nil {
		return nil, err
	}
	b.wrote(change{old.object, op.ID, "purge", old, nil})
	return result(old, false, nil), nil
}

// unreferred refuses a record that others refer to, also such as are in the recycle bin. Lists of
// references may name records that are gone.
func (b *batch) unreferred(r *row) error {
	for _, inv := range r.object.Inverses {
		if inv.Via.Ref.Many {
			continue
		}
		if err := b.noneRefers(r, inv.Child, inv.Via, value.Ref(r.id())); err != nil {
			return err
		}
	}
	for _, o := range b.cat.Objects {
		for _, f := range o.Fields {
			if f.Ref == nil || !f.Ref.Polymorphic || !leadsTo(f, r.object) {
				continue
			}
			if err := b.noneRefers(r, o, f, value.Text(fmt.Sprintf("%s_%d", r.object.IDPrefix, r.id()))); err != nil {
				return err
			}
		}
	}
	return nil
}

func leadsTo(f *catalog.Field, o *catalog.Object) bool {
	for _, t := range f.Ref.Targets {
		if t == o {
			return true
		}
	}
	return false
}

func (b *batch) noneRefers(r *row, child *catalog.Object, via *catalog.Field, self value.Value) error {
	st, err := b.plans.stmt("refers."+child.Name+"."+via.Name, func() *driver.Query {
		return &driver.Query{Table: child.Table, Select: []driver.Expr{driver.Col{Name: "id"}}, Where: eq(via.Col(), first),
			Limit: driver.Const{Value: value.Int(1)}}
	})
	if err != nil {
		return err
	}
	found := false
	if err := b.each(st, []value.Value{self}, func(driver.Rows) { found = true }); err != nil || !found {
		return err
	}
	return errs.New(errs.ValidationFail, "records of %s refer to this one", "有 %s 记录引用了该记录", child.Name).With("object", child.Name)
}
