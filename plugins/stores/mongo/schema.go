package mongo

import (
	"maps"
	"slices"
	"strings"

	"github.com/tenon-platform/tenon/platform/store/algebra"
	"github.com/tenon-platform/tenon/platform/store/driver"
)

// schema is the tables at one version of the registry; it never changes once published.
type schema struct {
	limits
	version int64
	tables  map[string]*table
}

// table is a table as statements see it.
type table struct {
	saved  savedTable
	def    driver.Table // without indexes that are being built
	types  map[string]typ
	folded map[string]bool // columns whose folded copy every document has
	copies []string        // columns whose folded copy writes must keep
	grams  []string        // columns whose grams writes must keep
}

// savedTable is a table as the registry keeps it: what there is, and what is still to be removed
// from the collection, should the change that does so have been cut off.
type savedTable struct {
	Name       string          `bson:"_id"`
	Columns    []driver.Column `bson:"columns"`
	Indexes    []savedIndex    `bson:"indexes"`
	Search     []string        `bson:"search,omitempty"`
	Searching  []string        `bson:"searching,omitempty"` // being made searchable
	Dropping   bool            `bson:"dropping,omitempty"`
	OldColumns []string        `bson:"oldColumns,omitempty"`
	OldIndexes []string        `bson:"oldIndexes,omitempty"`
	OldShadows []string        `bson:"oldShadows,omitempty"`
	OldSearch  []string        `bson:"oldSearch,omitempty"`
}

type savedIndex struct {
	Name     string               `bson:"name"`
	Columns  []driver.IndexColumn `bson:"columns"`
	Include  []string             `bson:"include,omitempty"`
	Unique   bool                 `bson:"unique,omitempty"`
	Where    string               `bson:"where,omitempty"` // JSON of algebra.SaveCondition
	Building bool                 `bson:"building,omitempty"`
	Elements bool                 `bson:"elements,omitempty"`
}

func (l limits) table(saved savedTable) (*table, error) {
	t := &table{saved: saved, types: map[string]typ{}, folded: map[string]bool{}}
	t.def = driver.Table{Name: saved.Name, Columns: slices.Clone(saved.Columns), Search: slices.Clone(saved.Search)}
	t.grams = append(slices.Clone(saved.Search), saved.Searching...)
	for _, c := range saved.Columns {
		t.types[c.Name] = l.typeOf(c)
	}
	for _, si := range saved.Indexes {
		for _, c := range si.Columns {
			if c.Fold && t.types[c.Column].rep == rText {
				if !slices.Contains(t.copies, c.Column) {
					t.copies = append(t.copies, c.Column)
				}
				t.folded[c.Column] = t.folded[c.Column] || !si.Building
			}
		}
		if si.Building {
			continue
		}
		ix, err := si.index()
		if err != nil {
			return nil, err
		}
		t.def.Indexes = append(t.def.Indexes, ix)
	}
	return t, nil
}

func saveIndex(ix driver.Index) (savedIndex, error) {
	s := savedIndex{Name: ix.Name, Columns: slices.Clone(ix.Columns), Include: slices.Clone(ix.Include), Unique: ix.Unique, Elements: ix.Elements}
	if ix.Where != nil {
		w, err := algebra.SaveCondition(ix.Where)
		if err != nil {
			return s, err
		}
		s.Where = string(w)
	}
	return s, nil
}

func (s savedIndex) index() (driver.Index, error) {
	ix := driver.Index{Name: s.Name, Columns: slices.Clone(s.Columns), Include: slices.Clone(s.Include), Unique: s.Unique, Elements: s.Elements}
	if s.Where == "" {
		return ix, nil
	}
	var err error
	ix.Where, err = algebra.LoadCondition([]byte(s.Where))
	return ix, err
}

func (t savedTable) clone() savedTable {
	t.Columns, t.Indexes = slices.Clone(t.Columns), slices.Clone(t.Indexes)
	t.OldColumns, t.OldIndexes, t.OldShadows = slices.Clone(t.OldColumns), slices.Clone(t.OldIndexes), slices.Clone(t.OldShadows)
	t.Search, t.Searching, t.OldSearch = slices.Clone(t.Search), slices.Clone(t.Searching), slices.Clone(t.OldSearch)
	return t
}

// shadowPrefix begins the names of fields that hold text folded for indexes without case.
const shadowPrefix = "~"

func shadow(column string) string { return shadowPrefix + column }

// list copies the tables of these names that there are, all of them if none is named, by name.
func (s *schema) list(only []string) []driver.Table {
	if len(only) == 0 {
		only = slices.Collect(maps.Keys(s.tables))
	}
	out := make([]driver.Table, 0, len(only))
	for _, name := range only {
		t := s.tables[name]
		if t == nil || t.saved.Dropping {
			continue
		}
		d := t.def
		d.Columns, d.Indexes, d.Search = slices.Clone(d.Columns), slices.Clone(d.Indexes), slices.Clone(d.Search)
		out = append(out, d)
	}
	slices.SortFunc(out, func(a, b driver.Table) int { return strings.Compare(a.Name, b.Name) })
	return out
}
