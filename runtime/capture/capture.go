// Package capture takes what people who are not signed in send through forms: at /capture/<token>. A
// token is a record that says which declared capture it is for and in whose name it happens; what
// is sent goes through the action of the capture with the rights of that user, and of nobody else,
// and with no other right than that action. What may be sent is metadata/resolve's.
package capture

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/platform/clock"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/ident"
	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/runtime/access"
	"github.com/tenon-platform/tenon/runtime/action"
	"github.com/tenon-platform/tenon/runtime/live"
)

// Captcha decides whether a person sent something, by what the page's widget gave.
type Captcha interface {
	Verify(ctx context.Context, response, address string) (bool, error)
}

// Deps are what captures work with.
type Deps struct {
	Tenant  *live.Tenant
	Actions *action.Service
	Access  *access.Service
	Captcha Captcha // nil: there is none, and forms that want one take nothing
	Clock   clock.Clock
	Log     *slog.Logger
	NewID   func() string // ids of internal errors
}

// Service serves the captures of one tenant. It is safe for concurrent use.
type Service struct {
	deps   Deps
	limits limits
}

// New makes the service.
func New(d Deps) *Service { return &Service{deps: d} }

// maxToken bounds a token, in bytes.
const maxToken = 64

// form is a token that is in force.
type form struct {
	id        int64
	user      int64
	perMinute int64
	captcha   bool
	capture   *catalog.Capture
}

// errNoForm says as little as there is to say: a token that ended is none.
var errNoForm = errs.New(errs.NotFound, "there is no such form", "没有此表单")

// find finds the form of a token; NOT_FOUND for those that are not in force, or whose user is not active.
func (s *Service) find(ctx context.Context, token string) (*form, error) {
	cat := s.deps.Tenant.Catalog()
	o := cat.Serving(catalog.RoleCaptureForm)
	if o == nil || token == "" || len(token) > maxToken {
		return nil, errNoForm
	}
	col := func(name string) driver.Expr { return o.Field(name).Col() }
	st, err := s.deps.Tenant.Store.Prepare(&driver.Query{Table: o.Table, Select: []driver.Expr{driver.Col{Name: catalog.ID}, col("capture"), col("user_id"), col("status"), col("valid_until"), col("per_minute"), col("captcha")},
		Where: driver.And{Args: []driver.Expr{driver.Cmp{Op: driver.Eq, L: col("token"), R: driver.Param{N: 0}}, driver.IsNull{Arg: o.Field(catalog.DeletedAt).Col()}}}})
	if err != nil {
		return nil, fmt.Errorf("find a form: %w", err)
	}
	var f *form
	name, active := "", false
	err = s.deps.Tenant.Store.View(ctx, func(tx store.Tx) error {
		rows, err := tx.Query(ctx, st, []value.Value{value.Text(token)})
		if err != nil {
			return err
		}
		if rows.Next() {
			until := rows.Value(4)
			name = rows.Value(1).Clone().Text()
			active = rows.Value(3).Text() == "active" && (until.IsNull() || s.deps.Clock.Now().Before(until.AsTime()))
			f = &form{id: rows.Value(0).Int(), user: rows.Value(2).Int(), perMinute: rows.Value(5).Int(), captcha: rows.Value(6).Kind() == value.KindBool && rows.Value(6).Bool()}
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil || f == nil || !active || f.user == 0 {
			return err
		}
		active, err = s.deps.Access.Active(ctx, tx, f.user)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("find a form: %w", err)
	}
	if f == nil || !active || f.user == 0 {
		return nil, errNoForm
	}
	if f.capture = cat.Capture(name); f.capture == nil {
		return nil, errNoForm
	}
	return f, nil
}

// principal is in whose name a form's captures happen: its user, with no other right than the action.
func (f *form) principal() ident.Principal {
	a := f.capture.Action
	return ident.Principal{UserID: f.user, Name: fmt.Sprintf("form %d", f.id), Scope: &ident.Scope{Objects: []string{a.Object.Name}, Actions: []string{a.Object.Name + "." + a.Name}}}
}
