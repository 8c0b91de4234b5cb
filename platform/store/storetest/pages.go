package storetest

import (
	"slices"

	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
)

func grid() driver.Table {
	return driver.Table{Name: "grid", Columns: []driver.Column{
		{Name: "a", Type: driver.Int}, {Name: "b", Type: driver.Text}, {Name: "up", Type: driver.Ref},
	}, Indexes: []driver.Index{
		{Name: "by_a", Columns: []driver.IndexColumn{{Column: "a", Desc: true}}, Include: []string{"b"}},
		{Name: "by_up", Columns: []driver.IndexColumn{{Column: "up"}, {Column: "a", Desc: true}}},
	}}
}

// loadGrid adds 60 rows with ties and nulls in a and b, and five groups of up.
func (f *fixture) loadGrid() {
	f.Helper()
	f.create(grid())
	var rows [][]value.Value
	for i := range int64(60) {
		a, b := value.Int(i*7%5), value.Text(string(rune('a'+i*11%4)))
		if i%6 == 0 {
			a = value.Null
		}
		if i%7 == 0 {
			b = value.Null
		}
		rows = append(rows, []value.Value{value.Ref(i + 1), a, b, value.Ref(i % 5)})
	}
	f.insert("grid", []string{"id", "a", "b", "up"}, rows...)
}

func pageCases() []testCase {
	return []testCase{
		{"keyset pages give every row once, in order", "pages", func(f *fixture) {
			f.loadGrid()
			id := col("id")
			for _, order := range [][]driver.Order{
				{asc(id)}, {desc(id)}, {asc(col("a")), asc(id)}, {desc(col("a")), asc(id)}, {asc(col("a")), desc(id)},
				{desc(col("a")), desc(col("b")), asc(id)}, {asc(col("a")), desc(col("b")), desc(id)}, {asc(col("b")), desc(col("a")), asc(id)},
			} {
				sel := []driver.Expr{id}
				var after []driver.Expr
				for i, o := range order {
					sel = append(sel, o.Expr)
					after = append(after, param(i+1))
				}
				all := f.query(&driver.Query{Table: "grid", Select: sel, Order: order})
				if len(all) != 60 || !slices.IsSortedFunc(all, func(x, y []value.Value) int {
					for i, o := range order {
						if c := value.Compare(x[i+1], y[i+1]); c != 0 {
							if o.Desc {
								return -c
							}
							return c
						}
					}
					return 0
				}) {
					f.Errorf("%v: %d rows, or not in order", order, len(all))
				}
				for i, last := range all {
					args := append([]value.Value{value.Int(7)}, last[1:]...)
					page := f.query(&driver.Query{Table: "grid", Select: sel, Order: order, After: after, Limit: param(0)}, args...)
					want := all[i+1 : min(i+8, len(all))]
					if !slices.EqualFunc(page, want, slices.Equal[[]value.Value]) {
						f.Fatalf("%v after %v: got %v, want %v", order, last, page, want)
					}
				}
			}
		}},
		{"a batch gives the first rows of every key", "batches", func(f *fixture) {
			f.loadGrid()
			q := &driver.Query{Table: "grid", Select: []driver.Expr{col("up"), col("id")}, Where: driver.Not{Arg: driver.IsNull{Arg: col("b")}},
				Order: []driver.Order{desc(col("a")), asc(col("id"))}, Limit: param(1), Per: &driver.Per{By: col("up"), Keys: param(0)}}
			got := map[int64][]int64{}
			last := int64(-1)
			for _, r := range f.query(q, value.List(`[4,1,99,1]`), value.Int(3)) {
				k := r[0].Int()
				if k != last && got[k] != nil {
					f.Errorf("the rows of key %d do not come together", k)
				}
				got[k], last = append(got[k], r[1].Int()), k
			}
			if len(got) != 2 {
				f.Errorf("got keys %v, want 1 and 4", got)
			}
			for _, k := range []int64{1, 4} {
				want := f.ids(driver.Query{Table: "grid", Where: driver.And{Args: []driver.Expr{q.Where, cmp(col("up"), driver.Eq, lit(value.Ref(k)))}}, Order: q.Order, Limit: lit(value.Int(3))})
				f.wantIDs("batch", got[k], want...)
			}
			q.Limit = nil
			if n := len(f.query(q, value.List(`[4,1,99,1]`))); n != len(f.ids(driver.Query{Table: "grid", Where: driver.And{Args: []driver.Expr{q.Where, driver.In{Arg: col("up"), List: lit(value.List(`[1,4]`))}}}})) {
				f.Errorf("a batch without limit gave %d rows", n)
			}
		}},
	}
}

