package storetest

import (
	"errors"

	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
)

// things is a table with a column of every type.
func things() driver.Table {
	return driver.Table{Name: "things", Columns: []driver.Column{
		{Name: "flag", Type: driver.Bool}, {Name: "n", Type: driver.Int}, {Name: "f", Type: driver.Float},
		{Name: "price", Type: driver.Decimal, Scale: 2}, {Name: "rate", Type: driver.Decimal, Scale: 4},
		{Name: "wide", Type: driver.Decimal, Scale: 10, Precision: 38}, {Name: "name", Type: driver.Text},
		{Name: "raw", Type: driver.Bytes}, {Name: "day", Type: driver.Date}, {Name: "clock", Type: driver.Time},
		{Name: "at", Type: driver.DateTime}, {Name: "parent", Type: driver.Ref}, {Name: "tags", Type: driver.List},
		{Name: "doc", Type: driver.JSON},
	}, Indexes: []driver.Index{{Name: "by_name", Columns: []driver.IndexColumn{{Column: "name"}}}}}
}

// loadThings adds four rows; row 4 is all null.
func (f *fixture) loadThings() {
	f.Helper()
	f.create(things())
	d := f.num
	f.insert("things", []string{"id", "flag", "n", "f", "price", "rate", "wide", "name", "raw", "day", "clock", "at", "parent", "tags", "doc"},
		[]value.Value{value.Ref(1), value.Bool(true), value.Int(5), value.Float(0.5), d("1.00"), d("1.0049"), d("1234567890123456789012345678.0123456789"), value.Text("Ärger o'Neil"), value.Bytes("\x00\xff"), value.Date(19000), value.Time(1), value.DateTime(1700000000000000), value.Ref(2), value.List(`["a","b"]`), value.JSON(`{"k":{"v":1.25}}`)},
		[]value.Value{value.Ref(2), value.Bool(false), value.Int(-5), value.Float(-2), d("1.01"), d("1.0050"), d("-1234567890123456789012345678.0123456789"), value.Text("100%_ABC"), value.Bytes("x"), value.Date(-1), value.Time(86399999), value.DateTime(-1), value.Null, value.List(`[]`), value.JSON(`[1]`)},
		[]value.Value{value.Ref(3), value.Bool(true), value.Int(1 << 60), value.Float(3), d("-0.01"), d("0.9999"), d("0.0000000001"), value.Text("abc"), value.Bytes(""), value.Date(19001), value.Time(0), value.DateTime(0), value.Ref(9), value.List(`["b"]`), value.JSON(`"s"`)},
		append([]value.Value{value.Ref(4)}, make([]value.Value, 14)...))
}

