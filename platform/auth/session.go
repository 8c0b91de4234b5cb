package auth

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tenon-platform/tenon/platform/audit"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/ident"
	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
)

const (
	sessionPrefix = "tns_"
	maxToken      = 128 // bytes

	// A session ends when it was not used for idleLife, and after sessionLife whatever happens.
	idleLife    = 2 * time.Hour
	sessionLife = 12 * time.Hour
	// touchEvery is how exactly it is kept when a session or a key was used: every use would be a write.
	touchEvery = time.Minute
	// maxSessions is how many sessions a login has; the oldest give way.
	maxSessions = 20
)

// Session is somebody's being signed in.
type Session struct {
	ID                  int64
	Created, Used, Ends time.Time
	Address, Agent      string
	loginID             int64
	external            bool
	roles               []string
}

// over says whether a session has ended.
func (s *Session) over(now time.Time) bool {
	return !now.Before(s.Ends) || now.Sub(s.Used) >= idleLife
}

func readSession(r driver.Rows) *Session {
	s := &Session{ID: r.Value(0).Int(), loginID: r.Value(1).Int(), Created: r.Value(2).AsTime(), Used: r.Value(3).AsTime(), Ends: r.Value(4).AsTime(),
		Address: strings.Clone(r.Value(5).Text()), Agent: strings.Clone(r.Value(6).Text()), external: r.Value(7).Bool()}
	if v := r.Value(8); !v.IsNull() && json.Unmarshal([]byte(v.Text()), &s.roles) != nil {
		s.roles = nil // what cannot be read gives nothing
	}
	return s
}

// Attempt is what somebody signs in with.
type Attempt struct {
	Login, Password string
	Code            string   // of an authenticator, or a recovery code
	Agent           string   // how the browser calls itself
	Roles           []string // that an OpenID provider gives; see External
	Before          string   // the token of an earlier session of the same browser, which ends
}

// SignedIn is a session that was begun.
type SignedIn struct {
	Token string // shown this once
	CSRF  string // goes along with what the session's cookie is to change
	Ends  time.Time
}

// CSRF is the token that a page of this site shows along with a session's cookie: other sites can
// make browsers send the cookie, but not read it.
func CSRF(session string) string {
	m := hmac.New(sha256.New, []byte(session))
	m.Write([]byte("csrf"))
	return base64.RawURLEncoding.EncodeToString(m.Sum(nil))
}

// cut bounds a password that is compared, so that no request pays for hashing megabytes.
func cut(password string) string {
	if len(password) > maxPassword {
		return password[:maxPassword+1] // longer than any that was set
	}
	return password
}

