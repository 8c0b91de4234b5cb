// Package scan has the records that are there compared with each other by the duplicate rules of
// their object, in the background. How records are compared, and what becomes of those that are
// alike, is the business of runtime/record.
//
// A scan is a job in the store. How far it has come is committed in the transaction of the cases
// that it found, so that a process that is killed at any moment goes on behind the last page that
// is there: no pair is lost, and none is found twice. It goes by the order of ids up to the last
// record that there was when it began; what is written meanwhile the rules look at themselves.
package scan

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/platform/clock"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/ident"
	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/runtime/access"
	"github.com/tenon-platform/tenon/runtime/live"
	"github.com/tenon-platform/tenon/runtime/record"
)

// Records compares records; see record.Service.
type Records interface {
	MayScan(cat *catalog.Catalog, p access.Profile, o *catalog.Object) error
	Extent(ctx context.Context, tx store.Tx, cat *catalog.Catalog, p access.Profile, o *catalog.Object) (record.Extent, error)
	ScanDuplicates(ctx context.Context, cat *catalog.Catalog, p access.Profile, o *catalog.Object, after, upTo int64, mark func(store.Tx, record.Scanned) error) error
}

// Deps are what a Service works with.
type Deps struct {
	Tenant  *live.Tenant
	Records Records
	Clock   clock.Clock
	Log     *slog.Logger
	NewID   func() string // ids of internal errors, in the log and in the answer
	// Profile finds what a caller may do under the catalogue that serves. It is asked for every
	// page, so that what is taken from the caller meanwhile is gone.
	Profile func(ctx context.Context, p ident.Principal) (access.Profile, error)
}

// Keep is how long a scan that is over is told of.
const Keep = 30 * 24 * time.Hour

// Service carries out the scans of one tenant.
type Service struct {
	deps Deps
	jobs *jobs

	step sync.Mutex // one page at a time
	wake chan struct{}

	mu    sync.Mutex
	stop  context.CancelFunc
	ended sync.WaitGroup
}

// New makes a service; nothing runs before Start.
func New(d Deps) (*Service, error) {
	j, err := openJobs(d.Tenant.Store)
	if err != nil {
		return nil, err
	}
	return &Service{deps: d, jobs: j, wake: make(chan struct{}, 1)}, nil
}

// Start begins to work on the scans in the store, until Close.
func (s *Service) Start() {
	ctx, cancel := context.WithCancel(context.Background())
	s.mu.Lock()
	s.stop = cancel
	s.mu.Unlock()
	s.ended.Go(func() { s.work(ctx) })
}

// Close stops the work; scans under way go on when the service is started again.
func (s *Service) Close() {
	s.mu.Lock()
	stop := s.stop
	s.mu.Unlock()
	if stop != nil {
		stop()
	}
	s.ended.Wait()
}

// lookEvery is how often the store is looked at without a signal: a look may have failed.
const lookEvery = 30 * time.Second

func (s *Service) work(ctx context.Context) {
	for ctx.Err() == nil {
		more, err := s.Step(ctx)
		if err != nil && ctx.Err() == nil {
			s.deps.Log.Error("scan for duplicates", "cause", err)
		}
		if more && err == nil {
			continue
		}
		t := time.NewTimer(lookEvery)
		select {
		case <-s.wake:
		case <-t.C:
		case <-ctx.Done():
		}
		t.Stop()
	}
}

func (s *Service) nudge() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// Working is how many scans are under way.
func (s *Service) Working(ctx context.Context) (n int, err error) {
	found, err := s.running(ctx)
	return len(found), err
}

func (s *Service) running(ctx context.Context) (found []*job, err error) {
	err = s.deps.Tenant.Store.View(ctx, func(tx store.Tx) error {
		found, err = s.jobs.read(ctx, tx, s.jobs.running)
		return err
	})
	return found, err
}

// errMoved says that a scan was canceled while a page of it was compared.
var errMoved = errors.New("scan: it was changed meanwhile")

// Step compares one page of the scan that has waited longest; false when there is none.
func (s *Service) Step(ctx context.Context) (bool, error) {
	s.step.Lock()
	defer s.step.Unlock()
	found, err := s.running(ctx)
	if err != nil || len(found) == 0 {
		return false, err
	}
	x := found[0]
	err = s.page(ident.With(ctx, x.owner), x)
	switch {
	case err == nil, errors.Is(err, errMoved), errors.Is(err, record.ErrCatalogMoved):
		return true, nil
	case ctx.Err() != nil:
		return false, err
	}
	return true, s.failed(ctx, x, err)
}

func (s *Service) page(ctx context.Context, x *job) error {
	p, err := s.deps.Profile(ctx, x.owner.Principal)
	if err != nil {
		return err
	}
	cat := p.Catalog()
	if cat == nil {
		cat = s.deps.Tenant.Catalog()
	}
	o, err := object(cat, x.object)
	if err != nil {
		return err
	}
	return s.deps.Records.ScanDuplicates(ctx, cat, p, o, x.state.After, x.state.Last, func(tx store.Tx, done record.Scanned) error {
		return s.change(ctx, tx, x.id, func(now *job) {
			now.state.Records += int64(done.Records)
			now.state.Cases += int64(done.Cases)
			if now.state.After = done.Last; done.Last == 0 || done.Last >= now.state.Last {
				s.finish(now, Done)
			}
		})
	})
}

// change changes a scan that is still under way.
func (s *Service) change(ctx context.Context, tx store.Tx, id int64, fn func(*job)) error {
	now, err := s.jobs.find(ctx, tx, id)
	if err != nil {
		return err
	}
	if now.status != Running {
		return errMoved
	}
	fn(now)
	return s.jobs.save(ctx, tx, now, s.deps.Clock.Now())
}

