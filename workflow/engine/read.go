package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
)

// Instance is one instance as it is stored.
type Instance struct {
	id      int64
	Name    string
	Kind    string
	About   About
	Rev     int64
	State   json.RawMessage
	Started time.Time
	Changed time.Time
}

func readInstance(rows driver.Rows) *Instance {
	str := func(i int) string { return strings.Clone(rows.Value(i).Text()) }
	return &Instance{id: rows.Value(0).Int(), Name: str(1), Kind: str(2), About: About{Process: str(3), Version: int(rows.Value(4).Int()), Object: str(5), Record: str(6),
		Status: str(7), Over: rows.Value(8).Bool()}, Rev: rows.Value(9).Int(), State: json.RawMessage(str(10)), Started: rows.Value(11).AsTime(), Changed: rows.Value(12).AsTime()}
}

func (e *Engine) load(ctx context.Context, tx store.Tx, name string) (*Instance, error) {
	var out *Instance
	err := e.rows(ctx, tx, "instance", func(rows driver.Rows) { out = readInstance(rows) }, value.Text(name))
	return out, err
}

// Instance finds an instance by its name.
func (e *Engine) Instance(ctx context.Context, name string) (*Instance, error) {
	var out *Instance
	err := e.db.View(ctx, func(tx store.Tx) (err error) {
		out, err = e.load(ctx, tx, name)
		return err
	})
	if err == nil && out == nil {
		err = NoInstance(name)
	}
	return out, err
}

// InstanceIn finds an instance by its name in a transaction.
func (e *Engine) InstanceIn(ctx context.Context, tx store.Tx, name string) (*Instance, error) {
	out, err := e.load(ctx, tx, name)
	if err == nil && out == nil {
		err = NoInstance(name)
	}
	return out, err
}

// Holder is the name of the instance that holds a unique mark; "" when none does.
func (e *Engine) Holder(ctx context.Context, tx store.Tx, unique string) (string, error) {
	name := ""
	err := e.rows(ctx, tx, "unique", func(rows driver.Rows) { name = strings.Clone(rows.Value(0).Text()) }, value.Text(unique))
	return name, err
}

// OfRecord lists the instances of a record, oldest first.
func (e *Engine) OfRecord(ctx context.Context, tx store.Tx, object, record string) ([]*Instance, error) {
	var out []*Instance
	err := e.rows(ctx, tx, "of record", func(rows driver.Rows) { out = append(out, readInstance(rows)) }, value.Text(object), value.Text(record))
	return out, err
}

// Filter says which instances are listed; what is empty may be anything.
type Filter struct {
	Kind, Process, Record, Status string
	Object                        string // of Record, or alone
	Oldest                        bool   // the oldest first
	Version                       int    // 0: any
	Going                         bool   // those that are not over alone
	Before                        int64  // position of the last one of the page before; 0: the first page
	Limit                         int
}

// List gives instances, newest first.
func (e *Engine) List(ctx context.Context, tx store.Tx, f Filter) (out []*Instance, err error) {
	q := &driver.Query{Table: instances, Select: cols(instanceColumns...), Order: []driver.Order{{Expr: col("id"), Desc: !f.Oldest}}}
	var where []driver.Expr
	var args []value.Value
	for _, x := range []struct{ column, v string }{{"kind", f.Kind}, {"process", f.Process}, {"record", f.Record}, {"status", f.Status}} {
		if x.v != "" {
			where = append(where, is(x.column, len(args)))
			args = append(args, value.Text(x.v))
		}
	}
	if f.Record != "" || f.Object != "" {
		where = append(where, is("object", len(args)))
		args = append(args, value.Text(f.Object))
	}
	if f.Version != 0 {
		where = append(where, is("version", len(args)))
		args = append(args, value.Int(int64(f.Version)))
	}
	if f.Going {
		where = append(where, driver.Cmp{Op: driver.Eq, L: col("over"), R: driver.Const{Value: value.Bool(false)}})
	}
	if f.Before != 0 {
		where = append(where, driver.Cmp{Op: driver.Lt, L: col("id"), R: param(len(args))})
		args = append(args, value.Ref(f.Before))
	}
	q.Where, q.Limit = all(where...), param(len(args))
	st, err := e.db.Prepare(q)
	if err != nil {
		return nil, fmt.Errorf("engine: list: %w", err)
	}
	rows, err := tx.Query(ctx, st, append(args, value.Int(int64(f.Limit))))
	if err != nil {
		return nil, fmt.Errorf("engine: list: %w", err)
	}
	for rows.Next() {
		out = append(out, readInstance(rows))
	}
	return out, errors.Join(rows.Err(), rows.Close())
}

