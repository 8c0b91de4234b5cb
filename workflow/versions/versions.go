// Package versions keeps every version of the definitions of one kind that was ever published: what
// was started under a version goes on under it. What a definition means is none of its business.
package versions

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
)

// Table is where the versions of one kind are kept. Rows never change.
type Table struct {
	Name string
	// Objects says that each definition belongs to an object, whose name is kept.
	Objects bool
}

// Definition is one definition as a catalogue has it.
type Definition struct {
	Key, Package, Object string
	Hash                 string // of Source
	Source               []byte // canonical JSON
}

// Schema is the table as a store has it.
func (t Table) Schema() driver.Table {
	text := func(n string) driver.Column { return driver.Column{Name: n, Type: driver.Text} }
	cols := []driver.Column{text("key"), {Name: "version", Type: driver.Int}, text("hash"), text("package")}
	if t.Objects {
		cols = append(cols, text("object"))
	}
	return driver.Table{Name: t.Name, Columns: append(cols, driver.Column{Name: "source", Type: driver.JSON}, driver.Column{Name: "at", Type: driver.DateTime}),
		Indexes: []driver.Index{{Name: t.Name + "_version", Unique: true, Columns: []driver.IndexColumn{{Column: "key"}, {Column: "version"}}},
			{Name: t.Name + "_hash", Columns: []driver.IndexColumn{{Column: "key"}, {Column: "hash"}}}}}
}

func is(column string, p int) driver.Expr {
	return driver.Cmp{Op: driver.Eq, L: driver.Col{Name: column}, R: driver.Param{N: p}}
}

// Freeze gives each definition a version: the one that was frozen with this very content, or the
// next. fresh tells which definitions were new, by key.
func (t Table) Freeze(ctx context.Context, db *store.DB, tx store.Tx, defs []Definition, at time.Time) (fresh map[string]bool, err error) {
	st, err := db.Prepare(&driver.Query{Table: t.Name, Select: []driver.Expr{driver.Col{Name: "version"}, driver.Col{Name: "hash"}}, Where: is("key", 0)})
	if err != nil {
		return nil, fmt.Errorf("freeze definitions: %w", err)
	}
	fresh = map[string]bool{}
	for _, d := range defs {
		if fresh[d.Key], err = t.freeze(ctx, tx, st, d, at); err != nil {
			return nil, fmt.Errorf("freeze the definition %s: %w", d.Key, err)
		}
	}
	return fresh, nil
}

func (t Table) freeze(ctx context.Context, tx store.Tx, st driver.Stmt, d Definition, at time.Time) (fresh bool, err error) {
	last, known := int64(0), false
	err = Each(ctx, tx, st, func(r driver.Rows) {
		last = max(last, r.Value(0).Int())
		known = known || r.Value(1).Text() == d.Hash
	}, value.Text(d.Key))
	if err != nil || known {
		return false, err
	}
	id, err := tx.NextSequence(ctx, t.Name, 1)
	if err != nil {
		return false, err
	}
	cols := []string{"id", "key", "version", "hash", "package", "source", "at"}
	vals := []value.Value{value.Ref(id), value.Text(d.Key), value.Int(last + 1), value.Text(d.Hash), value.Text(d.Package), value.JSON(string(d.Source)), value.Instant(at)}
	if t.Objects {
		cols, vals = append(cols, "object"), append(vals, value.Text(d.Object))
	}
	return true, tx.Insert(ctx, t.Name, cols, vals)
}

// Reader finds versions.
type Reader struct{ byVersion, byHash, list, keys driver.Stmt }

// Reader makes a reader of the table, which must be there.
func (t Table) Reader(db *store.DB) (*Reader, error) {
	r := &Reader{}
	for _, q := range []struct {
		st *driver.Stmt
		by string
	}{{&r.byVersion, "version"}, {&r.byHash, "hash"}} {
		st, err := db.Prepare(&driver.Query{Table: t.Name, Select: []driver.Expr{driver.Col{Name: "version"}, driver.Col{Name: "package"}, driver.Col{Name: "source"}},
			Where: driver.And{Args: []driver.Expr{is("key", 0), is(q.by, 1)}}})
		if err != nil {
			return nil, err
		}
		*q.st = st
	}
	st, err := db.Prepare(&driver.Query{Table: t.Name, Select: []driver.Expr{driver.Col{Name: "version"}, driver.Col{Name: "hash"}, driver.Col{Name: "at"}, driver.Col{Name: "source"}},
		Where: is("key", 0), Order: []driver.Order{{Expr: driver.Col{Name: "version"}, Desc: true}}, Limit: driver.Param{N: 1}})
	if err != nil {
		return nil, err
	}
	r.list = st
	r.keys, err = db.Prepare(&driver.Query{Table: t.Name, Group: []driver.Expr{driver.Col{Name: "key"}}, Aggs: []driver.Agg{{Func: driver.Count}}})
	return r, err
}

// Keys lists the keys of all definitions that there ever were.
func (r *Reader) Keys(ctx context.Context, tx store.Tx) (out []string, err error) {
	err = Each(ctx, tx, r.keys, func(rows driver.Rows) { out = append(out, strings.Clone(rows.Value(0).Text())) })
	return out, err
}

// Listed is a version in a list.
type Listed struct {
	Number int
	Hash   string
	At     time.Time // it was first published
	Source []byte
}

// List gives the latest versions of a definition, the newest first.
func (r *Reader) List(ctx context.Context, tx store.Tx, key string, limit int) (out []Listed, err error) {
	err = Each(ctx, tx, r.list, func(rows driver.Rows) {
		out = append(out, Listed{int(rows.Value(0).Int()), strings.Clone(rows.Value(1).Text()), rows.Value(2).AsTime(), []byte(rows.Value(3).Text())})
	}, value.Text(key), value.Int(int64(limit)))
	return out, err
}

// Version is a version as it was frozen.
type Version struct {
	Number  int
	Package string
	Source  []byte // nil: there is no such version
}

// Find finds a version by its number or, with number 0, by the hash of its content.
func (r *Reader) Find(ctx context.Context, tx store.Tx, key string, number int, hash string) (v Version, err error) {
	st, by := r.byVersion, value.Int(int64(number))
	if number == 0 {
		st, by = r.byHash, value.Text(hash)
	}
	err = Each(ctx, tx, st, func(rows driver.Rows) {
		v = Version{int(rows.Value(0).Int()), strings.Clone(rows.Value(1).Text()), []byte(rows.Value(2).Text())}
	}, value.Text(key), by)
	return v, err
}

// Each calls fn for each row of a statement.
func Each(ctx context.Context, tx store.Tx, st driver.Stmt, fn func(driver.Rows), args ...value.Value) error {
	rows, err := tx.Query(ctx, st, args)
	if err != nil {
		return err
	}
	for rows.Next() {
		fn(rows)
	}
	return errors.Join(rows.Err(), rows.Close())
}
