package record

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/runtime/access"
)

// MergeTable is the log of merges: what was merged, and all that is needed to take it back.
const MergeTable = "_merge"

// maxMerges is how many merges of one record are told of at once.
const maxMerges = 200

func mergeSystemTable() driver.Table {
	return driver.Table{Name: MergeTable, Columns: []driver.Column{
		{Name: "object", Type: driver.Text}, // physical name, which no rename changes
		{Name: "master", Type: driver.Ref},
		{Name: "others", Type: driver.JSON},
		{Name: "at", Type: driver.DateTime},
		{Name: "by", Type: driver.Ref},
		{Name: "undo_until", Type: driver.DateTime},
		{Name: "undone_at", Type: driver.DateTime},
		{Name: "moved", Type: driver.Int},
		{Name: "decisions", Type: driver.JSON},
		{Name: "changes", Type: driver.JSON},
		{Name: "shown", Type: driver.Ref}, // the record that stewards see of it, if an object serves that
	}, Indexes: []driver.Index{{Name: "_merge_master", Columns: []driver.IndexColumn{{Column: "object"}, {Column: "master"}}}}}
}

// Merged is a merge as its log tells it.
type Merged struct {
	ID        int64
	Object    *catalog.Object
	Master    int64
	Others    []int64 // those that the caller may see
	At        time.Time
	By        int64 // user; 0 for the platform
	UndoUntil time.Time
	UndoneAt  *time.Time
	Moved     int               // records that referred to the others, and refer to the master since
	Fields    map[string]string // fields that got another value: API name → id of the record that it was taken from, or "union"
}

// mergeChange is a record that a merge changed: its stored values before and after, computed ones
// and stamps left out.
type mergeChange struct {
	Table  string `json:"t"`
	ID     int64  `json:"i"`
	Before string `json:"b"`
	After  string `json:"a"`
}

// logMerge keeps a merge with what it changed.
func (b *batch) logMerge(g *merging, log []change) (*Merged, error) {
	changes, err := mergeChanges(log)
	if err != nil {
		return nil, err
	}
	m := &Merged{Object: g.m.Object, Master: g.m.Master, Others: g.m.Others, At: b.now.AsTime(), By: b.caller.Principal.UserID,
		UndoUntil: b.now.AsTime().Add(MergeUndo), Moved: g.moved, Fields: g.decisions}
	if m.ID, err = b.tx.NextSequence(b.ctx, MergeTable, 1); err != nil {
		return nil, err
	}
	others, err1 := json.Marshal(m.Others)
	decisions, err2 := json.Marshal(m.Fields)
	all, err3 := json.Marshal(changes)
	if err := errors.Join(err1, err2, err3); err != nil {
		return nil, fmt.Errorf("log a merge: %w", err)
	}
	by := value.Null
	if m.By != 0 {
		by = value.Ref(m.By)
	}
	if err := b.point(m); err != nil {
		return nil, err
	}
	shown, err := b.showMerge(m, g.movedOf)
	if err != nil {
		return nil, err
	}
	return m, b.tx.Insert(b.ctx, MergeTable, []string{"id", "object", "master", "others", "at", "by", "undo_until", "moved", "decisions", "changes", "shown"},
		[]value.Value{value.Ref(m.ID), value.Text(m.Object.Table), value.Ref(m.Master), value.JSON(string(others)), b.now, by, value.Instant(m.UndoUntil),
			value.Int(int64(m.Moved)), value.JSON(string(decisions)), value.JSON(string(all)), shown})
}

