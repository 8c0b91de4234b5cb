package transfer

import (
	"context"
	"errors"
	"maps"

	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/runtime/record"
)

// check is the dry run: everything is done as in a real run, batch by batch, and each batch is
// rolled back. What only later batches could know is kept beside: the keys that rows above have
// taken. It begins anew when it was cut off, or when a publish came between.
func (s *Service) check(ctx context.Context, job *Job) error {
	for {
		if err := s.checkOnce(ctx, job); !errors.Is(err, record.ErrCatalogMoved) {
			return err
		}
	}
}

func (s *Service) checkOnce(ctx context.Context, job *Job) (err error) {
	if err := s.clear(ctx, job); err != nil {
		return err
	}
	r, err := s.open(ctx, job)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.close()) }()
	d := &dryRun{reading: r, seen: map[uint64]int{}}
	for {
		lines, err := r.batch()
		if err != nil {
			return err
		}
		if len(lines) == 0 {
			return s.checked(ctx, job)
		}
		d.compare(lines)
		if err := d.attempt(ctx).run(lines); err != nil {
			return err
		}
	}
}

// clear takes back what an earlier phase has counted and found.
func (s *Service) clear(ctx context.Context, job *Job) error {
	if err := s.jobs.erase(ctx, findingTable, job.ID, 0, min(job.State.Findings, maxFindings)); err != nil {
		return err
	}
	next := State{Then: job.State.Then, Started: timeNow(s.Clock)}
	err := s.jobs.db.Update(ctx, func(tx store.Tx) error { return s.jobs.advance(ctx, tx, job, next) })
	if err == nil {
		job.State = next
	}
	return err
}

// checked ends a dry run, and begins the run that it was made for unless there are errors.
func (s *Service) checked(ctx context.Context, job *Job) error {
	_, err := s.jobs.change(ctx, job.ID, func(now *Job) error {
		if now.Status != Checking {
			return errMoved
		}
		now.Spec.Total = now.State.Done
		now.Status, now.State.Finished = Checked, timeNow(s.Clock)
		if now.State.Then == "" {
			return nil
		}
		if now.State.Failed > 0 {
			now.Status, now.State.Then = Failed, ""
			now.State.Error = &Trouble{Code: errs.ValidationFail, Message: allOrNothing(now.State.Failed).Message}
			return nil
		}
		now.Status, now.State.Then, now.State.Fresh, now.State.Finished = Running, "", true, nil
		return nil
	})
	return err
}

func allOrNothing(failed int64) *errs.Error {
	return errs.New(errs.ValidationFail, "%d rows have errors, so none is written", "有 %d 行存在错误，因此未写入任何行", failed)
}

// dryRun is a dry run under way.
type dryRun struct {
	*reading
	seen map[uint64]int // hash of a unique key's value → row that has taken it
}

// compare refuses rows that share a key with a row above. A reference to a row above is left out
// of the dry run: that row is not there yet, but will be.
func (d *dryRun) compare(lines []*line) {
	for _, l := range lines {
		if !l.ok {
			continue
		}
		fields, to := d.plan.Refers(&l.op)
		for i, id := range to {
			if d.seen[id] > 0 {
				l.op.Input = maps.Clone(l.op.Input)
				delete(l.op.Input, fields[i])
			}
		}
		for _, id := range d.plan.Identities(&l.op) {
			above := d.seen[id.Hash]
			if above == 0 {
				d.seen[id.Hash] = l.row
				continue
			}
			d.refuse(l, errs.New(errs.Duplicate, "row %d has the same value", "与第 %d 行的值相同", above).On(id.Fields[0]).With("fields", id.Fields))
			break
		}
	}
}

func (d *dryRun) attempt(ctx context.Context) attempt[*line] {
	return attempt[*line]{
		live:  func(l *line) bool { return l.ok },
		try:   func(lines []*line) error { return d.try(ctx, lines) },
		fail:  func(l *line, e *errs.Error) error { d.refuse(l, e); return nil },
		moved: func([]*line) error { return record.ErrCatalogMoved },
	}
}

// try carries rows out, rolls them back, and stores what was found.
func (d *dryRun) try(ctx context.Context, lines []*line) error {
	var results []record.Result
	if todo := ops(lines); len(todo) > 0 {
		var err error
		if results, err = d.s.Writer.Write(ctx, d.profile, todo, record.Options{Atomic: true, Check: true, Before: true}); err != nil {
			return err
		}
	}
	i := 0
	for _, l := range lines {
		if l.ok {
			d.warn(l, results[i].Warnings)
			i++
		}
	}
	var next State
	err := d.s.jobs.db.Update(ctx, func(tx store.Tx) error {
		next = d.job.State
		if err := d.s.jobs.note(ctx, tx, d.job.ID, &next, tally(&next, lines, results)); err != nil {
			return err
		}
		return d.s.jobs.advance(ctx, tx, d.job, next)
	})
	if err == nil {
		d.job.State = next
	}
	return err
}
