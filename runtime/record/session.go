package record

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/expr"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/ident"
	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/runtime/access"
)

// Session is the inside of one write transaction, for platform code that does more than write the
// records that a caller gave. What it writes is the platform's doing: it asks for no permission and
// sets fields that nobody else may set, but the object's rules, keys and computed fields hold. It
// must not be used after the function that got it returns.
type Session struct {
	b        *batch
	Warnings []Warning // of all writes so far
}

// Record is a record as a session sees it at one moment.
type Record struct{ row *row }

// Named is what expressions of a session may name besides the record's own fields: values by name,
// or, where Object is set, a record.
type Named struct {
	Values map[string]value.Value
	// Objects are those of the values that are records, by name.
	Objects map[string]*catalog.Object
	Object  *catalog.Object
	ID      int64
	Of      *catalog.Object // whose fields the values are, for those that may not read all; nil: no object's
}

// Transact runs fn in one write transaction under the catalogue that it was planned with. The
// results are those of Options.After and of the idempotency key.
func (s *Service) Transact(ctx context.Context, cat *catalog.Catalog, p access.Profile, opt Options, fn func(*Session) ([]Result, error)) ([]Result, error) {
	if opt.Check {
		opt.Once = nil
	}
	if opt.Once != nil {
		if err := opt.Once.check(); err != nil {
			return nil, err
		}
	}
	return s.transact(ctx, cat, p, opt, func(b *batch) ([]Result, error) {
		out, err := fn(&Session{b: b})
		if err != nil {
			return nil, b.explain(err, 0, false)
		}
		return out, nil
	})
}

// Catalog is the catalogue of the session.
func (s *Session) Catalog() *catalog.Catalog { return s.b.cat }

// Context is that of the call, with the caller.
func (s *Session) Context() context.Context { return s.b.ctx }

// Caller is who asked.
func (s *Session) Caller() ident.Caller { return s.b.caller }

// Tx is the transaction.
func (s *Session) Tx() store.Tx { return s.b.tx }

// Now is the moment of the session.
func (s *Session) Now() value.Value { return s.b.now }

// Zone is the tenant's time zone.
func (s *Session) Zone() *time.Location { return s.b.zone() }

// Today is the date of the moment in the tenant's time zone.
func (s *Session) Today() value.Value { return s.DayOf(s.b.now) }

// DayOf is the date of an instant in the tenant's time zone.
func (s *Session) DayOf(at value.Value) value.Value {
	t := at.AsTime().In(s.Zone())
	return value.Date(time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC).Unix() / 86400)
}

// Object is the record's object; nil for the zero Record.
func (r Record) Object() *catalog.Object {
	if r.row == nil {
		return nil
	}
	return r.row.object
}

// ID is the record's id; 0 for the zero Record.
func (r Record) ID() int64 {
	if r.row == nil {
		return 0
	}
	return r.row.id()
}

// Get is the value of one of its fields.
func (r Record) Get(f *catalog.Field) value.Value { return r.row.get(f) }

// Version counts the record's writes.
func (r Record) Version() int64 { return r.row.get(r.row.object.Field(catalog.Version)).Int() }

// Visible finds a live record that the caller may reach for op; NOT_FOUND or FORBIDDEN.
func (s *Session) Visible(o *catalog.Object, id int64, op access.Op) (Record, error) {
	if err := s.b.can(o, op); err != nil {
		return Record{}, err
	}
	r, err := s.b.visible(o, id, op)
	return Record{r}, err
}

// Find finds a live record, whoever may see it; ok is false when there is none.
func (s *Session) Find(o *catalog.Object, id int64) (rec Record, ok bool, err error) {
	r, err := s.b.find(o, id)
	if err != nil || !r.alive() {
		return Record{}, false, err
	}
	return Record{r}, true, nil
}

// Select reads the live records of an object that meet a condition over args, in an order. The
// statement is kept under the key: equal keys, equal conditions.
func (s *Session) Select(key string, o *catalog.Object, where func() driver.Expr, order []driver.Order, args ...value.Value) ([]Record, error) {
	return s.SelectSome(key, o, 0, where, order, args...)
}

