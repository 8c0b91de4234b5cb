// Package storetest is the conformance suite of store engines: what it asserts is what the store
// contract means. An engine's test is one call of Run. It tests nothing of objects or GraphQL.
package storetest

import (
	"context"
	"slices"
	"testing"

	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
)

// testCase is one case. Needs is the requirement that an engine may list as missing.
type testCase struct {
	name  string
	needs string
	run   func(*fixture)
}

func cases() []testCase {
	return slices.Concat(conditionCases(), numberCases(), pageCases(), linkCases(), aggregateCases(), writeCases(), searchCases(), elementCases(), schemaCases(), randomCases())
}

// Run holds the engine that open gives, a new and empty one per call, to the contract. Cases that
// need what the engine declares missing are skipped by name and counted.
func Run(t *testing.T, open func(t *testing.T) driver.Engine) {
	all := cases()
	missing := open(t).Capabilities().Missing
	for _, m := range missing {
		if !slices.ContainsFunc(all, func(c testCase) bool { return c.needs == m }) {
			t.Errorf("the engine lists %q as missing, which no case needs", m)
		}
	}
	skipped := 0
	for _, c := range all {
		t.Run(c.name, func(t *testing.T) {
			if slices.Contains(missing, c.needs) {
				skipped++
				t.Skipf("missing: %s", c.needs)
			}
			f := &fixture{T: t, ctx: context.Background(), engine: open(t)}
			f.open()
			defer func() {
				if err := f.db.Close(); err != nil {
					t.Error(err)
				}
			}()
			c.run(f)
		})
	}
	t.Logf("%d cases, %d skipped for %d missing requirements %q", len(all), skipped, len(missing), missing)
}

// fixture is one open database.
type fixture struct {
	*testing.T
	ctx    context.Context
	engine driver.Engine
	db     driver.DB
}

func (f *fixture) open() {
	f.Helper()
	db, err := f.engine.Open(f.ctx, "suite")
	f.must(err)
	f.db = db
}

func (f *fixture) reopen() {
	f.Helper()
	f.must(f.db.Close())
	f.open()
}

func (f *fixture) must(err error) {
	f.Helper()
	if err != nil {
		f.Fatal(err)
	}
}

func (f *fixture) create(tables ...driver.Table) {
	f.Helper()
	var cs []driver.Change
	for _, t := range tables {
		cs = append(cs, driver.CreateTable{Table: t})
	}
	f.must(f.db.Change(f.ctx, cs...))
}

func (f *fixture) insert(table string, cols []string, rows ...[]value.Value) {
	f.Helper()
	f.must(f.db.Update(f.ctx, func(t driver.Tx) error { return t.Insert(f.ctx, table, cols, rows...) }))
}

// query runs q and gives its rows.
func (f *fixture) query(q *driver.Query, args ...value.Value) [][]value.Value {
	f.Helper()
	s, err := f.db.Prepare(q)
	f.must(err)
	var out [][]value.Value
	f.must(f.db.View(f.ctx, func(t driver.Tx) error {
		out, err = read(f.ctx, t, s, width(q), args)
		return err
	}))
	return out
}

func width(q *driver.Query) int { return len(q.Select) + len(q.Group) + len(q.Aggs) }

func read(ctx context.Context, t driver.Tx, s driver.Stmt, n int, args []value.Value) (out [][]value.Value, err error) {
	rows, err := t.Query(ctx, s, args)
	if err != nil {
		return nil, err
	}
	defer func() {
		if e := rows.Close(); err == nil {
			err = e
		}
	}()
	for rows.Next() {
		r := make([]value.Value, n)
		for i := range r {
			r[i] = rows.Value(i).Clone()
		}
		out = append(out, r)
	}
	return out, rows.Err()
}

// ids runs q with only the id selected.
func (f *fixture) ids(q driver.Query, args ...value.Value) []int64 {
	f.Helper()
	q.Select = []driver.Expr{driver.Col{Name: "id"}}
	out := []int64{}
	for _, r := range f.query(&q, args...) {
		out = append(out, r[0].Int())
	}
	return out
}

func (f *fixture) wantIDs(what string, got []int64, want ...int64) {
	f.Helper()
	if !slices.Equal(got, want) {
		f.Errorf("%s: got ids %v, want %v", what, got, want)
	}
}

func (f *fixture) want(what string, got, want value.Value) {
	f.Helper()
	if !value.Equal(got, want) {
		f.Errorf("%s: got %s, want %s", what, show(got), show(want))
	}
}

func show(v value.Value) string {
	switch v.Kind() {
	case value.KindNull:
		return "null"
	case value.KindText, value.KindBytes, value.KindList, value.KindJSON:
		return v.Text()
	}
	return string(v.AppendDecimal(nil))
}

func col(name string) driver.Expr     { return driver.Col{Name: name} }
func lit(v value.Value) driver.Expr   { return driver.Const{Value: v} }
func param(n int) driver.Expr         { return driver.Param{N: n} }
func asc(e driver.Expr) driver.Order  { return driver.Order{Expr: e} }
func desc(e driver.Expr) driver.Order { return driver.Order{Expr: e, Desc: true} }
func cmp(l driver.Expr, op driver.CmpOp, r driver.Expr) driver.Expr {
	return driver.Cmp{Op: op, L: l, R: r}
}

func (f *fixture) num(s string) value.Value {
	f.Helper()
	if s == "" {
		return value.Null
	}
	v, err := value.ParseDecimal(s)
	f.must(err)
	return v
}
