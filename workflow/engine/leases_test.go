package engine_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/workflow/engine"
)

// heard are the errors that an engine tells of.
type heard struct {
	mu  sync.Mutex
	all []string
}

func (h *heard) option(o *engine.Options) {
	o.Log = func(err error) {
		h.mu.Lock()
		defer h.mu.Unlock()
		h.all = append(h.all, err.Error())
	}
}

func (h *heard) none(t *testing.T) {
	t.Helper()
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.all) > 0 {
		t.Errorf("the engine tells of %d errors, as %s", len(h.all), h.all[0])
	}
}

// until waits for something, within a time that is long for it.
func until(t *testing.T, what string, is func() bool) {
	t.Helper()
	for range 2000 {
		if is() {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Fatalf("it does not come to it that %s", what)
}

// running runs an engine until the test ends.
func running(t *testing.T, e *engine.Engine, n int) {
	t.Helper()
	c, stop := context.WithCancel(ctx)
	var wg sync.WaitGroup
	wg.Go(func() { e.Run(c, engine.Workers{engine.PoolIO: n}) })
	t.Cleanup(func() { stop(); wg.Wait() })
}

// TestSlowWrites: jobs whose results wait for their turn to be written longer than a lease are done once, and
// by those who have them.
func TestSlowWrites(t *testing.T) {
	b := newBench(t)
	var runs, done atomic.Int64
	h := &heard{}
	e := b.engine("a", map[string]engine.Handler{"slow": engine.HandlerFunc(func(context.Context, engine.Job) (engine.Finish, error) {
		runs.Add(1)
		return func(context.Context, store.Tx) error { // one after the other
			b.clock.Set(b.clock.Now().Add(engine.Lease / 10))
			done.Add(1)
			return nil
		}, nil
	})}, h.option)
	const jobs = 100
	for i := range jobs {
		b.put(e, engine.Job{Pool: engine.PoolIO, Kind: "slow", Key: fmt.Sprint(i), At: b.clock.Now()})
	}
	running(t, e, 32)
	until(t, "all jobs are done", func() bool { return done.Load() >= jobs })
	if n, err := e.Drain(ctx); n != 0 || err != nil {
		t.Errorf("%d jobs are left, %v", n, err)
	}
	if runs.Load() != jobs || done.Load() != jobs {
		t.Errorf("%d jobs ran %d times, and counted %d times", jobs, runs.Load(), done.Load())
	}
	h.none(t)
}

// TestClockLeaps: a clock that is set while jobs are in hand takes them from nobody.
func TestClockLeaps(t *testing.T) {
	b := newBench(t)
	var runs atomic.Int64
	h, begun, on := &heard{}, make(chan struct{}, 8), make(chan struct{})
	goOn := sync.OnceFunc(func() { close(on) })
	e := b.engine("a", map[string]engine.Handler{"held": engine.HandlerFunc(func(context.Context, engine.Job) (engine.Finish, error) {
		runs.Add(1)
		begun <- struct{}{}
		<-on
		return nil, nil
	}), "tick": engine.HandlerFunc(func(context.Context, engine.Job) (engine.Finish, error) { return nil, nil })}, h.option)
	for i := range 4 {
		b.put(e, engine.Job{Pool: engine.PoolIO, Kind: "held", Key: fmt.Sprint(i), At: b.clock.Now()})
	}
	running(t, e, 8)
	t.Cleanup(goOn) // before the engine is waited for
	for range 4 {
		<-begun
	}
	b.clock.Set(b.clock.Now().Add(time.Hour))
	var ticks []engine.Job
	for i := range 20 {
		ticks = append(ticks, engine.Job{Pool: engine.PoolIO, Kind: "tick", Key: fmt.Sprint("t", i), At: b.clock.Now()})
	}
	b.put(e, ticks...)
	until(t, "the others are done meanwhile", func() bool {
		_, there, err := engine.Due(ctx, b.db)
		return err == nil && there && b.open(e) == 4
	})
	goOn()
	until(t, "all are done", func() bool { return b.open(e) == 0 })
	if runs.Load() != 4 {
		t.Errorf("4 jobs ran %d times", runs.Load())
	}
	h.none(t)
}

// open counts the jobs that are not done.
func (b *bench) open(e *engine.Engine) (n int) {
	b.t.Helper()
	err := b.db.View(ctx, func(tx store.Tx) (err error) {
		n, err = engine.Unfinished(ctx, e, tx)
		return err
	})
	if err != nil {
		b.t.Fatal(err)
	}
	return n
}

// TestDroppedInHand: a job that is dropped while somebody has it counts no more, and nothing is wrong.
func TestDroppedInHand(t *testing.T) {
	b := newBench(t)
	h := &heard{}
	counts := false
	var e *engine.Engine
	e = b.engine("a", map[string]engine.Handler{"gone": engine.HandlerFunc(func(context.Context, engine.Job) (engine.Finish, error) {
		err := b.db.Update(ctx, func(tx store.Tx) error { return e.Drop(ctx, tx, "k") })
		return func(context.Context, store.Tx) error { counts = true; return nil }, err
	})}, h.option)
	b.put(e, engine.Job{Pool: engine.PoolIO, Kind: "gone", Key: "k", At: b.clock.Now()})
	running(t, e, 2)
	until(t, "it is gone", func() bool { return b.open(e) == 0 })
	if _, err := e.Drain(ctx); err != nil {
		t.Error(err)
	}
	if counts {
		t.Error("it counts all the same")
	}
	h.none(t)
}
