package sqlite

import (
	"context"
	"errors"
	"sync"

	"github.com/tenon-platform/tenon/platform/store/driver"
)

// pool lends readers. The one that came back last is lent first: as few as the load needs are at
// work, each with its statements prepared and its part of the file mapped. A reader that comes back
// keeps its snapshot for the next until the writer begins: to take one costs a tenth of a small
// query, and nothing can have changed. None keeps it while the writer is at work, or the log could
// never begin anew.
type pool struct {
	free    chan struct{} // as many as there may be readers at work
	closing chan struct{}
	mu      sync.Mutex
	idle    []*conn
	turns   uint64 // how often the writer has begun and ended: it is at work while this is odd
}

func newPool(size int, closing chan struct{}) *pool {
	p := &pool{free: make(chan struct{}, size), closing: closing}
	for range size {
		p.free <- struct{}{}
	}
	return p
}

// add puts a reader in that was opened before anybody asked for one.
func (p *pool) add(c *conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.idle = append(p.idle, c)
}

// take waits for a reader; nil stands for one that is not open yet. It must be given back.
func (p *pool) take(ctx context.Context) (*conn, error) {
	select {
	case <-p.closing:
		return nil, driver.ErrClosed
	default:
	}
	select {
	case <-p.free:
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-p.closing:
		return nil, driver.ErrClosed
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	last := len(p.idle) - 1
	if last < 0 {
		return nil, nil
	}
	c := p.idle[last]
	p.idle = p.idle[:last]
	return c, nil
}

// give takes a reader back; nil for one that could not be opened.
func (p *pool) give(c *conn) error {
	var err error
	if c != nil {
		p.mu.Lock()
		if c.seen != p.turns || p.turns%2 == 1 {
			err = c.drop()
		}
		p.idle = append(p.idle, c)
		p.mu.Unlock()
	}
	p.free <- struct{}{}
	return err
}

// turn is that of the writer, to be asked before a snapshot is taken.
func (p *pool) turn() uint64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.turns
}

// begin is called before the writer begins: who is idle lets go of the snapshot.
func (p *pool) begin() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.turns++
	var err error
	for _, c := range p.idle {
		err = joinIf(err, c.drop())
	}
	return err
}

// end is called when what the writer has done is there for all.
func (p *pool) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.turns++
}

// close waits for the readers at work, once closing is closed, and closes all.
func (p *pool) close() error {
	for range cap(p.free) {
		<-p.free
	}
	var errs []error
	for _, c := range p.idle {
		errs = append(errs, c.close())
	}
	return errors.Join(errs...)
}
