package auth

import (
	"crypto/sha256"
	"sync"
	"time"

	"github.com/tenon-platform/tenon/platform/ident"
)

// maxRecent bounds the tokens that are remembered.
const maxRecent = 10_000

// recent remembers whom tokens stand for, by their digests. What it tells holds only at the mark at
// which it was read, and under the rule by which it was: whatever is written to the tables that say who
// somebody is, a revocation or anything else, makes everything be looked up again, and so does a publish.
type recent struct {
	mu sync.RWMutex
	by map[[sha256.Size]byte]accepted
}

// accepted is a token that was found to be good.
type accepted struct {
	p     ident.Principal
	mark  int64
	rule  any       // see People
	until time.Time // when it ends, or its use is to be taken down
}

func (r *recent) find(token [sha256.Size]byte, mark int64, rule any, now time.Time) (ident.Principal, bool) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	a, ok := r.by[token]
	return a.p, ok && a.mark == mark && a.rule == rule && now.Before(a.until)
}

func (r *recent) keep(token [sha256.Size]byte, a accepted) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.by) >= maxRecent {
		clear(r.by)
	}
	r.by[token] = a
}
