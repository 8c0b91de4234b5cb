package sqlite

import (
	"context"
	"errors"
	"slices"
	"sync"

	"github.com/tenon-platform/tenon/platform/store/driver"
)

// pool lends readers. The one that came back last is lent first: as few as the load needs are at
// work, each with its statements prepared and its part of the file mapped. A reader that comes back
// keeps its snapshot for the next until the writer begins: to take one costs a tenth of a small
// query, and nothing can have changed. None keeps it while the writer is at work, or the log could
// never begin anew.
//
// Whoever finds none waits for the first that comes back, or is opened beside: to open one takes as long as
// hundreds of small queries, since it reads all of SQLite's schema.
type pool struct {
	size    int
	open    func() (*conn, error)
	closing chan struct{}

	mu      sync.Mutex
	idle    []*conn
	waiting []chan lent   // in the order in which they came; none while a reader is idle
	spare   []chan lent   // of those who no longer wait
	opened  int           // readers, idle or at work
	opening bool          // one more
	ended   bool          // closed: nobody is lent one, or waits
	quiet   chan struct{} // closed when it has ended and no reader is at work or being opened
	once    sync.Once     // for quiet
	turns   uint64        // how often the writer has begun and ended: it is at work while this is odd
}

// lent is what whoever waits is given: a reader, or why there is none.
type lent struct {
	c   *conn
	err error
}

func newPool(size int, closing chan struct{}, open func() (*conn, error)) *pool {
	return &pool{size: size, open: open, closing: closing, quiet: make(chan struct{})}
}

// add puts a reader in that was opened before anybody asked for one.
func (p *pool) add(c *conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.opened++
	p.idle = append(p.idle, c)
}

// take waits for a reader, which must be given back.
func (p *pool) take(ctx context.Context) (*conn, error) {
	select {
	case <-p.closing:
		return nil, driver.ErrClosed
	default:
	}
	p.mu.Lock()
	if last := len(p.idle) - 1; last >= 0 && !p.ended {
		c := p.idle[last]
		p.idle = p.idle[:last]
		p.mu.Unlock()
		return c, nil
	}
	turn := p.wait()
	p.mu.Unlock()
	select {
	case l := <-turn:
		return l.c, joinIf(l.err, p.leave(turn))
	case <-ctx.Done():
		return nil, joinIf(ctx.Err(), p.leave(turn))
	case <-p.closing:
		return nil, joinIf(driver.ErrClosed, p.leave(turn))
	}
}

// wait stands in line, and has a reader opened where there may be one more.
func (p *pool) wait() chan lent {
	var turn chan lent
	if last := len(p.spare) - 1; last >= 0 {
		turn = p.spare[last]
		p.spare = p.spare[:last]
	} else {
		turn = make(chan lent, 1)
	}
	p.waiting = append(p.waiting, turn)
	p.grow()
	return turn
}

// leave ends a time in line. What was lent to who gave up goes on to the next.
func (p *pool) leave(turn chan lent) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if i := slices.Index(p.waiting, turn); i >= 0 {
		p.waiting = slices.Delete(p.waiting, i, i+1)
	}
	var err error
	select {
	case l := <-turn:
		if l.c != nil {
			err = p.lend(l.c)
		}
	default:
	}
	p.spare = append(p.spare, turn)
	p.settle()
	return err
}

// grow opens one more reader, beside, if there may be one more and somebody waits. One at a time: while it is
// opened, others come back.
func (p *pool) grow() {
	if p.opening || p.ended || p.opened >= p.size || len(p.waiting) == 0 {
		return
	}
	p.opening = true
	go func() {
		c, err := p.open()
		p.mu.Lock()
		defer p.mu.Unlock()
		p.opening = false
		switch {
		case err == nil:
			p.opened++
			_ = p.lend(c) // it has no snapshot to drop
		case len(p.waiting) > 0:
			p.next() <- lent{err: err}
		}
		p.grow()
		p.settle()
	}()
}

// next takes the first out of the line.
func (p *pool) next() chan lent {
	turn := p.waiting[0]
	p.waiting = slices.Delete(p.waiting, 0, 1)
	return turn
}

// lend gives a reader to who has waited longest, or lets it be idle.
func (p *pool) lend(c *conn) (err error) {
	if c.seen != p.turns || p.turns%2 == 1 {
		err = c.drop()
	}
	if len(p.waiting) > 0 {
		p.next() <- lent{c: c}
	} else {
		p.idle = append(p.idle, c)
	}
	return err
}

// give takes a reader back.
func (p *pool) give(c *conn) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	err := p.lend(c)
	p.settle()
	return err
}

// settle says when a closed pool has all its readers back.
func (p *pool) settle() {
	if p.ended && !p.opening && len(p.idle) == p.opened {
		p.once.Do(func() { close(p.quiet) })
	}
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
	p.mu.Lock()
	p.ended = true
	p.settle()
	p.mu.Unlock()
	<-p.quiet
	var errs []error
	for _, c := range p.idle {
		errs = append(errs, c.close())
	}
	return errors.Join(errs...)
}