// SelectSome is Select of the first records alone, of all with most 0.
func (s *Session) SelectSome(key string, o *catalog.Object, most int, where func() driver.Expr, order []driver.Order, args ...value.Value) ([]Record, error) {
	rows, err := s.b.some(key, o, most, func() driver.Expr { return driver.And{Args: []driver.Expr{aliveExpr(o), where()}} }, order, args...)
	out := make([]Record, len(rows))
	for i, r := range rows {
		out[i] = Record{r}
	}
	return out, err
}

// Aggregate reads the one row of an aggregation without groups.
func (s *Session) Aggregate(key string, q func() *driver.Query, args ...value.Value) (out []value.Value, err error) {
	st, err := s.b.plans.stmt(key, q)
	if err != nil {
		return nil, err
	}
	err = s.b.each(st, args, func(r driver.Rows) {
		out = make([]value.Value, len(q().Aggs))
		for i := range out {
			out[i] = r.Value(i).Clone()
		}
	})
	return out, err
}

// Eval computes an expression over a record, which may be the zero one, and names besides.
func (s *Session) Eval(p *expr.Program, of Record, named map[string]Named) (value.Value, error) {
	if err := s.Settle(); err != nil {
		return value.Null, err
	}
	if of.row != nil { // an earlier step may have changed it
		if now, err := s.b.find(of.row.object, of.row.id()); err != nil {
			return value.Null, err
		} else if now != nil {
			of.row = now
		}
	}
	s.b.named = named
	defer func() { s.b.named = nil }()
	v, err := s.b.eval(p, of.row, of.row)
	return v.Clone(), err
}

// Input is one input of an expression over a record.
func (s *Session) Input(in expr.Input, of Record) (value.Value, error) {
	return s.b.inputValue(in, of.row, of.row)
}

// Settle brings the computed fields up to date that depend on what the session wrote so far.
func (s *Session) Settle() error { return s.b.settle() }

// Create makes a record with the given values; defaults fill the others. Entries of ledgers are
// made by Enter.
func (s *Session) Create(o *catalog.Object, vals map[*catalog.Field]value.Value) (Record, error) {
	if err := appendOnly(o); err != nil {
		return Record{}, err
	}
	if err := s.b.s.room(); err != nil {
		return Record{}, err
	}
	return s.create(o, vals, s.b.mastersOpen)
}

func (s *Session) create(o *catalog.Object, vals map[*catalog.Field]value.Value, allowed func(*row) error) (Record, error) {
	b := s.b
	r := &row{o, make([]value.Value, len(o.Fields))}
	b.system(r, b.s.ids.next())
	b.childless(r)
	if err := b.defaults(r); err != nil {
		return Record{}, err
	}
	var ps problems
	if err := b.assign(r, vals, &ps); err != nil {
		return Record{}, err
	}
	if err := b.derived(r, func(f *catalog.Field) bool { _, ok := vals[f]; return ok }); err != nil {
		return Record{}, err
	}
	if err := allowed(r); err != nil {
		return Record{}, err
	}
	if err := b.numbers(r); err != nil {
		return Record{}, err
	}
	if err := b.prepare("create", r, nil); err != nil {
		return Record{}, err
	}
	warnings, err := b.complete(r, nil, ps)
	if err != nil {
		return Record{}, err
	}
	if err := b.insert(r); err != nil {
		return Record{}, err
	}
	b.wrote(change{o, r.id(), "create", nil, r})
	s.Warnings = append(s.Warnings, warnings...)
	return Record{r}, nil
}

// Update gives fields of a live record other values.
func (s *Session) Update(rec Record, vals map[*catalog.Field]value.Value) (Record, error) {
	if err := appendOnly(rec.row.object); err != nil {
		return rec, err
	}
	return s.update(rec, vals, s.b.unlocked)
}

