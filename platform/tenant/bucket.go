package tenant

import (
	"math"
	"sync"
	"time"

	"github.com/tenon-platform/tenon/platform/errs"
)

// Bucket holds tokens up to a number, and fills again at a rate.
type Bucket struct {
	mu   sync.Mutex
	left float64
	full bool // it was never taken from
	at   time.Time
}

// Take takes n tokens of a bucket that holds size and gets rate a second; wait is how many whole
// seconds are to be waited for them, 0 when they were there.
func (b *Bucket) Take(now time.Time, n, rate, size float64) (wait int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.fill(now, rate, size)
	if b.left < n {
		return max(1, int(math.Ceil((n-b.left)/rate)))
	}
	b.left -= n
	return 0
}

// Charge takes n tokens, also those that are not there yet.
func (b *Bucket) Charge(now time.Time, n, rate, size float64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.fill(now, rate, size)
	b.left -= n
}

// Reserve takes a token, also one that is not there yet, and gives how long it is until it is.
func (b *Bucket) Reserve(now time.Time, rate, size float64) time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.fill(now, rate, size)
	b.left--
	return time.Duration(max(0, -b.left/rate) * float64(time.Second))
}

// Used is how many tokens of size are missing.
func (b *Bucket) Used(now time.Time, rate, size float64) float64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.fill(now, rate, size)
	return size - b.left
}

func (b *Bucket) fill(now time.Time, rate, size float64) {
	if !b.full {
		b.full, b.left, b.at = true, size, now
	}
	if passed := now.Sub(b.at).Seconds(); passed > 0 {
		b.left, b.at = b.left+passed*rate, now
	}
	b.left = min(b.left, size)
}

// Requests holds a tenant to the number of requests that it may make: LIMIT_EXCEEDED, with the
// seconds after which to try again.
func (b *Bucket) Requests(now time.Time, l Limits) error {
	if l.Rate <= 0 {
		return nil
	}
	size := l.Burst
	if size <= 0 {
		size = 2 * l.Rate
	}
	if wait := b.Take(now, 1, float64(l.Rate), float64(size)); wait > 0 {
		return errs.New(errs.LimitExceeded, "this tenant may make %d requests a second; try again later", "此租户每秒至多 %d 个请求，请稍后重试", l.Rate).
			With("limit", l.Rate).With("retryAfter", wait)
	}
	return nil
}