// SignIn checks a password and opens a session. UNAUTHENTICATED, the same and after the same time
// for logins that do not exist, are disabled or have another password; LIMIT_EXCEEDED after too
// many failures. Who has an authenticator and sends no code is told so by the detail "totp".
func (s *Service) SignIn(ctx context.Context, a Attempt) (*SignedIn, error) {
	address := addressOf(ctx)
	if err := s.failures.allowed(address, a.Login); err != nil {
		return nil, err
	}
	var l *Login
	active := false
	err := s.DB.View(ctx, func(tx store.Tx) (err error) {
		if l, err = s.find(ctx, tx, clip(a.Login)); err == nil && l != nil {
			active, err = s.People.Active(ctx, tx, l.UserID)
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("sign in: %w", err)
	}
	stored := ""
	if l != nil {
		stored = l.hash
	}
	ok, stale, err := s.verify(ctx, stored, cut(a.Password))
	if err != nil {
		return nil, err
	}
	why := ""
	switch {
	case l == nil:
		why = "unknown login"
	case !ok:
		why = "wrong password"
	case l.Disabled:
		why = "disabled"
	case !active:
		why = "user not active"
	}
	if why != "" {
		return nil, s.failed(ctx, address, a.Login, why)
	}
	if l.TOTP && a.Code == "" {
		return nil, errs.New(errs.Unauthenticated, "send a code of your authenticator, too", "请同时提供身份验证器的验证码").On("code").With("totp", "required")
	}
	rehashed := ""
	if stale {
		if rehashed, err = s.hash(ctx, a.Password); err != nil {
			return nil, err
		}
	}
	out, err := s.open(ctx, l, a, false, rehashed)
	if errors.Is(err, errCode) {
		if err := s.failed(ctx, address, a.Login, "wrong code"); errs.CodeOf(err) != errs.Unauthenticated {
			return nil, err
		}
		return nil, wrongCode(errs.Unauthenticated)
	}
	if err != nil {
		return nil, err
	}
	s.failures.forget(a.Login)
	return out, nil
}

// errCode says that the code of a sign-in was wrong.
var errCode = errors.New("auth: wrong code")

// failed counts and takes down a sign-in that failed.
func (s *Service) failed(ctx context.Context, address, login, why string) error {
	locked := s.failures.add(address, login)
	if err := s.noteFailed(ctx, locked, login, map[string]any{"why": why}); err != nil {
		return err
	}
	return errs.New(errs.Unauthenticated, "wrong user name or password", "用户名或密码错误")
}

// noteFailed takes down a sign-in that failed, or counts it where too many do.
func (s *Service) noteFailed(ctx context.Context, locked bool, login string, details map[string]any) error {
	kind := audit.LoginFailed
	if locked {
		kind = audit.LoginLocked
	}
	missed, ok := s.failures.noteSignIn(locked)
	if !ok {
		return nil
	}
	if missed > 0 {
		details["more"] = missed // that were not taken down
	}
	name := clip(loginName(login))
	return s.Audit.Note(ctx, audit.Entry{Kind: kind, Name: name, Subject: name, Details: details})
}

// tellRest takes down, before somebody is let in, how many failed that were only counted.
func (s *Service) tellRest(ctx context.Context) error {
	failed, locks := s.failures.unnoted()
	for _, rest := range []struct {
		kind audit.Kind
		n    int
	}{{audit.LoginFailed, failed}, {audit.LoginLocked, locks}} {
		if rest.n == 0 {
			continue
		}
		if err := s.Audit.Note(ctx, audit.Entry{Kind: rest.kind, Name: "unknown", Details: map[string]any{"more": rest.n}}); err != nil {
			return err
		}
	}
	return nil
}

// open opens a session for a login as it was when its password was checked.
func (s *Service) open(ctx context.Context, was *Login, a Attempt, external bool, rehashed string) (*SignedIn, error) {
	if err := s.tellRest(ctx); err != nil {
		return nil, err
	}
	token, err := secret(sessionPrefix)
	if err != nil {
		return nil, err
	}
	id, err := randomID()
	if err != nil {
		return nil, err
	}
	now := s.Clock.Now()
	out := &SignedIn{Token: token, CSRF: CSRF(token), Ends: now.Add(sessionLife)}
	err = s.DB.Update(ctx, func(tx store.Tx) error {
		l, err := s.one(ctx, tx, s.q.byID, value.Ref(was.ID))
		if err != nil {
			return err
		}
		if l == nil || l.Disabled || l.hash != was.hash { // it changed meanwhile
			return errs.New(errs.Unauthenticated, "wrong user name or password", "用户名或密码错误")
		}
		how := "password"
		roles := value.Null
		if external {
			how = "oidc"
			if roles, err = list(a.Roles); err != nil {
				return err
			}
		} else if l.TOTP {
			ok, recovered, err := s.spend(ctx, tx, l, a.Code)
			if err != nil {
				return err
			}
			if !ok {
				return errCode
			}
			if how = "password and code"; recovered {
				how = "password and recovery code"
			}
		}
		if a.Before != "" {
			if _, err := tx.DeleteWhere(ctx, sessionTable, is("digest"), []value.Value{value.Text(digest(a.Before))}); err != nil {
				return err
			}
		}
		if err := s.makeRoom(ctx, tx, l); err != nil {
			return err
		}
		cols, vals := []string{"signed_in"}, []value.Value{value.Instant(now)}
		if rehashed != "" {
			cols, vals = append(cols, "hash"), append(vals, value.Text(rehashed))
		}
		if err := s.set(ctx, tx, l, cols, vals...); err != nil {
			return err
		}
		err = tx.Insert(ctx, sessionTable, []string{"id", "digest", "login_id", "created", "used", "ends", "address", "agent", "external", "roles"}, []value.Value{value.Ref(id),
			value.Text(digest(token)), value.Ref(l.ID), value.Instant(now), value.Instant(now), value.Instant(out.Ends), value.Text(addressOf(ctx)), value.Text(clip(a.Agent)), value.Bool(external), roles})
		if err != nil {
			return err
		}
		return s.Audit.Append(ctx, tx, audit.Entry{Kind: audit.Login, UserID: l.UserID, Name: l.Name, Subject: l.Name, Details: map[string]any{"session": idText(id), "by": how}})
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// makeRoom ends the sessions of a login that are over, and the oldest when there are too many.
func (s *Service) makeRoom(ctx context.Context, tx store.Tx, l *Login) error {
	all, err := s.sessionsOf(ctx, tx, l.ID)
	if err != nil {
		return err
	}
	var gone []int64
	now := s.Clock.Now()
	live := 0
	for _, x := range all { // the newest first
		if live++; x.over(now) || live >= maxSessions {
			gone = append(gone, x.ID)
		}
	}
	if len(gone) == 0 {
		return nil
	}
	_, err = tx.Delete(ctx, sessionTable, gone...)
	return err
}

func (s *Service) sessionsOf(ctx context.Context, tx store.Tx, login int64) (out []*Session, err error) {
	err = each(ctx, tx, s.q.sessions, []value.Value{value.Ref(login)}, func(r driver.Rows) error {
		out = append(out, readSession(r))
		return nil
	})
	return out, err
}

// endSessions ends the sessions of a login but one.
func (s *Service) endSessions(ctx context.Context, tx store.Tx, l *Login, but string) error {
	all, err := s.sessionsOf(ctx, tx, l.ID)
	if err != nil {
		return err
	}
	var gone []int64
	for _, x := range all {
		if idText(x.ID) != but {
			gone = append(gone, x.ID)
		}
	}
	if len(gone) == 0 {
		return nil
	}
	_, err = tx.Delete(ctx, sessionTable, gone...)
	return err
}

// Sessions gives the sessions of a login that are not over, the newest first.
func (s *Service) Sessions(ctx context.Context, name string) (out []*Session, err error) {
	err = s.DB.View(ctx, func(tx store.Tx) error {
		l, err := s.must(ctx, tx, name)
		if err != nil {
			return err
		}
		all, err := s.sessionsOf(ctx, tx, l.ID)
		now := s.Clock.Now()
		out = slices.DeleteFunc(all, func(x *Session) bool { return x.over(now) })
		return err
	})
	return out, err
}

// EndSession ends a session of a login; all of them for "". NOT_FOUND for those of others.
func (s *Service) EndSession(ctx context.Context, name, id string) error {
	return s.change(ctx, name, func(tx store.Tx, l *Login) error {
		if id == "" {
			if err := s.endSessions(ctx, tx, l, ""); err != nil {
				return err
			}
			return s.note(ctx, tx, audit.SessionEnded, l.Name, map[string]any{"session": "all"})
		}
		all, err := s.sessionsOf(ctx, tx, l.ID)
		if err != nil {
			return err
		}
		n, bad := strconv.ParseInt(id, 10, 64)
		if bad != nil || !slices.ContainsFunc(all, func(x *Session) bool { return x.ID == n }) {
			return errs.New(errs.NotFound, "there is no such session", "没有这个会话").On("id")
		}
		if _, err := tx.Delete(ctx, sessionTable, n); err != nil {
			return err
		}
		return s.note(ctx, tx, audit.SessionEnded, l.Name, map[string]any{"session": id})
	})
}

// SignOut ends the session of a caller.
func (s *Service) SignOut(ctx context.Context, who ident.Principal) error {
	if err := BySession(who); err != nil {
		return err
	}
	return s.EndSession(ctx, who.Name, who.Session)
}

// Sweep removes sessions and invitations that are over.
func (s *Service) Sweep(ctx context.Context) error {
	now := s.Clock.Now()
	before := func(column string) driver.Expr {
		return driver.Cmp{Op: driver.Le, L: driver.Col{Name: column}, R: driver.Param{N: 0}}
	}
	err := s.DB.Update(ctx, func(tx store.Tx) error {
		_, err := tx.DeleteWhere(ctx, sessionTable, before("ends"), []value.Value{value.Instant(now)})
		if err == nil {
			_, err = tx.DeleteWhere(ctx, sessionTable, before("used"), []value.Value{value.Instant(now.Add(-idleLife))})
		}
		if err == nil {
			_, err = tx.DeleteWhere(ctx, inviteTable, before("expires"), []value.Value{value.Instant(now)})
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("sweep sessions: %w", err)
	}
	return nil
}
