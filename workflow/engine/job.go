package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
)

// The states of a job's row; a job that is done has none. A leased job is open, and due again when
// its lease ends.
const (
	open    = "open"
	waiting = "waiting" // for an earlier one of its order
	dead    = "dead"
)

// errStale says that another worker owns the job now, errDropped that it is not wanted any more, or that
// somebody else has done it.
var (
	errStale   = errors.New("engine: the lease of the job is lost")
	errDropped = errors.New("engine: the job is not there any more")
)

// held is a job in a worker's hands.
type held struct {
	Job
	inst  int64
	epoch int64
}

// enqueue stores a job. One whose key an unfinished job has is left out.
func (e *Engine) enqueue(ctx context.Context, tx store.Tx, inst int64, j Job) error {
	taken := false
	if j.Key != "" {
		if err := e.rows(ctx, tx, "key", func(driver.Rows) { taken = true }, value.Text(j.Key)); err != nil || taken {
			return err
		}
	}
	id, err := tx.NextSequence(ctx, jobs, 1)
	if err != nil {
		return err
	}
	status := open
	if j.Order != "" {
		if err := e.rows(ctx, tx, "ahead", func(driver.Rows) { status = waiting }, value.Text(j.Order)); err != nil {
			return err
		}
	}
	if j.Max == 0 {
		j.Max = DefaultAttempts
	}
	if j.Payload == nil {
		j.Payload = json.RawMessage("null")
	}
	return tx.Insert(ctx, jobs, []string{"id", "pool", "kind", "key", "order", "inst", "status", "at", "prio", "owner", "epoch", "attempt", "max", "payload"},
		[]value.Value{value.Ref(id), value.Text(j.Pool), value.Text(j.Kind), nullable(j.Key), nullable(j.Order), value.Ref(inst), value.Text(status), value.Instant(j.At),
			value.Int(int64(j.Priority)), value.Null, value.Int(0), value.Int(0), value.Int(int64(j.Max)), value.JSON(string(j.Payload))})
}

// Enqueue stores a job of no instance in a transaction of the caller.
func (e *Engine) Enqueue(ctx context.Context, tx store.Tx, j Job) error {
	return e.enqueue(ctx, tx, 0, j)
}

// Drop removes an unfinished job by its key, in a transaction of the caller.
func (e *Engine) Drop(ctx context.Context, tx store.Tx, key string) error {
	return e.drop(ctx, tx, key)
}

// DropUnder removes up to limit unfinished jobs whose keys are a name, or begin with it and a slash, in a transaction of
// the caller. It reports how many there were.
func (e *Engine) DropUnder(ctx context.Context, tx store.Tx, name string, limit int) (int, error) {
	var ids []int64
	err := e.rows(ctx, tx, "under", func(rows driver.Rows) { ids = append(ids, rows.Value(0).Int()) }, value.Text(name), value.Text(name+"/"), value.Text(name+"0"), value.Int(int64(limit)))
	if err != nil {
		return 0, err
	}
	for _, id := range ids {
		if _, err := tx.Delete(ctx, jobs, id); err != nil {
			return 0, err
		}
	}
	return len(ids), nil
}

// Hasten lets an unfinished job run now, in a transaction of the caller: one that is to come later, or that
// is dead. It reports whether there is one; a job that somebody works on stays as it is.
func (e *Engine) Hasten(ctx context.Context, tx store.Tx, key string) (bool, error) {
	now, args := value.Instant(e.opt.Clock.Now()), []value.Value{value.Text(key)}
	idle := driver.IsNull{Arg: col("owner")}
	n, err := tx.UpdateWhere(ctx, jobs, all(is("key", 0), same("status", open), idle), args, []string{"at"}, []value.Value{now})
	if err != nil || n > 0 {
		return n > 0, err
	}
	n, err = tx.UpdateWhere(ctx, jobs, all(is("key", 0), same("status", dead)), args, []string{"status", "at", "attempt"}, []value.Value{value.Text(open), now, value.Int(0)})
	return n > 0, err
}

// drop removes an unfinished job by its key.
func (e *Engine) drop(ctx context.Context, tx store.Tx, key string) error {
	if key == "" {
		return nil
	}
	_, err := tx.DeleteWhere(ctx, jobs, is("key", 0), []value.Value{value.Text(key)})
	return err
}

func readJob(rows driver.Rows) held {
	str := func(i int) string { return strings.Clone(rows.Value(i).Text()) }
	return held{Job: Job{ID: rows.Value(0).Int(), Pool: str(1), Kind: str(2), Key: str(3), Order: str(4), At: rows.Value(7).AsTime(), Priority: int(rows.Value(8).Int()),
		Attempt: int(rows.Value(11).Int()), Max: int(rows.Value(12).Int()), Payload: json.RawMessage(str(13)), Error: str(14)}, inst: rows.Value(5).Int(), epoch: rows.Value(10).Int()}
}

