package auth

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/tenon-platform/tenon/platform/audit"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
)

const (
	settingTable = "_auth_setting"
	settingRow   = 1
	maxOrigins   = 50
)

// Whom codes of an authenticator are required of.
const (
	TOTPOptional = "none"
	TOTPAdmins   = "admins"
	TOTPAll      = "all"
)

// Settings are what a tenant's administrators decide about signing in.
type Settings struct {
	TOTP    string   `json:"totp"`    // whom codes are required of
	Origins []string `json:"origins"` // other sites whose pages may call with a token
}

func (s Settings) requires(l *Login) bool {
	return s.TOTP == TOTPAll || s.TOTP == TOTPAdmins && l.Admin
}

// Settings reads the tenant's settings.
func (s *Service) Settings(ctx context.Context) (out Settings, err error) {
	err = s.DB.View(ctx, func(tx store.Tx) error {
		out, err = s.settings(ctx, tx)
		return err
	})
	return out, err
}

func (s *Service) settings(ctx context.Context, tx store.Tx) (Settings, error) {
	out := Settings{TOTP: TOTPOptional, Origins: []string{}}
	err := each(ctx, tx, s.q.settings, nil, func(r driver.Rows) error { return json.Unmarshal([]byte(r.Value(0).Text()), &out) })
	if err != nil {
		return out, fmt.Errorf("read the settings of signing in: %w", err)
	}
	return out, nil
}

// SetSettings changes the tenant's settings.
func (s *Service) SetSettings(ctx context.Context, n Settings) error {
	if !slices.Contains([]string{TOTPOptional, TOTPAdmins, TOTPAll}, n.TOTP) {
		return errs.New(errs.InvalidInput, "totp is none, admins or all", "totp 须为 none、admins 或 all").On("totp")
	}
	if len(n.Origins) > maxOrigins {
		return errs.New(errs.InvalidInput, "at most %d other sites can be allowed", "至多允许 %d 个其他站点", maxOrigins).On("origins")
	}
	for _, o := range n.Origins {
		u, err := url.Parse(o)
		if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.Scheme+"://"+u.Host != o || o != strings.ToLower(o) || strings.Contains(o, "*") {
			return errs.New(errs.InvalidInput, "an origin is a scheme and a host, such as https://shop.example.com", "来源须为协议加主机，如 https://shop.example.com").On("origins")
		}
	}
	b, err := json.Marshal(n)
	if err != nil {
		return fmt.Errorf("write the settings: %w", err)
	}
	v := value.JSON(string(b))
	return s.DB.Update(ctx, func(tx store.Tx) error {
		found, err := tx.Update(ctx, settingTable, settingRow, []string{"settings"}, []value.Value{v})
		if err == nil && !found {
			err = tx.Insert(ctx, settingTable, []string{"id", "settings"}, []value.Value{value.Ref(settingRow), v})
		}
		if err != nil {
			return err
		}
		return s.note(ctx, tx, audit.SignInChanged, "sign-in", map[string]any{"totp": n.TOTP, "origins": n.Origins})
	})
}
