package record

import (
	"context"
	"fmt"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/runtime/access"
)

// scanPage is how many records one transaction of a scan compares with those before them.
const scanPage = 100

// Extent is what a scan has to go through: how many records, of which the last has an id.
type Extent struct{ Records, Last int64 }

// Scanned is what one page of a scan did.
type Scanned struct {
	Last    int64 // id of the last record; 0: there were none, the scan is over
	Records int   // that were compared with those before them
	Cases   int   // that are new
}

// MayScan refuses callers who may not have the records of an object compared with each other: they
// need to see the object, what one of its rules compares, and to decide cases.
func (s *Service) MayScan(cat *catalog.Catalog, p access.Profile, o *catalog.Object) error {
	cases := cat.Serving(catalog.RoleDuplicateCase)
	switch {
	case !p.Can(o, access.Read):
		return errs.New(errs.NotFound, "there is no object %s", "没有对象 %s", o.Name).On("object")
	case cases == nil || len(o.Duplicates) == 0:
		return errs.New(errs.InvalidInput, "%s has no rules that find duplicates, or no object keeps the cases", "%s 没有判重规则，或没有对象记录疑似重复", o.Name).On("object")
	case !p.Can(cases, access.Update) || len(scanRules(p, o)) == 0:
		return errs.New(errs.Forbidden, "you may not look for duplicates of %s", "您无权对 %s 查重", o.Name).On("object")
	}
	return nil
}

// scanRules are the rules that look at nothing that the caller may not read.
func scanRules(p access.Profile, o *catalog.Object) (out []*catalog.DuplicateRule) {
	for _, x := range o.Duplicates {
		if Compares(p, x) {
			out = append(out, x)
		}
	}
	return out
}

// Extent counts the records of an object that the caller may see.
func (s *Service) Extent(ctx context.Context, tx store.Tx, cat *catalog.Catalog, p access.Profile, o *catalog.Object) (Extent, error) {
	b := s.batch(ctx, tx, cat, p, Options{})
	var out Extent
	st, own, err := b.plans.seen(p, o, "extent", 0, func(where ...driver.Expr) *driver.Query {
		return &driver.Query{Table: o.Table, Where: driver.And{Args: where},
			Aggs: []driver.Agg{{Func: driver.Count}, {Func: driver.Max, Expr: driver.Col{Name: catalog.ID}}}}
	})
	if err != nil {
		return out, err
	}
	err = b.each(st, own.Append(nil, p), func(r driver.Rows) {
		if out.Records = r.Value(0).Int(); out.Records > 0 {
			out.Last = r.Value(1).Int()
		}
	})
	return out, err
}

// ScanDuplicates compares the next records after one, up to another, with those before them by
// each rule of their object, and keeps a case for each pair that a rule takes for the same unless
// there is one: what rules do when records are written, for those that were there before. Rules
// that look at what the caller may not read find nothing, nor does any find a record that the
// caller may not see. mark runs in the same transaction, so that how far the scan has come and what
// it found are one. ErrCatalogMoved when another catalogue serves by now: do it again.
func (s *Service) ScanDuplicates(ctx context.Context, cat *catalog.Catalog, p access.Profile, o *catalog.Object, after, upTo int64, mark func(store.Tx, Scanned) error) error {
	if made := p.Catalog(); made != nil && made != cat {
		return ErrCatalogMoved
	}
	if err := s.MayScan(cat, p, o); err != nil {
		return err
	}
	var done Scanned
	_, err := s.transact(ctx, cat, p, Options{After: func(tx store.Tx, _ []Result) error { return mark(tx, done) }}, func(b *batch) ([]Result, error) {
		var err error
		done, err = b.scan(o, after, upTo)
		return nil, err
	})
	return err
}

