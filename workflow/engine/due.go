package engine

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/platform/store/driver"
)

// Due gives the moment at which the first job of a store is to be run, of whatever pool; any is false
// when there is none. Jobs that somebody has in hand count from the end of their leases.
func Due(ctx context.Context, db *store.DB) (at time.Time, any bool, err error) {
	st, err := db.Prepare(&driver.Query{Table: jobs, Aggs: []driver.Agg{{Func: driver.Min, Expr: col("at")}}, Where: same("status", open)})
	if err == nil {
		err = db.View(ctx, func(tx store.Tx) error {
			rows, err := tx.Query(ctx, st, nil)
			if err != nil {
				return err
			}
			if rows.Next() && !rows.Value(0).IsNull() {
				at, any = rows.Value(0).AsTime(), true
			}
			return errors.Join(rows.Err(), rows.Close())
		})
	}
	if err != nil {
		return at, false, fmt.Errorf("look for the next job: %w", err)
	}
	return at, any, nil
}
