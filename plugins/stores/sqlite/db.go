package sqlite

import (
	"context"
	"errors"
	"os"
	"sync"
	"sync/atomic"

	"github.com/tenon-platform/tenon/platform/parallel"
	"github.com/tenon-platform/tenon/platform/store/driver"
)

// db is one open file.
type db struct {
	path    string
	opt     Options
	schema  atomic.Pointer[schema]
	readers *pool
	queue   chan *command
	stopped chan struct{} // the writer has ended
	closing chan struct{}
	once    sync.Once
	closed  error
	onClose func()
}

var (
	_ driver.DB        = (*db)(nil)
	_ driver.Exclusive = (*db)(nil)
)

func openDB(path string, opt Options) (*db, error) {
	d := &db{path: path, opt: opt, queue: make(chan *command, maxBatch),
		stopped: make(chan struct{}), closing: make(chan struct{})}
	d.readers = newPool(opt.Readers, d.closing, func() (*conn, error) { return openConn(path, opt, readerCache) })
	w, r, err := d.connect()
	if err != nil {
		return nil, err
	}
	d.readers.add(r)
	go d.write(w)
	return d, nil
}

// connect opens the writer and the first reader, and reads the schema. Each connection reads all of SQLite's own schema when
// it is opened, most of what opening takes: both do at the same time, unless the writer has to make the file first.
func (d *db) connect() (w, r *conn, err error) {
	var failed [2]error
	parts := []func() error{
		func() (err error) {
			if w, err = openConn(d.path, d.opt, writerCache); err != nil {
				return err
			}
			tables, err := loadSchema(w)
			d.schema.Store(tables)
			return err
		},
		func() (err error) {
			r, err = openConn(d.path, d.opt, readerCache)
			return err
		},
	}
	if st, err := os.Stat(d.path); err == nil && st.Size() > 0 {
		parallel.Each(len(parts), func(i int) { failed[i] = parts[i]() })
	} else {
		for i, open := range parts {
			failed[i] = open()
		}
	}
	if err = errors.Join(failed[:]...); err != nil {
		for _, c := range []*conn{w, r} {
			if c != nil {
				err = errors.Join(err, c.close())
			}
		}
	}
	return w, r, err
}

// View runs fn on one snapshot, on a reader of its own.
func (d *db) View(ctx context.Context, fn func(driver.Tx) error) (err error) {
	c, err := d.readers.take(ctx)
	if err != nil {
		return err
	}
	defer func() {
		if given := d.readers.give(c); err == nil {
			err = given
		}
	}()
	end := c.until(ctx)
	t := &tx{db: d, c: c}
	defer func() {
		t.done = true
		closed := t.closeRows()
		if end() || err != nil || closed != nil {
			closed = joinIf(closed, c.drop())
		}
		if err == nil {
			err = closed
		}
	}()
	if c.held == nil {
		c.seen = d.readers.turn()
		if err := c.hold(); err != nil {
			return because(ctx, err)
		}
	}
	return because(ctx, fn(t))
}

// Exclusive is true: whoever opens a directory of such files locks it first.
func (d *db) Exclusive() bool { return true }

// because prefers the context's reason to "interrupted".
func because(ctx context.Context, err error) error {
	if err != nil && errors.Is(err, context.Canceled) && ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}

// Schema tells the tables as they are.
func (d *db) Schema(_ context.Context, only ...string) ([]driver.Table, error) {
	return d.schema.Load().list(only)
}

// Size is the bytes of the file and its log.
func (d *db) Size(context.Context) (int64, error) {
	var n int64
	for _, suffix := range []string{"", "-wal"} {
		st, err := os.Stat(d.path + suffix)
		if err != nil && (suffix == "" || !os.IsNotExist(err)) {
			return 0, err
		}
		if err == nil {
			n += st.Size()
		}
	}
	return n, nil
}

// Close waits for running transactions and closes the file.
func (d *db) Close() error {
	d.once.Do(func() {
		close(d.closing)
		<-d.stopped
		d.closed = errors.Join(d.readers.close(), d.closed)
		d.onClose()
	})
	return d.closed
}
