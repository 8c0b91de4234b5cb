package engine

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
)

// Pools keep slow work from delaying state changes.
const (
	PoolEngine = "engine"
	PoolIO     = "io"
	PoolScript = "script"
)

// drainPause is how long Drain waits for jobs that Run has in hand, before it looks again.
const drainPause = 2 * time.Millisecond

// poll is how long a worker sleeps at most: jobs of other processes show only in the store.
const poll = time.Second

// Workers says how many jobs of each pool run at once.
type Workers map[string]int

// DefaultWorkers suit a small machine. State changes do not wait for anything but the disk, and
// those that are ready together share a write to it.
func DefaultWorkers() Workers { return Workers{PoolEngine: 32, PoolIO: 16, PoolScript: 2} }

// Run works until ctx ends, then waits for the jobs in hand.
func (e *Engine) Run(ctx context.Context, w Workers) {
	var wg sync.WaitGroup
	for pool, n := range w {
		e.log(e.takeOver(ctx, pool))
		wg.Add(1)
		go func() {
			defer wg.Done()
			e.serve(ctx, pool, n)
		}()
	}
	wg.Wait()
}

// serve keeps up to n jobs of a pool running.
func (e *Engine) serve(ctx context.Context, pool string, n int) {
	free := make(chan struct{}, n)
	for range n {
		free <- struct{}{}
	}
	for ctx.Err() == nil {
		changed := e.put.Committed() // before looking, so that nothing is missed
		slots := take(ctx, free)
		e.busy.Add(1)
		got, err := e.claim(ctx, pool, slots)
		if err != nil && ctx.Err() == nil {
			e.log(fmt.Errorf("engine: claim jobs of %s: %w", pool, err))
		}
		for range slots - len(got) {
			free <- struct{}{}
		}
		e.busy.Add(int64(len(got)) - 1)
		for _, j := range got {
			go func() {
				defer func() { free <- struct{}{} }()
				defer func() {
					e.turns.Add(1)
					e.busy.Add(-1)
				}()
				e.log(e.work(ctx, j))
			}()
		}
		if len(got) == 0 {
			e.sleep(ctx, pool, changed)
		}
	}
	for range n { // those in hand
		<-free
	}
}

// take waits for one free place, and takes all that are free then.
func take(ctx context.Context, free chan struct{}) int {
	select {
	case <-free:
	case <-ctx.Done():
		return 0
	}
	for n := 1; ; n++ {
		select {
		case <-free:
		default:
			return n
		}
	}
}

// sleep waits until jobs come or go, the next job is due, or a second has passed.
func (e *Engine) sleep(ctx context.Context, pool string, changed <-chan struct{}) {
	pause := poll
	err := e.db.View(ctx, func(tx store.Tx) error {
		return e.priorities(ctx, tx, pool, func(prio value.Value) (bool, error) {
			return true, e.rows(ctx, tx, "next", func(rows driver.Rows) {
				pause = min(pause, max(rows.Value(0).AsTime().Sub(e.opt.Clock.Now()), 0))
			}, value.Text(pool), prio)
		})
	})
	if err != nil {
		pause = poll
	}
	t := time.NewTimer(pause)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-changed:
	case <-t.C:
	}
}

