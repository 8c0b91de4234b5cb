package transfer

import (
	"context"
	"errors"
	"fmt"

	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/runtime/record"
)

// errStopped ends the run of an import that writes all rows or none, after one was refused.
var errStopped = errors.New("transfer: a row was refused")

// write writes the rows of a file. How far it came is committed with the rows, and so is what
// takes them back: a run that was cut off goes on behind the last batch that is there.
func (s *Service) write(ctx context.Context, job *Job) (err error) {
	if job.State.Fresh {
		if err := s.clear(ctx, job); err != nil {
			return err
		}
	}
	r, err := s.open(ctx, job)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.close()) }()
	if err := r.skip(ctx, job.State.Done); err != nil {
		return err
	}
	w := &writing{reading: r}
	for {
		lines, err := r.batch()
		if err != nil {
			return err
		}
		if len(lines) == 0 {
			return s.finish(ctx, job, Running, Done)
		}
		err = w.attempt(ctx).run(lines)
		if errors.Is(err, errStopped) {
			return s.turnBack(ctx, job, w.stopped)
		}
		if err != nil {
			return err
		}
	}
}

// finish ends a phase that was carried out to its end.
func (s *Service) finish(ctx context.Context, job *Job, from, to Status) error {
	_, err := s.jobs.change(ctx, job.ID, func(now *Job) error {
		if now.Status != from {
			return errMoved
		}
		if from == Running {
			now.Spec.Total = now.State.Done
		}
		now.Status, now.State.Finished = to, timeNow(s.Clock)
		return nil
	})
	return err
}

// turnBack begins to take back what was written, because of a row.
func (s *Service) turnBack(ctx context.Context, job *Job, because []Finding) error {
	_, err := s.jobs.changeIn(ctx, job.ID, func(tx store.Tx, now *Job) error {
		if now.Status != Running {
			return errMoved
		}
		if err := s.jobs.note(ctx, tx, job.ID, &now.State, because); err != nil {
			return err
		}
		now.Status, now.State.Then, now.State.UndoFrom = Reverting, Failed, now.State.Findings
		now.State.Failed++
		now.State.Error = &Trouble{Code: errs.ValidationFail, Message: allOrNothing(1).Message}
		return nil
	})
	return err
}

// writing is a run under way.
type writing struct {
	*reading
	stopped []Finding
}

func (w *writing) attempt(ctx context.Context) attempt[*line] {
	return attempt[*line]{
		live: func(l *line) bool { return l.ok },
		try:  func(lines []*line) error { return w.try(ctx, lines) },
		fail: func(l *line, e *errs.Error) error {
			w.refuse(l, e)
			if w.job.Spec.Atomic {
				w.stopped = l.found
				return errStopped
			}
			return nil
		},
		moved: func(lines []*line) error { return w.again(ctx, lines) },
	}
}

// try commits rows together with their undo log, their findings and how far the import is.
func (w *writing) try(ctx context.Context, lines []*line) error {
	if w.job.Spec.Atomic {
		for _, l := range lines {
			if !l.ok {
				w.stopped = l.found
				return errStopped
			}
		}
	}
	var next State
	after := func(tx store.Tx, results []record.Result) error {
		next = w.job.State
		i := 0
		for _, l := range lines {
			if l.ok {
				w.warn(l, results[i].Warnings)
				i++
			}
		}
		if err := w.s.jobs.note(ctx, tx, w.job.ID, &next, tally(&next, lines, results)); err != nil {
			return err
		}
		if err := w.log(ctx, tx, lines, results); err != nil {
			return err
		}
		return w.s.jobs.advance(ctx, tx, w.job, next)
	}
	var err error
	if todo := ops(lines); len(todo) > 0 {
		_, err = w.s.Writer.Write(ctx, w.profile, todo, record.Options{Atomic: true, Before: true, After: after})
	} else {
		err = w.s.jobs.db.Update(ctx, func(tx store.Tx) error { return after(tx, nil) })
	}
	if err == nil {
		w.job.State = next
	}
	return err
}

// log notes what takes the rows back. A record that another row of the file has written is
// refused: there would be no telling what was there before.
func (w *writing) log(ctx context.Context, tx store.Tx, lines []*line, results []record.Result) error {
	var rows [][]value.Value
	i := -1
	for _, l := range lines {
		if !l.ok {
			continue
		}
		i++
		r := &results[i]
		if !r.Created && len(r.Before) == 0 {
			continue
		}
		before := value.Null
		if !r.Created {
			b, err := record.SaveValues(r.Before)
			if err != nil {
				return err
			}
			before = value.JSON(b)
		}
		rows = append(rows, []value.Value{value.Ref(firstOf(w.job.ID) + l.n), value.Int(w.job.ID), value.Int(int64(l.row)), value.Ref(r.ID), value.Int(r.Version), before})
	}
	if len(rows) == 0 {
		return nil
	}
	err := tx.Insert(ctx, rowTable, []string{"id", "job", "row", "record", "version", "before"}, rows...)
	var dup *driver.DuplicateError
	if errors.As(err, &dup) {
		return errs.New(errs.Duplicate, "another row of the file has written this record", "文件中的另一行已写入该记录").Because(err)
	}
	if err != nil {
		return fmt.Errorf("log what was written: %w", err)
	}
	return nil
}
