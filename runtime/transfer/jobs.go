package transfer

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tenon-platform/tenon/platform/clock"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
)

// errMoved says that somebody else has changed an import's status: it was canceled.
var errMoved = errors.New("transfer: the import was changed meanwhile")

// jobs keeps imports in the store.
type jobs struct {
	db    *store.DB
	clock clock.Clock

	get, all, withStatus driver.Stmt
	findings             driver.Stmt
	rowsBack             driver.Stmt
	saved                driver.Stmt
}

func col(n string) driver.Expr { return driver.Col{Name: n} }

func param(n int) driver.Expr { return driver.Param{N: n} }

func cols(names ...string) []driver.Expr {
	out := make([]driver.Expr, len(names))
	for i, n := range names {
		out[i] = col(n)
	}
	return out
}

func openJobs(db *store.DB, c clock.Clock) (*jobs, error) {
	j := &jobs{db: db, clock: c}
	job := cols("id", "object", "status", "owner", "created", "changed", "spec", "state")
	id := col("id")
	within := driver.And{Args: []driver.Expr{driver.Cmp{Op: driver.Gt, L: id, R: param(0)}, driver.Cmp{Op: driver.Lt, L: id, R: param(1)}}}
	for _, p := range []struct {
		st *driver.Stmt
		q  driver.Query
	}{
		{&j.get, driver.Query{Table: importTable, Select: job, Where: driver.Cmp{Op: driver.Eq, L: id, R: param(0)}}},
		{&j.all, driver.Query{Table: importTable, Select: job, Where: driver.Cmp{Op: driver.Lt, L: id, R: param(0)}, Order: []driver.Order{{Expr: id, Desc: true}}, Limit: param(1)}},
		{&j.withStatus, driver.Query{Table: importTable, Select: job, Where: driver.In{Arg: col("status"), List: param(0)}, Order: []driver.Order{{Expr: id}}}},
		{&j.findings, driver.Query{Table: findingTable, Select: cols("id", "finding"), Where: within, Order: []driver.Order{{Expr: id}}, Limit: param(2)}},
		{&j.rowsBack, driver.Query{Table: rowTable, Select: cols("id", "row", "record", "version", "before"), Where: within, Order: []driver.Order{{Expr: id, Desc: true}}, Limit: param(2)}},
		{&j.saved, driver.Query{Table: exportTable, Select: cols("id", "name", "changed", "spec"), Where: driver.Cmp{Op: driver.Eq, L: col("owner"), R: param(0)}, Order: []driver.Order{{Expr: col("name")}, {Expr: id}}}},
	} {
		var err error
		if *p.st, err = db.Prepare(&p.q); err != nil {
			return nil, fmt.Errorf("read imports: %w", err)
		}
	}
	return j, nil
}

// each runs fn on every row of a statement.
func each(ctx context.Context, tx store.Tx, st driver.Stmt, args []value.Value, fn func(driver.Rows) error) error {
	rows, err := tx.Query(ctx, st, args)
	if err != nil {
		return err
	}
	for err == nil && rows.Next() {
		err = fn(rows)
	}
	return errors.Join(err, rows.Err(), rows.Close())
}

func readJob(r driver.Rows) (*Job, error) {
	j := &Job{ID: r.Value(0).Int(), Object: strings.Clone(r.Value(1).Text()), Status: Status(strings.Clone(r.Value(2).Text())),
		Created: r.Value(4).AsTime(), Changed: r.Value(5).AsTime()}
	err := errors.Join(json.Unmarshal([]byte(r.Value(3).Text()), &j.Owner), json.Unmarshal([]byte(r.Value(6).Text()), &j.Spec),
		json.Unmarshal([]byte(r.Value(7).Text()), &j.State))
	if err != nil {
		return nil, fmt.Errorf("read import %d: %w", j.ID, err)
	}
	return j, nil
}

func noImport() *errs.Error {
	return errs.New(errs.NotFound, "there is no such import", "没有这个导入任务")
}

