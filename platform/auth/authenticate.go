package auth

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tenon-platform/tenon/platform/audit"
	"github.com/tenon-platform/tenon/platform/ident"
	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
)

// Authenticate finds the caller behind a token. UNAUTHENTICATED. What was taken from somebody is gone
// at the next request.
func (s *Service) Authenticate(ctx context.Context, token string) (ident.Principal, error) {
	if len(token) > maxToken {
		return ident.Principal{}, s.unknown(ctx, "too long")
	}
	rule := s.People.Rule()
	mark, exact := s.written.Mark()
	sum := sha256.Sum256([]byte(token))
	if p, ok := s.recent.find(sum, mark, rule, s.Clock.Now()); exact && ok {
		return p, nil
	}
	var p ident.Principal
	var until time.Time
	var why string
	var err error
	switch {
	case strings.HasPrefix(token, sessionPrefix):
		p, until, why, err = s.bySession(ctx, token)
	case strings.HasPrefix(token, keyPrefix):
		p, until, why, err = s.byKey(ctx, token)
	default:
		why = "none of ours"
	}
	if err != nil {
		return ident.Principal{}, fmt.Errorf("authenticate: %w", err)
	}
	if why != "" {
		return ident.Principal{}, s.unknown(ctx, why)
	}
	if exact {
		s.recent.keep(sum, accepted{p: p, mark: mark, rule: rule, until: until})
	}
	return p, nil
}

// unknown refuses a token. It is taken down, though not every time: anybody can send anything.
func (s *Service) unknown(ctx context.Context, why string) error {
	address := addressOf(ctx)
	missed, ok := s.failures.note(address)
	if !ok {
		return unauthenticated()
	}
	details := map[string]any{"why": why}
	if missed > 0 {
		details["more"] = missed // that were refused since the last time this was taken down
	}
	err := s.Audit.Note(ctx, audit.Entry{Kind: audit.TokenRefused, Name: "unknown", Details: details})
	return errors.Join(unauthenticated(), err)
}

func (s *Service) bySession(ctx context.Context, token string) (p ident.Principal, until time.Time, why string, err error) {
	var x *Session
	var l *Login
	pending := false
	now := s.Clock.Now()
	err = s.DB.View(ctx, func(tx store.Tx) error {
		x, why, pending = nil, "", false
		err := each(ctx, tx, s.q.session, []value.Value{value.Text(digest(token))}, func(r driver.Rows) error {
			x = readSession(r)
			return nil
		})
		if err != nil {
			return err
		}
		if x == nil {
			why = "unknown session"
			return nil
		}
		if x.over(now) {
			why = "session expired"
			return nil
		}
		if l, err = s.one(ctx, tx, s.q.byID, value.Ref(x.loginID)); err != nil {
			return err
		}
		if why, err = s.standing(ctx, tx, l); err != nil || why != "" || l.TOTP || x.external {
			return err
		}
		set, err := s.settings(ctx, tx)
		pending = set.requires(l)
		return err
	})
	if err != nil || why != "" {
		return p, until, why, err
	}
	until, err = s.used(ctx, sessionTable, x.ID, x.Used, x.Ends)
	return ident.Principal{UserID: l.UserID, Name: l.Name, Admin: l.Admin && !pending, Session: idText(x.ID), Pending: pending, Roles: x.roles}, until, "", err
}

// standing says why a login may not be used now, "" when it may.
func (s *Service) standing(ctx context.Context, tx store.Tx, l *Login) (string, error) {
	if l == nil {
		return "no login", nil
	}
	if l.Disabled {
		return "login disabled", nil
	}
	active, err := s.People.Active(ctx, tx, l.UserID)
	if err == nil && !active {
		return "user not active", nil
	}
	return "", err
}

// Still says whether what a caller signed in with still holds, for work that goes on behind the
// request: the login may be used, and the key is there. Sessions may be over. UNAUTHENTICATED.
func (s *Service) Still(ctx context.Context, p ident.Principal) error {
	if p.Session == "" && p.Key == "" {
		return nil // the platform itself
	}
	why := ""
	err := s.DB.View(ctx, func(tx store.Tx) error {
		l, err := s.find(ctx, tx, p.Name)
		if err == nil {
			why, err = s.standing(ctx, tx, l)
		}
		if err != nil || why != "" {
			return err
		}
		if p.Admin && !l.Admin || p.UserID != l.UserID {
			why = "login changed"
		}
		if p.Key == "" {
			return nil
		}
		keys, err := s.keysOf(ctx, tx, l.Name)
		now := s.Clock.Now()
		if !slices.ContainsFunc(keys, func(k *Key) bool { return idText(k.ID) == p.Key && (k.Ends.IsZero() || now.Before(k.Ends)) }) {
			why = "no such key"
		}
		return err
	})
	if err == nil && why != "" {
		err = unauthenticated()
	}
	return err
}

// used keeps when a session or a key is used, and gives until when that need not be looked at again.
// ends is zero for what does not end.
func (s *Service) used(ctx context.Context, table string, id int64, last, ends time.Time) (time.Time, error) {
	if now := s.Clock.Now(); now.Sub(last) >= touchEvery {
		if err := s.touch(ctx, table, id, now); err != nil {
			return time.Time{}, err
		}
		last = now
	}
	until := last.Add(touchEvery)
	if !ends.IsZero() && ends.Before(until) {
		until = ends
	}
	return until, nil
}

// touch keeps when a session or a key was used.
func (s *Service) touch(ctx context.Context, table string, id int64, now time.Time) error {
	return s.DB.Update(ctx, func(tx store.Tx) error {
		_, err := tx.Update(ctx, table, id, []string{"used"}, []value.Value{value.Instant(now)})
		return err
	})
}