func (s *Service) finish(x *job, as Status) {
	at := s.deps.Clock.Now()
	x.status, x.state.Finished = as, &at
}

func (s *Service) failed(ctx context.Context, x *job, cause error) error {
	e := errs.From(cause)
	t := &trouble{Code: e.Code, Message: e.Message}
	if e.Code == errs.Internal {
		t.ID = s.deps.NewID()
		s.deps.Log.Error("internal error", "id", t.ID, "scan", x.id, "cause", cause)
	}
	err := s.deps.Tenant.Store.Update(ctx, func(tx store.Tx) error {
		return s.change(ctx, tx, x.id, func(now *job) {
			now.state.Trouble = t
			s.finish(now, Failed)
		})
	})
	if errors.Is(err, errMoved) {
		return nil
	}
	return err
}

func object(cat *catalog.Catalog, name string) (*catalog.Object, error) {
	o := cat.Object(name)
	if o == nil {
		return nil, errs.New(errs.NotFound, "there is no object %s", "没有对象 %s", name).On("object")
	}
	return o, nil
}

// begin begins a scan for a caller, or gives the one of the object that is under way.
func (s *Service) begin(ctx context.Context, p access.Profile, name string) (out *job, err error) {
	cat := p.Catalog()
	if cat == nil {
		cat = s.deps.Tenant.Catalog()
	}
	o, err := object(cat, name)
	if err != nil {
		return nil, err
	}
	if err := s.deps.Records.MayScan(cat, p, o); err != nil {
		return nil, err
	}
	c, _ := ident.From(ctx)
	err = s.deps.Tenant.Store.Update(ctx, func(tx store.Tx) error {
		found, err := s.jobs.read(ctx, tx, s.jobs.running)
		if err != nil {
			return err
		}
		for _, have := range found {
			if have.object == o.Name && have.owner.Principal.UserID == c.Principal.UserID && have.owner.Principal.Name == c.Principal.Name && have.owner.Principal.Key == c.Principal.Key {
				out = have
				return nil
			}
		}
		if len(found) >= maxRunning {
			return errs.New(errs.LimitExceeded, "at most %d scans are under way at once", "同时进行的查重任务最多 %d 个", maxRunning).With("limit", maxRunning)
		}
		all, err := s.deps.Records.Extent(ctx, tx, cat, p, o)
		if err != nil {
			return err
		}
		out = &job{object: o.Name, status: Running, owner: ident.Caller{Tenant: c.Tenant, Principal: c.Principal, Locale: c.Locale}, state: state{Total: all.Records, Last: all.Last}}
		return s.jobs.insert(ctx, tx, out, s.deps.Clock.Now())
	})
	s.nudge()
	return out, err
}

// maxRunning is how many scans of a tenant are under way at once.
const maxRunning = 100

// mine says whether a caller may see a scan: who has begun it and administrators may, a key only
// where it reaches the object.
func mine(p ident.Principal, x *job) bool {
	o := x.owner.Principal
	return p.Scope.Reaches(x.object) && (p.Admin || p.UserID == o.UserID && p.Name == o.Name)
}

// one is a scan that the caller may see; NOT_FOUND.
func (s *Service) one(ctx context.Context, tx store.Tx, id int64) (*job, error) {
	x, err := s.jobs.find(ctx, tx, id)
	if err != nil {
		return nil, err
	}
	if c, _ := ident.From(ctx); !mine(c.Principal, x) {
		return nil, none()
	}
	return x, nil
}

func (s *Service) find(ctx context.Context, id int64) (out *job, err error) {
	err = s.deps.Tenant.Store.View(ctx, func(tx store.Tx) error {
		out, err = s.one(ctx, tx, id)
		return err
	})
	return out, err
}

// list gives at most limit scans before one that the caller may see, the latest first.
func (s *Service) list(ctx context.Context, name string, before int64, limit int) (out []*job, err error) {
	c, _ := ident.From(ctx)
	err = s.deps.Tenant.Store.View(ctx, func(tx store.Tx) error {
		out = nil
		for before := before; len(out) < limit; {
			found, err := s.jobs.read(ctx, tx, s.jobs.all, value.Ref(before), value.Int(maxList))
			if err != nil {
				return err
			}
			for _, x := range found {
				if before = x.id; len(out) < limit && mine(c.Principal, x) && (name == "" || name == x.object) {
					out = append(out, x)
				}
			}
			if len(found) < maxList {
				break
			}
		}
		return nil
	})
	return out, err
}

// cancel ends a scan. One that is over stays as it is.
func (s *Service) cancel(ctx context.Context, id int64) (out *job, err error) {
	err = s.deps.Tenant.Store.Update(ctx, func(tx store.Tx) error {
		if out, err = s.one(ctx, tx, id); err != nil || out.status != Running {
			return err
		}
		s.finish(out, Canceled)
		return s.jobs.save(ctx, tx, out, s.deps.Clock.Now())
	})
	return out, err
}

// Sweep forgets scans that have been over for longer than Keep.
func (s *Service) Sweep(ctx context.Context) error {
	old := driver.And{Args: []driver.Expr{
		driver.Cmp{Op: driver.Ne, L: driver.Col{Name: "status"}, R: driver.Const{Value: value.Text(string(Running))}},
		driver.Cmp{Op: driver.Lt, L: driver.Col{Name: "changed"}, R: driver.Param{N: 0}}}}
	err := s.deps.Tenant.Store.Update(ctx, func(tx store.Tx) error {
		_, err := tx.DeleteWhere(ctx, jobTable, old, []value.Value{value.Instant(s.deps.Clock.Now().Add(-Keep))})
		return err
	})
	if err != nil {
		return fmt.Errorf("sweep scans: %w", err)
	}
	return nil
}
