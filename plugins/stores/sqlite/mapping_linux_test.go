package sqlite_test

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/plugins/stores/sqlite"
)

// mappedAt gives the addresses at which the file of a tenant is mapped.
func mappedAt(tb testing.TB, file string) (at []string) {
	tb.Helper()
	maps, err := os.ReadFile("/proc/self/maps")
	must(tb, err)
	for line := range strings.Lines(string(maps)) {
		if addr, _, _ := strings.Cut(line, "-"); strings.HasSuffix(line, " "+file+"\n") {
			at = append(at, addr)
		}
	}
	return at
}

// TestOneMapping: readers share one mapping of the file, which stays where it is whatever is written, and goes with
// them.
func TestOneMapping(t *testing.T) {
	dir, err := filepath.EvalSymlinks(t.TempDir())
	must(t, err)
	file := filepath.Join(dir, "t.db")
	var first string
	t.Run("open", func(t *testing.T) {
		s := newShelf(t, dir)
		for i := range int64(200) { // 8 MB, past what the log holds
			s.put(i+1, 40_000)
			s.things(func() { s.things(func() {}) })
			at := mappedAt(t, file)
			if len(at) > 0 && first == "" {
				first = at[0]
			}
			if len(at) > 1 || first != "" && (len(at) == 0 || at[0] != first) {
				t.Fatalf("after %d commits the file, once mapped at %s, is at %v", i+1, first, at)
			}
		}
		if first == "" {
			t.Fatal("the file was never mapped")
		}
	})
	if at := mappedAt(t, file); len(at) > 0 {
		t.Errorf("the file is closed, and mapped at %v", at)
	}
}

// TestReadersBesideLog: what readers see adds up while writers move amounts between rows that are spread over the
// file, it grows, and the log is written back and begins anew many times.
func TestReadersBesideLog(t *testing.T) {
	db, err := sqlite.New(t.TempDir(), &sqlite.Options{Normal: true}).Open(t.Context(), "t")
	must(t, err)
	defer func() { must(t, db.Close()) }()
	cols := []driver.Column{{Name: "n", Type: driver.Int}, {Name: "pad", Type: driver.Text}}
	must(t, db.Change(t.Context(), driver.CreateTable{Table: driver.Table{Name: "a", Columns: cols}}))
	const rows, each, moves = 400, 1000, 1200
	names, pad := []string{"id", "n", "pad"}, value.Text(strings.Repeat("x", 3500)) // a page each
	must(t, db.Update(t.Context(), func(tx driver.Tx) error {
		for i := range int64(rows) {
			if err := tx.Insert(t.Context(), "a", names, []value.Value{value.Ref(i + 1), value.Int(each), pad}); err != nil {
				return err
			}
		}
		return nil
	}))
	n := func(agg driver.Agg) driver.Stmt {
		st, err := db.Prepare(&driver.Query{Table: "a", Aggs: []driver.Agg{agg}})
		must(t, err)
		return st
	}
	sum := n(driver.Agg{Func: driver.Sum, Expr: driver.Col{Name: "n"}})
	done := make(chan struct{})
	var wait sync.WaitGroup
	for range 3 {
		wait.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				err := db.View(t.Context(), func(tx driver.Tx) error {
					r, err := tx.Query(t.Context(), sum, nil)
					if err != nil {
						return err
					}
					for r.Next() {
						if got := r.Value(0).Int(); got != rows*each {
							t.Errorf("the rows hold %d", got)
						}
					}
					return r.Close()
				})
				if err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	set := func(tx driver.Tx, id, n int64) error {
		_, err := tx.Update(t.Context(), "a", id, []string{"n"}, []value.Value{value.Int(n)})
		return err
	}
	held := make([]int64, rows+1)
	for i := range int64(moves) {
		from, to := 1+i*7%rows, 1+i*13%rows
		if from == to {
			continue
		}
		must(t, db.Update(t.Context(), func(tx driver.Tx) error {
			held[from]--
			held[to]++
			if err := set(tx, from, each+held[from]); err != nil {
				return err
			}
			if err := set(tx, to, each+held[to]); err != nil {
				return err
			}
			return tx.Insert(t.Context(), "a", names, []value.Value{value.Ref(rows + 1 + i), value.Int(0), pad})
		}))
	}
	close(done)
	wait.Wait()
}
