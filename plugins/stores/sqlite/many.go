package sqlite

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/tenon-platform/tenon/platform/parallel"
	"github.com/tenon-platform/tenon/platform/store/driver"
)

// After each statement that makes a table or an index, SQLite searches all of sqlite_schema for what it has to
// read again: many of them take time that grows with the square of their number. Many new tables are therefore
// made in another way. SQLite makes the trees of their pages, one statement for each table and one for hundreds of
// indexes; then the rows of sqlite_schema get the statements that would have made them, which
// "PRAGMA writable_schema" allows; and its RESET has SQLite read the schema anew as a whole, which refuses rows that
// make no sense. All trees are empty then, so that no page depends on what the rows say. This is part of the
// transaction of the change: what fails or is cut off leaves nothing.

const (
	// manyTables is from how many new tables in a row on they are made together.
	manyTables = 8
	// treesOfOne is how many trees for indexes one statement makes: SQLite compares each constraint of a table with all
	// others of it, and a table has at most 2,000 columns.
	treesOfOne = 250
	// lender is how the tables begin whose trees the new indexes get.
	lender = "_tenon_trees_"
)

// fresh are the tables at the start of cs that are to be made and do not exist. A table that names an index twice
// is none of them: it is made index by index, which tells whether they are the same.
func (m migration) fresh(cs []driver.Change) (ts []driver.Table) {
	names := map[string]bool{}
	for _, c := range cs {
		t, ok := c.(driver.CreateTable)
		if !ok || m.next.tables[t.Table.Name] != nil || names[t.Table.Name] || repeats(t.Table.Indexes) {
			break
		}
		names[t.Table.Name] = true
		ts = append(ts, t.Table)
	}
	return ts
}

// repeats says whether two indexes have one name, as SQLite compares names.
func repeats(indexes []driver.Index) bool {
	seen := map[string]bool{}
	for _, ix := range indexes {
		name := strings.ToLower(ix.Name)
		if seen[name] {
			return true
		}
		seen[name] = true
	}
	return false
}

// newRow is a row of sqlite_schema that is to be: a table, or an index of one.
type newRow struct{ table, name, sql string }

// createMany makes tables that do not exist.
func (m migration) createMany(ts []driver.Table) error {
	var tables, indexes []newRow
	for _, t := range ts {
		sql, err := tableSQL(t)
		if err != nil {
			return err
		}
		tables = append(tables, newRow{t.Name, t.Name, sql})
		own, err := m.indexRows(t)
		if err != nil {
			return err
		}
		indexes = append(indexes, own...)
	}
	for _, t := range tables {
		if err := m.exec(createTable(t.name, []string{idColumn})); err != nil {
			return err
		}
	}
	lenders, err := m.plant(len(indexes))
	if err != nil {
		return err
	}
	if err := m.rewrite(tables, indexes); err != nil {
		return err
	}
	for _, name := range lenders {
		if err := m.exec("DROP TABLE " + name); err != nil {
			return err
		}
	}
	return m.finish(ts)
}

// finish makes what lies beside the tables, and keeps them.
func (m migration) finish(ts []driver.Table) error {
	type kept struct {
		def string
		err error
	}
	defs := parallel.Map(ts, func(t driver.Table) (k kept) {
		k.def, k.err = save(t)
		return k
	})
	for i, t := range ts {
		if defs[i].err != nil {
			return defs[i].err
		}
		if err := m.beside(t); err != nil {
			return err
		}
		if err := m.keepAs(copyTable(t), defs[i].def); err != nil {
			return err
		}
	}
	return nil
}

// indexRows are the indexes of a new table that have trees of their own.
func (m migration) indexRows(t driver.Table) (rows []newRow, err error) {
	s := scope{table: newTable(t)}
	for _, ix := range t.Indexes {
		if ix.Elements {
			continue
		}
		sql, err := m.indexSQL(s, ix)
		if err != nil {
			return nil, err
		}
		rows = append(rows, newRow{t.Name, t.Name + "." + ix.Name, sql})
	}
	return rows, nil
}

