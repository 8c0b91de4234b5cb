package transfer

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/platform/audit"
	"github.com/tenon-platform/tenon/platform/clock"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/ident"
	"github.com/tenon-platform/tenon/runtime/access"
	"github.com/tenon-platform/tenon/runtime/gql"
	"github.com/tenon-platform/tenon/runtime/live"
	"github.com/tenon-platform/tenon/runtime/record"
	"github.com/tenon-platform/tenon/runtime/transfer/table"
)

// Lister answers GraphQL queries; exports read through it, so that filters, permissions and field
// security are those of the API.
type Lister interface {
	Execute(ctx context.Context, p access.Profile, req gql.Request) gql.Response
}

// Deps are what a Service works with.
type Deps struct {
	Tenant *live.Tenant
	Writer record.Writer
	Lister Lister
	Files  Files
	Clock  clock.Clock
	Audit  *audit.Log // takes imports and exports down; may be nil
	Log    *slog.Logger
	NewID  func() string // ids of internal errors, in the log and in the answer
	// Profile finds what a caller may do under the catalogue that serves. It is asked again when an
	// import goes on after a restart, so that what was taken from the caller meanwhile is gone.
	Profile func(ctx context.Context, p ident.Principal) (access.Profile, error)
	Limits  Limits
	// Room refuses uploads that the tenant has no room for; nil: there always is.
	Room func() error
}

// Limits bound imports and exports.
type Limits struct {
	File    int64 // bytes of an upload
	Rows    int64 // of a file
	Workers int   // imports at work at a time
	Page    int   // records that an export reads at a time
	Table   table.Limits
}

// DefaultLimits are the limits where a tenant sets none.
func DefaultLimits() Limits {
	return Limits{File: 1 << 30, Rows: 5_000_000, Workers: 2, Page: 500, Table: table.DefaultLimits()}
}

// Keep is how long an import, its file and its undo log are kept after the last change.
const Keep = 30 * 24 * time.Hour

// Service carries out the imports and exports of one tenant. Imports are jobs in the store: what
// is to be done next is always read from there, so that a job that a stop of the process cut off
// goes on when the service starts again.
type Service struct {
	Deps
	jobs *jobs

	mu     sync.Mutex
	busy   map[int64]context.CancelFunc // jobs at work here
	wake   chan struct{}
	stop   context.CancelFunc
	ended  sync.WaitGroup
	change chan struct{} // closed when a job's phase ends
}

// New makes a service; nothing runs before Start.
func New(d Deps) (*Service, error) {
	j, err := openJobs(d.Tenant.Store, d.Clock)
	if err != nil {
		return nil, err
	}
	return &Service{Deps: d, jobs: j, busy: map[int64]context.CancelFunc{}, wake: make(chan struct{}, 1), change: make(chan struct{})}, nil
}

// Start begins to work on the jobs in the store.
func (s *Service) Start() {
	ctx, cancel := context.WithCancel(context.Background())
	s.mu.Lock()
	s.stop = cancel
	s.mu.Unlock()
	for range max(1, s.Limits.Workers) {
		s.ended.Add(1)
		go func() {
			defer s.ended.Done()
			s.work(ctx)
		}()
	}
}

// Close stops the work; jobs under way go on when the service is started again.
func (s *Service) Close() {
	s.mu.Lock()
	stop := s.stop
	s.mu.Unlock()
	if stop != nil {
		stop()
	}
	s.ended.Wait()
}

// Working is how many jobs there are to work on.
func (s *Service) Working(ctx context.Context) (int, error) {
	waiting, err := s.jobs.having(ctx, active...)
	return len(waiting), err
}

// work is one worker.
func (s *Service) work(ctx context.Context) {
	for ctx.Err() == nil {
		job, release := s.claim(ctx)
		if job == nil {
			pause(ctx, s.wake, 30*time.Second)
			continue
		}
		s.nudge() // there may be more for the others
		s.run(job)
		release()
	}
}

// pause waits for a signal, but not for ever: a look at the store may have failed.
func pause(ctx context.Context, signal <-chan struct{}, most time.Duration) {
	t := time.NewTimer(most)
	defer t.Stop()
	select {
	case <-signal:
	case <-t.C:
	case <-ctx.Done():
	}
}

// nudge wakes a worker.
func (s *Service) nudge() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// claimed is a job at work here.
type claimed struct {
	ctx context.Context
	job *Job
}

