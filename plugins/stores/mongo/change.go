package mongo

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/mongo"

	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
)

// Change carries out changes in order, online. MongoDB has no transaction over collections and
// indexes, so the registry leads: an index is announced, which makes writers keep what it needs,
// then built, then shown; what is dropped is first hidden, then removed. A change that was cut off
// is finished by repeating it.
func (d *db) Change(ctx context.Context, cs ...driver.Change) error {
	done, err := d.use()
	if err != nil {
		return err
	}
	defer done()
	d.change.Lock()
	defer d.change.Unlock()
	e, err := d.edit(ctx)
	if err != nil {
		return err
	}
	for _, c := range cs {
		if err := e.apply(ctx, c); err != nil {
			return errors.Join(fmt.Errorf("%T: %w", c, err), e.flush(ctx))
		}
	}
	return e.flush(ctx)
}

func (e *edit) apply(ctx context.Context, c driver.Change) error {
	switch c := c.(type) {
	case driver.CreateTable:
		return e.create(ctx, c.Table)
	case driver.DropTable:
		return e.drop(ctx, c.Name)
	case driver.AddColumn:
		return e.on(ctx, c.Table, func(t *savedTable) error { return e.add(ctx, t, c.Column) })
	case driver.DropColumn:
		return e.on(ctx, c.Table, func(t *savedTable) error { return e.dropColumn(ctx, t, c.Column) })
	case driver.CreateIndex:
		return e.on(ctx, c.Table, func(t *savedTable) error { return e.index(ctx, t, c.Index) })
	case driver.DropIndex:
		return e.on(ctx, c.Table, func(t *savedTable) error { return e.dropIndex(ctx, t, c.Index) })
	case driver.SetSearch:
		return e.on(ctx, c.Table, func(t *savedTable) error { return e.setSearch(ctx, t, c.Columns) })
	}
	return unsupported("change %T", c)
}

// on applies f to a table that is there.
func (e *edit) on(ctx context.Context, name string, f func(*savedTable) error) error {
	t, ok := e.tables[name]
	if !ok || t.Dropping {
		return fmt.Errorf("%w: %s", driver.ErrNoTable, name)
	}
	if err := e.reclaim(ctx, &t); err != nil {
		return err
	}
	return f(&t)
}

func badName(name string) bool {
	return name == "" || strings.HasPrefix(name, "$") || strings.HasPrefix(name, shadowPrefix) || strings.ContainsAny(name, ".\x00")
}

// maxTableName leaves room for the database's name in the 255 bytes of a namespace.
const maxTableName = 180

func (e *edit) create(ctx context.Context, want driver.Table) error {
	if have, ok := e.tables[want.Name]; ok {
		if !have.Dropping {
			return e.complete(ctx, want)
		}
		if err := e.drop(ctx, want.Name); err != nil {
			return err
		}
	}
	if badName(want.Name) || strings.HasPrefix(want.Name, "_tenon_") || strings.HasPrefix(want.Name, "system.") || len(want.Name) > maxTableName {
		return fmt.Errorf("mongo: table name %q is reserved or too long", want.Name)
	}
	t := savedTable{Name: want.Name}
	for _, c := range want.Columns {
		if err := checkColumn(t, c); err != nil {
			return err
		}
		t.Columns = append(t.Columns, c)
	}
	there, err := e.db.create(ctx, t.Name)
	if err == nil && there { // left by a change that was cut off before the registry knew of it
		_, err = e.db.db.Collection(t.Name).Indexes().DropAll(ctx)
	}
	if err != nil {
		return wrapped(err)
	}
	for _, ix := range want.Indexes { // nobody writes to the table before it is in the registry
		s, err := saveIndex(ix)
		if err != nil {
			return err
		}
		if err := e.build(ctx, t, ix); err != nil {
			return err
		}
		t.Indexes = append(t.Indexes, s)
	}
	if err := e.indexGrams(ctx, t, want.Search); err != nil {
		return err
	}
	t.Search = slices.Clone(want.Search)
	e.put(t)
	return nil
}

// complete adds what a table that exists lacks.
func (e *edit) complete(ctx context.Context, want driver.Table) error {
	for _, c := range want.Columns {
		if err := e.apply(ctx, driver.AddColumn{Table: want.Name, Column: c}); err != nil {
			return err
		}
	}
	for _, ix := range want.Indexes {
		if err := e.apply(ctx, driver.CreateIndex{Table: want.Name, Index: ix}); err != nil {
			return err
		}
	}
	if len(want.Search) == 0 {
		return nil
	}
	return e.apply(ctx, driver.SetSearch{Table: want.Name, Columns: want.Search})
}

func (e *edit) drop(ctx context.Context, name string) error {
	t, ok := e.tables[name]
	if !ok {
		return nil
	}
	t.Dropping = true
	e.put(t)
	if err := e.flush(ctx); err != nil {
		return err
	}
	if err := e.db.db.Collection(name).Drop(ctx); err != nil {
		return wrapped(err)
	}
	e.remove(name)
	return nil
}

