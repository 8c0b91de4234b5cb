package sqlite

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/tenon-platform/tenon/platform/store/algebra"
	"github.com/tenon-platform/tenon/platform/store/driver"
)

// schema is the tables at one moment; it never changes once published.
type schema struct{ tables map[string]keptTable }

// keptTable gives a table that is kept. It is taken apart when somebody needs it first: of hundreds, a start needs a few.
type keptTable func() (*table, error)

type table struct {
	def   driver.Table
	types map[string]typ
}

func newTable(def driver.Table) *table {
	t := &table{def: def, types: map[string]typ{}}
	for _, c := range def.Columns {
		t.types[c.Name] = columnType(c)
	}
	return t
}

// known is a table that is taken apart already.
func known(t *table) keptTable { return func() (*table, error) { return t, nil } }

// table gives the table of a name, or driver.ErrNoTable.
func (s *schema) table(name string) (*table, error) {
	if read := s.tables[name]; read != nil {
		return read()
	}
	return nil, fmt.Errorf("%w: %s", driver.ErrNoTable, name)
}

// list copies the tables of these names that there are, all of them if none is named, by name.
func (s *schema) list(only []string) ([]driver.Table, error) {
	if len(only) == 0 {
		only = slices.Collect(maps.Keys(s.tables))
	}
	out := make([]driver.Table, 0, len(only))
	for _, name := range only {
		t, err := s.table(name)
		if errors.Is(err, driver.ErrNoTable) {
			continue
		}
		if err != nil {
			return nil, err
		}
		out = append(out, copyTable(t.def))
	}
	slices.SortFunc(out, func(a, b driver.Table) int { return strings.Compare(a.Name, b.Name) })
	return out, nil
}

func copyTable(t driver.Table) driver.Table {
	t.Columns, t.Indexes, t.Search = slices.Clone(t.Columns), slices.Clone(t.Indexes), slices.Clone(t.Search)
	return t
}

// savedTable is a table as _tenon_tables keeps it.
type savedTable struct {
	Columns []driver.Column
	Indexes []savedIndex
	Search  []string `json:",omitempty"`
}

type savedIndex struct {
	Name    string
	Columns []driver.IndexColumn
	Include []string        `json:",omitempty"`
	Unique  bool            `json:",omitempty"`
	Where   json.RawMessage `json:",omitempty"`

	Elements bool `json:",omitempty"`
}

func save(t driver.Table) (string, error) {
	s := savedTable{Columns: t.Columns, Search: t.Search}
	for _, ix := range t.Indexes {
		si := savedIndex{Name: ix.Name, Columns: ix.Columns, Include: ix.Include, Unique: ix.Unique, Elements: ix.Elements}
		if ix.Where != nil {
			var err error
			if si.Where, err = algebra.SaveCondition(ix.Where); err != nil {
				return "", err
			}
		}
		s.Indexes = append(s.Indexes, si)
	}
	b, err := json.Marshal(s)
	return string(b), err
}

// restore takes a table apart that save has written.
func restore(name, text string) (*table, error) {
	var s savedTable
	if err := json.Unmarshal([]byte(text), &s); err != nil {
		return nil, fmt.Errorf("sqlite: the saved table %s: %w", name, err)
	}
	t := driver.Table{Name: name, Columns: s.Columns, Search: s.Search}
	for _, si := range s.Indexes {
		ix := driver.Index{Name: si.Name, Columns: si.Columns, Include: si.Include, Unique: si.Unique, Elements: si.Elements}
		if len(si.Where) > 0 {
			var err error
			if ix.Where, err = algebra.LoadCondition(si.Where); err != nil {
				return nil, fmt.Errorf("sqlite: the saved index %s.%s: %w", name, si.Name, err)
			}
		}
		t.Indexes = append(t.Indexes, ix)
	}
	return newTable(t), nil
}

// loadSchema makes the engine's own tables if need be and reads the schema.
func loadSchema(c *conn) (*schema, error) {
	for _, sql := range []string{
		"CREATE TABLE IF NOT EXISTS _tenon_tables (name TEXT PRIMARY KEY, def TEXT NOT NULL) WITHOUT ROWID",
		"CREATE TABLE IF NOT EXISTS _tenon_sequences (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID",
		"DROP TABLE IF EXISTS sqlite_stat4", // each bound value would prepare the statement again
	} {
		if err := c.exec(sql); err != nil && !strings.Contains(err.Error(), "sqlite_stat4") {
			return nil, err
		}
	}
	st, err := c.prepare("SELECT name, def FROM _tenon_tables")
	if err != nil {
		return nil, err
	}
	s := &schema{tables: map[string]keptTable{}}
	for {
		more, err := st.Step()
		if err != nil {
			return nil, joinIf(failure(err), st.Finalize())
		}
		if !more {
			break
		}
		name, def := st.ColumnText(0), st.ColumnText(1)
		s.tables[name] = sync.OnceValues(func() (*table, error) { return restore(name, def) })
	}
	return s, failure(st.Finalize())
}
