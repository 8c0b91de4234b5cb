package sqlite

import (
	"context"
	"errors"
	"sync"

	"github.com/tenon-platform/tenon/platform/store/driver"
)

// pool lends readers. The one that came back last is lent first: as few as the load needs are at
// work, each with its statements prepared and its part of the file mapped.
type pool struct {
	free    chan struct{} // as many as there may be readers at work
	closing chan struct{}
	mu      sync.Mutex
	idle    []*conn
}

func newPool(size int, closing chan struct{}) *pool {
	p := &pool{free: make(chan struct{}, size), closing: closing}
	for range size {
		p.free <- struct{}{}
	}
	return p
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
func (p *pool) give(c *conn) {
	if c != nil {
		p.mu.Lock()
		p.idle = append(p.idle, c)
		p.mu.Unlock()
	}
	p.free <- struct{}{}
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