// showMerge makes the record that stewards see of a merge; null where no object serves that.
func (b *batch) showMerge(m *Merged, moved map[string]int) (value.Value, error) {
	o := b.cat.Serving(catalog.RoleMergeLog)
	if o == nil {
		return value.Null, nil
	}
	ids := make([]string, len(m.Others))
	for i, id := range m.Others {
		ids[i] = idOf(m.Object, id)
	}
	vals := map[*catalog.Field]value.Value{o.Field("object_name"): value.Text(m.Object.Name), o.Field("master_id"): value.Text(idOf(m.Object, m.Master)),
		o.Field("merged_at"): b.now, o.Field("undo_until"): value.Instant(m.UndoUntil)}
	for name, v := range map[string]any{"loser_ids": ids, "field_decisions": m.Fields, "reparented": moved} {
		j, err := json.Marshal(v)
		if err != nil {
			return value.Null, fmt.Errorf("show a merge: %w", err)
		}
		vals[o.Field(name)] = value.JSON(string(j))
	}
	rec, err := (&Session{b: b}).Create(o, vals)
	if err != nil {
		return value.Null, fmt.Errorf("show a merge: %w", err)
	}
	return value.Ref(rec.ID()), nil
}

// mergeChanges gives what the records of a log were before the first change and are after the last,
// in the order of their last changes. Records that were made meanwhile stay.
func mergeChanges(log []change) ([]mergeChange, error) {
	first, last := map[rowKey]*row{}, map[rowKey]int{}
	for i, c := range log {
		k := rowKey{c.object, c.id}
		if _, known := first[k]; !known {
			first[k] = c.old
		}
		last[k] = i
	}
	var out []mergeChange
	for i, c := range log {
		k := rowKey{c.object, c.id}
		if last[k] != i || first[k] == nil || c.new == nil {
			continue
		}
		before, after := map[*catalog.Field]value.Value{}, map[*catalog.Field]value.Value{}
		for _, f := range c.object.Fields {
			if was, is := first[k].get(f), c.new.get(f); takenBack(f) && was != is {
				before[f], after[f] = was, is
			}
		}
		if len(before) == 0 {
			continue
		}
		x := mergeChange{Table: c.object.Table, ID: c.id}
		var err1, err2 error
		x.Before, err1 = SaveValues(before)
		x.After, err2 = SaveValues(after)
		if err := errors.Join(err1, err2); err != nil {
			return nil, err
		}
		out = append(out, x)
	}
	return out, nil
}

// takenBack says whether an undo sets a field back: computed ones follow, and the stamps say who
// wrote last and how often.
func takenBack(f *catalog.Field) bool {
	switch f.Name {
	case catalog.Version, catalog.UpdatedAt, catalog.UpdatedBy:
		return false
	}
	return f.Column != "" && (f.AutoNumber != nil || !f.Computed())
}

var mergeColumns = []string{"id", "object", "master", "others", "at", "by", "undo_until", "undone_at", "moved", "decisions"}

// merges reads the log: the merges that a condition over args finds, the latest first.
func (b *batch) merges(key string, where func() driver.Expr, args ...value.Value) (out []*Merged, err error) {
	st, err := b.plans.stmt(key, func() *driver.Query {
		q := &driver.Query{Table: MergeTable, Where: where(), Order: []driver.Order{{Expr: driver.Col{Name: catalog.ID}, Desc: true}}, Limit: driver.Const{Value: value.Int(maxMerges)}}
		for _, name := range mergeColumns {
			q.Select = append(q.Select, driver.Col{Name: name})
		}
		return q
	})
	if err != nil {
		return nil, err
	}
	var bad error
	err = b.each(st, args, func(r driver.Rows) {
		m := &Merged{ID: r.Value(0).Int(), Master: r.Value(2).Int(), At: r.Value(4).AsTime(), UndoUntil: r.Value(6).AsTime(), Moved: int(r.Value(8).Int())}
		table := r.Value(1).Text()
		for _, o := range b.cat.Objects {
			if o.Table == table {
				m.Object = o
			}
		}
		if v := r.Value(5); !v.IsNull() {
			m.By = v.Int()
		}
		if v := r.Value(7); !v.IsNull() {
			t := v.AsTime()
			m.UndoneAt = &t
		}
		bad = errors.Join(bad, json.Unmarshal([]byte(r.Value(3).Text()), &m.Others), json.Unmarshal([]byte(r.Value(9).Text()), &m.Fields))
		if m.Object != nil { // else it was removed since
			out = append(out, m)
		}
	})
	return out, errors.Join(err, bad)
}

