package sqlite

import (
	"slices"
	"strconv"
	"strings"

	"zombiezen.com/go/sqlite"

	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/store/words"
)

// A table with search columns has an FTS5 table beside it that holds only the index: the grams of
// each search column, kept by triggers. A word of a query is a phrase of grams,
// so parts of words are found, too, and no text has to be read again.

func searchTable(table string) string { return quoteName(table + ".search") }

// search makes the search index of a table hold exactly these columns.
func (m migration) search(t *driver.Table, cols []string) error {
	if slices.Equal(t.Search, cols) {
		return nil
	}
	for _, c := range cols {
		f, err := scope{table: newTable(*t)}.column(c)
		if err != nil {
			return err
		}
		if f.typ.t != driver.Text {
			return unsupported("searching in column %s.%s, which is no text", t.Name, c)
		}
	}
	if err := m.dropSearch(t.Name); err != nil {
		return err
	}
	t.Search = nil
	if len(cols) == 0 {
		return nil
	}
	name, table := searchTable(t.Name), quoteName(t.Name)
	of, grams := make([]string, len(cols)), make([]string, len(cols))
	for i, c := range cols {
		of[i], grams[i] = quoteName(c), gramColumn(i)
	}
	insert := "INSERT INTO " + name + "(rowid, " + strings.Join(grams, ", ") + ") "
	for _, sql := range []string{
		"CREATE VIRTUAL TABLE " + name + ` USING fts5(` + strings.Join(grams, ", ") + `, content='', contentless_delete=1, tokenize="unicode61 remove_diacritics 0")`,
		insert + "SELECT id, " + gramsOf("", cols) + " FROM " + table,
		trigger(t.Name, "insert", "INSERT", insert+"VALUES (new.id, "+gramsOf("new.", cols)+");"),
		trigger(t.Name, "update", "UPDATE OF "+strings.Join(of, ", "), "DELETE FROM "+name+" WHERE rowid = old.id; "+insert+"VALUES (new.id, "+gramsOf("new.", cols)+");"),
		trigger(t.Name, "delete", "DELETE", "DELETE FROM "+name+" WHERE rowid = old.id;"),
	} {
		if err := m.exec(sql); err != nil {
			return err
		}
	}
	t.Search = slices.Clone(cols)
	return nil
}

var searchEvents = []string{"insert", "update", "delete"}

func (m migration) dropSearch(table string) error {
	for _, event := range searchEvents {
		if err := m.exec("DROP TRIGGER IF EXISTS " + quoteName(table+".search."+event)); err != nil {
			return err
		}
	}
	return m.exec("DROP TABLE IF EXISTS " + searchTable(table))
}

func trigger(table, event, on, body string) string {
	return "CREATE TRIGGER " + quoteName(table+".search."+event) + " AFTER " + on + " ON " + quoteName(table) + " BEGIN " + body + " END"
}

// gramColumn names the FTS5 column of the n-th search column.
func gramColumn(n int) string { return "c" + strconv.Itoa(n) }

// gramsOf is the SQL of the grams of columns.
func gramsOf(prefix string, cols []string) string {
	parts := make([]string, len(cols))
	for i, c := range cols {
		parts[i] = "tn_grams(" + prefix + quoteName(c) + ")"
	}
	return strings.Join(parts, ", ")
}

// within is the FTS5 column filter of a search in some of the columns, "" for all.
func (t *table) within(cols []string) (string, error) {
	if cols == nil {
		return "", nil
	}
	in := make([]string, len(cols))
	for i, c := range cols {
		n := slices.Index(t.def.Search, c)
		if n < 0 {
			return "", unsupported("searching in column %s.%s, which is no search column", t.def.Name, c)
		}
		in[i] = gramColumn(n)
	}
	return "{" + strings.Join(in, " ") + "} : ", nil
}

func (c *compiler) search(e driver.Search, s scope) (frag, error) {
	match, err := c.matching(e, s)
	if err != nil {
		return frag{}, err
	}
	if e.Columns != nil && len(e.Columns) == 0 {
		return frag{sql: "0", typ: tBool, param: -1, solid: true}, nil
	}
	name := searchTable(s.table.def.Name)
	return frag{sql: "(" + s.prefix() + "id IN (SELECT rowid FROM " + name + " WHERE " + name + match + "))", typ: tBool, param: -1, solid: true}, nil
}

// matching is the SQL of a search after the name of its FTS5 table.
func (c *compiler) matching(e driver.Search, s scope) (string, error) {
	if s.table == nil || len(s.table.def.Search) == 0 {
		return "", unsupported("searching in a table without search columns")
	}
	f, err := c.expr(e.Text, scope{})
	if err != nil {
		return "", err
	}
	text, err := c.as(f, tText, "")
	if err != nil {
		return "", err
	}
	filter, err := s.table.within(e.Columns)
	return " MATCH tn_terms(" + text + ", " + quoteText(filter) + ")", err
}

// searched is the FROM of the rows that a search finds. As a join that takes a third less time than as a
// list of ids, which SQLite would keep in a table of its own first.
func (c *compiler) searched(e driver.Search, s scope) (string, error) {
	match, err := c.matching(e, s)
	name := searchTable(s.table.def.Name)
	return "(SELECT rowid AS id FROM " + name + " WHERE " + name + match + ") AS found CROSS JOIN " + s.from() + " ON " + s.prefix() + "id = found.id", err
}

// grams(text) is what is indexed.
func grams(args []sqlite.Value) (sqlite.Value, error) {
	return sqlite.TextValue(words.Grams(args[0].Text())), nil
}

// terms(text, filter) is the FTS5 query for what is looked for in the columns of the filter; it
// matches nothing when there is no word.
func terms(args []sqlite.Value) (sqlite.Value, error) {
	var b strings.Builder
	filter := args[1].Text()
	for _, t := range words.Terms(args[0].Text()) {
		b.WriteString(" " + filter + `"` + strings.Join(t.Grams, " ") + `"`)
		if t.Prefix {
			b.WriteByte('*')
		}
	}
	if b.Len() == 0 {
		return sqlite.TextValue(`""`), nil
	}
	return sqlite.TextValue(b.String()), nil
}
