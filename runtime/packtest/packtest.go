// Package packtest runs the test cases that packages carry: given some records, when something is
// done, then this is so. Each case has a tenant of its own, with the package, those that it
// requires and their seed records, on an embedded store and with a clock that stands. Whether what
// a case names exists is metadata/resolve's business.
package packtest

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/field"
	"github.com/tenon-platform/tenon/metadata/model"
	"github.com/tenon-platform/tenon/metadata/resolve"
	"github.com/tenon-platform/tenon/platform/clock"
	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/runtime/action"
	"github.com/tenon-platform/tenon/runtime/graph"
	"github.com/tenon-platform/tenon/runtime/live"
	"github.com/tenon-platform/tenon/runtime/publish"
	"github.com/tenon-platform/tenon/runtime/record"
)

// Options of a run.
type Options struct {
	Fields  field.Registry
	Engines action.Engines // that record actions may call
	Checks  []resolve.Check
	// Processes run approvals and what else goes on over time; nil: nothing does.
	Processes *Processes
	// Engine opens an embedded store that keeps everything in the files of a directory.
	Engine func(dir string) driver.Engine
	Zone   string // IANA name of the tenants' time zone
	Dir    string // where the tenants live; the caller removes it
	Log    *slog.Logger
	// OfProcesses leaves out cases that no approval and no flow carries.
	OfProcesses bool
	// Match picks cases; nil: all.
	Match func(file, name string) bool
	// Done is called with each case, in their order, and the number of those that are done; it may be nil.
	Done func(r *Result, done int)
	// Gap is called, after all cases, for each thing that they do not show; it may be nil.
	Gap func(Gap)
}

// Processes are what runs over time on the tenants of cases.
type Processes struct {
	Tables []driver.Table
	Freeze []func(db *store.DB) publish.Activated
	// Open makes them ready on a tenant: their part of the API, and what lets all jobs run that are due.
	// judged hears of each trigger of a flow that is asked, and whether its condition was met. Calls of
	// other systems go to out.
	Open func(t *live.Tenant, records *record.Service, actions *action.Service, clk clock.Clock, judged func(f *catalog.Flow, met bool), out *Outside) (api []graph.Fixed, drain func(context.Context) (int, error), err error)
}

// Result is the outcome of one case.
type Result struct {
	Package  string    `json:"package"`
	File     string    `json:"file"` // as its findings name it
	Name     string    `json:"name"`
	Failures diag.List `json:"failures,omitempty"` // none: it passed
}

// Passed says whether the case holds.
func (r *Result) Passed() bool { return len(r.Failures) == 0 }

// Count is how many cases of a package match.
func Count(p *model.Package, opt Options) (n int) {
	for _, t := range p.Tests {
		for _, c := range t.Cases {
			if opt.match(&t, c.Name) {
				n++
			}
		}
	}
	return n
}

func (o *Options) match(t *model.Tests, name string) bool {
	return (t.OfProcess || !o.OfProcesses) && (o.Match == nil || o.Match(file(t), name))
}

func file(t *model.Tests) string { return t.Pos.At("").File }

// Run runs the cases of a package, which is one of packages; the others are those that it requires.
// Findings with errors say that they do not fit together: then there are no results.
func Run(ctx context.Context, p *model.Package, packages []*model.Package, opt Options) ([]Result, diag.List, error) {
	_, findings := resolve.Resolve(resolve.Input{Packages: packages, Fields: opt.Fields, Engines: opt.Engines.Signatures(), Zone: opt.Zone, Revision: 1, Checks: opt.Checks})
	if findings.HasErrors() || Count(p, opt) == 0 {
		return nil, findings, nil
	}
	bundle := publish.Bundle{}
	for _, p := range packages {
		bundle[p.Manifest.Name] = p.Files
	}
	tpl, err := newTemplate(ctx, bundle, opt)
	if err != nil {
		return nil, findings, err
	}
	tpl.seeds = seedsOf(packages, tpl.cat)
	var cases []place
	for i := range p.Tests {
		t := &p.Tests[i]
		for n := range t.Cases {
			if opt.match(t, t.Cases[n].Name) {
				cases = append(cases, place{t, n})
			}
		}
	}
	l := &lanes{tpl: tpl, pkg: p.Manifest.Name, cases: cases}
	out, err := l.play(ctx)
	if err != nil {
		return out, findings, err
	}
	if opt.Gap != nil {
		for _, g := range tpl.shown.gaps(tpl.cat, p.Manifest.Name) {
			opt.Gap(g)
		}
	}
	return out, findings, nil
}

// defaultAt is when cases begin that say nothing else: a Monday morning.
var defaultAt = time.Date(2026, 1, 5, 9, 0, 0, 0, time.FixedZone("", 8*3600))

// run runs one case on a copy of the template, which is gone afterwards; shown hears what it shows.
func (tpl *template) run(ctx context.Context, shown *coverage, pkg string, at place, serial int) (*Result, error) {
	dir := filepath.Join(tpl.opt.Dir, fmt.Sprintf("case-%d", serial))
	ten, err := tpl.open(ctx, dir, shown)
	if err != nil {
		return nil, err
	}
	t := &at.tests.Cases[at.n]
	ten.outside.expect(t.Mocks)
	c := &scenario{tenant: ten, pkg: pkg, pos: at.tests.Pos, path: fmt.Sprintf("cases.%d", at.n), keys: map[string]ref{}, process: map[string]string{}}
	err = c.play(ctx, at.tests, t)
	if cerr := ten.db.Close(); err == nil {
		err = cerr
	}
	if rerr := os.RemoveAll(dir); err == nil {
		err = rerr
	}
	return &Result{Package: pkg, File: file(at.tests), Name: t.Name, Failures: c.failures}, err
}
