// Package auth knows who calls: passwords, sessions and API keys of a tenant, kept in the
// tenant's own store. What a caller may do is runtime/access.
package auth

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/tenon-platform/tenon/platform/clock"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/ident"
	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
)

const (
	credentialTable = "_credential"
	tokenTable      = "_token"
	keyPrefix       = "tnk_" // API keys
	sessionPrefix   = "tns_" // sessions
	sessionLife     = 12 * time.Hour
)

// SystemTables are the tables that this package keeps in every tenant's store.
func SystemTables() []driver.Table {
	return []driver.Table{
		{Name: credentialTable, Columns: []driver.Column{
			{Name: "login", Type: driver.Text},
			{Name: "user_id", Type: driver.Ref},
			{Name: "hash", Type: driver.Text},
			{Name: "admin", Type: driver.Bool},
		}, Indexes: []driver.Index{{Name: "_credential_login", Unique: true, Columns: []driver.IndexColumn{{Column: "login", Fold: true}}}}},
		{Name: tokenTable, Columns: []driver.Column{
			{Name: "digest", Type: driver.Text}, // SHA-256 of the secret, base64
			{Name: "login", Type: driver.Text},
			{Name: "user_id", Type: driver.Ref},
			{Name: "admin", Type: driver.Bool},
			{Name: "label", Type: driver.Text},
			{Name: "expires", Type: driver.DateTime}, // null: never
			{Name: "budget", Type: driver.Int},       // null: none
		}, Indexes: []driver.Index{{Name: "_token_digest", Unique: true, Columns: []driver.IndexColumn{{Column: "digest"}}}}},
	}
}

// Service authenticates the callers of one tenant.
type Service struct {
	db    *store.DB
	clock clock.Clock
	byTok driver.Stmt
	byLog driver.Stmt
	cache sync.Map // digest → cached; a token's row is read again after cacheFor

}

const cacheFor = time.Second

type cached struct {
	p       ident.Principal
	expires time.Time // zero: never
	read    time.Time
}

// New makes the service; the system tables exist.
func New(db *store.DB, c clock.Clock) (*Service, error) {
	s := &Service{db: db, clock: c}
	var err error
	if s.byTok, err = db.Prepare(&driver.Query{Table: tokenTable, Select: cols("id", "login", "user_id", "admin", "expires", "budget"),
		Where: eqParam("digest")}); err != nil {
		return nil, fmt.Errorf("prepare tokens: %w", err)
	}
	if s.byLog, err = db.Prepare(&driver.Query{Table: credentialTable, Select: cols("login", "user_id", "hash", "admin"),
		Where: eqParam("login")}); err != nil {
		return nil, fmt.Errorf("prepare credentials: %w", err)
	}
	return s, nil
}

func cols(names ...string) (out []driver.Expr) {
	for _, n := range names {
		out = append(out, driver.Col{Name: n})
	}
	return out
}

func eqParam(name string) driver.Expr {
	return driver.Cmp{Op: driver.Eq, L: driver.Col{Name: name}, R: driver.Param{N: 0}}
}

// Secret makes an unguessable token of 256 bits behind a prefix that secret scanners can know.
func secret(prefix string) (string, error) {
	b := make([]byte, 32)
	if _, err := rand.Read(b); err != nil {
		return "", fmt.Errorf("make a secret: %w", err)
	}
	return prefix + base64.RawURLEncoding.EncodeToString(b), nil
}

func digest(token string) string {
	sum := sha256.Sum256([]byte(token))
	return base64.RawStdEncoding.EncodeToString(sum[:])
}

func randomID() (int64, error) {
	var b [8]byte
	if _, err := rand.Read(b[:]); err != nil {
		return 0, err
	}
	return int64(binary.BigEndian.Uint64(b[:]) >> 1), nil
}

// SetPassword gives a login a password; the login is made if it does not exist.
func (s *Service) SetPassword(ctx context.Context, login string, userID int64, password string, admin bool) error {
	if len(password) < 8 || len(password) > 256 {
		return errs.New(errs.ValidationFail, "a password has 8 to 256 characters", "密码长度须为 8 至 256 个字符").On("password")
	}
	hash, err := HashPassword(password)
	if err != nil {
		return err
	}
	id, err := randomID()
	if err != nil {
		return fmt.Errorf("set password: %w", err)
	}
	login = strings.ToLower(login)
	err = s.db.Update(ctx, func(tx store.Tx) error {
		if _, err := tx.DeleteWhere(ctx, credentialTable, eqParam("login"), []value.Value{value.Text(login)}); err != nil {
			return err
		}
		return tx.Insert(ctx, credentialTable, []string{"id", "login", "user_id", "hash", "admin"},
			[]value.Value{value.Ref(id), value.Text(login), value.Ref(userID), value.Text(hash), value.Bool(admin)})
	})
	if err != nil {
		return fmt.Errorf("set password: %w", err)
	}
	return nil
}

// HasLogin says whether a login exists.
func (s *Service) HasLogin(ctx context.Context, login string) (bool, error) {
	c, err := s.credential(ctx, login)
	return c != nil, err
}

type credential struct {
	login, hash string
	userID      int64
	admin       bool
}

func (s *Service) credential(ctx context.Context, login string) (c *credential, err error) {
	err = s.db.View(ctx, func(tx store.Tx) error {
		rows, err := tx.Query(ctx, s.byLog, []value.Value{value.Text(strings.ToLower(login))})
		if err != nil {
			return err
		}
		defer rows.Close()
		if rows.Next() {
			c = &credential{rows.Value(0).Clone().Text(), rows.Value(2).Clone().Text(), rows.Value(1).Int(), rows.Value(3).Bool()}
		}
		return rows.Err()
	})
	if err != nil {
		return nil, fmt.Errorf("find login: %w", err)
	}
	return c, nil
}

