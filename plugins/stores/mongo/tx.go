package mongo

import (
	"context"
	"errors"
	"fmt"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/mongo"
	"go.mongodb.org/mongo-driver/mongo/options"

	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
)

// tx is a snapshot or one attempt of a transaction.
type tx struct {
	db     *db
	schema *schema
	sess   mongo.Session // nil without transactions
	write  bool
	done   bool
	rows   []driver.Rows

	failed    error // the first failure of a write transaction, which the server then has given up
	transient error // the same as the driver gave it, if the transaction may be repeated
}

var errDone = errors.New("mongo: the transaction has ended")

// call runs fn with the schema of a version.
func (t *tx) call(ctx context.Context, version int64, fn func(driver.Tx) error) (err error) {
	defer func() {
		t.done = true
		err = errors.Join(err, t.closeRows())
	}()
	if t.schema = t.db.schema.Load(); t.schema.version != version {
		if t.schema, err = t.load(ctx, version); err != nil {
			return err
		}
	}
	return fn(t)
}

func (t *tx) closeRows() error {
	var err error
	for _, r := range t.rows {
		err = errors.Join(err, r.Close())
	}
	t.rows = nil
	return err
}

// in puts the session into a context.
func (t *tx) in(ctx context.Context) context.Context {
	if t.sess == nil {
		return ctx
	}
	return mongo.NewSessionContext(ctx, t.sess)
}

func (t *tx) usable(ctx context.Context) error {
	switch {
	case t.done:
		return errDone
	case t.failed != nil:
		return t.failed
	}
	return ctx.Err()
}

func (t *tx) writable(ctx context.Context) error {
	if !t.write {
		return driver.ErrReadOnly
	}
	return t.usable(ctx)
}

// failure keeps what the server refused.
func (t *tx) failure(err error) error {
	if err == nil || !t.write {
		return wrapped(err)
	}
	if t.transient == nil && transient(err) {
		t.transient = err
	}
	err = wrapped(err)
	if t.failed == nil && t.sess != nil {
		t.failed = err
	}
	return err
}

// Codes of reads at a time that the server can no longer, or not yet, read at.
const (
	snapshotTooOld      = 239
	snapshotUnavailable = 246
)

func wrapped(err error) error {
	var s mongo.ServerError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &s) && (s.HasErrorCode(snapshotTooOld) || s.HasErrorCode(snapshotUnavailable)):
		return fmt.Errorf("%w: %w", driver.ErrBusy, err)
	}
	return fmt.Errorf("mongo: %w", err)
}

func (t *tx) collection(table string) *mongo.Collection { return t.db.db.Collection(table) }

func (t *tx) find(ctx context.Context, table string, filter bson.D, o *options.FindOptions) (*mongo.Cursor, error) {
	cur, err := t.collection(table).Find(t.in(ctx), filter, o)
	if err != nil {
		return nil, t.failure(err)
	}
	return cur, nil
}

func (t *tx) aggregate(ctx context.Context, table string, pipeline bson.A) (*mongo.Cursor, error) {
	cur, err := t.collection(table).Aggregate(t.in(ctx), pipeline, options.Aggregate().SetAllowDiskUse(true))
	if err != nil {
		return nil, t.failure(err)
	}
	return cur, nil
}

// Query runs a prepared query.
func (t *tx) Query(ctx context.Context, st driver.Stmt, args []value.Value) (driver.Rows, error) {
	if err := t.usable(ctx); err != nil {
		return nil, err
	}
	s, ok := st.(*stmt)
	if !ok || s.db != t.db {
		return nil, errors.New("mongo: a statement of another database")
	}
	p, err := s.plan(t.schema)
	if err != nil {
		return nil, err
	}
	r, err := (&exec{ctx: ctx, t: t, args: args}).query(p)
	if err != nil {
		return nil, err
	}
	t.rows = append(t.rows, r)
	return r, nil
}

// table is a table of this transaction's schema.
func (t *tx) table(name string) (*table, error) {
	s, err := t.schema.scope(name)
	if err != nil {
		return nil, err
	}
	return s.table, nil
}