func (j *jobs) find(ctx context.Context, tx store.Tx, id int64) (out *Job, err error) {
	err = each(ctx, tx, j.get, []value.Value{value.Ref(id)}, func(r driver.Rows) error {
		out, err = readJob(r)
		return err
	})
	if err == nil && out == nil {
		err = noImport()
	}
	return out, err
}

// one reads an import on a snapshot of its own.
func (j *jobs) one(ctx context.Context, id int64) (out *Job, err error) {
	err = j.db.View(ctx, func(tx store.Tx) error {
		out, err = j.find(ctx, tx, id)
		return err
	})
	return out, err
}

// list gives at most limit imports before one, the newest first, that keep says yes to.
func (j *jobs) list(ctx context.Context, before int64, limit int, keep func(*Job) bool) (out []*Job, err error) {
	if before == 0 {
		before = 1<<62 - 1
	}
	err = j.db.View(ctx, func(tx store.Tx) error {
		for out = nil; len(out) < limit; {
			n := 0
			err := each(ctx, tx, j.all, []value.Value{value.Ref(before), value.Int(int64(limit))}, func(r driver.Rows) error {
				job, err := readJob(r)
				if err != nil {
					return err
				}
				n++
				before = job.ID
				if len(out) < limit && keep(job) {
					out = append(out, job)
				}
				return nil
			})
			if err != nil || n < limit {
				return err
			}
		}
		return nil
	})
	return out, err
}

// having gives the imports of some states, the oldest first.
func (j *jobs) having(ctx context.Context, states ...Status) (out []*Job, err error) {
	list, err := json.Marshal(states)
	if err != nil {
		return nil, err
	}
	err = j.db.View(ctx, func(tx store.Tx) error {
		out = nil
		return each(ctx, tx, j.withStatus, []value.Value{value.List(string(list))}, func(r driver.Rows) error {
			job, err := readJob(r)
			out = append(out, job)
			return err
		})
	})
	return out, err
}

// insert begins an import and gives it its id.
func (j *jobs) insert(ctx context.Context, job *Job) error {
	return j.db.Update(ctx, func(tx store.Tx) error {
		id, err := tx.NextSequence(ctx, importTable, 1)
		if err != nil {
			return err
		}
		job.ID, job.Created, job.Changed = id, j.clock.Now(), j.clock.Now()
		names, vals, err := j.columns(job)
		if err != nil {
			return err
		}
		owner, err := json.Marshal(job.Owner)
		if err != nil {
			return err
		}
		return tx.Insert(ctx, importTable, append([]string{"id", "object", "owner", "created"}, names...),
			append([]value.Value{value.Ref(id), value.Text(job.Object), value.JSON(string(owner)), value.Instant(job.Created)}, vals...))
	})
}

// columns are the columns of an import that change.
func (j *jobs) columns(job *Job) ([]string, []value.Value, error) {
	spec, err := json.Marshal(job.Spec)
	if err != nil {
		return nil, nil, fmt.Errorf("write import %d: %w", job.ID, err)
	}
	state, err := json.Marshal(job.State)
	if err != nil {
		return nil, nil, fmt.Errorf("write import %d: %w", job.ID, err)
	}
	return []string{"status", "changed", "spec", "state"},
		[]value.Value{value.Text(string(job.Status)), value.Instant(job.Changed), value.JSON(string(spec)), value.JSON(string(state))}, nil
}

func (j *jobs) save(ctx context.Context, tx store.Tx, job *Job) error {
	job.Changed = j.clock.Now()
	names, vals, err := j.columns(job)
	if err != nil {
		return err
	}
	_, err = tx.Update(ctx, importTable, job.ID, names, vals)
	return err
}

// change reads an import, lets fn change it and stores it, all in one transaction.
func (j *jobs) change(ctx context.Context, id int64, fn func(*Job) error) (*Job, error) {
	return j.changeIn(ctx, id, func(_ store.Tx, job *Job) error { return fn(job) })
}