// Merges tells the merges that a record has been the master of, the latest first. NOT_FOUND when
// the caller may not see the record.
func (s *Service) Merges(ctx context.Context, tx store.Tx, cat *catalog.Catalog, p access.Profile, o *catalog.Object, id int64) ([]*Merged, error) {
	b := s.batch(ctx, tx, cat, p, Options{})
	if err := b.can(o, access.Read); err != nil {
		return nil, err
	}
	if _, err := b.reachable(o, id, access.Read); err != nil {
		return nil, err
	}
	out, err := b.merges("merges", func() driver.Expr {
		return driver.And{Args: []driver.Expr{eq(driver.Col{Name: "object"}, first), eq(driver.Col{Name: "master"}, driver.Param{N: 1})}}
	}, value.Text(o.Table), value.Ref(id))
	if err != nil {
		return nil, err
	}
	for _, m := range out {
		if err := b.redact(m); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// redact leaves out of a merge what the caller may not see.
func (b *batch) redact(m *Merged) error {
	hidden := map[string]bool{}
	var seen []int64
	for _, id := range m.Others {
		ok, err := b.sees(m.Object, id)
		if err != nil {
			return err
		}
		if ok {
			seen = append(seen, id)
		} else {
			hidden[idOf(m.Object, id)] = true
		}
	}
	m.Others = seen
	for name, from := range m.Fields {
		if f := m.Object.ByAPIName[name]; f == nil || !b.access.CanRead(f) || hidden[from] {
			delete(m.Fields, name)
		}
	}
	return nil
}

// Unmerge takes a merge back: every record that it changed is again what it was, but for its
// version, its stamps and its history. It is refused when one of them was changed since.
func (s *Service) Unmerge(ctx context.Context, cat *catalog.Catalog, p access.Profile, id int64, opt Options) ([]Result, error) {
	return s.Transact(ctx, cat, p, opt, func(se *Session) ([]Result, error) {
		m, err := se.b.unmerge(id)
		if err != nil {
			return nil, err
		}
		return []Result{{ID: m.Master, Merge: m}}, nil
	})
}

func (b *batch) unmerge(id int64) (*Merged, error) {
	none := errs.New(errs.NotFound, "there is no merge with this id", "没有此编号的合并").On("id")
	found, err := b.merges("merge", func() driver.Expr { return eq(driver.Col{Name: catalog.ID}, first) }, value.Ref(id))
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, none
	}
	m := found[0]
	seen, err := b.sees(m.Object, m.Master)
	if err != nil {
		return nil, err
	}
	if !seen {
		return nil, none
	}
	if err := b.mayUnmerge(m); err != nil {
		return nil, err
	}
	switch {
	case m.UndoneAt != nil:
		return nil, errs.New(errs.ValidationFail, "the merge was taken back already", "该合并已被撤销").On("id")
	case b.now.AsTime().After(m.UndoUntil):
		return nil, errs.New(errs.ValidationFail, "the merge is too old to be taken back", "该合并已超过可撤销期限").On("id")
	}
	changes, shown, err := b.changesOf(id)
	if err != nil {
		return nil, err
	}
	for i := len(changes) - 1; i >= 0; i-- { // backwards, so that every key is free again when it is needed
		if err := b.takeBack(&changes[i]); err != nil {
			return nil, err
		}
	}
	now := b.now.AsTime()
	m.UndoneAt = &now
	if err := b.unpoint(m); err != nil {
		return nil, err
	}
	if err := b.showUndone(shown); err != nil {
		return nil, err
	}
	if _, err := b.tx.Update(b.ctx, MergeTable, id, []string{"undone_at"}, []value.Value{b.now}); err != nil {
		return nil, err
	}
	return m, b.redact(m)
}

// mayUnmerge asks of the caller what the merge did.
func (b *batch) mayUnmerge(m *Merged) error {
	for _, op := range []access.Op{access.Update, access.Delete} {
		if err := b.can(m.Object, op); err != nil {
			return err
		}
	}
	if _, err := b.visible(m.Object, m.Master, access.Update); err != nil {
		return err
	}
	for _, id := range m.Others {
		if _, err := b.reachable(m.Object, id, access.Delete); err != nil {
			return err
		}
	}
	for name := range m.Fields {
		if f := m.Object.ByAPIName[name]; f == nil || !Mergeable(b.access, f) {
			return errs.New(errs.Forbidden, "the merge changed fields that you may not write", "该合并修改了您无权写入的字段").On("id")
		}
	}
	return nil
}

// changesOf reads what a merge has changed, and the record that stewards see of it, 0 for none.
func (b *batch) changesOf(id int64) (out []mergeChange, shown int64, err error) {
	st, err := b.plans.stmt("merge.changes", func() *driver.Query {
		return &driver.Query{Table: MergeTable, Select: []driver.Expr{driver.Col{Name: "changes"}, driver.Col{Name: "shown"}}, Where: eq(driver.Col{Name: catalog.ID}, first)}
	})
	if err != nil {
		return nil, 0, err
	}
	var bad error
	err = b.each(st, []value.Value{value.Ref(id)}, func(r driver.Rows) {
		bad = json.Unmarshal([]byte(r.Value(0).Text()), &out)
		if v := r.Value(1); !v.IsNull() {
			shown = v.Int()
		}
	})
	return out, shown, errors.Join(err, bad)
}

// showUndone tells stewards that a merge was taken back.
func (b *batch) showUndone(shown int64) error {
	o := b.cat.Serving(catalog.RoleMergeLog)
	if o == nil || shown == 0 {
		return nil
	}
	r, err := b.find(o, shown)
	if err != nil || !r.alive() {
		return err
	}
	_, err = (&Session{b: b}).Update(Record{r}, map[*catalog.Field]value.Value{o.Field("undone_at"): b.now})
	return err
}

// takeBack sets one record back.
func (b *batch) takeBack(x *mergeChange) error {
	moved := errs.New(errs.VersionConflict, "a record that the merge changed was changed since, so that it cannot be taken back", "合并所涉及的记录此后已被修改，无法撤销")
	var o *catalog.Object
	for _, have := range b.cat.Objects {
		if have.Table == x.Table {
			o = have
		}
	}
	if o == nil {
		return moved
	}
	before, err := LoadValues(o, x.Before)
	if err != nil {
		return err
	}
	after, err := LoadValues(o, x.After)
	if err != nil {
		return err
	}
	old, err := b.find(o, x.ID)
	if err != nil {
		return err
	}
	if old == nil {
		return moved
	}
	r := old.clone()
	for f, v := range after {
		if !value.Equal(old.get(f), v) {
			return moved
		}
		r.set(f, before[f])
	}
	verb := "update"
	if r.alive() && !old.alive() {
		verb = "restore"
	}
	return b.setBack(r, old, verb)
}

// setBack saves a record that an undo has set back, with what follows from it.
func (b *batch) setBack(r, old *row, verb string) error {
	if err := b.unlocked(r, old); err != nil {
		return err
	}
	var ps problems
	before := old
	if verb == "restore" {
		before = nil // what it refers to may be gone since
	}
	if err := b.references(r, before, &ps); err != nil {
		return err
	}
	if err := ps.err(); err != nil {
		return err
	}
	b.cache[rowKey{r.object, r.id()}] = r
	if err := b.trees(r); err != nil {
		return err
	}
	if err := b.formulas(r, old); err != nil {
		return err
	}
	if r.alive() {
		if err := b.apart(r, old); err != nil {
			return err
		}
	}
	b.stamp(r)
	if err := b.save(r, old); err != nil {
		return err
	}
	b.wrote(change{r.object, r.id(), verb, old, r})
	return nil
}
