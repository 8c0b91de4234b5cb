package mongo

import (
	"context"
	"errors"
	"slices"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/mongo"
	"go.mongodb.org/mongo-driver/mongo/options"

	"github.com/tenon-platform/tenon/platform/store/algebra"
	"github.com/tenon-platform/tenon/platform/store/driver"
)

// over says whether an index reads a column.
func (s savedIndex) over(column string) (bool, error) {
	ix, err := s.index()
	over := slices.ContainsFunc(ix.Columns, func(c driver.IndexColumn) bool { return c.Column == column })
	return over || slices.Contains(ix.Include, column) || algebra.Uses(ix.Where, column), err
}

// model is the index as MongoDB has it. Rows with a null are in no unique index, so that they
// collide with nothing. Others end with the id, in the direction of the last column, so that they
// serve whole pages, and with the included columns.
func (e *edit) model(t savedTable, ix driver.Index) (mongo.IndexModel, error) {
	tab, err := e.db.limits.table(t)
	if err != nil {
		return mongo.IndexModel{}, err
	}
	s := &scope{schema: e.base, table: tab, partial: true}
	filter, err := e.partial(s, ix)
	if err != nil {
		return mongo.IndexModel{}, err
	}
	keys, err := tab.keys(ix)
	if err != nil {
		return mongo.IndexModel{}, err
	}
	o := options.Index().SetName(ix.Name)
	if ix.Unique && !e.db.limits.noPartialIndexes {
		o.SetUnique(true)
		for _, k := range keys {
			filter = all(filter, s.notNull(k.Key))
		}
	} else if keys, err = tab.extend(keys, ix); err != nil {
		return mongo.IndexModel{}, err
	}
	if filter.doc != nil && !e.db.limits.noPartialIndexes {
		o.SetPartialFilterExpression(filter.doc)
	}
	return mongo.IndexModel{Keys: keys, Options: o}, nil
}

// keys are the fields of an index's columns.
func (t *table) keys(ix driver.Index) (bson.D, error) {
	if len(ix.Columns) == 0 {
		return nil, unsupported("an index over nothing")
	}
	keys := bson.D{}
	for _, c := range ix.Columns {
		field, ty, err := t.column(c.Column)
		if err != nil {
			return nil, err
		}
		if ix.Unique && ty.rep == rList {
			return nil, unsupported("a unique index over a list")
		}
		if c.Fold && ty.rep == rText {
			field = shadow(c.Column)
		}
		dir := 1
		if c.Desc {
			dir = -1
		}
		keys = append(keys, bson.E{Key: field, Value: dir})
	}
	return keys, nil
}

// extend adds the id and the included columns, but for lists, of which MongoDB indexes one at most.
func (t *table) extend(keys bson.D, ix driver.Index) (bson.D, error) {
	has := func(field string) bool {
		return slices.ContainsFunc(keys, func(k bson.E) bool { return k.Key == field })
	}
	if !has("_id") {
		keys = append(keys, bson.E{Key: "_id", Value: keys[len(keys)-1].Value})
	}
	for _, c := range ix.Include {
		field, ty, err := t.column(c)
		if err != nil {
			return nil, err
		}
		if ty.rep != rList && !has(field) {
			keys = append(keys, bson.E{Key: field, Value: 1})
		}
	}
	return keys, nil
}

// partial is the condition of an index in the few operators that the server allows there. An index
// that is not unique and whose condition needs more is over all rows.
func (e *edit) partial(s *scope, ix driver.Index) (cond, error) {
	everything := cond{fate: always}
	if ix.Where == nil {
		return everything, nil
	}
	if _, err := algebra.Condition(ix.Where, s); err != nil {
		return everything, err
	}
	f, err := s.filter(ix.Where, false)
	if err == nil {
		var c cond
		if c, err = f(&exec{}); err == nil && c.fate != never {
			return c, nil
		}
	}
	switch {
	case err != nil && !errors.Is(err, errLocal):
		return everything, err
	case ix.Unique:
		return everything, unsupported("the condition of the unique index %s", ix.Name)
	}
	return everything, nil
}

func (e *edit) build(ctx context.Context, t savedTable, ix driver.Index) error {
	m, err := e.model(t, ix)
	if err != nil {
		return err
	}
	_, err = e.db.db.Collection(t.Name).Indexes().CreateOne(ctx, m)
	if mongo.IsDuplicateKeyError(err) {
		return &driver.DuplicateError{Table: t.Name, Index: ix.Name}
	}
	return wrapped(err)
}

// backfillRows is how many documents get their folded copies at a time.
const backfillRows = 1000

// backfill gives the documents that were there before an index its folded copies. Writers keep
// them already, so a document that a writer changes meanwhile is passed over.
func (e *edit) backfill(ctx context.Context, t savedTable, ix driver.Index) error {
	tab, err := e.db.limits.table(t)
	if err != nil {
		return err
	}
	for _, c := range ix.Columns {
		if c.Fold && tab.types[c.Column].rep == rText {
			if err := e.fill(ctx, t.Name, c.Column, shadow(c.Column), func(s string) any { return algebra.Fold(s) }); err != nil {
				return err
			}
		}
	}
	return nil
}

// fill computes a field from the text of a column, in the documents that lack it.
func (e *edit) fill(ctx context.Context, table, column, field string, compute func(string) any) error {
	c := e.db.db.Collection(table)
	cur, err := c.Find(ctx, bson.D{{Key: field, Value: nil}, {Key: column, Value: bson.D{{Key: "$ne", Value: nil}}}},
		options.Find().SetProjection(bson.D{{Key: column, Value: 1}}))
	if err != nil {
		return wrapped(err)
	}
	var models []mongo.WriteModel
	write := func() error {
		if len(models) == 0 {
			return nil
		}
		_, err := c.BulkWrite(ctx, models, options.BulkWrite().SetOrdered(false))
		models = models[:0]
		return err
	}
	for err == nil && cur.Next(ctx) {
		old, ok := cur.Current.Lookup(column).StringValueOK()
		if !ok {
			continue
		}
		models = append(models, mongo.NewUpdateOneModel().
			SetFilter(bson.D{{Key: "_id", Value: cur.Current.Lookup("_id")}, {Key: column, Value: old}}).
			SetUpdate(bson.D{{Key: "$set", Value: bson.D{{Key: field, Value: compute(old)}}}}))
		if len(models) == backfillRows {
			err = write()
		}
	}
	if err == nil {
		err = write()
	}
	return wrapped(errors.Join(err, cur.Err(), cur.Close(ctx)))
}