func (j *jobs) changeIn(ctx context.Context, id int64, fn func(store.Tx, *Job) error) (out *Job, err error) {
	err = j.db.Update(ctx, func(tx store.Tx) error {
		if out, err = j.find(ctx, tx, id); err != nil {
			return err
		}
		if err := fn(tx, out); err != nil {
			return err
		}
		return j.save(ctx, tx, out)
	})
	return out, err
}

// advance stores how far an import has come, with the rows that it has settled. It fails with
// errMoved unless the import is still in the given state.
func (j *jobs) advance(ctx context.Context, tx store.Tx, job *Job, next State) error {
	now, err := j.find(ctx, tx, job.ID)
	if err != nil {
		return err
	}
	if now.Status != job.Status {
		return errMoved
	}
	state, err := json.Marshal(next)
	if err != nil {
		return fmt.Errorf("write import %d: %w", job.ID, err)
	}
	_, err = tx.Update(ctx, importTable, job.ID, []string{"state", "changed"}, []value.Value{value.JSON(string(state)), value.Instant(j.clock.Now())})
	return err
}

// note stores findings behind those that state counts, and counts them.
func (j *jobs) note(ctx context.Context, tx store.Tx, job int64, state *State, found []Finding) error {
	var rows [][]value.Value
	for _, f := range found {
		if state.Findings++; state.Findings > maxFindings {
			continue
		}
		b, err := json.Marshal(f)
		if err != nil {
			return fmt.Errorf("write a finding: %w", err)
		}
		rows = append(rows, []value.Value{value.Ref(firstOf(job) + state.Findings), value.JSON(string(b))})
	}
	if len(rows) == 0 {
		return nil
	}
	return tx.Insert(ctx, findingTable, []string{"id", "finding"}, rows...)
}

// readFindings gives at most limit findings after the n-th, and the number of the last one.
func (j *jobs) readFindings(ctx context.Context, job, n int64, limit int) (out []Finding, last int64, err error) {
	last = n
	err = j.db.View(ctx, func(tx store.Tx) error {
		out, last = nil, n
		return each(ctx, tx, j.findings, []value.Value{value.Ref(firstOf(job) + n), value.Ref(lastOf(job)), value.Int(int64(limit))}, func(r driver.Rows) error {
			var f Finding
			last = r.Value(0).Int() - firstOf(job)
			err := json.Unmarshal([]byte(r.Value(1).Text()), &f)
			out = append(out, f)
			return err
		})
	})
	return out, last, err
}

// eraseBatch is how many rows of findings and of the undo log one transaction removes.
const eraseBatch = 5000

// erase removes what a table holds of an import, in short transactions: what is numbered from
// above after on, to at most top.
func (j *jobs) erase(ctx context.Context, name string, job, after, top int64) error {
	id := col("id")
	within := driver.And{Args: []driver.Expr{driver.Cmp{Op: driver.Gt, L: id, R: param(0)}, driver.Cmp{Op: driver.Le, L: id, R: param(1)}}}
	for from := after; from < top; from += eraseBatch {
		err := j.db.Update(ctx, func(tx store.Tx) error {
			_, err := tx.DeleteWhere(ctx, name, within, []value.Value{value.Ref(firstOf(job) + from), value.Ref(firstOf(job) + from + eraseBatch)})
			return err
		})
		if err != nil {
			return fmt.Errorf("remove traces of import %d: %w", job, err)
		}
	}
	return nil
}

func (j *jobs) delete(ctx context.Context, id int64) error {
	return j.db.Update(ctx, func(tx store.Tx) error {
		_, err := tx.Delete(ctx, importTable, id)
		return err
	})
}

// refuseUnless refuses what an import cannot do in its state.
func refuseUnless(job *Job, ok bool) error {
	if ok {
		return nil
	}
	return errs.New(errs.InvalidInput, "this cannot be done while the import is %s", "导入任务处于“%s”状态时不能执行此操作", job.Status).With("status", 409).With("state", job.Status)
}

func in(s Status, list ...Status) bool { return slices.Contains(list, s) }

func timeNow(c clock.Clock) *time.Time {
	t := c.Now()
	return &t
}
