package mongo_test

import (
	"slices"
	"testing"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/bson/primitive"

	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
)

func asc(c string) driver.Order  { return driver.Order{Expr: col(c)} }
func desc(c string) driver.Order { return driver.Order{Expr: col(c), Desc: true} }

// TestPages holds orders, limits and keyset pages to the finds that are sent: each is one range of
// an index, and the nulls are a find of their own.
func TestPages(t *testing.T) {
	w, db := opened(t, deals())
	id, seven := value.Ref(9), lit(value.Int(7))
	for _, c := range []struct {
		name  string
		order []driver.Order
		after []value.Value
		want  []string
	}{
		{"first page", []driver.Order{desc("day"), desc("id")}, nil, []string{`{} {"day":-1,"_id":-1} 7`}},
		{"by id", []driver.Order{asc("id")}, []value.Value{id}, []string{`{"_id":{"$gt":9}} {"_id":1} 7`}},
		{"ascending", []driver.Order{asc("day"), asc("id")}, []value.Value{value.Date(3), id},
			[]string{`{"$and":[{"day":{"$gte":3}},{"$or":[{"day":{"$gt":3}},{"_id":{"$gt":9}}]}]} {"day":1,"_id":1} 7`}},
		{"descending", []driver.Order{desc("day"), desc("id")}, []value.Value{value.Date(3), id},
			[]string{`{"$and":[{"day":{"$lte":3}},{"$or":[{"day":{"$lt":3}},{"_id":{"$lt":9}}]}]} {"day":-1,"_id":-1} 7`, `{"day":null} {"day":-1,"_id":-1} 7`}},
		{"among the nulls, ascending", []driver.Order{asc("day"), asc("id")}, []value.Value{value.Null, id},
			[]string{`{"$and":[{"day":null},{"_id":{"$gt":9}}]} {"day":1,"_id":1} 7`, `{"day":{"$ne":null}} {"day":1,"_id":1} 7`}},
		{"among the nulls, descending", []driver.Order{desc("day"), asc("id")}, []value.Value{value.Null, id},
			[]string{`{"$and":[{"day":null},{"_id":{"$gt":9}}]} {"day":-1,"_id":1} 7`}},
		{"three criteria", []driver.Order{asc("day"), desc("n"), asc("id")}, []value.Value{value.Date(3), value.Int(5), id},
			[]string{`{"$and":[{"day":{"$gte":3}},{"$or":[{"day":{"$gt":3}},{"n":{"$lt":5}},{"n":null},{"$and":[{"n":5},{"_id":{"$gt":9}}]}]}]} {"day":1,"n":-1,"_id":1} 7`}},
	} {
		q := &driver.Query{Table: "deals", Select: []driver.Expr{col("id")}, Order: c.order, Limit: seven}
		for i := range c.after {
			q.After = append(q.After, param(i))
		}
		run(t, db, q, c.after...)
		var got []string
		for _, cmd := range w.take("deals") {
			got = append(got, show(cmd, "filter", "sort", "limit"))
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s:\n got %q\nwant %q", c.name, got, c.want)
		}
	}
}

// TestSortHere: what the server cannot sort by is sorted after it was read.
func TestSortHere(t *testing.T) {
	w, db := opened(t, deals())
	w.script("find deals", found(bson.D{{Key: "_id", Value: int64(1)}, {Key: "n", Value: int64(-3)}}, bson.D{{Key: "_id", Value: int64(2)}, {Key: "n", Value: int64(2)}}, bson.D{{Key: "_id", Value: int64(3)}}))
	rows := run(t, db, &driver.Query{Table: "deals", Select: []driver.Expr{col("id")}, Limit: lit(value.Int(2)),
		Order: []driver.Order{{Expr: fn("abs", col("n"))}, asc("id")}, After: []driver.Expr{lit(value.Null), lit(value.Ref(3))}})
	if len(rows) != 2 || rows[0][0] != value.Ref(2) || rows[1][0] != value.Ref(1) {
		t.Errorf("got %v", rows)
	}
	if got := show(w.take("deals")[0], "filter", "sort", "limit", "projection"); got != `{} - - {"_id":1,"n":1}` {
		t.Errorf("sent %s", got)
	}
}

