package mongo_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/bson"

	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
)

func insert(tx driver.Tx, id int64) error {
	return tx.Insert(ctx, "accounts", []string{"id", "name"}, []value.Value{value.Ref(id), value.Text("ann")})
}

// steps are the commands with what makes them a transaction.
func steps(cmds []bson.Raw) []string {
	out := names(cmds)
	for i, c := range cmds {
		out[i] += " " + show(c, "startTransaction", "autocommit", "readConcern.level", "writeConcern.w")
	}
	return out
}

// TestTransaction: a write transaction reads one snapshot, begins by changing the document that
// keeps writers apart, and commits with majority.
func TestTransaction(t *testing.T) {
	w, db := opened(t, accounts())
	must(t, db.Update(ctx, func(tx driver.Tx) error {
		if _, err := tx.NextSequence(ctx, "order", 2); err != nil {
			return err
		}
		return insert(tx, 1)
	}))
	cmds := w.take()
	want := []string{
		`findAndModify _tenon_meta true false "snapshot" -`, `findAndModify _tenon_sequences - false - -`,
		`insert accounts - false - -`, `commitTransaction - false - "majority"`}
	if got := steps(cmds); !slices.Equal(got, want) {
		t.Errorf("got %q\nwant %q", got, want)
	}
	for _, c := range cmds {
		if show(c, "lsid", "txnNumber") != show(cmds[0], "lsid", "txnNumber") {
			t.Errorf("%s is of another session or transaction", c)
		}
	}
	if got := show(cmds[0], "query", "update"); got != `{"_id":"schema"} {"$inc":{"writes":1}}` {
		t.Errorf("the first command: %s", got)
	}
	if got := show(cmds[1], "query", "update", "upsert", "new"); got != `{"_id":"order"} {"$inc":{"value":2}} true true` {
		t.Errorf("the sequence: %s", got)
	}
}

// TestRetries: conflicts run the function again, an unknown commit is committed again.
func TestRetries(t *testing.T) {
	w, db := opened(t, accounts())
	conflict := failed(112, "WriteConflict", "TransientTransactionError")
	for _, c := range []struct {
		name, command string
		answers       []bson.D
		runs          int
		want          []string
	}{
		{"a conflict with another server", "findAndModify _tenon_meta", []bson.D{conflict, conflict}, 1, []string{"findAndModify _tenon_meta", "abortTransaction", "findAndModify _tenon_meta", "abortTransaction", "findAndModify _tenon_meta", "insert accounts", "commitTransaction"}},
		{"a conflict of a write", "insert accounts", []bson.D{conflict}, 2, []string{"findAndModify _tenon_meta", "insert accounts", "abortTransaction", "findAndModify _tenon_meta", "insert accounts", "commitTransaction"}},
		{"a commit that conflicts", "commitTransaction", []bson.D{conflict}, 2, []string{"findAndModify _tenon_meta", "insert accounts", "commitTransaction", "findAndModify _tenon_meta", "insert accounts", "commitTransaction"}},
		{"an unknown commit", "commitTransaction", []bson.D{failed(64, "waiting timed out", "UnknownTransactionCommitResult")}, 1, []string{"findAndModify _tenon_meta", "insert accounts", "commitTransaction", "commitTransaction"}},
	} {
		w.take()
		w.script(c.command, c.answers...)
		runs := 0
		err := db.Update(ctx, func(tx driver.Tx) error {
			runs++
			return insert(tx, 1)
		})
		if got := commands(w.take()); err != nil || runs != c.runs || !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, %d runs, sent %q", c.name, err, runs, got)
		}
	}
}

// commands are the names without the targets of commits and aborts.
func commands(cmds []bson.Raw) []string {
	out := names(cmds)
	for i, n := range out {
		out[i] = strings.TrimSuffix(n, " ")
	}
	return out
}

