package host

import (
	"context"
	"fmt"
	"slices"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/resolve"
	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/runtime/publish"
	"github.com/tenon-platform/tenon/workflow/flow"
	"github.com/tenon-platform/tenon/workflow/flow/process"
	"github.com/tenon-platform/tenon/workflow/versions"
)

// definitions holds every version of a flow that was ever published.
var definitions = versions.Table{Name: "_wf_flow"}

// SystemTables are the tables that this package keeps in every tenant's store.
func SystemTables() []driver.Table { return []driver.Table{definitions.Schema()} }

// Freeze gives every flow of a catalogue that is about to serve a version, and plans what starts it.
func Freeze(db *store.DB) publish.Activated {
	return func(ctx context.Context, tx store.Tx, a publish.Activation) error {
		var defs []versions.Definition
		for _, f := range a.New.Flows {
			defs = append(defs, versions.Definition{Key: f.Key, Package: f.Package, Hash: f.Hash(), Source: f.Source()})
		}
		fresh, err := definitions.Freeze(ctx, db, tx, defs, a.At)
		if err != nil {
			return err
		}
		return process.Plan(ctx, db, tx, process.Change{Old: a.Old, New: a.New, Fresh: fresh, Runs: a.Runs, At: a.At})
	}
}

// known is what was looked up so far under one catalogue.
type known struct {
	cat      *catalog.Catalog
	versions map[string]frozen // "key@version"
	before   map[*catalog.Object][]*catalog.Flow
	after    map[*catalog.Object][]*catalog.Flow
	dated    map[*catalog.Object][]*catalog.Flow
	about    map[*catalog.Object]bool // objects of whose records any flow is, or any run that goes on
	whole    bool                     // the latter are among them
}

// frozen is one version of a flow; the flow is nil when the catalogue no longer has what it names.
type frozen struct {
	f       *catalog.Flow
	version int
}

// under is what is known of the catalogue; the caller holds the lock.
func (h *Host) under(cat *catalog.Catalog) *known {
	if h.known.cat != cat {
		h.known = known{cat: cat, versions: map[string]frozen{}, before: map[*catalog.Object][]*catalog.Flow{}, after: map[*catalog.Object][]*catalog.Flow{},
			dated: map[*catalog.Object][]*catalog.Flow{}, about: map[*catalog.Object]bool{}}
		for _, f := range cat.Flows {
			h.known.about[f.Object] = true
			switch {
			case f.Set.Off:
			case f.Trigger.Type == "date":
				h.known.dated[f.Object] = append(h.known.dated[f.Object], f)
			case f.Trigger.Type != "record":
			case f.Trigger.Timing == "before":
				h.known.before[f.Object] = append(h.known.before[f.Object], f)
			default:
				h.known.after[f.Object] = append(h.known.after[f.Object], f)
			}
		}
		for _, fs := range h.known.before {
			slices.SortStableFunc(fs, func(a, b *catalog.Flow) int { return a.Trigger.Order - b.Trigger.Order })
		}
	}
	return &h.known
}

// triggered are the flows that writes of an object start: in the caller's transaction, after it, and
// when a date comes.
func (h *Host) triggered(cat *catalog.Catalog, o *catalog.Object) (before, after, dated []*catalog.Flow) {
	h.mu.Lock()
	defer h.mu.Unlock()
	k := h.under(cat)
	return k.before[o], k.after[o], k.dated[o]
}

// concerns says whether any flow is about records of an object, or any run that still goes on of a flow that is gone.
// The latter are looked up once under each catalogue: of a flow that it does not have, no run begins.
func (h *Host) concerns(ctx context.Context, tx store.Tx, cat *catalog.Catalog, o *catalog.Object) (bool, error) {
	h.mu.Lock()
	whole := h.under(cat).whole
	h.mu.Unlock()
	var left []*catalog.Object
	if !whole {
		var err error
		if left, err = h.left(ctx, tx, cat); err != nil {
			return false, err
		}
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	k := h.under(cat)
	if k.cat == cat && !whole {
		for _, x := range left {
			k.about[x] = true
		}
		k.whole = true
	}
	return k.about[o], nil
}

// left are the objects of flows that a catalogue does not have, and of which runs go on.
func (h *Host) left(ctx context.Context, tx store.Tx, cat *catalog.Catalog) (out []*catalog.Object, err error) {
	keys, err := h.frozen.Keys(ctx, tx)
	if err != nil {
		return nil, err
	}
	for _, key := range keys {
		if cat.Flow(key) != nil {
			continue
		}
		n, err := h.svc.Alive(ctx, tx, "flow:"+key)
		if err != nil {
			return nil, err
		}
		if n == 0 {
			continue
		}
		last, err := h.frozen.List(ctx, tx, key, 1)
		if err != nil {
			return nil, err
		}
		shape, err := flow.ShapeOf(last[0].Source) // there is one, for there are runs
		if err != nil {
			return nil, err
		}
		if o := cat.Object(shape.Decl.Trigger.Object); o != nil {
			out = append(out, o)
		}
	}
	return out, nil
}

// Versions lists the latest versions of a flow, the newest first, and tells the hash of the one that may start; "": none.
func (h *Host) Versions(ctx context.Context, tx store.Tx, key string, limit int) (list []versions.Listed, serving string, err error) {
	if f := h.deps.Tenant.Catalog().Flow(key); f != nil {
		serving = f.Hash()
	}
	list, err = h.frozen.List(ctx, tx, key, limit)
	return list, serving, err
}

// Source finds what a version of a flow declares; see process.Host.
func (h *Host) Source(ctx context.Context, tx store.Tx, key string, version int) ([]byte, int, error) {
	hash := ""
	if version == 0 {
		f := h.deps.Tenant.Catalog().Flow(key)
		if f == nil {
			return nil, 0, nil
		}
		hash = f.Hash()
	}
	v, err := h.frozen.Find(ctx, tx, key, version, hash)
	return v.Source, v.Number, err
}

// Flow finds a version of a flow; see process.Host.
func (h *Host) Flow(ctx context.Context, tx store.Tx, key string, version int) (*catalog.Flow, int, error) {
	cat := h.deps.Tenant.Catalog()
	hash := ""
	if version == 0 {
		f := cat.Flow(key)
		if f == nil {
			return nil, 0, nil
		}
		hash = f.Hash()
	}
	name := fmt.Sprintf("%s@%d%s", key, version, hash)
	h.mu.Lock()
	x, ok := h.under(cat).versions[name]
	h.mu.Unlock()
	if ok {
		return x.f, x.version, nil
	}
	v, err := h.frozen.Find(ctx, tx, key, version, hash)
	if err != nil || v.Source == nil {
		return nil, 0, err
	}
	f, found := resolve.FrozenFlow(h.deps.Resolve, cat, v.Package, v.Source)
	if f == nil {
		h.log("flow %s, version %d: %v", key, v.Number, found.Err())
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.known.cat == cat {
		h.known.versions[name] = frozen{f, v.Number}
	}
	return f, v.Number, nil
}
