package script

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/tenon-platform/tenon/platform/errs"
)

// turns gives out a number of slots: in the order of asking within a tenant, and to the tenants that
// wait in turn. No tenant has more than its share at a time, so that a run of one that has none
// under way waits for one run of each of the others at most.
type turns struct {
	share func(tenant string) int // slots of a tenant
	line  int                     // how many of its runs may wait
	wait  time.Duration           // how long

	mu      sync.Mutex
	free    int
	held    map[string]int
	waiting map[string][]*waiter
	order   []string // tenants that wait; the first is next
}

type waiter struct{ turn chan struct{} }

func newTurns(slots int, share func(tenant string) int, line int, wait time.Duration) *turns {
	return &turns{share: share, line: line, wait: wait, free: slots, held: map[string]int{}, waiting: map[string][]*waiter{}}
}

// take waits for a slot. It must be given back.
func (t *turns) take(ctx context.Context, tenant string) error {
	w, err := t.ask(tenant)
	if w == nil {
		return err
	}
	timer := time.NewTimer(t.wait)
	defer timer.Stop()
	select {
	case <-w.turn:
		return nil
	case <-timer.C:
		err = errs.New(errs.LimitExceeded, "too many scripts are running, try again later", "正在运行的脚本过多，请稍后重试")
	case <-ctx.Done():
		err = errs.New(errs.Timeout, "the request ended before the script's turn came", "请求在脚本排到之前已结束").Because(ctx.Err())
	}
	if !t.leave(tenant, w) { // the turn came meanwhile
		t.give(tenant)
	}
	return err
}

// ask takes a slot at once, or gives a waiter.
func (t *turns) ask(tenant string) (*waiter, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	q := t.waiting[tenant]
	if t.free > 0 && len(q) == 0 && t.held[tenant] < t.share(tenant) {
		t.free--
		t.held[tenant]++
		return nil, nil
	}
	if len(q) >= t.line {
		return nil, errs.New(errs.LimitExceeded, "too many scripts are waiting, try again later", "等待运行的脚本过多，请稍后重试").With("limit", t.line)
	}
	w := &waiter{turn: make(chan struct{})}
	if len(q) == 0 {
		t.order = append(t.order, tenant)
	}
	t.waiting[tenant] = append(q, w)
	return w, nil
}

// leave takes a waiter out of the line; false when its turn has come.
func (t *turns) leave(tenant string, w *waiter) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	q := t.waiting[tenant]
	i := slices.Index(q, w)
	if i < 0 {
		return false
	}
	t.set(tenant, slices.Delete(q, i, i+1))
	return true
}

// set replaces the line of a tenant that waits.
func (t *turns) set(tenant string, q []*waiter) {
	if len(q) > 0 {
		t.waiting[tenant] = q
		return
	}
	delete(t.waiting, tenant)
	t.order = slices.DeleteFunc(t.order, func(x string) bool { return x == tenant })
}

// give gives a slot back.
func (t *turns) give(tenant string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.free++
	if t.held[tenant]--; t.held[tenant] == 0 {
		delete(t.held, tenant)
	}
	for t.free > 0 {
		i := slices.IndexFunc(t.order, func(x string) bool { return t.held[x] < t.share(x) })
		if i < 0 {
			return
		}
		next := t.order[i]
		q := t.waiting[next]
		t.order = append(slices.Delete(t.order, i, i+1), next) // to the end of the round
		t.free--
		t.held[next]++
		t.set(next, q[1:])
		close(q[0].turn)
	}
}
