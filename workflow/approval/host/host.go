package host

import (
	"context"
	"fmt"
	"log/slog"
	"strconv"
	"sync"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/resolve"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/runtime/access"
	"github.com/tenon-platform/tenon/runtime/action"
	"github.com/tenon-platform/tenon/runtime/live"
	"github.com/tenon-platform/tenon/runtime/query"
	"github.com/tenon-platform/tenon/runtime/record"
	"github.com/tenon-platform/tenon/workflow/approval"
	"github.com/tenon-platform/tenon/workflow/approval/process"
	"github.com/tenon-platform/tenon/workflow/notice"
	"github.com/tenon-platform/tenon/workflow/versions"
)

// Deps are what a Host works with.
type Deps struct {
	Tenant  *live.Tenant
	Records *record.Service
	Actions *action.Service
	// Resolve is what definitions are resolved with: field types and engines.
	Resolve resolve.Input
	Notices *notice.Service // nil: people are not told
	Log     *slog.Logger
}

// Host serves the approvals of one tenant. It is safe for concurrent use.
type Host struct {
	deps    Deps
	frozen  *versions.Reader
	objects driver.Stmt

	mu   sync.Mutex
	kept thawed
}

var _ process.Host = (*Host)(nil)

// New makes a host. The tables of SystemTables must be there.
func New(d Deps) (*Host, error) {
	h := &Host{deps: d}
	var err error
	if h.frozen, err = definitions.Reader(d.Tenant.Store); err != nil {
		return nil, fmt.Errorf("approvals: %w", err)
	}
	if h.objects, err = d.Tenant.Store.Prepare(&driver.Query{Table: definitions.Name, Select: []driver.Expr{driver.Col{Name: "object"}}}); err != nil {
		return nil, fmt.Errorf("approvals: %w", err)
	}
	return h, nil
}

func (h *Host) log(format string, args ...any) {
	if h.deps.Log != nil {
		h.deps.Log.Warn(fmt.Sprintf(format, args...))
	}
}

// Definition finds a published version of a process; version 0 is the one that may be started.
// nil: there is none.
func (h *Host) Definition(ctx context.Context, tx store.Tx, key string, version int) (*approval.Definition, error) {
	f, err := h.version(ctx, tx, h.deps.Tenant.Catalog(), key, version)
	if f == nil {
		return nil, err
	}
	return f.def, nil
}

// World is what a command finds; see process.Host.
func (h *Host) World(ctx context.Context, tx store.Tx, object, rec string) (approval.Org, error) {
	w, err := h.world(ctx, tx, object, rec)
	if err != nil {
		return nil, err
	}
	return w, nil
}

// Around is what an instance finds around it; its record may be gone.
func (h *Host) Around(ctx context.Context, tx store.Tx, st *approval.State) (*World, error) {
	return h.world(ctx, tx, "", st.Record)
}

func (h *Host) world(ctx context.Context, tx store.Tx, object, rec string) (*World, error) {
	cat := h.deps.Tenant.Catalog()
	w := &World{host: h, ctx: ctx, tx: tx, cat: cat, session: h.deps.Records.Reading(ctx, tx, cat)}
	o, id := recordOf(cat, rec)
	if o == nil || object != "" && o.Name != object {
		return nil, noRecord()
	}
	w.object = o
	if err := h.mayStart(ctx, tx, cat, o, id); err != nil {
		return nil, err
	}
	var err error
	w.record, w.there, err = w.session.Find(o, id)
	return w, err
}

// recordOf reads the id of a record; the object is nil when there is none of such ids.
func recordOf(cat *catalog.Catalog, id string) (*catalog.Object, int64) {
	prefix, n, ok := query.SplitID(id)
	if !ok {
		return nil, 0
	}
	return cat.ByPrefix[prefix], n
}

func noRecord() *errs.Error {
	return errs.New(errs.NotFound, "there is no such record", "没有此记录")
}

// userID reads the id of a user as the engine keeps it; 0 for none.
func userID(s string) int64 {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return 0
	}
	return n
}

type startKey struct{}

// start is a submission: who submits, to which process.
type start struct {
	process string
	profile access.Profile
}

// Starting puts into a context that the holder of a profile submits a record to a process.
func Starting(ctx context.Context, process string, p access.Profile) context.Context {
	return context.WithValue(ctx, startKey{}, start{process, p})
}

// mayStart holds a submission against the rights to the record: who submits must be able to change
// it, or to see it where the process itself says who may submit.
func (h *Host) mayStart(ctx context.Context, tx store.Tx, cat *catalog.Catalog, o *catalog.Object, id int64) error {
	s, ok := ctx.Value(startKey{}).(start)
	if !ok {
		return nil
	}
	op := access.Update
	f, err := h.version(ctx, tx, cat, s.process, 0)
	if err != nil {
		return err
	}
	if f != nil && len(f.def.Entry.Submitters) > 0 {
		op = access.Read
	}
	return h.deps.Records.Reach(ctx, tx, cat, s.profile, o, id, op)
}
