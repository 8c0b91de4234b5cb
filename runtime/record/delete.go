package record

import (
	"fmt"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/field"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/runtime/access"
)

func (b *batch) delete(op *Op) (*Result, error) {
	old, err := b.target(op, access.Delete)
	if err != nil {
		return nil, err
	}
	r, warnings, err := b.remove(old)
	if err != nil {
		return nil, err
	}
	return result(r, false, warnings), nil
}

// remove puts a live record into the recycle bin, and does with those that refer to it what their
// references say. All records of one deletion carry the same instant, by which restore finds them.
func (b *batch) remove(old *row) (*row, []Warning, error) {
	if err := appendOnly(old.object); err != nil {
		return nil, nil, err
	}
	if err := b.removable(old); err != nil {
		return nil, nil, err
	}
	if err := b.prepare("delete", old.clone(), old); err != nil {
		return nil, nil, err
	}
	var ps problems
	warnings, err := b.rules(old, old, true, &ps)
	if err == nil {
		err = ps.err()
	}
	if err != nil {
		return nil, nil, err
	}
	r := old.clone()
	r.set(r.object.Field(catalog.DeletedAt), b.now)
	b.stamp(r)
	if err := b.save(r, old); err != nil {
		return nil, nil, err
	}
	b.wrote(change{r.object, r.id(), "delete", old, r})
	for _, inv := range r.object.Inverses {
		if err := b.release(inv, r); err != nil {
			return nil, nil, err
		}
	}
	return r, warnings, nil
}

func (b *batch) children(inv *catalog.Inverse, r *row, live bool) ([]*row, error) {
	via := inv.Via
	rs, err := b.rows(fmt.Sprintf("children.%s.%s.%v", inv.Child.Name, via.Name, live), inv.Child, func() driver.Expr {
		link := eq(via.Col(), first)
		if via.Ref.Many {
			link = driver.Has{Arg: via.Col(), Elem: first}
		}
		alive := aliveExpr(inv.Child)
		if !live {
			alive = driver.Not{Arg: alive}
		}
		return driver.And{Args: []driver.Expr{link, alive}}
	}, value.Ref(r.id()))
	if err != nil {
		return nil, err
	}
	out := rs[:0]
	for _, c := range rs { // this transaction may have changed what the query saw
		if c.alive() == live {
			out = append(out, c)
		}
	}
	return out, nil
}

// release settles the children that refer to a record that goes.
func (b *batch) release(inv *catalog.Inverse, r *row) error {
	if inv.Via.Ref.Many {
		return nil // a list may name records that are gone; reading leaves them out
	}
	rs, err := b.children(inv, r, true)
	if err != nil || len(rs) == 0 {
		return err
	}
	switch {
	case inv.Child.Ledger != nil: // entries stay, and stay as they are
		return b.referred(inv, len(rs))
	case inv.Via.Ref.Master || inv.Via.Ref.OnDelete == field.Cascade:
		for _, c := range rs {
			if _, _, err := b.remove(c); err != nil {
				return err
			}
		}
	case inv.Via.Ref.OnDelete == field.SetNull:
		for _, c := range rs {
			n := c.clone()
			n.set(inv.Via, value.Null)
			if err := b.unlocked(n, c); err != nil {
				return err
			}
			if err := b.rewrite(n, c); err != nil {
				return err
			}
		}
	default:
		return b.referred(inv, len(rs))
	}
	return nil
}

// referred refuses to delete a record that others refer to. How many there are is told to those
// who may see them all.
func (b *batch) referred(inv *catalog.Inverse, n int) *errs.Error {
	o := inv.Child
	if !b.access.Can(o, access.Read) || b.access.Rows(o, access.Read, access.NewValues(0).Bind) != nil {
		return errs.New(errs.ValidationFail, "other records refer to this one", "有其他记录引用了该记录")
	}
	return errs.New(errs.ValidationFail, "%d records of %s refer to this one", "有 %d 条 %s 记录引用了该记录", n, o.Name).With("object", o.Name).With("count", n)
}