// claim takes up to n due jobs of a pool. The transaction makes each of them this worker's alone.
func (e *Engine) claim(ctx context.Context, pool string, n int) ([]held, error) {
	var seen, out []held
	now := e.opt.Clock.Now()
	// Looking first costs the writer nothing: it only takes what is still there.
	err := e.db.View(ctx, func(tx store.Tx) error {
		seen = seen[:0]
		return e.priorities(ctx, tx, pool, func(prio value.Value) (bool, error) {
			err := e.rows(ctx, tx, "due", func(rows driver.Rows) {
				if j := readJob(rows); len(seen) < n && !e.hands.has(j.ID) {
					seen = append(seen, j)
				}
			}, value.Text(pool), prio, value.Instant(now), value.Int(int64(n-len(seen)+e.hands.size())))
			return len(seen) < n, err
		})
	})
	if err != nil || len(seen) == 0 {
		return nil, err
	}
	err = e.db.Update(ctx, func(tx store.Tx) error {
		e.hands.drop(out...)
		out = out[:0]
		for _, j := range seen {
			if !e.hands.take(j.ID) { // another go of this engine was faster
				continue
			}
			out = append(out, j) // so that it is let go if the transaction fails
			still := false
			err := e.rows(ctx, tx, "job", func(rows driver.Rows) {
				still = rows.Value(6).Text() == open && rows.Value(10).Int() == j.epoch && !rows.Value(7).AsTime().After(now)
			}, value.Ref(j.ID))
			if err != nil {
				return err
			}
			if !still {
				e.hands.drop(j)
				out = out[:len(out)-1]
				continue
			}
			j.epoch++
			j.Attempt++
			_, err = tx.Update(ctx, jobs, j.ID, []string{"owner", "epoch", "attempt", "at"},
				[]value.Value{value.Text(e.opt.Owner), value.Int(j.epoch), value.Int(int64(j.Attempt)), value.Instant(now.Add(Lease))})
			if err != nil {
				return err
			}
			if j.inst != 0 {
				if err := e.rows(ctx, tx, "instance name", func(rows driver.Rows) { j.Instance = strings.Clone(rows.Value(0).Text()) }, value.Ref(j.inst)); err != nil {
					return err
				}
			}
			out[len(out)-1] = j
		}
		return nil
	})
	if err != nil {
		e.hands.drop(out...)
		return nil, err
	}
	return out, nil
}

// priorities gives those of the open jobs of a pool, the first first, until fn has had enough. Each is
// found, and the jobs of one in the order of their moments, in an index: however many jobs wait, nothing
// is sorted.
func (e *Engine) priorities(ctx context.Context, tx store.Tx, pool string, fn func(prio value.Value) (more bool, err error)) error {
	for last, more := value.Int(math.MinInt64), true; more; {
		found := false
		err := e.rows(ctx, tx, "priority", func(rows driver.Rows) { last, found = value.Int(rows.Value(0).Int()), true }, value.Text(pool), last)
		if err != nil || !found {
			return err
		}
		if more, err = fn(last); err != nil {
			return err
		}
	}
	return nil
}

// takeOver frees the jobs of a pool that somebody has in hand who is gone: whoever is not this engine,
// where it is alone. Elsewhere their leases end by themselves.
func (e *Engine) takeOver(ctx context.Context, pool string) error {
	if !e.opt.Alone {
		return nil
	}
	now := e.opt.Clock.Now()
	err := e.db.Update(ctx, func(tx store.Tx) error {
		_, err := tx.UpdateWhere(ctx, jobs, all(is("pool", 0), same("status", open), driver.Cmp{Op: driver.Ne, L: col("owner"), R: param(1)}),
			[]value.Value{value.Text(pool), value.Text(e.opt.Owner)}, []string{"owner", "at"}, []value.Value{value.Null, value.Instant(now)})
		return err
	})
	if err != nil && ctx.Err() == nil {
		return fmt.Errorf("engine: take over the jobs of %s: %w", pool, err)
	}
	return nil
}

// owned checks, in a transaction, that a job is still this worker's.
func (e *Engine) owned(ctx context.Context, tx store.Tx, j held) error {
	mine, there := false, false
	err := e.rows(ctx, tx, "job", func(rows driver.Rows) {
		there = true
		mine = rows.Value(6).Text() == open && rows.Value(9).Text() == e.opt.Owner && rows.Value(10).Int() == j.epoch
	}, value.Ref(j.ID))
	switch {
	case err == nil && !there:
		return errDropped
	case err == nil && !mine:
		return errStale
	}
	return err
}

// extend makes a lease longer.
func (e *Engine) extend(ctx context.Context, j held) error {
	return e.db.Update(ctx, func(tx store.Tx) error {
		if err := e.owned(ctx, tx, j); err != nil {
			return err
		}
		_, err := tx.Update(ctx, jobs, j.ID, []string{"at"}, []value.Value{value.Instant(e.opt.Clock.Now().Add(Lease))})
		return err
	})
}