func linkCases() []testCase {
	return []testCase{{"lookups and links", "links", func(f *fixture) {
		f.create(driver.Table{Name: "boss", Columns: []driver.Column{{Name: "name", Type: driver.Text}, {Name: "likes", Type: driver.List}}},
			driver.Table{Name: "work", Columns: []driver.Column{{Name: "boss", Type: driver.Ref}, {Name: "about", Type: driver.Text}, {Name: "bosses", Type: driver.List}}})
		f.insert("boss", []string{"id", "name", "likes"}, []value.Value{value.Ref(1), value.Text("ann"), value.List(`[11]`)}, []value.Value{value.Ref(2), value.Text("bob"), value.Null})
		f.insert("work", []string{"id", "boss", "about", "bosses"}, []value.Value{value.Ref(10), value.Ref(1), value.Text("boss_2"), value.List(`[1,2]`)},
			[]value.Value{value.Ref(11), value.Ref(7), value.Text("boss_12"), value.List(`[]`)}, []value.Value{value.Ref(12), value.Null, value.Null, value.Null})
		order := []driver.Order{asc(col("id"))}
		name := driver.Lookup{Ref: col("boss"), Table: "boss", Expr: col("name")}
		r := f.query(&driver.Query{Table: "work", Select: []driver.Expr{name}, Order: order})
		f.want("lookup", r[0][0], value.Text("ann"))
		f.want("dangling lookup", r[1][0], value.Null)
		f.wantIDs("filter by lookup", f.ids(driver.Query{Table: "work", Where: cmp(name, driver.Eq, param(0)), Order: order}, value.Text("ann")), 10)
		has := func(table string, l driver.Link, where driver.Expr) driver.Expr {
			return driver.Exists{Table: table, Link: l, Where: where}
		}
		for _, c := range []struct {
			name, table string
			e           driver.Expr
			want        []int64
		}{
			{"plain", "boss", has("work", driver.Link{Inner: col("boss"), Outer: col("id")}, nil), []int64{1}},
			{"with where", "boss", has("work", driver.Link{Inner: col("boss"), Outer: col("id")}, cmp(col("id"), driver.Gt, lit(value.Ref(10)))), nil},
			{"inner list", "boss", has("work", driver.Link{Inner: col("bosses"), InnerList: true, Outer: col("id")}, nil), []int64{1, 2}},
			{"outer list", "boss", has("work", driver.Link{Inner: col("id"), Outer: col("likes"), OuterList: true}, nil), []int64{1}},
			{"prefix", "boss", has("work", driver.Link{Inner: col("about"), Outer: col("id"), Prefix: "boss_"}, nil), []int64{2}},
			{"none", "work", driver.Not{Arg: has("boss", driver.Link{Inner: col("id"), Outer: col("boss")}, nil)}, []int64{11, 12}},
		} {
			f.wantIDs(c.name, f.ids(driver.Query{Table: c.table, Where: c.e, Order: order}), c.want...)
		}
	}}}
}

func aggregateCases() []testCase {
	return []testCase{
		{"sums and averages are exact", "aggregates", func(f *fixture) {
			f.loadThings()
			big := value.Int(9_000_000_000_000_000_000)
			f.insert("things", []string{"id", "n", "price"}, []value.Value{value.Ref(5), big, f.num("0.01")}, []value.Value{value.Ref(6), big, value.Null})
			agg := func(fn driver.AggFunc, c string) driver.Agg { return driver.Agg{Func: fn, Expr: col(c)} }
			r := f.query(&driver.Query{Table: "things", Aggs: []driver.Agg{{Func: driver.Count}, agg(driver.Count, "n"), agg(driver.Sum, "n"), agg(driver.Avg, "price"),
				agg(driver.Sum, "price"), agg(driver.Sum, "wide"), agg(driver.Min, "wide"), agg(driver.Max, "price"), agg(driver.CountDistinct, "flag"),
				{Func: driver.Sum, Expr: col("price"), Filter: col("flag")}, {Func: driver.Sum, Expr: col("price"), Filter: driver.Or{}}, agg(driver.Avg, "wide"), agg(driver.Max, "name"), agg(driver.Sum, "f"), agg(driver.Avg, "n")}})[0]
			for i, want := range []string{"6", "5", "19152921504606846976", "0.5025", "2.01", "0.0000000001", "-1234567890123456789012345678.0123456789", "1.01", "2", "0.99", "", "0.0000000000333333"} {
				f.want("aggregate", r[i], f.num(want))
			}
			f.want("max text", r[12], value.Text("Ärger o'Neil"))
			f.want("sum of floats", r[13], value.Float(1.5))
			f.want("average of n", r[14], f.num("3830584300921369395.2"))
		}},
		{"groups", "aggregates", func(f *fixture) {
			f.loadGrid()
			q := &driver.Query{Table: "grid", Group: []driver.Expr{col("a")}, Aggs: []driver.Agg{{Func: driver.Count}, {Func: driver.Max, Expr: col("id")}},
				Having: cmp(driver.Output{N: 1}, driver.Ge, param(0)), Order: []driver.Order{desc(driver.Output{N: 1}), asc(driver.Output{N: 0})}, Limit: lit(value.Int(4))}
			rows := f.query(q, value.Int(10))
			if len(rows) != 4 {
				f.Fatalf("got %d groups, want 4", len(rows))
			}
			var total int64
			for i, r := range rows {
				if i > 0 && value.Compare(rows[i-1][1], r[1]) < 0 {
					f.Errorf("groups are out of order: %v", rows)
				}
				total += r[1].Int()
			}
			if total != 40 {
				f.Errorf("four groups have %d rows, want 40", total)
			}
			if none := f.query(&driver.Query{Table: "grid", Where: driver.Or{}, Aggs: q.Aggs}); len(none) != 1 || none[0][0] != value.Int(0) || !none[0][1].IsNull() {
				f.Errorf("aggregates over nothing: %v", none)
			}
		}},
	}
}
