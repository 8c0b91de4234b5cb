package record

import (
	"slices"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
)

// reparent makes what refers to one record refer to another instead, in the recycle bin too.
func (g *merging) reparent(from, to *row, depth int) error {
	for _, o := range g.b.cat.Objects {
		for _, f := range o.Fields {
			if !moves(f, from.object) {
				continue
			}
			rows, err := g.b.referring(f, from)
			if err != nil {
				return err
			}
			for _, c := range rows {
				if err := g.move(f, c, from, to, depth); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// moves says whether a reference to a merged record of o is to lead to its master. Who made a
// record stays who made it.
func moves(f *catalog.Field, o *catalog.Object) bool {
	if f.Ref == nil || f.Column == "" || f.Computed() || f.Name == catalog.CreatedBy || f.Name == catalog.UpdatedBy || f.System && catalog.IsLockField(f.Name) {
		return false
	}
	return leadsTo(f, o)
}

// referring reads the records that refer to one over a field, in the recycle bin too.
func (b *batch) referring(f *catalog.Field, to *row) ([]*row, error) {
	self := value.Ref(to.id())
	if f.Ref.Polymorphic {
		self = value.Text(idOf(to.object, to.id()))
	}
	return b.ordered("referring."+f.Object.Name+"."+f.Name, f.Object, func() driver.Expr { return refersTo(f) }, []driver.Order{{Expr: driver.Col{Name: catalog.ID}}}, self)
}

// refersTo is the condition that a record refers over a field to the one of the first parameter.
func refersTo(f *catalog.Field) driver.Expr {
	if f.Ref.Many {
		return driver.Has{Arg: f.Col(), Elem: first}
	}
	return eq(f.Col(), first)
}

func (g *merging) move(f *catalog.Field, c, from, to *row, depth int) error {
	if !slices.Contains(g.b.pointsTo(f, c.get(f)), rowKey{from.object, from.id()}) {
		return nil // an earlier step has changed it
	}
	if g.moved++; g.moved > maxMoved {
		return errs.New(errs.LimitExceeded, "more than %d records refer to those that are merged", "引用被合并记录的记录超过 %d 条", maxMoved).With("limit", maxMoved)
	}
	g.movedOf[f.Object.Name]++
	n := c.clone()
	n.set(f, g.b.instead(f, c, from, to))
	if err := appendOnly(n.object); err != nil { // accounts are not added up
		return err
	}
	if err := g.b.unlocked(n, c); err != nil {
		return err
	}
	if !c.alive() {
		if err := g.b.save(n, c); err != nil {
			return err
		}
		g.b.wrote(change{n.object, n.id(), "update", c, n})
		return nil
	}
	rival, err := g.b.rival(f, n)
	if err != nil {
		return err
	}
	if rival != nil {
		return g.collide(f, c, rival, from, to, depth)
	}
	return g.b.rewrite(n, c)
}

// instead is the value of a reference once from is to. A record that would refer to itself alone
// refers to nothing.
func (b *batch) instead(f *catalog.Field, c, from, to *row) value.Value {
	self := c.object == to.object && c.id() == to.id()
	switch {
	case f.Ref.Many:
		var ids []int64
		for _, ref := range b.pointsTo(f, c.get(f)) {
			k := ref.id
			if k == from.id() {
				k = to.id()
			}
			if !slices.Contains(ids, k) && !(self && k == to.id()) {
				ids = append(ids, k)
			}
		}
		if len(ids) == 0 {
			return value.Null
		}
		return idList(ids)
	case self:
		return value.Null
	case f.Ref.Polymorphic:
		return value.Text(idOf(to.object, to.id()))
	}
	return value.Ref(to.id())
}

// rival finds the record that has a unique key which n, moved over f, is about to have; nil when
// there is none.
func (b *batch) rival(f *catalog.Field, n *row) (*row, error) {
	for _, k := range n.object.Keys {
		if !slices.Contains(k.Fields, f) {
			continue
		}
		r, err := b.sharesKey(k, n)
		if err != nil || r != nil {
			return r, err
		}
	}
	return nil, nil
}

func (b *batch) sharesKey(k *catalog.Key, n *row) (*row, error) {
	if k.Where != nil {
		v, err := b.eval(k.Where, n, n)
		if err != nil || v.Kind() != value.KindBool || !v.Bool() {
			return nil, err
		}
	}
	args := []value.Value{value.Ref(n.id())}
	conds := []driver.Expr{driver.Cmp{Op: driver.Ne, L: driver.Col{Name: catalog.ID}, R: first}, aliveExpr(n.object)}
	for _, f := range k.Fields {
		if n.get(f).IsNull() {
			return nil, nil // null is equal to nothing
		}
		l, r := f.Col(), driver.Expr(driver.Param{N: len(args)})
		if k.CaseInsensitive && f.Store.Type == driver.Text {
			l, r = driver.Func{Name: "lower", Args: []driver.Expr{l}}, driver.Func{Name: "lower", Args: []driver.Expr{r}}
		}
		args, conds = append(args, n.get(f)), append(conds, eq(l, r))
	}
	rows, err := b.rows("key."+n.object.Name+"."+k.Index, n.object, func() driver.Expr {
		if w, err := b.where(k.Where); err == nil && w != nil { // it was translated for the index when it was published
			conds = append(conds, w)
		}
		return driver.And{Args: conds}
	}, args...)
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	return rows[0], nil
}

// collide makes one of two records that would share a key: c, which is being moved from one record
// to another, and its rival.
func (g *merging) collide(f *catalog.Field, c, rival, from, to *row, depth int) error {
	o := c.object
	g.moved-- // it is not, yet
	if g.movedOf[o.Name]--; g.movedOf[o.Name] == 0 {
		delete(g.movedOf, o.Name)
	}
	switch {
	case g.m.Collisions == Refuse:
		return errs.New(errs.Duplicate, "records of %s that belong to those merged have the same key", "被合并记录下的 %s 记录存在相同的键", o.Name).With("object", o.Name)
	case depth >= maxMergeDepth:
		return errs.New(errs.LimitExceeded, "records collide deeper than %d levels", "冲突记录超过 %d 层", maxMergeDepth)
	}
	keep, drop := rival, c
	at := o.Field(catalog.UpdatedAt)
	if g.m.Collisions == KeepAdvanced && stage(c) > stage(rival) || g.m.Collisions == KeepLatest && value.Compare(c.get(at), rival.get(at)) > 0 {
		keep, drop = c, rival
	}
	if err := g.reparent(drop, keep, depth+1); err != nil {
		return err
	}
	for _, r := range []**row{&keep, &drop} { // what was moved below them may have changed them
		var err error
		if *r, err = g.b.find(o, (*r).id()); err != nil {
			return err
		}
	}
	if drop.alive() {
		if _, _, err := g.b.remove(drop); err != nil {
			return err
		}
	}
	if keep.id() != c.id() {
		return nil
	}
	return g.move(f, keep, from, to, depth+1)
}
