package mongo_test

import (
	"errors"
	"slices"
	"testing"

	"go.mongodb.org/mongo-driver/bson"

	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
)

func notes() driver.Table {
	return driver.Table{Name: "notes", Columns: []driver.Column{{Name: "title", Type: driver.Text}, {Name: "body", Type: driver.Text}, {Name: "n", Type: driver.Int}}, Search: []string{"title", "body"}}
}

// TestSearch: the grams of a word are looked up in an index; longer words are tested on what that finds.
func TestSearch(t *testing.T) {
	w, db := opened(t, notes())
	for _, c := range []struct{ text, want string }{
		{"at", `{"$or":[{"~~title":{"$regularExpression":{"pattern":"^at","options":""}}},{"~~body":{"$regularExpression":{"pattern":"^at","options":""}}}]}`},
		{"Cat 经销", `{"$and":[{"$or":[{"~~title":"cat"},{"~~body":"cat"}]},{"$or":[{"~~title":"经销"},{"~~body":"经销"}]}]}`},
		{"corp", `{"$or":[{"~~title":{"$all":["cor","orp"]}},{"~~body":{"$all":["cor","orp"]}}]}`},
		{"…", ""},
	} {
		w.script("find notes", found(bson.D{{Key: "_id", Value: int64(1)}, {Key: "title", Value: "corp at"}, {Key: "body", Value: "Cat 经销"}}, bson.D{{Key: "_id", Value: int64(2)}, {Key: "title", Value: "orp, cor"}}))
		rows := run(t, db, &driver.Query{Table: "notes", Select: []driver.Expr{col("id")}, Where: driver.Search{Text: text(c.text)}})
		got := ""
		if cmds := w.take("notes"); len(cmds) > 0 {
			got = show(cmds[0], "filter")
		}
		if got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.text, got, c.want)
		}
		if c.text == "corp" && len(rows) != 1 {
			t.Errorf("the grams of another word are taken for it: %v", rows)
		}
	}
	w.set(func() { w.answers = map[string][]bson.D{} })
	for _, e := range []driver.Expr{driver.Search{Text: text("x"), Columns: []string{"n"}}, driver.Search{Text: lit(value.Int(1))}} {
		if _, err := db.Prepare(&driver.Query{Table: "notes", Select: []driver.Expr{col("id")}, Where: e}); !errors.Is(err, driver.ErrUnsupported) {
			t.Errorf("%#v: %v", e, err)
		}
	}
}

// TestSetSearch: a new search column is announced to the writers, filled in, indexed, then shown.
func TestSetSearch(t *testing.T) {
	plain := notes()
	plain.Search = []string{"body"}
	w, db := opened(t, plain)
	w.script("find notes", found(bson.D{{Key: "_id", Value: int64(1)}, {Key: "title", Value: "Cats"}}))
	must(t, db.Change(ctx, driver.SetSearch{Table: "notes", Columns: []string{"title"}}))
	cmds := slices.DeleteFunc(w.take("notes", "_tenon_tables"), func(c bson.Raw) bool { return names([]bson.Raw{c})[0] == "find _tenon_tables" })
	want := []string{"update _tenon_tables", "dropIndexes notes", "update notes", "update _tenon_tables", "find notes", "update notes", "createIndexes notes", "update _tenon_tables"}
	if got := names(cmds); !slices.Equal(got, want) {
		t.Fatalf("sent %q", got)
	}
	for i, want := range map[int]string{
		2: `{"~~body":{"$exists":true}} {"$unset":{"~~body":""}}`, 5: `{"_id":1,"title":"Cats"} {"$set":{"~~title":["ats","cat","s","ts"]}}`,
	} {
		if got := show(cmds[i], "updates.0.q", "updates.0.u"); got != want {
			t.Errorf("%d: got %s, want %s", i, got, want)
		}
	}
	if got := show(cmds[3], "updates.0.u.searching", "updates.0.u.search"); got != `["title"] []` && got != `["title"] -` {
		t.Errorf("announced: %s", got)
	}
	if got := show(cmds[6], "indexes.0.key", "indexes.0.name"); got != `{"~~title":1} "~~title"` {
		t.Errorf("index: %s", got)
	}
	must(t, db.Update(ctx, func(tx driver.Tx) error {
		_, err := tx.Update(ctx, "notes", 1, []string{"title", "body"}, []value.Value{value.Text("At at"), value.Text("x")})
		return err
	}))
	if got := show(w.take("notes")[0], "updates.0.u"); got != `{"$set":{"title":"At at","~~title":["at","t"],"body":"x"}}` {
		t.Errorf("written: %s", got)
	}
}
