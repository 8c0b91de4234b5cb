package packtest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/model"
	"github.com/tenon-platform/tenon/platform/clock"
	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/runtime/access"
	"github.com/tenon-platform/tenon/runtime/action"
	"github.com/tenon-platform/tenon/runtime/graph"
	"github.com/tenon-platform/tenon/runtime/live"
	"github.com/tenon-platform/tenon/runtime/publish"
	"github.com/tenon-platform/tenon/runtime/record"
)

// tenantName is the name of every tenant of a test.
const tenantName = "test"

// template is a tenant to copy: the packages are installed and their seed records loaded. It is
// closed, so that its files can be copied.
type template struct {
	opt   Options
	dir   string
	cat   *catalog.Catalog
	seeds seeds
	shown *coverage // by its cases
}

// seeds are the objects of the seed records, "package:key".
type seeds map[string]*catalog.Object

func seedsOf(packages []*model.Package, cat *catalog.Catalog) seeds {
	out := seeds{}
	for _, p := range packages {
		for _, d := range p.Data {
			for _, r := range d.Records {
				if key := p.Manifest.Name + ":" + r.Key; !d.Demo && out[key] == nil {
					out[key] = cat.Object(d.Object)
				}
			}
		}
	}
	return out
}

func newTemplate(ctx context.Context, bundle publish.Bundle, opt Options) (*template, error) {
	dir, err := os.MkdirTemp(opt.Dir, "template-")
	if err != nil {
		return nil, fmt.Errorf("make a directory for the tests: %w", err)
	}
	db, err := store.Open(ctx, opt.Engine(dir), tenantName)
	if err != nil {
		return nil, fmt.Errorf("open a store for the tests: %w", err)
	}
	// Shortly before the cases begin: records that cases create have other ids, and today is the same day.
	tpl := &template{opt: opt, dir: dir, shown: newCoverage()}
	err = tpl.install(ctx, db, bundle, clock.NewFixed(defaultAt.Add(-1217*time.Millisecond)))
	return tpl, errors.Join(err, db.Close())
}

func (tpl *template) install(ctx context.Context, db *store.DB, bundle publish.Bundle, clk clock.Clock) error {
	opt := publish.Options{Fields: tpl.opt.Fields, Engines: tpl.opt.Engines, Checks: tpl.opt.Checks, Clock: clk, Zone: tpl.opt.Zone, Log: tpl.opt.Log, Passing: true}
	if p := tpl.opt.Processes; p != nil {
		opt.Tables = p.Tables
		for _, freeze := range p.Freeze {
			opt.Activated = append(opt.Activated, freeze(db))
		}
	}
	s, err := publish.Open(ctx, tenantName, db, opt)
	if err != nil {
		return fmt.Errorf("open a tenant for the tests: %w", err)
	}
	p, err := s.Propose(ctx, bundle, nil)
	if err == nil {
		err = p.Findings.Err()
	}
	if err == nil {
		_, err = s.Apply(ctx, p, publish.ApplyOptions{Author: "test"})
	}
	if err != nil {
		return fmt.Errorf("install the packages: %w", err)
	}
	tpl.cat = s.Tenant.Catalog()
	return nil
}

// tenant is what one case runs on.
type tenant struct {
	db      *store.DB
	cat     *catalog.Catalog
	seeds   seeds
	records *record.Service
	access  *access.Service
	graph   *graph.Service
	clock   *clock.Fixed
	shown   *coverage
	outside *Outside
	drain   func(context.Context) (int, error) // nil: nothing runs over time
}

// open makes a tenant from a copy of the template; shown hears what its case shows.
func (tpl *template) open(ctx context.Context, dir string, shown *coverage) (*tenant, error) {
	if err := os.CopyFS(dir, os.DirFS(tpl.dir)); err != nil {
		return nil, fmt.Errorf("copy the tenant: %w", err)
	}
	db, err := store.Open(ctx, tpl.opt.Engine(dir), tenantName)
	if err != nil {
		return nil, fmt.Errorf("open the tenant: %w", err)
	}
	t := &tenant{db: db, cat: tpl.cat, seeds: tpl.seeds, clock: clock.NewFixed(defaultAt), shown: shown, outside: &Outside{}}
	l := live.NewTenant(tenantName, db, tpl.cat)
	if t.records, err = record.New(record.Deps{Tenant: l, Clock: t.clock}); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	t.access = access.NewService(l)
	actions := action.New(t.records, l.Catalog, tpl.opt.Engines)
	var fixed []graph.Fixed
	if p := tpl.opt.Processes; p != nil {
		if fixed, t.drain, err = p.Open(l, t.records, actions, t.clock, t.shown.judged, t.outside); err != nil {
			return nil, errors.Join(err, db.Close())
		}
	}
	t.graph = graph.New(graph.Deps{Tenant: l, Writer: t.records, Actions: actions, Fixed: fixed, Clock: t.clock, CursorKey: []byte(filepath.Base(dir)),
		Limits: graph.DefaultLimits(), Log: tpl.opt.Log, NewID: func() string { return "test" }})
	return t, nil
}
