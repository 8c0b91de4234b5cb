package transfer

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/runtime/access"
	"github.com/tenon-platform/tenon/runtime/record"
	"github.com/tenon-platform/tenon/runtime/transfer/mapping"
	"github.com/tenon-platform/tenon/runtime/transfer/table"
)

const (
	// batchRows is how many rows one transaction writes, batchBytes what their texts may have.
	batchRows  = 1000
	batchBytes = 4 << 20
)

// line is one row of a file on its way to a record.
type line struct {
	n     int64 // of the rows below the header, from 1
	row   int   // as findings number it
	cells []string
	op    record.Op
	ok    bool // op is to be carried out
	found []Finding
}

// reading goes through the file of an import.
type reading struct {
	s       *Service
	job     *Job
	profile access.Profile
	file    File
	rows    *table.Reader
	n       int64 // rows read
	plan    *mapping.Plan
}

// open opens the file of an import and compiles its mapping.
func (s *Service) open(ctx context.Context, job *Job) (*reading, error) {
	r := &reading{s: s, job: job}
	err := r.compile(ctx)
	if err != nil {
		return nil, err
	}
	if r.file, err = s.Files.Open(ctx, job.Spec.File); err != nil {
		return nil, err
	}
	if r.rows, err = table.Open(r.file, job.Spec.Format, s.Limits.Table); err != nil {
		return nil, errors.Join(err, r.file.Close())
	}
	return r, nil
}

func (r *reading) close() error { return errors.Join(r.rows.Close(), r.file.Close()) }

// compile compiles the mapping for the catalogue that serves.
func (r *reading) compile(ctx context.Context) (err error) {
	if r.profile, err = r.s.Profile(ctx, r.job.actor()); err != nil {
		return err
	}
	if err := access.Require(r.profile, access.RightImport); err != nil {
		return err
	}
	if r.job.Spec.Map == nil {
		return errs.New(errs.InvalidInput, "no column is mapped", "尚未映射任何列")
	}

	o, err := r.s.object(r.job.Object, r.profile)
	if err != nil {
		return err
	}
	r.plan, err = mapping.Compile(r.job.Spec.Header, *r.job.Spec.Map, mapping.Target{Object: o, Profile: r.profile, Zone: r.s.zone()})
	return err
}

// skip passes over rows that are settled.
func (r *reading) skip(ctx context.Context, n int64) error {
	for r.n < n {
		if r.n%batchRows == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		if _, err := r.rows.Next(); err != nil {
			return fmt.Errorf("find row %d of the file: %w", n, err)
		}
		r.n++
	}
	return nil
}

// batch reads the next rows; none behind the last one.
func (r *reading) batch() ([]*line, error) {
	var out []*line
	size := 0
	for len(out) < batchRows && size < batchBytes {
		row, err := r.rows.Next()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, err
		}
		if r.n++; r.n > r.s.Limits.Rows {
			return nil, errs.New(errs.LimitExceeded, "the file has more than %d rows", "文件超过 %d 行", r.s.Limits.Rows).With("limit", r.s.Limits.Rows)
		}
		l := &line{n: r.n, row: row.Number, cells: append([]string(nil), row.Cells...)}
		for _, c := range l.cells {
			size += len(c)
		}
		if row.Bad != nil {
			l.found = []Finding{findingOf(l.row, mapping.Problem{Err: row.Bad})}
		} else {
			r.convert(l)
		}
		out = append(out, l)
	}
	return out, nil
}

// convert makes the operation of a row.
func (r *reading) convert(l *line) {
	op, bad := r.plan.Op(l.cells)
	l.op, l.ok = op, len(bad) == 0
	for _, p := range bad {
		l.found = append(l.found, findingOf(l.row, p))
	}
}

// again makes the operations anew that a publish has outdated.
func (r *reading) again(ctx context.Context, lines []*line) error {
	if err := r.compile(ctx); err != nil {
		return err
	}
	for _, l := range lines {
		if l.ok {
			l.found = nil
			r.convert(l)
		}
	}
	return nil
}

// refuse notes why a row is not written.
func (r *reading) refuse(l *line, e *errs.Error) {
	l.ok, l.found = false, nil
	for _, p := range r.plan.Explain(e, l.cells) {
		l.found = append(l.found, findingOf(l.row, p))
	}
}

// warn notes what rules warn of; it replaces what they have warned of before.
func (r *reading) warn(l *line, ws []record.Warning) {
	l.found = l.found[:0]
	for _, w := range ws {
		e := &errs.Error{Code: errs.ValidationFail, Message: w.Message, Field: w.Field, Rule: w.Rule}
		for _, p := range r.plan.Explain(e, l.cells) {
			f := findingOf(l.row, p)
			f.Severity = diag.Warning
			l.found = append(l.found, f)
		}
	}
}

func ops(lines []*line) []record.Op {
	out := make([]record.Op, 0, len(lines))
	for _, l := range lines {
		if l.ok {
			out = append(out, l.op)
		}
	}
	return out
}

// tally counts settled rows into a state, with the results of those that were carried out.
func tally(st *State, lines []*line, results []record.Result) (found []Finding) {
	i := 0
	for _, l := range lines {
		st.Done++
		found = append(found, l.found...)
		if !l.ok {
			st.Failed++
			continue
		}
		if len(l.found) > 0 {
			st.Warned++
		}
		switch r := &results[i]; {
		case r.Created:
			st.Created++
		case len(r.Before) > 0:
			st.Updated++
		default:
			st.Unchanged++
		}
		i++
	}
	return found
}
