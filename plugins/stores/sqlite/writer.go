package sqlite

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"

	"github.com/tenon-platform/tenon/platform/store/driver"
)

// maxBatch is the most commands of one commit.
const maxBatch = 32

// command is one Update or Change that waits for the writer.
type command struct {
	ctx    context.Context
	fn     func(*tx) error
	alone  bool   // schema changes share no commit
	commit func() // called when the commit is durable, before the answer
	taken  atomic.Bool
	done   chan struct{}
	err    error
	panics any
}

// Update queues fn for the writer. fn must not call Update or Change of the same database.
func (d *db) Update(ctx context.Context, fn func(driver.Tx) error) error {
	return d.do(&command{ctx: ctx, fn: func(t *tx) error { return fn(t) }})
}

func (d *db) do(cmd *command) error {
	cmd.done = make(chan struct{})
	select {
	case <-d.closing:
		return driver.ErrClosed
	case <-cmd.ctx.Done():
		return cmd.ctx.Err()
	case d.queue <- cmd:
	}
	select {
	case <-cmd.done:
	case <-cmd.ctx.Done():
		if cmd.taken.CompareAndSwap(false, true) {
			return cmd.ctx.Err() // the writer will pass over it
		}
		<-cmd.done
	case <-d.stopped:
		if cmd.taken.CompareAndSwap(false, true) {
			return driver.ErrClosed
		}
		<-cmd.done
	}
	if cmd.panics != nil {
		panic(cmd.panics)
	}
	return cmd.err
}

// write is the one writer: it commits together what has gathered while the last commit was being
// written to disk, and waits for no one when the queue is empty.
func (d *db) write(c *conn) {
	defer close(d.stopped)
	var commits int64
	var held *command // a schema change that ended the last batch
	for {
		first := held
		held = nil
		if first == nil {
			select {
			case first = <-d.queue:
			case <-d.closing:
				d.closed = c.close()
				return
			}
		}
		batch := []*command{}
		err := d.readers.begin()
		if err == nil {
			err = c.exec("BEGIN IMMEDIATE")
		}
		if err != nil {
			d.readers.end()
			if first.taken.CompareAndSwap(false, true) {
				first.answer(err)
			}
			continue
		}
		batch = d.run(c, batch, first)
		for !first.alone && len(batch) < maxBatch && held == nil {
			var next *command
			select {
			case next = <-d.queue:
			default:
			}
			if next == nil {
				break
			}
			if next.alone {
				held = next
				break
			}
			batch = d.run(c, batch, next)
		}
		commits = d.commit(c, batch, commits)
	}
}

// run executes one command inside the open transaction and adds it to those that wait for COMMIT.
func (d *db) run(c *conn, batch []*command, cmd *command) []*command {
	if !cmd.taken.CompareAndSwap(false, true) {
		return batch
	}
	// What fails alone needs no savepoint, for which SQLite would copy each page before it is changed: nothing else is lost
	// with the transaction.
	alone := len(batch) == 0
	var err error
	if !alone {
		err = c.exec("SAVEPOINT command")
	}
	if err == nil {
		err = cmd.call(d, c)
	}
	if err == nil && !alone {
		err = c.exec("RELEASE command")
	}
	if err == nil {
		return append(batch, cmd)
	}
	switch {
	case c.c.AutocommitEnabled(): // SQLite gave the whole transaction up
		for _, b := range batch {
			b.answer(fmt.Errorf("sqlite: the shared transaction was rolled back: %w", err))
		}
		batch = batch[:0]
		err = joinIf(err, c.exec("BEGIN IMMEDIATE"))
	case alone:
		err = joinIf(err, c.exec("ROLLBACK"), c.exec("BEGIN IMMEDIATE"))
	default:
		err = joinIf(err, c.exec("ROLLBACK TO command"), c.exec("RELEASE command"))
	}
	cmd.answer(err)
	return batch
}

func joinIf(err error, more ...error) error {
	if m := errors.Join(more...); m != nil {
		return errors.Join(err, m)
	}
	return err
}

var errPanic = errors.New("sqlite: panic in a transaction")

func (cmd *command) call(d *db, c *conn) (err error) {
	t := &tx{db: d, c: c, write: true}
	defer func() {
		if p := recover(); p != nil {
			cmd.panics, err = p, errPanic
		}
		t.done = true
		if e := t.closeRows(); err == nil {
			err = e
		}
	}()
	if err := cmd.ctx.Err(); err != nil {
		return err
	}
	return cmd.fn(t)
}

func (cmd *command) answer(err error) {
	cmd.err = err
	close(cmd.done)
}

func (d *db) commit(c *conn, batch []*command, n int64) int64 {
	var err error
	if len(batch) == 0 {
		if !c.c.AutocommitEnabled() {
			err = c.exec("ROLLBACK")
		}
	} else {
		n++
		if d.opt.OnCommit != nil {
			d.opt.OnCommit(n, true)
		}
		if err = c.exec("COMMIT"); err == nil && d.opt.OnCommit != nil {
			d.opt.OnCommit(n, false)
		}
		if err != nil && !c.c.AutocommitEnabled() {
			err = joinIf(err, c.exec("ROLLBACK"))
		}
	}
	d.readers.end()
	for _, cmd := range batch {
		if err == nil && cmd.commit != nil {
			cmd.commit()
		}
		cmd.answer(err)
	}
	return n
}
