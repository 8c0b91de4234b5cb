// Package exprtest holds the expression language to its promise: what a store answers to a
// translated expression is what Eval gives in Go, for every row. An engine's test is one call of
// Differential. It tests nothing of objects or of the store contract itself.
package exprtest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sort"
	"strings"
	"testing"

	"github.com/tenon-platform/tenon/metadata/expr"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
)

// random is how many random expressions a run makes, few those of a run with -short, and seed what they grow from.
const (
	random = 800
	few    = 150
	seed   = 20260302
)

// Differential evaluates a table of expressions and many random ones over the same rows, in Go
// and on the engine of the new and empty database that open gives. What expr does not translate
// must be in Unpushable, what the engine refuses in refused (a part of its words); both are
// counted and printed, and a name on a list that nothing needs fails the test.
func Differential(t *testing.T, open func(t *testing.T) driver.DB, refused ...string) {
	t.Logf("seed %d", seed)
	w := newWorld(rand.New(rand.NewPCG(seed, 1)))
	f := &fixture{T: t, ctx: context.Background(), db: open(t), world: w,
		byExpr: map[string]int{}, byEngine: map[string]int{}, refused: refused}
	f.load()
	f.complete()
	for _, src := range table() {
		f.compare(src, "Asia/Shanghai")
	}
	for _, src := range dateTable() {
		f.compare(src, "America/New_York")
	}
	g := &generator{r: rand.New(rand.NewPCG(seed, 2))}
	n := random
	if testing.Short() {
		n = few
	}
	for range n {
		f.compare(g.expression(), "Asia/Shanghai")
	}
	f.report()
}

// fixture is a database that holds the world's rows.
type fixture struct {
	*testing.T
	ctx      context.Context
	db       driver.DB
	world    *world
	refused  []string
	compared int
	byExpr   map[string]int // refusals of the translation, by construct
	byEngine map[string]int // refusals of the engine, in its words
}

func (f *fixture) must(err error) {
	f.Helper()
	if err != nil {
		f.Fatal(err)
	}
}

// load creates the tables and inserts the rows.
func (f *fixture) load() {
	for _, o := range f.world.objects {
		f.must(f.db.Change(f.ctx, driver.CreateTable{Table: o.table()}))
		cols := []string{"id"}
		for _, x := range o.fields {
			if x.virtual == "" {
				cols = append(cols, x.column)
			}
		}
		var rows [][]value.Value
		for _, r := range f.world.rows[o.name] {
			row := []value.Value{r["id"]}
			for _, x := range o.fields {
				if x.virtual == "" {
					row = append(row, r[x.name])
				}
			}
			rows = append(rows, row)
		}
		f.must(f.db.Update(f.ctx, func(t driver.Tx) error { return t.Insert(f.ctx, o.physical, cols, rows...) }))
	}
}

// compare holds Eval and the engine against each other: the value for every row, and for a
// condition also which rows it and its opposite select.
func (f *fixture) compare(src, zone string) {
	f.Helper()
	p, problems := expr.Compile(src, f.world.options(zone))
	if len(problems) > 0 {
		f.Errorf("%s: %s at %d", src, problems[0].Summary.En, problems[0].Start)
		return
	}
	e, err := p.Filter(f.world.env)
	if err != nil {
		f.refusal(src, err)
		return
	}
	want := map[int64]value.Value{}
	for _, r := range f.world.rows["thing"] {
		want[r["id"].Int()] = p.Eval(f.world.inputs(p, "thing", r), f.world.env)
	}
	got, err := f.project(e)
	if err != nil {
		f.refusal(src, err)
		return
	}
	f.compared++
	for _, r := range f.world.rows["thing"] {
		id := r["id"].Int()
		if !same(got[id], want[id]) {
			f.Errorf("%s\n\tthing %d: the store gives %s, Eval %s\n\tinputs %s", src, id, show(got[id]), show(want[id]), f.world.shown(p, r))
			return
		}
	}
	if p.Type().Kind != value.KindBool {
		return
	}
	f.select_(src, e, want, true)
	f.select_(src, driver.Not{Arg: e}, want, false)
}

