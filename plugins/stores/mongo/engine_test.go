package mongo_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/bson"

	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/plugins/stores/mongo"
)

// TestRefused: servers that cannot keep the contract are refused when a tenant is opened.
func TestRefused(t *testing.T) {
	w := newWire(t)
	e, err := mongo.New(w.uri(), nil)
	must(t, err)
	w.set(func() { w.setName = "" })
	if _, err := e.Open(ctx, "acme"); !errors.Is(err, mongo.ErrStandalone) || !strings.Contains(err.Error(), "replica set is required") {
		t.Errorf("a standalone: %v", err)
	}
	if len(w.take("_tenon_meta")) > 0 {
		t.Error("a refused server was written to")
	}
	w.set(func() { w.setName, w.version = "rs", 13 })
	if _, err := e.Open(ctx, "acme"); err == nil || !strings.Contains(err.Error(), "6.0") {
		t.Errorf("an old server: %v", err)
	}
	w.set(func() { w.version = 21 })
	db, err := e.Open(ctx, "acme")
	must(t, err)
	if _, err := e.Open(ctx, "acme"); err == nil {
		t.Error("a tenant was opened twice")
	}
	if err := e.Drop(ctx, "acme"); err == nil {
		t.Error("an open tenant was dropped")
	}
	must(t, db.Close())
	w.take()
	must(t, e.Drop(ctx, "acme"))
	if got := w.take(); len(got) != 1 || show(got[0], "dropDatabase", "$db", "writeConcern.w") != `1 "tenon_acme" "majority"` {
		t.Errorf("sent %s", got)
	}
	for _, bad := range []string{"", "Acme", "a.b", strings.Repeat("a", 60)} {
		if _, err := e.Open(ctx, bad); err == nil {
			t.Errorf("tenant %q was opened", bad)
		}
	}
	if _, err := mongo.New("http://x", nil); err == nil {
		t.Error("a connection string of another kind was taken")
	}
	named, err := mongo.New("mongodb://"+w.addr+"/crm", nil)
	must(t, err)
	must(t, named.Drop(ctx, "acme"))
	if got := show(w.take()[0], "$db"); got != `"crm_acme"` {
		t.Errorf("the database is %s", got)
	}
	w.set(func() { w.meta[1].Value = 99 })
	if _, err := e.Open(ctx, "acme"); err == nil || !strings.Contains(err.Error(), "format 99") {
		t.Errorf("a newer format: %v", err)
	}
}

// TestIndexes holds the indexes that are built to their definitions.
func TestIndexes(t *testing.T) {
	w, db := opened(t, deals())
	by := func(cols ...driver.IndexColumn) []driver.IndexColumn { return cols }
	name, mail := driver.IndexColumn{Column: "name"}, driver.IndexColumn{Column: "mail", Fold: true}
	for _, c := range []struct {
		ix   driver.Index
		want string
	}{
		{driver.Index{Columns: by(name, driver.IndexColumn{Column: "day", Desc: true})}, `{"name":1,"day":-1,"_id":-1} - -`},
		{driver.Index{Columns: by(name), Include: []string{"n", "name", "tags"}}, `{"name":1,"_id":1,"n":1} - -`},
		{driver.Index{Unique: true, Columns: by(name, driver.IndexColumn{Column: "n", Fold: true})}, `{"name":1,"n":1} true {"$and":[{"name":{"$exists":true}},{"n":{"$exists":true}}]}`},
		{driver.Index{Unique: true, Columns: by(mail), Where: isNull(col("at"))}, `{"~mail":1} true {"$and":[{"at":null},{"~mail":{"$exists":true}}]}`},
		{driver.Index{Columns: by(name), Where: and(not(driver.In{Arg: col("n"), List: lit(value.List(`[1,2]`))}), cmp(col("price"), driver.Gt, num("1.5")), col("won"))},
			`{"name":1,"_id":1} - {"$and":[{"$or":[{"n":{"$lt":1}},{"n":{"$gt":1}}]},{"$or":[{"n":{"$lt":2}},{"n":{"$gt":2}}]},{"price":{"$gt":{"$numberDecimal":"1.50"}}},{"won":true}]}`},
		{driver.Index{Columns: by(name), Where: not(isNull(col("mail")))}, `{"name":1,"_id":1} - {"mail":{"$exists":true}}`},
		{driver.Index{Columns: by(name), Where: driver.Match{Mode: "prefix", Arg: col("name"), Pattern: text("a")}}, `{"name":1,"_id":1} - -`},
	} {
		c.ix.Name = "x"
		must(t, db.Change(ctx, driver.CreateIndex{Table: "deals", Index: c.ix}))
		var got []string
		for _, cmd := range w.take("deals") {
			if cmd.Index(0).Key() == "createIndexes" {
				got = append(got, show(cmd, "indexes.0.key", "indexes.0.unique", "indexes.0.partialFilterExpression"))
			}
		}
		if !slices.Equal(got, []string{c.want}) {
			t.Errorf("got %q\nwant %s", got, c.want)
		}
		must(t, db.Change(ctx, driver.DropIndex{Table: "deals", Index: "x"}))
	}
	unique := driver.Index{Name: "x", Unique: true, Columns: by(name), Where: driver.Match{Mode: "prefix", Arg: col("name"), Pattern: text("a")}}
	w.take()
	if err := db.Change(ctx, driver.CreateIndex{Table: "deals", Index: unique}); !errors.Is(err, driver.ErrUnsupported) {
		t.Errorf("a unique index with a condition that the server cannot check: %v", err)
	}
	if got := w.take("deals"); len(got) > 0 {
		t.Errorf("sent %v", names(got))
	}
}

