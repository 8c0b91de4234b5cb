package graph

import (
	"sync"
	"time"

	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/ident"
)

// maxBudgets is how many keys are remembered; those that have all of their budget need not be.
const maxBudgets = 10_000

// budgets hold API keys to what they may spend: a key's budget is what its operations may be
// estimated to cost in a minute, and flows back evenly.
type budgets struct {
	mu   sync.Mutex
	keys map[string]*budget
}

type budget struct {
	left float64
	at   time.Time
}

// take spends the cost of an operation, or refuses it and says when it may be asked again.
func (b *budgets) take(p ident.Principal, cost int, now time.Time) *errs.Error {
	if p.Key == "" || p.Budget <= 0 {
		return nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.keys == nil {
		b.keys = map[string]*budget{}
	}
	k := b.keys[p.Key]
	if k == nil {
		if len(b.keys) >= maxBudgets {
			b.forget(now)
		}
		k = &budget{left: float64(p.Budget), at: now}
		b.keys[p.Key] = k
	}
	perSecond := float64(p.Budget) / 60
	k.left = min(float64(p.Budget), k.left+now.Sub(k.at).Seconds()*perSecond)
	k.at = now
	if float64(cost) <= k.left {
		k.left -= float64(cost)
		return nil
	}
	e := errs.New(errs.CostExceeded, "this key may spend %d a minute and has %d left; the operation is estimated at %d",
		"该密钥每分钟可用 %d，剩余 %d；本操作估计为 %d", p.Budget, int64(k.left), cost).
		With("budget", p.Budget).With("left", int64(k.left)).With("estimated", cost)
	if int64(cost) <= p.Budget {
		e.With("retryAfterSeconds", int64((float64(cost)-k.left)/perSecond)+1)
	}
	return e
}

// forget drops the keys that have not been used for a minute: they have all of their budget again.
func (b *budgets) forget(now time.Time) {
	for id, k := range b.keys {
		if now.Sub(k.at) >= time.Minute {
			delete(b.keys, id)
		}
	}
}
