package storetest

import (
	"errors"
	"reflect"
	"sync"

	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
)

func users() driver.Table {
	return driver.Table{Name: "users", Columns: []driver.Column{{Name: "mail", Type: driver.Text}, {Name: "team", Type: driver.Int}, {Name: "gone", Type: driver.DateTime}},
		Indexes: []driver.Index{
			{Name: "mail", Unique: true, Columns: []driver.IndexColumn{{Column: "mail", Fold: true}}, Where: driver.IsNull{Arg: driver.Col{Name: "gone"}}},
			{Name: "pair", Unique: true, Columns: []driver.IndexColumn{{Column: "team"}, {Column: "gone"}}},
		}}
}

var userCols = []string{"id", "mail", "team", "gone"}

func user(id int64, mail string, team int64, gone int64) []value.Value {
	r := []value.Value{value.Ref(id), value.Text(mail), value.Int(team), value.DateTime(gone)}
	if gone == 0 {
		r[3] = value.Null
	}
	return r
}

func writeCases() []testCase {
	return []testCase{
		{"updates and deletes", "core", func(f *fixture) {
			f.loadThings()
			f.must(f.db.Update(f.ctx, func(t driver.Tx) error {
				ok, err := t.Update(f.ctx, "things", 1, []string{"price", "name"}, []value.Value{f.num("2.345"), value.Null})
				if err != nil || !ok {
					f.Errorf("update: %v, %v", ok, err)
				}
				if ok, err := t.Update(f.ctx, "things", 99, []string{"n"}, []value.Value{value.Int(1)}); ok || err != nil {
					f.Errorf("update of nothing: %v, %v", ok, err)
				}
				n, err := t.UpdateWhere(f.ctx, "things", cmp(col("n"), driver.Lt, param(0)), []value.Value{value.Int(6)}, []string{"name"}, []value.Value{value.Text("it's")})
				if n != 2 || err != nil {
					f.Errorf("update where: %d, %v", n, err)
				}
				if n, err := t.Delete(f.ctx, "things", 3, 77); n != 1 || err != nil {
					f.Errorf("delete: %d, %v", n, err)
				}
				n, err = t.DeleteWhere(f.ctx, "things", driver.IsNull{Arg: col("n")}, nil)
				if n != 1 || err != nil {
					f.Errorf("delete where: %d, %v", n, err)
				}
				return nil
			}))
			r := f.query(&driver.Query{Table: "things", Select: []driver.Expr{col("id"), col("price"), col("name")}, Order: []driver.Order{asc(col("id"))}})
			if len(r) != 2 || r[0][1] != value.Decimal(235, 2) || r[1][2] != value.Text("it's") {
				f.Errorf("got %v", r)
			}
		}},
		{"unique indexes", "unique", func(f *fixture) {
			f.create(users())
			f.insert("users", userCols, user(1, "a@x", 1, 0), user(2, "b@x", 1, 0))
			dup := func(index string, row []value.Value) {
				f.Helper()
				err := f.db.Update(f.ctx, func(t driver.Tx) error { return t.Insert(f.ctx, "users", userCols, row) })
				var d *driver.DuplicateError
				if index == "" && err != nil || index != "" && (!errors.As(err, &d) || d.Index != index || d.Table != "users") {
					f.Errorf("%v: got %v, want a duplicate of %q", row, err, index)
				}
			}
			dup("mail", user(3, "A@X", 2, 0))
			dup("", user(3, "A@x", 1, 5))
			dup("pair", user(4, "c@x", 1, 5))
			dup("id", user(1, "d@x", 9, 0))
		}},
		{"transactions are all or nothing", "transactions", func(f *fixture) {
			f.create(users())
			stop := errors.New("stop")
			var wait sync.WaitGroup
			for i := range int64(40) { // failing, panicking and good ones share commits
				wait.Add(1)
				go func() {
					defer wait.Done()
					defer func() {
						if p := recover(); (p != nil) != (i%4 == 1) {
							f.Errorf("%d: recovered %v", i, p)
						}
					}()
					err := f.db.Update(f.ctx, func(t driver.Tx) error {
						if err := t.Insert(f.ctx, "users", userCols, user(i+1, "", i, i+1)); err != nil {
							return err
						}
						if i%4 == 0 {
							return stop
						}
						if i%4 == 1 {
							panic("stop")
						}
						return nil
					})
					if (i%4 == 0) != errors.Is(err, stop) {
						f.Errorf("%d: got %v", i, err)
					}
				}()
			}
			wait.Wait()
			f.reopen()
			if n := len(f.ids(driver.Query{Table: "users"})); n != 20 {
				f.Errorf("%d rows are left, want 20", n)
			}
		}},
		{"a view is a snapshot and cannot write", "transactions", func(f *fixture) {
			f.create(users())
			s, err := f.db.Prepare(&driver.Query{Table: "users", Aggs: []driver.Agg{{Func: driver.Count}}})
			f.must(err)
			f.must(f.db.View(f.ctx, func(t driver.Tx) error {
				f.insert("users", userCols, user(1, "a", 1, 0))
				r, err := read(f.ctx, t, s, 1, nil)
				f.must(err)
				f.want("count", r[0][0], value.Int(0))
				if err := t.Insert(f.ctx, "users", userCols, user(2, "b", 2, 0)); !errors.Is(err, driver.ErrReadOnly) {
					f.Errorf("insert in a view: %v", err)
				}
				return nil
			}))
		}},
		{"sequences lose nothing", "transactions", func(f *fixture) {
			var wait sync.WaitGroup
			for range 8 {
				wait.Add(1)
				go func() {
					defer wait.Done()
					for range 10 {
						if err := f.db.Update(f.ctx, func(t driver.Tx) error {
							_, err := t.NextSequence(f.ctx, "order", 2)
							return err
						}); err != nil {
							f.Error(err)
						}
					}
				}()
			}
			wait.Wait()
			f.must(f.db.Update(f.ctx, func(t driver.Tx) error {
				n, err := t.NextSequence(f.ctx, "order", 1)
				if n != 161 {
					f.Errorf("got %d, want 161", n)
				}
				return err
			}))
		}},
	}
}

