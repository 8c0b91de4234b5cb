package sqlite

import (
	"context"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/tenon-platform/tenon/platform/store/algebra"
	"github.com/tenon-platform/tenon/platform/store/driver"
)

// Change carries out all changes in one transaction. Readers go on; writers wait.
func (d *db) Change(ctx context.Context, cs ...driver.Change) error {
	if len(cs) == 0 {
		return nil
	}
	var next *schema
	return d.do(&command{ctx: ctx, alone: true, commit: func() { d.schema.Store(next) }, fn: func(t *tx) error {
		next = &schema{tables: maps.Clone(d.schema.Load().tables)}
		m := migration{t.c, next}
		for len(cs) > 0 {
			ts := m.fresh(cs)
			if len(ts) < manyTables {
				ts = nil
				if err := m.apply(cs[0]); err != nil {
					return fmt.Errorf("%T: %w", cs[0], err)
				}
			} else if err := m.createMany(ts); err != nil {
				return fmt.Errorf("create %d tables: %w", len(ts), err)
			}
			cs = cs[max(1, len(ts)):]
		}
		return nil
	}})
}

type migration struct {
	c    *conn
	next *schema
}

func (m migration) exec(sql string) error {
	st, err := m.c.prepare(sql)
	if err != nil {
		return err
	}
	one := &cached{Stmt: st, once: true}
	err = one.run()
	if closed := one.release(); err == nil {
		err = closed
	}
	return failure(err)
}

func (m migration) apply(c driver.Change) error {
	switch c := c.(type) {
	case driver.CreateTable:
		return m.create(c.Table)
	case driver.DropTable:
		if m.next.tables[c.Name] == nil {
			return nil
		}
		if err := m.dropSearch(c.Name); err != nil {
			return err
		}
		t, err := m.next.table(c.Name)
		if err != nil {
			return err
		}
		if err := m.dropElements(t.def); err != nil {
			return err
		}
		delete(m.next.tables, c.Name)
		if err := m.exec("DROP TABLE " + quoteName(c.Name)); err != nil {
			return err
		}
		return m.exec("DELETE FROM _tenon_tables WHERE name = " + quoteText(c.Name))
	case driver.AddColumn:
		return m.edit(c.Table, func(t *driver.Table) error { return m.add(t, c.Column) })
	case driver.DropColumn:
		return m.edit(c.Table, func(t *driver.Table) error { return m.dropColumn(t, c.Column) })
	case driver.CreateIndex:
		return m.edit(c.Table, func(t *driver.Table) error { return m.index(t, c.Index) })
	case driver.DropIndex:
		return m.edit(c.Table, func(t *driver.Table) error { return m.dropIndex(t, c.Index) })
	case driver.SetSearch:
		return m.edit(c.Table, func(t *driver.Table) error { return m.search(t, c.Columns) })
	}
	return unsupported("change %T", c)
}

// edit applies f to a copy of a table and keeps the result, where it is another: every start asks for the
// system's own tables, and the file stays untouched.
func (m migration) edit(name string, f func(*driver.Table) error) error {
	old, err := m.next.table(name)
	if err != nil {
		return err
	}
	t := copyTable(old.def)
	if err := f(&t); err != nil || reflect.DeepEqual(t, old.def) {
		return err
	}
	return m.keep(t)
}

func (m migration) keep(t driver.Table) error {
	def, err := save(t)
	if err != nil {
		return err
	}
	return m.keepAs(t, def)
}

// keepAs keeps a table whose definition is written.
func (m migration) keepAs(t driver.Table, def string) error {
	m.next.tables[t.Name] = known(newTable(t))
	st, err := m.c.fixed("INSERT OR REPLACE INTO _tenon_tables VALUES (?, ?)")
	if err != nil {
		return err
	}
	st.BindText(1, t.Name)
	st.BindText(2, def)
	return st.run()
}

func reserved(name string) bool {
	l := strings.ToLower(name)
	return name == "" || strings.HasPrefix(l, "sqlite_") || strings.HasPrefix(l, "_tenon_") || strings.ContainsAny(name, ".\x00")
}

