package engine

import (
	"context"

	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/platform/store/driver"
)

// Unfinished counts the jobs that are not done.
func Unfinished(ctx context.Context, e *Engine, tx store.Tx) (n int, err error) {
	st, err := e.db.Prepare(&driver.Query{Table: jobs, Select: cols("id"), Order: []driver.Order{{Expr: col("id")}}})
	if err != nil {
		return 0, err
	}
	rows, err := tx.Query(ctx, st, nil)
	if err != nil {
		return 0, err
	}
	for rows.Next() {
		n++
	}
	return n, rows.Close()
}

// Hold waits for the lock of an instance.
func (e *Engine) Hold(instance string) (release func()) { return e.locks.hold(instance) }

// Locks are how many instances have a lock.
func (e *Engine) Locks() int { return len(e.locks.of) }