// finish removes a job and does what follows from it, in one transaction.
func (e *Engine) finish(ctx context.Context, j held, then Finish) error {
	if j.Instance != "" {
		defer e.locks.hold(j.Instance)()
	}
	return e.db.Update(ctx, func(tx store.Tx) error {
		if err := e.owned(ctx, tx, j); err != nil {
			return err
		}
		if _, err := tx.Delete(ctx, jobs, j.ID); err != nil {
			return err
		}
		if err := e.promote(ctx, tx, j.Order); err != nil {
			return err
		}
		if _, err := tx.UpdateWhere(ctx, incidents, is("job", 0), []value.Value{value.Ref(j.ID)}, []string{"open"}, []value.Value{value.Bool(false)}); err != nil {
			return err
		}
		if then == nil {
			return nil
		}
		return then(ctx, tx)
	})
}

// promote lets the next job of an order run.
func (e *Engine) promote(ctx context.Context, tx store.Tx, order string) error {
	if order == "" {
		return nil
	}
	var next int64
	if err := e.rows(ctx, tx, "successor", func(rows driver.Rows) { next = rows.Value(0).Int() }, value.Text(order)); err != nil || next == 0 {
		return err
	}
	_, err := tx.Update(ctx, jobs, next, []string{"status"}, []value.Value{value.Text(open)})
	return err
}

// permanent marks an error that trying again does not cure.
type permanent struct{ error }

func (p permanent) Unwrap() error { return p.error }

// Permanent marks an error of a Handler that trying again does not cure.
func Permanent(err error) error { return permanent{err} }

// IsPermanent says whether an error was marked so.
func IsPermanent(err error) bool {
	var p permanent
	return errors.As(err, &p)
}

// later is an error that says itself when to try again.
type later struct {
	error
	after time.Duration
	then  Finish
}

func (l later) Unwrap() error { return l.error }

// Later makes a handler's error be tried again after a time of its own choosing. It counts no attempt: how
// often to go on is the handler's to know. then, if set, runs in the transaction that stores it.
func Later(err error, after time.Duration, then Finish) error { return later{err, after, then} }

const (
	firstPause = 10 * time.Second
	longest    = 10 * time.Minute
	spread     = 0.2
)

// Backoff is the pause before the next attempt: 10 s, doubled each time, at most 10 min, spread by
// up to 20 % downwards; jitter is in [0, 1).
func Backoff(attempt int, jitter float64) time.Duration {
	d := longest
	if attempt < 7 {
		d = min(firstPause<<max(attempt-1, 0), longest)
	}
	return d - time.Duration(jitter*spread*float64(d))
}

// fail stores an attempt that went wrong: the job is tried again later, or is dead and an incident.
func (e *Engine) fail(ctx context.Context, j held, cause error) error {
	now := e.opt.Clock.Now()
	var again later
	postponed := errors.As(cause, &again)
	over := !postponed && (IsPermanent(cause) || j.Attempt >= j.Max)
	return e.db.Update(ctx, func(tx store.Tx) error {
		if err := e.owned(ctx, tx, j); err != nil {
			return err
		}
		status, at := open, now.Add(Backoff(j.Attempt, e.opt.Jitter()))
		if over {
			status, at = dead, now
		}
		attempt := j.Attempt
		if postponed {
			at, attempt = now.Add(again.after), 0
			if again.then != nil {
				if err := again.then(ctx, tx); err != nil {
					return err
				}
			}
		}
		_, err := tx.Update(ctx, jobs, j.ID, []string{"status", "at", "owner", "error", "attempt"}, []value.Value{value.Text(status), value.Instant(at), value.Null, value.Text(cause.Error()), value.Int(int64(attempt))})
		if err != nil || !over {
			return err
		}
		if err := e.promote(ctx, tx, j.Order); err != nil {
			return err
		}
		return e.report(ctx, tx, j, "job_dead", cause.Error())
	})
}

func (e *Engine) report(ctx context.Context, tx store.Tx, j held, code, detail string) error {
	id, err := tx.NextSequence(ctx, incidents, 1)
	if err != nil {
		return err
	}
	return tx.Insert(ctx, incidents, []string{"id", "inst", "job", "code", "detail", "at", "open"},
		[]value.Value{value.Ref(id), value.Ref(j.inst), value.Ref(j.ID), value.Text(code), value.Text(detail), value.Instant(e.opt.Clock.Now()), value.Bool(true)})
}

// Revive gives a dead job its attempts again; its incident is closed when it succeeds.
func (e *Engine) Revive(ctx context.Context, id int64) error {
	return e.db.Update(ctx, func(tx store.Tx) error {
		n, err := tx.UpdateWhere(ctx, jobs, all(is("id", 0), same("status", dead)), []value.Value{value.Ref(id)},
			[]string{"status", "at", "attempt"}, []value.Value{value.Text(open), value.Instant(e.opt.Clock.Now()), value.Int(0)})
		if err == nil && n == 0 {
			err = errs.New(errs.NotFound, "there is no dead job %d", "没有失败的任务 %d", id)
		}
		return err
	})
}
