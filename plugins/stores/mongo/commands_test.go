package mongo_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/bson"

	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/plugins/stores/mongo"
)

var ctx = context.Background()

func col(name string) driver.Expr   { return driver.Col{Name: name} }
func lit(v value.Value) driver.Expr { return driver.Const{Value: v} }
func param(n int) driver.Expr       { return driver.Param{N: n} }
func cmp(l driver.Expr, op driver.CmpOp, r driver.Expr) driver.Expr {
	return driver.Cmp{Op: op, L: l, R: r}
}
func not(e driver.Expr) driver.Expr     { return driver.Not{Arg: e} }
func isNull(e driver.Expr) driver.Expr  { return driver.IsNull{Arg: e} }
func and(es ...driver.Expr) driver.Expr { return driver.And{Args: es} }
func or(es ...driver.Expr) driver.Expr  { return driver.Or{Args: es} }
func text(s string) driver.Expr         { return lit(value.Text(s)) }
func num(s string) driver.Expr {
	v, err := value.ParseDecimal(s)
	if err != nil {
		panic(err)
	}
	return lit(v)
}
func arith(l driver.Expr, op string, r driver.Expr) driver.Expr {
	return driver.Arith{Op: op, L: l, R: r}
}
func fn(name string, args ...driver.Expr) driver.Expr { return driver.Func{Name: name, Args: args} }

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func deals() driver.Table {
	return driver.Table{Name: "deals", Columns: []driver.Column{
		{Name: "name", Type: driver.Text}, {Name: "mail", Type: driver.Text}, {Name: "n", Type: driver.Int}, {Name: "m", Type: driver.Int},
		{Name: "price", Type: driver.Decimal, Scale: 2}, {Name: "wide", Type: driver.Decimal, Scale: 10, Precision: 38},
		{Name: "big", Type: driver.Decimal, Scale: 2, Precision: 30}, {Name: "f", Type: driver.Float}, {Name: "won", Type: driver.Bool},
		{Name: "day", Type: driver.Date}, {Name: "at", Type: driver.DateTime}, {Name: "raw", Type: driver.Bytes}, {Name: "tags", Type: driver.List},
		{Name: "account", Type: driver.Ref}, {Name: "about", Type: driver.Text}, {Name: "doc", Type: driver.JSON},
	}, Indexes: []driver.Index{{Name: "mail", Unique: true, Columns: []driver.IndexColumn{{Column: "mail", Fold: true}}}}}
}

func accounts() driver.Table {
	return driver.Table{Name: "accounts", Columns: []driver.Column{{Name: "name", Type: driver.Text}, {Name: "owner", Type: driver.Ref}, {Name: "likes", Type: driver.List}}}
}

// opened is a database on a scripted server.
func opened(t *testing.T, tables ...driver.Table) (*wire, driver.DB) {
	t.Helper()
	w := newWire(t)
	e, err := mongo.New(w.uri(), nil)
	must(t, err)
	db, err := e.Open(ctx, "acme")
	must(t, err)
	t.Cleanup(func() { must(t, db.Close()) })
	for _, tab := range tables {
		must(t, db.Change(ctx, driver.CreateTable{Table: tab}))
	}
	w.take()
	return w, db
}

// run runs a query in a view and gives its rows.
func run(t *testing.T, db driver.DB, q *driver.Query, args ...value.Value) (out [][]value.Value) {
	t.Helper()
	s, err := db.Prepare(q)
	must(t, err)
	must(t, db.View(ctx, func(tx driver.Tx) error {
		rows, err := tx.Query(ctx, s, args)
		if err != nil {
			return err
		}
		for rows.Next() {
			r := make([]value.Value, len(q.Select)+len(q.Group)+len(q.Aggs))
			for i := range r {
				r[i] = rows.Value(i).Clone()
			}
			out = append(out, r)
		}
		return errors.Join(rows.Err(), rows.Close())
	}))
	return out
}

