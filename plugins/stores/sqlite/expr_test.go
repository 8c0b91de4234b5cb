package sqlite_test

import (
	"context"
	"testing"

	"github.com/tenon-platform/tenon/metadata/expr/exprtest"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/plugins/stores/sqlite"
)

// TestExpressions: translated expressions give on SQLite what Go evaluates.
func TestExpressions(t *testing.T) {
	exprtest.Differential(t, func(t *testing.T) driver.DB {
		db, err := sqlite.New(t.TempDir(), &sqlite.Options{Normal: true}).Open(context.Background(), "expressions")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := db.Close(); err != nil {
				t.Error(err)
			}
		})
		return db
	})
}
