// Package event reads the changes that committed writes have left in the outbox, in the order of
// their commits. Readers keep their own position and come at their own pace, so that a slow one
// never holds a writer up, and one that was away goes on where it stopped. What is to be done
// with a change, and who may see it, is not its business.
package event

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/tenon-platform/tenon/platform/clock"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/runtime/record"
)

const (
	// Keep is how long changes stay readable.
	Keep = 72 * time.Hour
	// sweepBatch is how many changes one transaction removes.
	sweepBatch = 1000
)

// Change is one change of one record.
type Change struct {
	Seq     int64  // position in the order of commits
	Object  string // physical name
	Record  int64
	Version int64 // 0 when the record is gone
	At      time.Time
	By      int64  // user; 0: the platform itself
	Verb    string // create, update, delete, restore, purge, compute
	Fields  string // {"field": [before, after]}, as the API shows values
}

// Feed reads the changes of one tenant. It is safe for concurrent use.
type Feed struct {
	db    *store.DB
	told  *store.Watch
	clock clock.Clock
	after driver.Stmt
	ends  [2]driver.Stmt // the oldest and the newest
}

// More gives a channel that is closed when there are further changes. To miss nothing, ask for it
// before reading.
func (f *Feed) More() <-chan struct{} { return f.told.Committed() }

// Open prepares the reading of a tenant's changes.
func Open(db *store.DB, c clock.Clock) (*Feed, error) {
	f := &Feed{db: db, told: db.Watch(record.OutboxTable), clock: c}
	id := driver.Col{Name: "id"}
	q := &driver.Query{Table: record.OutboxTable, Where: driver.Cmp{Op: driver.Gt, L: id, R: driver.Param{N: 0}},
		Order: []driver.Order{{Expr: id}}, Limit: driver.Param{N: 1}}
	for _, n := range []string{"id", "object", "record", "version", "at", "by", "verb", "changes"} {
		q.Select = append(q.Select, driver.Col{Name: n})
	}
	var err error
	if f.after, err = db.Prepare(q); err != nil {
		return nil, fmt.Errorf("read the outbox: %w", err)
	}
	for i, desc := range []bool{false, true} {
		f.ends[i], err = db.Prepare(&driver.Query{Table: record.OutboxTable, Select: []driver.Expr{id, driver.Col{Name: "at"}},
			Order: []driver.Order{{Expr: id, Desc: desc}}, Limit: driver.Const{Value: value.Int(1)}})
		if err != nil {
			return nil, fmt.Errorf("read the outbox: %w", err)
		}
	}
	return f, nil
}

// Read gives at most limit changes after a position, of all objects.
func (f *Feed) Read(ctx context.Context, tx store.Tx, after int64, limit int) ([]Change, error) {
	rows, err := tx.Query(ctx, f.after, []value.Value{value.Ref(after), value.Int(int64(limit))})
	if err != nil {
		return nil, fmt.Errorf("read the outbox: %w", err)
	}
	var out []Change
	for rows.Next() {
		c := Change{Seq: rows.Value(0).Int(), Object: strings.Clone(rows.Value(1).Text()), Record: rows.Value(2).Int(), At: rows.Value(4).AsTime(),
			Verb: strings.Clone(rows.Value(6).Text()), Fields: strings.Clone(rows.Value(7).Text())}
		if v := rows.Value(3); !v.IsNull() {
			c.Version = v.Int()
		}
		if v := rows.Value(5); !v.IsNull() {
			c.By = v.Int()
		}
		out = append(out, c)
	}
	return out, errors.Join(rows.Err(), rows.Close())
}

// Last is the position of the newest change; 0 when there is none.
func (f *Feed) Last(ctx context.Context, tx store.Tx) (int64, error) {
	seq, _, err := f.end(ctx, tx, 1)
	return seq, err
}

// Resumable refuses a position behind which changes are no longer kept.
func (f *Feed) Resumable(ctx context.Context, tx store.Tx, after int64) error {
	oldest, _, err := f.end(ctx, tx, 0)
	if err != nil {
		return err
	}
	if oldest > after+1 {
		return errs.New(errs.NotFound, "the changes after this cursor are no longer kept; read the records anew and subscribe without a cursor",
			"该游标之后的变更已不再保留，请重新读取记录并不带游标订阅").On("after")
	}
	return nil
}

func (f *Feed) end(ctx context.Context, tx store.Tx, i int) (seq int64, at time.Time, err error) {
	rows, err := tx.Query(ctx, f.ends[i], nil)
	if err != nil {
		return 0, at, fmt.Errorf("read the outbox: %w", err)
	}
	if rows.Next() {
		seq, at = rows.Value(0).Int(), rows.Value(1).AsTime()
	}
	return seq, at, errors.Join(rows.Err(), rows.Close())
}

// Sweep removes the changes that are older than Keep; it reports how many. The newest stays, so
// that the position of the last change is never lost.
func (f *Feed) Sweep(ctx context.Context) (int64, error) {
	var total int64
	for {
		n, err := f.sweep(ctx)
		if total += n; err != nil || n == 0 {
			return total, err
		}
	}
}

func (f *Feed) sweep(ctx context.Context) (n int64, err error) {
	old := f.clock.Now().Add(-Keep)
	var upTo int64
	err = f.db.View(ctx, func(tx store.Tx) error {
		upTo = 0
		newest, _, err := f.end(ctx, tx, 1)
		if err != nil {
			return err
		}
		first, at, err := f.end(ctx, tx, 0)
		if err != nil || first == 0 || !at.Before(old) {
			return err
		}
		cs, err := f.Read(ctx, tx, first-1, sweepBatch)
		for _, c := range cs {
			if c.At.Before(old) && c.Seq < newest {
				upTo = c.Seq
			}
		}
		return err
	})
	if err != nil || upTo == 0 {
		return 0, err
	}
	err = f.db.Update(ctx, func(tx store.Tx) error {
		n, err = tx.DeleteWhere(ctx, record.OutboxTable, driver.Cmp{Op: driver.Le, L: driver.Col{Name: "id"}, R: driver.Param{N: 0}}, []value.Value{value.Ref(upTo)})
		return err
	})
	return n, err
}
