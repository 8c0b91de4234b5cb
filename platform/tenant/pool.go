package tenant

import (
	"context"
	"errors"
	"log/slog"
	"runtime"
	"sync"
	"time"

	"github.com/tenon-platform/tenon/platform/clock"
	"github.com/tenon-platform/tenon/platform/errs"
)

// Instance is an open tenant.
type Instance interface {
	comparable
	// Busy says whether the tenant must stay open: somebody listens to it, or it has work to do before
	// the moment.
	Busy(ctx context.Context, before time.Time) bool
	// Quit ends what would go on for as long as callers like, so that requests under way come to an end.
	Quit()
	// Close closes the tenant, and tells when it has work to do again; zero: not before somebody calls.
	Close(ctx context.Context) (due time.Time, err error)
}

// PoolOptions are how many tenants are open, and for how long.
type PoolOptions[I Instance] struct {
	Registry *Registry
	Open     func(ctx context.Context, t *Tenant) (I, error)
	Clock    clock.Clock
	Log      *slog.Logger
	Idle     time.Duration // how long a tenant that nobody uses stays open; 0: five minutes
	Most     int           // tenants that are open at a time, unless more are in use; 0: 64
	Look     time.Duration // how often is looked for those that are idle, or due; 0: a second
}

// Pool opens tenants when somebody needs them, and when they have work to do, and closes those that
// nobody has used for a while. A tenant that is open stands as due in the registry: so what a killed
// server leaves is opened at the next start.
type Pool[I Instance] struct {
	opt     PoolOptions[I]
	opening chan struct{} // room for tenants that are being opened at a time

	mu   sync.Mutex
	by   map[string]*entry[I]
	over bool
	work sync.WaitGroup
	sick map[string]time.Time // until when a tenant that does not open is not opened for its work
}

// entry is a tenant that is open, being opened, or being closed.
type entry[I Instance] struct {
	ready   chan struct{} // closed when it is open, or failed to
	gone    chan struct{} // closed when it is closed
	in      I
	err     error
	users   int
	idle    chan struct{} // closed when nobody uses it; nil: nobody waits for that
	last    time.Time     // when it was used
	closing bool
}

// NewPool makes a pool; nothing is closed or opened for its work before Run.
func NewPool[I Instance](o PoolOptions[I]) *Pool[I] {
	if o.Idle <= 0 {
		o.Idle = 5 * time.Minute
	}
	if o.Most <= 0 {
		o.Most = 64
	}
	if o.Look <= 0 {
		o.Look = time.Second
	}
	return &Pool[I]{opt: o, by: map[string]*entry[I]{}, sick: map[string]time.Time{}, opening: make(chan struct{}, runtime.GOMAXPROCS(0))}
}

var errStopping = errs.New(errs.Unavailable, "the server is stopping", "服务正在停止")

// Get gives a tenant, which it opens if need be. It stays open until release is called. NOT_FOUND,
// UNAVAILABLE for one that serves nobody.
func (p *Pool[I]) Get(ctx context.Context, name string) (in I, release func(), err error) {
	for {
		e, mine, closing, err := p.enter(name)
		if err != nil {
			return in, nil, err
		}
		if closing {
			select {
			case <-e.gone:
				continue
			case <-ctx.Done():
				return in, nil, errs.New(errs.Timeout, "the tenant did not open in time", "租户未能及时打开").Because(ctx.Err())
			}
		}
		if mine {
			p.work.Go(func() { p.open(context.WithoutCancel(ctx), name, e) })
		}
		select {
		case <-e.ready:
		case <-ctx.Done():
			p.leave(e)
			return in, nil, errs.New(errs.Timeout, "the tenant did not open in time", "租户未能及时打开").Because(ctx.Err())
		}
		if e.err != nil {
			p.leave(e)
			return in, nil, e.err
		}
		return e.in, sync.OnceFunc(func() { p.leave(e) }), nil
	}
}

// enter finds the entry of a tenant, and uses it unless it is being closed; mine says that the caller
// has to open it.
func (p *Pool[I]) enter(name string) (e *entry[I], mine, closing bool, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.over {
		return nil, false, false, errStopping
	}
	if e = p.by[name]; e == nil {
		e, mine = &entry[I]{ready: make(chan struct{}), gone: make(chan struct{})}, true
		p.by[name] = e
	}
	if !e.closing {
		e.users++
	}
	return e, mine, e.closing, nil
}

func (p *Pool[I]) leave(e *entry[I]) {
	p.mu.Lock()
	defer p.mu.Unlock()
	e.last = p.opt.Clock.Now()
	if e.users--; e.users == 0 && e.idle != nil {
		close(e.idle)
		e.idle = nil
	}
}

// open opens a tenant. Its state is read after the entry is there: whoever suspends it waits for the entry.
func (p *Pool[I]) open(ctx context.Context, name string, e *entry[I]) {
	p.opening <- struct{}{}
	in, err := func() (in I, err error) {
		t, err := p.opt.Registry.Find(ctx, name)
		if err == nil {
			err = t.Serves()
		}
		if now := p.opt.Clock.Now(); err == nil && (t.Due.IsZero() || t.Due.After(now)) {
			err = p.opt.Registry.SetDue(ctx, name, now)
		}
		if err != nil {
			return in, err
		}
		return p.opt.Open(ctx, t)
	}()
	<-p.opening
	p.mu.Lock()
	defer p.mu.Unlock()
	e.in, e.err, e.last = in, err, p.opt.Clock.Now()
	if err != nil {
		delete(p.by, name)
		close(e.gone)
	}
	close(e.ready)
}