// Login checks a password and opens a session; it gives the session's token and its end.
// UNAUTHENTICATED, the same for unknown logins and wrong passwords.
func (s *Service) Login(ctx context.Context, login, password string) (token string, ends time.Time, err error) {
	c, err := s.credential(ctx, login)
	if err != nil {
		return "", ends, err
	}
	if c == nil {
		VerifyPassword(decoyHash, password)
		return "", ends, badLogin()
	}
	if !VerifyPassword(c.hash, password) {
		return "", ends, badLogin()
	}
	ends = s.clock.Now().Add(sessionLife)
	token, err = s.issue(ctx, sessionPrefix, c, NewKey{Label: "session", Ends: ends})
	return token, ends, err
}

func badLogin() error {
	return errs.New(errs.Unauthenticated, "wrong user name or password", "用户名或密码错误")
}

// NewKey describes an API key that is to be made.
type NewKey struct {
	Login, Label string
	Ends         time.Time // zero: never
	Budget       int64     // what its operations may cost in a minute; 0: as much as they like
}

// CreateKey makes an API key for a login. NOT_FOUND for an unknown login.
func (s *Service) CreateKey(ctx context.Context, k NewKey) (string, error) {
	if k.Budget < 0 {
		return "", errs.New(errs.InvalidInput, "a budget is a positive number", "预算须为正数").On("budget")
	}
	login := k.Login
	c, err := s.credential(ctx, login)
	if err != nil {
		return "", err
	}
	if c == nil {
		return "", errs.New(errs.NotFound, "there is no user %s", "没有用户 %s", login)
	}
	return s.issue(ctx, keyPrefix, c, k)
}

func (s *Service) issue(ctx context.Context, prefix string, c *credential, k NewKey) (string, error) {
	token, err := secret(prefix)
	if err != nil {
		return "", err
	}
	id, err := randomID()
	if err != nil {
		return "", fmt.Errorf("issue a token: %w", err)
	}
	exp, budget := value.Null, value.Null
	if !k.Ends.IsZero() {
		exp = value.Instant(k.Ends)
	}
	if k.Budget > 0 {
		budget = value.Int(k.Budget)
	}
	err = s.db.Update(ctx, func(tx store.Tx) error {
		return tx.Insert(ctx, tokenTable, []string{"id", "digest", "login", "user_id", "admin", "label", "expires", "budget"},
			[]value.Value{value.Ref(id), value.Text(digest(token)), value.Text(c.login), value.Ref(c.userID),
				value.Bool(c.admin), value.Text(k.Label), exp, budget})
	})
	if err != nil {
		return "", fmt.Errorf("issue a token: %w", err)
	}
	return token, nil
}

// Revoke ends a session or a key at once.
func (s *Service) Revoke(ctx context.Context, token string) error {
	d := digest(token)
	s.cache.Delete(d)
	err := s.db.Update(ctx, func(tx store.Tx) error {
		_, err := tx.DeleteWhere(ctx, tokenTable, eqParam("digest"), []value.Value{value.Text(d)})
		return err
	})
	if err != nil {
		return fmt.Errorf("revoke: %w", err)
	}
	return nil
}

// Authenticate finds the caller behind a token. The token itself is never compared: its digest
// is looked up, so that timing tells nothing about stored secrets. UNAUTHENTICATED.
func (s *Service) Authenticate(ctx context.Context, token string) (ident.Principal, error) {
	if !strings.HasPrefix(token, keyPrefix) && !strings.HasPrefix(token, sessionPrefix) || len(token) > 128 {
		return ident.Principal{}, unauthenticated()
	}
	d := digest(token)
	now := s.clock.Now()
	if c, ok := s.cache.Load(d); ok {
		if c := c.(cached); now.Sub(c.read) < cacheFor && (c.expires.IsZero() || now.Before(c.expires)) {
			return c.p, nil
		}
	}
	c := cached{read: now}
	found := false
	err := s.db.View(ctx, func(tx store.Tx) error {
		rows, err := tx.Query(ctx, s.byTok, []value.Value{value.Text(d)})
		if err != nil {
			return err
		}
		defer rows.Close()
		if rows.Next() {
			found = true
			c.p = ident.Principal{UserID: rows.Value(2).Int(), Name: rows.Value(1).Clone().Text(), Admin: rows.Value(3).Bool()}
			if strings.HasPrefix(token, keyPrefix) {
				c.p.Key = fmt.Sprint(rows.Value(0).Int())
				if b := rows.Value(5); !b.IsNull() {
					c.p.Budget = b.Int()
				}
			}
			if e := rows.Value(4); !e.IsNull() {
				c.expires = e.AsTime()
			}
		}
		return rows.Err()
	})
	if err != nil {
		return ident.Principal{}, fmt.Errorf("authenticate: %w", err)
	}
	if !found || (!c.expires.IsZero() && !now.Before(c.expires)) {
		s.cache.Delete(d)
		return ident.Principal{}, unauthenticated()
	}
	s.cache.Store(d, c)
	return c.p, nil
}

func unauthenticated() error {
	return errs.New(errs.Unauthenticated, "sign in, or send a valid API key", "请登录，或提供有效的 API 密钥")
}