// Running counts the instances of a process that are not over.
func Running(ctx context.Context, db *store.DB, tx store.Tx, process string) (n int64, err error) {
	st, err := db.Prepare(&driver.Query{Table: instances, Where: all(is("process", 0), driver.Cmp{Op: driver.Eq, L: col("over"), R: driver.Const{Value: value.Bool(false)}}),
		Aggs: []driver.Agg{{Func: driver.Count}}})
	if err != nil {
		return 0, err
	}
	rows, err := tx.Query(ctx, st, []value.Value{value.Text(process)})
	if err != nil {
		return 0, err
	}
	for rows.Next() {
		n = rows.Value(0).Int()
	}
	return n, errors.Join(rows.Err(), rows.Close())
}

// Going counts the instances of a process and an object that are neither over nor in a status.
func (e *Engine) Going(ctx context.Context, tx store.Tx, process, object, but string) (n int64, err error) {
	st, err := e.db.Prepare(&driver.Query{Table: instances, Where: all(is("process", 0), is("object", 1), driver.Cmp{Op: driver.Eq, L: col("over"), R: driver.Const{Value: value.Bool(false)}}, driver.Cmp{Op: driver.Ne, L: col("status"), R: param(2)}),
		Aggs: []driver.Agg{{Func: driver.Count}}})
	if err != nil {
		return 0, err
	}
	rows, err := tx.Query(ctx, st, []value.Value{value.Text(process), value.Text(object), value.Text(but)})
	if err != nil {
		return 0, err
	}
	for rows.Next() {
		n = rows.Value(0).Int()
	}
	return n, errors.Join(rows.Err(), rows.Close())
}

// Versions counts the instances of a process that are not over, by the version of its definition.
func (e *Engine) Versions(ctx context.Context, tx store.Tx, process string) (map[int]int64, error) {
	st, err := e.db.Prepare(&driver.Query{Table: instances, Where: all(is("process", 0), driver.Cmp{Op: driver.Eq, L: col("over"), R: driver.Const{Value: value.Bool(false)}}),
		Group: cols("version"), Aggs: []driver.Agg{{Func: driver.Count}}})
	if err != nil {
		return nil, err
	}
	rows, err := tx.Query(ctx, st, []value.Value{value.Text(process)})
	if err != nil {
		return nil, err
	}
	out := map[int]int64{}
	for rows.Next() {
		out[int(rows.Value(0).Int())] = rows.Value(1).Int()
	}
	return out, errors.Join(rows.Err(), rows.Close())
}

// Pending counts the jobs of a kind that have not finished, in a pool.
func (e *Engine) Pending(ctx context.Context, pool, kind string) (n int, err error) {
	st, err := e.db.Prepare(&driver.Query{Table: jobs, Where: all(is("pool", 0), is("kind", 1), driver.Or{Args: []driver.Expr{same("status", open), same("status", waiting)}}), Aggs: []driver.Agg{{Func: driver.Count}}})
	if err != nil {
		return 0, err
	}
	err = e.db.View(ctx, func(tx store.Tx) error {
		rows, err := tx.Query(ctx, st, []value.Value{value.Text(pool), value.Text(kind)})
		if err != nil {
			return err
		}
		for rows.Next() {
			n = int(rows.Value(0).Int())
		}
		return errors.Join(rows.Err(), rows.Close())
	})
	return n, err
}

// Alive counts the instances of a process that are not over.
func (e *Engine) Alive(ctx context.Context, tx store.Tx, process string) (int64, error) {
	return Running(ctx, e.db, tx, process)
}

// InboxItem is one open task of a person.
type InboxItem struct {
	id       int64
	Instance string
	Task
}

// Inbox lists what waits for a person, oldest first. after is the last item of the page before.
func (e *Engine) Inbox(ctx context.Context, user string, after *InboxItem, limit int) ([]InboxItem, error) {
	if after == nil {
		after = &InboxItem{Task: Task{Created: time.Unix(0, 0)}}
	}
	return e.tasksOf(ctx, "inbox", user, after, limit)
}

// Done lists the tasks of a person that wait for nobody any more, newest first.
func (e *Engine) Done(ctx context.Context, user string, after *InboxItem, limit int) ([]InboxItem, error) {
	if after == nil {
		after = &InboxItem{Task: Task{Created: time.Unix(1<<40, 0)}}
	}
	return e.tasksOf(ctx, "done", user, after, limit)
}

// Place is where a page may go on; see InboxAt.
func (i *InboxItem) Place() (created time.Time, id int64) { return i.Created, i.id }

// InboxAt is an item of which only the place is known.
func InboxAt(created time.Time, id int64) *InboxItem {
	return &InboxItem{id: id, Task: Task{Created: created}}
}