// TestBatches holds the batch of a level to one command.
func TestBatches(t *testing.T) {
	w, db := opened(t, deals())
	q := &driver.Query{Table: "deals", Select: []driver.Expr{col("account"), col("name")}, Where: col("won"), Order: []driver.Order{desc("day"), asc("id")},
		Limit: param(1), Per: &driver.Per{By: col("account"), Keys: param(0)}}
	run(t, db, q, value.List(`[4,2,4]`), value.Int(3))
	cmds := w.take("deals")
	want := `"deals" [` +
		`{"$match":{"$and":[{"account":{"$in":[4,2]}},{"won":true}]}},` +
		`{"$group":{"_id":"$account","rows":{"$topN":{"n":3,"sortBy":{"day":-1,"_id":1},"output":{"account":"$account","name":"$name"}}}}},` +
		`{"$unwind":"$rows"},{"$replaceWith":"$rows"}]`
	if len(cmds) != 1 || show(cmds[0], "aggregate", "pipeline") != want {
		t.Errorf("with a limit:\n got %s\nwant %s", show(cmds[0], "aggregate", "pipeline"), want)
	}
	run(t, db, q, value.List(`[4]`), value.Null)
	cmds = w.take("deals")
	want = `"deals" {"$and":[{"account":{"$in":[4]}},{"won":true}]} {"account":1,"day":-1,"_id":1}`
	if len(cmds) != 1 || show(cmds[0], "find", "filter", "sort") != want {
		t.Errorf("without a limit:\n got %s\nwant %s", show(cmds[0], "find", "filter", "sort"), want)
	}
	if rows := run(t, db, q, value.List(`[]`), value.Int(3)); len(rows) != 0 || len(w.take("deals")) != 0 {
		t.Error("a batch without keys asks the server")
	}
}

