package engine_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/tenon-platform/tenon/workflow/engine"
)

// TestTakenOver: an engine that is alone takes jobs in the hands of a process that died over when it
// begins to work, before their leases end; others wait for that.
func TestTakenOver(t *testing.T) {
	b := newBench(t)
	var mu sync.Mutex
	var ran []string
	hs := map[string]engine.Handler{"x": engine.HandlerFunc(func(_ context.Context, j engine.Job) (engine.Finish, error) {
		mu.Lock()
		defer mu.Unlock()
		ran = append(ran, fmt.Sprint(j.Key, " ", j.Attempt))
		return nil, nil
	})}
	dies := b.engine("w1", hs, func(o *engine.Options) {
		o.Point = func(point string, j engine.Job) error {
			if point == "claimed" && j.Key == "held" {
				return errors.New("killed")
			}
			return nil
		}
	})
	b.put(dies, engine.Job{Pool: engine.PoolEngine, Kind: "x", Key: "held", At: b.clock.Now()}, engine.Job{Pool: engine.PoolEngine, Kind: "x", Key: "later", At: b.clock.Now().Add(time.Hour)})
	if _, err := dies.Drain(ctx); err == nil {
		t.Fatal("the job was not abandoned")
	}
	if n := b.drain(b.engine("w2", hs)); n != 0 {
		t.Fatalf("%d jobs ran before the lease ended", n)
	}
	run, stop := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		b.engine("w3", hs, func(o *engine.Options) { o.Alone = true }).Run(run, engine.Workers{engine.PoolEngine: 2})
	}()
	for until := time.Now().Add(10 * time.Second); time.Now().Before(until); time.Sleep(5 * time.Millisecond) {
		mu.Lock()
		n := len(ran)
		mu.Unlock()
		if n > 0 {
			break
		}
	}
	stop()
	<-done
	if !slices.Equal(ran, []string{"held 2"}) {
		t.Errorf("ran %v", ran)
	}
}

// TestPriorities: of more jobs than are taken at once, those of the lower priority come first, and of
// one priority those that were due first.
func TestPriorities(t *testing.T) {
	b := newBench(t)
	var ran []int
	e := b.engine("w1", map[string]engine.Handler{"x": engine.HandlerFunc(func(_ context.Context, j engine.Job) (engine.Finish, error) {
		ran = append(ran, j.Priority*1000-int(b.clock.Now().Sub(j.At)/time.Second))
		return nil, nil
	})})
	for i := range 60 { // three priorities, each due later than the one before
		b.put(e, engine.Job{Pool: engine.PoolEngine, Kind: "x", At: b.clock.Now().Add(-time.Duration(i*7%60) * time.Second), Priority: i%3 - 1})
	}
	if n := b.drain(e); n != 60 || !slices.IsSorted(ran) {
		t.Errorf("%d ran, in the order %v", n, ran)
	}
}
