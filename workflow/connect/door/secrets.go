package door

import (
	"context"
	"encoding/json"
	"strings"
	"unicode/utf8"

	"github.com/tenon-platform/tenon/metadata/model"
	"github.com/tenon-platform/tenon/platform/audit"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/ident"
	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/runtime/remote"
	"github.com/tenon-platform/tenon/workflow/connect"
)

// What secrets and tokens are sealed for: one does not open as the other.
const (
	forSecrets = "connect.secret"
	forTokens  = "connect.token"
)

// maxSecret bounds a secret, in bytes.
const maxSecret = 8 << 10

// SetSecret keeps a secret. Tokens that were got with an earlier one are forgotten.
func (d *Door) SetSecret(ctx context.Context, name, secret string) error {
	if !model.NameForm.Match(name) || len(name) > model.MaxName {
		return errs.New(errs.InvalidInput, "a secret's name is lower-case words joined by _, at most 48 characters", "密钥名称须为小写单词以 _ 连接，最多 48 个字符").On("name")
	}
	if secret == "" || len(secret) > maxSecret || !utf8.ValidString(secret) || strings.ContainsAny(secret, "\x00\r\n") {
		return errs.New(errs.InvalidInput, "a secret is one line of at most %d bytes", "密钥须为单行文本，最多 %d 字节", maxSecret).On("value")
	}
	sealed, err := d.deps.Keys.Seal(forSecrets, name, []byte(secret))
	if err != nil {
		return err
	}
	c, _ := ident.From(ctx)
	return d.deps.Tenant.Store.Update(ctx, func(tx store.Tx) error {
		if err := d.put(ctx, tx, secrets, "secret", name, []string{"sealed", "set", "by"}, []value.Value{value.Text(sealed), value.Instant(d.deps.Clock.Now()), value.Text(c.Principal.Name)}); err != nil {
			return err
		}
		if err := d.forget(ctx, tx, name); err != nil {
			return err
		}
		return d.note(ctx, tx, audit.SecretSet, name, nil)
	})
}

// forget removes the tokens of the connections that use a secret.
func (d *Door) forget(ctx context.Context, tx store.Tx, name string) error {
	for _, c := range d.deps.Tenant.Catalog().Connections {
		if a := c.Decl.Auth; a.Secret == name || a.Refresh == name {
			if _, err := tx.DeleteWhere(ctx, tokens, is("name", 0), []value.Value{value.Text(c.Name)}); err != nil {
				return err
			}
		}
	}
	return nil
}

// RemoveSecret forgets a secret.
func (d *Door) RemoveSecret(ctx context.Context, name string) error {
	return d.deps.Tenant.Store.Update(ctx, func(tx store.Tx) error {
		n, err := tx.DeleteWhere(ctx, secrets, is("name", 0), []value.Value{value.Text(name)})
		if err == nil && n == 0 {
			err = errs.New(errs.NotFound, "there is no secret %s", "没有密钥 %s", name).On("name")
		}
		if err == nil {
			err = d.forget(ctx, tx, name)
		}
		if err != nil {
			return err
		}
		return d.note(ctx, tx, audit.SecretRemoved, name, nil)
	})
}

// Secrets lists the secrets by name, never what they are.
func (d *Door) Secrets(ctx context.Context) (out []remote.Secret, err error) {
	err = d.deps.Tenant.Store.View(ctx, func(tx store.Tx) error {
		out = out[:0]
		return d.rows(ctx, tx, "secrets", func(r driver.Rows) {
			out = append(out, remote.Secret{Name: strings.Clone(r.Value(0).Text()), SetAt: r.Value(2).AsTime(), SetBy: strings.Clone(r.Value(3).Text())})
		})
	})
	for i := range out {
		out[i].UsedBy = d.usersOf(out[i].Name)
	}
	return out, err
}

// usersOf are the connections and hooks that name a secret.
func (d *Door) usersOf(secret string) []string {
	out := []string{}
	cat := d.deps.Tenant.Catalog()
	for _, c := range cat.Connections {
		if c.Decl.Auth.Secret == secret || c.Decl.Auth.Refresh == secret {
			out = append(out, c.Addr().String())
		}
	}
	for _, h := range cat.Hooks {
		if h.Decl.Secret == secret {
			out = append(out, "hook."+h.Name)
		}
	}
	return out
}

// vault gives a call its secrets, and remembers which, so that no fault can tell them.
type vault struct {
	*Door
	seen []string
}

var _ connect.Vault = (*vault)(nil)

func (v *vault) open(ctx context.Context, stmt, purpose, name string) (out []byte, err error) {
	sealed := ""
	err = v.deps.Tenant.Store.View(ctx, func(tx store.Tx) error {
		sealed = ""
		return v.rows(ctx, tx, stmt, func(r driver.Rows) { sealed = strings.Clone(r.Value(1).Text()) }, value.Text(name))
	})
	if err != nil || sealed == "" {
		return nil, err
	}
	return v.deps.Keys.Unseal(purpose, name, sealed)
}

// Secret gives a secret.
func (v *vault) Secret(ctx context.Context, name string) (string, error) {
	out, err := v.open(ctx, "secret", forSecrets, name)
	if err != nil {
		return "", err
	}
	if out == nil {
		return "", connect.Faultf(connect.Misconfigured, "the secret %s is not set", name)
	}
	v.seen = append(v.seen, strings.Fields(string(out))...)
	return string(out), nil
}

// Token gives a token that was kept.
func (v *vault) Token(ctx context.Context, name string) ([]byte, error) {
	out, err := v.open(ctx, "token", forTokens, name)
	v.know(out)
	return out, err
}

// know remembers what a token holds.
func (v *vault) know(token []byte) {
	var t connect.Token
	if json.Unmarshal(token, &t) == nil {
		v.seen = append(v.seen, t.Access, t.Refresh)
	}
}

// Keep seals and keeps a token.
func (v *vault) Keep(ctx context.Context, name string, token []byte) error {
	v.know(token)
	sealed, err := v.deps.Keys.Seal(forTokens, name, token)
	if err != nil {
		return err
	}
	return v.deps.Tenant.Store.Update(ctx, func(tx store.Tx) error {
		return v.put(ctx, tx, tokens, "token", name, []string{"sealed"}, []value.Value{value.Text(sealed)})
	})
}

// clean takes what this call knew of secrets out of a text that the other system sent.
func (v *vault) clean(s string) string {
	for _, secret := range v.seen {
		if len(secret) >= 4 {
			s = strings.ReplaceAll(s, secret, "•••")
		}
	}
	return s
}