// Shut closes a tenant if it is open, and waits a while for those who use it. Before, its state in the
// registry has to be one in which it is not opened again.
func (p *Pool[I]) Shut(ctx context.Context, name string, patience time.Duration) error {
	p.mu.Lock()
	e := p.by[name]
	p.mu.Unlock()
	if e == nil {
		return nil
	}
	<-e.ready
	if e.err != nil {
		return nil
	}
	p.mu.Lock()
	if e.closing {
		p.mu.Unlock()
		<-e.gone
		return nil
	}
	e.closing = true
	idle := make(chan struct{})
	if e.users == 0 {
		close(idle)
	} else {
		e.idle = idle
	}
	p.mu.Unlock()
	e.in.Quit()
	t := time.NewTimer(patience)
	defer t.Stop()
	select {
	case <-idle:
	case <-t.C:
		p.opt.Log.Warn("requests of a tenant were cut off", "tenant", name)
	}
	return p.closed(ctx, name, e)
}

// closed closes a tenant that is marked as closing.
func (p *Pool[I]) closed(ctx context.Context, name string, e *entry[I]) error {
	due, err := e.in.Close(ctx)
	if err == nil {
		if err = p.opt.Registry.SetDue(ctx, name, due); errs.CodeOf(err) == errs.NotFound {
			err = nil
		}
	}
	p.mu.Lock()
	delete(p.by, name)
	p.mu.Unlock()
	close(e.gone)
	return err
}

// Opened counts the tenants that are open, and gives one of them if it is.
func (p *Pool[I]) Opened(name string) (n int, in I, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if e := p.by[name]; e != nil && !e.closing {
		select {
		case <-e.ready:
			in, ok = e.in, e.err == nil
		default:
		}
	}
	return len(p.by), in, ok
}

// Run closes the tenants that are idle and opens those that are due, until ctx ends.
func (p *Pool[I]) Run(ctx context.Context) {
	t := time.NewTicker(p.opt.Look)
	defer t.Stop()
	for {
		p.sweep(ctx)
		p.wake(ctx)
		select {
		case <-t.C:
		case <-ctx.Done():
			return
		}
	}
}

// sweep closes the tenants that nobody has used for a while, and while there are too many the one
// that was used longest ago.
func (p *Pool[I]) sweep(ctx context.Context) {
	now := p.opt.Clock.Now()
	for name, e := range p.idlers(now) {
		if e.in.Busy(ctx, now.Add(p.opt.Idle)) || !p.claim(e) {
			continue
		}
		if err := p.closed(context.WithoutCancel(ctx), name, e); err != nil {
			p.opt.Log.Error("close a tenant", "tenant", name, "cause", err)
		}
	}
}

// idlers are the tenants that may be closed.
func (p *Pool[I]) idlers(now time.Time) map[string]*entry[I] {
	p.mu.Lock()
	defer p.mu.Unlock()
	out := map[string]*entry[I]{}
	var oldest string
	for name, e := range p.by {
		select {
		case <-e.ready:
		default:
			continue
		}
		if e.users > 0 || e.closing || e.err != nil {
			continue
		}
		if idle := now.Sub(e.last); idle >= p.opt.Idle {
			out[name] = e
		}
		if oldest == "" || e.last.Before(p.by[oldest].last) {
			oldest = name
		}
	}
	if len(p.by) > p.opt.Most && oldest != "" {
		out[oldest] = p.by[oldest]
	}
	return out
}

// claim marks a tenant as closing unless somebody uses it by now.
func (p *Pool[I]) claim(e *entry[I]) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if e.users > 0 || e.closing {
		return false
	}
	e.closing = true
	return true
}

// wake opens tenants that have work to do, as long as there is room.
func (p *Pool[I]) wake(ctx context.Context) {
	all, err := p.opt.Registry.List(ctx)
	if err != nil {
		if ctx.Err() == nil {
			p.opt.Log.Error("look for tenants with work to do", "cause", err)
		}
		return
	}
	now := p.opt.Clock.Now()
	for _, t := range all {
		if t.Name == Default || t.State != Active || t.Due.IsZero() || t.Due.After(now) {
			continue
		}
		p.mu.Lock()
		_, there := p.by[t.Name]
		full := len(p.by) >= p.opt.Most || p.over
		sick := now.Before(p.sick[t.Name])
		p.mu.Unlock()
		if full {
			return
		}
		if there || sick {
			continue
		}
		p.work.Go(func() { p.rouse(ctx, t.Name) })
	}
}

// resting is how long a tenant that does not open is left alone, unless somebody asks for it.
const resting = time.Minute

// rouse opens a tenant for its work.
func (p *Pool[I]) rouse(ctx context.Context, name string) {
	_, release, err := p.Get(ctx, name)
	if err == nil {
		release()
		return
	}
	if ctx.Err() == nil && !errors.Is(err, errStopping) {
		p.opt.Log.Error("open a tenant that has work to do", "tenant", name, "cause", err)
	}
	p.mu.Lock()
	p.sick[name] = p.opt.Clock.Now().Add(resting)
	p.mu.Unlock()
}

// Close closes all tenants; none is opened any more.
func (p *Pool[I]) Close(ctx context.Context) (err error) {
	p.mu.Lock()
	p.over = true
	names := make([]string, 0, len(p.by))
	for name := range p.by {
		names = append(names, name)
	}
	p.mu.Unlock()
	for _, name := range names {
		err = errors.Join(err, p.Shut(ctx, name, 5*time.Second))
	}
	p.work.Wait()
	return err
}
