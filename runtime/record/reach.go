package record

import (
	"fmt"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/runtime/access"
)

// visible reads one live record that the caller may reach for op. NOT_FOUND when there is none or
// the caller may not see it, FORBIDDEN when the caller may see it and no more.
func (b *batch) visible(o *catalog.Object, id int64, op access.Op) (*row, error) {
	r, err := b.find(o, id)
	if err != nil {
		return nil, err
	}
	if !r.alive() {
		return nil, notFound(o, id)
	}
	return b.reachable(o, id, op)
}

// reachable is visible for records in the recycle bin, too.
func (b *batch) reachable(o *catalog.Object, id int64, op access.Op) (*row, error) {
	r, err := b.find(o, id)
	if err != nil {
		return nil, err
	}
	if r == nil {
		return nil, notFound(o, id)
	}
	ok, err := b.among(o, id, access.Read)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, notFound(o, id)
	}
	if ok, err = b.among(o, id, op); err == nil && !ok {
		err = errs.New(errs.Forbidden, "you may see this %s, but not do this with it", "您可以查看该 %s，但无权执行此操作", o.Name)
	}
	return r, err
}

// reaching is a statement that finds a record among those that profiles of one key reach.
type reaching struct {
	stmt driver.Stmt // nil: all records are among them
	own  *access.Values
}

// maxReaching is how many such statements one catalogue keeps.
const maxReaching = 5000

// among says whether a record is among those that the caller may do op with.
func (b *batch) among(o *catalog.Object, id int64, op access.Op) (bool, error) {
	if b.access == access.Everything {
		return true, nil
	}
	q, err := b.plans.reaching(b.access, o, op)
	if err != nil {
		return false, err
	}
	if q.stmt == nil {
		return true, nil
	}
	hit := false
	err = b.each(q.stmt, q.own.Append([]value.Value{value.Ref(id)}, b.access), func(driver.Rows) { hit = true })
	return hit, err
}

func (p *plans) reaching(who access.Profile, o *catalog.Object, op access.Op) (*reaching, error) {
	key := fmt.Sprintf("%s\x00%s\x00%d", who.Key(), o.Name, op)
	p.mu.Lock()
	defer p.mu.Unlock()
	if q := p.reach[key]; q != nil {
		return q, nil
	}
	q := &reaching{own: access.NewValues(1)}
	if cond := who.Rows(o, op, q.own.Bind); cond != nil {
		id := driver.Expr(driver.Col{Name: catalog.ID})
		st, err := p.s.deps.Tenant.Store.Prepare(&driver.Query{Table: o.Table, Select: []driver.Expr{id},
			Where: driver.And{Args: []driver.Expr{eq(id, first), cond}}})
		if err != nil {
			return nil, fmt.Errorf("prepare what is reached of %s: %w", o.Name, err)
		}
		q.stmt = st
	}
	if len(p.reach) >= maxReaching {
		clear(p.reach)
	}
	p.reach[key] = q
	return q, nil
}

// kept refuses a record that, as it was just written, lies outside of where the caller may write.
func (b *batch) kept(r *row) error {
	ok, err := b.among(r.object, r.id(), access.Keep)
	if err == nil && !ok {
		err = errs.New(errs.Forbidden, "you may not write a %s there: its master or its brand is not yours", "您无权在此处写入 %s：其主记录或品牌不属于您的权限范围", r.object.Name)
	}
	return err
}

// sharing refuses to share a record by hand that the caller may not change: who may only read it
// could otherwise let others do more than that.
func (b *batch) sharing(r, old *row) error {
	if r.object.Serves != catalog.ServesShare || b.access == access.Everything {
		return nil
	}
	f := r.object.Field("record")
	if f == nil || old != nil && old.get(f) == r.get(f) && !b.differs(r, old) {
		return nil
	}
	for _, ref := range b.pointsTo(f, r.get(f)) {
		ok := b.access.Can(ref.object, access.Update)
		if ok {
			var err error
			if ok, err = b.among(ref.object, ref.id, access.Update); err != nil {
				return err
			}
		}
		if !ok {
			return errs.New(errs.Forbidden, "you may only share records that you may change", "只能共享您有权修改的记录").On(f.APIName)
		}
	}
	return nil
}

// seesReference reports a reference that is given to a record that the caller may not see, in the
// words and at the place for one that does not exist. Either is taken out of r, so that nothing else
// that is found wrong can follow from it.
func (b *batch) seesReference(r *row, f *catalog.Field, ps *problems) error {
	v := r.get(f)
	if b.access == access.Everything || f.Ref == nil || f.System || v.IsNull() {
		return nil
	}
	for _, ref := range b.pointsTo(f, v) {
		target, err := b.find(ref.object, ref.id)
		if err != nil {
			return err
		}
		ok := target.alive()
		if ok {
			if ok, err = b.among(ref.object, ref.id, access.Read); err != nil {
				return err
			}
		}
		if !ok {
			ps.add(noSuch(f, ref.object))
			r.set(f, value.Null)
		}
	}
	return nil
}

func noSuch(f *catalog.Field, target *catalog.Object) *errs.Error {
	return errs.New(errs.ValidationFail, "%s: there is no such %s", "%s：没有这样的 %s", f.APIName, target.Name).On(f.APIName)
}
