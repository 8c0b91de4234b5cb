package sqlite

import (
	"context"
	"errors"
	"path/filepath"
	"runtime"
	"sync"
	"testing"

	"github.com/tenon-platform/tenon/platform/store/driver"
)

// line is a pool whose readers open when the test lets them.
type line struct {
	*pool
	opens chan error // taken by each that is opened: nil, or why it is not
}

func newLine(t *testing.T, size int) line {
	t.Helper()
	file := filepath.Join(t.TempDir(), "t.db")
	w, err := openConn(file, Options{}, writerCache) // which makes the file
	if err != nil {
		t.Fatal(err)
	}
	opens := make(chan error, 100)
	p := newPool(size, make(chan struct{}), func() (*conn, error) {
		if err := <-opens; err != nil {
			return nil, err
		}
		return openConn(file, Options{}, readerCache)
	})
	t.Cleanup(func() {
		if err := errors.Join(p.close(), w.close()); err != nil {
			t.Error(err)
		}
	})
	return line{p, opens}
}

// taking takes a reader beside, once whoever takes one stands in line.
func (l line) taking(ctx context.Context, t *testing.T) chan lent {
	t.Helper()
	before := l.waiters()
	got := make(chan lent, 1)
	go func() {
		c, err := l.take(ctx)
		got <- lent{c, err}
	}()
	for l.waiters() == before && len(got) == 0 {
		runtime.Gosched()
	}
	return got
}

func (l line) waiters() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.waiting)
}

func (l line) back(t *testing.T, c *conn) {
	t.Helper()
	if err := l.give(c); err != nil {
		t.Fatal(err)
	}
}

// TestReaderBackBeforeOneOpens: whoever waits is lent the reader that comes back, though one is being opened.
func TestReaderBackBeforeOneOpens(t *testing.T) {
	l := newLine(t, 4)
	l.opens <- nil
	first, err := l.take(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	second := l.taking(t.Context(), t)
	l.back(t, first)
	got := <-second
	if got.err != nil || got.c != first {
		t.Errorf("got %+v, want the reader that came back", got)
	}
	third := l.taking(t.Context(), t)
	l.opens <- nil // of the one that the second asked for
	other := <-third
	if other.err != nil || other.c == first {
		t.Errorf("got %+v, want another reader", other)
	}
	l.back(t, first)
	l.back(t, other.c)
}

// TestReaderThatDoesNotOpen: one of those who wait is told, the others are lent what there is, and the next time it
// is tried again.
func TestReaderThatDoesNotOpen(t *testing.T) {
	l := newLine(t, 2)
	broken := errors.New("too many open files")
	first, second := l.taking(t.Context(), t), l.taking(t.Context(), t)
	l.opens <- broken
	if got := <-first; !errors.Is(got.err, broken) {
		t.Fatalf("the first is told %+v", got)
	}
	l.opens <- nil
	got := <-second
	if got.err != nil {
		t.Fatal(got.err)
	}
	third := l.taking(t.Context(), t)
	l.opens <- broken
	if got := <-third; !errors.Is(got.err, broken) {
		t.Fatalf("the third is told %+v", got)
	}
	l.back(t, got.c)
	if again, err := l.take(t.Context()); err != nil || again != got.c {
		t.Errorf("got %v, %v", again, err)
	}
	l.back(t, got.c)
}

// TestReadersOfThoseWhoGiveUp: who gives up in the moment in which a reader is lent loses none.
func TestReadersOfThoseWhoGiveUp(t *testing.T) {
	const size = 3
	l := newLine(t, size)
	for range size {
		l.opens <- nil
	}
	var wait sync.WaitGroup
	for w := range 8 {
		wait.Go(func() {
			for range 300 {
				ctx, cancel := context.WithCancel(t.Context())
				if w%2 == 0 {
					go cancel()
				}
				c, err := l.take(ctx)
				switch {
				case err == nil:
					l.back(t, c)
				case !errors.Is(err, context.Canceled):
					t.Error(err)
				}
				cancel()
			}
		})
	}
	wait.Wait()
	var all []*conn
	for range size {
		c, err := l.take(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, c)
	}
	for _, c := range all {
		l.back(t, c)
	}
}

// TestPoolEnds: who waits is told, and the file stays open until all readers are back.
func TestPoolEnds(t *testing.T) {
	l := newLine(t, 2)
	l.opens <- nil
	at, err := l.take(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	waits := l.taking(t.Context(), t)
	close(l.closing)
	if got := <-waits; !errors.Is(got.err, driver.ErrClosed) {
		t.Errorf("who waits is told %+v", got)
	}
	closed := make(chan error, 1)
	go func() { closed <- l.close() }()
	l.opens <- nil // of the one that was being opened
	if _, err := l.take(t.Context()); !errors.Is(err, driver.ErrClosed) {
		t.Errorf("who comes is told %v", err)
	}
	if err := at.exec("SELECT 1"); err != nil {
		t.Errorf("the reader at work: %v", err)
	}
	l.back(t, at)
	if err := <-closed; err != nil {
		t.Error(err)
	}
	l.idle = nil // what the end of the test would close again
}
