// Package store is the portable store: one concrete type over the engines of store/driver. It
// counts and times statements, and turns engine errors into coded ones. It knows nothing of
// objects, permissions or workflows.
package store

import (
	"context"
	"sync/atomic"

	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/turn"
	"github.com/tenon-platform/tenon/platform/value"
)

// DB is one tenant's database.
type DB struct {
	d       driver.DB
	queries atomic.Int64
	commits atomic.Int64
	watches watches
}

// Open opens the database of a tenant on an engine.
func Open(ctx context.Context, e driver.Engine, tenant string) (*DB, error) {
	d, err := e.Open(ctx, tenant)
	if err != nil {
		return nil, err
	}
	return &DB{d: d, watches: watches{by: map[string]*Watch{}, of: map[string][]*Watch{}}}, nil
}

// Stats counts since the database was opened.
type Stats struct{ Queries, Commits int64 }

// Stats gives the counts so far; tests hold the executor to "one query per level" with it.
func (db *DB) Stats() Stats { return Stats{db.queries.Load(), db.commits.Load()} }

// Prepare compiles a query.
func (db *DB) Prepare(q *driver.Query) (driver.Stmt, error) { return db.d.Prepare(q) }

// View runs fn on one consistent snapshot: that of the context, where it has one (Reading).
func (db *DB) View(ctx context.Context, fn func(Tx) error) error {
	if tx, ok := db.reading(ctx); ok {
		return fn(tx)
	}
	return db.d.View(ctx, func(t driver.Tx) error { return fn(Tx{t, db, nil}) })
}

// Update runs fn in one durable write transaction; fn may run more than once. Meanwhile the turn of a
// request pauses: a store's writers wait for each other, and share commits.
func (db *DB) Update(ctx context.Context, fn func(Tx) error) error {
	defer turn.Pause(ctx)()
	var to touched
	err := db.d.Update(ctx, func(t driver.Tx) error {
		to.tables = to.tables[:0]
		return fn(Tx{t, db, &to})
	})
	if err == nil {
		db.commits.Add(1)
		db.watches.announce(to.tables)
	}
	return err
}

// Exclusive tells whether no other process writes to the database.
func (db *DB) Exclusive() bool {
	x, ok := db.d.(driver.Exclusive)
	return ok && x.Exclusive()
}

// Change carries out schema changes in order; each is idempotent.
func (db *DB) Change(ctx context.Context, cs ...driver.Change) error {
	defer db.watches.announceAll()
	return db.d.Change(ctx, cs...)
}

// Schema tells the tables as they physically are: those of these names that there are, or all if none is named.
func (db *DB) Schema(ctx context.Context, only ...string) ([]driver.Table, error) {
	return db.d.Schema(ctx, only...)
}

// Size is the bytes on disk.
func (db *DB) Size(ctx context.Context) (int64, error) { return db.d.Size(ctx) }

// Used is the bytes that hold something, as far as the engine can tell; else those on disk.
func (db *DB) Used(ctx context.Context) (int64, error) {
	if m, ok := db.d.(driver.Measured); ok {
		return m.Used(ctx)
	}
	return db.d.Size(ctx)
}

// Close closes the database.
func (db *DB) Close() error { return db.d.Close() }

// Tx is a transaction.
type Tx struct {
	driver.Tx
	db      *DB
	touched *touched // nil in a View
}

// Query runs a prepared query and counts it.
func (t Tx) Query(ctx context.Context, s driver.Stmt, args []value.Value) (driver.Rows, error) {
	t.db.queries.Add(1)
	return t.Tx.Query(ctx, s, args)
}
