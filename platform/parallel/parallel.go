// Package parallel does many small things at the same time. What they lead to is kept by number, so that
// nothing depends on which of them ends first.
package parallel

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// Each calls do with every number below n, on as many processors as there are, and returns when all calls have. When
// one panics, no further calls are begun, and Each panics with the same value.
func Each(n int, do func(i int)) {
	workers := min(runtime.GOMAXPROCS(0), n)
	if workers < 2 {
		for i := range n {
			do(i)
		}
		return
	}
	var (
		next   atomic.Int64
		failed atomic.Pointer[any]
		group  sync.WaitGroup
	)
	work := func() {
		defer func() {
			if p := recover(); p != nil {
				failed.CompareAndSwap(nil, &p)
			}
		}()
		for failed.Load() == nil {
			i := int(next.Add(1)) - 1
			if i >= n {
				return
			}
			do(i)
		}
	}
	for range workers - 1 {
		group.Go(work)
	}
	work()
	group.Wait()
	if p := failed.Load(); p != nil {
		panic(*p)
	}
}

// Map is what do makes of each item, in their order. It works as Each does.
func Map[T, R any](items []T, do func(T) R) []R {
	out := make([]R, len(items))
	Each(len(items), func(i int) { out[i] = do(items[i]) })
	return out
}