// claim takes the oldest job that waits for work.
func (s *Service) claim(ctx context.Context) (*claimed, func()) {
	waiting, err := s.jobs.having(ctx, active...)
	if err != nil {
		if ctx.Err() == nil {
			s.Log.Error("look for imports", "cause", err)
		}
		return nil, nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, job := range waiting {
		if s.busy[job.ID] != nil {
			continue
		}
		own, cancel := context.WithCancel(ctx)
		s.busy[job.ID] = cancel
		caller := ident.Caller{Tenant: s.Tenant.Name, Principal: job.actor(), Locale: job.Spec.Locale}
		return &claimed{ident.With(own, caller), job}, func() { s.release(job.ID, cancel) }
	}
	return nil, nil
}

func (s *Service) release(id int64, cancel context.CancelFunc) {
	cancel()
	s.mu.Lock()
	delete(s.busy, id)
	close(s.change)
	s.change = make(chan struct{})
	s.mu.Unlock()
	s.nudge()
}

// interrupt stops what is at work for a job that has been given another status.
func (s *Service) interrupt(id int64) {
	s.mu.Lock()
	cancel := s.busy[id]
	s.mu.Unlock()
	if cancel != nil {
		cancel()
	}
	s.nudge()
}

// Wait waits until there is no work to do for an import, and gives it as it then is.
func (s *Service) Wait(ctx context.Context, id int64) (*Job, error) {
	for {
		s.mu.Lock()
		change, busy := s.change, s.busy[id] != nil
		s.mu.Unlock()
		job, err := s.jobs.one(ctx, id)
		if err != nil || !busy && !job.Status.isActive() {
			return job, err
		}
		select {
		case <-change:
		case <-ctx.Done():
			return job, ctx.Err()
		}
	}
}

// run carries out the phase that a job is in.
func (s *Service) run(c *claimed) {
	phase := map[Status]func(context.Context, *Job) error{Checking: s.check, Running: s.write, Reverting: s.revert, Undoing: s.undo, Deleting: s.remove}[c.job.Status]
	err := phase(c.ctx, c.job)
	switch {
	case err == nil, errors.Is(err, errMoved):
	case c.ctx.Err() != nil: // stopped, or canceled
	default:
		s.failed(c, err)
	}
}

// failed ends a phase that could not be carried out.
func (s *Service) failed(c *claimed, cause error) {
	e := errs.From(cause)
	t := &Trouble{Code: e.Code, Message: e.Message}
	if e.Code == errs.Internal {
		t.ID = s.NewID()
		s.Log.Error("internal error", "id", t.ID, "import", c.job.ID, "cause", cause)
	}
	was := c.job.Status
	_, err := s.jobs.change(c.ctx, c.job.ID, func(job *Job) error {
		if job.Status != was {
			return errMoved
		}
		job.State.Error, job.State.Finished = t, timeNow(s.Clock)
		if job.Status = Failed; was == Running && job.Spec.Atomic && job.State.written() {
			job.Status, job.State.Then, job.State.UndoFrom = Reverting, Failed, job.State.Findings
		}
		return nil
	})
	if err != nil && !errors.Is(err, errMoved) {
		s.Log.Error("record the failure of an import", "import", c.job.ID, "cause", err)
		pause(c.ctx, nil, 5*time.Second) // it will be tried again
	}
}

// object finds the object of an import, as somebody may see it.
func (s *Service) object(name string, p access.Profile) (*catalog.Object, error) {
	o := s.Tenant.Catalog().Object(name)
	if o == nil || !p.Can(o, access.Read) {
		return nil, errs.New(errs.NotFound, "there is no object %s", "没有对象 %s", name)
	}
	return o, nil
}

// zone is the tenant's time zone.
func (s *Service) zone() *time.Location {
	if loc, err := time.LoadLocation(s.Tenant.Catalog().Zone); err == nil {
		return loc
	}
	return time.UTC
}

// Sweep removes imports that are older than Keep, and uploads that broke off.
func (s *Service) Sweep(ctx context.Context) error {
	now := s.Clock.Now()
	old, err := s.jobs.having(ctx, Uploading, Ready, Checked, Done, Failed, Canceled, Undone)
	if err != nil {
		return fmt.Errorf("sweep imports: %w", err)
	}
	for _, job := range old {
		age := now.Sub(job.Changed)
		if age < Keep && (job.Status != Uploading || age < 24*time.Hour) {
			continue
		}
		_, err := s.jobs.change(ctx, job.ID, func(now *Job) error {
			if now.Status != job.Status || !now.Changed.Equal(job.Changed) {
				return errMoved
			}
			now.Status = Deleting
			return nil
		})
		if err != nil && !errors.Is(err, errMoved) {
			return fmt.Errorf("sweep imports: %w", err)
		}
	}
	s.nudge()
	return nil
}

// remove removes an import and all that it has left, in an order that can be repeated.
func (s *Service) remove(ctx context.Context, job *Job) error {
	if err := s.Files.Delete(ctx, job.Spec.File); err != nil {
		return err
	}
	if err := s.jobs.erase(ctx, findingTable, job.ID, 0, min(job.State.Findings, maxFindings)); err != nil {
		return err
	}
	if err := s.jobs.erase(ctx, rowTable, job.ID, 0, job.State.Done); err != nil {
		return err
	}
	return s.jobs.delete(ctx, job.ID)
}
