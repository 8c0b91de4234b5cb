// Package host is what automations need of the platform around them: the versions of their
// definitions, the writes that start them, the values of their expressions, and what their steps do to
// records. How a run goes on is workflow/flow's, who may see one workflow/flow/door's.
package host

import (
	"context"
	"fmt"
	"log/slog"
	"sync"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/resolve"
	"github.com/tenon-platform/tenon/platform/clock"
	"github.com/tenon-platform/tenon/platform/ident"
	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/runtime/access"
	"github.com/tenon-platform/tenon/runtime/action"
	"github.com/tenon-platform/tenon/runtime/live"
	"github.com/tenon-platform/tenon/runtime/record"
	"github.com/tenon-platform/tenon/workflow/flow"
	"github.com/tenon-platform/tenon/workflow/flow/process"
	"github.com/tenon-platform/tenon/workflow/people"
	"github.com/tenon-platform/tenon/workflow/versions"
)

// Deps are what a Host works with.
type Deps struct {
	Tenant  *live.Tenant
	Records *record.Service
	Actions *action.Service
	Access  *access.Service
	Resolve resolve.Input // field types and engines
	Remote  Remote        // nil: no other system is called
	Clock   clock.Clock
	Log     *slog.Logger
	// Judged hears of each trigger that is asked, and whether its condition was met; it may be nil.
	Judged func(f *catalog.Flow, met bool)
}

// Host serves the automations of one tenant. It is safe for concurrent use.
type Host struct {
	deps   Deps
	svc    *process.Service
	frozen *versions.Reader
	// approvals start what steps submit; nil: nothing is submitted.
	approvals Approvals

	mu    sync.Mutex
	known known
}

var (
	_ process.Host      = (*Host)(nil)
	_ record.Automation = (*Host)(nil)
)

// New makes a host. The tables of SystemTables must be there.
func New(d Deps) (*Host, error) {
	r, err := definitions.Reader(d.Tenant.Store)
	if err != nil {
		return nil, fmt.Errorf("automations: %w", err)
	}
	return &Host{deps: d, frozen: r}, nil
}

// Serve lets the host start runs of a service, and approvals, which may be nil. It is called once,
// before the host is used.
func (h *Host) Serve(svc *process.Service, a Approvals) { h.svc, h.approvals = svc, a }

// judged tells that the trigger of a flow was asked.
func (h *Host) judged(f *catalog.Flow, met bool) {
	if h.deps.Judged != nil {
		h.deps.Judged(f, met)
	}
}

func (h *Host) log(format string, args ...any) {
	if h.deps.Log != nil {
		h.deps.Log.Warn(fmt.Sprintf(format, args...))
	}
}

// Person finds the user that a flow names to act as; see process.Host.
func (h *Host) Person(ctx context.Context, tx store.Tx, name string) (int64, error) {
	return people.Active(h.deps.Records.Reading(ctx, tx, h.deps.Tenant.Catalog()), name)
}

// Profile is what a user may do within the scope of a key; see process.Host.
func (h *Host) Profile(ctx context.Context, user int64, scope *ident.Scope) (access.Profile, error) {
	p := ident.Principal{UserID: user, Name: fmt.Sprintf("user %d", user)}
	if scope != nil {
		own := *scope
		own.Admin = false // runs have the rights of a user's roles, whoever the user is
		p.Scope = &own
	}
	return h.deps.Access.Profile(ctx, p)
}

// Within shows the world; see process.Host.
func (h *Host) Within(ctx context.Context, tx store.Tx, f *catalog.Flow, st *flow.State, who process.Who, work func(flow.World) error) error {
	h.judged(f, true)
	cat := h.deps.Tenant.Catalog()
	caller, p := ident.System(h.deps.Tenant.Name), access.Everything
	if who.User != 0 {
		if p = who.Profile; p.Catalog() != nil && p.Catalog() != cat {
			return record.ErrCatalogMoved
		}
		caller.Principal = ident.Principal{UserID: who.User, Name: "automation", Roles: p.Roles()}
	}
	return h.deps.Records.Join(ident.With(ctx, caller), tx, cat, p, func(se *record.Session) error {
		w := &world{host: h, se: se, f: f, profile: p, own: who.User == 0, simulated: who.Anybody, acts: who.Anybody || who.User == st.Actor(f)}
		if err := w.find(st); err != nil {
			return err
		}
		return work(w)
	})
}