// meetings is a table with lists, and an index over what is in one of them.
func meetings() driver.Table {
	return driver.Table{Name: "meetings", Columns: []driver.Column{{Name: "guests", Type: driver.List}, {Name: "tags", Type: driver.List}, {Name: "team", Type: driver.Int}},
		Indexes: []driver.Index{{Name: "by guest", Columns: []driver.IndexColumn{{Column: "guests"}}, Elements: true}}}
}

// elementCases: an index over the elements of a list changes no answer.
func elementCases() []testCase {
	meeting := func(id int64, guests, tags string, team int64) []value.Value {
		return []value.Value{value.Ref(id), value.List(guests), value.List(tags), value.Int(team)}
	}
	has := func(column string, v value.Value) driver.Expr { return driver.Has{Arg: col(column), Elem: lit(v)} }
	return []testCase{{"an index over elements", "core", func(f *fixture) {
		f.create(meetings())
		f.must(f.db.Update(f.ctx, func(t driver.Tx) error {
			return t.Insert(f.ctx, "meetings", []string{"id", "guests", "tags", "team"}, meeting(1, `[7,8,7]`, `["a"]`, 1), meeting(2, `[8]`, `["a","b"]`, 2), meeting(3, `[]`, `[]`, 1),
				[]value.Value{value.Ref(4), value.Null, value.Null, value.Int(1)})
		}))
		ids := func(what string, where driver.Expr, want ...int64) {
			f.Helper()
			f.wantIDs(what, f.ids(driver.Query{Table: "meetings", Where: where, Order: []driver.Order{asc(col("id"))}}), want...)
		}
		param := func(what string, v value.Value, want int) {
			f.Helper()
			if got := len(f.ids(driver.Query{Table: "meetings", Where: driver.Has{Arg: col("guests"), Elem: driver.Param{N: 0}}}, v)); got != want {
				f.Errorf("%s: %d rows, want %d", what, got, want)
			}
		}
		all := func() {
			f.Helper()
			ids("either", driver.Or{Args: []driver.Expr{has("guests", value.Ref(7)), has("tags", value.Text("b"))}}, 1, 2)
			ids("both", driver.And{Args: []driver.Expr{has("guests", value.Ref(8)), cmp(col("team"), driver.Eq, lit(value.Int(2)))}}, 2)
			ids("not", driver.Not{Arg: has("guests", value.Ref(7))}, 2, 3)
			ids("is null", driver.IsNull{Arg: has("guests", value.Ref(7))}, 4)
			ids("nothing", has("guests", value.Null))
			param("8", value.Ref(8), 2)
			param("9", value.Ref(9), 0)
			param("null", value.Null, 0)
		}
		all()
		f.reopen()
		all()
		f.must(f.db.Update(f.ctx, func(t driver.Tx) error {
			if _, err := t.UpdateWhere(f.ctx, "meetings", has("guests", value.Ref(8)), nil, []string{"guests"}, []value.Value{value.List(`[9,7]`)}); err != nil {
				return err
			}
			_, err := t.Update(f.ctx, "meetings", 4, []string{"guests"}, []value.Value{value.List(`[8]`)})
			return err
		}))
		ids("changed", has("guests", value.Ref(9)), 1, 2)
		ids("changed", has("guests", value.Ref(8)), 4)
		f.must(f.db.Update(f.ctx, func(t driver.Tx) error {
			_, err := t.DeleteWhere(f.ctx, "meetings", has("guests", value.Ref(9)), nil)
			return err
		}))
		ids("deleted", has("guests", value.Ref(7)))
		later := driver.Index{Name: "by tag", Columns: []driver.IndexColumn{{Column: "tags"}}, Elements: true}
		for range 2 {
			f.must(f.db.Change(f.ctx, driver.CreateTable{Table: meetings()}, driver.CreateIndex{Table: "meetings", Index: later}))
		}
		f.must(f.db.Update(f.ctx, func(t driver.Tx) error {
			_, err := t.Update(f.ctx, "meetings", 3, []string{"tags"}, []value.Value{value.List(`["x","y"]`)})
			return err
		}))
		ids("an index of later", has("tags", value.Text("y")), 3)
		f.must(f.db.Change(f.ctx, driver.DropIndex{Table: "meetings", Index: "by tag"}, driver.DropColumn{Table: "meetings", Column: "guests"}))
		ids("without it", has("tags", value.Text("y")), 3)
		f.must(f.db.Change(f.ctx, driver.DropTable{Name: "meetings"}, driver.CreateTable{Table: meetings()}))
		ids("made again", has("guests", value.Ref(8)))
	}}, {"an index over elements is undone", "transactions", func(f *fixture) {
		f.create(meetings())
		f.must(f.db.Update(f.ctx, func(t driver.Tx) error {
			return t.Insert(f.ctx, "meetings", []string{"id", "guests", "tags", "team"}, meeting(1, `[9]`, `[]`, 1))
		}))
		undone := errors.New("undone")
		if err := f.db.Update(f.ctx, func(t driver.Tx) error {
			if _, err := t.Update(f.ctx, "meetings", 1, []string{"guests"}, []value.Value{value.Null}); err != nil {
				return err
			}
			return undone
		}); !errors.Is(err, undone) {
			f.Errorf("got %v", err)
		}
		f.wantIDs("undone", f.ids(driver.Query{Table: "meetings", Where: has("guests", value.Ref(9))}), 1)
	}}}
}

