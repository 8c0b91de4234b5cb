package sqlite

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"zombiezen.com/go/sqlite"

	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
)

// tx is a snapshot of a reader, or one command of the writer.
type tx struct {
	db    *db
	c     *conn
	write bool
	done  bool
	rows  []*rows
}

var errDone = errors.New("sqlite: the transaction has ended")

func (t *tx) usable(ctx context.Context) error {
	if t.done {
		return errDone
	}
	return ctx.Err()
}

func (t *tx) writable(ctx context.Context) error {
	if !t.write {
		return driver.ErrReadOnly
	}
	return t.usable(ctx)
}

func (t *tx) closeRows() error {
	var err error
	for _, r := range t.rows {
		err = joinIf(err, r.Close())
	}
	t.rows = nil
	return err
}

// statement gives the cached write of a kind on columns of a table; build makes its SQL.
func (t *tx) statement(kind, table string, cols []string, build func() string) (*cached, error) {
	k := append(append(append(t.c.key[:0], kind...), 0), table...)
	for _, c := range cols {
		k = append(append(k, 0), c...)
	}
	t.c.key = k
	sch := t.db.schema.Load()
	s := t.c.writes[string(k)]
	if s != nil && s.sch == sch {
		return s, nil
	}
	tab, err := sch.table(table)
	if err != nil {
		return nil, err
	}
	ts := make([]typ, len(cols))
	for i, c := range cols {
		f, err := scope{table: tab}.column(c)
		if err != nil {
			return nil, err
		}
		ts[i] = f.typ
	}
	if s == nil {
		st, err := t.c.prepare(build())
		if err != nil {
			return nil, err
		}
		s = &cached{Stmt: st}
		t.c.writes[string(t.c.key)] = s
	}
	s.ts, s.sch = ts, sch
	return s, nil
}

func (s *cached) bindRow(cols []string, vals []value.Value) error {
	if len(vals) != len(s.ts) {
		return fmt.Errorf("sqlite: %d values for %d columns", len(vals), len(s.ts))
	}
	for i, v := range vals {
		d, err := encode(v, s.ts[i], "")
		if err != nil {
			return fmt.Errorf("column %s: %w", cols[i], err)
		}
		s.bind(i+1, d)
	}
	return nil
}

// Insert adds rows.
func (t *tx) Insert(ctx context.Context, table string, cols []string, rows ...[]value.Value) error {
	if err := t.writable(ctx); err != nil {
		return err
	}
	s, err := t.statement("insert", table, cols, func() string {
		names := make([]string, len(cols))
		for i, c := range cols {
			names[i] = quoteName(c)
		}
		return "INSERT INTO " + quoteName(table) + " (" + strings.Join(names, ", ") + ") VALUES (?" + strings.Repeat(", ?", max(0, len(cols)-1)) + ")"
	})
	if err != nil {
		return err
	}
	for _, r := range rows {
		if err := s.bindRow(cols, r); err != nil {
			return err
		}
		if err := s.run(); err != nil {
			return t.duplicate(table, err)
		}
	}
	return nil
}

// Update sets columns of one row.
func (t *tx) Update(ctx context.Context, table string, id int64, cols []string, vals []value.Value) (bool, error) {
	if err := t.writable(ctx); err != nil {
		return false, err
	}
	s, err := t.statement("update", table, cols, func() string {
		return "UPDATE " + quoteName(table) + " SET " + assignments(cols) + " WHERE id = ?"
	})
	if err != nil {
		return false, err
	}
	if err := s.bindRow(cols, vals); err != nil {
		return false, err
	}
	s.BindInt64(len(cols)+1, id)
	if err := s.run(); err != nil {
		return false, t.duplicate(table, err)
	}
	return t.c.c.Changes() > 0, nil
}

func assignments(cols []string) string {
	if len(cols) == 0 {
		return "id = id"
	}
	parts := make([]string, len(cols))
	for i, c := range cols {
		parts[i] = quoteName(c) + " = ?"
	}
	return strings.Join(parts, ", ")
}

// UpdateWhere sets columns of all rows that match.
func (t *tx) UpdateWhere(ctx context.Context, table string, where driver.Expr, args []value.Value, cols []string, vals []value.Value) (int64, error) {
	if len(vals) != len(cols) || len(cols) == 0 {
		return 0, fmt.Errorf("sqlite: %d values for %d columns", len(vals), len(cols))
	}
	return t.matching(ctx, table, where, args, func(c *compiler, s scope) (string, error) {
		parts := make([]string, len(cols))
		for i, name := range cols {
			f, err := s.column(name)
			if err != nil {
				return "", err
			}
			d, err := encode(vals[i], f.typ, "")
			if err != nil {
				return "", err
			}
			parts[i] = quoteName(name) + " = " + d.literal()
		}
		return "UPDATE " + s.from() + " SET " + strings.Join(parts, ", "), nil
	})
}