func (m migration) create(t driver.Table) error {
	if m.next.tables[t.Name] != nil {
		return m.edit(t.Name, func(have *driver.Table) error { return m.complete(have, t) })
	}
	sql, err := tableSQL(t)
	if err != nil {
		return err
	}
	if err := m.exec(sql); err != nil {
		return err
	}
	have := driver.Table{Name: t.Name, Columns: slices.Clone(t.Columns)}
	for _, ix := range t.Indexes {
		if err := m.index(&have, ix); err != nil {
			return err
		}
	}
	if err := m.search(&have, t.Search); err != nil {
		return err
	}
	return m.keep(have)
}

// tableSQL is the statement that makes a table without its indexes.
func tableSQL(t driver.Table) (string, error) {
	if reserved(t.Name) {
		return "", fmt.Errorf("sqlite: table name %q is reserved", t.Name)
	}
	cols := make([]string, 1, 1+len(t.Columns))
	cols[0] = idColumn
	for _, c := range t.Columns {
		if err := checkColumn(c); err != nil {
			return "", err
		}
		cols = append(cols, quoteName(c.Name)+" "+columnType(c).declared())
	}
	return createTable(t.Name, cols), nil
}

// idColumn declares the column that every table has.
const idColumn = "id INTEGER PRIMARY KEY"

func createTable(name string, parts []string) string {
	return "CREATE TABLE " + quoteName(name) + " (" + strings.Join(parts, ", ") + ")"
}

// complete adds what a table that exists lacks.
func (m migration) complete(have *driver.Table, want driver.Table) error {
	for _, c := range want.Columns {
		if err := m.add(have, c); err != nil {
			return err
		}
	}
	for _, ix := range want.Indexes {
		if err := m.index(have, ix); err != nil {
			return err
		}
	}
	if len(want.Search) == 0 {
		return nil
	}
	return m.search(have, want.Search)
}

func checkColumn(c driver.Column) error {
	switch {
	case c.Name == "id" || c.Name == "":
		return fmt.Errorf("sqlite: column name %q is reserved", c.Name)
	case c.Type < driver.Bool || c.Type > driver.JSON:
		return unsupported("column type %d", c.Type)
	case c.Precision > 38 || c.Scale > 38:
		return unsupported("a decimal of %d digits", max(c.Precision, c.Scale))
	case c.Type == driver.Decimal && c.Precision <= 18 && c.Scale > 18:
		return unsupported("a decimal of 18 digits with %d after the point", c.Scale)
	}
	return nil
}

func (m migration) add(t *driver.Table, c driver.Column) error {
	for _, have := range t.Columns {
		if have.Name == c.Name && have == c {
			return nil
		}
		if have.Name == c.Name {
			return fmt.Errorf("sqlite: column %s.%s exists with another type", t.Name, c.Name)
		}
	}
	if err := checkColumn(c); err != nil {
		return err
	}
	t.Columns = append(t.Columns, c)
	return m.exec("ALTER TABLE " + quoteName(t.Name) + " ADD COLUMN " + quoteName(c.Name) + " " + columnType(c).declared())
}

func (m migration) dropColumn(t *driver.Table, name string) error {
	i := slices.IndexFunc(t.Columns, func(c driver.Column) bool { return c.Name == name })
	if i < 0 {
		return nil
	}
	for _, ix := range slices.Clone(t.Indexes) {
		over := slices.ContainsFunc(ix.Columns, func(c driver.IndexColumn) bool { return c.Column == name })
		if over || slices.Contains(ix.Include, name) || algebra.Uses(ix.Where, name) {
			if err := m.dropIndex(t, ix.Name); err != nil {
				return err
			}
		}
	}
	if slices.Contains(t.Search, name) {
		rest := slices.DeleteFunc(slices.Clone(t.Search), func(c string) bool { return c == name })
		if err := m.search(t, rest); err != nil {
			return err
		}
	}
	t.Columns = slices.Delete(t.Columns, i, i+1)
	return m.exec("ALTER TABLE " + quoteName(t.Name) + " DROP COLUMN " + quoteName(name))
}

