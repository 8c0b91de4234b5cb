package door

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"strings"
	"time"

	"github.com/tenon-platform/tenon/platform/audit"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/runtime/remote"
)

// opened is an open hook.
type opened struct {
	id, user   int64
	name       string
	at, usedAt time.Time
}

func readHook(r driver.Rows) opened {
	return opened{id: r.Value(0).Int(), name: strings.Clone(r.Value(1).Text()), user: r.Value(2).Int(), at: r.Value(3).AsTime(), usedAt: timeOf(r.Value(4))}
}

// Hooks lists the hooks that are declared.
func (d *Door) Hooks(ctx context.Context) ([]remote.Hook, error) {
	open := map[string]opened{}
	err := d.deps.Tenant.Store.View(ctx, func(tx store.Tx) error {
		return d.rows(ctx, tx, "hooks", func(r driver.Rows) { h := readHook(r); open[h.name] = h })
	})
	out := []remote.Hook{}
	for _, h := range d.deps.Tenant.Catalog().Hooks {
		o := open[h.Name]
		out = append(out, remote.Hook{Hook: h, User: o.user, OpenedAt: o.at, UsedAt: o.usedAt})
	}
	return out, err
}

// digest is what is kept of a token.
func digest(token string) string {
	sum := sha256.Sum256([]byte(token))
	return base64.RawStdEncoding.EncodeToString(sum[:])
}

// OpenHook makes the token of a hook. What comes in is written in a user's name, with that user's rights.
func (d *Door) OpenHook(ctx context.Context, name string, user int64) (string, error) {
	if d.deps.Tenant.Catalog().Hook(name) == nil {
		return "", errs.New(errs.NotFound, "there is no hook %s", "没有入站 Webhook %s", name).On("name")
	}
	b := make([]byte, 24)
	if _, err := rand.Read(b); err != nil {
		return "", err
	}
	token := base64.RawURLEncoding.EncodeToString(b)
	err := d.deps.Tenant.Store.Update(ctx, func(tx store.Tx) error {
		active, err := d.deps.Access.Active(ctx, tx, user)
		if err != nil {
			return err
		}
		if !active {
			return errs.New(errs.InvalidInput, "there is no such user who is active", "没有该在用用户").On("user")
		}
		err = d.put(ctx, tx, hooks, "hook named", name, []string{"digest", "user_id", "opened", "used"}, []value.Value{value.Text(digest(token)), value.Ref(user), value.Instant(d.deps.Clock.Now()), value.Null})
		if err != nil {
			return err
		}
		return d.note(ctx, tx, audit.HookOpened, name, map[string]any{"user": user})
	})
	if err != nil {
		return "", err
	}
	return token, nil
}

// CloseHook makes the token of a hook worthless.
func (d *Door) CloseHook(ctx context.Context, name string) error {
	return d.deps.Tenant.Store.Update(ctx, func(tx store.Tx) error {
		n, err := tx.DeleteWhere(ctx, hooks, is("name", 0), []value.Value{value.Text(name)})
		if err == nil && n == 0 {
			err = errs.New(errs.NotFound, "the hook %s is not open", "入站 Webhook %s 未启用", name).On("name")
		}
		if err != nil {
			return err
		}
		return d.note(ctx, tx, audit.HookClosed, name, nil)
	})
}

const (
	// keepHeard is how long the ids of messages are known; a repetition after that is a new message.
	keepHeard = 7 * 24 * time.Hour
	// keepDelivered and keepDead are how long deliveries can be looked at.
	keepDelivered = 30 * 24 * time.Hour
	keepDead      = 90 * 24 * time.Hour
)

// Sweep forgets what is too old to be of use; it reports how many rows.
func (d *Door) Sweep(ctx context.Context) (total int64, err error) {
	now := d.deps.Clock.Now()
	before := func(n string, p int) driver.Expr { return driver.Cmp{Op: driver.Lt, L: col(n), R: driver.Param{N: p}} }
	err = d.deps.Tenant.Store.Update(ctx, func(tx store.Tx) error {
		total = 0
		n, err := tx.DeleteWhere(ctx, heard, before("at", 0), []value.Value{value.Instant(now.Add(-keepHeard))})
		total += n
		for status, keep := range map[string]time.Duration{delivered: keepDelivered, dead: keepDead} {
			if err != nil {
				return err
			}
			n, err = tx.DeleteWhere(ctx, deliveries, all(is("status", 0), before("ended", 1)), []value.Value{value.Text(status), value.Instant(now.Add(-keep))})
			total += n
		}
		return err
	})
	return total, err
}
