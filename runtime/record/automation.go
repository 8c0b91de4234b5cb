package record

import (
	"time"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/expr"
	"github.com/tenon-platform/tenon/platform/clock"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/runtime/access"
)

// Event is one write of one record. New is what it is about to be, or is; Old, the zero Record for a
// new one, what it was.
type Event struct {
	Verb     string // create, update, delete or restore
	Old, New Record
}

// Object is the record's object.
func (e Event) Object() *catalog.Object { return e.New.row.object }

// Changed says whether the write gives a field another value.
func (e Event) Changed(f *catalog.Field) bool {
	a, z := e.Old.row.get(f), e.New.row.get(f)
	return a != z && !value.Equal(a, z)
}

// Prior is the value that a field had.
func (e Event) Prior(f *catalog.Field) value.Value { return e.Old.row.get(f) }

// Automation is what happens by itself with writes. What it refuses does not happen.
type Automation interface {
	// Before may change a record that is about to be checked and written, with Session.Put.
	Before(se *Session, e Event) error
	// After hears of the writes of a transaction before it commits, in order.
	After(se *Session, es []Event) error
}

// Hearer is an Automation that also hears of what was computed anew because other records were written.
type Hearer interface {
	Computed(se *Session, es []Event) error
}

// Automate adds to what happens by itself with writes, before the service is used.
func (s *Service) Automate(a Automation) { s.autos = append(s.autos, a) }

// Companion is what the platform keeps beside records in the transactions that write them. It hears
// of computed changes, too, with the verb "compute", and what it writes is heard of again.
type Companion interface {
	Accompany(se *Session, es []Event) error
}

// Accompanied adds to what is kept beside records, before the service is used.
func (s *Service) Accompanied(by Companion) { s.companions = append(s.companions, by) }

// maxFollow is how often what companions write may make them write more.
const maxFollow = 8

// accompany lets the companions hear of what was written, until nothing more follows from it. What they
// write passes locks: it is no write of whoever is locked out.
func (b *batch) accompany() error {
	if len(b.s.companions) == 0 {
		return nil
	}
	through := b.opt.Through
	defer func() { b.opt.Through = through }()
	b.opt.Through = true
	for heard, round := 0, 0; heard < len(b.log); round++ {
		if round == maxFollow {
			return errs.New(errs.LimitExceeded, "what follows from these writes does not come to an end", "写入引发的后续变更未能收敛")
		}
		es := make([]Event, 0, len(b.log)-heard)
		for _, c := range b.log[heard:] {
			if c.new != nil {
				es = append(es, Event{c.verb, Record{c.old}, Record{c.new}})
			}
		}
		heard = len(b.log)
		for _, c := range b.s.companions {
			if err := c.Accompany(&Session{b: b}, es); err != nil {
				return err
			}
		}
		if err := b.settle(); err != nil {
			return err
		}
	}
	return nil
}

// longPrepared is how long automations may hold up one transaction.
const longPrepared = 2 * time.Second

// prepare lets automations change a record that is about to be written.
func (b *batch) prepare(verb string, r, old *row) error {
	if len(b.s.autos) == 0 || b.opt.Loader {
		return nil
	}
	watch := clock.Start()
	var err error
	for _, a := range b.s.autos {
		if err = a.Before(&Session{b: b}, Event{verb, Record{old}, Record{r}}); err != nil {
			break
		}
	}
	if b.prepared += watch.Elapsed(); err == nil && b.prepared > longPrepared {
		err = errs.New(errs.Timeout, "the automations that go before these writes take more than %d seconds", "写入前的自动化耗时超过 %d 秒", int(longPrepared.Seconds()))
	}
	return err
}