func (e *Engine) tasksOf(ctx context.Context, which, user string, after *InboxItem, limit int) ([]InboxItem, error) {
	var out []InboxItem
	err := e.db.View(ctx, func(tx store.Tx) error {
		out = nil
		var insts []int64
		err := e.rows(ctx, tx, which, func(rows driver.Rows) {
			insts = append(insts, rows.Value(1).Int())
			x := InboxItem{id: rows.Value(0).Int(), Task: Task{Number: int(rows.Value(2).Int()), Node: strings.Clone(rows.Value(3).Text()), Visit: int(rows.Value(4).Int()),
				Assignees: []string{user}, Status: strings.Clone(rows.Value(6).Text()), Open: which == "inbox", Created: rows.Value(8).AsTime()}}
			if v := rows.Value(9); !v.IsNull() {
				x.Due = v.AsTime()
			}
			out = append(out, x)
		}, value.Text(user), value.Instant(after.Created), value.Ref(after.id), value.Int(int64(limit)))
		for i := range out {
			if err == nil {
				err = e.rows(ctx, tx, "instance name", func(rows driver.Rows) { out[i].Instance = strings.Clone(rows.Value(0).Text()) }, value.Ref(insts[i]))
			}
		}
		return err
	})
	return out, err
}

// RunningInstance is an instance that is not over.
type RunningInstance struct {
	Name, Process string
	Version       int
}

// Running lists the instances that are not over.
func (e *Engine) Running(ctx context.Context, tx store.Tx) ([]RunningInstance, error) {
	var out []RunningInstance
	err := e.rows(ctx, tx, "running", func(rows driver.Rows) {
		out = append(out, RunningInstance{strings.Clone(rows.Value(0).Text()), strings.Clone(rows.Value(1).Text()), int(rows.Value(2).Int())})
	})
	return out, err
}

// Waiting lists the instances in which a person has a task that is not answered.
func (e *Engine) Waiting(ctx context.Context, tx store.Tx, user string) ([]string, error) {
	var ids []int64
	err := e.rows(ctx, tx, "waiting", func(rows driver.Rows) {
		if id := rows.Value(0).Int(); !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}, value.Text(user))
	var out []string
	for _, id := range ids {
		if err == nil {
			err = e.rows(ctx, tx, "instance name", func(rows driver.Rows) { out = append(out, strings.Clone(rows.Value(0).Text())) }, value.Ref(id))
		}
	}
	return out, err
}

// Audit reads an instance's audit after an entry, in order.
func (e *Engine) Audit(ctx context.Context, name string, after int64, limit int) ([]AuditEntry, error) {
	var out []AuditEntry
	err := e.db.View(ctx, func(tx store.Tx) error {
		out = nil
		i, err := e.load(ctx, tx, name)
		if err != nil {
			return err
		}
		if i == nil {
			return NoInstance(name)
		}
		return e.rows(ctx, tx, "audit", func(rows driver.Rows) {
			out = append(out, AuditEntry{rows.Value(0).Int(), strings.Clone(rows.Value(1).Text()), rows.Value(2).AsTime(), json.RawMessage(strings.Clone(rows.Value(3).Text()))})
		}, value.Ref(i.id), value.Int(after), value.Int(int64(limit)))
	})
	return out, err
}

// Events reads the outbox after a position, in the order of commits.
func (e *Engine) Events(ctx context.Context, after int64, limit int) ([]Event, error) {
	var out []Event
	err := e.db.View(ctx, func(tx store.Tx) error {
		out = nil
		var insts []int64
		err := e.rows(ctx, tx, "events", func(rows driver.Rows) {
			insts = append(insts, rows.Value(1).Int())
			out = append(out, Event{Seq: rows.Value(0).Int(), Name: strings.Clone(rows.Value(2).Text()), Data: json.RawMessage(strings.Clone(rows.Value(3).Text())), At: rows.Value(4).AsTime()})
		}, value.Ref(after), value.Int(int64(limit)))
		for i := range out {
			if err == nil {
				err = e.rows(ctx, tx, "instance name", func(rows driver.Rows) { out[i].Instance = strings.Clone(rows.Value(0).Text()) }, value.Ref(insts[i]))
			}
		}
		return err
	})
	return out, err
}

// Dead lists the jobs that nobody tries any more.
func (e *Engine) Dead(ctx context.Context, limit int) ([]Job, error) {
	var out []Job
	err := e.db.View(ctx, func(tx store.Tx) error {
		out = nil
		return e.rows(ctx, tx, "dead", func(rows driver.Rows) { out = append(out, readJob(rows).Job) }, value.Int(int64(limit)))
	})
	return out, err
}

// Incident is something in the background that an administrator must look at.
type Incident struct {
	ID, Job      int64
	Code, Detail string
	At           time.Time
}

// Incidents lists those that are open.
func (e *Engine) Incidents(ctx context.Context, limit int) ([]Incident, error) {
	var out []Incident
	err := e.db.View(ctx, func(tx store.Tx) error {
		out = nil
		return e.rows(ctx, tx, "incidents", func(rows driver.Rows) {
			out = append(out, Incident{rows.Value(0).Int(), rows.Value(2).Int(), strings.Clone(rows.Value(3).Text()), strings.Clone(rows.Value(4).Text()), rows.Value(5).AsTime()})
		}, value.Int(int64(limit)))
	})
	return out, err
}

// Position is where an instance stands in lists; see Filter.Before.
func (i *Instance) Position() int64 { return i.id }
