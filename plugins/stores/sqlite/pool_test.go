package sqlite_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/plugins/stores/sqlite"
)

// shelf is a table of things, and a way to count them.
type shelf struct {
	testing.TB
	db    driver.DB
	count driver.Stmt
}

func newShelf(tb testing.TB, dir string) shelf {
	tb.Helper()
	db, err := sqlite.New(dir, nil).Open(tb.Context(), "t")
	must(tb, err)
	tb.Cleanup(func() { must(tb, db.Close()) })
	must(tb, db.Change(tb.Context(), driver.CreateTable{Table: driver.Table{Name: "things", Columns: []driver.Column{{Name: "name", Type: driver.Text}}}}))
	count, err := db.Prepare(&driver.Query{Table: "things", Aggs: []driver.Agg{{Func: driver.Count}}})
	must(tb, err)
	return shelf{tb, db, count}
}

// put adds a thing whose name has so many bytes.
func (s shelf) put(id int64, size int) {
	s.Helper()
	must(s, s.db.Update(s.Context(), func(tx driver.Tx) error {
		return tx.Insert(s.Context(), "things", []string{"id", "name"}, []value.Value{value.Ref(id), value.Text(strings.Repeat("x", size))})
	}))
}

// things counts them on one snapshot, before and after what happens meanwhile.
func (s shelf) things(meanwhile func()) (before, after int64) {
	s.Helper()
	must(s, s.db.View(s.Context(), func(tx driver.Tx) error {
		before = s.counted(tx)
		meanwhile()
		after = s.counted(tx)
		return nil
	}))
	return before, after
}

func (s shelf) counted(tx driver.Tx) (n int64) {
	s.Helper()
	rows, err := tx.Query(s.Context(), s.count, nil)
	must(s, err)
	for rows.Next() {
		n = rows.Value(0).Int()
	}
	must(s, rows.Close())
	return n
}

// TestKeptSnapshots: a reader keeps its snapshot for the next, which sees every commit all the same; and the log of
// the file begins anew, though somebody reads between any two commits.
func TestKeptSnapshots(t *testing.T) {
	dir := t.TempDir()
	s := newShelf(t, dir)
	const commits = 600 // of 40 kB: 24 MB, when the log begins anew after 4
	for i := range int64(commits) {
		s.put(i+1, 40_000)
		for range 2 {
			if n, _ := s.things(func() {}); n != i+1 {
				t.Fatalf("%d things after %d commits", n, i+1)
			}
		}
	}
	logs, err := filepath.Glob(filepath.Join(dir, "*-wal"))
	must(t, err)
	if len(logs) != 1 {
		t.Fatalf("logs: %v", logs)
	}
	st, err := os.Stat(logs[0])
	must(t, err)
	if st.Size() > 8<<20 {
		t.Errorf("the log has %d MB", st.Size()>>20)
	}
}

// TestSnapshotBesideCommits: readers that began before a commit see nothing of it, and whoever begins after it does,
// whatever reader that is.
func TestSnapshotBesideCommits(t *testing.T) {
	s := newShelf(t, t.TempDir())
	for i := range int64(50) {
		before, after := s.things(func() {
			s.put(i+1, 1)
			if n, _ := s.things(func() {}); n != i+1 {
				t.Errorf("%d things after %d commits", n, i+1)
			}
		})
		if before != i || after != i {
			t.Errorf("a snapshot of %d things shows %d, then %d", i, before, after)
		}
	}
	var wait sync.WaitGroup
	for w := range int64(4) {
		wait.Go(func() {
			for i := range int64(50) {
				was, _ := s.things(func() {})
				s.put(100+w*50+i, 1)
				if is, _ := s.things(func() {}); is <= was {
					t.Errorf("%d things, and %d after another", was, is)
				}
			}
		})
	}
	wait.Wait()
}

// TestInterruptedReader: a read that is given up spoils nothing for the next on its reader.
func TestInterruptedReader(t *testing.T) {
	s := newShelf(t, t.TempDir())
	for i := range int64(20) {
		s.put(i+1, 1)
		ctx, cancel := context.WithCancel(t.Context())
		err := s.db.View(ctx, func(tx driver.Tx) error {
			rows, err := tx.Query(ctx, s.count, nil)
			must(t, err)
			cancel()
			for rows.Next() {
			}
			return errors.Join(rows.Err(), rows.Close(), ctx.Err())
		})
		if !errors.Is(err, context.Canceled) {
			t.Fatalf("got %v", err)
		}
		if n, _ := s.things(func() {}); n != i+1 {
			t.Fatalf("%d things of %d", n, i+1)
		}
	}
}
