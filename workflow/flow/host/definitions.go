package host

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/resolve"
	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/runtime/publish"
	"github.com/tenon-platform/tenon/workflow/flow/process"
)

// definitions holds every version of a flow that was ever published; rows never change.
const definitions = "_wf_flow"

// SystemTables are the tables that this package keeps in every tenant's store.
func SystemTables() []driver.Table {
	text := func(n string) driver.Column { return driver.Column{Name: n, Type: driver.Text} }
	return []driver.Table{{Name: definitions, Columns: []driver.Column{text("key"), {Name: "version", Type: driver.Int}, text("hash"), text("package"),
		{Name: "source", Type: driver.JSON}, {Name: "at", Type: driver.DateTime}},
		Indexes: []driver.Index{{Name: "_wf_flow_version", Unique: true, Columns: []driver.IndexColumn{{Column: "key"}, {Column: "version"}}},
			{Name: "_wf_flow_hash", Columns: []driver.IndexColumn{{Column: "key"}, {Column: "hash"}}}}}}
}

func is(column string, p int) driver.Expr {
	return driver.Cmp{Op: driver.Eq, L: driver.Col{Name: column}, R: driver.Param{N: p}}
}

// Freeze gives every flow of a catalogue that is about to serve a version: the one that was frozen
// with this very content, or the next.
func Freeze(db *store.DB) publish.Activated {
	return func(ctx context.Context, tx store.Tx, cat *catalog.Catalog, at time.Time) error {
		st, err := db.Prepare(&driver.Query{Table: definitions, Select: []driver.Expr{driver.Col{Name: "version"}, driver.Col{Name: "hash"}}, Where: is("key", 0)})
		if err != nil {
			return fmt.Errorf("freeze the flows: %w", err)
		}
		fresh := map[string]bool{}
		for _, f := range cat.Flows {
			if fresh[f.Key], err = freeze(ctx, tx, st, f, at); err != nil {
				return fmt.Errorf("freeze the flow %s: %w", f.Key, err)
			}
		}
		return process.Plan(ctx, db, tx, cat, fresh, at)
	}
}

// freeze keeps a flow's content, and tells whether it is new.
func freeze(ctx context.Context, tx store.Tx, st driver.Stmt, f *catalog.Flow, at time.Time) (fresh bool, err error) {
	last, known := int64(0), false
	err = each(ctx, tx, st, func(r driver.Rows) {
		last = max(last, r.Value(0).Int())
		known = known || r.Value(1).Text() == f.Hash
	}, value.Text(f.Key))
	if err != nil || known {
		return false, err
	}
	id, err := tx.NextSequence(ctx, definitions, 1)
	if err != nil {
		return false, err
	}
	return true, tx.Insert(ctx, definitions, []string{"id", "key", "version", "hash", "package", "source", "at"},
		[]value.Value{value.Ref(id), value.Text(f.Key), value.Int(last + 1), value.Text(f.Hash), value.Text(f.Package), value.JSON(string(f.Source)), value.Instant(at)})
}

func each(ctx context.Context, tx store.Tx, st driver.Stmt, fn func(driver.Rows), args ...value.Value) error {
	rows, err := tx.Query(ctx, st, args)
	if err != nil {
		return err
	}
	for rows.Next() {
		fn(rows)
	}
	return errors.Join(rows.Err(), rows.Close())
}

// known is what was looked up so far under one catalogue.
type known struct {
	cat      *catalog.Catalog
	versions map[string]frozen // "key@version"
	before   map[*catalog.Object][]*catalog.Flow
	after    map[*catalog.Object][]*catalog.Flow
	dated    map[*catalog.Object][]*catalog.Flow
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
			dated: map[*catalog.Object][]*catalog.Flow{}}
		for _, f := range cat.Flows {
			switch {
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

// Flow finds a version of a flow; see process.Host.
func (h *Host) Flow(ctx context.Context, tx store.Tx, key string, version int) (*catalog.Flow, int, error) {
	cat := h.deps.Tenant.Catalog()
	hash := ""
	if version == 0 {
		f := cat.Flow(key)
		if f == nil {
			return nil, 0, nil
		}
		hash = f.Hash
	}
	name := fmt.Sprintf("%s@%d%s", key, version, hash)
	h.mu.Lock()
	x, ok := h.under(cat).versions[name]
	h.mu.Unlock()
	if ok {
		return x.f, x.version, nil
	}
	st, by := h.byVersion, value.Int(int64(version))
	if version == 0 {
		st, by = h.byHash, value.Text(hash)
	}
	pkg, source := "", ""
	err := each(ctx, tx, st, func(r driver.Rows) {
		version, pkg, source = int(r.Value(0).Int()), strings.Clone(r.Value(1).Text()), strings.Clone(r.Value(2).Text())
	}, value.Text(key), by)
	if err != nil || source == "" {
		return nil, 0, err
	}
	f, found := resolve.FrozenFlow(h.deps.Resolve, cat, pkg, []byte(source))
	if f == nil {
		h.log("flow %s, version %d: %v", key, version, found.Err())
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.known.cat == cat {
		h.known.versions[name] = frozen{f, version}
	}
	return f, version, nil
}
