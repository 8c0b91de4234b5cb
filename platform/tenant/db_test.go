package tenant

import (
	"testing"

	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/plugins/stores/sqlite"
)

// testDB is a store with the tables of a registry.
func testDB(t *testing.T) *store.DB {
	t.Helper()
	db, err := store.Open(t.Context(), sqlite.New(t.TempDir(), nil), Default)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	for _, table := range SystemTables() {
		if err := db.Change(t.Context(), driver.CreateTable{Table: table}); err != nil {
			t.Fatal(err)
		}
	}
	return db
}
