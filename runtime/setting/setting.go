// Package setting keeps what administrators choose for packages: values of the settings that the
// packages declare, for the tenant or for a brand, with everything that was ever chosen. What a
// setting is, is metadata/catalog's; expressions read settings in runtime/record.
package setting

import (
	"context"
	"fmt"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
)

// table has one row for each time that a setting was chosen; of each setting and brand the last one
// counts.
const table = "_settings"

// SystemTables are the tables that this package keeps in every tenant's store.
func SystemTables() []driver.Table {
	return []driver.Table{{Name: table, Columns: []driver.Column{
		{Name: "setting", Type: driver.Text},
		{Name: "brand", Type: driver.Ref},  // null: for the tenant
		{Name: "value", Type: driver.JSON}, // as the API shows it; null: none of its own any more
		{Name: "at", Type: driver.DateTime},
		{Name: "by", Type: driver.Text}, // name of the login
	}}}
}

// Query reads all rows in their order, for Read.
func Query() *driver.Query {
	q := &driver.Query{Table: table, Order: []driver.Order{{Expr: driver.Col{Name: "id"}}}}
	for _, c := range []string{"setting", "brand", "value", "at", "by"} {
		q.Select = append(q.Select, driver.Col{Name: c})
	}
	return q
}

// Change is one time that a setting was chosen.
type Change struct {
	Key   string
	Brand int64  // 0: for the tenant
	Value string // JSON; "": none of its own any more
	At    value.Value
	By    string
}

// Values are all choices so far.
type Values struct {
	last    map[place]string
	changes []Change
}

type place struct {
	key   string
	brand int64
}

// Read reads the choices; st is the prepared Query.
func Read(ctx context.Context, tx store.Tx, st driver.Stmt) (*Values, error) {
	rows, err := tx.Query(ctx, st, nil)
	if err != nil {
		return nil, fmt.Errorf("read settings: %w", err)
	}
	v := &Values{last: map[place]string{}}
	for rows.Next() {
		c := Change{Key: rows.Value(0).Clone().Text(), Brand: rows.Value(1).Int(), Value: rows.Value(2).Clone().Text(), At: rows.Value(3), By: rows.Value(4).Clone().Text()}
		v.changes = append(v.changes, c)
		v.last[place{c.Key, c.Brand}] = c.Value
	}
	err = rows.Err()
	if cerr := rows.Close(); err == nil {
		err = cerr
	}
	return v, err
}

// Of is what a setting is for a brand (0: for no one in particular): the brand's own value, the
// tenant's, or the default.
func (v *Values) Of(s *catalog.Setting, brand int64) value.Value {
	if own, ok := v.own(s, brand); ok && s.ByBrand {
		return own
	}
	if own, ok := v.own(s, 0); ok {
		return own
	}
	return s.Default
}

// own is the value that was chosen for a brand or, with 0, for the tenant.
func (v *Values) own(s *catalog.Setting, brand int64) (value.Value, bool) {
	raw := v.last[place{s.Key, brand}]
	if raw == "" {
		return value.Null, false
	}
	out, bad := s.Read([]byte(raw))
	return out, bad == nil
}

// Count says how many values of a setting are chosen, or, with misfits, how many of them are none of
// its type.
func Count(ctx context.Context, db *store.DB, s *catalog.Setting, misfits bool) (*int64, error) {
	st, err := db.Prepare(Query())
	if err != nil {
		return nil, err
	}
	var n int64
	err = db.View(ctx, func(tx store.Tx) error {
		v, err := Read(ctx, tx, st)
		if err != nil {
			return err
		}
		n = 0
		for p, raw := range v.last {
			if p.key != s.Key || raw == "" {
				continue
			}
			if _, bad := s.Read([]byte(raw)); !misfits || bad != nil {
				n++
			}
		}
		return nil
	})
	return &n, err
}
