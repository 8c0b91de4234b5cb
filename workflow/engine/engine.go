package engine

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"github.com/tenon-platform/tenon/platform/clock"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
)

const (
	// Lease is how long a worker owns a job without a sign of life.
	Lease = 30 * time.Second
	// heartbeat is how often a worker extends its lease.
	heartbeat = 10 * time.Second
	// DefaultAttempts is how often a job is tried before it is dead.
	DefaultAttempts = 5
	// KeepAnswers is how long the answer to a keyed command is remembered.
	KeepAnswers = 7 * 24 * time.Hour
)

// Options of an Engine.
type Options struct {
	Clock clock.Clock
	// Owner names this process among those that share the store; it must be another one after
	// each start.
	Owner string
	// Alone says that no other engine works on this one's pools, in this process or another: what
	// another had in hand when Run begins, it died with, and it is taken over.
	Alone bool
	// Pools are those that Drain works on; nil: the ones named in this package.
	Pools []string
	// Jitter spreads retries: a number in [0, 1). nil: random.
	Jitter func() float64
	// Point, if set, is called at the named points of a job's life ("claimed", "ran", "finished");
	// an error abandons the job there, as if the process had died. For crash tests.
	Point func(point string, j Job) error
	// Log, if set, hears what goes wrong in the background.
	Log func(error)
}

// Engine runs the instances of one tenant. It is safe for concurrent use.
type Engine struct {
	db       *store.DB
	put      *store.Watch // jobs that come and go
	moved    *store.Watch // instances that went on
	opt      Options
	kinds    map[string]Kind
	handlers map[string]Handler
	stmts    map[string]driver.Stmt
	locks    locks
	busy     atomic.Int64 // looking for jobs, and jobs in the hands of Run
	turns    atomic.Int64 // jobs that Run is done with
	hands    hands
}

// New makes an engine. The tables of SystemTables must be there. kinds are by name, handlers by
// the kind of job that they run.
func New(db *store.DB, kinds map[string]Kind, handlers map[string]Handler, opt Options) (*Engine, error) {
	if opt.Clock == nil || opt.Owner == "" {
		return nil, errors.New("engine: a clock and an owner are needed")
	}
	if opt.Pools == nil {
		opt.Pools = []string{PoolEngine, PoolIO, PoolScript}
	}
	if opt.Jitter == nil {
		opt.Jitter = rand.Float64
	}
	e := &Engine{db: db, put: db.Watch(jobs), moved: db.Watch(instances), opt: opt, kinds: kinds, handlers: handlers, stmts: map[string]driver.Stmt{}}
	for name, q := range queries() {
		s, err := db.Prepare(q)
		if err != nil {
			return nil, fmt.Errorf("engine: prepare %s: %w", name, err)
		}
		e.stmts[name] = s
	}
	return e, nil
}

// Moved gives a channel that is closed when an instance has gone on. To miss nothing, ask for it before reading.
func (e *Engine) Moved() <-chan struct{} { return e.moved.Committed() }

// Now is the moment by the engine's clock.
func (e *Engine) Now() time.Time { return e.opt.Clock.Now() }

func (e *Engine) point(name string, j Job) error {
	if e.opt.Point == nil {
		return nil
	}
	return e.opt.Point(name, j)
}

func (e *Engine) log(err error) {
	if err != nil && e.opt.Log != nil {
		e.opt.Log(err)
	}
}

// rows runs a prepared query and gives each row to read.
func (e *Engine) rows(ctx context.Context, tx store.Tx, stmt string, read func(driver.Rows), args ...value.Value) error {
	rows, err := tx.Query(ctx, e.stmts[stmt], args)
	if err != nil {
		return fmt.Errorf("engine: %s: %w", stmt, err)
	}
	for rows.Next() {
		read(rows)
	}
	return errors.Join(rows.Err(), rows.Close())
}

// nullable is the text, null when empty: null is equal to nothing in unique indexes.
func nullable(s string) value.Value {
	if s == "" {
		return value.Null
	}
	return value.Text(s)
}

func moment(t time.Time) value.Value {
	if t.IsZero() {
		return value.Null
	}
	return value.Instant(t)
}

// NoInstance is the answer where there is no instance of a name.
func NoInstance(name string) *errs.Error {
	return errs.New(errs.NotFound, "there is no instance %s", "没有流程实例 %s", name)
}