// follow lets automations hear of what was written.
func (b *batch) follow() error {
	if len(b.s.autos) == 0 {
		return nil
	}
	var es, computed []Event
	for _, c := range b.log {
		switch c.verb {
		case "create", "update", "delete", "restore":
			es = append(es, Event{c.verb, Record{c.old}, Record{c.new}})
		case "compute":
			if c.new != nil {
				computed = append(computed, Event{c.verb, Record{c.old}, Record{c.new}})
			}
		}
	}
	for _, a := range b.s.autos {
		if h, ok := a.(Hearer); ok && len(computed) > 0 {
			if err := h.Computed(&Session{b: b}, computed); err != nil {
				return err
			}
		}
		if len(es) == 0 {
			continue
		}
		if err := a.After(&Session{b: b}, es); err != nil {
			return err
		}
	}
	return nil
}

// JSON is a value of a record as the API shows it.
func (s *Session) JSON(f *catalog.Field, rec Record) []byte { return jsonOf(f, rec.row) }

// Loading says that records are loaded rather than written: only what must hold whatever happens follows.
func (s *Session) Loading() bool { return s.b.opt.Loader }

// Kept finds a record, also in the recycle bin, whoever may see it; the zero Record when there is none.
func (s *Session) Kept(o *catalog.Object, id int64) (Record, error) {
	r, err := s.b.find(o, id)
	return Record{r}, err
}

// Put gives fields of a record that is about to be written other values.
func (s *Session) Put(rec Record, vals map[*catalog.Field]value.Value) error {
	var ps problems
	if err := s.b.assign(rec.row, vals, &ps); err != nil {
		return err
	}
	return ps.err()
}

// Judge computes an expression over a write, which may ask what was before.
func (s *Session) Judge(p *expr.Program, e Event, named map[string]Named) (value.Value, error) {
	s.b.named = named
	defer func() { s.b.named = nil }()
	v, err := s.b.eval(p, e.New.row, e.Old.row)
	return v.Clone(), err
}

// Filter translates a condition over records of an object to the store's algebra.
func (s *Session) Filter(p *expr.Program) (driver.Expr, error) {
	return p.Filter(expr.Env{NowMicros: s.b.now.Int()})
}

// IDs reads the ids of live records that meet a condition and that the session's profile may see.
func (s *Session) IDs(o *catalog.Object, where []driver.Expr, order []driver.Order, limit int) ([]int64, error) {
	if err := s.Settle(); err != nil {
		return nil, err
	}
	if c := s.b.access.Rows(o, access.Read, func(a access.Attr) driver.Expr { return driver.Const{Value: s.b.access.Value(a)} }); c != nil {
		where = append(where, c)
	}
	q := &driver.Query{Table: o.Table, Select: []driver.Expr{driver.Col{Name: "id"}}, Where: driver.And{Args: append([]driver.Expr{aliveExpr(o)}, where...)},
		Order: append(order, driver.Order{Expr: driver.Col{Name: "id"}}), Limit: driver.Const{Value: value.Int(int64(limit))}}
	st, err := s.b.s.deps.Tenant.Store.Prepare(q)
	if err != nil {
		return nil, err
	}
	var out []int64
	err = s.b.each(st, nil, func(r driver.Rows) { out = append(out, r.Value(0).Int()) })
	return out, err
}

// Figures computes aggregates over live records that meet a condition and that the session's profile may see.
func (s *Session) Figures(o *catalog.Object, where []driver.Expr, aggs []driver.Agg) ([]value.Value, error) {
	if err := s.Settle(); err != nil {
		return nil, err
	}
	if c := s.b.access.Rows(o, access.Read, func(a access.Attr) driver.Expr { return driver.Const{Value: s.b.access.Value(a)} }); c != nil {
		where = append(where, c)
	}
	st, err := s.b.s.deps.Tenant.Store.Prepare(&driver.Query{Table: o.Table, Aggs: aggs, Where: driver.And{Args: append([]driver.Expr{aliveExpr(o)}, where...)}})
	if err != nil {
		return nil, err
	}
	out := make([]value.Value, len(aggs))
	err = s.b.each(st, nil, func(r driver.Rows) {
		for i := range out {
			out[i] = r.Value(i).Clone()
		}
	})
	return out, err
}
