package auth

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strings"

	"golang.org/x/crypto/argon2"

	"github.com/tenon-platform/tenon/platform/audit"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/ident"
	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/platform/value"
)

// Cost is what hashing a password costs: passes over memory, KiB of it, threads.
type Cost struct {
	Time, Memory uint32
	Threads      uint8
}

// DefaultCost is what RFC 9106 recommends for memory-constrained hosts: 3 passes over 64 MiB.
var DefaultCost = Cost{Time: 3, Memory: 64 << 10, Threads: 2}

const (
	argonKey  = 32
	argonSalt = 16
)

// phc is a parsed PHC string: $argon2id$v=19$m=…,t=…,p=…$salt$hash.
type phc struct {
	cost       Cost
	salt, hash []byte
}

func (p *phc) String() string {
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, p.cost.Memory, p.cost.Time, p.cost.Threads,
		b64.EncodeToString(p.salt), b64.EncodeToString(p.hash))
}

func (p *phc) of(password string) []byte {
	return argon2.IDKey([]byte(password), p.salt, p.cost.Time, p.cost.Memory, p.cost.Threads, uint32(len(p.hash)))
}

// parsePHC reads a stored hash; ok is false for what this program did not write.
func parsePHC(s string) (p phc, ok bool) {
	parts := strings.Split(s, "$")
	if len(parts) != 6 || parts[1] != "argon2id" {
		return p, false
	}
	var version int
	if _, err := fmt.Sscanf(parts[2], "v=%d", &version); err != nil || version != argon2.Version {
		return p, false
	}
	c := &p.cost
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &c.Memory, &c.Time, &c.Threads); err != nil || c.Memory > 1<<20 || c.Time > 16 || c.Time == 0 || c.Threads == 0 {
		return p, false
	}
	var err1, err2 error
	p.salt, err1 = base64.RawStdEncoding.DecodeString(parts[4])
	p.hash, err2 = base64.RawStdEncoding.DecodeString(parts[5])
	return p, err1 == nil && err2 == nil && len(p.hash) > 0
}

// hash gives the PHC string of a password.
func (s *Service) hash(ctx context.Context, password string) (string, error) {
	p := phc{cost: s.Cost, salt: make([]byte, argonSalt), hash: make([]byte, argonKey)}
	if _, err := rand.Read(p.salt); err != nil {
		return "", fmt.Errorf("hash a password: %w", err)
	}
	done, err := s.room(ctx)
	if err != nil {
		return "", err
	}
	defer done()
	p.hash = p.of(password)
	return p.String(), nil
}

// verify says whether a password is the one that was hashed. It takes the same time for wrong
// passwords, and for logins that have none or do not exist (""), as for the right one. stale says
// that the hash was made at another cost than what a new one would have.
func (s *Service) verify(ctx context.Context, stored, password string) (ok, stale bool, err error) {
	p, known := parsePHC(stored)
	if !known {
		p = phc{cost: s.Cost, salt: make([]byte, argonSalt), hash: make([]byte, argonKey)}
	}
	done, err := s.room(ctx)
	if err != nil {
		return false, false, err
	}
	defer done()
	same := subtle.ConstantTimeCompare(p.of(password), p.hash) == 1
	return same && known, p.cost != s.Cost || len(p.hash) != argonKey || len(p.salt) != argonSalt, nil
}

// room waits until a password may be hashed.
func (s *Service) room(ctx context.Context) (done func(), err error) {
	select {
	case s.hashing <- struct{}{}:
		return func() { <-s.hashing }, nil
	case <-ctx.Done():
		return nil, errs.New(errs.Unavailable, "too many people sign in at the same time; try again", "登录请求过多，请稍后重试").Because(ctx.Err())
	}
}

// SetPassword gives a login a password; the login is made if it does not exist. It is for the first
// administrator: others are invited.
func (s *Service) SetPassword(ctx context.Context, name string, userID int64, password string, admin bool) error {
	name = loginName(name)
	if err := checkPassword(name, password); err != nil {
		return err
	}
	hash, err := s.hash(ctx, password)
	if err != nil {
		return err
	}
	id, err := randomID()
	if err != nil {
		return err
	}
	err = s.DB.Update(ctx, func(tx store.Tx) error {
		l, err := s.find(ctx, tx, name)
		if err != nil {
			return err
		}
		now := value.Instant(s.Clock.Now())
		set := []string{"user_id", "hash", "admin", "changed"}
		vals := []value.Value{value.Ref(userID), value.Text(hash), value.Bool(admin), now}
		if l != nil {
			if err = s.set(ctx, tx, l, set, vals...); err == nil {
				err = s.endSessions(ctx, tx, l, "")
			}
		} else {
			err = tx.Insert(ctx, loginTable, append([]string{"id", "login", "disabled", "created"}, set...),
				append([]value.Value{value.Ref(id), value.Text(name), value.Bool(false), now}, vals...))
		}
		if err != nil {
			return err
		}
		return s.Audit.Append(ctx, tx, audit.Entry{Kind: audit.PasswordSet, Name: "system", Subject: name, Details: map[string]any{"admin": admin}})
	})
	if err != nil {
		return fmt.Errorf("set password: %w", err)
	}
	return nil
}

// ChangePassword gives the caller another password. It asks for the old one, and ends the caller's
// other sessions. FORBIDDEN for a wrong old password; wrong ones count as failed sign-ins.
func (s *Service) ChangePassword(ctx context.Context, who ident.Principal, old, password string) error {
	if err := BySession(who); err != nil {
		return err
	}
	if err := s.Confirm(ctx, who, old); err != nil {
		return err
	}
	if err := checkPassword(who.Name, password); err != nil {
		return err
	}
	if old == password {
		return errs.New(errs.ValidationFail, "the new password is the old one", "新密码与旧密码相同").On("password")
	}
	hash, err := s.hash(ctx, password)
	if err != nil {
		return err
	}
	return s.change(ctx, who.Name, func(tx store.Tx, l *Login) error {
		if err := s.set(ctx, tx, l, []string{"hash", "changed"}, value.Text(hash), value.Instant(s.Clock.Now())); err != nil {
			return err
		}
		if err := s.endSessions(ctx, tx, l, who.Session); err != nil {
			return err
		}
		return s.note(ctx, tx, audit.PasswordChanged, l.Name, nil)
	})
}

// Confirm asks who is signed in for the password once more: a session that was left open must not
// be enough to take a login over.
func (s *Service) Confirm(ctx context.Context, who ident.Principal, password string) error {
	address := addressOf(ctx)
	if err := s.failures.allowed(address, who.Name); err != nil {
		return err
	}
	l, err := s.Login(ctx, who.Name)
	if err != nil {
		return err
	}
	ok, _, err := s.verify(ctx, l.hash, cut(password))
	if err != nil || ok {
		return err
	}
	s.failures.add(address, who.Name)
	return s.refuse(ctx, audit.PasswordWrong, l.Name, errs.New(errs.Forbidden, "this is not your password", "密码不正确").On("password"))
}

// BySession keeps what concerns a login itself from those who call with a key.
func BySession(who ident.Principal) error {
	if who.Session == "" {
		return errs.New(errs.Forbidden, "only who has signed in may do this, not a key", "仅限登录用户操作，不能使用密钥")
	}
	return nil
}
