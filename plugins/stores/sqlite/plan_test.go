package sqlite_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/plugins/stores/sqlite"
)

func col(n string) driver.Expr { return driver.Col{Name: n} }
func arg(n int) driver.Expr    { return driver.Param{N: n} }
func eq(c string, n int) driver.Expr {
	return driver.Cmp{Op: driver.Eq, L: col(c), R: arg(n)}
}

// deals opens a database of n deals: 8 stages, 10 deals for each parent.
func deals(tb testing.TB, n int64) driver.DB {
	tb.Helper()
	ctx := context.Background()
	db, err := sqlite.New(tb.TempDir(), nil).Open(ctx, "bench")
	must(tb, err)
	tb.Cleanup(func() { must(tb, db.Close()) })
	must(tb, db.Change(ctx, driver.CreateTable{Table: driver.Table{Name: "deal", Columns: []driver.Column{
		{Name: "name", Type: driver.Text}, {Name: "code", Type: driver.Text}, {Name: "stage", Type: driver.Text}, {Name: "amount", Type: driver.Decimal, Scale: 2},
		{Name: "close", Type: driver.Date}, {Name: "account", Type: driver.Ref}, {Name: "gone", Type: driver.DateTime},
	}, Indexes: []driver.Index{
		{Name: "board", Columns: []driver.IndexColumn{{Column: "stage"}, {Column: "close", Desc: true}}},
		{Name: "filtered board", Columns: []driver.IndexColumn{{Column: "stage"}, {Column: "close", Desc: true}}, Include: []string{"amount"}, Where: driver.IsNull{Arg: col("gone")}},
		{Name: "child", Columns: []driver.IndexColumn{{Column: "account"}, {Column: "close", Desc: true}}},
		{Name: "rival", Columns: []driver.IndexColumn{{Column: "stage"}, {Column: "amount"}}, Where: driver.IsNull{Arg: col("gone")}},
		{Name: "external", Columns: []driver.IndexColumn{{Column: "code"}}, Unique: true, Where: driver.Not{Arg: driver.IsNull{Arg: col("code")}}},
		{Name: "alive", Columns: []driver.IndexColumn{{Column: "name"}}, Where: driver.IsNull{Arg: col("gone")}},
	}}}))
	must(tb, db.Update(ctx, func(t driver.Tx) error {
		for i := range n {
			if err := t.Insert(ctx, "deal", dealCols, deal(i)); err != nil {
				return err
			}
		}
		return nil
	}))
	return db
}

var dealCols = []string{"id", "name", "stage", "amount", "close", "account", "gone"}

func deal(i int64) []value.Value {
	return []value.Value{value.Ref(i + 1), value.Text("deal with a name"), value.Text(fmt.Sprint("s", i%8)), value.Decimal(i*7919%100000, 2), value.Date(i * 31 % 5003), value.Ref(i / 10), value.Null}
}

func must(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}

var selected = []driver.Expr{col("id"), col("name"), col("stage"), col("amount"), col("close"), col("account")}

func board() *driver.Query {
	return &driver.Query{Table: "deal", Select: selected, Where: driver.And{Args: []driver.Expr{eq("stage", 0), driver.Cmp{Op: driver.Gt, L: col("amount"), R: arg(1)}}},
		Order: []driver.Order{{Expr: col("close"), Desc: true}, {Expr: col("id")}}, Limit: driver.Const{Value: value.Int(50)}}
}

func byStage() *driver.Query {
	return &driver.Query{Table: "deal", Group: []driver.Expr{col("stage")}, Aggs: []driver.Agg{{Func: driver.Count}, {Func: driver.Sum, Expr: col("amount")}}}
}

// living leaves out the deals that are gone.
func living(q *driver.Query) *driver.Query {
	q.Where = driver.And{Args: append(conditions(q.Where), driver.IsNull{Arg: col("gone")})}
	return q
}

func conditions(e driver.Expr) []driver.Expr {
	if and, ok := e.(driver.And); ok {
		return and.Args
	}
	return nil
}

func children() *driver.Query {
	return &driver.Query{Table: "deal", Select: selected, Order: board().Order, Limit: arg(1), Per: &driver.Per{By: col("account"), Keys: arg(0)}}
}