// work runs one job in hand.
func (e *Engine) work(ctx context.Context, j held) error {
	defer e.hands.drop(j)
	if err := e.point("claimed", j.Job); err != nil {
		return err
	}
	if j.Attempt > j.Max { // every worker that had it died with it
		return e.fail(ctx, j, Permanent(fmt.Errorf("engine: %d workers did not come back from this job", j.Max)))
	}
	alive, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	if j.Pool != PoolEngine {
		go e.beat(alive, stop, j) // also while the result waits for its turn to be written
	}
	then, err := e.handle(alive, j)
	if errors.Is(err, errStale) {
		return err
	}
	if errors.Is(err, errDropped) {
		return nil
	}
	if at := e.point("ran", j.Job); at != nil {
		return at
	}
	stopping := err != nil && ctx.Err() != nil
	ctx = context.WithoutCancel(ctx) // what is done shall count, also while the process stops
	if err == nil {
		if err = e.finish(ctx, j, then); err == nil {
			return e.point("finished", j.Job)
		}
	}
	if errors.Is(err, errDropped) {
		return nil
	}
	var undone *carryError
	if errors.As(err, &undone) {
		return e.finish(ctx, j, func(ctx context.Context, tx store.Tx) error { return e.note(ctx, tx, undone) })
	}
	if errors.Is(err, errStale) || errors.Is(err, driver.ErrClosed) || errors.Is(err, driver.ErrBusy) || stopping {
		return fmt.Errorf("engine: job %d (%s): %w", j.ID, j.Kind, err) // the lease ends by itself
	}
	if err2 := e.fail(ctx, j, err); err2 != nil && !errors.Is(err2, errDropped) {
		return fmt.Errorf("engine: job %d (%s): %w", j.ID, j.Kind, errors.Join(err, err2))
	}
	return nil
}

// handle runs a job's handler, and turns a panic into an error.
func (e *Engine) handle(ctx context.Context, j held) (then Finish, err error) {
	h := e.handlers[j.Kind]
	if h == nil {
		return nil, Permanent(fmt.Errorf("engine: nothing runs jobs of kind %q", j.Kind))
	}
	defer func() {
		if p := recover(); p != nil {
			then, err = nil, fmt.Errorf("engine: the handler panicked: %v", p)
		}
		if lost := context.Cause(ctx); errors.Is(lost, errStale) || errors.Is(lost, errDropped) {
			then, err = nil, lost
		}
	}()
	return h.Run(ctx, j.Job)
}

// beat extends the lease of a long job, and stops its handler when the lease is lost.
func (e *Engine) beat(ctx context.Context, stop context.CancelCauseFunc, j held) {
	t := time.NewTicker(heartbeat)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
			if err := e.extend(ctx, j); errors.Is(err, errStale) || errors.Is(err, errDropped) {
				stop(err)
				return
			}
		}
	}
}

// Drain runs jobs until none is due by the engine's clock and none is in the hands of Run; it
// reports how many it ran. Tests and tools use it, instead of Run or beside it.
func (e *Engine) Drain(ctx context.Context) (int, error) {
	total := 0
	for {
		n, turns, idle := 0, e.turns.Load(), e.busy.Load() == 0
		for _, pool := range e.opt.Pools {
			got, err := e.claim(ctx, pool, 16)
			if err != nil {
				return total, err
			}
			for i, j := range got {
				if err := e.work(ctx, j); err != nil && !errors.Is(err, errStale) {
					e.hands.drop(got[i:]...) // their leases end by themselves
					return total, err
				}
				n++
			}
		}
		if total += n; n > 0 {
			continue
		}
		if idle && e.busy.Load() == 0 && e.turns.Load() == turns { // nobody did anything meanwhile
			return total, nil
		}
		select { // what Run has in hand may leave further jobs behind
		case <-ctx.Done():
			return total, ctx.Err()
		case <-time.After(drainPause):
		}
	}
}

// Command makes the Finish of a job whose result is a command for an instance. When the instance
// refuses it, otherwise runs in the same transaction; nil: nothing, the instance has moved on.
// When the command's own writes are refused, the instance is told, and the job is done.
func (e *Engine) Command(kind, instance string, command []byte, otherwise func(refused *errs.Error) Finish) Finish {
	return func(ctx context.Context, tx store.Tx) error {
		_, _, err := e.apply(ctx, tx, kind, instance, command)
		var no *refusal
		if !errors.As(err, &no) {
			return err
		}
		if otherwise == nil {
			return nil
		}
		return otherwise(no.why)(ctx, tx)
	}
}
