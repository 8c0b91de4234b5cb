package record

import (
	"fmt"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/expr"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
)

// maxRounds bounds how far a change travels over computed fields of other records.
const maxRounds = 64

// wrote notes a change for what follows from it.
func (b *batch) wrote(c change) {
	if c.object.Serves == catalog.RoleCurrency || c.object.Serves == catalog.RoleRate {
		b.rates = nil
	}
	b.queue = append(b.queue, c)
	b.log = append(b.log, c)
}

// target is one computed field of one record that may have to change.
type target struct {
	field *catalog.Field
	id    int64
}

// settle brings the computed fields of other records up to date, round by round: each round
// computes every field that the last one touched once, however many records touched it.
func (b *batch) settle() error {
	for round := 0; len(b.queue) > 0; round++ {
		if round > maxRounds {
			return fmt.Errorf("computed fields do not settle after %d rounds", maxRounds)
		}
		queue := b.queue
		b.queue = nil
		var todo []target
		seen := map[target]bool{}
		add := func(t target) {
			if !seen[t] {
				seen[t] = true
				todo = append(todo, t)
			}
		}
		for _, c := range queue {
			if err := b.touched(c, add); err != nil {
				return err
			}
		}
		for _, t := range todo {
			if err := b.recompute(t); err != nil {
				return err
			}
		}
	}
	return nil
}

// touched finds the computed fields that a change may concern.
func (b *batch) touched(c change, add func(target)) error {
	for _, f := range c.object.FeedsRollups {
		if err := b.touchedRollup(c, f, add); err != nil {
			return fmt.Errorf("roll-up %s.%s: %w", f.Object.Name, f.Name, err)
		}
	}
	for _, feed := range c.object.FeedsFormulas {
		if c.old == nil || !changedAny(c, feed.Fields) {
			continue // nobody refers to a new record yet
		}
		ids, err := b.ascend(feed.Formula.Object, feed.Path, []int64{c.id})
		if err != nil {
			return err
		}
		for _, id := range ids {
			add(target{feed.Formula, id})
		}
	}
	for _, f := range c.object.Fields { // paths of the records below in the tree
		if f.TreePath != nil && c.old != nil && c.old.get(f) != c.new.get(f) {
			ids, err := b.ascend(c.object, []*catalog.Field{f.TreePath.Parent}, []int64{c.id})
			if err != nil {
				return err
			}
			for _, id := range ids {
				add(target{f, id})
			}
		}
	}
	return nil
}

func changedAny(c change, fields []*catalog.Field) bool {
	for _, f := range fields {
		if c.old.get(f) != c.new.get(f) {
			return true
		}
	}
	return false
}

// touchedRollup finds the records whose roll-up counts, or counted, the changed record.
func (b *batch) touchedRollup(c change, f *catalog.Field, add func(target)) error {
	for i, hop := range f.Rollup.Path {
		if hop.Object != c.object {
			continue
		}
		for _, r := range []*row{c.old, c.new} {
			if r == nil {
				continue
			}
			id, err := b.climb(r, f.Rollup.Path[i:], f.Object)
			if err != nil {
				return err
			}
			if id != 0 {
				add(target{f, id})
			}
		}
	}
	if f.Rollup.Where == nil || c.old == nil {
		return nil
	}
	for _, in := range f.Rollup.Where.Inputs() { // a record on a path of the condition
		at, path := f.Rollup.Child, []*catalog.Field{}
		for _, name := range in.Path {
			hop := at.Field(name)
			path, at = append(path, hop), hop.Ref.Target()
			if at != c.object {
				continue
			}
			ids, err := b.ascend(f.Rollup.Child, path, []int64{c.id})
			if err != nil {
				return err
			}
			for _, id := range ids {
				child, err := b.find(f.Rollup.Child, id)
				if err != nil {
					return err
				}
				top, err := b.climb(child, f.Rollup.Path, f.Object)
				if err != nil {
					return err
				}
				if top != 0 {
					add(target{f, top})
				}
			}
		}
	}
	return nil
}

// climb follows references from a record up to its ancestor's id; 0 where the path breaks off.
func (b *batch) climb(r *row, path []*catalog.Field, top *catalog.Object) (int64, error) {
	for i, hop := range path {
		v := r.get(hop)
		if v.IsNull() {
			return 0, nil
		}
		for _, k := range b.pointsTo(hop, v) {
			if i == len(path)-1 {
				if k.object == top {
					return k.id, nil
				}
				return 0, nil
			}
			var err error
			if r, err = b.find(k.object, k.id); err != nil || r == nil {
				return 0, err
			}
		}
	}
	return 0, nil
}

