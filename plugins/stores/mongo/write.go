package mongo

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/mongo"
	"go.mongodb.org/mongo-driver/mongo/options"

	"github.com/tenon-platform/tenon/platform/store/algebra"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
)

// Insert adds rows.
func (t *tx) Insert(ctx context.Context, table string, cols []string, rows ...[]value.Value) error {
	if err := t.writable(ctx); err != nil {
		return err
	}
	tab, err := t.table(table)
	if err != nil {
		return err
	}
	docs := make([]any, len(rows))
	for i, r := range rows {
		set, _, err := tab.assign(cols, r)
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(set, func(e bson.E) bool { return e.Key == "_id" }) {
			return errors.New("mongo: a row without an id")
		}
		docs[i] = set
	}
	if len(docs) == 0 {
		return nil
	}
	_, err = t.collection(table).InsertMany(t.in(ctx), docs)
	return t.written(table, err)
}

// assign gives the fields that vals of cols set, and those that become null.
func (t *table) assign(cols []string, vals []value.Value) (set, unset bson.D, err error) {
	if len(cols) != len(vals) {
		return nil, nil, fmt.Errorf("mongo: %d values for %d columns", len(vals), len(cols))
	}
	put := func(field string, v value.Value, ty typ) error {
		if v.IsNull() {
			unset = append(unset, bson.E{Key: field, Value: ""})
			return nil
		}
		r, err := store(v, ty)
		set = append(set, bson.E{Key: field, Value: r})
		return err
	}
	for i, c := range cols {
		field, ty, err := t.column(c)
		if err != nil {
			return nil, nil, err
		}
		if err := put(field, vals[i], ty); err != nil {
			return nil, nil, fmt.Errorf("column %s: %w", c, err)
		}
		if slices.Contains(t.copies, c) {
			if err := put(shadow(c), folded(vals[i]), ty); err != nil {
				return nil, nil, fmt.Errorf("column %s: %w", c, err)
			}
		}
		if slices.Contains(t.grams, c) {
			if g := gramsOf(vals[i].Text()); len(g) > 0 {
				set = append(set, bson.E{Key: gramsField(c), Value: g})
			} else {
				unset = append(unset, bson.E{Key: gramsField(c), Value: ""})
			}
		}
	}
	return set, unset, nil
}

func folded(v value.Value) value.Value {
	if v.Kind() != value.KindText {
		return v
	}
	return value.Text(algebra.Fold(v.Text()))
}

// change is the update document; nil where nothing is to be changed.
func (t *table) change(cols []string, vals []value.Value) (bson.D, error) {
	set, unset, err := t.assign(cols, vals)
	var d bson.D
	if len(set) > 0 {
		d = append(d, bson.E{Key: "$set", Value: set})
	}
	if len(unset) > 0 {
		d = append(d, bson.E{Key: "$unset", Value: unset})
	}
	return d, err
}

// Update sets columns of one row.
func (t *tx) Update(ctx context.Context, table string, id int64, cols []string, vals []value.Value) (bool, error) {
	if err := t.writable(ctx); err != nil {
		return false, err
	}
	tab, err := t.table(table)
	if err != nil {
		return false, err
	}
	change, err := tab.change(cols, vals)
	if err != nil {
		return false, err
	}
	filter := bson.D{{Key: "_id", Value: id}}
	if change == nil {
		n, err := t.collection(table).CountDocuments(t.in(ctx), filter)
		return n > 0, t.failure(err)
	}
	r, err := t.collection(table).UpdateOne(t.in(ctx), filter, change)
	if err != nil {
		return false, t.written(table, err)
	}
	return r.MatchedCount > 0, nil
}

// UpdateWhere sets columns of all rows that match.
func (t *tx) UpdateWhere(ctx context.Context, name string, where driver.Expr, args []value.Value, cols []string, vals []value.Value) (int64, error) {
	if len(vals) != len(cols) || len(cols) == 0 {
		return 0, fmt.Errorf("mongo: %d values for %d columns", len(vals), len(cols))
	}
	return t.matching(ctx, name, where, args, func(tab *table, c *mongo.Collection, filter bson.D) (int64, error) {
		change, err := tab.change(cols, vals)
		if err != nil {
			return 0, err
		}
		r, err := c.UpdateMany(t.in(ctx), filter, change)
		if err != nil {
			return 0, t.written(name, err)
		}
		return r.MatchedCount, nil
	})
}

