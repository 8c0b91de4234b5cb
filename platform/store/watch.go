package store

import (
	"context"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
)

// Watch tells of the write transactions that commit here and touch certain tables. It lives as long
// as its database.
type Watch struct {
	exclusive bool
	commits   atomic.Int64

	mu   sync.Mutex
	next chan struct{} // closed by the next commit; nil while nobody waits
}

// Watch watches tables by their physical names; the same tables have one watch, whoever asks and however
// often. Schema changes touch all tables.
func (db *DB) Watch(tables ...string) *Watch {
	tables = slices.Sorted(slices.Values(tables))
	key := strings.Join(tables, "\x00")
	db.watches.Lock()
	defer db.watches.Unlock()
	if w := db.watches.by[key]; w != nil {
		return w
	}
	w := &Watch{exclusive: db.Exclusive()}
	db.watches.by[key] = w
	for _, t := range tables {
		db.watches.of[t] = append(db.watches.of[t], w)
	}
	return w
}

// Mark is a number that grows with every commit that touches the tables. What was read from them
// after the mark was taken holds as long as the mark is the same; ok is false where other processes
// may write, too.
func (w *Watch) Mark() (mark int64, ok bool) { return w.commits.Load(), w.exclusive }

// Committed gives a channel that is closed by the next commit that touches the tables. To miss
// nothing, ask for it before reading.
func (w *Watch) Committed() <-chan struct{} {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.next == nil {
		w.next = make(chan struct{})
	}
	return w.next
}

func (w *Watch) announce() {
	w.commits.Add(1)
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.next != nil {
		close(w.next)
		w.next = nil
	}
}

// watches are those of one database.
type watches struct {
	sync.RWMutex
	by map[string]*Watch   // by all of their tables
	of map[string][]*Watch // by table
}

// announce tells those who watch the tables.
func (ws *watches) announce(tables []string) {
	ws.RLock()
	defer ws.RUnlock()
	for _, t := range tables {
		for _, w := range ws.of[t] {
			w.announce()
		}
	}
}

// announceAll tells everybody.
func (ws *watches) announceAll() {
	ws.RLock()
	defer ws.RUnlock()
	for _, w := range ws.by {
		w.announce()
	}
}

// touched are the tables that a transaction has written to.
type touched struct{ tables []string }

func (t *touched) add(table string) {
	if !slices.Contains(t.tables, table) {
		t.tables = append(t.tables, table)
	}
}

func (t Tx) Insert(ctx context.Context, table string, cols []string, rows ...[]value.Value) error {
	t.touched.add(table)
	return t.Tx.Insert(ctx, table, cols, rows...)
}

func (t Tx) Update(ctx context.Context, table string, id int64, cols []string, vals []value.Value) (bool, error) {
	t.touched.add(table)
	return t.Tx.Update(ctx, table, id, cols, vals)
}

func (t Tx) UpdateWhere(ctx context.Context, table string, where driver.Expr, args []value.Value, cols []string, vals []value.Value) (int64, error) {
	t.touched.add(table)
	return t.Tx.UpdateWhere(ctx, table, where, args, cols, vals)
}

func (t Tx) Delete(ctx context.Context, table string, ids ...int64) (int64, error) {
	t.touched.add(table)
	return t.Tx.Delete(ctx, table, ids...)
}

func (t Tx) DeleteWhere(ctx context.Context, table string, where driver.Expr, args []value.Value) (int64, error) {
	t.touched.add(table)
	return t.Tx.DeleteWhere(ctx, table, where, args)
}
