package transfer

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/platform/audit"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/ident"
	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/runtime/access"
	"github.com/tenon-platform/tenon/runtime/transfer/mapping"
	"github.com/tenon-platform/tenon/runtime/transfer/table"
)

// sampleRows is how many rows of a file are shown and looked at for suggestions, sampleCell how
// many characters of a cell.
const (
	sampleRows = 20
	sampleCell = 500
)

// mine says whether a caller may see an import: its owner and administrators may, a key only where
// it reaches the object.
func mine(p ident.Principal, job *Job) bool {
	return p.Scope.Reaches(job.Object) && job.Status != Deleting && job.Status != Uploading && (p.Admin || p.UserID == job.Owner.UserID && p.Name == job.Owner.Name)
}

func caller(ctx context.Context) ident.Caller {
	c, _ := ident.From(ctx)
	return c
}

// Upload keeps a file and finds out what is in it. The import is Ready, with a proposed mapping.
func (s *Service) Upload(ctx context.Context, object, name string, r io.Reader) (*Job, error) {
	c := caller(ctx)
	p, err := s.Profile(ctx, c.Principal)
	if err != nil {
		return nil, err
	}
	if err := access.Require(p, access.RightImport); err != nil {
		return nil, err
	}
	o, err := s.object(object, p)
	if err != nil {
		return nil, err
	}
	if !p.Can(o, access.Create) && !p.Can(o, access.Update) {
		return nil, errs.New(errs.Forbidden, "you may not write %s", "您无权写入 %s", object)
	}
	if r == nil {
		return nil, errs.New(errs.InvalidInput, "the file is empty", "文件为空")
	}
	if s.Room != nil {
		if err := s.Room(); err != nil {
			return nil, err
		}
	}
	file, err := fileName()
	if err != nil {
		return nil, err
	}
	job := &Job{Object: o.Name, Status: Uploading, Owner: c.Principal, Spec: Spec{Name: cleanName(name), File: file, Locale: c.Locale}}
	if err := s.jobs.insert(ctx, job); err != nil {
		return nil, err
	}
	if job.Spec.Size, err = s.Files.Put(ctx, file, r, s.Limits.File); err == nil {
		err = s.inspect(ctx, job, nil)
	}
	if err != nil {
		ctx := context.WithoutCancel(ctx)
		return nil, errors.Join(err, s.Files.Delete(ctx, file), s.jobs.delete(ctx, job.ID))
	}
	return s.jobs.change(ctx, job.ID, func(now *Job) error {
		now.Spec, now.Status = job.Spec, Ready
		return nil
	})
}

func fileName() (string, error) {
	var b [16]byte
	if _, err := rand.Read(b[:]); err != nil {
		return "", fmt.Errorf("name the upload: %w", err)
	}
	return hex.EncodeToString(b[:]), nil
}