// TestFilters holds each condition to the find filter that is sent; "here" means that it is
// evaluated on the rows.
func TestFilters(t *testing.T) {
	w, db := opened(t, deals(), accounts())
	lower := fn("lower", col("name"))
	match := func(mode, c, p string) driver.Expr { return driver.Match{Mode: mode, Arg: col(c), Pattern: text(p)} }
	in := func(c string, js string) driver.Expr {
		return driver.In{Arg: col(c), List: lit(value.List(js))}
	}
	has := driver.Has{Arg: col("tags"), Elem: text("a")}
	for _, c := range []struct {
		name  string
		where driver.Expr
		want  string
	}{
		{"nothing", nil, `{}`},
		{"equal", cmp(col("n"), driver.Eq, lit(value.Int(5))), `{"n":5}`},
		{"not equal", cmp(col("n"), driver.Ne, lit(value.Int(5))), `{"n":{"$nin":[5,null]}}`},
		{"not less", not(cmp(col("n"), driver.Lt, lit(value.Int(5)))), `{"n":{"$gte":5}}`},
		{"flipped", cmp(lit(value.Int(5)), driver.Lt, col("n")), `{"n":{"$gt":5}}`},
		{"whole and fraction", cmp(col("n"), driver.Gt, num("4.5")), `{"n":{"$gt":4}}`},
		{"whole, fraction above", cmp(col("n"), driver.Lt, num("4.5")), `{"n":{"$lt":5}}`},
		{"equals no whole number", cmp(col("n"), driver.Eq, num("4.5")), `none`},
		{"differs from every whole number", cmp(col("n"), driver.Ne, num("4.5")), `{"n":{"$ne":null}}`},
		{"beyond int64", cmp(col("n"), driver.Lt, num("1e30")), `{"n":{"$ne":null}}`},
		{"below int64", cmp(col("n"), driver.Lt, num("-1e30")), `none`},
		{"decimal", cmp(col("price"), driver.Ge, num("12.3")), `{"price":{"$gte":{"$numberDecimal":"12.30"}}}`},
		{"decimal between its steps", cmp(col("price"), driver.Le, num("1.005")), `{"price":{"$lte":{"$numberDecimal":"1.00"}}}`},
		{"negative decimal between its steps", cmp(col("price"), driver.Gt, num("-0.011")), `{"price":{"$gt":{"$numberDecimal":"-0.02"}}}`},
		{"38 digits", cmp(col("price"), driver.Lt, num("99999999999999999999999999999999999999")), `{"price":{"$ne":null}}`},
		{"wide decimal", cmp(col("wide"), driver.Gt, num("1.5")), `{"wide":{"$gt":"2500015"}}`},
		{"float", cmp(col("f"), driver.Lt, num("0.5")), `{"f":{"$lt":0.5}}`},
		{"float next to a decimal", cmp(col("f"), driver.Lt, num("0.1")), `{"f":{"$lt":0.1}}`},
		{"no float equals it", cmp(col("f"), driver.Eq, num("0.10000000000000000001")), `none`},
		{"float below what none equals", cmp(col("f"), driver.Lt, num("0.10000000000000000001")), `{"f":{"$lt":0.10000000000000002}}`},
		{"bool", col("won"), `{"won":true}`}, {"not bool", not(col("won")), `{"won":false}`},
		{"bool below true", cmp(col("won"), driver.Lt, lit(value.Bool(true))), `{"won":false}`},
		{"date", cmp(col("day"), driver.Eq, lit(value.Date(19000))), `{"day":19000}`},
		{"instant in microseconds", cmp(col("at"), driver.Lt, lit(value.DateTime(1700000000000001))), `{"at":{"$lt":1700000000000001}}`},
		{"bytes", cmp(col("raw"), driver.Eq, lit(value.Bytes("x"))), `{"raw":{"$binary":{"base64":"eA==","subType":"00"}}}`},
		{"bytes by order", cmp(col("raw"), driver.Lt, lit(value.Bytes("x"))), `here`},
		{"id", cmp(col("id"), driver.Ne, lit(value.Ref(3))), `{"_id":{"$nin":[3]}}`},
		{"null", isNull(col("name")), `{"name":null}`}, {"not null", not(isNull(col("name"))), `{"name":{"$ne":null}}`},
		{"with null", cmp(col("n"), driver.Eq, lit(value.Null)), `none`}, {"not with null", not(cmp(col("n"), driver.Eq, lit(value.Null))), `none`},
		{"isNull is false", cmp(isNull(col("name")), driver.Eq, lit(value.Bool(false))), `{"name":{"$ne":null}}`},
		{"and", and(col("won"), isNull(col("n"))), `{"$and":[{"won":true},{"n":null}]}`},
		{"not and", not(and(col("won"), isNull(col("n")))), `{"$or":[{"won":false},{"n":{"$ne":null}}]}`},
		{"or of none", or(), `none`}, {"or with true", or(col("won"), and()), `{}`},
		{"in", in("n", `[1,2]`), `{"n":{"$in":[1,2]}}`}, {"in decimals", in("price", `["1","1.005"]`), `{"price":{"$in":[{"$numberDecimal":"1.00"}]}}`},
		{"not in", not(in("name", `["a"]`)), `{"name":{"$nin":["a",null]}}`}, {"in nothing", in("n", `[]`), `none`}, {"not in nothing", not(in("n", `[]`)), `{"n":{"$ne":null}}`},
		{"has", has, `{"tags":"a"}`}, {"has not", not(has), `{"tags":{"$nin":["a",null]}}`},
		{"contains", match("contains", "name", "a.Ä1"), `{"name":{"$regularExpression":{"pattern":"[aA]\\.Ä1","options":""}}}`},
		{"prefix", match("prefix", "name", "$x"), `{"name":{"$regularExpression":{"pattern":"^\\$[xX]","options":""}}}`},
		{"suffix", match("suffix", "name", "a\n"), `{"name":{"$regularExpression":{"pattern":"[aA]\\x0a\\z","options":""}}}`},
		{"prefix of an indexed fold", match("prefix", "mail", "Bo"), `{"~mail":{"$regularExpression":{"pattern":"^bo","options":""}}}`},
		{"no match", not(match("contains", "name", "a")), `{"name":{"$nin":[{"$regularExpression":{"pattern":"[aA]","options":""}},null]}}`},
		{"empty pattern", match("contains", "name", ""), `{"name":{"$ne":null}}`},
		{"too long for an expression", match("contains", "name", strings.Repeat("a", 9000)), `here`},
		{"lower", cmp(lower, driver.Eq, text("bo")), `{"name":{"$regularExpression":{"pattern":"^[bB][oO]\\z","options":""}}}`},
		{"lower equals no capital", cmp(lower, driver.Eq, text("Bo")), `none`},
		{"lower of both", cmp(fn("lower", col("mail")), driver.Eq, fn("lower", text("Bo"))), `{"~mail":"bo"}`},
		{"columns", cmp(col("n"), driver.Lt, col("price")), `{"$expr":{"$and":[{"$gt":["$n",null]},{"$gt":["$price",null]},{"$lt":["$n","$price"]}]}}`},
		{"not columns", not(cmp(col("n"), driver.Lt, col("m"))), `{"$expr":{"$and":[{"$gt":["$n",null]},{"$gt":["$m",null]},{"$gte":["$n","$m"]}]}}`},
		{"columns of two representations", cmp(col("n"), driver.Lt, col("wide")), `here`},
		{"sum", cmp(arith(col("price"), "+", arith(col("n"), "*", num("0.5"))), driver.Gt, num("1")),
			`{"$expr":{"$and":[{"$gt":["$n",null]},{"$gt":["$price",null]},{"$gt":[{"$add":["$price",{"$multiply":[{"$toDecimal":"$n"},{"$numberDecimal":"0.5"}]}]},{"$numberDecimal":"1"}]}]}}`},
		{"not a difference", not(cmp(col("price"), driver.Lt, arith(col("n"), "-", driver.Neg{Arg: col("price")}))),
			`{"$expr":{"$and":[{"$gt":["$n",null]},{"$gt":["$price",null]},{"$gte":["$price",{"$subtract":[{"$toDecimal":"$n"},{"$multiply":["$price",-1]}]}]}]}}`},
		{"sum with null", cmp(arith(col("n"), "+", lit(value.Null)), driver.Gt, num("1")), `none`},
		{"product of too many digits", cmp(arith(col("price"), "*", col("n")), driver.Gt, num("1")), `here`},
		{"sum of too many digits", cmp(arith(col("big"), "+", num("0.000001")), driver.Gt, num("1")), `here`},
		{"quotient", cmp(arith(col("n"), "/", num("3")), driver.Gt, num("1")), `here`},
		{"sum of a wide decimal", cmp(arith(col("wide"), "+", num("3")), driver.Gt, num("1")), `here`},
		{"case", cmp(driver.Case{Arms: []driver.Arm{{When: col("won"), Then: text("y")}}}, driver.Eq, text("y")), `here`},
		{"function", cmp(fn("year", col("day")), driver.Eq, lit(value.Int(2026))), `here`},
		{"part of it here", and(col("won"), cmp(fn("length", col("name")), driver.Gt, lit(value.Int(3)))), `{"won":true}`},
	} {
		s, err := db.Prepare(&driver.Query{Table: "deals", Select: []driver.Expr{col("id")}, Where: c.where})
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		w.take()
		must(t, db.View(ctx, func(tx driver.Tx) error {
			r, err := tx.Query(ctx, s, nil)
			if err == nil {
				r.Next()
				err = r.Err()
			}
			return err
		}))
		got := "none"
		if cmds := w.take("deals"); len(cmds) > 0 {
			got = show(cmds[0], "filter")
			if got == "{}" && c.want == "here" && show(cmds[0], "projection") != `{"_id":1}` {
				got = "here"
			}
		}
		if got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.name, got, c.want)
		}
	}
}