// rewrite saves a record that the platform changed, with what follows from the change.
func (b *batch) rewrite(r, old *row) error {
	b.cache[rowKey{r.object, r.id()}] = r
	if err := b.trees(r); err != nil {
		return err
	}
	if err := b.formulas(r, old); err != nil {
		return err
	}
	if err := b.apart(r, old); err != nil {
		return err
	}
	b.stamp(r)
	if err := b.save(r, old); err != nil {
		return err
	}
	b.wrote(change{r.object, r.id(), "update", old, r})
	return nil
}

func (b *batch) restore(op *Op) (*Result, error) {
	if err := b.can(op.Object, access.Delete); err != nil {
		return nil, err
	}
	old, err := b.reachable(op.Object, op.ID, access.Delete)
	if err != nil {
		return nil, err
	}
	if old.alive() {
		return result(old, false, nil), nil
	}
	r, err := b.revive(old, old.get(op.Object.Field(catalog.DeletedAt)))
	if err != nil {
		return nil, err
	}
	return result(r, false, nil), nil
}

// revive takes a record and what was deleted with it out of the recycle bin.
func (b *batch) revive(old *row, at value.Value) (*row, error) {
	if err := b.removable(old); err != nil {
		return nil, err
	}
	r := old.clone()
	r.set(r.object.Field(catalog.DeletedAt), value.Null)
	var ps problems
	if err := b.references(r, nil, &ps); err != nil {
		return nil, err
	}
	if err := ps.err(); err != nil {
		return nil, err
	}
	if err := b.apart(r, nil); err != nil {
		return nil, err
	}
	if _, err := b.duplicates(r, nil); err != nil {
		return nil, err
	}
	b.stamp(r)
	if err := b.save(r, old); err != nil {
		return nil, err
	}
	b.wrote(change{r.object, r.id(), "restore", old, r})
	for _, inv := range r.object.Inverses {
		if !inv.Via.Ref.Master && inv.Via.Ref.OnDelete != field.Cascade {
			continue
		}
		rs, err := b.children(inv, r, false)
		if err != nil {
			return nil, err
		}
		for _, c := range rs {
			if c.get(c.object.Field(catalog.DeletedAt)) == at {
				if _, err := b.revive(c, at); err != nil {
					return nil, err
				}
			}
		}
	}
	return r, nil
}

func (b *batch) purge(op *Op) (*Result, error) {
	if err := b.can(op.Object, access.Delete); err != nil {
		return nil, err
	}
	old, err := b.reachable(op.Object, op.ID, access.Delete)
	if err != nil {
		return nil, err
	}
	if old.alive() {
		return nil, errs.New(errs.ValidationFail, "only records in the recycle bin can be purged; delete it first", "只能彻底清除回收站中的记录，请先删除")
	}
	if err := b.erase(old); err != nil {
		return nil, err
	}
	return result(old, false, nil), nil
}

// erase removes a deleted record for good, with its deleted details; other references are cleared.
func (b *batch) erase(r *row) error {
	if err := b.removable(r); err != nil {
		return err
	}
	for _, inv := range r.object.Inverses {
		if inv.Via.Ref.Many {
			continue
		}
		rs, err := b.children(inv, r, false)
		if err != nil {
			return err
		}
		for _, c := range rs {
			if inv.Via.Ref.Master || inv.Via.Ref.OnDelete == field.Cascade {
				err = b.erase(c)
			} else {
				n := c.clone()
				n.set(inv.Via, value.Null)
				err = b.save(n, c)
			}
			if err != nil {
				return err
			}
		}
	}
	b.cache[rowKey{r.object, r.id()}] = nil
	b.log = append(b.log, change{r.object, r.id(), "purge", r, nil})
	_, err := b.tx.Delete(b.ctx, r.object.Table, r.id())
	return err
}
