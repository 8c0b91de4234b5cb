package mongo

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/mongo"
	"go.mongodb.org/mongo-driver/mongo/options"

	"github.com/tenon-platform/tenon/platform/store/driver"
)

// The engine's own collections.
const (
	metaName      = "_tenon_meta"
	tablesName    = "_tenon_tables"
	sequencesName = "_tenon_sequences"
)

// schemaID is the one document of _tenon_meta.
const schemaID = "schema"

// format is how this engine lays a database out.
const format = 1

// meta tells which version the registry of tables has. Every write transaction changes it, so that
// two of them never run at once and none runs with an old schema.
type meta struct {
	Format  int   `bson:"format"`
	Version int64 `bson:"version"`
	Writes  int64 `bson:"writes"`
}

// namespaceExists is the code of creating a collection that is there.
const namespaceExists = 48

// create makes a collection if it is not there; it says whether it was.
func (d *db) create(ctx context.Context, name string) (there bool, err error) {
	err = d.db.CreateCollection(ctx, name)
	var c mongo.CommandError
	if errors.As(err, &c) && c.Code == namespaceExists {
		return true, nil
	}
	return false, wrapped(err)
}

// prepare makes the engine's own collections if need be and reads the schema.
func (d *db) prepare(ctx context.Context) error {
	for _, name := range []string{metaName, tablesName, sequencesName} {
		if _, err := d.create(ctx, name); err != nil {
			return err
		}
	}
	c := d.db.Collection(metaName)
	_, err := c.UpdateOne(ctx, bson.D{{Key: "_id", Value: schemaID}},
		bson.D{{Key: "$setOnInsert", Value: bson.D{{Key: "format", Value: format}, {Key: "version", Value: int64(0)}, {Key: "writes", Value: int64(0)}}}},
		options.Update().SetUpsert(true))
	if err != nil && !mongo.IsDuplicateKeyError(err) { // another server was faster
		return wrapped(err)
	}
	d.schema.Store(&schema{limits: d.limits, version: -1})
	return d.refresh(ctx)
}

// refresh reads the schema of now.
func (d *db) refresh(ctx context.Context) error {
	return d.View(ctx, func(driver.Tx) error { return nil })
}

// load reads the schema of this transaction's snapshot.
func (t *tx) load(ctx context.Context, version int64) (*schema, error) {
	var m meta
	if err := t.collection(metaName).FindOne(t.in(ctx), bson.D{{Key: "_id", Value: schemaID}}).Decode(&m); err != nil {
		return nil, t.failure(err)
	}
	if m.Format > format {
		return nil, fmt.Errorf("mongo: the database has format %d, this program knows %d", m.Format, format)
	}
	cur, err := t.find(ctx, tablesName, bson.D{}, options.Find())
	if err != nil {
		return nil, err
	}
	var saved []savedTable
	if err := cur.All(ctx, &saved); err != nil {
		return nil, t.failure(err)
	}
	s := &schema{limits: t.db.limits, version: version, tables: map[string]*table{}}
	for _, st := range saved {
		if s.tables[st.Name], err = s.limits.table(st); err != nil {
			return nil, err
		}
	}
	t.db.publish(s)
	return s, nil
}

// publish makes a schema the one of new statements, unless there is a newer one.
func (d *db) publish(s *schema) {
	for {
		now := d.schema.Load()
		if now.version >= s.version || d.schema.CompareAndSwap(now, s) {
			return
		}
	}
}

// Schema tells the tables as the registry has them now.
func (d *db) Schema(ctx context.Context, only ...string) ([]driver.Table, error) {
	if err := d.refresh(ctx); err != nil {
		return nil, err
	}
	return d.schema.Load().list(only), nil
}

// edit is the registry while a Change works on it.
type edit struct {
	db     *db
	base   *schema
	tables map[string]savedTable
	dirty  map[string]bool
}

func (d *db) edit(ctx context.Context) (*edit, error) {
	if err := d.refresh(ctx); err != nil {
		return nil, err
	}
	e := &edit{db: d, base: d.schema.Load(), tables: map[string]savedTable{}, dirty: map[string]bool{}}
	for name, t := range e.base.tables {
		e.tables[name] = t.saved.clone()
	}
	return e, nil
}

func (e *edit) put(t savedTable) {
	e.tables[t.Name] = t
	e.dirty[t.Name] = true
}

func (e *edit) remove(name string) {
	delete(e.tables, name)
	e.dirty[name] = true
}

// flush writes what has changed in one transaction. Transactions after it see the new schema,
// those before it have ended: the meta document keeps them apart.
func (e *edit) flush(ctx context.Context) error {
	if len(e.dirty) == 0 {
		return nil
	}
	next := &schema{limits: e.base.limits, version: e.base.version + 1, tables: maps.Clone(e.base.tables)}
	names := slices.Sorted(maps.Keys(e.dirty))
	for _, name := range names {
		delete(next.tables, name)
		if saved, ok := e.tables[name]; ok {
			t, err := next.limits.table(saved.clone())
			if err != nil {
				return err
			}
			next.tables[name] = t
		}
	}
	err := e.db.write(ctx, func(t *tx) error {
		if t.schema.version != e.base.version {
			return fmt.Errorf("%w: another server changed the schema", driver.ErrBusy)
		}
		return e.save(ctx, t, names)
	})
	if err != nil {
		return err
	}
	e.base = next
	clear(e.dirty)
	e.db.publish(next)
	return nil
}

func (e *edit) save(ctx context.Context, t *tx, names []string) error {
	var models []mongo.WriteModel
	for _, name := range names {
		id := bson.D{{Key: "_id", Value: name}}
		if saved, ok := e.tables[name]; ok {
			models = append(models, mongo.NewReplaceOneModel().SetFilter(id).SetReplacement(saved).SetUpsert(true))
		} else {
			models = append(models, mongo.NewDeleteOneModel().SetFilter(id))
		}
	}
	if _, err := t.collection(tablesName).BulkWrite(t.in(ctx), models); err != nil {
		return t.failure(err)
	}
	_, err := t.collection(metaName).UpdateOne(t.in(ctx), bson.D{{Key: "_id", Value: schemaID}},
		bson.D{{Key: "$inc", Value: bson.D{{Key: "version", Value: int64(1)}}}})
	return t.failure(err)
}
