package mongo

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/mongo"
	"go.mongodb.org/mongo-driver/mongo/options"
	"go.mongodb.org/mongo-driver/mongo/readconcern"
	"go.mongodb.org/mongo-driver/mongo/readpref"
	"go.mongodb.org/mongo-driver/mongo/writeconcern"

	"github.com/tenon-platform/tenon/platform/store/driver"
)

// db is one tenant's database.
type db struct {
	client  *mongo.Client
	db      *mongo.Database
	limits  limits
	schema  atomic.Pointer[schema]
	writer  chan struct{} // held by the one writer of this process
	change  sync.Mutex    // one Change at a time
	onClose func() error

	mu      sync.Mutex
	closing bool
	users   sync.WaitGroup
	once    sync.Once
	closed  error
}

var _ driver.DB = (*db)(nil)

func newDB(c *mongo.Client, name string, l limits) *db {
	return &db{client: c, db: c.Database(name), limits: l, writer: make(chan struct{}, 1)}
}

// use counts a user of the database until the function it gives is called.
func (d *db) use() (func(), error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closing {
		return nil, driver.ErrClosed
	}
	d.users.Add(1)
	return d.users.Done, nil
}

// View runs fn on one snapshot, which begins with the read of the schema's version.
func (d *db) View(ctx context.Context, fn func(driver.Tx) error) error {
	done, err := d.use()
	if err != nil {
		return err
	}
	defer done()
	t := &tx{db: d}
	if !d.limits.noTransactions {
		sess, err := d.client.StartSession(options.Session().SetSnapshot(true))
		if err != nil {
			return fmt.Errorf("mongo: %w", err)
		}
		defer sess.EndSession(context.WithoutCancel(ctx))
		t.sess = sess
	}
	var m meta
	if err := d.db.Collection(metaName).FindOne(t.in(ctx), bson.D{{Key: "_id", Value: schemaID}}).Decode(&m); err != nil {
		return fmt.Errorf("mongo: begin a view: %w", err)
	}
	return t.call(ctx, m.Version, fn)
}

// Update runs fn in a transaction. Writers are serialised, as the contract asks: by a lock in this
// process, and between processes by a document that every transaction changes first, so that two
// at once conflict and one is repeated.
func (d *db) Update(ctx context.Context, fn func(driver.Tx) error) error {
	done, err := d.use()
	if err != nil {
		return err
	}
	defer done()
	return d.write(ctx, func(t *tx) error { return fn(t) })
}

func (d *db) write(ctx context.Context, fn func(*tx) error) error {
	select {
	case d.writer <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-d.writer }()
	if d.limits.noTransactions {
		_, err := d.attempt(ctx, nil, fn)
		return err
	}
	sess, err := d.client.StartSession()
	if err != nil {
		return fmt.Errorf("mongo: %w", err)
	}
	defer sess.EndSession(context.WithoutCancel(ctx)) // aborts the transaction of a panic
	tries := 0
	var own error
	_, err = sess.WithTransaction(ctx, func(mongo.SessionContext) (any, error) {
		if tries++; tries > 1 {
			if err := pause(ctx, tries); err != nil {
				return nil, err
			}
		}
		var raw error
		raw, own = d.attempt(ctx, sess, fn)
		return nil, raw
	}, transactionOptions())
	switch {
	case err == nil:
		return nil
	case transient(err):
		return fmt.Errorf("%w: %w", driver.ErrBusy, err)
	case own != nil:
		return own
	}
	return fmt.Errorf("mongo: commit: %w", err)
}

func transactionOptions() *options.TransactionOptions {
	return options.Transaction().SetReadConcern(readconcern.Snapshot()).SetWriteConcern(writeconcern.Majority()).SetReadPreference(readpref.Primary())
}

// Pauses between the attempts of a transaction that conflicts with another server's.
const (
	firstPause = time.Millisecond
	mostPause  = 100 * time.Millisecond
)

func pause(ctx context.Context, tries int) error {
	d := min(firstPause<<min(tries-2, 10), mostPause)
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// attempt runs fn once. raw is what decides about another attempt, own what the caller gets.
func (d *db) attempt(ctx context.Context, sess mongo.Session, fn func(*tx) error) (raw, own error) {
	t := &tx{db: d, sess: sess, write: true}
	var m meta
	err := d.db.Collection(metaName).FindOneAndUpdate(t.in(ctx), bson.D{{Key: "_id", Value: schemaID}},
		bson.D{{Key: "$inc", Value: bson.D{{Key: "writes", Value: int64(1)}}}}).Decode(&m)
	if err != nil {
		err = t.failure(err)
	} else {
		err = t.call(ctx, m.Version, func(driver.Tx) error { return fn(t) })
	}
	switch {
	case t.transient != nil:
		return t.transient, err
	case err == nil:
		err = t.failed // fn must not go on as if nothing had happened: the server has given up the transaction
	}
	return err, err
}

// transient says whether a transaction that failed so may succeed when it is repeated.
func transient(err error) bool {
	var s mongo.ServerError
	return errors.As(err, &s) && s.HasErrorLabel("TransientTransactionError")
}

// Size is the bytes of documents and indexes on disk.
func (d *db) Size(ctx context.Context) (int64, error) {
	st, err := d.stats(ctx)
	return int64(st.Storage + st.Index), err
}

var _ driver.Measured = (*db)(nil)

// Used is the bytes of documents, as they are before the server packs them, and of indexes.
func (d *db) Used(ctx context.Context) (int64, error) {
	st, err := d.stats(ctx)
	return int64(st.Data + st.Index), err
}

type stats struct {
	Data    float64 `bson:"dataSize"`
	Storage float64 `bson:"storageSize"`
	Index   float64 `bson:"indexSize"`
}

func (d *db) stats(ctx context.Context) (st stats, err error) {
	done, err := d.use()
	if err != nil {
		return st, err
	}
	defer done()
	if err := d.db.RunCommand(ctx, bson.D{{Key: "dbStats", Value: 1}}).Decode(&st); err != nil {
		return st, fmt.Errorf("mongo: size: %w", err)
	}
	return st, nil
}

// Close waits for running transactions.
func (d *db) Close() error {
	d.once.Do(func() {
		d.mu.Lock()
		d.closing = true
		d.mu.Unlock()
		d.users.Wait()
		d.closed = d.onClose()
	})
	return d.closed
}
