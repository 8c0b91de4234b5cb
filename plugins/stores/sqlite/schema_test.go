package sqlite

import (
	"path/filepath"
	"strings"
	"testing"

	"zombiezen.com/go/sqlite/sqlitex"

	"github.com/tenon-platform/tenon/platform/store/driver"
)

// TestBrokenTable: a definition that is not whole is told to whoever needs its table; others go on being read.
func TestBrokenTable(t *testing.T) {
	dir := t.TempDir()
	db, err := New(dir, nil).Open(t.Context(), "t")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"good", "bad"} {
		if err := db.Change(t.Context(), driver.CreateTable{Table: driver.Table{Name: name, Columns: []driver.Column{{Name: "name", Type: driver.Text}}}}); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	c, err := openConn(filepath.Join(dir, "t.db"), Options{}, writerCache)
	if err != nil {
		t.Fatal(err)
	}
	if err := sqlitex.ExecuteTransient(c.c, `UPDATE _tenon_tables SET def = '{"Columns": [' WHERE name = 'bad'`, nil); err != nil {
		t.Fatal(err)
	}
	if err := c.close(); err != nil {
		t.Fatal(err)
	}
	db = openDir(t, dir)
	if got, err := db.Schema(t.Context(), "good"); err != nil || len(got) != 1 {
		t.Errorf("the other table: %v, %v", got, err)
	}
	read := func(table string) error {
		_, err := db.Prepare(&driver.Query{Table: table, Select: []driver.Expr{driver.Col{Name: "name"}}})
		return err
	}
	if err := read("good"); err != nil {
		t.Error(err)
	}
	_, listed := db.Schema(t.Context())
	for what, err := range map[string]error{"a read": read("bad"), "all tables": listed, "a change": db.Change(t.Context(), driver.DropTable{Name: "bad"})} {
		if err == nil || !strings.Contains(err.Error(), "the saved table bad") {
			t.Errorf("%s: %v", what, err)
		}
	}
}