// TestLinks: conditions on other tables read the keys first; selected values are read for a batch.
func TestLinks(t *testing.T) {
	w, db := opened(t, deals(), accounts())
	q := func(table string, where driver.Expr) *driver.Query {
		return &driver.Query{Table: table, Where: where, Select: []driver.Expr{col("id")}}
	}
	name := driver.Lookup{Ref: col("account"), Table: "accounts", Expr: col("name")}
	exists := func(l driver.Link, where driver.Expr) driver.Expr {
		return driver.Exists{Table: "deals", Link: l, Where: where}
	}
	seen := driver.Lookup{Ref: col("account"), Table: "accounts", Expr: driver.Case{Arms: []driver.Arm{{When: cmp(col("owner"), driver.Eq, lit(value.Ref(8))), Then: col("name")}}}}
	doc := func(kv ...any) bson.D { return bson.D{{Key: kv[0].(string), Value: kv[1]}} }
	for _, c := range []struct {
		name         string
		q            *driver.Query
		inner        []any
		first, outer string
	}{
		{"lookup", q("deals", cmp(name, driver.Eq, text("ann"))), []any{doc("_id", int64(4)), doc("_id", int64(5))},
			`"accounts" {"name":"ann"} {"_id":1}`, `"deals" {"account":{"$in":[4,5]}}`},
		{"not lookup", q("deals", not(cmp(name, driver.Eq, text("ann")))), []any{doc("_id", int64(4))},
			`"accounts" {"name":{"$nin":["ann",null]}} {"_id":1}`, `"deals" {"account":{"$in":[4]}}`},
		{"what access rules hide", q("deals", cmp(seen, driver.Eq, text("ann"))), []any{doc("_id", int64(4))},
			`"accounts" {"$and":[{"owner":8},{"name":"ann"}]} {"_id":1}`, `"deals" {"account":{"$in":[4]}}`},
		{"exists", q("accounts", exists(driver.Link{Inner: col("account"), Outer: col("id")}, col("won"))), []any{doc("account", int64(4)), doc("account", int64(4))},
			`"deals" {"won":true} {"_id":0,"account":1}`, `"accounts" {"_id":{"$in":[4]}}`},
		{"not exists", q("accounts", not(exists(driver.Link{Inner: col("account"), Outer: col("id")}, nil))), []any{doc("account", int64(4))},
			`"deals" {} {"_id":0,"account":1}`, `"accounts" {"_id":{"$nin":[4]}}`},
		{"prefixed", q("accounts", exists(driver.Link{Inner: col("about"), Outer: col("id"), Prefix: "acc_"}, nil)), []any{doc("about", "acc_4"), doc("about", "acc_05"), doc("about", "con_6")},
			`"deals" {} {"_id":0,"about":1}`, `"accounts" {"_id":{"$in":[4]}}`},
		{"inner list", q("accounts", exists(driver.Link{Inner: col("tags"), InnerList: true, Outer: col("id")}, nil)), []any{doc("tags", bson.A{int64(4), int64(6)})},
			`"deals" {} {"_id":0,"tags":1}`, `"accounts" {"_id":{"$in":[4,6]}}`},
		{"outer list", q("accounts", exists(driver.Link{Inner: col("id"), Outer: col("likes"), OuterList: true}, col("won"))), []any{doc("_id", int64(4))},
			`"deals" {"won":true} {"_id":1}`, `"accounts" {"likes":{"$in":[4]}}`},
		{"by date", q("deals", driver.Exists{Table: "deals", Link: driver.Link{Inner: col("day"), Outer: col("day")}, Where: col("won")}), []any{doc("day", int64(4))},
			`"deals" {"won":true} {"_id":0,"day":1}`, `"deals" {"day":{"$in":[4]}}`},
	} {
		w.take()
		inner := strings.Trim(strings.Fields(c.first)[0], `"`)
		w.script("find "+inner, found(c.inner...))
		run(t, db, c.q)
		cmds := w.take("deals", "accounts")
		if len(cmds) != 2 {
			t.Errorf("%s: commands %v", c.name, names(cmds))
			continue
		}
		if got := show(cmds[0], "find", "filter", "projection"); got != c.first {
			t.Errorf("%s: first\n got %s\nwant %s", c.name, got, c.first)
		}
		if got := show(cmds[1], "find", "filter"); got != c.outer {
			t.Errorf("%s: then\n got %s\nwant %s", c.name, got, c.outer)
		}
	}

	sel := &driver.Query{Table: "deals", Select: []driver.Expr{col("id"), name, driver.Lookup{Ref: col("account"), Table: "accounts", Expr: col("owner")}}}
	w.script("find deals", found(bson.D{{Key: "_id", Value: int64(1)}, {Key: "account", Value: int64(4)}}, bson.D{{Key: "_id", Value: int64(2)}, {Key: "account", Value: int64(4)}}, bson.D{{Key: "_id", Value: int64(3)}}))
	w.script("find accounts", found(bson.D{{Key: "_id", Value: int64(4)}, {Key: "name", Value: "ann"}}))
	rows := run(t, db, sel)
	want := [][]value.Value{{value.Ref(1), value.Text("ann"), value.Null}, {value.Ref(2), value.Text("ann"), value.Null}, {value.Ref(3), value.Null, value.Null}}
	if !slices.EqualFunc(rows, want, slices.Equal[[]value.Value]) {
		t.Errorf("got %v, want %v", rows, want)
	}
	cmds := w.take("accounts")
	if len(cmds) != 1 || show(cmds[0], "filter", "projection") != `{"_id":{"$in":[4]}} {"_id":1,"name":1,"owner":1}` {
		t.Errorf("two values of one lookup: %s", cmds)
	}
}

