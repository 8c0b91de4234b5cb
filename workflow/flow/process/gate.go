package process

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/workflow/engine"
)

// Gate bounds how many runs begin.
type Gate interface {
	// Limits are how many runs begin in a minute, and how many wait at most before callers are refused; 0: any number.
	Limits(ctx context.Context) (perMinute, waiting int)
	// Take lets a run begin now; wait is how many whole seconds it would have to wait, 0: none.
	Take(ctx context.Context, now time.Time) (wait int)
	// Reserve lets a run begin after as long as it gives, behind those that have reserved before.
	Reserve(ctx context.Context, now time.Time) time.Duration
}

const (
	// lookAgain is how long a run that waits for its turn sleeps at most: the limit may be another one by then.
	lookAgain = 5 * time.Minute
	// countEvery is how long a count of those that wait is relied on.
	countEvery = time.Second
)

var errTurn = errors.New("flow: the run waits for its turn, since more would begin in a minute than may")

// gate is the line in which runs wait that may not begin yet. It is in memory: after a start those that wait
// reserve anew, in the same order.
type gate struct {
	Gate
	mu    sync.Mutex
	turns map[int64]time.Time // by job
	// counted is how many runs waited at a moment, with those that were let in since.
	counted int
	at      time.Time
}

// Bound holds the service to the limits of a gate, before it is used.
func (s *Service) Bound(g Gate) { s.gate = &gate{Gate: g, turns: map[int64]time.Time{}} }

// turn says whether the run that a job starts may begin now; the error postpones the job.
func (s *Service) turn(ctx context.Context, j engine.Job) error {
	g := s.gate
	if g == nil {
		return nil
	}
	if most, _ := g.Limits(ctx); most == 0 {
		return nil
	}
	now := s.Now()
	g.mu.Lock()
	defer g.mu.Unlock()
	at, known := g.turns[j.ID]
	if !known {
		at = now.Add(g.Reserve(ctx, now))
	}
	if !at.After(now) {
		delete(g.turns, j.ID)
		return nil
	}
	g.turns[j.ID] = at
	return engine.Later(errTurn, min(at.Sub(now), lookAgain), nil)
}

// gated says whether runs may have to wait to begin.
func (s *Service) gated(ctx context.Context) bool {
	if s.gate == nil {
		return false
	}
	most, _ := s.gate.Limits(ctx)
	return most > 0
}

// Admit lets a caller start a run, or refuses: LIMIT_EXCEEDED, with the seconds after which to try again.
func (s *Service) Admit(ctx context.Context) error {
	g := s.gate
	if g == nil {
		return nil
	}
	most, waiting := g.Limits(ctx)
	now := s.Now()
	if waiting > 0 {
		n, err := s.waiting(ctx, now)
		if err != nil {
			return err
		}
		if n >= waiting {
			return errs.New(errs.LimitExceeded, "%d runs of flows wait to begin; try again later", "已有 %d 次自动化运行在等待开始，请稍后重试", n).With("limit", waiting).With("retryAfter", int(countEvery/time.Second))
		}
	}
	if most == 0 {
		return nil
	}
	if wait := g.Take(ctx, now); wait > 0 {
		return errs.New(errs.LimitExceeded, "this tenant may begin %d runs of flows a minute; try again later", "此租户每分钟至多开始 %d 次自动化运行，请稍后重试", most).With("limit", most).With("retryAfter", wait)
	}
	return nil
}

// waiting is how many runs wait to begin, as counted a moment ago at most, with the one that asks.
func (s *Service) waiting(ctx context.Context, now time.Time) (int, error) {
	g := s.gate
	g.mu.Lock()
	defer g.mu.Unlock()
	if since := now.Sub(g.at); since < 0 || since >= countEvery {
		n, err := s.Pending(ctx, Pool, startJob)
		if err != nil {
			return 0, fmt.Errorf("flow: count the runs that wait: %w", err)
		}
		g.counted, g.at = n, now
	}
	g.counted++
	return g.counted - 1, nil
}

type admittedKey struct{}

// Admitted marks what a caller does who was let in: the runs that it starts need not wait.
func Admitted(ctx context.Context) context.Context {
	return context.WithValue(ctx, admittedKey{}, true)
}

func admitted(ctx context.Context) bool {
	yes, _ := ctx.Value(admittedKey{}).(bool)
	return yes
}
