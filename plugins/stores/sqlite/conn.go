package sqlite

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"

	"github.com/tenon-platform/tenon/platform/store/driver"
)

// Page caches of one connection, in KiB.
const (
	writerCache = 32 << 10
	readerCache = 8 << 10
)

// maxCached bounds the prepared statements that one connection keeps.
const maxCached = 1000

// cached is a prepared statement of one connection.
type cached struct {
	*sqlite.Stmt
	busy bool
	once bool    // not kept
	ts   []typ   // column types of a write
	sch  *schema // that ts was read from
}

// conn is one connection with its prepared statements.
type conn struct {
	c      *sqlite.Conn
	reads  map[*segment]*cached
	writes map[string]*cached
	key    []byte
	held   *cached       // the statement whose snapshot the reader has; nil if none
	seen   uint64        // the turn of the writer in which that snapshot was taken
	stop   chan struct{} // closed to interrupt what the connection does
}

// openConn opens a connection. The file, up to the 2 GB that SQLite maps, is read where the system has it in memory
// anyway; cache, in KiB, holds pages of the log, those beyond, and those that a writer has changed.
func openConn(path string, opt Options, cache int) (*conn, error) {
	keepMemory()
	roomySlots()
	if err := shareMappings(); err != nil {
		return nil, err
	}
	c, err := sqlite.OpenConn(path, sqlite.OpenReadWrite, sqlite.OpenCreate, sqlite.OpenWAL)
	if err != nil {
		return nil, err
	}
	c.SetBusyTimeout(10 * time.Second)
	mode := "FULL"
	if opt.Normal {
		mode = "NORMAL"
	}
	for _, p := range []string{"synchronous=" + mode, fmt.Sprintf("cache_size=-%d", cache), "mmap_size=2147418112", "temp_store=MEMORY", "foreign_keys=OFF"} {
		if err = sqlitex.ExecuteTransient(c, "PRAGMA "+p, nil); err != nil {
			break
		}
	}
	if err == nil {
		err = register(c)
	}
	if err != nil {
		return nil, errors.Join(err, c.Close())
	}
	opened := &conn{c: c, reads: map[*segment]*cached{}, writes: map[string]*cached{}}
	opened.arm()
	return opened, nil
}

func (c *conn) close() error {
	return errors.Join(c.drop(), c.evict(), c.c.Close())
}

// arm makes a connection that can be interrupted, once.
func (c *conn) arm() {
	c.stop = make(chan struct{})
	c.c.SetInterrupt(c.stop)
}

// until interrupts the connection when the context ends, until the function that it gives is called: that tells
// whether it was. One channel serves all uses of a connection; one each would cost a goroutine each.
func (c *conn) until(ctx context.Context) func() bool {
	if ctx.Done() == nil {
		return func() bool { return false }
	}
	stop := c.stop
	end := context.AfterFunc(ctx, func() { close(stop) })
	return func() bool {
		if end() {
			return false
		}
		<-stop
		c.arm()
		return true
	}
}

func (c *conn) evict() error {
	var errs []error
	for k, s := range c.reads {
		if !s.busy {
			errs = append(errs, s.Finalize())
			delete(c.reads, k)
		}
	}
	for k, s := range c.writes {
		if !s.busy {
			errs = append(errs, s.Finalize())
			delete(c.writes, k)
		}
	}
	return errors.Join(errs...)
}

func (c *conn) prepare(sql string) (*sqlite.Stmt, error) {
	if len(c.reads)+len(c.writes) > maxCached {
		if err := c.evict(); err != nil {
			return nil, err
		}
	}
	s, rest, err := c.c.PrepareTransient(sql)
	if err == nil && rest > 0 {
		err = errors.Join(errors.New("sqlite: more than one statement"), s.Finalize())
	}
	return s, failure(err)
}

// read gives the prepared statement of a segment; a second one while the first is in use.
func (c *conn) read(g *segment) (*cached, error) {
	if s := c.reads[g]; s != nil && !s.busy {
		s.busy = true
		return s, nil
	}
	st, err := c.prepare(g.sql)
	if err != nil {
		return nil, err
	}
	s := &cached{Stmt: st, busy: true, once: c.reads[g] != nil}
	if !s.once {
		c.reads[g] = s
	}
	return s, nil
}

// release ends the use of a statement.
func (s *cached) release() error {
	s.busy = false
	if s.once {
		return s.Finalize()
	}
	return s.Reset()
}

// exec runs fixed SQL that gives no rows.
func (c *conn) exec(sql string) error {
	s, err := c.fixed(sql)
	if err != nil {
		return err
	}
	return s.run()
}

// hold begins to read, and holds what it sees until it is dropped. A statement that has not come to
// its end does that, and costs a third of BEGIN, a first read and COMMIT.
func (c *conn) hold() error {
	s, err := c.fixed("SELECT 1 FROM sqlite_schema LIMIT 1")
	if err != nil {
		return err
	}
	if _, err := s.Step(); err != nil {
		return errors.Join(failure(err), s.Reset())
	}
	s.busy = true
	c.held = s
	return nil
}

// drop ends what hold began, if it did.
func (c *conn) drop() error {
	s := c.held
	if s == nil {
		return nil
	}
	c.held = nil
	return s.release()
}

func (c *conn) fixed(sql string) (*cached, error) {
	s := c.writes[sql]
	if s == nil {
		st, err := c.prepare(sql)
		if err != nil {
			return nil, err
		}
		s = &cached{Stmt: st}
		c.writes[sql] = s
	}
	return s, nil
}

// run steps a statement to its end.
func (s *cached) run() error {
	for {
		more, err := s.Step()
		if err != nil {
			return failure(err)
		}
		if !more {
			return failure(s.Reset())
		}
	}
}

func (s *cached) bind(i int, d datum) {
	switch d.rep {
	case rNone:
		s.BindNull(i)
	case rInt:
		s.BindInt64(i, d.n)
	case rReal:
		s.BindFloat(i, d.f)
	case rBlob:
		s.BindBytes(i, []byte(d.s))
	default:
		s.BindText(i, d.s)
	}
}

// failure maps SQLite's errors to the store's.
func failure(err error) error {
	if err == nil {
		return nil
	}
	switch code := sqlite.ErrCode(err); {
	case code == sqlite.ResultInterrupt:
		return context.Canceled
	case code.ToPrimary() == sqlite.ResultBusy:
		return fmt.Errorf("%w: %w", driver.ErrBusy, err)
	case strings.Contains(err.Error(), "no such table"), strings.Contains(err.Error(), "no such column"), strings.Contains(err.Error(), "has no column named"):
		return fmt.Errorf("%w: %w", driver.ErrNoTable, err)
	case strings.Contains(err.Error(), "Expression tree is too large"), strings.Contains(err.Error(), "parser stack overflow"),
		strings.Contains(err.Error(), "too many "), strings.Contains(err.Error(), "tables in a join"):
		return fmt.Errorf("%w: %w", driver.ErrTooComplex, err)
	}
	return err
}
