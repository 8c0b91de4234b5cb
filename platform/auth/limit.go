package auth

import (
	"context"
	"crypto/sha256"
	"net/netip"
	"sync"
	"time"

	"github.com/tenon-platform/tenon/platform/audit"
	"github.com/tenon-platform/tenon/platform/clock"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/ident"
)

// How many failures are let pass, and for how long one is locked out after more. Each further lock
// is twice as long as the one before, up to longestLock; failures are forgotten after forgetAfter.
const (
	loginFailures   = 10
	addressFailures = 50
	firstLock       = time.Minute
	longestLock     = 15 * time.Minute
	forgetAfter     = time.Hour
	noteEvery       = time.Minute // refused tokens of one address are taken down once in that time
	notesOfAll      = 60          // of all addresses and logins in that time, by room: those of a whole network cost nothing
	maxTracked      = 20_000      // logins and addresses that failures are counted of
)

// failures counts failed sign-ins by login and by address, in bounded memory. A login is counted
// whether it exists or not: what is refused tells nothing about it.
type failures struct {
	clock clock.Clock
	mu    sync.Mutex
	by    map[mark]*count

	tokens  room // with invitations
	signIns room
	locks   room // their own, so that a flood of failures hides none
}

// room is how much of what costs its sender nothing is taken down one by one; the rest is counted.
type room struct {
	since     time.Time // when it was last empty
	n, missed int
}

// take says whether something more may be taken down, and how much was not before it.
func (r *room) take(now time.Time) (missed int, ok bool) {
	if now.Sub(r.since) >= noteEvery {
		r.since, r.n = now, 0
	}
	if r.n >= notesOfAll {
		r.missed++
		return 0, false
	}
	r.n++
	return r.rest(), true
}

// rest is how much was not taken down, and is told of now.
func (r *room) rest() (missed int) {
	missed, r.missed = r.missed, 0
	return missed
}

// mark is what is counted: the digest of a login or of an address, so that every entry has one size.
type mark [16]byte

type count struct {
	n      int // since the last lock
	locks  int
	last   time.Time // failure
	until  time.Time // locked
	noted  time.Time
	missed int
}

func newFailures(c clock.Clock) *failures {
	return &failures{clock: c, by: map[mark]*count{}}
}

func marked(kind, name string) (m mark) {
	sum := sha256.Sum256([]byte(kind + "\x00" + name))
	copy(m[:], sum[:])
	return m
}

func markLogin(login string) mark { return marked("login", loginName(login)) }

// markAddress takes the addresses of one IPv6 network, of which everybody has as many as they like,
// for one.
func markAddress(address string) mark {
	if a, err := netip.ParseAddr(address); err == nil && a.Is6() {
		if p, err := a.Prefix(64); err == nil {
			address = p.String()
		}
	}
	return marked("address", address)
}

// addressOf is where the request comes from.
func addressOf(ctx context.Context) string {
	c, _ := ident.From(ctx)
	return c.Address
}

// allowed refuses whoever is locked out. LIMIT_EXCEEDED, with the seconds to wait.
func (f *failures) allowed(address, login string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	now := f.clock.Now()
	wait := time.Duration(0)
	for _, m := range f.marks(address, login) {
		if c := f.by[m]; c != nil {
			wait = max(wait, c.until.Sub(now))
		}
	}
	if wait <= 0 {
		return nil
	}
	s := int((wait + time.Second - 1) / time.Second)
	return errs.New(errs.LimitExceeded, "too many failed attempts; try again in %d seconds", "失败次数过多，请在 %d 秒后重试", s).With("retryAfter", s)
}

// marks are what a failure counts for; an empty login or address counts for nothing.
func (f *failures) marks(address, login string) (out []mark) {
	if login != "" {
		out = append(out, markLogin(login))
	}
	if address != "" && address != ident.Local {
		out = append(out, markAddress(address))
	}
	return out
}

// add counts a failure and says whether somebody is locked out by it.
func (f *failures) add(address, login string) (locked bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	now := f.clock.Now()
	for i, m := range f.marks(address, login) {
		c := f.count(m, now)
		most := addressFailures
		if i == 0 && login != "" {
			most = loginFailures
		}
		c.last = now
		if c.n++; c.n < most {
			continue
		}
		c.n, c.until = 0, now.Add(min(longestLock, firstLock<<min(c.locks, 10)))
		c.locks++
		locked = true
	}
	return locked
}

// forget starts anew for a login, after a success or when an administrator says so.
func (f *failures) forget(login string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.by, markLogin(login))
}

// note says whether a refused token of an address is to be taken down, and how many were not: of the same
// address, or because there were too many addresses.
func (f *failures) note(address string) (missed int, ok bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	now := f.clock.Now()
	c := f.count(markAddress(address), now)
	if !c.noted.IsZero() && now.Sub(c.noted) < noteEvery {
		c.missed++
		return 0, false
	}
	if c.last.IsZero() {
		c.last = now
	}
	if missed, ok = f.tokens.take(now); ok {
		missed += c.missed
		c.missed, c.noted = 0, now
	}
	return missed, ok
}

// noteInvitation says the same of a refused invitation: of those of one address there are no more than lock it out.
func (f *failures) noteInvitation() (missed int, ok bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.tokens.take(f.clock.Now())
}

// noteSignIn says whether a sign-in that failed, or the lock that it led to, is to be taken down, and how many of its
// kind were not. Locks keep those of one login and of one address few, but not those of many.
func (f *failures) noteSignIn(locked bool) (missed int, ok bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if locked {
		return f.locks.take(f.clock.Now())
	}
	return f.signIns.take(f.clock.Now())
}

// unnoted are the sign-ins that failed, and the locks, that were not taken down. They are told of now.
func (f *failures) unnoted() (failed, locks int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.signIns.rest(), f.locks.rest()
}

// count finds or makes the count of a mark. A full table lets go of what is over first, then of
// those that are not locked out, then of anything.
func (f *failures) count(m mark, now time.Time) *count {
	c := f.by[m]
	if c != nil && now.Sub(c.last) > forgetAfter {
		c.n, c.locks = 0, 0
	}
	if c != nil {
		return c
	}
	for pass := 0; len(f.by) >= maxTracked; pass++ {
		for k, x := range f.by {
			if pass == 0 && now.Sub(x.last) > forgetAfter || pass == 1 && !now.Before(x.until) || pass == 2 {
				delete(f.by, k)
			}
			if pass > 0 && len(f.by) < maxTracked*9/10 {
				break
			}
		}
	}
	c = &count{}
	f.by[m] = c
	return c
}

// refuse takes down that something was refused, and gives the refusal.
func (s *Service) refuse(ctx context.Context, kind audit.Kind, subject string, refusal error) error {
	if err := s.Audit.Note(ctx, audit.Entry{Kind: kind, Subject: subject}); err != nil {
		return err
	}
	return refusal
}
