package auth

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/tenon-platform/tenon/platform/audit"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
)

const (
	invitePrefix = "tni_"
	inviteLife   = 72 * time.Hour
)

// invite makes the one invitation of a login; earlier ones are worth nothing from then on.
func (s *Service) invite(ctx context.Context, tx store.Tx, login int64) (token string, ends time.Time, err error) {
	if _, err := tx.DeleteWhere(ctx, inviteTable, is("login_id"), []value.Value{value.Ref(login)}); err != nil {
		return "", ends, err
	}
	id, err := randomID()
	if err == nil {
		token, err = secret(invitePrefix)
	}
	if err != nil {
		return "", ends, err
	}
	ends = s.Clock.Now().Add(inviteLife)
	return token, ends, tx.Insert(ctx, inviteTable, []string{"id", "digest", "login_id", "expires"},
		[]value.Value{value.Ref(id), value.Text(digest(token)), value.Ref(login), value.Instant(ends)})
}

// Invite makes a token with which a login's password is set anew, once. Until then the old password
// goes on working.
func (s *Service) Invite(ctx context.Context, name string) (token string, ends time.Time, err error) {
	err = s.change(ctx, name, func(tx store.Tx, l *Login) error {
		if l.Disabled {
			return errs.New(errs.ValidationFail, "the login is disabled", "该登录名已停用").On("login")
		}
		if token, ends, err = s.invite(ctx, tx, l.ID); err != nil {
			return err
		}
		return s.note(ctx, tx, audit.PasswordReset, l.Name, nil)
	})
	return token, ends, err
}

// Redeem sets the password of the login that an invitation is for, and ends its sessions. It gives
// the login's name. UNAUTHENTICATED, the same for tokens that are unknown, used or expired.
func (s *Service) Redeem(ctx context.Context, token, password string) (name string, err error) {
	address := addressOf(ctx)
	if err := s.failures.allowed(address, ""); err != nil {
		return "", err
	}
	var l *Login
	err = s.DB.View(ctx, func(tx store.Tx) error {
		l, err = s.invited(ctx, tx, token)
		return err
	})
	if err != nil {
		return "", err
	}
	if l == nil {
		s.failures.add(address, "")
		refusal := errs.New(errs.Unauthenticated, "this invitation is not valid any more", "该邀请已失效")
		missed, ok := s.failures.noteInvitation()
		if !ok {
			return "", refusal
		}
		var details map[string]any
		if missed > 0 {
			details = map[string]any{"more": missed} // that were refused and not taken down, invitations or tokens
		}
		return "", errors.Join(refusal, s.Audit.Note(ctx, audit.Entry{Kind: audit.InvitationRefused, Details: details}))
	}
	if err := checkPassword(l.Name, password); err != nil {
		return "", err
	}
	hash, err := s.hash(ctx, password)
	if err != nil {
		return "", err
	}
	err = s.DB.Update(ctx, func(tx store.Tx) error {
		l, err = s.invited(ctx, tx, token) // somebody may have been faster
		if err == nil && l == nil {
			err = errs.New(errs.Unauthenticated, "this invitation is not valid any more", "该邀请已失效")
		}
		if err != nil {
			return err
		}
		if _, err := tx.DeleteWhere(ctx, inviteTable, is("login_id"), []value.Value{value.Ref(l.ID)}); err != nil {
			return err
		}
		if err := s.endSessions(ctx, tx, l, ""); err != nil {
			return err
		}
		if err := s.set(ctx, tx, l, []string{"hash", "changed"}, value.Text(hash), value.Instant(s.Clock.Now())); err != nil {
			return err
		}
		return s.Audit.Append(ctx, tx, audit.Entry{Kind: audit.PasswordSet, UserID: l.UserID, Name: l.Name, Subject: l.Name})
	})
	if err != nil {
		return "", err
	}
	s.failures.forget(l.Name)
	return l.Name, nil
}

// invited finds the login that a token is for; nil when it is for none.
func (s *Service) invited(ctx context.Context, tx store.Tx, token string) (l *Login, err error) {
	if !strings.HasPrefix(token, invitePrefix) || len(token) > maxToken {
		return nil, nil
	}
	var login int64
	err = each(ctx, tx, s.q.invitation, []value.Value{value.Text(digest(token))}, func(r driver.Rows) error {
		if s.Clock.Now().Before(r.Value(2).AsTime()) {
			login = r.Value(1).Int()
		}
		return nil
	})
	if err != nil || login == 0 {
		return nil, err
	}
	if l, err = s.one(ctx, tx, s.q.byID, value.Ref(login)); err != nil || l == nil {
		return nil, err
	}
	active, err := s.People.Active(ctx, tx, l.UserID)
	if err != nil || l.Disabled || !active {
		return nil, err
	}
	return l, nil
}
