package sqlite

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/tenon-platform/tenon/platform/parallel"
	"github.com/tenon-platform/tenon/platform/store/algebra"
	"github.com/tenon-platform/tenon/platform/store/driver"
)

// schema is the tables at one moment; it never changes once published.
type schema struct{ tables map[string]*table }

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

// list copies the tables, by name.
func (s *schema) list() []driver.Table {
	out := make([]driver.Table, 0, len(s.tables))
	for _, t := range s.tables {
		out = append(out, copyTable(t.def))
	}
	slices.SortFunc(out, func(a, b driver.Table) int { return strings.Compare(a.Name, b.Name) })
	return out
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

func restore(name, text string) (driver.Table, error) {
	var s savedTable
	if err := json.Unmarshal([]byte(text), &s); err != nil {
		return driver.Table{}, fmt.Errorf("sqlite: the saved table %s: %w", name, err)
	}
	t := driver.Table{Name: name, Columns: s.Columns, Search: s.Search}
	for _, si := range s.Indexes {
		ix := driver.Index{Name: si.Name, Columns: si.Columns, Include: si.Include, Unique: si.Unique, Elements: si.Elements}
		if len(si.Where) > 0 {
			var err error
			if ix.Where, err = algebra.LoadCondition(si.Where); err != nil {
				return t, fmt.Errorf("sqlite: the saved index %s.%s: %w", name, si.Name, err)
			}
		}
		t.Indexes = append(t.Indexes, ix)
	}
	return t, nil
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
	type saved struct{ name, def string }
	var rows []saved
	for {
		more, err := st.Step()
		if err != nil {
			return nil, joinIf(failure(err), st.Finalize())
		}
		if !more {
			break
		}
		rows = append(rows, saved{st.ColumnText(0), st.ColumnText(1)})
	}
	if err := st.Finalize(); err != nil {
		return nil, failure(err)
	}
	type restored struct {
		*table
		err error
	}
	s := &schema{tables: make(map[string]*table, len(rows))}
	for _, t := range parallel.Map(rows, func(x saved) restored {
		def, err := restore(x.name, x.def)
		return restored{newTable(def), err}
	}) {
		if t.err != nil {
			return nil, t.err
		}
		s.tables[t.def.Name] = t.table
	}
	return s, nil
}