// plant makes n trees for indexes, as constraints of tables that it names.
func (m migration) plant(n int) (lenders []string, err error) {
	for ; n > 0; n -= treesOfOne {
		var columns, constraints []string
		for i := range min(n, treesOfOne) {
			c := "c" + strconv.Itoa(i)
			columns, constraints = append(columns, c), append(constraints, "UNIQUE ("+c+")")
		}
		name := lender + strconv.Itoa(len(lenders))
		if err := m.exec(createTable(name, slices.Concat(columns, constraints))); err != nil {
			return nil, err
		}
		lenders = append(lenders, name)
	}
	return lenders, nil
}

// rewrite gives the new tables their statements, and the planted trees to the new indexes.
func (m migration) rewrite(tables, indexes []newRow) (err error) {
	rowOf, trees, err := m.schemaRows()
	if err != nil {
		return err
	}
	if len(trees) != len(indexes) {
		return fmt.Errorf("sqlite: %d trees for %d indexes", len(trees), len(indexes))
	}
	if err := m.exec("PRAGMA writable_schema=ON"); err != nil {
		return err
	}
	defer func() { err = joinIf(err, m.exec("PRAGMA writable_schema=RESET")) }()
	const update = "UPDATE sqlite_schema SET tbl_name = ?, name = ?, sql = ? WHERE rowid = ?"
	if err := m.repeat(update, len(tables), func(i int) []datum { return tables[i].update(rowOf[tables[i].name]) }); err != nil {
		return err
	}
	return m.repeat(update, len(indexes), func(i int) []datum { return indexes[i].update(trees[i]) })
}

// update are the arguments that make another row of sqlite_schema this one.
func (r newRow) update(row int64) []datum {
	return []datum{{rep: rText, s: r.table}, {rep: rText, s: r.name}, {rep: rText, s: r.sql}, {rep: rInt, n: row}}
}

// schemaRows are the rows of sqlite_schema of all tables, by their names, and of the planted trees. Those are behind
// those of the tables, and so are the indexes that they become, as SQLite wants it.
func (m migration) schemaRows() (tables map[string]int64, trees []int64, err error) {
	st, err := m.c.prepare("SELECT rowid, type, tbl_name FROM sqlite_schema WHERE type IN ('table', 'index') ORDER BY rowid")
	if err != nil {
		return nil, nil, err
	}
	defer func() { err = joinIf(err, failure(st.Finalize())) }()
	tables = map[string]int64{}
	for {
		more, err := st.Step()
		if err != nil || !more {
			return tables, trees, failure(err)
		}
		row, kind, table := st.ColumnInt64(0), st.ColumnText(1), st.ColumnText(2)
		switch {
		case kind == "table":
			tables[table] = row
		case strings.HasPrefix(table, lender):
			trees = append(trees, row)
		}
	}
}

// repeat runs a statement n times.
func (m migration) repeat(sql string, n int, args func(i int) []datum) (err error) {
	st, err := m.c.prepare(sql)
	if err != nil {
		return err
	}
	s := &cached{Stmt: st, once: true}
	defer func() { err = joinIf(err, failure(s.release())) }()
	for i := range n {
		for k, d := range args(i) {
			s.bind(k+1, d)
		}
		if err := s.run(); err != nil {
			return err
		}
	}
	return nil
}

// beside makes what a new table has beside its own tree and those of its indexes.
func (m migration) beside(t driver.Table) error {
	for _, ix := range t.Indexes {
		if ix.Elements {
			if err := m.elements(scope{table: newTable(t)}, t.Name, ix); err != nil {
				return err
			}
		}
	}
	have := driver.Table{Name: t.Name, Columns: t.Columns}
	return m.search(&have, t.Search)
}
