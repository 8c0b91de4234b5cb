package sqlite_test

import (
	"strings"
	"testing"

	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/plugins/stores/sqlite"
)

// TestUsed: what is used grows with rows and becomes less when they go, though the file does not.
func TestUsed(t *testing.T) {
	db, err := store.Open(t.Context(), sqlite.New(t.TempDir(), nil), "t")
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}()
	if err := db.Change(t.Context(), driver.CreateTable{Table: driver.Table{Name: "things", Columns: []driver.Column{{Name: "name", Type: driver.Text}}}}); err != nil {
		t.Fatal(err)
	}
	used := func() int64 {
		t.Helper()
		n, err := db.Used(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	const rows, width = 1000, 1000
	empty := used()
	var ids []int64
	err = db.Update(t.Context(), func(tx store.Tx) error {
		ids = nil
		for i := range int64(rows) {
			ids = append(ids, i+1)
			if err := tx.Insert(t.Context(), "things", []string{"id", "name"}, []value.Value{value.Ref(i + 1), value.Text(strings.Repeat("x", width))}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	full := used()
	if full < empty+rows*width || full > empty+2*rows*width {
		t.Errorf("%d bytes with the rows, %d before", full, empty)
	}
	err = db.Update(t.Context(), func(tx store.Tx) error {
		_, err := tx.Delete(t.Context(), "things", ids...)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if after := used(); after > empty+rows*width/10 {
		t.Errorf("%d bytes without the rows, %d with them", after, full)
	}
}