// TestSwallowedConflict: a function that passes over a failed write does not get it committed.
func TestSwallowedConflict(t *testing.T) {
	w, db := opened(t, accounts())
	w.script("insert accounts", failed(112, "WriteConflict", "TransientTransactionError"))
	runs := 0
	must(t, db.Update(ctx, func(tx driver.Tx) error {
		runs++
		if err := insert(tx, 1); runs == 1 {
			if err == nil {
				t.Error("the conflict is not told")
			}
			if _, again := tx.Delete(ctx, "accounts", 1); again == nil {
				t.Error("the transaction goes on after a conflict")
			}
		}
		return nil
	}))
	if runs != 2 {
		t.Errorf("%d runs, want 2", runs)
	}
	w.take()
	w.script("insert accounts", failed(13, "not authorized"))
	err := db.Update(ctx, func(tx driver.Tx) error {
		_ = insert(tx, 1) // the point of the test
		return nil
	})
	if got := commands(w.take()); err == nil || slices.Contains(got, "commitTransaction") {
		t.Errorf("%v, sent %q", err, got)
	}
}

func duplicateKey(index string) bson.D {
	return bson.D{{Key: "ok", Value: 1}, {Key: "n", Value: 0}, {Key: "writeErrors", Value: bson.A{bson.D{{Key: "index", Value: 0}, {Key: "code", Value: 11000},
		{Key: "errmsg", Value: `E11000 duplicate key error collection: tenon_acme.accounts index: ` + index + ` dup key: { ~mail: "x dup key" }`}}}}}
}

// TestDuplicates: a broken unique index is told by its name and ends the transaction.
func TestDuplicates(t *testing.T) {
	w, db := opened(t, accounts())
	write := map[string]func(driver.Tx) error{
		"insert": func(tx driver.Tx) error { return insert(tx, 1) },
		"update": func(tx driver.Tx) error {
			_, err := tx.Update(ctx, "accounts", 1, []string{"name"}, []value.Value{value.Text("x")})
			return err
		},
		"update where": func(tx driver.Tx) error {
			_, err := tx.UpdateWhere(ctx, "accounts", nil, nil, []string{"name"}, []value.Value{value.Text("x")})
			return err
		},
	}
	for name, f := range write {
		for index, want := range map[string]string{"mail": "mail", "_id_": "id"} {
			w.script(strings.Fields(name)[0]+" accounts", duplicateKey(index))
			err := db.Update(ctx, f)
			var d *driver.DuplicateError
			if !errors.As(err, &d) || d.Table != "accounts" || d.Index != want {
				t.Errorf("%s: got %v, want a duplicate of %s", name, err, want)
			}
			if got := commands(w.take()); got[len(got)-1] != "abortTransaction" {
				t.Errorf("%s: sent %q", name, got)
			}
		}
	}
}

// TestGivenUp: errors and panics of the function abort, and the next writer goes on.
func TestGivenUp(t *testing.T) {
	w, db := opened(t, accounts())
	if err := db.Update(ctx, func(tx driver.Tx) error { return errors.Join(insert(tx, 1), errStop) }); !errors.Is(err, errStop) {
		t.Errorf("got %v", err)
	}
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic is lost")
			}
		}()
		_ = db.Update(ctx, func(tx driver.Tx) error {
			must(t, insert(tx, 1))
			panic("stop")
		})
	}()
	want := []string{"findAndModify _tenon_meta", "insert accounts", "abortTransaction"}
	if got := commands(w.take()); !slices.Equal(got, append(want, want...)) {
		t.Errorf("sent %q", got)
	}
	var kept driver.Tx
	must(t, db.Update(ctx, func(tx driver.Tx) error {
		kept = tx
		return insert(tx, 1)
	}))
	if err := insert(kept, 2); err == nil {
		t.Error("a transaction can be used after its end")
	}
	cancelled, cancel := context.WithCancel(ctx)
	cancel()
	if err := db.Update(cancelled, func(tx driver.Tx) error { return insert(tx, 1) }); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

