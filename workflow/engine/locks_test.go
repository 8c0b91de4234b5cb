package engine_test

import (
	"fmt"
	"testing"
)

// TestLocks: whoever holds an instance keeps nobody from any other, and nothing stays of it.
func TestLocks(t *testing.T) {
	e := newBench(t).engine("a", nil)
	held := map[string]func(){}
	for i := range 1000 { // with locks that instances share, the second of a pair would wait for ever
		name := fmt.Sprintf("count_%d", i)
		held[name] = e.Hold(name)
	}
	order := make(chan string, 3)
	go func() {
		release := e.Hold("count_7")
		order <- "second"
		release()
		order <- "after"
	}()
	order <- "first"
	for _, release := range held {
		release()
	}
	for _, want := range []string{"first", "second", "after"} {
		if got := <-order; got != want {
			t.Errorf("%s comes where %s should", got, want)
		}
	}
	if n := e.Locks(); n != 0 {
		t.Errorf("%d locks are left", n)
	}
}
