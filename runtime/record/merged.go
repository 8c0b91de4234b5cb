package record

import (
	"fmt"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
)

// MergedTable tells which record each merged one is a part of.
const MergedTable = "_merged"

func mergedSystemTable() driver.Table {
	return driver.Table{Name: MergedTable, Columns: []driver.Column{
		{Name: "object", Type: driver.Text}, // physical name, which no rename changes
		{Name: "record", Type: driver.Ref},
		{Name: "master", Type: driver.Ref},
	}, Indexes: []driver.Index{{Name: "_merged_record", Columns: []driver.IndexColumn{{Column: "object"}, {Column: "record"}}}}}
}

// point notes what became of the records of a merge.
func (b *batch) point(m *Merged) error {
	n, err := b.tx.NextSequence(b.ctx, MergedTable, int64(len(m.Others)))
	if err != nil {
		return err
	}
	var rows [][]value.Value
	for i, id := range m.Others {
		rows = append(rows, []value.Value{value.Ref(n - int64(i)), value.Text(m.Object.Table), value.Ref(id), value.Ref(m.Master)})
	}
	return b.tx.Insert(b.ctx, MergedTable, []string{"id", "object", "record", "master"}, rows...)
}

// unpoint forgets what became of them.
func (b *batch) unpoint(m *Merged) error {
	for _, id := range m.Others {
		cond := driver.And{Args: []driver.Expr{eq(driver.Col{Name: "object"}, first), eq(driver.Col{Name: "record"}, driver.Param{N: 1})}}
		if _, err := b.tx.DeleteWhere(b.ctx, MergedTable, cond, []value.Value{value.Text(m.Object.Table), value.Ref(id)}); err != nil {
			return err
		}
	}
	return nil
}

// mergedUnder finds the live record that took in the one with an external id, so that who brings
// records under their own ids finds them wherever they are; nil when there is none.
func (b *batch) mergedUnder(o *catalog.Object, external value.Value) (*row, error) {
	rs, err := b.rows("merged."+o.Name, o, func() driver.Expr { return eq(o.Field(catalog.ExternalID).Col(), first) }, external)
	if err != nil || len(rs) == 0 {
		return nil, err
	}
	r := rs[0]
	for range maxTree {
		if r.alive() {
			return r, nil
		}
		id, err := b.takenInBy(r)
		if err != nil || id == 0 {
			return nil, err
		}
		if r, err = b.find(o, id); err != nil || r == nil {
			return nil, err
		}
	}
	return nil, fmt.Errorf("merges of %s lead in a circle", o.Name)
}

// takenInBy is the id of the record that took in another; 0 for none.
func (b *batch) takenInBy(r *row) (id int64, err error) {
	st, err := b.plans.stmt("takenIn", func() *driver.Query {
		return &driver.Query{Table: MergedTable, Select: []driver.Expr{driver.Col{Name: "master"}},
			Where: driver.And{Args: []driver.Expr{eq(driver.Col{Name: "object"}, first), eq(driver.Col{Name: "record"}, driver.Param{N: 1})}}}
	})
	if err != nil {
		return 0, err
	}
	err = b.each(st, []value.Value{value.Text(r.object.Table), value.Ref(r.id())}, func(rows driver.Rows) { id = rows.Value(0).Int() })
	return id, err
}