// TestAggregates holds what the server can group exactly to the $group that is sent, and its answer
// to the values it means.
func TestAggregates(t *testing.T) {
	w, db := opened(t, deals())
	dec := func(s string) primitive.Decimal128 {
		d, err := primitive.ParseDecimal128(s)
		must(t, err)
		return d
	}
	w.script("aggregate deals", found(
		bson.D{{Key: "_id", Value: bson.D{{Key: "g0", Value: nil}, {Key: "g1", Value: "a@x"}}}, {Key: "n0", Value: 4}, {Key: "n1", Value: 0}, {Key: "v1", Value: 0},
			{Key: "n2", Value: int64(3)}, {Key: "v2", Value: dec("10.00")}, {Key: "n3", Value: 2}, {Key: "v3", Value: dec("18000000000000000000")}, {Key: "n4", Value: 1}, {Key: "v4", Value: "z"}, {Key: "n5", Value: 2}, {Key: "v5", Value: 1}},
		bson.D{{Key: "_id", Value: bson.D{{Key: "g0", Value: int64(3)}, {Key: "g1", Value: nil}}}, {Key: "n0", Value: 1}, {Key: "n1", Value: 1}, {Key: "v1", Value: dec("0.01")},
			{Key: "n2", Value: 0}, {Key: "v2", Value: 0}, {Key: "n3", Value: 0}, {Key: "v3", Value: 0}, {Key: "n4", Value: 0}, {Key: "v4", Value: nil}, {Key: "n5", Value: 0}, {Key: "v5", Value: 0}}))
	agg := func(f driver.AggFunc, c string) driver.Agg { return driver.Agg{Func: f, Expr: col(c)} }
	filtered := agg(driver.Sum, "price")
	filtered.Filter = and(col("won"), not(driver.In{Arg: col("name"), List: lit(value.List(`["$x"]`))}))
	q := &driver.Query{Table: "deals", Where: isNull(col("at")), Group: []driver.Expr{col("n"), fn("lower", col("mail"))},
		Aggs:  []driver.Agg{{Func: driver.Count}, filtered, agg(driver.Avg, "price"), agg(driver.Sum, "n"), agg(driver.Max, "name"), agg(driver.Sum, "won")},
		Order: []driver.Order{{Expr: driver.Output{N: 0}}}, Having: cmp(driver.Output{N: 2}, driver.Gt, param(0))}
	rows := run(t, db, q, value.Int(0))
	got := show(w.take("deals")[0], "pipeline")
	want := `[{"$match":{"at":null}},{"$group":{"_id":{"g0":{"$ifNull":["$n",null]},"g1":{"$ifNull":["$~mail",null]}},"n0":{"$sum":1},` +
		`"n1":{"$sum":{"$cond":[{"$and":[{"$and":[{"$eq":["$won",{"$literal":true}]},{"$and":[{"$gt":["$name",null]},{"$not":[{"$in":["$name",[{"$literal":"$x"}]]}]}]}]},{"$gt":["$price",null]}]},1,0]}},` +
		`"v1":{"$sum":{"$cond":[{"$and":[{"$and":[{"$eq":["$won",{"$literal":true}]},{"$and":[{"$gt":["$name",null]},{"$not":[{"$in":["$name",[{"$literal":"$x"}]]}]}]}]},{"$gt":["$price",null]}]},"$price",null]}},` +
		`"n2":{"$sum":{"$cond":[{"$gt":["$price",null]},1,0]}},"v2":{"$sum":{"$cond":[{"$gt":["$price",null]},"$price",null]}},` +
		`"n3":{"$sum":{"$cond":[{"$gt":["$n",null]},1,0]}},"v3":{"$sum":{"$cond":[{"$gt":["$n",null]},{"$toDecimal":"$n"},null]}},` +
		`"n4":{"$sum":{"$cond":[{"$gt":["$name",null]},1,0]}},"v4":{"$max":{"$cond":[{"$gt":["$name",null]},"$name",null]}},` +
		`"n5":{"$sum":{"$cond":[{"$gt":["$won",null]},1,0]}},"v5":{"$sum":{"$cond":[{"$and":[{"$gt":["$won",null]},"$won"]},1,0]}}}}]`
	if got != want {
		t.Errorf("sent\n%s\nwant\n%s", got, want)
	}
	ten, err := value.ParseDecimal("3.3333333333333333")
	must(t, err)
	sum, err := value.ParseDecimal("18000000000000000000")
	must(t, err)
	expected := [][]value.Value{
		{value.Null, value.Text("a@x"), value.Int(4), value.Null, ten, sum, value.Text("z"), value.Int(1)},
		{value.Int(3), value.Null, value.Int(1), value.Decimal(1, 2), value.Null, value.Null, value.Null, value.Null},
	}
	if len(rows) != 2 {
		t.Fatalf("got %v", rows)
	}
	for i, r := range rows {
		for j, v := range r {
			if !value.Equal(v, expected[i][j]) {
				t.Errorf("row %d, column %d: got %s, want %s", i, j, v.AppendDecimal(nil), expected[i][j].AppendDecimal(nil))
			}
		}
	}
}

// TestAggregatesHere: what the server would round or cannot do is aggregated after it was read.
func TestAggregatesHere(t *testing.T) {
	w, db := opened(t, deals())
	for _, a := range []driver.Agg{
		{Func: driver.Sum, Expr: col("wide")}, {Func: driver.Sum, Expr: col("big")}, {Func: driver.CountDistinct, Expr: col("name")}, {Func: driver.Min, Expr: col("raw")},
		{Func: driver.Sum, Expr: driver.Arith{Op: "*", L: col("n"), R: col("price")}},
		{Func: driver.Count, Filter: cmp(fn("year", col("day")), driver.Eq, lit(value.Int(2026)))},
	} {
		rows := run(t, db, &driver.Query{Table: "deals", Aggs: []driver.Agg{a}})
		if len(rows) != 1 {
			t.Errorf("%+v over nothing: %v", a, rows)
		}
		if got := names(w.take("deals")); !slices.Equal(got, []string{"find deals"}) {
			t.Errorf("%+v: sent %v", a, got)
		}
	}
}

