package storetest

import (
	"fmt"
	"strings"

	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
)

func searchable() driver.Table {
	return driver.Table{Name: "notes", Columns: []driver.Column{{Name: "title", Type: driver.Text}, {Name: "body", Type: driver.Text}, {Name: "hidden", Type: driver.Text}, {Name: "n", Type: driver.Int}},
		Search: []string{"title", "body"}}
}

func (f *fixture) loadNotes() {
	f.Helper()
	text := value.Text
	f.insert("notes", []string{"id", "title", "body", "hidden", "n"},
		[]value.Value{value.Ref(1), text("Incorporated Cats"), text("Straße 12, O'Neil & Söhne"), text("secret"), value.Int(1)},
		[]value.Value{value.Ref(2), text("华东经销商大会"), text("iPhone手机 ＡＢＣ"), value.Null, value.Int(2)},
		[]value.Value{value.Ref(3), value.Null, text("cat"), text("secret"), value.Int(3)},
		[]value.Value{value.Ref(4), text(`"quoted" OR NOT near* (x)`), value.Null, value.Null, value.Int(4)},
		[]value.Value{value.Ref(5), text("经销 商"), text(strings.Repeat("word ", 300)), value.Null, value.Int(5)})
}

func searchFor(text string) driver.Query {
	return driver.Query{Table: "notes", Where: driver.Search{Text: lit(value.Text(text))}, Order: []driver.Order{asc(col("id"))}}
}

func searchCases() []testCase {
	return []testCase{
		{"words are found whole and in part", "search", func(f *fixture) {
			f.create(searchable())
			f.loadNotes()
			for text, want := range map[string][]int64{
				"cat": {1, 3}, "CATS": {1}, "corp": {1}, "at": {1, 3}, "cat corp": {1}, "cat nothing": {},
				"经销商": {2}, "经销": {2, 5}, "销": {2, 5}, "商大": {2}, "大商": {}, "手机 iphone": {2}, "iPhone手": {2}, "abc": {2}, "ａｂ": {2},
				"straße": {1}, "söhne 12": {1}, "neil": {1}, "secret": {}, `"quoted"`: {4}, "near* OR": {4}, "x": {4}, "ords": {}, "wordword": {},
				"": {}, "…!": {},
			} {
				f.wantIDs(fmt.Sprintf("search for %q", text), f.ids(searchFor(text)), want...)
			}
			f.wantIDs("a search with a condition", f.ids(driver.Query{Table: "notes", Where: driver.And{Args: []driver.Expr{
				driver.Search{Text: lit(value.Text("cat"))}, driver.Cmp{Op: driver.Gt, L: col("n"), R: lit(value.Int(1))}}}}), 3)
			for _, c := range []struct {
				text string
				cols []string
				want []int64
			}{{"cat", []string{"body"}, []int64{3}}, {"cat neil", []string{"title"}, nil}, {"cat neil", []string{"title", "body"}, []int64{1}}, {"cat", []string{}, nil}} {
				q := searchFor(c.text)
				q.Where = driver.Search{Text: lit(value.Text(c.text)), Columns: c.cols}
				f.wantIDs(fmt.Sprintf("%q in %v", c.text, c.cols), f.ids(q), c.want...)
			}
			f.wantIDs("what a search does not find", f.ids(driver.Query{Table: "notes", Where: driver.Not{Arg: driver.Search{Text: lit(value.Text("cat"))}}}), 2, 4, 5)
		}},
		{"a search follows the writes", "search", func(f *fixture) {
			f.create(searchable())
			f.loadNotes()
			f.must(f.db.Update(f.ctx, func(t driver.Tx) error {
				_, err := t.Update(f.ctx, "notes", 3, []string{"body"}, []value.Value{value.Text("dog")})
				if err == nil {
					_, err = t.Delete(f.ctx, "notes", 1)
				}
				if err == nil {
					_, err = t.UpdateWhere(f.ctx, "notes", driver.Cmp{Op: driver.Eq, L: col("n"), R: lit(value.Int(4))}, nil, []string{"title"}, []value.Value{value.Text("cat again")})
				}
				return err
			}))
			f.wantIDs("cat", f.ids(searchFor("cat")), 4)
			f.wantIDs("dog", f.ids(searchFor("dog")), 3)
			f.wantIDs("quoted", f.ids(searchFor("quoted")))
		}},
		{"search columns change online", "search", func(f *fixture) {
			plain := searchable()
			plain.Search = nil
			f.create(plain)
			f.loadNotes()
			set := func(cols ...string) {
				f.Helper()
				for range 2 {
					f.must(f.db.Change(f.ctx, driver.SetSearch{Table: "notes", Columns: cols}))
				}
			}
			set("title", "hidden")
			f.wantIDs("secret", f.ids(searchFor("secret")), 1, 3)
			f.wantIDs("söhne", f.ids(searchFor("söhne")))
			f.reopen()
			f.must(f.db.Change(f.ctx, driver.DropColumn{Table: "notes", Column: "hidden"}))
			f.wantIDs("secret", f.ids(searchFor("secret")))
			f.wantIDs("cats", f.ids(searchFor("cats")), 1)
			set()
			if _, err := f.db.Prepare(&driver.Query{Table: "notes", Where: driver.Search{Text: lit(value.Text("x"))}}); err == nil {
				f.Error("a search without search columns was prepared")
			}
			f.must(f.db.Change(f.ctx, driver.DropTable{Name: "notes"}))
			f.create(searchable())
			f.wantIDs("a new table", f.ids(searchFor("cats")))
		}},
	}
}
