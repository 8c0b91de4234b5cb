package script

import (
	"sync"
	"time"

	"github.com/tenon-platform/tenon/platform/clock"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/tenant"
)

// shareOf is how many of the slots a tenant may have.
func (o *Options) shareOf(name string) int {
	if o.Limit != nil {
		if n, _ := o.Limit(name); n > 0 {
			return min(n, o.Share)
		}
	}
	return o.Share
}

// perMinute is the time that a tenant's runs may take in a minute; 0: as long as they like.
func (o *Options) perMinute(name string) time.Duration {
	if o.Limit == nil {
		return 0
	}
	_, d := o.Limit(name)
	return d
}

// unmetered stands for the budget of tenants that have none, so that what they use can be told.
const unmetered = 24 * time.Hour

// meters hold tenants to the time that their scripts may take. A run is charged once it is over; a tenant
// whose time is used up waits until some has come back.
type meters struct {
	watch clock.Stopwatch

	mu sync.Mutex
	by map[string]*tenant.Bucket
}

func (m *meters) of(name string) (*tenant.Bucket, time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	b := m.by[name]
	if b == nil {
		b = &tenant.Bucket{}
		m.by[name] = b
	}
	return b, time.Time{}.Add(m.watch.Elapsed())
}

// size is a budget as a bucket that fills in a minute, in seconds.
func size(budget time.Duration) float64 {
	if budget <= 0 {
		budget = unmetered
	}
	return budget.Seconds()
}

func (m *meters) check(name string, budget time.Duration) error {
	if budget <= 0 {
		return nil
	}
	b, now := m.of(name)
	if wait := b.Take(now, 0.001, size(budget)/60, size(budget)); wait > 0 {
		return errs.New(errs.LimitExceeded, "the scripts of this tenant have used up their time of this minute; try again later", "此租户的脚本已用完本分钟的时间，请稍后重试").
			With("limit", budget.Milliseconds()).With("retryAfter", wait)
	}
	return nil
}

func (m *meters) charge(name string, took, budget time.Duration) {
	b, now := m.of(name)
	b.Charge(now, took.Seconds(), size(budget)/60, size(budget))
}

// Use tells how many runs of a tenant are under way, and how long its runs took, about, in the last minute.
func (p *Pool) Use(name string) (runs int, took time.Duration) {
	p.turns.mu.Lock()
	runs = p.turns.held[name]
	p.turns.mu.Unlock()
	b, now := p.spent.of(name)
	full := size(p.opt.perMinute(name))
	return runs, time.Duration(b.Used(now, full/60, full) * float64(time.Second))
}

// Forget ends the idle workers of a tenant that is closed, and drops what is kept of its runs.
func (p *Pool) Forget(name string) {
	p.kept.forget(name)
	p.spent.mu.Lock()
	delete(p.spent.by, name)
	p.spent.mu.Unlock()
	p.mu.Lock()
	defer p.mu.Unlock()
	kept := p.idle[:0]
	for _, w := range p.idle {
		if w.tenant == name {
			p.making.Go(w.end)
		} else {
			kept = append(kept, w)
		}
	}
	p.idle = kept
}
