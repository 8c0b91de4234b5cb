package capture

import (
	"sync"
	"time"

	"github.com/tenon-platform/tenon/platform/errs"
)

const (
	// maxSenders is how many forms and addresses are remembered; those that may send all they
	// may need not be.
	maxSenders = 20_000
	// usual is how much a form takes in a minute unless its record says otherwise.
	usual = 60
	// perAddress is how much one address sends to one form in a minute.
	perAddress = 10
)

// limits hold forms, and addresses that send to them, to so many captures a minute. They are kept by
// this process alone.
type limits struct {
	mu   sync.Mutex
	left map[string]*bucket
}

type bucket struct {
	left float64
	at   time.Time
}

// take counts one capture of a form from an address, or refuses it.
func (l *limits) take(form, address string, perMinute int64, now time.Time) error {
	if perMinute <= 0 {
		perMinute = usual
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.left) >= maxSenders {
		l.forget(now)
	}
	if l.left == nil || len(l.left) >= maxSenders { // a flood of addresses: all are counted anew
		l.left = map[string]*bucket{}
	}
	from, all := l.bucket(form+"\x00"+address, perAddress, now), l.bucket(form, perMinute, now)
	if from.left < 1 || all.left < 1 {
		return errs.New(errs.LimitExceeded, "too much was sent: try again in a minute", "提交过于频繁，请一分钟后再试").With("status", 429)
	}
	from.left--
	all.left--
	return nil
}

func (l *limits) bucket(key string, perMinute int64, now time.Time) *bucket {
	b := l.left[key]
	if b == nil {
		b = &bucket{left: float64(perMinute), at: now}
		l.left[key] = b
	}
	if now.After(b.at) {
		b.left = min(float64(perMinute), b.left+now.Sub(b.at).Minutes()*float64(perMinute))
		b.at = now
	}
	return b
}

// forget drops those that have sent nothing for a minute.
func (l *limits) forget(now time.Time) {
	for k, b := range l.left {
		if now.Sub(b.at) >= time.Minute {
			delete(l.left, k)
		}
	}
}
