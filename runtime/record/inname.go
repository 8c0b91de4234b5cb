package record

import (
	"fmt"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/runtime/access"
)

// What a session does in the name of its caller: with the caller's permissions, and no more.

// Profile is what the caller may do.
func (s *Session) Profile() access.Profile { return s.b.access }

// Write carries out an operation as the caller would. After an error the session must not go on: a
// part of the operation may have been carried out.
func (s *Session) Write(op Op) (Result, error) {
	res, err := s.b.do(&op, 0)
	if err != nil {
		return Result{}, s.b.explain(err, 0, false)
	}
	s.Warnings = append(s.Warnings, res.Warnings...)
	return *res, nil
}

// Ask is a read of the records that the caller sees.
type Ask struct {
	Object *catalog.Object
	// Shape tells asks with other conditions and orders apart; the values are in Args.
	Shape string
	Where driver.Expr // over Args; nil: all
	Order []driver.Order
	Args  []value.Value
	Limit int // at most as many records are read
}

// Read reads records that the caller sees, as they are within the session.
func (s *Session) Read(a Ask) ([]Record, error) {
	b := s.b
	if err := b.can(a.Object, access.Read); err != nil {
		return nil, err
	}
	if err := s.Settle(); err != nil {
		return nil, err
	}
	var out []Record
	err := b.ask(&a, nil, func(r driver.Rows) { out = append(out, Record{scan(a.Object, r)}) })
	for i, x := range out { // what this transaction has seen wins
		key := rowKey{a.Object, x.ID()}
		if c := b.cache[key]; c != nil {
			out[i] = Record{c}
		} else {
			b.cache[key] = x.row
		}
	}
	return out, err
}

// Summarise aggregates the records that the caller sees and Ask.Where lets through: one value per
// aggregate. Order and Limit are of no use to it.
func (s *Session) Summarise(a Ask, aggs []driver.Agg) (out []value.Value, err error) {
	if err := s.b.can(a.Object, access.Read); err != nil {
		return nil, err
	}
	if err := s.Settle(); err != nil {
		return nil, err
	}
	err = s.b.ask(&a, aggs, func(r driver.Rows) {
		out = make([]value.Value, len(aggs))
		for i := range out {
			out[i] = r.Value(i).Clone()
		}
	})
	return out, err
}

func (b *batch) ask(a *Ask, aggs []driver.Agg, each func(driver.Rows)) error {
	q, err := b.plans.asked(b.access, a, aggs)
	if err != nil {
		return err
	}
	args := append(a.Args[:len(a.Args):len(a.Args)], value.Int(int64(a.Limit)))
	return b.each(q.stmt, q.own.Append(args, b.access), each)
}

// ByKey finds the record with a unique key among those that the caller sees; ok is false when there
// is none. key holds values by GraphQL name.
func (s *Session) ByKey(o *catalog.Object, key map[string]any) (rec Record, ok bool, err error) {
	b := s.b
	if err := b.can(o, access.Read); err != nil {
		return Record{}, false, err
	}
	k := keyOf(o, key)
	if k == nil {
		return Record{}, false, errs.New(errs.InvalidInput, "the key names no unique key of %s", "该键不是 %s 的唯一键", o.Name).On("key")
	}
	r, err := b.byKey(o, k, key)
	if err != nil || !r.alive() {
		return Record{}, false, err
	}
	seen, err := b.among(o, r.id(), access.Read)
	return Record{r}, seen, err
}

// asking is a statement of Ask, for profiles of one key.
type asking struct {
	stmt driver.Stmt
	own  *access.Values
}

// maxAsked is how many such statements one catalogue keeps.
const maxAsked = 2000

func (p *plans) asked(who access.Profile, a *Ask, aggs []driver.Agg) (*asking, error) {
	key := fmt.Sprintf("%s\x00%s\x00%s", who.Key(), a.Object.Name, a.Shape)
	p.mu.Lock()
	defer p.mu.Unlock()
	if q := p.ask[key]; q != nil {
		return q, nil
	}
	n := len(a.Args)
	q := &asking{own: access.NewValues(n + 1)}
	all := []driver.Expr{aliveExpr(a.Object)}
	if a.Where != nil {
		all = append(all, a.Where)
	}
	if rows := who.Rows(a.Object, access.Read, q.own.Bind); rows != nil {
		all = append(all, rows)
	}
	stmt := &driver.Query{Table: a.Object.Table, Aggs: aggs, Where: driver.And{Args: all}}
	if len(aggs) == 0 {
		stmt.Select, stmt.Order, stmt.Limit = allColumns(a.Object), a.Order, driver.Param{N: n}
	}
	st, err := p.s.deps.Tenant.Store.Prepare(stmt)
	if err != nil {
		return nil, fmt.Errorf("prepare a read of %s: %w", a.Object.Name, err)
	}
	q.stmt = st
	if len(p.ask) >= maxAsked {
		clear(p.ask)
	}
	p.ask[key] = q
	return q, nil
}