// DeleteWhere removes all rows that match.
func (t *tx) DeleteWhere(ctx context.Context, table string, where driver.Expr, args []value.Value) (int64, error) {
	return t.matching(ctx, table, where, args, func(_ *compiler, s scope) (string, error) {
		return "DELETE FROM " + s.from(), nil
	})
}

func (t *tx) matching(ctx context.Context, table string, where driver.Expr, args []value.Value, head func(*compiler, scope) (string, error)) (int64, error) {
	if err := t.writable(ctx); err != nil {
		return 0, err
	}
	c := newCompiler(t.db.schema.Load(), true)
	s, err := c.scope(table)
	if err != nil {
		return 0, err
	}
	sql, err := head(c, s)
	if err != nil {
		return 0, err
	}
	if where != nil {
		w, err := c.condition(where, s, true)
		if err != nil {
			return 0, err
		}
		sql += " WHERE " + w
	}
	st, err := t.c.prepare(sql)
	if err != nil {
		return 0, err
	}
	one := &cached{Stmt: st, once: true}
	if err = bindSlots(one, c.slots, args, -1); err == nil {
		err = one.run()
	}
	n := int64(t.c.c.Changes())
	if closed := one.release(); err == nil {
		err = closed
	}
	if err != nil {
		return 0, t.duplicate(table, err)
	}
	return n, nil
}

// Delete removes rows by id.
func (t *tx) Delete(ctx context.Context, table string, ids ...int64) (int64, error) {
	if err := t.writable(ctx); err != nil {
		return 0, err
	}
	s, err := t.statement("delete", table, nil, func() string {
		return "DELETE FROM " + quoteName(table) + " WHERE id = ?"
	})
	if err != nil {
		return 0, err
	}
	var n int64
	for _, id := range ids {
		s.BindInt64(1, id)
		if err := s.run(); err != nil {
			return n, err
		}
		n += int64(t.c.c.Changes())
	}
	return n, nil
}

// NextSequence adds to a counter.
func (t *tx) NextSequence(ctx context.Context, name string, by int64) (n int64, err error) {
	if err := t.writable(ctx); err != nil {
		return 0, err
	}
	if err := t.addTo(name, by); err != nil {
		return 0, err
	}
	s, err := t.c.fixed("SELECT value FROM _tenon_sequences WHERE name = ?")
	if err != nil {
		return 0, err
	}
	s.BindText(1, name)
	if _, err := s.Step(); err != nil {
		return 0, errors.Join(failure(err), s.Reset())
	}
	n = s.ColumnInt64(0)
	return n, failure(s.Reset())
}

// addTo adds to a counter, or begins it. One statement that returns the number, too, would cost four times as much:
// SQLite makes a table in memory for what statements return.
func (t *tx) addTo(name string, by int64) error {
	for _, sql := range []string{
		"UPDATE _tenon_sequences SET value = value + ?2 WHERE name = ?1",
		"INSERT INTO _tenon_sequences (name, value) VALUES (?1, ?2)",
	} {
		s, err := t.c.fixed(sql)
		if err != nil {
			return err
		}
		s.BindText(1, name)
		s.BindInt64(2, by)
		if err := s.run(); err != nil {
			return err
		}
		if t.c.c.Changes() > 0 {
			return nil
		}
	}
	return nil
}

// duplicate turns a broken unique index into DuplicateError with the index's logical name.
func (t *tx) duplicate(table string, err error) error {
	switch sqlite.ErrCode(err) {
	case sqlite.ResultConstraintPrimaryKey, sqlite.ResultConstraintRowID:
		return &driver.DuplicateError{Table: table, Index: "id"}
	case sqlite.ResultConstraintUnique:
	default:
		return err
	}
	_, list, _ := strings.Cut(err.Error(), "UNIQUE constraint failed: ")
	if tab, err := t.db.schema.Load().table(table); err == nil {
		for _, ix := range tab.def.Indexes {
			names := make([]string, len(ix.Columns))
			for i, c := range ix.Columns {
				names[i] = table + "." + c.Column
			}
			if ix.Unique && strings.HasPrefix(list+" ", strings.Join(names, ", ")+" ") {
				return &driver.DuplicateError{Table: table, Index: ix.Name}
			}
		}
	}
	return fmt.Errorf("sqlite: a unique index that is not in the schema: %w", err)
}
