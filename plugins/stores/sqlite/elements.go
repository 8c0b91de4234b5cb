package sqlite

import (
	"github.com/tenon-platform/tenon/platform/store/driver"
)

// An index over the elements of a list column is a table beside the column's: which element is in
// the lists of which rows. Triggers keep it.

// elements makes the index.
func (m migration) elements(s scope, table string, ix driver.Index) error {
	if len(ix.Columns) != 1 || ix.Columns[0].Fold || len(ix.Include) > 0 || ix.Unique || ix.Where != nil {
		return unsupported("the index %s over elements and more", ix.Name)
	}
	f, err := s.column(ix.Columns[0].Column)
	if err != nil {
		return err
	}
	if f.typ.t != driver.List {
		return unsupported("an index over the elements of %s.%s, which is no list", table, ix.Columns[0].Column)
	}
	name, col := physical(table, ix.Name), quoteName(ix.Columns[0].Column)
	insert := "INSERT OR IGNORE INTO " + name + " SELECT e.value, "
	added := insert + "new.id FROM json_each(new." + col + ") AS e WHERE e.value IS NOT NULL;"
	removed := "DELETE FROM " + name + " WHERE id = old.id AND value IN (SELECT value FROM json_each(old." + col + "));"
	for _, sql := range []string{
		"CREATE TABLE " + name + " (value, id INTEGER, PRIMARY KEY (value, id)) WITHOUT ROWID",
		insert + "t.id FROM " + quoteName(table) + " AS t, json_each(t." + col + ") AS e WHERE e.value IS NOT NULL",
		elementTrigger(table, ix.Name, "insert", "INSERT", added),
		elementTrigger(table, ix.Name, "update", "UPDATE OF "+col, removed+" "+added),
		elementTrigger(table, ix.Name, "delete", "DELETE", removed),
	} {
		if err := m.exec(sql); err != nil {
			return err
		}
	}
	return nil
}

func elementTrigger(table, index, event, on, body string) string {
	return "CREATE TRIGGER " + quoteName(table+"."+index+"."+event) + " AFTER " + on + " ON " + quoteName(table) + " BEGIN " + body + " END"
}

func (m migration) dropElementIndex(table string, ix driver.Index) error {
	for _, event := range searchEvents {
		if err := m.exec("DROP TRIGGER " + quoteName(table+"."+ix.Name+"."+event)); err != nil {
			return err
		}
	}
	return m.exec("DROP TABLE " + physical(table, ix.Name))
}

// dropElements drops all such indexes of a table.
func (m migration) dropElements(t driver.Table) error {
	for _, ix := range t.Indexes {
		if !ix.Elements {
			continue
		}
		if err := m.dropElementIndex(t.Name, ix); err != nil {
			return err
		}
	}
	return nil
}

// among compiles a Has that an index over elements answers. It is false where a Has is null, which
// is the same at top alone.
func (c *compiler) among(e driver.Has, s scope, top bool) (sql string, found bool, err error) {
	of, ok := e.Arg.(driver.Col)
	if !top || !ok || s.table == nil {
		return "", false, nil
	}
	for _, ix := range s.table.def.Indexes {
		if !ix.Elements || ix.Columns[0].Column != of.Name {
			continue
		}
		x, err := c.expr(e.Elem, s)
		if err != nil {
			return "", false, err
		}
		t := x.typ
		if x.konst != nil {
			t = valueType(*x.konst)
		}
		xs, err := c.as(x, t, "")
		return "(" + s.prefix() + "id IN (SELECT id FROM " + physical(s.table.def.Name, ix.Name) + " WHERE value = " + xs + "))", true, err
	}
	return "", false, nil
}
