package tenant

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tenon-platform/tenon/platform/clock"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/store"
)

var morning = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

// fake is a tenant that counts.
type fake struct {
	name   string
	mu     sync.Mutex
	busy   bool
	due    time.Time
	closed atomic.Bool
	quit   atomic.Bool
}

func (f *fake) Busy(_ context.Context, before time.Time) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.busy || !f.due.IsZero() && f.due.Before(before)
}
func (f *fake) Quit() { f.quit.Store(true) }
func (f *fake) Close(context.Context) (time.Time, error) {
	if f.closed.Swap(true) {
		return time.Time{}, errors.New("closed twice")
	}
	return f.due, nil
}

type world struct {
	t     *testing.T
	clock *clock.Fixed
	reg   *Registry
	pool  *Pool[*fake]
	mu    sync.Mutex
	opens map[string]int
	fail  map[string]error
	last  map[string]*fake
}

func newWorld(t *testing.T, db *store.DB) *world {
	w := &world{t: t, clock: clock.NewFixed(morning), opens: map[string]int{}, fail: map[string]error{}, last: map[string]*fake{}}
	var err error
	if w.reg, err = OpenRegistry(t.Context(), db, w.clock); err != nil {
		t.Fatal(err)
	}
	w.pool = NewPool(PoolOptions[*fake]{Registry: w.reg, Clock: w.clock, Log: slog.New(slog.DiscardHandler), Idle: time.Minute, Most: 3,
		Open: func(_ context.Context, tn *Tenant) (*fake, error) {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.opens[tn.Name]++
			f := &fake{name: tn.Name, due: morning.AddDate(0, 0, 1)}
			w.last[tn.Name] = f
			return f, w.fail[tn.Name]
		}})
	return w
}

func (w *world) add(names ...string) {
	w.t.Helper()
	for _, name := range names {
		if _, err := w.reg.Create(w.t.Context(), Tenant{Name: name}, nil); err != nil {
			w.t.Fatal(err)
		}
		if _, err := w.reg.Move(w.t.Context(), name, []State{Creating}, Active, nil); err != nil {
			w.t.Fatal(err)
		}
	}
}

func (w *world) due(name string) time.Time {
	w.t.Helper()
	t, err := w.reg.Find(w.t.Context(), name)
	if err != nil {
		w.t.Fatal(err)
	}
	return t.Due
}

func (w *world) get(name string) func() {
	w.t.Helper()
	_, release, err := w.pool.Get(w.t.Context(), name)
	if err != nil {
		w.t.Fatal(err)
	}
	return release
}

// settle waits for what wake has set going.
func (w *world) settle() {
	w.pool.sweep(w.t.Context())
	w.pool.wake(w.t.Context())
	w.pool.work.Wait()
}

// TestPool: tenants open once, stay open while they are used or have work, and are closed when idle;
// what is due opens by itself, also after a kill.
func TestPool(t *testing.T) {
	w := newWorld(t, testDB(t))
	w.add("a", "b", "c", "d", "e")
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() { w.get("a")() })
	}
	wg.Wait()
	if w.opens["a"] != 1 {
		t.Errorf("opened %d times", w.opens["a"])
	}
	if got := w.due("a"); !got.Equal(morning) {
		t.Errorf("a tenant that is open stands as due at %v", got)
	}
	release := w.get("a")
	w.clock.Advance(2 * time.Minute)
	w.settle()
	if w.last["a"].closed.Load() {
		t.Fatal("a tenant that is used was closed")
	}
	release()
	release() // once more does no harm
	w.settle()
	if w.last["a"].closed.Load() {
		t.Fatal("a tenant that was used a moment ago was closed")
	}
	w.last["a"].busy = true
	w.clock.Advance(time.Hour)
	w.settle()
	if w.last["a"].closed.Load() {
		t.Fatal("a busy tenant was closed")
	}
	w.last["a"].busy = false
	w.settle()
	if !w.last["a"].closed.Load() || !w.due("a").Equal(morning.AddDate(0, 0, 1)) {
		t.Fatalf("an idle tenant is open, or due at %v", w.due("a"))
	}
	w.clock.Set(morning.AddDate(0, 0, 1).Add(-30 * time.Second))
	w.settle()
	if w.opens["a"] != 1 {
		t.Fatal("opened before it is due")
	}
	w.clock.Advance(time.Minute)
	w.settle()
	if w.opens["a"] != 2 {
		t.Fatal("not opened when due")
	}
	// Too many: those used longest ago go first, those in use never.
	w.last["a"].mu.Lock()
	w.last["a"].due = time.Time{}
	w.last["a"].mu.Unlock()
	for _, name := range []string{"b", "c", "d"} {
		w.clock.Advance(time.Second)
		defer w.get(name)()
	}
	w.settle()
	if n, _, _ := w.pool.Opened(""); n != 3 || !w.last["a"].closed.Load() || w.last["b"].closed.Load() {
		t.Errorf("%d are open", n)
	}
	defer w.get("e")()
	if n, _, _ := w.pool.Opened(""); n != 4 {
		t.Errorf("those in use: %d", n)
	}
	// A killed server leaves its tenants due: the next one opens them.
	next := &world{t: t, clock: w.clock, reg: w.reg, opens: map[string]int{}, fail: map[string]error{}, last: map[string]*fake{}}
	next.pool = NewPool(PoolOptions[*fake]{Registry: w.reg, Clock: w.clock, Log: slog.New(slog.DiscardHandler), Open: func(_ context.Context, tn *Tenant) (*fake, error) {
		next.mu.Lock()
		defer next.mu.Unlock()
		next.opens[tn.Name]++
		return &fake{name: tn.Name}, nil
	}})
	next.settle()
	if len(next.opens) != 4 || next.opens["a"] != 0 {
		t.Errorf("the next server opened %v", next.opens)
	}
}