func (s *Session) update(rec Record, vals map[*catalog.Field]value.Value, allowed func(r, old *row) error) (Record, error) {
	b := s.b
	old, err := b.find(rec.row.object, rec.row.id())
	if err != nil {
		return rec, err
	}
	if !old.alive() {
		return rec, notFound(rec.row.object, rec.row.id())
	}
	r := old.clone()
	var ps problems
	if err := b.assign(r, vals, &ps); err != nil {
		return rec, err
	}
	if b.differs(r, old) {
		if err := b.prepare("update", r, old); err != nil {
			return rec, err
		}
	}
	if err := allowed(r, old); err != nil {
		return rec, err
	}
	warnings, err := b.complete(r, old, ps)
	if err != nil {
		b.cache[rowKey{r.object, r.id()}] = old
		return rec, err
	}
	s.Warnings = append(s.Warnings, warnings...)
	if b.differs(r, old) {
		b.stamp(r)
		if err := b.save(r, old); err != nil {
			return rec, err
		}
		b.wrote(change{r.object, r.id(), "update", old, r})
	}
	return Record{r}, nil
}

// Delete puts a live record into the recycle bin.
func (s *Session) Delete(rec Record) error {
	r, err := s.b.find(rec.row.object, rec.row.id())
	if err != nil {
		return err
	}
	if !r.alive() {
		return notFound(rec.row.object, rec.row.id())
	}
	_, warnings, err := s.b.remove(r)
	s.Warnings = append(s.Warnings, warnings...)
	return err
}

// Result is the outcome that a record stands for.
func (s *Session) Result(rec Record) (Result, error) {
	if err := s.Settle(); err != nil {
		return Result{}, err
	}
	r, err := s.b.find(rec.row.object, rec.row.id())
	if err != nil {
		return Result{}, err
	}
	return *result(r, false, s.Warnings), nil
}

// IfVersion refuses a record that was changed since a version; nil asks for none.
func (s *Session) IfVersion(rec Record, version *int64) error {
	return ifVersion(&Op{Object: rec.row.object, IfVersion: version}, rec.row)
}

// assign sets computed values as input would set them: rounded, within the field's bounds, and
// naming no file that the caller may not read.
func (b *batch) assign(r *row, vals map[*catalog.Field]value.Value, ps *problems) error {
	for f, v := range vals {
		fitted, e := Coerced(f, fit(f, v))
		if e == nil {
			var err error
			if fitted, e, err = b.given(f, fitted, r.get(f)); err != nil {
				return err
			}
		}
		if e != nil {
			ps.add(e.On(f.APIName))
			continue
		}
		r.set(f, fitted)
	}
	return nil
}

// Coerced holds a value against what its field takes.
func Coerced(f *catalog.Field, v value.Value) (value.Value, *errs.Error) {
	if v.IsNull() {
		return v, nil
	}
	d := json.NewDecoder(bytes.NewReader(f.Type.AppendJSON(nil, v)))
	d.UseNumber()
	var in any
	if err := d.Decode(&in); err != nil {
		return value.Null, errs.From(fmt.Errorf("write a value of %s: %w", f.Name, err))
	}
	out, e := f.Type.Coerce(in)
	if e != nil {
		c := *e
		return value.Null, &c
	}
	return out.Clone(), nil
}

// namedValue is the value of an input that begins with a name of the session; known is false for
// others.
func (b *batch) namedValue(in expr.Input) (v value.Value, known bool, err error) {
	first, rest := in.Field, []string(nil)
	if len(in.Path) > 0 {
		first, rest = in.Path[0], in.Path[1:]
	}
	n, ok := b.named[first]
	if !ok {
		return value.Null, false, nil
	}
	if n.Object == nil && len(in.Path) == 0 || in.Kind == expr.PriorInput {
		return value.Null, true, nil
	}
	at := rowKey{n.Object, n.ID}
	switch {
	case n.Object != nil && len(in.Path) == 0:
		return value.Ref(n.ID), true, nil
	case n.Object != nil:
	case len(rest) == 0:
		return n.Values[in.Field], true, nil
	default:
		ref := n.Values[rest[0]]
		if ref.IsNull() || n.Objects[rest[0]] == nil {
			return value.Null, true, nil
		}
		at, rest = rowKey{n.Objects[rest[0]], ref.Int()}, rest[1:]
	}
	r, err := b.find(at.object, at.id)
	if err != nil {
		return value.Null, true, err
	}
	v, err = b.valueAt(in, r, rest)
	return v, true, err
}