func schemaCases() []testCase {
	return []testCase{{"schema changes are idempotent and found again", "core", func(f *fixture) {
		want := users()
		extra := driver.Column{Name: "score", Type: driver.Decimal, Scale: 12, Precision: 30}
		ix := driver.Index{Name: "score", Columns: []driver.IndexColumn{{Column: "score", Desc: true}}, Include: []string{"team"}, Where: driver.And{Args: []driver.Expr{
			driver.Not{Arg: driver.In{Arg: driver.Col{Name: "team"}, List: driver.Const{Value: value.List(`[1,2]`)}}},
			driver.Cmp{Op: driver.Gt, L: driver.Col{Name: "score"}, R: driver.Const{Value: value.Decimal(15, 1)}}}}}
		for range 2 {
			f.must(f.db.Change(f.ctx, driver.CreateTable{Table: want}, driver.CreateTable{Table: things()}, driver.AddColumn{Table: "users", Column: extra}, driver.CreateIndex{Table: "users", Index: ix}, driver.DropTable{Name: "things"}))
		}
		f.insert("users", append(userCols, "score"), append(user(1, "a", 3, 0), f.num("1.6")))
		f.reopen()
		want.Columns = append(want.Columns, extra)
		want.Indexes = append(want.Indexes, ix)
		check := func() {
			f.Helper()
			got, err := f.db.Schema(f.ctx)
			f.must(err)
			if !reflect.DeepEqual(got, []driver.Table{want}) {
				f.Errorf("schema:\n got %+v\nwant %+v", got, want)
			}
			for _, named := range []struct {
				names []string
				want  []driver.Table
			}{{[]string{"users"}, got}, {[]string{"things", "users", "none"}, got}, {[]string{"none"}, []driver.Table{}}} {
				some, err := f.db.Schema(f.ctx, named.names...)
				f.must(err)
				if !reflect.DeepEqual(some, named.want) {
					f.Errorf("schema of %q:\n got %+v\nwant %+v", named.names, some, named.want)
				}
			}
		}
		check()
		for range 2 {
			f.must(f.db.Change(f.ctx, driver.DropIndex{Table: "users", Index: "pair"}, driver.DropColumn{Table: "users", Column: "score"}))
		}
		want.Columns, want.Indexes = want.Columns[:3], want.Indexes[:1]
		check()
		f.wantIDs("rows", f.ids(driver.Query{Table: "users"}), 1)
		if err := f.db.Change(f.ctx, driver.AddColumn{Table: "none", Column: extra}); !errors.Is(err, driver.ErrNoTable) {
			f.Errorf("got %v, want ErrNoTable", err)
		}
	}}}
}