// TestPoolShut: whoever suspends a tenant has it closed, whatever comes in meanwhile.
func TestPoolShut(t *testing.T) {
	w := newWorld(t, testDB(t))
	w.add("a")
	stop := make(chan struct{})
	var served, refused atomic.Int64
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				in, release, err := w.pool.Get(t.Context(), "a")
				switch {
				case err == nil:
					if in.closed.Load() {
						t.Error("a closed tenant was given out")
					}
					served.Add(1)
					release()
				case errs.CodeOf(err) == errs.Unavailable:
					refused.Add(1)
				default:
					t.Error(err)
				}
			}
		})
	}
	for range 20 {
		if _, err := w.reg.Move(t.Context(), "a", []State{Active}, Suspended, nil); err != nil {
			t.Fatal(err)
		}
		if err := w.pool.Shut(t.Context(), "a", time.Second); err != nil {
			t.Fatal(err)
		}
		if _, _, ok := w.pool.Opened("a"); ok {
			t.Fatal("a suspended tenant is open")
		}
		if _, err := w.reg.Move(t.Context(), "a", []State{Suspended}, Active, nil); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Millisecond)
	}
	close(stop)
	wg.Wait()
	if served.Load() == 0 || refused.Load() == 0 {
		t.Errorf("%d served, %d refused", served.Load(), refused.Load())
	}
	// One that hangs is cut off.
	release := w.get("a")
	if _, err := w.reg.Move(t.Context(), "a", []State{Active}, Suspended, nil); err != nil {
		t.Fatal(err)
	}
	if err := w.pool.Shut(t.Context(), "a", 10*time.Millisecond); err != nil || !w.last["a"].quit.Load() || !w.last["a"].closed.Load() {
		t.Errorf("a tenant whose request hangs: %v", err)
	}
	release()
	if err := w.pool.Close(t.Context()); err != nil {
		t.Error(err)
	}
	if _, _, err := w.pool.Get(t.Context(), "a"); errs.CodeOf(err) != errs.Unavailable {
		t.Errorf("a pool that is closed: %v", err)
	}
}

// TestPoolFails: a tenant that does not open is refused, tried again when asked for, and does not keep
// the others from their work.
func TestPoolFails(t *testing.T) {
	w := newWorld(t, testDB(t))
	w.add("a", "b")
	w.fail["a"] = errors.New("broken")
	for range 2 {
		if _, _, err := w.pool.Get(t.Context(), "a"); err == nil || err.Error() != "broken" {
			t.Fatal(err)
		}
	}
	if err := w.reg.SetDue(t.Context(), "b", morning); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		w.settle()
	}
	if w.opens["a"] != 3 || w.opens["b"] != 1 {
		t.Errorf("opened %v", w.opens)
	}
	if _, _, err := w.pool.Get(t.Context(), "nobody"); errs.CodeOf(err) != errs.NotFound {
		t.Error(err)
	}
}
