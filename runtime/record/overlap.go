package record

import (
	"fmt"
	"strings"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/runtime/access"
)

// apart refuses a record whose range of time overlaps that of another with the same keys. The
// transaction is the only one that writes, so nothing can come between the check and the write.
func (b *batch) apart(r, old *row) error {
	for _, x := range r.object.Apart {
		if old != nil && !touches(x, r, old) {
			continue
		}
		hit, err := b.collides(x, r)
		if err != nil {
			return fmt.Errorf("constraint %s.%s: %w", r.object.Name, x.Name, err)
		}
		if hit != nil {
			return b.collision(x, hit)
		}
	}
	return nil
}

// touches says whether a change can make a record collide that did not before.
func touches(x *catalog.NoOverlap, r, old *row) bool {
	for f := range x.Reads {
		if r.get(f) != old.get(f) {
			return true
		}
	}
	return false
}

// collides finds a record that r must not be beside; nil when there is none.
func (b *batch) collides(x *catalog.NoOverlap, r *row) (*row, error) {
	from, to := r.get(x.From), r.get(x.To)
	if empty(x, from, to) {
		return nil, nil
	}
	if x.Where != nil {
		v, err := b.eval(x.Where, r, r)
		if err != nil || v.Kind() != value.KindBool || !v.Bool() {
			return nil, err
		}
	}
	q := &apartQuery{key: fmt.Sprintf("apart.%s.%s", r.object.Name, x.Name)}
	q.add(driver.Cmp{Op: driver.Ne, L: driver.Col{Name: catalog.ID}, R: q.param(value.Ref(r.id()))})
	for _, f := range x.Fields {
		if r.get(f).IsNull() {
			return nil, nil // null is equal to nothing
		}
		q.add(eq(f.Col(), q.param(r.get(f))))
	}
	for _, t := range x.Trees {
		path, err := b.pathOf(t, r)
		if err != nil || path == "" {
			return nil, err
		}
		q.tree(t, path)
	}
	q.ranges(x, from, to)
	found, err := b.rows(q.key, r.object, func() driver.Expr {
		conds := append(q.conds, aliveExpr(r.object))
		if x.Where != nil {
			if w, err := b.where(x.Where); err == nil { // it was translated for the index when it was published
				conds = append(conds, w)
			}
		}
		return driver.And{Args: conds}
	}, q.args...)
	if err != nil {
		return nil, err
	}
	for _, other := range found {
		if ok, err := b.meet(x, r, other); err != nil || ok {
			return other, err
		}
	}
	return nil, nil
}

// meet says whether two records whose ranges overlap collide.
func (b *batch) meet(x *catalog.NoOverlap, r, other *row) (bool, error) {
	if x.When == nil {
		return true, nil
	}
	was := b.named
	b.named = map[string]Named{catalog.OtherName: {Object: other.object, ID: other.id()}}
	defer func() { b.named = was }()
	v, err := b.eval(x.When, r, r)
	return v.Kind() == value.KindBool && v.Bool(), err
}

// empty says whether a range holds no time at all.
func empty(x *catalog.NoOverlap, from, to value.Value) bool {
	if from.IsNull() || to.IsNull() {
		return false
	}
	if n := value.Compare(from, to); x.From.Store.Type == driver.DateTime {
		return n >= 0
	} else {
		return n > 0
	}
}

// pathOf is the place in its tree that a record's lookup leads to, "" for none.
func (b *batch) pathOf(t catalog.TreeKey, r *row) (string, error) {
	ref := r.get(t.Lookup)
	if ref.IsNull() {
		return "", nil
	}
	node, err := b.find(t.Lookup.Ref.Target(), ref.Int())
	if err != nil || node == nil {
		return "", err
	}
	return node.get(t.Path).Text(), nil
}

// apartQuery finds the records that may collide with one. Which ends of the range are open decides
// the statement.
type apartQuery struct {
	key   string
	conds []driver.Expr
	args  []value.Value
}

func (q *apartQuery) add(e driver.Expr) { q.conds = append(q.conds, e) }

func (q *apartQuery) param(v value.Value) driver.Expr {
	q.args = append(q.args, v)
	return driver.Param{N: len(q.args) - 1}
}

// tree asks for records at, above or below a place.
func (q *apartQuery) tree(t catalog.TreeKey, path string) {
	above := "[" + strings.ReplaceAll(strings.Trim(path, "/"), "/", ",") + "]"
	q.add(driver.Or{Args: []driver.Expr{
		driver.In{Arg: t.Lookup.Col(), List: q.param(value.List(above))},
		driver.Match{Mode: "prefix", Pattern: q.param(value.Text(path)),
			Arg: driver.Lookup{Ref: t.Lookup.Col(), Table: t.Path.Object.Table, Expr: t.Path.Col()}},
	}})
}

// ranges asks for records whose range overlaps from…to.
func (q *apartQuery) ranges(x *catalog.NoOverlap, from, to value.Value) {
	after, before := driver.Ge, driver.Le
	if x.From.Store.Type == driver.DateTime {
		after, before = driver.Gt, driver.Lt
	}
	open := func(f *catalog.Field, e driver.Expr) driver.Expr {
		return driver.Or{Args: []driver.Expr{driver.IsNull{Arg: f.Col()}, e}}
	}
	if !from.IsNull() {
		q.add(open(x.To, driver.Cmp{Op: after, L: x.To.Col(), R: q.param(from)}))
		q.key += ".from"
	}
	if !to.IsNull() {
		q.add(open(x.From, driver.Cmp{Op: before, L: x.From.Col(), R: q.param(to)}))
		q.key += ".to"
	}
	q.add(driver.Or{Args: []driver.Expr{driver.IsNull{Arg: x.From.Col()}, driver.IsNull{Arg: x.To.Col()}, // it is not empty itself
		driver.Cmp{Op: before, L: x.From.Col(), R: x.To.Col()}}})
}

// collision is the refusal; it names the other record to those who may see it.
func (b *batch) collision(x *catalog.NoOverlap, other *row) *errs.Error {
	o := other.object
	e := errs.New(errs.Duplicate, "another record of %s has this period already", "%s 中已有记录占用该时段", o.Name).On(x.From.APIName)
	e.Rule = x.Name
	if len(x.Message) > 0 {
		e.Message.En, e.Message.Zh = x.Message.In("en"), x.Message.In("zh-CN")
	}
	var names []string
	for _, f := range x.Fields {
		names = append(names, f.APIName)
	}
	for _, t := range x.Trees {
		names = append(names, t.Lookup.APIName)
	}
	e.With("fields", append(names, x.From.APIName, x.To.APIName))
	if b.can(o, access.Read) != nil {
		return e
	}
	if _, err := b.visible(o, other.id(), access.Read); err == nil {
		e.With("record", fmt.Sprintf("%s_%d", o.IDPrefix, other.id()))
	}
	return e
}