func checkColumn(t savedTable, c driver.Column) error {
	for _, have := range t.Columns {
		if have.Name == c.Name && have != c {
			return fmt.Errorf("mongo: column %s.%s exists with another type", t.Name, c.Name)
		}
	}
	switch {
	case badName(c.Name) || c.Name == "id" || c.Name == "_id":
		return fmt.Errorf("mongo: column name %q is reserved", c.Name)
	case c.Type < driver.Bool || c.Type > driver.JSON:
		return unsupported("column type %d", c.Type)
	case c.Precision > 38 || c.Scale > 38:
		return unsupported("a decimal of %d digits", max(c.Precision, c.Scale))
	case c.Type == driver.Decimal && c.Precision <= value.MaxSmallDigits && c.Scale > value.MaxSmallDigits:
		return unsupported("a decimal of 18 digits with %d after the point", c.Scale)
	}
	return nil
}

func (e *edit) add(_ context.Context, t *savedTable, c driver.Column) error {
	if err := checkColumn(*t, c); err != nil {
		return err
	}
	if slices.Contains(t.Columns, c) {
		return nil
	}
	t.Columns = append(t.Columns, c)
	e.put(*t)
	return nil
}

func (e *edit) dropColumn(ctx context.Context, t *savedTable, name string) error {
	i := slices.IndexFunc(t.Columns, func(c driver.Column) bool { return c.Name == name })
	if i < 0 {
		return nil
	}
	for _, s := range slices.Clone(t.Indexes) {
		over, err := s.over(name)
		if err != nil {
			return err
		}
		if over {
			t.hide(s.Name)
		}
	}
	t.Columns = slices.Delete(t.Columns, i, i+1)
	t.OldColumns = append(t.OldColumns, name)
	t.forget(name)
	return e.reclaim(ctx, t)
}

func (e *edit) dropIndex(ctx context.Context, t *savedTable, name string) error {
	if !slices.ContainsFunc(t.Indexes, func(s savedIndex) bool { return s.Name == name }) {
		return nil
	}
	t.hide(name)
	return e.reclaim(ctx, t)
}

// hide takes an index, and the folded copies that only it needs, out of the table.
func (t *savedTable) hide(index string) {
	before := t.shadows()
	t.Indexes = slices.DeleteFunc(t.Indexes, func(s savedIndex) bool { return s.Name == index })
	t.OldIndexes = append(t.OldIndexes, index)
	after := t.shadows()
	for _, c := range before {
		if !slices.Contains(after, c) {
			t.OldShadows = append(t.OldShadows, c)
		}
	}
}

// shadows are the columns that have a folded copy.
func (t *savedTable) shadows() []string {
	var out []string
	for _, s := range t.Indexes {
		for _, c := range s.Columns {
			if c.Fold && !slices.Contains(out, c.Column) {
				out = append(out, c.Column)
			}
		}
	}
	return out
}

// reclaim removes what the registry no longer shows.
func (e *edit) reclaim(ctx context.Context, t *savedTable) error {
	if len(t.OldColumns)+len(t.OldIndexes)+len(t.OldShadows)+len(t.OldSearch) == 0 {
		return nil
	}
	e.put(*t)
	if err := e.flush(ctx); err != nil {
		return err
	}
	c := e.db.db.Collection(t.Name)
	gone := slices.Clone(t.OldIndexes)
	for _, name := range t.OldSearch {
		gone = append(gone, gramsField(name))
	}
	for _, name := range gone {
		if _, err := c.Indexes().DropOne(ctx, name); err != nil && !noIndex(err) {
			return wrapped(err)
		}
	}
	var fields []string
	for _, name := range t.OldColumns {
		fields = append(fields, name, shadow(name))
	}
	for _, name := range t.OldShadows {
		fields = append(fields, shadow(name))
	}
	for _, name := range t.OldSearch {
		fields = append(fields, gramsField(name))
	}
	for _, f := range fields {
		_, err := c.UpdateMany(ctx, bson.D{{Key: f, Value: bson.D{{Key: "$exists", Value: true}}}},
			bson.D{{Key: "$unset", Value: bson.D{{Key: f, Value: ""}}}})
		if err != nil {
			return wrapped(err)
		}
	}
	t.OldColumns, t.OldIndexes, t.OldShadows, t.OldSearch = nil, nil, nil, nil
	e.put(*t)
	return nil
}

// indexNotFound is the code of dropping an index that is not there.
const indexNotFound = 27

func noIndex(err error) bool {
	var c mongo.CommandError
	return errors.As(err, &c) && c.Code == indexNotFound
}

func (e *edit) index(ctx context.Context, t *savedTable, ix driver.Index) error {
	want, err := saveIndex(ix)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(t.Indexes, func(s savedIndex) bool { return s.Name == ix.Name })
	if i >= 0 {
		have := t.Indexes[i]
		have.Building = false
		if !reflect.DeepEqual(have, want) {
			return fmt.Errorf("mongo: index %s.%s exists with another definition", t.Name, ix.Name)
		}
		if !t.Indexes[i].Building {
			return nil
		}
	} else {
		if _, err := e.model(*t, ix); err != nil {
			return err
		}
		want.Building = true
		t.Indexes = append(t.Indexes, want)
		i = len(t.Indexes) - 1
		e.put(*t)
		if err := e.flush(ctx); err != nil {
			return err
		}
	}
	err = e.backfill(ctx, *t, ix)
	if err == nil {
		err = e.build(ctx, *t, ix)
	}
	if err != nil {
		t.hide(ix.Name)
		return errors.Join(err, e.reclaim(ctx, t))
	}
	t.Indexes[i].Building = false
	e.put(*t)
	return nil
}
