// Package mongotest lets tests of the product use the MongoDB engine over servers that have no
// transactions: a write transaction that fails is taken back row by row. It is for tests alone: who
// reads meanwhile sees what is taken back, and a process that ends leaves it half done.
package mongotest

import (
	"context"
	"errors"
	"net/url"
	"os"
	"slices"
	"strconv"
	"sync"

	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/plugins/stores/mongo"
)

// Environment names the deployment that tests use in place of SQLite, as a connection string, and
// says, when not empty, that it lacks transactions.
const (
	Environment = "TENON_TEST_MONGODB"
	Reduced     = "TENON_TEST_MONGODB_REDUCED"
)

// Engine is an engine over the deployment that the environment names; nil where it names none. The
// names of its databases begin with prefix, unless that is empty.
func Engine(prefix string) (driver.Engine, error) {
	uri := os.Getenv(Environment)
	if uri == "" {
		return nil, nil
	}
	if prefix != "" {
		u, err := url.Parse(uri)
		if err != nil {
			return nil, err
		}
		u.Path = "/" + prefix
		uri = u.String()
	}
	switch {
	case os.Getenv(Reduced) == "":
		return mongo.New(uri, nil)
	}
	e, err := mongo.New(uri, &mongo.Options{Reduced: true})
	if err != nil {
		return nil, err
	}
	return undoing{e}, nil
}

type undoing struct{ driver.Engine }

// Capabilities are those that tests of the product ask for. Unique indexes are lacking; "explain",
// because such servers tell no plans; and "bulk", which is a thousand rows in half a minute.
func (undoing) Capabilities() driver.Capabilities {
	return driver.Capabilities{Missing: []string{"unique", "explain", "bulk"}}
}

func (e undoing) Open(ctx context.Context, tenant string) (driver.DB, error) {
	in, err := e.Engine.Open(ctx, tenant)
	if err != nil {
		return nil, err
	}
	return &db{DB: in, tables: map[string]rowsOf{}}, nil
}

type db struct {
	driver.DB
	mu     sync.Mutex
	tables map[string]rowsOf
}

// rowsOf reads rows of a table by a list of ids.
type rowsOf struct {
	cols []string
	stmt driver.Stmt
}

func (d *db) Change(ctx context.Context, cs ...driver.Change) error {
	d.mu.Lock()
	clear(d.tables)
	d.mu.Unlock()
	return d.DB.Change(ctx, cs...)
}

func (d *db) table(ctx context.Context, name string) (rowsOf, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if r, ok := d.tables[name]; ok {
		return r, nil
	}
	all, err := d.Schema(ctx)
	if err != nil {
		return rowsOf{}, err
	}
	i := slices.IndexFunc(all, func(t driver.Table) bool { return t.Name == name })
	if i < 0 {
		return rowsOf{}, driver.ErrNoTable
	}
	r := rowsOf{cols: []string{"id"}}
	q := &driver.Query{Table: name, Where: driver.In{Arg: driver.Col{Name: "id"}, List: driver.Param{}}, Select: []driver.Expr{driver.Col{Name: "id"}}}
	for _, c := range all[i].Columns {
		r.cols, q.Select = append(r.cols, c.Name), append(q.Select, driver.Col{Name: c.Name})
	}
	if r.stmt, err = d.Prepare(q); err != nil {
		return rowsOf{}, err
	}
	d.tables[name] = r
	return r, nil
}

func (d *db) Update(ctx context.Context, fn func(driver.Tx) error) error {
	return d.DB.Update(ctx, func(in driver.Tx) error {
		t := &tx{Tx: in, db: d, was: map[string]map[int64][]value.Value{}, sequences: map[string]int64{}}
		err := fn(t)
		if err != nil {
			err = errors.Join(err, t.undo(context.WithoutCancel(ctx)))
		}
		return err
	})
}

// tx remembers how the rows that it writes were; nil for those that were not there.
type tx struct {
	driver.Tx
	db        *db
	was       map[string]map[int64][]value.Value
	sequences map[string]int64
}

