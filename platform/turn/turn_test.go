package turn

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tenon-platform/tenon/platform/errs"
)

// run takes a turn in the background and gives what ends it.
func run(t *testing.T, turns *Turns, tenant string) (began func() bool, end func()) {
	t.Helper()
	var mu sync.Mutex
	var done func()
	go func() {
		_, d, err := turns.Take(t.Context(), tenant)
		if err == nil {
			mu.Lock()
			done = d
			mu.Unlock()
		}
	}()
	synctest.Wait()
	began = func() bool { mu.Lock(); defer mu.Unlock(); return done != nil }
	return began, func() { mu.Lock(); defer mu.Unlock(); done(); done = nil }
}

// TestTurns: one tenant alone has no limit; beside another it has its share, and what runs for long
// makes room.
func TestTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		turns := New(4)
		var ends []func()
		for i := range 20 {
			began, end := run(t, turns, "a")
			if !began() {
				t.Fatalf("request %d of the only tenant waits", i)
			}
			ends = append(ends, end)
		}
		if turns.Asking("a") != 20 {
			t.Error(turns.Asking("a"))
		}
		began, endB := run(t, turns, "b")
		if !began() {
			t.Fatal("the second tenant waits for the first")
		}
		first, endFirst := run(t, turns, "a")
		second, endSecond := run(t, turns, "a")
		if first() || second() {
			t.Fatal("the first tenant goes on taking more than its share")
		}
		for i, end := range ends {
			end()
			synctest.Wait()
			if want := i >= 18; first() != want {
				t.Fatalf("after %d ends the next began: %v", i+1, first())
			}
		}
		if !second() {
			t.Fatal("two may run")
		}
		third, endThird := run(t, turns, "a")
		if third() {
			t.Fatal("three run")
		}
		time.Sleep(young + 2*recheck) // b still runs: the tenants are together
		synctest.Wait()
		if !third() {
			t.Fatal("two that run for long hold up a third")
		}
		endB()
		time.Sleep(together + recheck)
		for range 5 {
			began, end := run(t, turns, "a")
			if !began() {
				t.Fatal("the first is alone again, and waits")
			}
			end()
		}
		endFirst()
		endSecond()
		endThird()
		if turns.Asking("a") != 0 || turns.Asking("b") != 0 || turns.Asking("c") != 0 {
			t.Error("turns are left")
		}
	})
}

// TestTurnsEnd: who gives up leaves the line, and lines are bounded.
func TestTurnsEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		turns := New(2)
		_, endB := run(t, turns, "b")
		_, endA := run(t, turns, "a")
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		if _, _, err := turns.Take(ctx, "a"); errs.CodeOf(err) != errs.Timeout || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("a turn that does not come: %v", err)
		}
		if turns.Asking("a") != 1 {
			t.Error("who gave up is still in the line")
		}
		ctx, stop := context.WithCancel(t.Context())
		for range maxLine {
			go func() {
				if _, done, err := turns.Take(ctx, "a"); err == nil {
					done()
				}
			}()
		}
		synctest.Wait()
		if _, _, err := turns.Take(ctx, "a"); errs.CodeOf(err) != errs.LimitExceeded {
			t.Errorf("a line without an end: %v", err)
		}
		stop()
		synctest.Wait()
		endA()
		endB()
		if turns.Asking("a") != 0 {
			t.Error(turns.Asking("a"))
		}
	})
}

// TestPause: what waits for something else leaves its turn to others, and goes on without waiting.
func TestPause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		turns := New(2)
		_, endB := run(t, turns, "b")
		ctx, done, err := turns.Take(t.Context(), "a")
		if err != nil {
			t.Fatal(err)
		}
		second, endSecond := run(t, turns, "a")
		if second() {
			t.Fatal("two of one share")
		}
		resume := Pause(ctx)
		inner := Pause(ctx) // a pause within a pause
		synctest.Wait()
		if !second() {
			t.Fatal("who waits keeps the turn")
		}
		inner()
		third, endThird := run(t, turns, "a")
		resume()
		endSecond()
		synctest.Wait()
		if third() {
			t.Fatal("who has gone on has no turn")
		}
		late := Pause(ctx)
		synctest.Wait()
		if !third() {
			t.Fatal("the third waits for nobody")
		}
		done()
		late() // after its turn
		endThird()
		endB()
		if turns.Asking("a") != 0 || turns.Asking("b") != 0 {
			t.Error("turns are left")
		}
		Pause(context.Background())() // nobody's turn
	})
}

// TestGivesWay: where another request would take the last processor, the next in a line lets those go first
// who have no line, though not for long; two with lines keep their shares.
func TestGivesWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		turns := New(2)
		_, endB := run(t, turns, "b")
		_, endFirst := run(t, turns, "a")
		second, endSecond := run(t, turns, "a")
		third, endThird := run(t, turns, "a")
		endFirst()
		synctest.Wait()
		if second() {
			t.Fatal("the next in the line does not let the other tenant go first")
		}
		endB()
		synctest.Wait()
		if !second() || third() {
			t.Fatal("the other tenant is done, and the next has not begun")
		}
		fourth, endFourth := run(t, turns, "a")
		began, endB := run(t, turns, "b")
		if !began() {
			t.Fatal("who has no line waits")
		}
		endSecond()
		time.Sleep(pause - time.Millisecond)
		if synctest.Wait(); third() {
			t.Fatal("a line gives way for no time")
		}
		time.Sleep(time.Millisecond)
		if synctest.Wait(); !third() {
			t.Fatal("a line gives way for ever")
		}
		_, endB2 := run(t, turns, "b")
		_, endB3 := run(t, turns, "b") // which has a line now, too
		endThird()
		if synctest.Wait(); !fourth() {
			t.Fatal("one with a line gives way to another with one")
		}
		endFourth()
		endB()
		synctest.Wait()
		endB2()
		synctest.Wait()
		endB3()
		if turns.Asking("a") != 0 || turns.Asking("b") != 0 || turns.waiting != 0 {
			t.Error("turns are left")
		}
	})
}

// TestGivesWayNowhere: with processors to spare nobody gives way.
func TestGivesWayNowhere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		turns := New(8)
		_, endB := run(t, turns, "b")
		var ends []func()
		for range 8 {
			_, end := run(t, turns, "a")
			ends = append(ends, end)
		}
		ends[0]()
		if synctest.Wait(); turns.Asking("a") != 7 || turns.waiting != 3 {
			t.Errorf("%d ask, %d of them wait", turns.Asking("a"), turns.waiting)
		}
		for _, end := range ends[1:] {
			end()
			synctest.Wait()
		}
		endB()
	})
}
