package process

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/platform/store/driver"
)

// Ear is a lane that hears of what may end its wait.
type Ear struct {
	Run  string
	Lane int
}

// ReadEars reads the lanes that hear, by their marks, for those who check them.
func ReadEars(ctx context.Context, db *store.DB) (map[string]Ear, error) {
	col := func(n string) driver.Expr { return driver.Col{Name: n} }
	st, err := db.Prepare(&driver.Query{Table: ears, Select: []driver.Expr{col("mark"), col("run"), col("lane")}, Order: []driver.Order{{Expr: col("id")}}})
	if err != nil {
		return nil, fmt.Errorf("flow: read who hears: %w", err)
	}
	out := map[string]Ear{}
	err = db.View(ctx, func(tx store.Tx) error {
		rows, err := tx.Query(ctx, st, nil)
		if err != nil {
			return err
		}
		for rows.Next() {
			out[strings.Clone(rows.Value(0).Text())] = Ear{strings.Clone(rows.Value(1).Text()), int(rows.Value(2).Int())}
		}
		return errors.Join(rows.Err(), rows.Close())
	})
	if err != nil {
		return nil, fmt.Errorf("flow: read who hears: %w", err)
	}
	return out, nil
}

// ReadFailures reads the signatures of runs that stand failed, by the names of the runs, for those who check them.
func ReadFailures(ctx context.Context, db *store.DB) (map[string]string, error) {
	st, err := db.Prepare(&driver.Query{Table: failures, Select: []driver.Expr{driver.Col{Name: "run"}, driver.Col{Name: "signature"}}, Order: []driver.Order{{Expr: driver.Col{Name: "id"}}}})
	if err != nil {
		return nil, fmt.Errorf("flow: read failures: %w", err)
	}
	out := map[string]string{}
	err = db.View(ctx, func(tx store.Tx) error {
		rows, err := tx.Query(ctx, st, nil)
		if err != nil {
			return err
		}
		for rows.Next() {
			out[strings.Clone(rows.Value(0).Text())] = strings.Clone(rows.Value(1).Text())
		}
		return errors.Join(rows.Err(), rows.Close())
	})
	if err != nil {
		return nil, fmt.Errorf("flow: read failures: %w", err)
	}
	return out, nil
}