func physical(table, index string) string { return quoteName(table + "." + index) }

func (m migration) index(t *driver.Table, ix driver.Index) error {
	for _, have := range t.Indexes {
		if have.Name == ix.Name && reflect.DeepEqual(have, ix) {
			return nil
		}
		if have.Name == ix.Name {
			return fmt.Errorf("sqlite: index %s.%s exists with another definition", t.Name, ix.Name)
		}
	}
	s := scope{table: newTable(*t)}
	if ix.Elements {
		if err := m.elements(s, t.Name, ix); err != nil {
			return err
		}
		t.Indexes = append(t.Indexes, ix)
		return nil
	}
	sql, err := m.indexSQL(s, ix)
	if err != nil {
		return err
	}
	if err := m.exec(sql); err != nil {
		if strings.Contains(err.Error(), "UNIQUE constraint failed") {
			return &driver.DuplicateError{Table: t.Name, Index: ix.Name}
		}
		return err
	}
	t.Indexes = append(t.Indexes, ix)
	return nil
}

// indexSQL is the statement that makes an index of the table of s, not one over elements.
func (m migration) indexSQL(s scope, ix driver.Index) (string, error) {
	cols := make([]string, len(ix.Columns))
	for i, c := range ix.Columns {
		f, err := s.column(c.Column)
		if err != nil {
			return "", err
		}
		cols[i] = f.sql
		if c.Fold {
			cols[i] += " COLLATE NOCASE"
		}
		if c.Desc {
			cols[i] += " DESC"
		}
	}
	included, err := include(s, ix)
	if err != nil {
		return "", err
	}
	cols = append(cols, included...)
	table := s.table.def.Name
	sql := " INDEX " + physical(table, ix.Name) + " ON " + quoteName(table) + " (" + strings.Join(cols, ", ") + ")"
	if ix.Where != nil {
		c := newCompiler(m.next, false)
		w, err := c.condition(ix.Where, s, true)
		if err != nil {
			return "", err
		}
		if len(c.slots) > 0 {
			return "", unsupported("a parameter in the condition of an index")
		}
		sql += " WHERE " + w
	}
	if ix.Unique {
		sql = " UNIQUE" + sql
	}
	return "CREATE" + sql, nil
}

// include are the SQL columns that the index holds after the id, which SQLite would put last: so
// equal rows stay in the order of their ids. A unique index has none, they would be part of its key.
func include(s scope, ix driver.Index) ([]string, error) {
	names := append(slices.Clone(ix.Include), nulls(ix)...)
	if len(names) == 0 || ix.Unique {
		return nil, nil
	}
	out := []string{"id"}
	for _, name := range names {
		f, err := s.column(name)
		if err != nil {
			return nil, err
		}
		out = append(out, f.sql)
	}
	return out, nil
}

// nulls are the columns that are null in all rows of a partial index. SQLite uses them to see that the
// index is the right one, and then looks for them in it: without them it opens each row of a grouping.
func nulls(ix driver.Index) (names []string) {
	has := held(&ix)
	for _, e := range conjuncts(ix.Where) {
		null, ok := e.(driver.IsNull)
		if !ok {
			continue
		}
		if c, ok := null.Arg.(driver.Col); ok && !has[c.Name] {
			names = append(names, c.Name)
		}
	}
	return names
}

func (m migration) dropIndex(t *driver.Table, name string) error {
	i := slices.IndexFunc(t.Indexes, func(x driver.Index) bool { return x.Name == name })
	if i < 0 {
		return nil
	}
	ix := t.Indexes[i]
	t.Indexes = slices.Delete(t.Indexes, i, i+1)
	if ix.Elements {
		return m.dropElementIndex(t.Name, ix)
	}
	return m.exec("DROP INDEX " + physical(t.Name, name))
}