// cleanName keeps the last part of the name that a client gives its file, for people to know it by.
func cleanName(s string) string {
	s = path.Base(strings.ReplaceAll(s, `\`, "/"))
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, ""))
	if s = clip(s); s == "." || s == "/" {
		return ""
	}
	return s
}

// inspect reads the header and some rows of an import's file: as Detect says, or as the caller does.
func (s *Service) inspect(ctx context.Context, job *Job, as *table.Format) (err error) {
	f, err := s.Files.Open(ctx, job.Spec.File)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	format, err := s.format(f, as)
	if err != nil {
		return err
	}
	spec := &job.Spec
	spec.Format, spec.Sheets, spec.Sample, spec.Total = format, nil, nil, 0
	if format.Kind == table.XLSX {
		if spec.Sheets, err = table.Sheets(f, s.Limits.Table); err != nil {
			return err
		}
	}
	r, err := table.Open(f, format, s.Limits.Table)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	spec.Header = r.Header()
	if err := s.sample(spec, r); err != nil {
		return err
	}
	if spec.Map == nil {
		spec.Map = &mapping.Settings{Mode: mapping.Create, Columns: s.propose(ctx, job)}
	}
	return nil
}

func (s *Service) format(f File, as *table.Format) (table.Format, error) {
	found, err := table.Detect(f)
	if err != nil || as == nil {
		return found, err
	}
	if as.Kind == "" {
		as.Kind = found.Kind
	}
	if as.Encoding == "" {
		as.Encoding = found.Encoding
	}
	if as.Delimiter == "" {
		as.Delimiter = found.Delimiter
	}
	return *as, nil
}

// sample keeps the first rows, and counts the rows of a CSV file; a workbook says how many it has.
func (s *Service) sample(spec *Spec, r *table.Reader) error {
	for n := int64(0); ; n++ {
		row, err := r.Next()
		if errors.Is(err, io.EOF) {
			spec.Total = n
			return nil
		}
		if err != nil && n > 0 { // the run will say so, with the rows above it
			return nil
		}
		if err != nil {
			return err
		}
		if n < sampleRows && row.Bad == nil {
			cells := make([]string, len(row.Cells))
			for i, c := range row.Cells {
				cells[i] = cut(c)
			}
			spec.Sample = append(spec.Sample, cells)
		}
		if spec.Format.Kind == table.XLSX && n >= sampleRows {
			spec.Total = int64(max(0, r.Last()-1))
			return nil
		}
	}
}

func cut(s string) string {
	n := 0
	for i := range s {
		if n++; n > sampleCell {
			return s[:i]
		}
	}
	return s
}

// Suggestions are for each column of an import the fields that the caller may fill from it, the
// best first.
func (s *Service) Suggestions(ctx context.Context, job *Job) [][]mapping.Suggestion {
	p, err := s.Profile(ctx, caller(ctx).Principal)
	var o *catalog.Object
	if err == nil {
		o, err = s.object(job.Object, p)
	}
	if err != nil {
		return make([][]mapping.Suggestion, len(job.Spec.Header))
	}
	return mapping.Suggest(job.Spec.Header, job.Spec.Sample, mapping.Target{Object: o, Profile: p, Zone: s.zone()})
}

func (s *Service) propose(ctx context.Context, job *Job) []mapping.Column {
	return mapping.Propose(job.Spec.Header, s.Suggestions(ctx, job))
}

// Import gives one of the caller's imports; NOT_FOUND for one of somebody else.
func (s *Service) Import(ctx context.Context, id int64) (*Job, error) {
	job, err := s.jobs.one(ctx, id)
	if err != nil {
		return nil, err
	}
	if !mine(caller(ctx).Principal, job) {
		return nil, noImport()
	}
	return job, nil
}

// Imports lists at most limit of the caller's imports older than one, the newest first; before 0
// starts with the newest. An object may be named, or "".
func (s *Service) Imports(ctx context.Context, object string, before int64, limit int) ([]*Job, error) {
	p := caller(ctx).Principal
	return s.jobs.list(ctx, before, limit, func(job *Job) bool { return mine(p, job) && (object == "" || job.Object == object) })
}

// change lets fn change one of the caller's imports.
func (s *Service) changeMine(ctx context.Context, id int64, fn func(*Job) error) (*Job, error) {
	return s.changeMineIn(ctx, id, func(_ store.Tx, job *Job) error { return fn(job) })
}

func (s *Service) changeMineIn(ctx context.Context, id int64, fn func(store.Tx, *Job) error) (*Job, error) {
	p := caller(ctx).Principal
	return s.jobs.changeIn(ctx, id, func(tx store.Tx, job *Job) error {
		if !mine(p, job) {
			return noImport()
		}
		return fn(tx, job)
	})
}

// Configuration is what can be set of an import before it runs; what is nil stays.
type Configuration struct {
	Format *table.Format     `json:"format"`
	Map    *mapping.Settings `json:"map"`
	Atomic *bool             `json:"atomic"` // all rows or none
}

// Configure sets how an import's file is read and mapped. Another format has other columns, so it
// makes a new proposal unless a mapping comes with it.
func (s *Service) Configure(ctx context.Context, id int64, c Configuration) (*Job, error) {
	job, err := s.Import(ctx, id)
	if err != nil {
		return nil, err
	}
	if err := refuseUnless(job, unwritten(job)); err != nil {
		return nil, err
	}
	spec := job.Spec
	if c.Format != nil {
		job.Spec.Map = nil
		if err := s.inspect(ctx, job, c.Format); err != nil {
			return nil, err
		}
		spec = job.Spec
	}
	if c.Map != nil {
		spec.Map = c.Map
	}
	if c.Atomic != nil {
		spec.Atomic = *c.Atomic
	}
	if err := s.compiles(ctx, job, &spec); err != nil && c.Map != nil {
		return nil, err
	}
	return s.changeMine(ctx, id, func(now *Job) error {
		if err := refuseUnless(now, unwritten(now)); err != nil {
			return err
		}
		now.Spec, now.Status = spec, Ready
		return nil
	})
}

// unwritten says whether nothing of an import is written, so that all of it can still be changed.
func unwritten(job *Job) bool {
	return in(job.Status, Ready, Checked) || in(job.Status, Failed, Canceled) && !job.State.written()
}

// compiles checks a mapping before an import is begun, as the caller.
func (s *Service) compiles(ctx context.Context, job *Job, spec *Spec) error {
	as := *spec
	who := caller(ctx).Principal
	as.Actor = &who
	r := reading{s: s, job: &Job{Object: job.Object, Owner: job.Owner, Spec: as}}
	return r.compile(ctx)
}

// begin moves an import into a phase, as the caller, and wakes a worker.
func (s *Service) begin(ctx context.Context, id int64, fn func(*Job) error) (*Job, error) {
	p, err := s.Profile(ctx, caller(ctx).Principal)
	if err == nil {
		err = access.Require(p, access.RightImport)
	}
	if err != nil {
		return nil, err
	}
	job, err := s.changeMineIn(ctx, id, func(tx store.Tx, job *Job) error {
		if err := fn(job); err != nil {
			return err
		}
		who := caller(ctx).Principal
		job.Spec.Actor = &who
		job.State.Error, job.State.Started, job.State.Finished = nil, timeNow(s.Clock), nil
		kind := audit.Import
		switch {
		case job.Status == Checking && job.State.Then == "": // nothing will be written
			return nil
		case job.Status == Undoing:
			kind = audit.ImportUndone
		}
		return s.Audit.Append(ctx, tx, audit.Entry{Kind: kind, Subject: job.Object, Details: map[string]any{"import": job.ID, "file": job.Spec.Name, "rows": job.Spec.Total}})
	})
	if err == nil {
		s.nudge()
	}
	return job, err
}

// Check begins a dry run.
func (s *Service) Check(ctx context.Context, id int64) (*Job, error) {
	return s.begin(ctx, id, func(job *Job) error {
		if err := refuseUnless(job, unwritten(job)); err != nil {
			return err
		}
		job.Status, job.State.Then = Checking, ""
		return s.compiles(ctx, job, &job.Spec)
	})
}

// Run begins to write, or goes on with an import that failed or was canceled after some rows. One
// that writes all rows or none is checked first.
func (s *Service) Run(ctx context.Context, id int64) (*Job, error) {
	return s.begin(ctx, id, func(job *Job) error {
		goesOn := in(job.Status, Failed, Canceled) && job.State.written() && !job.Spec.Atomic && job.State.Undone == 0
		if err := refuseUnless(job, unwritten(job) || goesOn); err != nil {
			return err
		}
		switch {
		case goesOn:
			job.Status = Running
		case job.Spec.Atomic:
			job.Status, job.State.Then = Checking, Running
		default:
			job.Status, job.State.Then, job.State.Fresh = Running, "", true
		}
		return s.compiles(ctx, job, &job.Spec)
	})
}

// Cancel stops an import. What it has written stays and can be undone, or, of one that writes all
// rows or none, is taken back at once.
func (s *Service) Cancel(ctx context.Context, id int64) (*Job, error) {
	job, err := s.changeMine(ctx, id, func(job *Job) error {
		if err := refuseUnless(job, in(job.Status, Checking, Running)); err != nil {
			return err
		}
		if job.Status == Running && job.Spec.Atomic {
			job.Status, job.State.Then, job.State.UndoFrom = Reverting, Canceled, job.State.Findings
			return nil
		}
		job.Status, job.State.Then, job.State.Finished = Canceled, "", timeNow(s.Clock)
		return nil
	})
	if err == nil {
		s.interrupt(id)
	}
	return job, err
}

// Undo begins to take back what an import has written.
func (s *Service) Undo(ctx context.Context, id int64) (*Job, error) {
	return s.begin(ctx, id, func(job *Job) error {
		if err := refuseUnless(job, in(job.Status, Done, Failed, Canceled, Undone) && job.State.written()); err != nil {
			return err
		}
		if job.State.Undone+job.State.Refused == 0 {
			job.State.UndoFrom = job.State.Findings
		}
		job.Status = Undoing
		return nil
	})
}

// Delete removes an import with its file, its findings and its undo log. The records stay.
func (s *Service) Delete(ctx context.Context, id int64) error {
	_, err := s.changeMine(ctx, id, func(job *Job) error {
		if err := refuseUnless(job, !job.Status.isActive()); err != nil {
			return err
		}
		job.Status = Deleting
		return nil
	})
	if err == nil {
		s.nudge()
	}
	return err
}

// Findings gives at most limit findings of one of the caller's imports after the n-th, and the
// number of the last one given.
func (s *Service) Findings(ctx context.Context, id, n int64, limit int) ([]Finding, int64, error) {
	if _, err := s.Import(ctx, id); err != nil {
		return nil, 0, err
	}
	return s.jobs.readFindings(ctx, id, n, limit)
}

// File opens the uploaded file of one of the caller's imports.
func (s *Service) File(ctx context.Context, id int64) (*Job, File, error) {
	job, err := s.Import(ctx, id)
	if err != nil {
		return nil, nil, err
	}
	f, err := s.Files.Open(ctx, job.Spec.File)
	return job, f, err
}