func conditionCases() []testCase {
	null := lit(value.Null)
	return []testCase{
		{"values of every type come back", "core", func(f *fixture) {
			f.loadThings()
			f.reopen()
			r := f.query(&driver.Query{Table: "things", Select: []driver.Expr{col("flag"), col("n"), col("f"), col("price"), col("wide"), col("name"), col("raw"), col("day"), col("clock"), col("at"), col("parent"), col("tags"), col("doc"), col("id")}, Order: []driver.Order{asc(col("id"))}})
			want := []value.Value{value.Bool(true), value.Int(5), value.Float(0.5), value.Decimal(100, 2), f.num("1234567890123456789012345678.0123456789"), value.Text("Ärger o'Neil"), value.Bytes("\x00\xff"), value.Date(19000), value.Time(1), value.DateTime(1700000000000000), value.Ref(2), value.List(`["a","b"]`), value.JSON(`{"k":{"v":1.25}}`), value.Ref(1)}
			if len(r) != 4 {
				f.Fatalf("got %d rows, want 4", len(r))
			}
			for i, w := range want {
				if r[0][i] != w {
					f.Errorf("column %d: got %+v, want %+v", i, r[0][i], w)
				}
				if i < 13 && !r[3][i].IsNull() {
					f.Errorf("column %d of the empty row: got %s, want null", i, show(r[3][i]))
				}
			}
			f.want("empty bytes", r[2][6], value.Bytes(""))
		}},
		{"conditions", "core", func(f *fixture) {
			f.loadThings()
			text, ref := value.Text, value.Ref
			for _, c := range []struct {
				name  string
				where driver.Expr
				want  []int64
			}{
				{"nothing", nil, []int64{1, 2, 3, 4}}, {"and of none", driver.And{}, []int64{1, 2, 3, 4}}, {"or of none", driver.Or{}, nil},
				{"equal", cmp(col("n"), driver.Eq, lit(value.Int(5))), []int64{1}}, {"not equal skips null", cmp(col("n"), driver.Ne, lit(value.Int(5))), []int64{2, 3}},
				{"flipped", cmp(lit(value.Int(0)), driver.Gt, col("n")), []int64{2}}, {"with null", cmp(col("n"), driver.Eq, null), nil},
				{"not of null", driver.Not{Arg: cmp(col("n"), driver.Eq, null)}, nil}, {"is null", driver.IsNull{Arg: col("name")}, []int64{4}},
				{"null or true", driver.Or{Args: []driver.Expr{cmp(col("n"), driver.Gt, lit(value.Int(0))), driver.IsNull{Arg: col("n")}}}, []int64{1, 3, 4}},
				{"not null-and-false", driver.Not{Arg: driver.And{Args: []driver.Expr{cmp(col("n"), driver.Eq, null), driver.Or{}}}}, []int64{1, 2, 3, 4}},
				{"bool column", col("flag"), []int64{1, 3}}, {"not bool", driver.Not{Arg: col("flag")}, []int64{2}},
				{"in text", driver.In{Arg: col("name"), List: lit(value.List(`["abc","zz"]`))}, []int64{3}},
				{"not in skips null", driver.Not{Arg: driver.In{Arg: col("name"), List: lit(value.List(`["abc"]`))}}, []int64{1, 2}},
				{"in ids", driver.In{Arg: col("id"), List: lit(value.List(`[2,4,77]`))}, []int64{2, 4}},
				{"null in", driver.In{Arg: null, List: lit(value.List(`[2,4]`))}, nil}, {"null not in", driver.Not{Arg: driver.In{Arg: null, List: lit(value.List(`["a"]`))}}, nil},
				{"in decimals", driver.In{Arg: col("price"), List: lit(value.List(`["1","-0.01","1.005"]`))}, []int64{1, 3}},
				{"in dates", driver.In{Arg: col("day"), List: lit(value.List(`[19000]`))}, []int64{1}},
				{"contains folds ascii", driver.Match{Mode: "contains", Arg: col("name"), Pattern: lit(text("ABC"))}, []int64{2, 3}},
				{"contains folds ascii only", driver.Match{Mode: "contains", Arg: col("name"), Pattern: lit(text("ärger"))}, nil},
				{"nothing is special", driver.Match{Mode: "contains", Arg: col("name"), Pattern: lit(text("%_a"))}, []int64{2}},
				{"prefix", driver.Match{Mode: "prefix", Arg: col("name"), Pattern: lit(text("Är"))}, []int64{1}},
				{"suffix", driver.Match{Mode: "suffix", Arg: col("name"), Pattern: lit(text("bC"))}, []int64{2, 3}},
				{"longer suffix", driver.Match{Mode: "suffix", Arg: col("name"), Pattern: lit(text("zabc"))}, nil},
				{"empty pattern", driver.Match{Mode: "suffix", Arg: col("name"), Pattern: lit(text(""))}, []int64{1, 2, 3}},
				{"has", driver.Has{Arg: col("tags"), Elem: lit(text("b"))}, []int64{1, 3}}, {"has not", driver.Not{Arg: driver.Has{Arg: col("tags"), Elem: lit(text("a"))}}, []int64{2, 3}},
				{"ref", cmp(col("parent"), driver.Eq, lit(ref(2))), []int64{1}}, {"float", cmp(col("f"), driver.Lt, lit(f.num("0.75"))), []int64{1, 2}},
				{"instant", cmp(col("at"), driver.Lt, lit(value.DateTime(0))), []int64{2}}, {"bytes", cmp(col("raw"), driver.Eq, lit(value.Bytes("x"))), []int64{2}},
				{"case", cmp(driver.Case{Arms: []driver.Arm{{When: col("flag"), Then: lit(text("yes"))}}, Else: lit(text("no"))}, driver.Eq, lit(text("no"))), []int64{2, 4}},
			} {
				got := f.ids(driver.Query{Table: "things", Where: c.where, Order: []driver.Order{asc(col("id"))}})
				f.wantIDs(c.name, got, c.want...)
			}
		}},
		{"unknown names are told", "core", func(f *fixture) {
			f.loadThings()
			for _, q := range []*driver.Query{{Table: "none", Select: []driver.Expr{col("id")}}, {Table: "things", Select: []driver.Expr{col("none")}}} {
				if _, err := f.db.Prepare(q); !errors.Is(err, driver.ErrNoTable) {
					f.Errorf("got %v, want ErrNoTable", err)
				}
			}
			err := f.db.Update(f.ctx, func(t driver.Tx) error {
				return t.Insert(f.ctx, "things", []string{"id", "none"}, []value.Value{value.Ref(9), value.Null})
			})
			if !errors.Is(err, driver.ErrNoTable) {
				f.Errorf("insert: got %v, want ErrNoTable", err)
			}
		}},
	}
}

