package sqlite

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"zombiezen.com/go/sqlite"

	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/plugins/stores/sqlite/sqlitetest"
)

// manyNew are n changes that make tables with all sorts of columns and indexes.
func manyNew(n int) (cs []driver.Change) {
	col := func(name string) driver.Expr { return driver.Col{Name: name} }
	for i := range n {
		t := driver.Table{Name: fmt.Sprintf("table \"%d\"", i), Columns: []driver.Column{
			{Name: "name", Type: driver.Text}, {Name: "amount", Type: driver.Decimal, Precision: 18, Scale: 2}, {Name: "gone", Type: driver.DateTime},
			{Name: "tags", Type: driver.List}, {Name: "it's", Type: driver.Text}}}
		t.Indexes = []driver.Index{
			{Name: "plain", Columns: []driver.IndexColumn{{Column: "amount", Desc: true}, {Column: "name", Fold: true}}},
			{Name: "alive", Columns: []driver.IndexColumn{{Column: "name"}}, Include: []string{"amount"}, Where: driver.IsNull{Arg: col("gone")}},
			{Name: "one", Columns: []driver.IndexColumn{{Column: "it's"}}, Unique: true, Where: driver.Not{Arg: driver.IsNull{Arg: col("it's")}}},
		}
		if i%3 == 1 {
			t.Indexes = slices.Insert(t.Indexes, 1, driver.Index{Name: "tagged", Columns: []driver.IndexColumn{{Column: "tags"}}, Elements: true})
		}
		if i%3 == 2 {
			t.Indexes, t.Search = nil, []string{"name"}
		}
		cs = append(cs, driver.CreateTable{Table: t})
	}
	return cs
}