// TestManyInnerRows: beyond the bound the outer rows are read and their links followed.
func TestManyInnerRows(t *testing.T) {
	w, db := opened(t, deals(), accounts())
	var many []any
	for i := range int64(5001) {
		many = append(many, bson.D{{Key: "_id", Value: i}})
	}
	w.script("find accounts", found(many...), found(bson.D{{Key: "_id", Value: int64(4)}, {Key: "name", Value: "ann"}}))
	w.script("find deals", found(bson.D{{Key: "_id", Value: int64(1)}, {Key: "account", Value: int64(4)}}, bson.D{{Key: "_id", Value: int64(2)}, {Key: "account", Value: int64(5)}}))
	rows := run(t, db, &driver.Query{Table: "deals", Select: []driver.Expr{col("id")},
		Where: cmp(driver.Lookup{Ref: col("account"), Table: "accounts", Expr: col("name")}, driver.Eq, param(0))}, value.Text("ann"))
	if len(rows) != 1 || rows[0][0] != value.Ref(1) {
		t.Errorf("got %v", rows)
	}
	var got []string
	for _, c := range w.take("deals", "accounts") {
		got = append(got, show(c, "find", "filter"))
	}
	want := []string{`"accounts" {"name":"ann"}`, `"deals" {}`, `"accounts" {"_id":{"$in":[4,5]}}`}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestExistsHere: an Exists among what is evaluated here asks for each key of a batch once.
func TestExistsHere(t *testing.T) {
	w, db := opened(t, deals(), accounts())
	exists := driver.Exists{Table: "deals", Link: driver.Link{Inner: col("account"), Outer: col("id")}, Where: col("won")}
	w.script("find accounts", found(bson.D{{Key: "_id", Value: int64(4)}}, bson.D{{Key: "_id", Value: int64(5)}}))
	w.script("aggregate deals", found(bson.D{{Key: "_id", Value: int64(5)}}))
	rows := run(t, db, &driver.Query{Table: "accounts", Select: []driver.Expr{col("id"), driver.Case{Arms: []driver.Arm{{When: exists, Then: text("yes")}}, Else: text("no")}}})
	want := [][]value.Value{{value.Ref(4), value.Text("no")}, {value.Ref(5), value.Text("yes")}}
	if !slices.EqualFunc(rows, want, slices.Equal[[]value.Value]) {
		t.Errorf("got %v", rows)
	}
	if got := show(w.take("deals")[0], "pipeline"); got != `[{"$match":{"$and":[{"account":{"$in":[4,5]}},{"won":true}]}},{"$group":{"_id":"$account"}}]` {
		t.Errorf("sent %s", got)
	}
}
