package parallel

import (
	"runtime"
	"slices"
	"sync/atomic"
	"testing"
)

// withProcessors runs fn on so many processors, by their number.
func withProcessors(t *testing.T, fn func(t *testing.T)) {
	for _, n := range []int{1, 2, 7} {
		was := runtime.GOMAXPROCS(n)
		fn(t)
		runtime.GOMAXPROCS(was)
	}
}

func TestMapKeepsTheOrder(t *testing.T) {
	withProcessors(t, func(t *testing.T) {
		for _, n := range []int{0, 1, 3, 1000} {
			items := make([]int, n)
			for i := range items {
				items[i] = i
			}
			got := Map(items, func(i int) int { return i * i })
			for i := range items {
				items[i] *= i
			}
			if !slices.Equal(got, items) {
				t.Errorf("%d items: %v", n, got)
			}
		}
	})
}

func TestPanicIsTheCallers(t *testing.T) {
	withProcessors(t, func(t *testing.T) {
		var ended atomic.Bool
		defer func() {
			if p := recover(); p != "seven" || ended.Load() {
				t.Errorf("recovered %v", p)
			}
		}()
		Each(100, func(i int) {
			if i == 7 {
				panic("seven")
			}
		})
		ended.Store(true)
	})
}

// TestWithinEachOther holds that work that is split again ends.
func TestWithinEachOther(t *testing.T) {
	withProcessors(t, func(t *testing.T) {
		var n atomic.Int64
		Each(10, func(int) { Each(10, func(int) { n.Add(1) }) })
		if n.Load() != 100 {
			t.Errorf("%d calls", n.Load())
		}
	})
}
