// Package live keeps the active catalogue of each tenant beside its store: swapped on a
// successful publish, kept on a failed one. How a publish changes the store is runtime/migrate.
package live

import (
	"sync/atomic"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/platform/store"
)

// Tenant is one tenant's store and active catalogue.
type Tenant struct {
	Name  string
	Store *store.DB
	cat   atomic.Pointer[catalog.Catalog]
}

// NewTenant makes a tenant that serves cat.
func NewTenant(name string, db *store.DB, cat *catalog.Catalog) *Tenant {
	t := &Tenant{Name: name, Store: db}
	t.cat.Store(cat)
	return t
}

// Catalog is the active catalogue.
func (t *Tenant) Catalog() *catalog.Catalog { return t.cat.Load() }

// Swap makes cat active for every operation that starts from now on.
func (t *Tenant) Swap(cat *catalog.Catalog) { t.cat.Store(cat) }
