package record

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
)

// lockTable holds the locks of records, of which one has any number.
const lockTable = "_lock"

// Lock keeps a record from being changed by anybody but the platform itself. Its JSON is stored.
type Lock struct {
	Holder   string    `json:"-"` // what put it there, and takes it away: "approval:apv_1"
	Reason   diag.Text `json:"reason"`
	Fields   []string  `json:"fields,omitempty"`   // none: all of them, and the record stays
	Override []string  `json:"override,omitempty"` // roles that pass
	Except   int64     `json:"except,omitempty"`   // user that passes; 0: nobody
}

func lockSystemTable() driver.Table {
	return driver.Table{Name: lockTable, Columns: []driver.Column{
		{Name: "object", Type: driver.Text}, // physical name, which no rename changes
		{Name: "record", Type: driver.Ref},
		{Name: "holder", Type: driver.Text},
		{Name: "lock", Type: driver.JSON},
	}, Indexes: []driver.Index{{Name: "_lock_record", Unique: true, Columns: []driver.IndexColumn{{Column: "object"}, {Column: "record"}, {Column: "holder"}}}}}
}

func ofHolder() driver.Expr {
	return driver.And{Args: []driver.Expr{eq(driver.Col{Name: "object"}, first), eq(driver.Col{Name: "record"}, driver.Param{N: 1}), eq(driver.Col{Name: "holder"}, driver.Param{N: 2})}}
}

// PutLock locks a record, in place of what its holder had locked of it.
func (s *Service) PutLock(ctx context.Context, tx store.Tx, o *catalog.Object, id int64, l Lock) error {
	if err := s.DropLock(ctx, tx, o, id, l.Holder); err != nil {
		return err
	}
	raw, err := json.Marshal(l)
	if err != nil {
		return fmt.Errorf("write a lock: %w", err)
	}
	n, err := tx.NextSequence(ctx, lockTable, 1)
	if err != nil {
		return err
	}
	return tx.Insert(ctx, lockTable, []string{"id", "object", "record", "holder", "lock"},
		[]value.Value{value.Ref(n), value.Text(o.Table), value.Ref(id), value.Text(l.Holder), value.JSON(string(raw))})
}

// DropLock removes a holder's lock of a record, if there is one.
func (s *Service) DropLock(ctx context.Context, tx store.Tx, o *catalog.Object, id int64, holder string) error {
	_, err := tx.DeleteWhere(ctx, lockTable, ofHolder(), []value.Value{value.Text(o.Table), value.Ref(id), value.Text(holder)})
	return err
}

// locks are those of a record.
func (b *batch) locks(o *catalog.Object, id int64) ([]Lock, error) {
	st, err := b.plans.stmt("locks", func() *driver.Query {
		return &driver.Query{Table: lockTable, Select: []driver.Expr{driver.Col{Name: "holder"}, driver.Col{Name: "lock"}},
			Where: driver.And{Args: []driver.Expr{eq(driver.Col{Name: "object"}, first), eq(driver.Col{Name: "record"}, driver.Param{N: 1})}}}
	})
	if err != nil {
		return nil, err
	}
	var out []Lock
	var bad error
	err = b.each(st, []value.Value{value.Text(o.Table), value.Ref(id)}, func(r driver.Rows) {
		l := Lock{Holder: strings.Clone(r.Value(0).Text())}
		if e := json.Unmarshal([]byte(r.Value(1).Text()), &l); e != nil && bad == nil {
			bad = fmt.Errorf("read a lock: %w", e)
		}
		out = append(out, l)
	})
	if err == nil {
		err = bad
	}
	return out, err
}

// free refuses a change of a record that is locked against the caller, or of a detail of one. r is
// nil where the record goes.
func (b *batch) free(r, old *row) error {
	if b.opt.Through || b.opt.Loader {
		return nil
	}
	at := old
	if at == nil {
		at = r
	}
	if old != nil {
		if err := b.unlocked(at.object, at.id(), func(l *Lock) bool { return b.touches(l, r, old) }); err != nil {
			return err
		}
	}
	for _, x := range []*row{old, r} { // a detail is part of its master
		if m := at.object.Master; m != nil && x != nil && !x.get(m).IsNull() {
			if err := b.unlocked(m.Ref.Target(), x.get(m).Int(), func(l *Lock) bool { return len(l.Fields) == 0 }); err != nil {
				return err
			}
		}
	}
	return nil
}

// unlocked refuses if a lock that matters stands against the caller.
func (b *batch) unlocked(o *catalog.Object, id int64, matters func(*Lock) bool) error {
	all, err := b.locks(o, id)
	if err != nil {
		return err
	}
	for i := range all {
		l := &all[i]
		if !matters(l) || l.Except != 0 && l.Except == b.caller.Principal.UserID ||
			slices.ContainsFunc(l.Override, func(role string) bool { return slices.Contains(b.caller.Principal.Roles, role) }) {
			continue
		}
		return (&errs.Error{Code: errs.RecordLocked, Message: l.Reason}).With("id", fmt.Sprintf("%s_%d", o.IDPrefix, id))
	}
	return nil
}

// touches says whether a change is one that a lock is against.
func (b *batch) touches(l *Lock, r, old *row) bool {
	if len(l.Fields) == 0 {
		return r == nil || b.differs(r, old)
	}
	if r == nil {
		return true
	}
	return slices.ContainsFunc(l.Fields, func(name string) bool {
		f := r.object.Field(name)
		return f != nil && r.get(f) != old.get(f) && !value.Equal(r.get(f), old.get(f))
	})
}

// Change is a record that callers changed.
type Change struct {
	Object *catalog.Object
	ID     int64
	Verb   string   // create, update, delete, restore or purge
	Fields []string // that differ
}

// Watcher hears of changes in the transaction that makes them. What it refuses does not happen.
type Watcher func(ctx context.Context, tx store.Tx, changes []Change) error

// tell lets the watcher hear what this transaction changed, unless the platform itself wrote.
func (b *batch) tell() error {
	if b.s.watch == nil || b.opt.Through || len(b.log) == 0 {
		return nil
	}
	var out []Change
	for _, c := range b.log {
		if c.verb == "compute" {
			continue
		}
		x := Change{Object: c.object, ID: c.id, Verb: c.verb}
		for _, f := range c.object.Fields {
			if !f.System && f.Column != "" && c.old != nil && c.new != nil && c.old.get(f) != c.new.get(f) {
				x.Fields = append(x.Fields, f.Name)
			}
		}
		out = append(out, x)
	}
	if len(out) == 0 {
		return nil
	}
	return b.s.watch(b.ctx, b.tx, out)
}

// Watch sets who hears of changes. It is called once, before the service is used.
func (s *Service) Watch(w Watcher) { s.watch = w }
