package host

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/resolve"
	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/runtime/publish"
	"github.com/tenon-platform/tenon/workflow/approval"
	"github.com/tenon-platform/tenon/workflow/engine"
)

// definitions holds every version of a process that was ever published; rows never change.
const definitions = "_wf_def"

// SystemTables are the tables that this package keeps in every tenant's store.
func SystemTables() []driver.Table {
	return []driver.Table{{Name: definitions, Columns: []driver.Column{{Name: "key", Type: driver.Text}, {Name: "version", Type: driver.Int}, {Name: "hash", Type: driver.Text},
		{Name: "package", Type: driver.Text}, {Name: "object", Type: driver.Text}, {Name: "source", Type: driver.JSON}, {Name: "at", Type: driver.DateTime}},
		Indexes: []driver.Index{{Name: "_wf_def_version", Unique: true, Columns: []driver.IndexColumn{{Column: "key"}, {Column: "version"}}},
			{Name: "_wf_def_hash", Columns: []driver.IndexColumn{{Column: "key"}, {Column: "hash"}}}}}}
}

func is(column string, p int) driver.Expr {
	return driver.Cmp{Op: driver.Eq, L: driver.Col{Name: column}, R: driver.Param{N: p}}
}

// Freeze gives every process of a catalogue that is about to serve a version: the one that was
// frozen with this very content, or the next.
func Freeze(db *store.DB) publish.Activated {
	return func(ctx context.Context, tx store.Tx, cat *catalog.Catalog, at time.Time) error {
		st, err := db.Prepare(&driver.Query{Table: definitions, Select: []driver.Expr{driver.Col{Name: "version"}, driver.Col{Name: "hash"}}, Where: is("key", 0)})
		if err != nil {
			return fmt.Errorf("freeze the approval processes: %w", err)
		}
		for _, a := range cat.Approvals {
			if err := freeze(ctx, tx, st, a, at); err != nil {
				return fmt.Errorf("freeze the approval process %s: %w", a.Key, err)
			}
		}
		return nil
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

func freeze(ctx context.Context, tx store.Tx, st driver.Stmt, a *catalog.Approval, at time.Time) error {
	last, known := int64(0), false
	err := each(ctx, tx, st, func(r driver.Rows) {
		last = max(last, r.Value(0).Int())
		known = known || r.Value(1).Text() == a.Hash
	}, value.Text(a.Key))
	if err != nil || known {
		return err
	}
	id, err := tx.NextSequence(ctx, definitions, 1)
	if err != nil {
		return err
	}
	return tx.Insert(ctx, definitions, []string{"id", "key", "version", "hash", "package", "object", "source", "at"},
		[]value.Value{value.Ref(id), value.Text(a.Key), value.Int(last + 1), value.Text(a.Hash), value.Text(a.Package), value.Text(a.Object.Name), value.JSON(string(a.Source)), value.Instant(at)})
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

// frozen is one version of a process under one catalogue.
type frozen struct {
	def   *approval.Definition
	steps map[string]*catalog.Action
}

// versions are those of one catalogue that were asked for so far.
type versions struct {
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
		if err := each(ctx, tx, h.objects, func(r driver.Rows) { of[strings.Clone(r.Value(0).Text())] = true }); err != nil {
			return false, err
		}
		h.mu.Lock()
		if h.kept.cat != cat {
			h.kept = versions{cat: cat, kept: map[string]*frozen{}}
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
		hash = a.Hash
	}
	name := fmt.Sprintf("%s@%d%s", key, version, hash)
	h.mu.Lock()
	if h.kept.cat != cat {
		h.kept = versions{cat: cat, kept: map[string]*frozen{}}
	}
	f, ok := h.kept.kept[name]
	h.mu.Unlock()
	if ok {
		return f, nil
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
		return nil, err
	}
	if f, err = h.thaw(cat, pkg, []byte(source), version); err != nil {
		h.log("approval process %s, version %d: %v", key, version, err)
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