func numberCases() []testCase {
	return []testCase{
		{"decimals compare exactly across scales", "decimals", func(f *fixture) {
			f.loadThings()
			for _, c := range []struct {
				l    string
				op   driver.CmpOp
				r    string
				want []int64
			}{
				{"price", driver.Gt, "1.005", []int64{2}}, {"price", driver.Lt, "1.005", []int64{1, 3}}, {"price", driver.Ge, "1.005", []int64{2}},
				{"price", driver.Le, "1.0000001", []int64{1, 3}}, {"price", driver.Eq, "1.005", nil}, {"price", driver.Ne, "1.005", []int64{1, 2, 3}},
				{"price", driver.Eq, "1", []int64{1}}, {"price", driver.Gt, "-0.011", []int64{1, 2, 3}}, {"price", driver.Lt, "-0.001", []int64{3}},
				{"price", driver.Lt, "99999999999999999999999999999999999999", []int64{1, 2, 3}}, {"price", driver.Gt, "-99999999999999999999999999", []int64{1, 2, 3}},
				{"n", driver.Gt, "4.5", []int64{1, 3}}, {"n", driver.Le, "-4.5", []int64{2}},
				{"wide", driver.Gt, "1234567890123456789012345678.0123456788", []int64{1}}, {"wide", driver.Lt, "0.00000000011", []int64{2, 3}},
				{"wide", driver.Eq, "0.0000000001", []int64{3}},
			} {
				q := driver.Query{Table: "things", Where: cmp(col(c.l), c.op, param(0)), Order: []driver.Order{asc(col("id"))}}
				name := c.l + string(c.op) + c.r
				f.wantIDs(name, f.ids(q, f.num(c.r)), c.want...)
				q.Where = cmp(col(c.l), c.op, lit(f.num(c.r)))
				f.wantIDs(name+" literal", f.ids(q), c.want...)
			}
			order := []driver.Order{asc(col("id"))}
			f.wantIDs("price < rate", f.ids(driver.Query{Table: "things", Where: cmp(col("price"), driver.Lt, col("rate")), Order: order}), 1, 3)
			f.wantIDs("n > price", f.ids(driver.Query{Table: "things", Where: cmp(col("n"), driver.Gt, col("price")), Order: order}), 1, 3)
			f.insert("things", []string{"id", "n", "price"}, []value.Value{value.Ref(5), value.Int(0), f.num("0")})
			for _, c := range []struct {
				l    string
				op   driver.CmpOp
				r    string
				want []int64
			}{ // far below the last digit of the column
				{"price", driver.Le, "-0.0005", []int64{3}}, {"price", driver.Gt, "-0.0005", []int64{1, 2, 5}}, {"price", driver.Lt, "0.0005", []int64{3, 5}},
				{"price", driver.Ge, "0.0005", []int64{1, 2}}, {"n", driver.Le, "-0.004", []int64{2}}, {"n", driver.Ge, "0.004", []int64{1, 3}},
			} {
				f.wantIDs(c.l+string(c.op)+c.r, f.ids(driver.Query{Table: "things", Where: cmp(col(c.l), c.op, param(0)), Order: order}, f.num(c.r)), c.want...)
			}
			f.must(f.db.Update(f.ctx, func(t driver.Tx) error {
				_, err := t.Delete(f.ctx, "things", 5)
				return err
			}))
			f.wantIDs("by wide", f.ids(driver.Query{Table: "things", Order: []driver.Order{desc(col("wide")), asc(col("id"))}}), 1, 3, 2, 4)
		}},
		{"arithmetic and functions", "arithmetic", func(f *fixture) {
			f.loadThings()
			a := func(op string, l, r driver.Expr) driver.Expr { return driver.Arith{Op: op, L: l, R: r} }
			fn := func(name string, args ...driver.Expr) driver.Expr { return driver.Func{Name: name, Args: args} }
			t := func(s string) driver.Expr { return lit(value.Text(s)) }
			for _, c := range []struct {
				name string
				e    driver.Expr
				want value.Value
			}{
				{"add", a("+", col("price"), col("rate")), f.num("2.0049")}, {"sub", a("-", col("n"), lit(f.num("0.5"))), f.num("4.5")},
				{"mul", a("*", col("price"), col("rate")), f.num("1.0049")}, {"div", a("/", col("n"), lit(value.Int(8))), f.num("0.625")},
				{"rem", a("%", col("n"), lit(value.Int(3))), value.Int(2)}, {"by zero", a("/", col("n"), lit(value.Int(0))), value.Null},
				{"null side", a("+", col("n"), lit(value.Null)), value.Null}, {"neg", driver.Neg{Arg: col("price")}, f.num("-1")},
				{"wide sum", a("+", col("wide"), lit(value.Int(1))), f.num("1234567890123456789012345679.0123456789")},
				{"round", fn("round", lit(f.num("2.345")), lit(value.Int(2))), f.num("2.35")}, {"floor", fn("floor", lit(f.num("-1.5"))), value.Int(-2)},
				{"ceil", fn("ceil", col("rate")), value.Int(2)}, {"abs", fn("abs", lit(f.num("-1.5"))), f.num("1.5")},
				{"coalesce", fn("coalesce", lit(value.Null), col("price")), value.Decimal(100, 2)}, {"lower", fn("lower", t("AbC")), value.Text("abc")},
				{"upper", fn("upper", t("AbC")), value.Text("ABC")}, {"length", fn("length", col("name")), value.Int(12)}, {"trim", fn("trim", t(" a ")), value.Text("a")},
				{"concat", fn("concat", t("x"), lit(value.Null), col("n")), value.Text("x5")},
				{"date", fn("date", col("at"), t("Asia/Shanghai")), value.Date(19676)}, {"date in utc", fn("date", col("at"), t("UTC")), value.Date(19675)},
				{"year", fn("year", col("day")), value.Int(2022)}, {"month", fn("month", col("day")), value.Int(1)}, {"day", fn("day", col("day")), value.Int(8)},
				{"hour", fn("hour", col("at"), t("Asia/Shanghai")), value.Int(6)}, {"quarter", fn("quarter", col("day")), value.Int(1)},
				{"week start", fn("week_start", col("day")), value.Date(18995)}, {"month start", fn("month_start", col("day")), value.Date(18993)},
				{"add days", fn("add_days", col("day"), lit(value.Int(-3))), value.Date(18997)},
				{"add computed days", fn("add_days", col("day"), a("-", lit(value.Int(2)), col("n"))), value.Date(18997)},
				{"add days and a fraction", fn("add_days", col("day"), lit(f.num("-3.9"))), value.Date(18997)},
				{"add days beyond the calendar", fn("add_days", col("day"), lit(value.Int(3_000_000))), value.Null},
				{"add more days than there are", fn("add_days", col("day"), a("*", lit(value.Int(1<<60)), col("n"))), value.Null},
				{"add days to an instant", fn("add_days", col("at"), col("n")), value.DateTime(1700432000000000)},
				{"days between", fn("days_between", col("day"), lit(value.Date(19010))), value.Int(10)},
				{"test of a negation", driver.IsNull{Arg: driver.Not{Arg: cmp(col("n"), driver.Gt, lit(value.Int(1)))}}, value.Bool(false)},
				{"negations are equal", cmp(driver.Not{Arg: col("flag")}, driver.Eq, driver.Not{Arg: driver.Not{Arg: col("flag")}}), value.Bool(false)},
				{"nothing but null", cmp(driver.Case{Arms: []driver.Arm{{When: col("flag"), Then: lit(value.Null)}}}, driver.Eq, col("name")), value.Null},
				{"text of nothing", driver.Match{Mode: "prefix", Arg: fn("coalesce", lit(value.Null)), Pattern: t("a")}, value.Null},
				{"json number", fn("json_number", col("doc"), t("k.v")), f.num("1.25")}, {"json nothing", fn("json_number", col("doc"), t("k.w")), value.Null},
			} {
				r := f.query(&driver.Query{Table: "things", Select: []driver.Expr{c.e}, Where: cmp(col("id"), driver.Eq, lit(value.Ref(1)))})
				f.want(c.name, r[0][0], c.want)
			}
			f.wantIDs("filter", f.ids(driver.Query{Table: "things", Where: cmp(a("*", col("price"), lit(value.Int(2))), driver.Gt, lit(f.num("2.01")))}), 2)
		}},
	}
}
