package auth

import (
	"context"
	"errors"

	"github.com/tenon-platform/tenon/platform/audit"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
)

// ExternalLogin finds the login of somebody whom an OpenID provider knows; nil when there is none.
func (s *Service) ExternalLogin(ctx context.Context, subject string) (l *Login, err error) {
	err = s.DB.View(ctx, func(tx store.Tx) error {
		l, err = s.one(ctx, tx, s.q.byExternal, value.Text(subject))
		return err
	})
	return l, err
}

// CreateExternal makes the login of somebody whom an OpenID provider knows, for a user's record. It
// has no password. DUPLICATE for a name or a person that has a login already: nobody gets another
// one's login by having its name elsewhere.
func (s *Service) CreateExternal(ctx context.Context, subject string, n NewLogin) error {
	return s.DB.Update(ctx, func(tx store.Tx) error { return s.CreateExternalIn(ctx, tx, subject, n) })
}

// CreateExternalIn is CreateExternal within the transaction that makes the user's record.
func (s *Service) CreateExternalIn(ctx context.Context, tx store.Tx, subject string, n NewLogin) error {
	n.Name = loginName(n.Name)
	if err := checkLoginName(n.Name); err != nil {
		return err
	}
	id, err := randomID()
	if err != nil {
		return err
	}
	err = tx.Insert(ctx, loginTable, []string{"id", "login", "user_id", "hash", "admin", "disabled", "created", "external"}, []value.Value{value.Ref(id), value.Text(n.Name),
		value.Ref(n.UserID), value.Text(""), value.Bool(false), value.Bool(false), value.Instant(s.Clock.Now()), value.Text(subject)})
	var taken *driver.DuplicateError
	if errors.As(err, &taken) {
		err = errs.New(errs.Duplicate, "the login %s is taken; ask an administrator", "登录名 %s 已被使用，请联系管理员", n.Name)
	}
	if err != nil {
		return err
	}
	return s.Audit.Append(ctx, tx, audit.Entry{Kind: audit.LoginCreated, UserID: n.UserID, Name: n.Name, Subject: n.Name,
		Details: map[string]any{"user": idText(n.UserID), "by": "oidc", "subject": clip(subject)}})
}

// SignInExternal opens a session for somebody whom an OpenID provider has signed in, with the roles
// that it gives as long as the session lasts. UNAUTHENTICATED when the login may not be used.
func (s *Service) SignInExternal(ctx context.Context, subject string, a Attempt) (*SignedIn, error) {
	var l *Login
	why := ""
	err := s.DB.View(ctx, func(tx store.Tx) (err error) {
		if l, err = s.one(ctx, tx, s.q.byExternal, value.Text(subject)); err == nil {
			why, err = s.standing(ctx, tx, l)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	if why != "" {
		return nil, s.FailedExternal(ctx, a.Login, why)
	}
	return s.open(ctx, l, a, true, "")
}

// FailedExternal counts and takes down a sign-in with a provider that failed.
func (s *Service) FailedExternal(ctx context.Context, login, why string) error {
	s.failures.add(addressOf(ctx), "")
	if err := s.noteFailed(ctx, false, login, map[string]any{"why": why, "by": "oidc"}); err != nil {
		return err
	}
	return errs.New(errs.Unauthenticated, "you may not sign in here; ask an administrator", "您无法在此登录，请联系管理员")
}

// Allowed refuses an address that is locked out.
func (s *Service) Allowed(ctx context.Context) error { return s.failures.allowed(addressOf(ctx), "") }

// Random makes an unguessable text.
func Random() (string, error) { return secret("") }
