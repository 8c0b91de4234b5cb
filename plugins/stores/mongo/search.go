package mongo

import (
	"context"
	"slices"
	"strings"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/bson/primitive"
	"go.mongodb.org/mongo-driver/mongo"
	"go.mongodb.org/mongo-driver/mongo/options"

	"github.com/tenon-platform/tenon/platform/store/algebra"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/store/words"
	"github.com/tenon-platform/tenon/platform/value"
)

// A search column has a field beside it with the different grams of its text, and an index over
// them. The grams of a word find the texts it may be in; that they stand one after the other is
// tested on these.

// gramsPrefix begins the names of the fields that hold grams, and of their indexes.
const gramsPrefix = shadowPrefix + shadowPrefix

func gramsField(column string) string { return gramsPrefix + column }

// gramsOf are the different grams of a text, in order.
func gramsOf(text string) []string {
	g := strings.Fields(words.Grams(text))
	slices.Sort(g)
	return slices.Compact(g)
}

// searched are the search columns that a search means.
func (t *table) searched(columns []string) ([]string, error) {
	if len(t.def.Search) == 0 {
		return nil, unsupported("searching in a table without search columns")
	}
	if columns == nil {
		return t.def.Search, nil
	}
	for _, c := range columns {
		if !slices.Contains(t.def.Search, c) {
			return nil, unsupported("searching in column %s.%s, which is no search column", t.def.Name, c)
		}
	}
	return columns, nil
}

// search is a filter on the grams; a search that must not find is evaluated here.
func (s *scope) search(e driver.Search, neg bool) (filterFunc, error) {
	text, ok := free(e.Text)
	if !ok || neg || s.partial {
		return nil, errLocal
	}
	if !algebra.Comparable(text.Type, driver.Text) {
		return nil, unsupported("searching for a value of type %d", text.Type)
	}
	columns, err := s.table.searched(e.Columns)
	return func(x *exec) (cond, error) {
		v, err := x.eval(text)
		if err != nil || v.Kind() != value.KindText {
			return known(false), err
		}
		terms := words.Terms(v.Text())
		if len(terms) == 0 {
			return known(false), nil
		}
		found := make([]cond, len(terms))
		for i, t := range terms {
			in := make([]cond, len(columns))
			for j, c := range columns {
				in[j] = mayHold(c, t)
			}
			found[i] = anyOf(in...)
		}
		return all(found...), nil
	}, err
}

// mayHold is the condition that a column has the grams of a term.
func mayHold(column string, t words.Term) cond {
	switch {
	case t.Prefix:
		return where(gramsField(column), primitive.Regex{Pattern: "^" + t.Grams[0]}) // letters and digits alone
	case len(t.Grams) == 1:
		return where(gramsField(column), t.Grams[0])
	}
	grams := bson.A{}
	for _, g := range t.Grams {
		if !slices.Contains(grams, any(g)) {
			grams = append(grams, g)
		}
	}
	c := where(gramsField(column), bson.D{{Key: "$all", Value: grams}})
	c.loose = true
	return c
}

// setSearch makes exactly these columns searchable. Like an index, a new one is announced to the
// writers, filled in and indexed, then shown; until then a search does not look into it.
func (e *edit) setSearch(ctx context.Context, t *savedTable, columns []string) error {
	if slices.Equal(t.Search, columns) && len(t.Searching) == 0 {
		return nil
	}
	var gone, added []string
	for _, c := range append(slices.Clone(t.Search), t.Searching...) {
		if !slices.Contains(columns, c) {
			gone = append(gone, c)
		}
	}
	for _, c := range columns {
		if err := checkSearch(*t, c); err != nil {
			return err
		}
		if !slices.Contains(t.Search, c) {
			added = append(added, c)
		}
	}
	for _, c := range gone {
		t.forget(c)
	}
	if err := e.reclaim(ctx, t); err != nil {
		return err
	}
	if len(added) > 0 {
		t.Searching = added
		e.put(*t)
		if err := e.flush(ctx); err != nil {
			return err
		}
		for _, c := range added {
			if err := e.fill(ctx, t.Name, c, gramsField(c), func(s string) any { return gramsOf(s) }); err != nil {
				return err
			}
		}
		if err := e.indexGrams(ctx, *t, added); err != nil {
			return err
		}
	}
	t.Search, t.Searching = slices.Clone(columns), nil
	e.put(*t)
	return nil
}

func checkSearch(t savedTable, column string) error {
	for _, c := range t.Columns {
		if c.Name == column && c.Type == driver.Text {
			return nil
		}
	}
	return unsupported("searching in column %s.%s, which is no text", t.Name, column)
}

// forget takes a column out of the search.
func (t *savedTable) forget(column string) {
	is := func(c string) bool { return c == column }
	if slices.ContainsFunc(t.Search, is) || slices.ContainsFunc(t.Searching, is) {
		t.Search, t.Searching = slices.DeleteFunc(t.Search, is), slices.DeleteFunc(t.Searching, is)
		t.OldSearch = append(t.OldSearch, column)
	}
}

// indexGrams builds the indexes of search columns.
func (e *edit) indexGrams(ctx context.Context, t savedTable, columns []string) error {
	for _, c := range columns {
		if err := checkSearch(t, c); err != nil {
			return err
		}
		field := gramsField(c)
		m := mongo.IndexModel{Keys: bson.D{{Key: field, Value: 1}}, Options: options.Index().SetName(field)}
		if _, err := e.db.db.Collection(t.Name).Indexes().CreateOne(ctx, m); err != nil {
			return wrapped(err)
		}
	}
	return nil
}