// TestBuildIndex: an index is announced to the writers, its folded copies are filled in, then it
// is built and shown. One that cannot be built is taken back.
func TestBuildIndex(t *testing.T) {
	w, db := opened(t, accounts())
	ix := driver.Index{Name: "name", Unique: true, Columns: []driver.IndexColumn{{Column: "name", Fold: true}}}
	w.script("find accounts", found(bson.D{{Key: "_id", Value: int64(1)}, {Key: "name", Value: "ANN"}}))
	w.script("createIndexes accounts", failed(11000, `E11000 duplicate key error collection: tenon_acme.accounts index: name dup key: { ~name: "ann" }`))
	err := db.Change(ctx, driver.CreateIndex{Table: "accounts", Index: ix})
	var dup *driver.DuplicateError
	if !errors.As(err, &dup) || dup.Index != "name" {
		t.Errorf("got %v, want a duplicate", err)
	}
	cmds := w.take("accounts", "_tenon_tables")
	want := []string{"update _tenon_tables", "find accounts", "update accounts", "createIndexes accounts", "update _tenon_tables", "dropIndexes accounts", "update accounts", "update _tenon_tables"}
	if got := slices.DeleteFunc(names(cmds), func(s string) bool { return s == "find _tenon_tables" }); !slices.Equal(got, want) {
		t.Fatalf("sent %q", got)
	}
	cmds = slices.DeleteFunc(cmds, func(c bson.Raw) bool {
		return c.Index(0).Key() == "find" && c.Index(0).Value().StringValue() == "_tenon_tables"
	})
	if got := show(cmds[0], "updates.0.u.indexes.0.building"); got != "true" {
		t.Errorf("announced as building: %s", got)
	}
	if got := show(cmds[2], "updates.0.q", "updates.0.u", "ordered"); got != `{"_id":1,"name":"ANN"} {"$set":{"~name":"ann"}} false` {
		t.Errorf("filled in: %s", got)
	}
	if got := show(cmds[6], "updates.0.q", "updates.0.u", "updates.0.multi"); got != `{"~name":{"$exists":true}} {"$unset":{"~name":""}} true` {
		t.Errorf("taken back: %s", got)
	}
	tables, err := db.Schema(ctx)
	must(t, err)
	if len(tables[0].Indexes) != 0 {
		t.Errorf("an index that could not be built is shown: %+v", tables[0].Indexes)
	}
	must(t, db.Change(ctx, driver.CreateIndex{Table: "accounts", Index: ix}))
	w.take()
	must(t, db.Change(ctx, driver.CreateIndex{Table: "accounts", Index: ix}))
	if got := w.take("accounts"); len(got) > 0 {
		t.Errorf("a repeated change sent %v", names(got))
	}
}

