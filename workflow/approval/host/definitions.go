package host

import (
	"context"
	"fmt"
	"strings"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/resolve"
	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/runtime/publish"
	"github.com/tenon-platform/tenon/workflow/approval"
	"github.com/tenon-platform/tenon/workflow/engine"
	"github.com/tenon-platform/tenon/workflow/versions"
)

// definitions holds every version of a process that was ever published.
var definitions = versions.Table{Name: "_wf_def", Objects: true}

// SystemTables are the tables that this package keeps in every tenant's store.
func SystemTables() []driver.Table { return []driver.Table{definitions.Schema()} }

// Freeze gives every process of a catalogue that is about to serve a version.
func Freeze(db *store.DB) publish.Activated {
	return func(ctx context.Context, tx store.Tx, now publish.Activation) error {
		var defs []versions.Definition
		for _, a := range now.New.Approvals {
			defs = append(defs, versions.Definition{Key: a.Key, Package: a.Package, Object: a.Object.Name, Hash: a.Hash(), Source: a.Source()})
		}
		_, err := definitions.Freeze(ctx, db, tx, defs, now.At)
		return err
	}
}

// Running counts the instances of a process that are not over.
func Running(db *store.DB) func(ctx context.Context, key string) (int64, error) {
	return func(ctx context.Context, key string) (n int64, err error) {
		err = db.View(ctx, func(tx store.Tx) error {
			n, err = engine.Running(ctx, db, tx, key)
			return err
		})
		return n, err
	}
}

// frozen is one version of a process under one catalogue.
type frozen struct {
	def   *approval.Definition
	steps map[string]*catalog.Action
}

// thawed are the versions of one catalogue that were asked for so far.
type thawed struct {
	cat  *catalog.Catalog
	kept map[string]*frozen // "key@version"; nil: the catalogue no longer has what it names
	of   map[string]bool    // objects that have, or had, a process; nil: not read yet
}

// Concerns says whether records of an object are, or were, decided upon by any process.
func (h *Host) Concerns(ctx context.Context, tx store.Tx, object string) (bool, error) {
	cat := h.deps.Tenant.Catalog()
	h.mu.Lock()
	of := h.kept.of
	if h.kept.cat != cat {
		of = nil
	}
	h.mu.Unlock()
	if of == nil {
		of = map[string]bool{}
		if err := versions.Each(ctx, tx, h.objects, func(r driver.Rows) { of[strings.Clone(r.Value(0).Text())] = true }); err != nil {
			return false, err
		}
		h.mu.Lock()
		if h.kept.cat != cat {
			h.kept = thawed{cat: cat, kept: map[string]*frozen{}}
		}
		h.kept.of = of
		h.mu.Unlock()
	}
	return of[object], nil
}

// version finds a version of a process; version 0 is the one that may be started. nil: there is none.
func (h *Host) version(ctx context.Context, tx store.Tx, cat *catalog.Catalog, key string, version int) (*frozen, error) {
	hash := ""
	if version == 0 {
		a := cat.Approval(key)
		if a == nil {
			return nil, nil
		}
		hash = a.Hash()
	}
	name := fmt.Sprintf("%s@%d%s", key, version, hash)
	h.mu.Lock()
	if h.kept.cat != cat {
		h.kept = thawed{cat: cat, kept: map[string]*frozen{}}
	}
	f, ok := h.kept.kept[name]
	h.mu.Unlock()
	if ok {
		return f, nil
	}
	v, err := h.frozen.Find(ctx, tx, key, version, hash)
	if err != nil || v.Source == nil {
		return nil, err
	}
	if f, err = h.thaw(cat, v.Package, v.Source, v.Number); err != nil {
		h.log("approval process %s, version %d: %v", key, v.Number, err)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.kept.cat == cat {
		h.kept.kept[name] = f
	}
	return f, nil
}

// thaw gives a frozen definition its meaning under a catalogue; the error says what it names that
// is no longer there.
func (h *Host) thaw(cat *catalog.Catalog, pkg string, source []byte, version int) (*frozen, error) {
	def, found := approval.Parse(source, version, approval.EnvOf(cat))
	if def == nil {
		return nil, found.Err()
	}
	a, found := resolve.Frozen(h.deps.Resolve, cat, pkg, source)
	if a == nil {
		return nil, found.Err()
	}
	return &frozen{def, a.Steps}, nil
}