// TestView: all reads of a view are at the time of its first, which is its beginning.
func TestView(t *testing.T) {
	w, db := opened(t, accounts())
	s, err := db.Prepare(&driver.Query{Table: "accounts", Select: []driver.Expr{col("id")}})
	must(t, err)
	must(t, db.View(ctx, func(tx driver.Tx) error {
		if got := names(w.take()); !slices.Equal(got, []string{"find _tenon_meta"}) {
			t.Errorf("a view begins with %q", got)
		}
		r, err := tx.Query(ctx, s, nil)
		must(t, err)
		r.Next()
		if got := show(w.take()[0], "find", "readConcern", "txnNumber"); got != `"accounts" {"level":"snapshot","atClusterTime":{"$timestamp":{"t":100,"i":7}}} -` {
			t.Errorf("a read of a view: %s", got)
		}
		if err := insert(tx, 1); !errors.Is(err, driver.ErrReadOnly) {
			t.Errorf("insert in a view: %v", err)
		}
		w.script("find accounts", failed(246, "Unable to read from a snapshot"))
		if r, err = tx.Query(ctx, s, nil); err == nil {
			r.Next()
			err = r.Err()
		}
		if !errors.Is(err, driver.ErrBusy) {
			t.Errorf("a snapshot that is not available: %v", err)
		}
		return nil
	}))
}

// TestSchemaOfAnotherServer: a new version in the registry is read on the same snapshot.
func TestSchemaOfAnotherServer(t *testing.T) {
	w, db := opened(t, accounts())
	w.mu.Lock()
	var saved bson.M
	must(t, bson.Unmarshal(w.tables["accounts"], &saved))
	saved["columns"] = append(saved["columns"].(bson.A), bson.M{"name": "city", "type": int(driver.Text), "scale": 0, "precision": 0})
	raw, err := bson.Marshal(saved)
	must(t, err)
	w.tables["accounts"] = raw
	w.meta[2].Value = int64(40)
	w.mu.Unlock()
	must(t, db.Update(ctx, func(tx driver.Tx) error {
		_, err := tx.Update(ctx, "accounts", 1, []string{"city"}, []value.Value{value.Text("x")})
		return err
	}))
	want := []string{"findAndModify _tenon_meta", "find _tenon_meta", "find _tenon_tables", "update accounts", "commitTransaction"}
	if got := commands(w.take()); !slices.Equal(got, want) {
		t.Errorf("sent %q", got)
	}
	if _, err := db.Prepare(&driver.Query{Table: "accounts", Select: []driver.Expr{col("city")}}); err != nil {
		t.Errorf("the new column: %v", err)
	}
}

// TestClosed: Close waits for what runs, and refuses what comes.
func TestClosed(t *testing.T) {
	_, db := opened(t, accounts())
	entered, leave, closed := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	go func() {
		_ = db.View(ctx, func(driver.Tx) error {
			close(entered)
			<-leave
			return nil
		})
	}()
	<-entered
	go func() { closed <- db.Close() }()
	for db.View(ctx, func(driver.Tx) error { return nil }) == nil {
		time.Sleep(time.Millisecond)
	}
	select {
	case <-closed:
		t.Error("closed while a view runs")
	default:
	}
	close(leave)
	must(t, <-closed)
	if err := db.Update(ctx, func(driver.Tx) error { return nil }); !errors.Is(err, driver.ErrClosed) {
		t.Errorf("got %v", err)
	}
}

// TestTogether: one statement and one database serve many goroutines.
func TestTogether(t *testing.T) {
	_, db := opened(t, deals(), accounts())
	s, err := db.Prepare(&driver.Query{Table: "deals", Select: []driver.Expr{col("name"), driver.Lookup{Ref: col("account"), Table: "accounts", Expr: col("name")}},
		Where: and(cmp(col("n"), driver.Gt, param(0)), cmp(fn("length", col("name")), driver.Gt, lit(value.Int(3)))), Order: []driver.Order{asc("id")}})
	must(t, err)
	var wait sync.WaitGroup
	for i := range int64(8) {
		wait.Go(func() {
			for range 20 {
				if err := db.View(ctx, func(tx driver.Tx) error {
					r, err := tx.Query(ctx, s, []value.Value{value.Int(i)})
					if err == nil {
						r.Next()
						err = r.Err()
					}
					return err
				}); err != nil {
					t.Error(err)
				}
				if err := db.Update(ctx, func(tx driver.Tx) error { return insert(tx, i) }); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wait.Wait()
}