// ascend finds the records of start whose path of lookups ends in one of ids.
func (b *batch) ascend(start *catalog.Object, path []*catalog.Field, ids []int64) ([]int64, error) {
	for i := len(path) - 1; i >= 0 && len(ids) > 0; i-- {
		hop := path[i]
		st, err := b.plans.stmt("ascend."+hop.Object.Name+"."+hop.Name, func() *driver.Query {
			return &driver.Query{Table: hop.Object.Table, Select: []driver.Expr{driver.Col{Name: "id"}}, Where: driver.In{Arg: hop.Col(), List: first}}
		})
		if err != nil {
			return nil, err
		}
		var next []int64
		if err := b.each(st, []value.Value{idList(ids)}, func(r driver.Rows) { next = append(next, r.Value(0).Int()) }); err != nil {
			return nil, err
		}
		ids = next
	}
	return ids, nil
}

// recompute computes one field of one record again; a new value is saved and travels on. The
// record's version stays: nobody edited it.
func (b *batch) recompute(t target) error {
	old, err := b.find(t.field.Object, t.id)
	if err != nil || old == nil {
		return err
	}
	r := old.clone()
	switch {
	case t.field.Rollup != nil:
		v, err := b.rollup(t.field, r)
		if err != nil {
			return err
		}
		r.set(t.field, v)
	case t.field.TreePath != nil:
		if err := b.trees(r); err != nil {
			return err
		}
	}
	b.cache[rowKey{r.object, r.id()}] = r
	if err := b.formulas(r, old); err != nil {
		return err
	}
	if !b.differs(r, old) {
		b.cache[rowKey{r.object, r.id()}] = old
		return nil
	}
	if err := b.save(r, old); err != nil {
		return err
	}
	b.wrote(change{r.object, r.id(), "compute", old, r})
	return nil
}

// rollup computes a roll-up of one record from its live descendants.
func (b *batch) rollup(f *catalog.Field, r *row) (value.Value, error) {
	ru := f.Rollup
	ids := []int64{r.id()}
	for i := len(ru.Path) - 1; i > 0; i-- { // down the hops, which must be alive too
		hop := ru.Path[i]
		rs, err := b.plans.stmt("hop."+hop.Object.Name+"."+hop.Name, func() *driver.Query {
			return &driver.Query{Table: hop.Object.Table, Select: []driver.Expr{driver.Col{Name: "id"}},
				Where: driver.And{Args: []driver.Expr{driver.In{Arg: hop.Col(), List: first}, aliveExpr(hop.Object)}}}
		})
		if err != nil {
			return value.Null, err
		}
		var next []int64
		if err := b.each(rs, []value.Value{idList(ids)}, func(r driver.Rows) { next = append(next, r.Value(0).Int()) }); err != nil {
			return value.Null, err
		}
		ids = next
	}
	st, arg, err := b.rollupStmt(f, ids)
	if err != nil {
		return value.Null, err
	}
	out := value.Null
	if err := b.each(st, []value.Value{arg}, func(rows driver.Rows) { out = rows.Value(0).Clone() }); err != nil {
		return value.Null, err
	}
	return RolledUp(f, out), nil
}

// RolledUp is the value of a roll-up for what its aggregate gives; null is that of no records.
func RolledUp(f *catalog.Field, v value.Value) value.Value {
	if v.IsNull() {
		v = overNothing(f.Rollup)
	}
	return fit(f, v)
}

// overNothing is the value of a roll-up without children: nothing counts and sums to 0, as people
// expect it, and has no least, greatest or average.
func overNothing(ru *catalog.Rollup) value.Value {
	switch ru.Func {
	case driver.Count, driver.CountDistinct, driver.Sum:
		return value.Int(0)
	}
	return value.Null
}

// childless gives the roll-ups of a new record, which has no children yet, their values.
func (b *batch) childless(r *row) {
	for _, f := range r.object.Fields {
		if f.Rollup != nil {
			r.set(f, fit(f, overNothing(f.Rollup)))
		}
	}
}

func (b *batch) rollupStmt(f *catalog.Field, ids []int64) (driver.Stmt, value.Value, error) {
	ru := f.Rollup
	via := ru.Path[0]
	var link driver.Expr = driver.In{Arg: via.Col(), List: first}
	arg := idList(ids)
	if via.Ref.Polymorphic && len(ru.Path) == 1 {
		link, arg = eq(via.Col(), first), value.Text(fmt.Sprintf("%s_%d", f.Object.IDPrefix, ids[0]))
	}
	make := func() *driver.Query {
		conds := []driver.Expr{link, aliveExpr(ru.Child)}
		if ru.Where != nil {
			w, err := ru.Where.Filter(expr.Env{NowMicros: b.now.Int()})
			if err != nil {
				conds = append(conds, driver.Func{Name: "untranslatable"}) // Prepare refuses it, with the condition's table
			} else {
				conds = append(conds, w)
			}
		}
		agg := driver.Agg{Func: ru.Func}
		if ru.Field != nil {
			agg.Expr = ru.Field.Col()
		}
		return &driver.Query{Table: ru.Child.Table, Where: driver.And{Args: conds}, Aggs: []driver.Agg{agg}}
	}
	if ru.Where != nil && ru.Where.UsesNow() {
		st, err := b.s.deps.Tenant.Store.Prepare(make())
		return st, arg, err
	}
	st, err := b.plans.stmt("rollup."+f.Object.Name+"."+f.Name, make)
	return st, arg, err
}