// TestStored holds the documents of written rows, and what is read of them, to the types.
func TestStored(t *testing.T) {
	w, db := opened(t, deals())
	must(t, db.Update(ctx, func(tx driver.Tx) error {
		if err := tx.Insert(ctx, "deals", []string{"id", "name", "mail", "price", "wide", "f", "won", "day", "at", "raw", "tags", "doc", "account"}, []value.Value{
			value.Ref(1), value.Text("A"), value.Text("Bo@X"), value.Decimal(12345, 3), value.Decimal(15, 1), value.Float(0.5), value.Bool(true), value.Date(-1), value.DateTime(1700000000000001),
			value.Bytes("x"), value.List(`["a\"<é",""]`), value.JSON(`{"b":1,"a":2}`), value.Null}); err != nil {
			return err
		}
		ok, err := tx.Update(ctx, "deals", 1, []string{"mail", "price", "n"}, []value.Value{value.Null, value.Decimal(-5, 1), value.Int(3)})
		if err != nil || !ok {
			t.Errorf("update: %v, %v", ok, err)
		}
		if _, err := tx.UpdateWhere(ctx, "deals", col("won"), nil, []string{"mail"}, []value.Value{value.Text("Z")}); err != nil {
			return err
		}
		_, err = tx.Delete(ctx, "deals", 4, 5)
		return err
	}))
	cmds := w.take("deals")
	doc := cmds[0].Lookup("documents", "0").Document()
	want := `{"_id":1,"name":"A","mail":"Bo@X","~mail":"bo@x","price":{"$numberDecimal":"12.35"},"wide":"2500015","f":0.5,"won":true,"day":-1,"at":1700000000000001,` +
		`"raw":{"$binary":{"base64":"eA==","subType":"00"}},"tags":["a\"<é",""],"doc":"{\"b\":1,\"a\":2}"}`
	if got := show(cmds[0], "documents.0"); got != want {
		t.Errorf("insert\n got %s\nwant %s", got, want)
	}
	if got := show(cmds[1], "updates.0.q", "updates.0.u"); got != `{"_id":1} {"$set":{"price":{"$numberDecimal":"-0.50"},"n":3},"$unset":{"mail":"","~mail":""}}` {
		t.Errorf("update %s", got)
	}
	if got := show(cmds[2], "updates.0.q", "updates.0.u", "updates.0.multi"); got != `{"won":true} {"$set":{"mail":"Z","~mail":"z"}} true` {
		t.Errorf("update where %s", got)
	}
	if got := show(cmds[3], "deletes.0.q", "deletes.0.limit"); got != `{"_id":{"$in":[4,5]}} 0` {
		t.Errorf("delete %s", got)
	}
	w.script("find deals", found(doc))
	sel := []driver.Expr{}
	for _, c := range []string{"id", "name", "price", "wide", "f", "won", "day", "at", "raw", "tags", "doc", "account"} {
		sel = append(sel, col(c))
	}
	row := run(t, db, &driver.Query{Table: "deals", Select: sel})[0]
	read := []value.Value{value.Ref(1), value.Text("A"), value.Decimal(1235, 2), value.Decimal(15000000000, 10), value.Float(0.5), value.Bool(true), value.Date(-1), value.DateTime(1700000000000001),
		value.Bytes("x"), value.List(`["a\"<é",""]`), value.JSON(`{"b":1,"a":2}`), value.Null}
	if !slices.Equal(row, read) {
		t.Errorf("read %+v\nwant %+v", row, read)
	}
}
