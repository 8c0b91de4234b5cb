package sqlite_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/plugins/stores/sqlite"
)

// BenchmarkSearch finds one row of twenty among 100,000: the first fifty by how well their name
// matches, and how many there are, also with a condition that needs the rows.
func BenchmarkSearch(b *testing.B) {
	ctx := context.Background()
	db, err := sqlite.New(b.TempDir(), nil).Open(ctx, "bench")
	must := func(err error) {
		b.Helper()
		if err != nil {
			b.Fatal(err)
		}
	}
	must(err)
	defer func() { must(db.Close()) }()
	must(db.Change(ctx, driver.CreateTable{Table: driver.Table{Name: "notes", Search: []string{"name", "topic"},
		Columns: []driver.Column{{Name: "name", Type: driver.Text}, {Name: "topic", Type: driver.Text}, {Name: "score", Type: driver.Int}, {Name: "deleted_at", Type: driver.DateTime}}}}))
	topics := strings.Fields("amber birch cedar dahlia ebony fjord garnet heather indigo juniper kelp laurel maple nectar opal poplar quartz rowan saffron thistle")
	for from := 0; from < 100_000; from += 10_000 {
		must(db.Update(ctx, func(t driver.Tx) error {
			var rows [][]value.Value
			for i := from; i < from+10_000; i++ {
				topic := topics[i%len(topics)]
				rows = append(rows, []value.Value{value.Ref(int64(i + 1)), value.Text(fmt.Sprintf("note %d on %s", i, topic)), value.Text(topic), value.Int(int64(i % 100))})
			}
			return t.Insert(ctx, "notes", []string{"id", "name", "topic", "score"}, rows...)
		}))
	}
	col := func(name string) driver.Expr { return driver.Col{Name: name} }
	lower := func(e driver.Expr) driver.Expr { return driver.Func{Name: "lower", Args: []driver.Expr{e}} }
	n := func(i int64) driver.Expr { return driver.Const{Value: value.Int(i)} }
	text := driver.Param{N: 0}
	rank := driver.Case{Arms: []driver.Arm{
		{When: driver.Cmp{Op: driver.Eq, L: lower(col("name")), R: lower(text)}, Then: n(0)},
		{When: driver.Match{Mode: "prefix", Arg: col("name"), Pattern: text}, Then: n(1)},
		{When: driver.Match{Mode: "contains", Arg: col("name"), Pattern: text}, Then: n(2)}}, Else: n(3)}
	alive := func(e driver.Expr) driver.Expr {
		return driver.And{Args: []driver.Expr{e, driver.IsNull{Arg: col("deleted_at")}}}
	}
	count := []driver.Agg{{Func: driver.Count}}
	for _, c := range []struct {
		name string
		q    driver.Query
	}{
		{"page", driver.Query{Table: "notes", Where: alive(driver.Search{Text: text}), Select: []driver.Expr{col("id"), col("name")}, Order: []driver.Order{{Expr: rank}, {Expr: col("id")}}, Limit: driver.Param{N: 1}}},
		{"count", driver.Query{Table: "notes", Where: alive(driver.Search{Text: text}), Aggs: count}},
		{"match", driver.Query{Table: "notes", Where: driver.Search{Text: text}, Aggs: count}},
	} {
		b.Run(c.name, func(b *testing.B) {
			st, err := db.Prepare(&c.q)
			must(err)
			for i := 0; b.Loop(); i++ {
				must(db.View(ctx, func(t driver.Tx) error {
					args := []value.Value{value.Text(topics[i%len(topics)]), value.Int(50)}
					rows, err := t.Query(ctx, st, args)
					if err != nil {
						return err
					}
					for rows.Next() {
					}
					if err := rows.Err(); err != nil {
						return err
					}
					return rows.Close()
				}))
			}
		})
	}
}
