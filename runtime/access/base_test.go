package access_test

import (
	"context"
	"testing"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/plugins/standard"
	"github.com/tenon-platform/tenon/plugins/stores/sqlite"
	"github.com/tenon-platform/tenon/runtime/access/accesstest"
)

type (
	tenant = accesstest.Tenant
	files  = accesstest.Package
)

var (
	day          = accesstest.Day
	organisation = accesstest.Organisation
	key          = accesstest.Key
	principal    = accesstest.Principal
)

// env makes tenants on SQLite.
func env() *accesstest.Env {
	return &accesstest.Env{Fields: standard.Fields(), Open: func(t testing.TB) *store.DB {
		db, err := store.Open(context.Background(), sqlite.New(t.TempDir(), nil), "t")
		if err != nil {
			t.Fatal(err)
		}
		return db
	}}
}

func catalogue(t testing.TB, f files, storage *catalog.Storage) *catalog.Catalog {
	t.Helper()
	return env().Catalogue(t, f, storage)
}

func newTenant(t testing.TB, f files) *tenant {
	t.Helper()
	return env().Tenant(t, f)
}
