package transfer

import (
	"context"
	"strings"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/ident"
	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/runtime/access"
	"github.com/tenon-platform/tenon/runtime/record"
)

// undoRows is how many rows one transaction takes back.
const undoRows = 500

// entry is one row of the undo log.
type entry struct {
	id      int64
	row     int
	record  int64
	version int64
	before  string // "" for a record that the import created
	op      record.Op
	ok      bool
	found   []Finding
}

// undo takes an import back: what it created is removed for good, what it changed gets the values
// that it had. Rows that were changed since, or that others refer to, stay and are told; they can
// be tried again.
func (s *Service) undo(ctx context.Context, job *Job) error {
	if err := s.takeBack(ctx, job, s.Profile); err != nil {
		return err
	}
	return s.finish(ctx, job, Undoing, Undone)
}

// revert takes back what an import that writes all rows or none has written before it failed or
// was canceled. Permissions do not stand in the way: these rows were never to be seen.
func (s *Service) revert(ctx context.Context, job *Job) error {
	if err := s.takeBack(ctx, job, func(context.Context, ident.Principal) (access.Profile, error) { return access.Everything, nil }); err != nil {
		return err
	}
	_, err := s.jobs.change(ctx, job.ID, func(now *Job) error {
		if now.Status != Reverting {
			return errMoved
		}
		now.Status, now.State.Finished = Failed, timeNow(s.Clock)
		if now.State.Then == Canceled {
			now.Status = Canceled
		}
		now.State.Then = ""
		return nil
	})
	return err
}

// takeBack goes through the undo log from its end. What is taken back leaves the log in the same
// transaction; what is refused stays in it.
func (s *Service) takeBack(ctx context.Context, job *Job, may func(context.Context, ident.Principal) (access.Profile, error)) error {
	if err := s.forgetRefused(ctx, job); err != nil {
		return err
	}
	u := &undoing{s: s, job: job, may: may}
	for before := lastOf(job.ID); ; {
		entries, err := u.read(ctx, before)
		if err != nil || len(entries) == 0 {
			return err
		}
		before = entries[len(entries)-1].id
		if err := u.plan(ctx, entries); err != nil {
			return err
		}
		a := attempt[*entry]{
			live:  func(e *entry) bool { return e.ok },
			try:   func(es []*entry) error { return u.try(ctx, es) },
			fail:  func(e *entry, err *errs.Error) error { e.refuse(err); return nil },
			moved: func(es []*entry) error { return u.plan(ctx, es) },
		}
		if err := a.run(entries); err != nil {
			return err
		}
	}
}

// forgetRefused removes the findings of an earlier try: its rows are tried again.
func (s *Service) forgetRefused(ctx context.Context, job *Job) error {
	next := job.State
	if err := s.jobs.erase(ctx, findingTable, job.ID, next.UndoFrom, min(next.Findings, maxFindings)); err != nil {
		return err
	}
	next.Findings, next.Refused = next.UndoFrom, 0
	err := s.jobs.db.Update(ctx, func(tx store.Tx) error { return s.jobs.advance(ctx, tx, job, next) })
	if err == nil {
		job.State = next
	}
	return err
}

type undoing struct {
	s       *Service
	job     *Job
	may     func(context.Context, ident.Principal) (access.Profile, error)
	profile access.Profile
}

func (u *undoing) read(ctx context.Context, before int64) (out []*entry, err error) {
	err = u.s.jobs.db.View(ctx, func(tx store.Tx) error {
		out = nil
		return each(ctx, tx, u.s.jobs.rowsBack, []value.Value{value.Ref(firstOf(u.job.ID)), value.Ref(before), value.Int(undoRows)}, func(r driver.Rows) error {
			e := &entry{id: r.Value(0).Int(), row: int(r.Value(1).Int()), record: r.Value(2).Int(), version: r.Value(3).Int()}
			if v := r.Value(4); !v.IsNull() {
				e.before = strings.Clone(v.Text())
			}
			out = append(out, e)
			return nil
		})
	})
	return out, err
}

// plan makes the operations that take entries back.
func (u *undoing) plan(ctx context.Context, entries []*entry) (err error) {
	if u.profile, err = u.may(ctx, u.job.actor()); err != nil {
		return err
	}
	o := u.s.Tenant.Catalog().Object(u.job.Object)
	if o == nil {
		return errs.New(errs.NotFound, "there is no object %s", "没有对象 %s", u.job.Object)
	}
	for _, e := range entries {
		if len(e.found) > 0 {
			continue
		}
		if err := e.plan(o); err != nil {
			refused := ofRow(err)
			if refused == nil {
				return err
			}
			e.refuse(refused)
		}
	}
	return nil
}

func (e *entry) plan(o *catalog.Object) error {
	e.op, e.ok = record.Op{Verb: record.Erase, Object: o, ID: e.record, IfVersion: &e.version}, true
	if e.before == "" {
		return nil
	}
	e.op.Verb = record.Revert
	var err error
	e.op.Values, err = record.LoadValues(o, e.before)
	return err
}

func (e *entry) refuse(err *errs.Error) {
	e.ok = false
	if err.Code == errs.VersionConflict || err.Code == errs.NotFound {
		err = errs.New(errs.VersionConflict, "the record was changed or deleted since the import", "记录在导入之后已被修改或删除")
	}
	for _, x := range append([]*errs.Error{err}, err.More...) {
		e.found = append(e.found, Finding{Row: e.row, Field: x.Field, Code: x.Code, Message: x.Message})
	}
}

// try takes entries back and removes them from the log.
func (u *undoing) try(ctx context.Context, entries []*entry) error {
	var todo []record.Op
	var ids []int64
	var found []Finding
	for _, e := range entries {
		if found = append(found, e.found...); e.ok {
			todo, ids = append(todo, e.op), append(ids, e.id)
		}
	}
	var next State
	after := func(tx store.Tx, _ []record.Result) error {
		next = u.job.State
		next.Undone += int64(len(ids))
		next.Refused += int64(len(entries) - len(ids))
		if err := u.s.jobs.note(ctx, tx, u.job.ID, &next, found); err != nil {
			return err
		}
		if len(ids) > 0 {
			if _, err := tx.Delete(ctx, rowTable, ids...); err != nil {
				return err
			}
		}
		return u.s.jobs.advance(ctx, tx, u.job, next)
	}
	var err error
	if len(todo) > 0 {
		_, err = u.s.Writer.Write(ctx, u.profile, todo, record.Options{Atomic: true, After: after})
	} else {
		err = u.s.jobs.db.Update(ctx, func(tx store.Tx) error { return after(tx, nil) })
	}
	if err == nil {
		u.job.State = next
	}
	return err
}