// openDir opens the store of a directory.
func openDir(t *testing.T, dir string) driver.DB {
	t.Helper()
	db, err := New(dir, nil).Open(t.Context(), "t")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

// inFile are the tables, indexes and triggers in the file of a directory, as SQLite knows them, once SQLite has found
// it to be sound.
func inFile(t *testing.T, dir string) []string {
	t.Helper()
	c, err := openConn(filepath.Join(dir, "t.db"), Options{}, readerCache)
	if err != nil {
		t.Fatal(err)
	}
	defer c.close()
	if found := texts(t, c, "PRAGMA integrity_check"); !slices.Equal(found, []string{"ok"}) {
		t.Errorf("the file is broken: %q", found)
	}
	return texts(t, c, "SELECT concat_ws('|', type, name, tbl_name, sql) AS row FROM sqlite_schema ORDER BY row")
}

func texts(t *testing.T, c *conn, sql string) (out []string) {
	t.Helper()
	st, err := c.prepare(sql)
	if err != nil {
		t.Fatal(err)
	}
	for {
		more, err := st.Step()
		if err != nil {
			t.Fatal(err)
		}
		if !more {
			break
		}
		out = append(out, st.ColumnText(0))
	}
	if err := st.Finalize(); err != nil {
		t.Fatal(err)
	}
	return out
}

// TestManyTables: tables that are made together are the same, to SQLite and to the store, as those that are made one
// at a time.
func TestManyTables(t *testing.T) {
	const n = 3 * treesOfOne / 4 // of two indexes each, which is more than one statement makes trees for
	together, alone := t.TempDir(), t.TempDir()
	a, b := openDir(t, together), openDir(t, alone)
	if err := a.Change(t.Context(), manyNew(n)...); err != nil {
		t.Fatal(err)
	}
	for _, c := range manyNew(n) {
		if err := b.Change(t.Context(), c); err != nil {
			t.Fatal(err)
		}
	}
	got, want := inFile(t, together), inFile(t, alone)
	if !slices.Equal(got, want) {
		t.Errorf("SQLite knows %d things of those made together, %d of the others", len(got), len(want))
	}
	for i := range min(len(got), len(want)) {
		if got[i] != want[i] {
			t.Fatalf("%s\nwant %s", got[i], want[i])
		}
	}
	tables, err := a.Schema(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	one, err := b.Schema(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if x, y := fmt.Sprintf("%#v", tables), fmt.Sprintf("%#v", one); x != y {
		t.Errorf("the stores differ:\n%.500s\n%.500s", x, y)
	}
}

// TestManyTablesServe: what was made together takes rows, holds to its unique indexes, changes and goes, also after it
// is opened anew.
func TestManyTablesServe(t *testing.T) {
	ctx, dir := t.Context(), t.TempDir()
	name := manyNew(1)[0].(driver.CreateTable).Table.Name
	insert := func(db driver.DB, id int64) error {
		return db.Update(ctx, func(tx driver.Tx) error {
			return tx.Insert(ctx, name, []string{"id", "it's"}, []value.Value{value.Ref(id), value.Text("same")})
		})
	}
	db, err := New(dir, nil).Open(ctx, "t")
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Change(ctx, manyNew(manyTables)...); err != nil {
		t.Fatal(err)
	}
	if err := insert(db, 1); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	db = openDir(t, dir)
	var dup *driver.DuplicateError
	if err := insert(db, 2); !errors.As(err, &dup) || dup.Index != "one" {
		t.Errorf("a second record of a unique key: %v", err)
	}
	if err := db.Change(ctx, driver.DropIndex{Table: name, Index: "plain"}, driver.DropColumn{Table: name, Column: "it's"}, driver.AddColumn{Table: name, Column: driver.Column{Name: "more", Type: driver.Int}}); err != nil {
		t.Errorf("change a table: %v", err)
	}
	for _, c := range manyNew(manyTables) {
		if err := db.Change(ctx, driver.DropTable{Name: c.(driver.CreateTable).Table.Name}); err != nil {
			t.Errorf("drop a table: %v", err)
		}
	}
	for _, x := range inFile(t, dir) {
		if !strings.Contains(x, "_tenon_") {
			t.Errorf("%s is left", x)
		}
	}
}

// TestManyTablesFail: tables of which one cannot be made leave nothing, and SQLite's schema can be written no more.
func TestManyTablesFail(t *testing.T) {
	dir := t.TempDir()
	db := openDir(t, dir)
	before := inFile(t, dir)
	twice := driver.CreateTable{Table: driver.Table{Name: "twice", Columns: []driver.Column{{Name: "a", Type: driver.Int}, {Name: "A", Type: driver.Int}}}}
	folded := driver.CreateTable{Table: driver.Table{Name: `TABLE "0"`}}
	astray := driver.CreateTable{Table: driver.Table{Name: "astray", Indexes: []driver.Index{{Name: "x", Columns: []driver.IndexColumn{{Column: "none"}}}}}}
	for what, bad := range map[string]driver.Change{"a column twice": twice, "names that differ in case": folded, "an index of no column": astray,
		"a reserved name": driver.CreateTable{Table: driver.Table{Name: "sqlite_x"}}, "a failure behind them": driver.AddColumn{Table: "none"}} {
		if err := db.Change(t.Context(), append(manyNew(2*manyTables), bad)...); err == nil {
			t.Errorf("%s: no error", what)
		}
		if after := inFile(t, dir); !slices.Equal(after, before) {
			t.Errorf("%s: %d things are there, %d before", what, len(after), len(before))
		}
		err := db.Update(t.Context(), func(x driver.Tx) error {
			return x.(*tx).c.exec("UPDATE sqlite_schema SET sql = sql")
		})
		if err == nil || !strings.Contains(err.Error(), "may not be modified") {
			t.Errorf("%s: SQLite's schema can be written: %v", what, err)
		}
	}
	if err := db.Change(t.Context(), manyNew(2*manyTables)...); err != nil {
		t.Errorf("after the failures: %v", err)
	}
}

// TestManyTablesPowerFailure: wherever the log ends when power fails, all of the tables are there or none.
func TestManyTablesPowerFailure(t *testing.T) {
	dir := t.TempDir()
	db := openDir(t, dir)
	before := inFile(t, dir)
	if err := db.Change(t.Context(), manyNew(manyTables)...); err != nil {
		t.Fatal(err)
	}
	after := inFile(t, dir)
	log, err := sqlitetest.ReadLog(filepath.Join(dir, "t.db"))
	if err != nil {
		t.Fatal(err)
	}
	whole := log.Commits[len(log.Commits)-1]
	seen := map[bool]int{}
	for _, end := range log.Frames {
		copied := filepath.Join(t.TempDir(), "copy")
		if err := sqlitetest.Copy(copied, dir); err != nil {
			t.Fatal(err)
		}
		if err := sqlitetest.Cut(filepath.Join(copied, "t.db"), end); err != nil {
			t.Fatal(err)
		}
		opened, err := New(copied, nil).Open(t.Context(), "t")
		if err != nil {
			t.Fatal(err)
		}
		if err := opened.Close(); err != nil {
			t.Fatal(err)
		}
		want := before
		if end >= whole {
			want = after
		}
		if got := inFile(t, copied); !slices.Equal(got, want) {
			t.Errorf("cut at %d of %d: %d things are there, want %d", end, whole, len(got), len(want))
		}
		seen[end >= whole]++
	}
	if seen[false] < 10 || seen[true] == 0 {
		t.Errorf("the log ended before the commit %d times, and behind it %d times", seen[false], seen[true])
	}
}

// TestManyTablesStatements: so many tables take one statement each, and their indexes hardly any: SQLite searches its
// whole schema after each.
func TestManyTablesStatements(t *testing.T) {
	db := openDir(t, t.TempDir())
	const n, each = 100, 5
	var changes []driver.Change
	for i := range n {
		table := driver.Table{Name: fmt.Sprint("t", i)}
		for k := range each {
			name := fmt.Sprint("c", k)
			table.Columns = append(table.Columns, driver.Column{Name: name, Type: driver.Int})
			table.Indexes = append(table.Indexes, driver.Index{Name: name, Columns: []driver.IndexColumn{{Column: name}}})
		}
		changes = append(changes, driver.CreateTable{Table: table})
	}
	counted := map[sqlite.OpType]int{}
	err := db.Update(t.Context(), func(x driver.Tx) error { // the connection that changes the schema, too
		return x.(*tx).c.c.SetAuthorizer(sqlite.AuthorizeFunc(func(a sqlite.Action) sqlite.AuthResult {
			counted[a.Type()]++
			return sqlite.AuthResultOK
		}))
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Change(t.Context(), changes...); err != nil {
		t.Fatal(err)
	}
	made := counted[sqlite.OpCreateTable] + counted[sqlite.OpDropTable]
	if most := n + 2*n*each/treesOfOne; made > most {
		t.Errorf("%d statements make and drop tables, want at most %d", made, most)
	}
	if made < n { // nothing was counted
		t.Errorf("%d statements make %d tables", made, n)
	}
	if k := counted[sqlite.OpReindex]; k > 0 { // which each CREATE INDEX asks for
		t.Errorf("%d statements make an index each", k)
	}
}
