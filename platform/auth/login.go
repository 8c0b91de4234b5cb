package auth

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"

	"github.com/tenon-platform/tenon/platform/audit"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
)

// Login is what somebody signs in with: a name, mostly for a user record.
type Login struct {
	ID       int64
	Name     string
	UserID   int64 // 0: of no record
	Admin    bool
	Disabled bool
	Password bool      // it has one
	TOTP     bool      // codes of an authenticator are asked for
	Created  time.Time // zero: before this was taken down
	Changed  time.Time // the password; zero: never
	SignedIn time.Time // last; zero: never

	hash, totp string
	totpStep   int64
	recovery   []string
}

// maxLogin bounds the name of a login, in bytes.
const maxLogin = 128

// loginName gives a name in the one way in which it is stored.
func loginName(s string) string { return strings.ToLower(strings.TrimSpace(s)) }

// SameLogin says whether two names are of one login.
func SameLogin(a, b string) bool { return loginName(a) == loginName(b) }

func checkLoginName(name string) error {
	bad := strings.ContainsFunc(name, func(r rune) bool { return unicode.IsSpace(r) || !unicode.IsPrint(r) })
	if name == "" || len(name) > maxLogin || bad {
		return errs.New(errs.InvalidInput, "a login name has 1 to %d bytes and no spaces", "登录名须为 1 至 %d 字节，且不含空格", maxLogin).On("login")
	}
	return nil
}

func noLogin(name string) *errs.Error {
	return errs.New(errs.NotFound, "there is no user %s", "没有用户 %s", clip(name))
}

func clip(s string) string {
	if len(s) > maxLogin {
		s = s[:maxLogin]
	}
	return strings.ToValidUTF8(s, "�")
}

// find gives a login by its name; nil when there is none.
func (s *Service) find(ctx context.Context, tx store.Tx, name string) (*Login, error) {
	return s.one(ctx, tx, s.q.byLogin, value.Text(loginName(name)))
}

func (s *Service) one(ctx context.Context, tx store.Tx, st driver.Stmt, arg value.Value) (l *Login, err error) {
	err = each(ctx, tx, st, []value.Value{arg}, func(r driver.Rows) error {
		l, err = readLogin(r)
		return err
	})
	return l, err
}

func readLogin(r driver.Rows) (*Login, error) {
	text := func(i int) string { return strings.Clone(r.Value(i).Text()) }
	at := func(i int) time.Time {
		if r.Value(i).IsNull() {
			return time.Time{}
		}
		return r.Value(i).AsTime()
	}
	l := &Login{ID: r.Value(0).Int(), Name: text(1), UserID: r.Value(2).Int(), Admin: r.Value(4).Bool(), Disabled: r.Value(5).Bool(),
		Created: at(6), Changed: at(7), SignedIn: at(8), TOTP: r.Value(10).Bool(), hash: text(3), totp: text(9), totpStep: r.Value(11).Int()}
	l.Password = l.hash != ""
	if v := r.Value(12); !v.IsNull() {
		if err := json.Unmarshal([]byte(v.Text()), &l.recovery); err != nil {
			return nil, fmt.Errorf("read login %d: %w", l.ID, err)
		}
	}
	return l, nil
}

// Login gives a login by its name. NOT_FOUND.
func (s *Service) Login(ctx context.Context, name string) (l *Login, err error) {
	err = s.DB.View(ctx, func(tx store.Tx) error {
		l, err = s.must(ctx, tx, name)
		return err
	})
	return l, err
}

// must is find for those who are known to ask for a login that there is.
func (s *Service) must(ctx context.Context, tx store.Tx, name string) (*Login, error) {
	l, err := s.find(ctx, tx, name)
	if err == nil && l == nil {
		err = noLogin(name)
	}
	return l, err
}

// HasLogin says whether a login exists.
func (s *Service) HasLogin(ctx context.Context, name string) (bool, error) {
	_, err := s.Login(ctx, name)
	if errs.CodeOf(err) == errs.NotFound {
		return false, nil
	}
	return err == nil, err
}