// undo puts the rows back.
func (t *tx) undo(ctx context.Context) error {
	for name, rows := range t.was {
		r, err := t.db.table(ctx, name)
		if err != nil {
			return err
		}
		var ids []int64
		var old [][]value.Value
		for id, row := range rows {
			if ids = append(ids, id); row != nil {
				old = append(old, row)
			}
		}
		if _, err := t.Tx.Delete(ctx, name, ids...); err != nil {
			return err
		}
		if err := t.Tx.Insert(ctx, name, r.cols, old...); err != nil {
			return err
		}
	}
	for name, n := range t.sequences {
		if _, err := t.Tx.NextSequence(ctx, name, -n); err != nil {
			return err
		}
	}
	return nil
}

// remember looks at rows before they are written for the first time.
func (t *tx) remember(ctx context.Context, name string, ids ...int64) error {
	rows := t.was[name]
	if rows == nil {
		rows = map[int64][]value.Value{}
		t.was[name] = rows
	}
	var list []byte
	for _, id := range ids {
		if _, known := rows[id]; known {
			continue
		}
		rows[id] = nil
		list = strconv.AppendInt(append(list, ','), id, 10)
	}
	if list == nil {
		return nil
	}
	r, err := t.db.table(ctx, name)
	if err != nil {
		return err
	}
	list[0] = '['
	return t.read(ctx, r.stmt, len(r.cols), []value.Value{value.List(string(list) + "]")}, func(row []value.Value) { rows[row[0].Int()] = row })
}

func (t *tx) read(ctx context.Context, s driver.Stmt, width int, args []value.Value, each func([]value.Value)) error {
	rows, err := t.Query(ctx, s, args)
	if err != nil {
		return err
	}
	for rows.Next() {
		row := make([]value.Value, width)
		for i := range row {
			row[i] = rows.Value(i).Clone()
		}
		each(row)
	}
	return errors.Join(rows.Err(), rows.Close())
}

// matching remembers the rows that meet a condition.
func (t *tx) matching(ctx context.Context, name string, where driver.Expr, args []value.Value) error {
	s, err := t.db.Prepare(&driver.Query{Table: name, Where: where, Select: []driver.Expr{driver.Col{Name: "id"}}})
	if err != nil {
		return err
	}
	var ids []int64
	if err := t.read(ctx, s, 1, args, func(row []value.Value) { ids = append(ids, row[0].Int()) }); err != nil {
		return err
	}
	return t.remember(ctx, name, ids...)
}

func (t *tx) Insert(ctx context.Context, name string, cols []string, rows ...[]value.Value) error {
	var ids []int64
	if i := slices.Index(cols, "id"); i >= 0 {
		for _, row := range rows {
			ids = append(ids, row[i].Int())
		}
	}
	if err := t.remember(ctx, name, ids...); err != nil {
		return err
	}
	return t.Tx.Insert(ctx, name, cols, rows...)
}

func (t *tx) Update(ctx context.Context, name string, id int64, cols []string, vals []value.Value) (bool, error) {
	if err := t.remember(ctx, name, id); err != nil {
		return false, err
	}
	return t.Tx.Update(ctx, name, id, cols, vals)
}

func (t *tx) UpdateWhere(ctx context.Context, name string, where driver.Expr, args []value.Value, cols []string, vals []value.Value) (int64, error) {
	if err := t.matching(ctx, name, where, args); err != nil {
		return 0, err
	}
	return t.Tx.UpdateWhere(ctx, name, where, args, cols, vals)
}

func (t *tx) Delete(ctx context.Context, name string, ids ...int64) (int64, error) {
	if err := t.remember(ctx, name, ids...); err != nil {
		return 0, err
	}
	return t.Tx.Delete(ctx, name, ids...)
}

func (t *tx) DeleteWhere(ctx context.Context, name string, where driver.Expr, args []value.Value) (int64, error) {
	if err := t.matching(ctx, name, where, args); err != nil {
		return 0, err
	}
	return t.Tx.DeleteWhere(ctx, name, where, args)
}

func (t *tx) NextSequence(ctx context.Context, name string, by int64) (int64, error) {
	n, err := t.Tx.NextSequence(ctx, name, by)
	if err == nil {
		t.sequences[name] += by
	}
	return n, err
}
