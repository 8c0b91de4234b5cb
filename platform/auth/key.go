package auth

import (
	"context"
	"encoding/json"
	"fmt"
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
	keyPrefix = "tnk_"
	maxKeys   = 100 // of one login
	maxScope  = 200 // names in a scope
)

// Key is an API key of a login. It does what the login's user may do, within its scope.
type Key struct {
	ID      int64
	Login   string
	Label   string
	Ends    time.Time // zero: never
	Budget  int64     // what its operations may cost in a minute; 0: as much as they like
	Scope   *ident.Scope
	Created time.Time // zero: before this was taken down
	Used    time.Time // zero: never
}

// NewKey describes an API key that is to be made.
type NewKey struct {
	Login, Label string
	Ends         time.Time // zero: never
	Budget       int64     // 0: as much as they like
	Scope        *ident.Scope
}

func readKey(r driver.Rows) (*Key, error) {
	k := &Key{ID: r.Value(0).Int(), Login: strings.Clone(r.Value(1).Text()), Label: strings.Clone(r.Value(2).Text())}
	for i, at := range map[int]*time.Time{3: &k.Ends, 6: &k.Created, 7: &k.Used} {
		if v := r.Value(i); !v.IsNull() {
			*at = v.AsTime()
		}
	}
	if v := r.Value(4); !v.IsNull() {
		k.Budget = v.Int()
	}
	if v := r.Value(5); !v.IsNull() {
		if err := json.Unmarshal([]byte(v.Text()), &k.Scope); err != nil {
			return nil, fmt.Errorf("read key %d: %w", k.ID, err)
		}
	}
	return k, nil
}

// CreateKey makes an API key for a login; it is shown this once. NOT_FOUND for an unknown login.
func (s *Service) CreateKey(ctx context.Context, k NewKey) (string, error) {
	switch {
	case k.Budget < 0:
		return "", errs.New(errs.InvalidInput, "a budget is a positive number", "预算须为正数").On("budget")
	case len(k.Label) > maxLogin:
		return "", errs.New(errs.InvalidInput, "a label has at most %d bytes", "名称至多 %d 字节", maxLogin).On("label")
	case k.Scope != nil && len(k.Scope.Objects)+len(k.Scope.Actions) > maxScope:
		return "", errs.New(errs.InvalidInput, "a scope names at most %d objects and actions", "范围至多包含 %d 个对象和动作", maxScope).On("scope")
	}
	token, err := secret(keyPrefix)
	if err != nil {
		return "", err
	}
	id, err := randomID()
	if err != nil {
		return "", err
	}
	expires, budget, scope := value.Null, value.Null, value.Null
	details := map[string]any{"key": idText(id), "label": k.Label}
	if !k.Ends.IsZero() {
		expires = value.Instant(k.Ends)
		details["expires"] = k.Ends.UTC().Format(time.RFC3339)
	}
	if k.Budget > 0 {
		budget = value.Int(k.Budget)
	}
	if k.Scope != nil {
		b, err := json.Marshal(k.Scope)
		if err != nil {
			return "", fmt.Errorf("write a scope: %w", err)
		}
		scope, details["scope"] = value.JSON(string(b)), k.Scope
	}
	err = s.change(ctx, k.Login, func(tx store.Tx, l *Login) error {
		have, err := s.keysOf(ctx, tx, l.Name)
		if err != nil {
			return err
		}
		if len(have) >= maxKeys {
			return errs.New(errs.LimitExceeded, "a login has at most %d keys", "每个登录名至多 %d 个密钥", maxKeys).With("status", 409)
		}
		err = tx.Insert(ctx, keyTable, []string{"id", "digest", "login", "user_id", "admin", "label", "expires", "budget", "scope", "created"},
			[]value.Value{value.Ref(id), value.Text(digest(token)), value.Text(l.Name), value.Ref(l.UserID), value.Bool(l.Admin),
				value.Text(k.Label), expires, budget, scope, value.Instant(s.Clock.Now())})
		if err != nil {
			return err
		}
		return s.note(ctx, tx, audit.KeyCreated, l.Name, details)
	})
	if err != nil {
		return "", err
	}
	return token, nil
}

func (s *Service) keysOf(ctx context.Context, tx store.Tx, login string) (out []*Key, err error) {
	err = each(ctx, tx, s.q.keys, []value.Value{value.Text(login)}, func(r driver.Rows) error {
		k, err := readKey(r)
		out = append(out, k)
		return err
	})
	return out, err
}

// Keys gives the keys of a login, also those that have expired.
func (s *Service) Keys(ctx context.Context, name string) (out []*Key, err error) {
	err = s.DB.View(ctx, func(tx store.Tx) error {
		l, err := s.must(ctx, tx, name)
		if err != nil {
			return err
		}
		out, err = s.keysOf(ctx, tx, l.Name)
		return err
	})
	return out, err
}

// RevokeKey removes a key of a login: it is refused from the next request on. NOT_FOUND for keys of
// others.
func (s *Service) RevokeKey(ctx context.Context, name, id string) error {
	return s.change(ctx, name, func(tx store.Tx, l *Login) error {
		have, err := s.keysOf(ctx, tx, l.Name)
		if err != nil {
			return err
		}
		n, bad := strconv.ParseInt(id, 10, 64)
		for _, k := range have {
			if bad != nil || k.ID != n {
				continue
			}
			if _, err := tx.Delete(ctx, keyTable, n); err != nil {
				return err
			}
			return s.note(ctx, tx, audit.KeyRevoked, l.Name, map[string]any{"key": id, "label": k.Label})
		}
		return errs.New(errs.NotFound, "there is no such key", "没有这个密钥").On("id")
	})
}

func (s *Service) byKey(ctx context.Context, token string) (p ident.Principal, until time.Time, why string, err error) {
	var k *Key
	var l *Login
	now := s.Clock.Now()
	err = s.DB.View(ctx, func(tx store.Tx) error {
		k, why = nil, ""
		err := each(ctx, tx, s.q.key, []value.Value{value.Text(digest(token))}, func(r driver.Rows) error {
			k, err = readKey(r)
			return err
		})
		switch {
		case err != nil:
			return err
		case k == nil:
			why = "unknown key"
			return nil
		case !k.Ends.IsZero() && !now.Before(k.Ends):
			why = "key expired"
			return nil
		}
		if l, err = s.find(ctx, tx, k.Login); err != nil {
			return err
		}
		why, err = s.standing(ctx, tx, l)
		return err
	})
	if err != nil || why != "" {
		return p, until, why, err
	}
	if until, err = s.used(ctx, keyTable, k.ID, k.Used, k.Ends); err != nil {
		return p, until, "", err
	}
	p = ident.Principal{UserID: l.UserID, Name: l.Name, Admin: l.Admin, Key: idText(k.ID), Budget: k.Budget, Scope: k.Scope}
	if p.Scope != nil {
		p.Scope.Admin, p.Admin = p.Admin, false
	}
	return p, until, "", nil
}