// Logins gives logins by their names, behind one of them; at most first.
func (s *Service) Logins(ctx context.Context, after string, first int) (out []*Login, err error) {
	err = s.DB.View(ctx, func(tx store.Tx) error {
		out = nil
		return each(ctx, tx, s.q.logins, []value.Value{value.Text(after), value.Int(int64(first))}, func(r driver.Rows) error {
			l, err := readLogin(r)
			out = append(out, l)
			return err
		})
	})
	if err != nil {
		return nil, fmt.Errorf("list logins: %w", err)
	}
	return out, nil
}

// NewLogin describes a login that is to be made.
type NewLogin struct {
	Name   string
	UserID int64 // of an active user record
	Admin  bool
}

// Create makes a login without a password, and an invitation to set one. DUPLICATE for a name that
// is taken, VALIDATION_FAILED for a user who is not active.
func (s *Service) Create(ctx context.Context, n NewLogin) (token string, ends time.Time, err error) {
	n.Name = loginName(n.Name)
	if err := checkLoginName(n.Name); err != nil {
		return "", ends, err
	}
	id, err := randomID()
	if err != nil {
		return "", ends, err
	}
	err = s.DB.Update(ctx, func(tx store.Tx) error {
		active, err := s.People.Active(ctx, tx, n.UserID)
		if err == nil && !active {
			err = errs.New(errs.ValidationFail, "the user is not active", "该用户未启用").On("user")
		}
		if err != nil {
			return err
		}
		err = tx.Insert(ctx, loginTable, []string{"id", "login", "user_id", "hash", "admin", "disabled", "created"}, []value.Value{value.Ref(id), value.Text(n.Name),
			value.Ref(n.UserID), value.Text(""), value.Bool(n.Admin), value.Bool(false), value.Instant(s.Clock.Now())})
		var taken *driver.DuplicateError
		if errors.As(err, &taken) {
			err = errs.New(errs.Duplicate, "the login %s is taken", "登录名 %s 已被使用", n.Name).On("login")
		}
		if err != nil {
			return err
		}
		if err := s.note(ctx, tx, audit.LoginCreated, n.Name, map[string]any{"user": idText(n.UserID), "admin": n.Admin}); err != nil {
			return err
		}
		token, ends, err = s.invite(ctx, tx, id)
		return err
	})
	return token, ends, err
}

// Disable keeps a login from signing in, or lets it again. Its sessions end at once; its keys do
// not work meanwhile.
func (s *Service) Disable(ctx context.Context, name string, disabled bool) error {
	return s.change(ctx, name, func(tx store.Tx, l *Login) error {
		if err := s.set(ctx, tx, l, []string{"disabled"}, value.Bool(disabled)); err != nil {
			return err
		}
		if !disabled {
			s.failures.forget(name)
			return s.note(ctx, tx, audit.LoginEnabled, l.Name, nil)
		}
		if err := s.endSessions(ctx, tx, l, ""); err != nil {
			return err
		}
		if _, err := tx.DeleteWhere(ctx, inviteTable, is("login_id"), []value.Value{value.Ref(l.ID)}); err != nil {
			return err
		}
		return s.note(ctx, tx, audit.LoginDisabled, l.Name, nil)
	})
}

// change runs fn on a login in one transaction. NOT_FOUND.
func (s *Service) change(ctx context.Context, name string, fn func(tx store.Tx, l *Login) error) error {
	return s.DB.Update(ctx, func(tx store.Tx) error {
		l, err := s.must(ctx, tx, name)
		if err != nil {
			return err
		}
		return fn(tx, l)
	})
}

func (s *Service) set(ctx context.Context, tx store.Tx, l *Login, cols []string, vals ...value.Value) error {
	_, err := tx.Update(ctx, loginTable, l.ID, cols, vals)
	return err
}

// note takes down what is done to a login.
func (s *Service) note(ctx context.Context, tx store.Tx, kind audit.Kind, subject string, details map[string]any) error {
	return s.Audit.Append(ctx, tx, audit.Entry{Kind: kind, Subject: subject, Details: details})
}
