package record

import (
	"context"
	"fmt"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/runtime/access"
)

// pageSize is how many records a job handles in one transaction.
const pageSize = 500

// Drift is a stored value that is not what it should be.
type Drift struct {
	Object string `json:"object"`
	ID     string `json:"id"`
	Field  string `json:"field"`
	Stored string `json:"stored"`
	Right  string `json:"right"`
}

// Reconcile computes all roll-ups and stored formulas of an object again, in batches, and reports
// the values that differ; with repair it writes the right ones.
func (s *Service) Reconcile(ctx context.Context, o *catalog.Object, repair bool) (out []Drift, err error) {
	var fields []*catalog.Field
	for _, f := range o.Fields {
		if f.Rollup != nil || f.Formula != nil && f.Formula.Stored {
			fields = append(fields, f)
		}
	}
	return s.reconcile(ctx, o, fields, repair)
}

// reconcile is Reconcile for some of the computed fields.
func (s *Service) reconcile(ctx context.Context, o *catalog.Object, fields []*catalog.Field, repair bool) (out []Drift, err error) {
	cat := s.deps.Tenant.Catalog()
	for after := int64(0); ; {
		var page []Drift
		last := int64(0)
		err := s.deps.Tenant.Store.Update(ctx, func(tx store.Tx) error {
			b := s.batch(ctx, tx, cat, access.Everything, Options{})
			page = nil
			var err error
			last, err = b.page(o, after, func(old *row) error {
				r, err := b.fresh(old, fields)
				if err != nil {
					return err
				}
				page = append(page, drift(r, old, fields)...)
				if repair && b.differs(r, old) {
					b.wrote(change{o, r.id(), "compute", old, r})
					return b.save(r, old)
				}
				b.cache[rowKey{o, old.id()}] = old
				return nil
			})
			if err != nil {
				return err
			}
			if err := b.settle(); err != nil {
				return err
			}
			return b.publish(nil)
		})
		if err != nil {
			return out, fmt.Errorf("reconcile %s: %w", o.Name, err)
		}
		out = append(out, page...)
		if last == 0 {
			return out, nil
		}
		after = last
	}
}

// page hands the next live records to fn; it gives the last id, 0 when there were none.
func (b *batch) page(o *catalog.Object, after int64, fn func(*row) error) (last int64, err error) {
	st, err := b.plans.stmt("page."+o.Name, func() *driver.Query {
		id := driver.Col{Name: "id"}
		return &driver.Query{Table: o.Table, Select: allColumns(o), Where: driver.And{Args: []driver.Expr{
			driver.Cmp{Op: driver.Gt, L: id, R: first}, aliveExpr(o)}},
			Order: []driver.Order{{Expr: id}}, Limit: driver.Const{Value: value.Int(pageSize)}}
	})
	if err != nil {
		return 0, err
	}
	var rs []*row
	if err := b.each(st, []value.Value{value.Ref(after)}, func(r driver.Rows) { rs = append(rs, scan(o, r)) }); err != nil {
		return 0, err
	}
	for _, r := range rs {
		last = r.id()
		if err := fn(r); err != nil {
			return 0, err
		}
	}
	return last, nil
}

// fresh is a record with the given computed fields computed anew.
func (b *batch) fresh(old *row, fields []*catalog.Field) (*row, error) {
	r := old.clone()
	b.cache[rowKey{r.object, r.id()}] = r
	for _, f := range fields {
		if f.Rollup != nil {
			v, err := b.rollup(f, r)
			if err != nil {
				return nil, err
			}
			r.set(f, v)
		}
	}
	if err := b.trees(r); err != nil {
		return nil, err
	}
	return r, b.formulas(r, old)
}

func drift(r, old *row, fields []*catalog.Field) (out []Drift) {
	for _, f := range fields {
		if a, z := old.get(f), r.get(f); a != z && !value.Equal(a, z) {
			out = append(out, Drift{Object: f.Object.Name, ID: fmt.Sprintf("%s_%d", f.Object.IDPrefix, r.id()), Field: f.Name,
				Stored: string(appendValue(nil, f, a)), Right: string(appendValue(nil, f, z))})
		}
	}
	return out
}