func (b *batch) scan(o *catalog.Object, after, upTo int64) (done Scanned, err error) {
	page, err := b.seenPage(o, after, upTo)
	if err != nil {
		return done, err
	}
	rules := scanRules(b.access, o)
	for _, r := range page {
		for _, x := range rules {
			n, err := b.scanOne(x, r)
			if err != nil {
				return done, fmt.Errorf("duplicate rule %s.%s: %w", o.Name, x.Name, err)
			}
			done.Cases += n
		}
		done.Records, done.Last = done.Records+1, r.id()
	}
	return done, nil
}

// scanOne compares a record with those before it.
func (b *batch) scanOne(x *catalog.DuplicateRule, r *row) (int, error) {
	found, err := b.alikeOf(x, r, func(k *catalog.DuplicateKey, v value.Value) ([]*row, error) { return b.older(k, v, r.id()) })
	if err != nil {
		return 0, err
	}
	var open []Found
	for _, f := range found { // one by one: of many only the first are asked about
		some, err := b.undecided(r, []Found{f})
		if err != nil {
			return 0, err
		}
		if open = append(open, some...); len(open) == maxTold {
			break
		}
	}
	return b.enqueue(x, r, open)
}

var second = driver.Param{N: 1}

// seenPage reads the next live records that the caller may see.
func (b *batch) seenPage(o *catalog.Object, after, upTo int64) (out []*row, err error) {
	id := driver.Col{Name: catalog.ID}
	st, own, err := b.plans.seen(b.access, o, "page", 2, func(where ...driver.Expr) *driver.Query {
		where = append([]driver.Expr{driver.Cmp{Op: driver.Gt, L: id, R: first}, driver.Cmp{Op: driver.Le, L: id, R: second}}, where...)
		return &driver.Query{Table: o.Table, Select: allColumns(o), Where: driver.And{Args: where}, Order: []driver.Order{{Expr: id}}, Limit: driver.Const{Value: value.Int(scanPage)}}
	})
	if err != nil {
		return nil, err
	}
	err = b.each(st, own.Append([]value.Value{value.Ref(after), value.Ref(upTo)}, b.access), func(r driver.Rows) { out = append(out, scan(o, r)) })
	return out, err
}

// older reads the records with the value of a key, before one in the order of ids, that the caller may see.
func (b *batch) older(k *catalog.DuplicateKey, v value.Value, than int64) (out []*row, err error) {
	o, id := k.Field.Object, driver.Col{Name: catalog.ID}
	st, own, err := b.plans.seen(b.access, o, "older."+k.Field.Name, 2, func(where ...driver.Expr) *driver.Query {
		q := withKeyQuery(k)
		q.Where = driver.And{Args: append([]driver.Expr{eq(k.Field.Col(), first), driver.Cmp{Op: driver.Lt, L: id, R: second}}, where...)}
		return q
	})
	if err != nil {
		return nil, err
	}
	err = b.each(st, own.Append([]value.Value{v, value.Ref(than)}, b.access), func(r driver.Rows) { out = append(out, scan(o, r)) })
	return out, err
}

// seen is a statement over the live records that profiles of one key may see. Its own parameters
// are the first ones, so many; make gets what its rows must meet besides.
func (p *plans) seen(who access.Profile, o *catalog.Object, use string, params int, make func(where ...driver.Expr) *driver.Query) (driver.Stmt, *access.Values, error) {
	key := fmt.Sprintf("%s\x00%s\x00%s", who.Key(), o.Name, use)
	p.mu.Lock()
	defer p.mu.Unlock()
	if q := p.reach[key]; q != nil {
		return q.stmt, q.own, nil
	}
	q := &reaching{own: access.NewValues(params)}
	where := []driver.Expr{aliveExpr(o)}
	if cond := who.Rows(o, access.Read, q.own.Bind); cond != nil {
		where = append(where, cond)
	}
	var err error
	if q.stmt, err = p.s.deps.Tenant.Store.Prepare(make(where...)); err != nil {
		return nil, nil, fmt.Errorf("prepare a scan of %s: %w", o.Name, err)
	}
	if len(p.reach) >= maxReaching {
		clear(p.reach)
	}
	p.reach[key] = q
	return q.stmt, q.own, nil
}
