// Package turn keeps the requests of one tenant from taking the processors from those of the others.
// How many requests a tenant may make at all is platform/tenant's.
package turn

import (
	"context"
	"sync"
	"time"

	"github.com/tenon-platform/tenon/platform/clock"
	"github.com/tenon-platform/tenon/platform/errs"
)

// How turns are given while several tenants ask.
const (
	together = time.Second            // after it last asked a tenant no longer counts
	young    = 250 * time.Millisecond // what has run for longer hardly keeps the others of its tenant waiting
	recheck  = 50 * time.Millisecond
	pause    = 10 * time.Millisecond // for which a tenant with a line lets one without go first
	maxLine  = 1000                  // requests of one tenant that may wait
)

// Turns are given to tenants. While one tenant alone asks, everything runs at once, as if there were no
// turns. As soon as others ask, too, each has share requests computing, and its further ones wait in a line
// of its own. Up to share that have computed for long make room for further ones: a slow report does not
// hold up the tenant's other users. What waits for something else than a processor pauses its turn.
//
// Whoever has a line gives way to whoever has none, so that these find a processor free besides the one that
// they compute on: the next in the line begins once they are done, or a pause after the one before it has ended.
type Turns struct {
	share int // requests of one tenant
	all   int // requests of all that leave a processor to what is no request: sending, collecting garbage
	watch clock.Stopwatch

	mu      sync.Mutex
	by      map[string]*lane
	waiting int // in all lines
}

type lane struct {
	running map[*turn]struct{}
	waiting []*turn
	asked   time.Duration
	last    time.Duration // when one began or ended
	timer   *time.Timer   // gives a turn that has waited for others long enough
}

type turn struct {
	of     *Turns
	tenant string
	lane   *lane
	since  time.Duration
	begin  chan struct{}
	pauses int
}

// New makes turns on a number of processors. One tenant has half of them, so that who comes in beside a
// flood finds some free.
func New(processors int) *Turns {
	return &Turns{share: max(1, processors/2), all: max(1, processors-1), watch: clock.Start(), by: map[string]*lane{}}
}

// Take waits for a turn, which ends with done; the context knows of it. LIMIT_EXCEEDED when too many of
// the tenant wait.
func (t *Turns) Take(ctx context.Context, tenant string) (held context.Context, done func(), err error) {
	t.mu.Lock()
	now := t.watch.Elapsed()
	l := t.by[tenant]
	if l == nil {
		t.forget(now)
		l = &lane{running: map[*turn]struct{}{}}
		t.by[tenant] = l
	}
	l.asked = now
	one := &turn{of: t, tenant: tenant, lane: l, begin: make(chan struct{})}
	if len(l.waiting) >= maxLine {
		t.mu.Unlock()
		return nil, nil, errs.New(errs.LimitExceeded, "too many requests of this tenant are waiting; try again later", "此租户等待中的请求过多，请稍后重试").With("retryAfter", 1)
	}
	l.waiting = append(l.waiting, one)
	t.waiting++
	t.admit(tenant, l)
	t.mu.Unlock()
	if err := t.wait(ctx, tenant, l, one); err != nil {
		return nil, nil, err
	}
	return context.WithValue(ctx, key{}, one), sync.OnceFunc(func() { t.give(tenant, l, one) }), nil
}

type key struct{}

// Pause lets others of the tenant have the turn of the request in the context, if it has one, while it
// waits for something else than a processor; resume takes it back without waiting.
func Pause(ctx context.Context) (resume func()) {
	one, ok := ctx.Value(key{}).(*turn)
	if !ok {
		return func() {}
	}
	t := one.of
	t.mu.Lock()
	defer t.mu.Unlock()
	one.pauses++
	delete(one.lane.running, one)
	t.next(one.tenant, one.lane)
	return sync.OnceFunc(func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		if one.pauses--; one.pauses == 0 {
			one.lane.running[one] = struct{}{}
		}
	})
}

func (t *Turns) wait(ctx context.Context, tenant string, l *lane, one *turn) error {
	select {
	case <-one.begin:
		return nil
	default:
	}
	look := time.NewTicker(recheck)
	defer look.Stop()
	for {
		select {
		case <-one.begin:
			return nil
		case <-look.C: // others have become old, or quiet
			t.mu.Lock()
			t.admit(tenant, l)
			t.mu.Unlock()
		case <-ctx.Done():
			t.give(tenant, l, one)
			return errs.New(errs.Timeout, "the request's turn did not come in time", "请求未能及时得到处理").Because(ctx.Err())
		}
	}
}

// give ends a turn, or the wait for it.
func (t *Turns) give(tenant string, l *lane, one *turn) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(l.running, one)
	one.pauses++ // whoever resumes later has no turn any more
	for i, w := range l.waiting {
		if w == one {
			l.waiting = append(l.waiting[:i], l.waiting[i+1:]...)
			t.waiting--
			break
		}
	}
	l.last = t.watch.Elapsed()
	t.next(tenant, l)
}

// next lets those run who waited for a request of a tenant, its own and those of others.
func (t *Turns) next(tenant string, l *lane) {
	t.admit(tenant, l)
	if t.waiting == 0 {
		return
	}
	for name, other := range t.by {
		if other != l {
			t.admit(name, other)
		}
	}
}

// admit lets those run whose turn has come.
func (t *Turns) admit(tenant string, l *lane) {
	if len(l.waiting) == 0 {
		return
	}
	now := t.watch.Elapsed()
	room := len(l.waiting)
	if !t.alone(tenant, now) {
		old := 0
		for r := range l.running {
			if now-r.since > young {
				old++
			}
		}
		room = t.share + min(old, t.share) - len(l.running)
	}
	for ; room > 0 && len(l.waiting) > 0 && !t.givesWay(tenant, l, now); room-- {
		one := l.waiting[0]
		l.waiting = l.waiting[1:]
		t.waiting--
		one.since, l.last = now, now
		l.running[one] = struct{}{}
		close(one.begin)
	}
}

// givesWay says whether a lane with a line lets others go first now. It will look again by itself.
func (t *Turns) givesWay(tenant string, l *lane, now time.Duration) bool {
	if len(l.waiting) < 2 && len(l.running) == 0 || now-l.last >= pause {
		return false
	}
	all, others := 0, false
	for _, x := range t.by {
		for r := range x.running {
			if now-r.since <= young {
				all++
				others = others || x != l && len(x.waiting) == 0
			}
		}
	}
	if !others || all < t.all {
		return false
	}
	if l.timer == nil {
		l.timer = time.AfterFunc(l.last+pause-now, func() {
			t.mu.Lock()
			defer t.mu.Unlock()
			l.timer = nil
			t.admit(tenant, l)
		})
	}
	return true
}

// alone says whether no other tenant asks.
func (t *Turns) alone(tenant string, now time.Duration) bool {
	for name, l := range t.by {
		if name != tenant && (now-l.asked < together || len(l.running)+len(l.waiting) > 0) {
			return false
		}
	}
	return true
}

// forget drops the tenants that have not asked for a while.
func (t *Turns) forget(now time.Duration) {
	for name, l := range t.by {
		if now-l.asked > together && len(l.running)+len(l.waiting) == 0 {
			delete(t.by, name)
		}
	}
}

// Asking is how many requests of a tenant compute or wait for their turn.
func (t *Turns) Asking(tenant string) int {
	t.mu.Lock()
	defer t.mu.Unlock()
	if l := t.by[tenant]; l != nil {
		return len(l.running) + len(l.waiting)
	}
	return 0
}
