package record

import (
	"encoding/json"
	"fmt"
	"sync"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/expr"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
)

// plans are the prepared statements of one catalogue, made when first needed.
type plans struct {
	s     *Service
	mu    sync.Mutex
	stmts map[string]driver.Stmt
	reach map[string]*reaching // by profile, object and op
	ask   map[string]*asking   // by profile, object and shape
}

func (s *Service) plansOf(cat *catalog.Catalog) *plans {
	s.mu.Lock()
	defer s.mu.Unlock()
	if p := s.plans[cat]; p != nil {
		return p
	}
	serving := s.deps.Tenant.Catalog()
	for old := range s.plans { // at most two live: the one that serves, and the one that is to be
		if old != serving {
			delete(s.plans, old)
		}
	}
	p := &plans{s: s, stmts: map[string]driver.Stmt{}, reach: map[string]*reaching{}, ask: map[string]*asking{}}
	s.plans[cat] = p
	return p
}

func (p *plans) stmt(key string, make func() *driver.Query) (driver.Stmt, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if st := p.stmts[key]; st != nil {
		return st, nil
	}
	st, err := p.s.deps.Tenant.Store.Prepare(make())
	if err != nil {
		return nil, fmt.Errorf("prepare %s: %w", key, err)
	}
	p.stmts[key] = st
	return st, nil
}

var first = driver.Param{N: 0}

func eq(l, r driver.Expr) driver.Expr { return driver.Cmp{Op: driver.Eq, L: l, R: r} }

func aliveExpr(o *catalog.Object) driver.Expr {
	return driver.IsNull{Arg: o.Field(catalog.DeletedAt).Col()}
}

// allColumns selects every stored field, and null for the others, in the order of the fields.
func allColumns(o *catalog.Object) []driver.Expr {
	var out []driver.Expr
	for _, f := range o.Fields {
		if f.Column != "" {
			out = append(out, f.Col())
		}
	}
	return out
}

// scan reads a row that allColumns selected.
func scan(o *catalog.Object, r driver.Rows) *row {
	out := &row{o, make([]value.Value, len(o.Fields))}
	n := 0
	for i, f := range o.Fields {
		if f.Column != "" {
			out.vals[i] = r.Value(n).Clone()
			n++
		}
	}
	return out
}

// rows runs a query of allColumns.
func (b *batch) rows(key string, o *catalog.Object, where func() driver.Expr, args ...value.Value) ([]*row, error) {
	return b.ordered(key, o, where, nil, args...)
}

// ordered is rows in an order.
func (b *batch) ordered(key string, o *catalog.Object, where func() driver.Expr, order []driver.Order, args ...value.Value) ([]*row, error) {
	return b.some(key, o, 0, where, order, args...)
}

// some is ordered, of the first records alone; of all with most 0.
func (b *batch) some(key string, o *catalog.Object, most int, where func() driver.Expr, order []driver.Order, args ...value.Value) ([]*row, error) {
	st, err := b.plans.stmt(key, func() *driver.Query {
		q := &driver.Query{Table: o.Table, Select: allColumns(o), Where: where(), Order: order}
		if most > 0 {
			q.Limit = driver.Const{Value: value.Int(int64(most))}
		}
		return q
	})
	if err != nil {
		return nil, err
	}
	var out []*row
	err = b.each(st, args, func(r driver.Rows) { out = append(out, scan(o, r)) })
	for i, x := range out { // what this transaction has seen wins: identity is by id
		if c := b.cache[rowKey{o, x.id()}]; c != nil {
			out[i] = c
		} else {
			b.cache[rowKey{o, x.id()}] = x
		}
	}
	return out, err
}

func (b *batch) each(st driver.Stmt, args []value.Value, fn func(driver.Rows)) error {
	rows, err := b.tx.Query(b.ctx, st, args)
	if err != nil {
		return err
	}
	for rows.Next() {
		fn(rows)
	}
	err = rows.Err()
	if cerr := rows.Close(); err == nil {
		err = cerr
	}
	return err
}

// find reads one record, deleted or not; nil when there is none.
func (b *batch) find(o *catalog.Object, id int64) (*row, error) {
	if r, ok := b.cache[rowKey{o, id}]; ok {
		return r, nil
	}
	rs, err := b.rows("get."+o.Name, o, func() driver.Expr { return eq(driver.Col{Name: "id"}, first) }, value.Ref(id))
	if err != nil || len(rs) == 0 {
		return nil, err
	}
	return rs[0], nil
}

// where translates a condition that rows of o must meet; nil gives nil.
func (b *batch) where(p *expr.Program) (driver.Expr, error) {
	if p == nil {
		return nil, nil
	}
	return p.Filter(expr.Env{NowMicros: b.now.Int()})
}

func idList(ids []int64) value.Value {
	j, err := json.Marshal(ids)
	if err != nil || len(ids) == 0 {
		return value.List("[]")
	}
	return value.List(string(j))
}