// TestPlans holds list views, their later pages and batches to an index without sorting.
func TestPlans(t *testing.T) {
	db := deals(t, 500)
	page := board()
	page.After = []driver.Expr{arg(2), arg(3)}
	byName := func(where ...driver.Expr) *driver.Query {
		return &driver.Query{Table: "deal", Select: selected, Where: driver.And{Args: append(where, eq("name", 0))}}
	}
	for _, c := range []struct {
		name  string
		q     *driver.Query
		index string
		sorts bool
	}{
		{"get", &driver.Query{Table: "deal", Select: selected, Where: eq("id", 0)}, "id", false},
		{"list", board(), "board", false}, {"list of the living", living(board()), "filtered board", false},
		{"group", living(byStage()), "rival", false}, {"group of all", byStage(), "board", false}, {"page", page, "board", false}, {"batch", children(), "child", false},
		{"partial", byName(driver.IsNull{Arg: col("gone")}), "alive", false}, {"not partial", byName(), "", false},
		{"partial by not null", &driver.Query{Table: "deal", Select: selected, Where: eq("code", 0)}, "external", false},
		{"in", &driver.Query{Table: "deal", Select: selected, Where: driver.In{Arg: col("account"), List: arg(0)}}, "child", false},
		{"other order", &driver.Query{Table: "deal", Select: selected, Where: eq("stage", 0), Order: []driver.Order{{Expr: col("amount")}}}, "board", true},
	} {
		s, err := db.Prepare(c.q)
		must(t, err)
		a, err := s.Explain(context.Background())
		must(t, err)
		if a.Index != c.index || a.Sorts != c.sorts {
			t.Errorf("%s: index %q, sorts %v, want %q, %v:\n%s", c.name, a.Index, a.Sorts, c.index, c.sorts, a.Text)
		}
	}
}

func benchmark(b *testing.B, q *driver.Query, args func(i int64) []value.Value) {
	db := deals(b, 50_000)
	ctx := context.Background()
	s, err := db.Prepare(q)
	must(b, err)
	b.ReportAllocs()
	b.ResetTimer()
	for i := range int64(b.N) {
		must(b, db.View(ctx, func(t driver.Tx) error {
			rows, err := t.Query(ctx, s, args(i))
			if err != nil {
				return err
			}
			for rows.Next() {
				for c := range selected {
					rows.Value(c)
				}
			}
			return rows.Close()
		}))
	}
}

func BenchmarkGet(b *testing.B) {
	benchmark(b, &driver.Query{Table: "deal", Select: selected, Where: eq("id", 0)}, func(i int64) []value.Value { return []value.Value{value.Ref(i % 50_000)} })
}

func BenchmarkList(b *testing.B) {
	benchmark(b, board(), func(int64) []value.Value { return []value.Value{value.Text("s3"), value.Decimal(1000, 2)} })
}

// BenchmarkGroup must not read the table: the partial index holds all that is asked for.
func BenchmarkGroup(b *testing.B) {
	benchmark(b, living(byStage()), func(int64) []value.Value { return nil })
}

func BenchmarkPer(b *testing.B) {
	keys := value.List("[1,7,40,99,105,300,411,512,613,714,815,916,1017,1118,1219,1320,1421,1522,1623,1724]")
	benchmark(b, children(), func(int64) []value.Value { return []value.Value{keys, value.Int(5)} })
}

// BenchmarkInsert has 16 clients, each with a durable transaction of its own.
func BenchmarkInsert(b *testing.B) {
	db := deals(b, 1000)
	ctx := context.Background()
	b.SetParallelism(8)
	b.ReportAllocs()
	b.ResetTimer()
	b.RunParallel(func(p *testing.PB) {
		for p.Next() {
			if err := db.Update(ctx, func(t driver.Tx) error {
				id, err := t.NextSequence(ctx, "deal", 1)
				if err != nil {
					return err
				}
				return t.Insert(ctx, "deal", dealCols, deal(5000+id))
			}); err != nil {
				b.Error(err)
			}
		}
	})
}