// DeleteWhere removes all rows that match.
func (t *tx) DeleteWhere(ctx context.Context, name string, where driver.Expr, args []value.Value) (int64, error) {
	return t.matching(ctx, name, where, args, func(_ *table, c *mongo.Collection, filter bson.D) (int64, error) {
		return t.deleted(c.DeleteMany(t.in(ctx), filter))
	})
}

func (t *tx) deleted(r *mongo.DeleteResult, err error) (int64, error) {
	if err != nil {
		return 0, t.failure(err)
	}
	return r.DeletedCount, nil
}

// matching calls write with filters that together match the rows where a condition is true. Where
// the server cannot say it, they name the ids, which are read first.
func (t *tx) matching(ctx context.Context, name string, where driver.Expr, args []value.Value, write func(*table, *mongo.Collection, bson.D) (int64, error)) (int64, error) {
	if err := t.writable(ctx); err != nil {
		return 0, err
	}
	p, err := t.schema.plan(&driver.Query{Table: name, Where: where, Select: []driver.Expr{driver.Col{Name: "id"}}})
	if err != nil {
		return 0, err
	}
	x := &exec{ctx: ctx, t: t, args: args}
	src, err := x.source(p, cond{fate: always})
	if err != nil {
		return 0, err
	}
	tab, c := p.scope.table, t.collection(name)
	switch {
	case src.filter.fate == never:
		return 0, nil
	case len(src.tests) == 0:
		return write(tab, c, src.filter.filter())
	}
	var ids []int64
	if err := x.run(p, cond{fate: always}, func(row []value.Value) error {
		ids = append(ids, row[0].Int())
		return nil
	}); err != nil {
		return 0, err
	}
	return byIDs(ids, func(filter bson.D) (int64, error) { return write(tab, c, filter) })
}

// byIDs calls write for the ids, some at a time.
func byIDs(ids []int64, write func(bson.D) (int64, error)) (n int64, err error) {
	for chunk := range slices.Chunk(ids, maxKeys) {
		vals := make(bson.A, len(chunk))
		for i, id := range chunk {
			vals[i] = id
		}
		m, err := write(bson.D{{Key: "_id", Value: bson.D{{Key: "$in", Value: vals}}}})
		n += m
		if err != nil {
			return n, err
		}
	}
	return n, nil
}

// Delete removes rows by id.
func (t *tx) Delete(ctx context.Context, table string, ids ...int64) (int64, error) {
	if err := t.writable(ctx); err != nil {
		return 0, err
	}
	if _, err := t.table(table); err != nil {
		return 0, err
	}
	return byIDs(ids, func(filter bson.D) (int64, error) {
		return t.deleted(t.collection(table).DeleteMany(t.in(ctx), filter))
	})
}

// NextSequence adds to a counter.
func (t *tx) NextSequence(ctx context.Context, name string, by int64) (int64, error) {
	if err := t.writable(ctx); err != nil {
		return 0, err
	}
	var s struct {
		Value int64 `bson:"value"`
	}
	err := t.collection(sequencesName).FindOneAndUpdate(t.in(ctx), bson.D{{Key: "_id", Value: name}},
		bson.D{{Key: "$inc", Value: bson.D{{Key: "value", Value: by}}}},
		options.FindOneAndUpdate().SetUpsert(true).SetReturnDocument(options.After)).Decode(&s)
	return s.Value, t.failure(err)
}

// written turns a broken unique index into DuplicateError.
func (t *tx) written(table string, err error) error {
	if err == nil {
		return nil
	}
	if d := duplicate(table, err); d != nil {
		if t.failed == nil && t.sess != nil {
			t.failed = d
		}
		return d
	}
	return t.failure(err)
}

// duplicate finds the index that a write broke, in the server's words: "E11000 duplicate key error
// collection: db.table index: name dup key: { ... }".
func duplicate(table string, err error) error {
	if !mongo.IsDuplicateKeyError(err) {
		return nil
	}
	_, rest, _ := strings.Cut(err.Error(), " index: ")
	name, _, _ := strings.Cut(rest, " dup key")
	if name == "_id_" || name == "" {
		name = "id"
	}
	return &driver.DuplicateError{Table: table, Index: name}
}
