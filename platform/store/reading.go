package store

import "context"

type readingKey struct{}

// Reading puts the snapshot that a View of this database is looking at into a context: further Views
// under that context look at the same one. Whoever holds a reader must not wait for another: there are
// few, and when each was held by somebody who waits, all would wait for ever. It holds until the View
// ends, for one goroutine.
func (db *DB) Reading(ctx context.Context, tx Tx) context.Context {
	return context.WithValue(ctx, readingKey{}, tx)
}

// reading is the snapshot of this database that a context has.
func (db *DB) reading(ctx context.Context) (Tx, bool) {
	tx, ok := ctx.Value(readingKey{}).(Tx)
	return tx, ok && tx.db == db
}
