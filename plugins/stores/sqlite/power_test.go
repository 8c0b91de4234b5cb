package sqlite_test

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/plugins/stores/sqlite"
	"github.com/tenon-platform/tenon/plugins/stores/sqlite/sqlitetest"
)

// TestPowerFailure: wherever the log ends when power fails, at a frame, within one, or with one half written, the store
// opens with the first so many writes that were acknowledged, whole, and with all of them where all of the log is there.
func TestPowerFailure(t *testing.T) {
	ctx := context.Background()
	dir := t.TempDir()
	db, err := store.Open(ctx, sqlite.New(dir, nil), "t")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	cols := []driver.Column{{Name: "n", Type: driver.Int}, {Name: "pad", Type: driver.Text}}
	if err := db.Change(ctx, driver.CreateTable{Table: driver.Table{Name: "a", Columns: cols}}, driver.CreateTable{Table: driver.Table{Name: "b", Columns: cols}}); err != nil {
		t.Fatal(err)
	}
	const writes = 12
	for n := range int64(writes) { // each in two tables, over several pages
		err := db.Update(ctx, func(tx store.Tx) error {
			row := []value.Value{value.Ref(n + 1), value.Int(n + 1), value.Text(strings.Repeat("x", 3000))}
			if err := tx.Insert(ctx, "a", []string{"id", "n", "pad"}, row); err != nil {
				return err
			}
			return tx.Insert(ctx, "b", []string{"id", "n", "pad"}, row)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	log, err := sqlitetest.ReadLog(filepath.Join(dir, "t.db"))
	if err != nil {
		t.Fatal(err)
	}
	if len(log.Commits) < writes || len(log.Frames) < 2*len(log.Commits) {
		t.Fatalf("the log has %d commits and %d frames", len(log.Commits), len(log.Frames))
	}
	left := func(name string, damage func(db string) error) int64 {
		t.Helper()
		at := filepath.Join(t.TempDir(), "copy")
		if err := sqlitetest.Copy(at, dir); err != nil {
			t.Fatal(err)
		}
		if err := damage(filepath.Join(at, "t.db")); err != nil {
			t.Fatal(err)
		}
		return written(t, at, name)
	}
	last := log.Frames[len(log.Frames)-1]
	var before int64
	for i, end := range log.Frames {
		whole := left(fmt.Sprintf("cut at frame %d", i), func(db string) error { return sqlitetest.Cut(db, end) })
		if whole < before || whole > before+1 {
			t.Errorf("with %d frames there are %d writes, after %d", i+1, whole, before)
		}
		before = whole
		if end == last {
			break
		}
		if within := left(fmt.Sprintf("cut within frame %d", i+1), func(db string) error { return sqlitetest.Cut(db, end+1000) }); within != whole {
			t.Errorf("half of frame %d makes %d writes of %d", i+1, within, whole)
		}
	}
	if before != writes {
		t.Errorf("%d of %d acknowledged writes are there", before, writes)
	}
	if torn := left("torn", func(db string) error { return sqlitetest.Tear(db, last) }); torn != writes-1 {
		t.Errorf("with its last frame torn there are %d writes", torn)
	}
}

// written opens a copy, and gives how many writes it has, which must be the first ones, whole.
func written(t *testing.T, dir, name string) int64 {
	t.Helper()
	ctx := context.Background()
	db, err := store.Open(ctx, sqlite.New(dir, nil), "t")
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	defer db.Close()
	var counts []int64
	for _, table := range []string{"a", "b"} {
		st, err := db.Prepare(&driver.Query{Table: table, Select: []driver.Expr{driver.Col{Name: "n"}, driver.Col{Name: "pad"}}, Order: []driver.Order{{Expr: driver.Col{Name: "id"}}}})
		if strings.Contains(fmt.Sprint(err), driver.ErrNoTable.Error()) {
			counts = append(counts, 0)
			continue // before the first commit
		}
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		err = db.View(ctx, func(tx store.Tx) error {
			rows, err := tx.Query(ctx, st, nil)
			if err != nil {
				return err
			}
			n := int64(0)
			for rows.Next() {
				if n++; rows.Value(0).Int() != n || len(rows.Value(1).Text()) != 3000 {
					t.Errorf("%s: row %d of %s is number %d, with %d bytes", name, n, table, rows.Value(0).Int(), len(rows.Value(1).Text()))
				}
			}
			counts = append(counts, n)
			return rows.Close()
		})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
	if counts[0] != counts[1] {
		t.Errorf("%s: half of a write is there: %v", name, counts)
	}
	return counts[0]
}
