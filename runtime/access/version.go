package access

import (
	"context"
	"slices"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
)

// versionTable has one row: the version of everything that records say about who may do what.
// Every write to such a record raises it in the same transaction, and every request looks at it,
// so that a change holds from the next request on, in every process.
const (
	versionTable = "_access"
	versionRow   = 1
)

// SystemTables are the tables that this package keeps in every tenant's store.
func SystemTables() []driver.Table {
	return []driver.Table{
		{Name: versionTable, Columns: []driver.Column{{Name: "version", Type: driver.Int}}},
		revealTable(),
	}
}

// Raise makes what callers may do be looked up again, once the transaction is committed.
func Raise(ctx context.Context, tx store.Tx) error {
	n, err := tx.NextSequence(ctx, versionTable, 1)
	if err != nil {
		return err
	}
	found, err := tx.Update(ctx, versionTable, versionRow, []string{"version"}, []value.Value{value.Int(n)})
	if err != nil || found {
		return err
	}
	return tx.Insert(ctx, versionTable, []string{"id", "version"}, []value.Value{value.Ref(versionRow), value.Int(n)})
}

// weighty are the fields by which records that many write for other reasons decide access.
var weighty = map[string][]string{
	catalog.ServesUser:      {"org_unit_id", "status", catalog.DeletedAt},
	catalog.ServesOrgUnit:   {"code", "path", catalog.DeletedAt},
	catalog.ServesTerritory: {"code", "path", catalog.DeletedAt},
	catalog.ServesBrand:     {},
}

// Weighs says whether a change of a record can change what somebody may do. changed tells whether
// a field has another value than before; whole is true of records that come or go.
func Weighs(o *catalog.Object, whole bool, changed func(*catalog.Field) bool) bool {
	if !o.Decides && len(o.DecidesBy) == 0 {
		return false
	}
	if whole || slices.ContainsFunc(o.DecidesBy, changed) {
		return true
	}
	if !o.Decides {
		return false
	}
	names, some := weighty[o.Serves]
	if !some {
		return true
	}
	for _, n := range names {
		if f := o.Field(n); f != nil && changed(f) {
			return true
		}
	}
	return false
}