// TestCutOffChanges: what a change that was cut off left is finished when it is repeated.
func TestCutOffChanges(t *testing.T) {
	w, db := opened(t, deals(), accounts())
	down := failed(91, "the server is going down")
	w.script("update accounts", down)
	change := driver.DropColumn{Table: "accounts", Column: "owner"}
	if err := db.Change(ctx, change); err == nil {
		t.Fatal("the change succeeded")
	}
	if _, err := db.Prepare(&driver.Query{Table: "accounts", Select: []driver.Expr{col("owner")}}); !errors.Is(err, driver.ErrNoTable) {
		t.Errorf("the column still shows: %v", err)
	}
	w.take()
	must(t, db.Change(ctx, driver.AddColumn{Table: "accounts", Column: driver.Column{Name: "owner", Type: driver.Text}}))
	got := w.take("accounts")
	if len(got) == 0 || show(got[0], "updates.0.q", "updates.0.u") != `{"owner":{"$exists":true}} {"$unset":{"owner":""}}` {
		t.Errorf("the old values are not removed before the column is added again: %v", names(got))
	}
	w.script("drop deals", down)
	if err := db.Change(ctx, driver.DropTable{Name: "deals"}); err == nil {
		t.Fatal("the change succeeded")
	}
	if tables, err := db.Schema(ctx); err != nil || len(tables) != 1 {
		t.Errorf("tables %+v, %v", tables, err)
	}
	w.take()
	must(t, db.Change(ctx, driver.CreateTable{Table: deals()}))
	if got := commands(w.take("deals")); !slices.Equal(got, []string{"drop deals", "create deals", "createIndexes deals"}) {
		t.Errorf("sent %q", got)
	}
	w.script("create accounts2", failed(48, "Collection already exists"))
	other := accounts()
	other.Name = "accounts2"
	must(t, db.Change(ctx, driver.CreateTable{Table: other}))
	if got := commands(w.take("accounts2")); !slices.Equal(got, []string{"create accounts2", "dropIndexes accounts2"}) {
		t.Errorf("sent %q", got)
	}
}

// TestExplain reads the index and the sort of the server's plan.
func TestExplain(t *testing.T) {
	w, db := opened(t, deals())
	stage := func(kv ...any) bson.D {
		d := bson.D{}
		for i := 0; i < len(kv); i += 2 {
			d = append(d, bson.E{Key: kv[i].(string), Value: kv[i+1]})
		}
		return d
	}
	plan := func(winning bson.D) bson.D {
		return bson.D{{Key: "ok", Value: 1}, {Key: "queryPlanner", Value: bson.D{{Key: "winningPlan", Value: winning}}}}
	}
	q := &driver.Query{Table: "deals", Select: []driver.Expr{col("id")}, Where: and(cmp(col("name"), driver.Eq, param(0)), cmp(col("price"), driver.Gt, param(1))), Order: []driver.Order{desc("day"), desc("id")}, Limit: param(2)}
	for _, c := range []struct {
		answer bson.D
		want   driver.Access
	}{
		{stage("stage", "LIMIT", "inputStage", stage("stage", "FETCH", "inputStage", stage("stage", "IXSCAN", "indexName", "board"))), driver.Access{Index: "board"}},
		{stage("stage", "SORT", "inputStage", stage("stage", "COLLSCAN")), driver.Access{Sorts: true}},
		{stage("isCached", false, "queryPlan", stage("stage", "IDHACK")), driver.Access{Index: "id"}},
	} {
		w.script("explain", plan(c.answer))
		s, err := db.Prepare(q)
		must(t, err)
		got, err := s.Explain(ctx)
		must(t, err)
		if got.Index != c.want.Index || got.Sorts != c.want.Sorts || !strings.Contains(got.Text, "winningPlan") {
			t.Errorf("got %+v, want %+v", got, c.want)
		}
	}
	var sent []string
	for _, cmd := range w.take() {
		if cmd.Index(0).Key() == "explain" {
			sent = append(sent, show(cmd, "explain.find", "explain.filter", "explain.sort", "verbosity"))
		}
	}
	if want := `"deals" {"$and":[{"name":"a"},{"price":{"$gt":{"$numberDecimal":"1.00"}}}]} {"day":-1,"_id":-1} "queryPlanner"`; sent[0] != want {
		t.Errorf("sent %s", sent[0])
	}
}

// TestSize adds documents and indexes.
func TestSize(t *testing.T) {
	w, db := opened(t)
	w.script("dbStats", bson.D{{Key: "ok", Value: 1}, {Key: "storageSize", Value: 4096.0}, {Key: "indexSize", Value: int64(100)}})
	if n, err := db.Size(ctx); n != 4196 || err != nil {
		t.Errorf("got %d, %v", n, err)
	}
}
