package sqlite_test

import (
	"context"
	"errors"
	"testing"

	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/plugins/stores/sqlite"
)

// TestWatch shows that a watch hears of each way to write to its tables once that is committed, and of nothing else.
func TestWatch(t *testing.T) {
	ctx := context.Background()
	db, err := store.Open(ctx, sqlite.New(t.TempDir(), &sqlite.Options{Normal: true}), "t")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	table := func(name string) driver.Change {
		return driver.CreateTable{Table: driver.Table{Name: name, Columns: []driver.Column{{Name: "n", Type: driver.Int}}}}
	}
	if err := db.Change(ctx, table("a"), table("b"), table("c")); err != nil {
		t.Fatal(err)
	}
	w := db.Watch("a", "b")
	if db.Watch("b", "a") != w || db.Watch("a") == w { // publishing asks for them each time
		t.Error("the same tables have two watches, or others the same")
	}
	one := driver.Cmp{Op: driver.Eq, L: driver.Col{Name: "n"}, R: driver.Param{N: 0}}
	n, refused := []string{"n"}, errors.New("refused")
	insert := func(table string) func(store.Tx) error {
		return func(tx store.Tx) error {
			return tx.Insert(ctx, table, []string{"id", "n"}, []value.Value{value.Ref(1), value.Int(1)})
		}
	}
	for _, c := range []struct {
		name  string
		do    func(store.Tx) error
		heard bool
	}{
		{"insert", insert("a"), true},
		{"insert into another watched table", insert("b"), true},
		{"insert elsewhere", insert("c"), false},
		{"update", func(tx store.Tx) error { _, err := tx.Update(ctx, "a", 1, n, []value.Value{value.Int(1)}); return err }, true},
		{"update where", func(tx store.Tx) error {
			_, err := tx.UpdateWhere(ctx, "a", one, []value.Value{value.Int(1)}, n, []value.Value{value.Int(1)})
			return err
		}, true},
		{"given up", func(tx store.Tx) error { return errors.Join(insert("a")(tx), refused) }, false},
		{"elsewhere and here", func(tx store.Tx) error {
			_, err := tx.Delete(ctx, "c", 1)
			_, other := tx.Delete(ctx, "a", 1)
			return errors.Join(err, other)
		}, true},
		{"delete where", func(tx store.Tx) error {
			_, err := tx.DeleteWhere(ctx, "b", one, []value.Value{value.Int(1)})
			return err
		}, true},
	} {
		mark, alone := w.Mark()
		if !alone {
			t.Fatal("a file of SQLite has one process")
		}
		more := w.Committed()
		_ = db.Update(ctx, c.do)
		after, _ := w.Mark()
		heard := false
		select {
		case <-more:
			heard = true
		default:
		}
		if heard != c.heard || after > mark != c.heard {
			t.Errorf("%s: heard %v, mark %d after %d", c.name, heard, after, mark)
		}
	}
	mark, _ := w.Mark()
	if err := db.Change(ctx, table("d")); err != nil {
		t.Fatal(err)
	}
	if after, _ := w.Mark(); after == mark {
		t.Error("a change of the schema is not heard")
	}
}
