package record

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/runtime/access"
)

// FillSpec says which fields of an object's existing records get values in a publish.
type FillSpec struct {
	Object  *catalog.Object // of the catalogue that is to be
	Default []*catalog.Field
	Compute []*catalog.Field
	Convert []Convert
}

// Convert carries a retyped field's values over from its old column.
type Convert struct {
	Column string
	To     *catalog.Field
	Value  func(value.Value) value.Value
}

// Position is the last event written so far: where CatchUp starts.
func (s *Service) Position(ctx context.Context) (n int64, err error) {
	err = s.deps.Tenant.Store.Update(ctx, func(tx store.Tx) error {
		n, err = tx.NextSequence(ctx, OutboxTable, 0)
		return err
	})
	return n, err
}

// Fill fills the next records after an id, in one transaction, under a catalogue that does not
// serve yet. It gives the last id, 0 when there were no more, and how many records it handled.
func (s *Service) Fill(ctx context.Context, cat *catalog.Catalog, spec FillSpec, after int64) (last int64, n int, err error) {
	err = s.deps.Tenant.Store.Update(ctx, func(tx store.Tx) error {
		b := s.batch(ctx, tx, cat, access.Everything, Options{})
		last, n = 0, 0
		st, err := b.plans.stmt("fill."+spec.Object.Name, func() *driver.Query {
			id := driver.Col{Name: "id"}
			return &driver.Query{Table: spec.Object.Table, Select: allColumns(spec.Object), Where: driver.Cmp{Op: driver.Gt, L: id, R: first},
				Order: []driver.Order{{Expr: id}}, Limit: driver.Const{Value: value.Int(pageSize)}}
		})
		if err != nil {
			return err
		}
		var rs []*row
		if err := b.each(st, []value.Value{value.Ref(after)}, func(r driver.Rows) { rs = append(rs, scan(spec.Object, r)) }); err != nil {
			return err
		}
		for _, r := range rs {
			if err := b.fill(spec, r); err != nil {
				return fmt.Errorf("record %s_%d: %w", spec.Object.IDPrefix, r.id(), err)
			}
			last = r.id()
		}
		n = len(rs)
		return nil
	})
	return last, n, err
}

func (b *batch) fill(spec FillSpec, old *row) error {
	r := old.clone()
	for _, f := range spec.Default {
		if !r.get(f).IsNull() {
			continue
		}
		v := f.Default.Value
		if f.Default.Expr != nil {
			var err error
			if v, err = b.eval(f.Default.Expr, r, nil); err != nil {
				return err
			}
		}
		r.set(f, fit(f, v))
	}
	for _, c := range spec.Convert {
		v, err := b.column(r, c.Column)
		if err != nil {
			return err
		}
		r.set(c.To, c.Value(v))
	}
	b.cache[rowKey{r.object, r.id()}] = r
	for _, f := range spec.Compute {
		if f.Rollup != nil {
			v, err := b.rollup(f, r)
			if err != nil {
				return err
			}
			r.set(f, v)
		}
	}
	if err := b.numbers(r); err != nil {
		return err
	}
	if err := b.trees(r); err != nil {
		return err
	}
	if err := b.formulas(r, old); err != nil {
		return err
	}
	return b.save(r, old)
}

// column reads a column that the new catalogue no longer knows.
func (b *batch) column(r *row, name string) (out value.Value, err error) {
	st, err := b.plans.stmt("column."+r.object.Table+"."+name, func() *driver.Query {
		return &driver.Query{Table: r.object.Table, Select: []driver.Expr{driver.Col{Name: name}}, Where: eq(driver.Col{Name: "id"}, first)}
	})
	if err != nil {
		return out, err
	}
	err = b.each(st, []value.Value{value.Ref(r.id())}, func(rows driver.Rows) { out = rows.Value(0).Clone() })
	return out, err
}

// CatchUp brings the filled fields up to date with the writes since an event, inside the
// transaction that makes cat serve: no writer can come between.
func (s *Service) CatchUp(ctx context.Context, tx store.Tx, cat *catalog.Catalog, specs []FillSpec, since int64) error {
	b := s.batch(ctx, tx, cat, access.Everything, Options{})
	st, err := b.plans.stmt("events", func() *driver.Query {
		q := &driver.Query{Table: OutboxTable, Where: driver.Cmp{Op: driver.Gt, L: driver.Col{Name: "id"}, R: first},
			Order: []driver.Order{{Expr: driver.Col{Name: "id"}}}}
		for _, c := range []string{"object", "record", "verb", "changes"} {
			q.Select = append(q.Select, driver.Col{Name: c})
		}
		return q
	})
	if err != nil {
		return err
	}
	type event struct {
		object, verb, changes string
		id                    int64
	}
	var events []event
	if err := b.each(st, []value.Value{value.Ref(since)}, func(r driver.Rows) {
		events = append(events, event{r.Value(0).Clone().Text(), r.Value(2).Clone().Text(), r.Value(3).Clone().Text(), r.Value(1).Int()})
	}); err != nil {
		return err
	}
	objects := b.byTable()
	for _, e := range events {
		o := objects[e.object]
		if o == nil {
			continue
		}
		r, err := b.find(o, e.id)
		if err != nil {
			return err
		}
		if r == nil {
			continue
		}
		for _, spec := range specs {
			if spec.Object == o {
				if err := b.fill(spec, r); err != nil {
					return err
				}
			}
		}
		if r, err = b.find(o, e.id); err != nil {
			return err
		}
		c := change{object: o, id: e.id, verb: e.verb, new: r, old: before(r, e.changes)}
		b.queue = append(b.queue, c)
	}
	return b.settle()
}

// byTable finds the new catalogue's objects by their physical names, which no rename changes.
func (b *batch) byTable() map[string]*catalog.Object {
	out := make(map[string]*catalog.Object, len(b.cat.Objects))
	for _, o := range b.cat.Objects {
		out[o.Table] = o
	}
	return out
}

// before rebuilds a record as it was before an event, as far as references go: enough to find
// the parents that it has left.
func before(r *row, changes string) *row {
	old := r.clone()
	d := json.NewDecoder(bytes.NewReader([]byte(changes)))
	d.UseNumber()
	var m map[string][2]any
	if d.Decode(&m) != nil {
		return old
	}
	for name, pair := range m {
		if f := r.object.ByAPIName[name]; f != nil && f.Column != "" {
			if v, e := f.Type.Coerce(pair[0]); e == nil {
				old.set(f, v)
			}
		}
	}
	return old
}