// project gives the value of e for every row.
func (f *fixture) project(e driver.Expr) (map[int64]value.Value, error) {
	id := driver.Col{Name: "id"}
	st, err := f.db.Prepare(&driver.Query{Table: "t_thing", Select: []driver.Expr{id, e}, Order: []driver.Order{{Expr: id}}})
	if err != nil {
		return nil, err
	}
	out := map[int64]value.Value{}
	return out, f.each(st, func(r driver.Rows) { out[r.Value(0).Int()] = r.Value(1).Clone() })
}

// select_ holds the rows for which a condition is true against those for which Eval says so.
func (f *fixture) select_(src string, where driver.Expr, want map[int64]value.Value, truth bool) {
	f.Helper()
	id := driver.Col{Name: "id"}
	st, err := f.db.Prepare(&driver.Query{Table: "t_thing", Select: []driver.Expr{id}, Where: where, Order: []driver.Order{{Expr: id}}})
	if err != nil {
		f.Errorf("%s as a filter: %v", src, err)
		return
	}
	var got, wanted []int64
	f.must(f.each(st, func(r driver.Rows) { got = append(got, r.Value(0).Int()) }))
	for _, r := range f.world.rows["thing"] {
		if v := want[r["id"].Int()]; !v.IsNull() && v.Bool() == truth {
			wanted = append(wanted, r["id"].Int())
		}
	}
	if !slices.Equal(got, wanted) {
		f.Errorf("%s is %v: the store selects %v, Eval %v", src, truth, got, wanted)
	}
}

func (f *fixture) each(st driver.Stmt, fn func(driver.Rows)) error {
	return f.db.View(f.ctx, func(t driver.Tx) (err error) {
		rows, err := t.Query(f.ctx, st, nil)
		if err != nil {
			return err
		}
		defer func() {
			if e := rows.Close(); err == nil {
				err = e
			}
		}()
		for rows.Next() {
			fn(rows)
		}
		return rows.Err()
	})
}

// same compares by meaning, but tells a condition from the number 1, and text from a date.
func same(a, b value.Value) bool {
	number := func(k value.Kind) bool {
		return k == value.KindInt || k == value.KindDecimal || k == value.KindFloat
	}
	return value.Equal(a, b) && (a.Kind() == b.Kind() || number(a.Kind()) && number(b.Kind()))
}

// refusal counts what was not translated, or fails when it is on no list.
func (f *fixture) refusal(src string, err error) {
	f.Helper()
	var u *expr.UnpushableError
	switch {
	case errors.As(err, &u):
		if f.byExpr[u.Construct]++; !slices.Contains(Unpushable(), u.Construct) {
			f.Errorf("%s: the translation refuses %q, which is on no list", src, u.Construct)
		}
	case errors.Is(err, driver.ErrUnsupported):
		i := slices.IndexFunc(f.refused, func(s string) bool { return strings.Contains(err.Error(), s) })
		if i < 0 {
			f.Errorf("%s: the engine refuses it, which is on no list: %v", src, err)
			return
		}
		f.byEngine[f.refused[i]]++
	default:
		f.Errorf("%s: %v", src, err)
	}
}

// complete holds that the table calls every function.
func (f *fixture) complete() {
	f.Helper()
	all := strings.Join(table(), "\n")
	for _, name := range expr.FunctionNames() {
		if !strings.Contains(all, name+"(") {
			f.Errorf("no expression of the table calls %s", name)
		}
	}
}

// report prints what was refused and fails on names that nothing needed.
func (f *fixture) report() {
	f.Helper()
	for _, l := range []struct {
		who    string
		listed []string
		counts map[string]int
	}{{"the translation", Unpushable(), f.byExpr}, {"the engine", f.refused, f.byEngine}} {
		var words []string
		for name, n := range l.counts {
			words = append(words, fmt.Sprintf("%s ×%d", name, n))
		}
		sort.Strings(words)
		f.Logf("refused by %s: %d kinds: %s", l.who, len(words), strings.Join(words, ", "))
		for _, name := range l.listed {
			if l.counts[name] == 0 {
				f.Errorf("%s is listed as refused by %s, but nothing refused it", name, l.who)
			}
		}
	}
	f.Logf("%d expressions compared over %d rows", f.compared, len(f.world.rows["thing"]))
}

func show(v value.Value) string {
	switch v.Kind() {
	case value.KindNull:
		return "null"
	case value.KindText, value.KindList, value.KindJSON:
		return fmt.Sprintf("%q", v.Text())
	}
	return fmt.Sprintf("%s (kind %d)", v.AppendDecimal(nil), v.Kind())
}
