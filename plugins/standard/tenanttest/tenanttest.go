// Package tenanttest gives tests a whole tenant: packages published on a real store, and the
// GraphQL API over them, served over HTTP, with a clock that the test sets.
package tenanttest

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/tenon-platform/tenon/platform/clock"
	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/platform/ident"
	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/plugins/standard"
	"github.com/tenon-platform/tenon/plugins/stores/mongo/mongotest"
	"github.com/tenon-platform/tenon/plugins/stores/sqlite"
	"github.com/tenon-platform/tenon/runtime/access"
	"github.com/tenon-platform/tenon/runtime/event"
	"github.com/tenon-platform/tenon/runtime/graph"
	"github.com/tenon-platform/tenon/runtime/publish"
	"github.com/tenon-platform/tenon/runtime/scan"
	"github.com/tenon-platform/tenon/workflow/script"
)

// Zone is the time zone of the tenants.
const Zone = "Asia/Shanghai"

// Start is the moment at which tests begin: a Monday morning, 09:00 in Zone.
var Start = time.Date(2026, 3, 2, 1, 0, 0, 0, time.UTC)

// Tenant is one tenant.
type Tenant struct {
	t       testing.TB
	DB      *store.DB
	Publish *publish.Service
	Graph   *graph.Service
	Clock   *clock.Fixed
	Scans   *scan.Service // for duplicates; its steps are the test's to take

	api *api
}

// Open publishes packages, each a folder of dir, on SQLite, or on the MongoDB that
// TENON_TEST_MONGODB names.
func Open(t testing.TB, dir string, packages ...string) *Tenant {
	t.Helper()
	b := publish.Bundle{}
	for _, name := range packages {
		b[name] = Files(t, os.DirFS(dir+"/"+name))
	}
	return OpenBundle(t, b)
}

// Files are the files of a package.
func Files(t testing.TB, fsys fs.FS) map[string][]byte {
	t.Helper()
	out := map[string][]byte{}
	err := fs.WalkDir(fsys, ".", func(p string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		out[p], err = fs.ReadFile(fsys, p)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// OpenBundle publishes packages given as their files. Their scripts are not run.
func OpenBundle(t testing.TB, b publish.Bundle) *Tenant {
	t.Helper()
	return OpenScripts(t, nil, b)
}

// OpenScripts is OpenBundle with scripts that run in a pool.
func OpenScripts(t testing.TB, scripts *script.Pool, b publish.Bundle) *Tenant {
	t.Helper()
	db, err := store.Open(context.Background(), Store(t), Name())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	w := &Tenant{t: t, DB: db, Clock: clock.NewFixed(Start)}
	log := slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn}))
	opt := publish.Options{Fields: standard.Fields(), Engines: standard.EnginesWith(scripts), Clock: w.Clock, Zone: Zone, Log: log, Tables: scan.SystemTables()}
	if scripts != nil {
		opt.Checks = append(opt.Checks, scripts.Vet)
	}
	w.Publish, err = publish.Open(context.Background(), "main", db, opt)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Apply(b); err != nil {
		t.Fatal(err)
	}
	feed, err := event.Open(db, w.Clock)
	if err != nil {
		t.Fatal(err)
	}
	w.Scans = w.NewScans()
	w.Graph = graph.New(graph.Deps{Tenant: w.Publish.Tenant, Writer: w.Publish.Records, Actions: w.Publish.Actions, Feed: feed, Clock: w.Clock,
		CursorKey: []byte("a key of this test"), Limits: graph.DefaultLimits(), Log: log, NewID: func() string { return "an-id" }, Fixed: []graph.Fixed{w.Scans.Fixed()}})
	w.api = serveAPI(t, w.Graph, log)
	return w
}

// NewScans makes a service of scans over what the store holds, as a start of the process does.
func (w *Tenant) NewScans() *scan.Service {
	w.t.Helper()
	s, err := scan.New(scan.Deps{Tenant: w.Publish.Tenant, Records: w.Publish.Records, Clock: w.Clock, NewID: func() string { return "an-id" },
		Log: slog.New(slog.NewTextHandler(w.t.Output(), nil)), Profile: access.NewService(w.Publish.Tenant).Profile})
	if err != nil {
		w.t.Fatal(err)
	}
	return s
}

// Store is the engine that tests use: SQLite in a directory of the test, or the MongoDB that the
// environment names.
func Store(t testing.TB) driver.Engine {
	t.Helper()
	e, err := mongotest.Engine("")
	if err != nil {
		t.Fatal(err)
	}
	if e == nil {
		return sqlite.New(t.TempDir(), nil)
	}
	return e
}

// Needs skips a test, or a part of one, on a store that lacks something.
func Needs(t testing.TB, what string) {
	t.Helper()
	if slices.Contains(Store(t).Capabilities().Missing, what) {
		t.Skipf("missing: %s", what)
	}
}

// Name is a name of a database that no other test has.
func Name() string { return "t" + strings.ToLower(rand.Text()) }

// Apply publishes packages over what is there.
func (w *Tenant) Apply(b publish.Bundle) error {
	p, err := w.Publish.Propose(context.Background(), b, nil)
	if err != nil {
		return err
	}
	if err := p.Findings.Err(); err != nil {
		return err
	}
	_, err = w.Publish.Apply(context.Background(), p, publish.ApplyOptions{Author: "test", Demo: true, AllowDestructive: true})
	return err
}

// Findings are what a proposal of packages has against it.
func (w *Tenant) Findings(b publish.Bundle) diag.List {
	w.t.Helper()
	p, err := w.Publish.Propose(context.Background(), b, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	return p.Findings
}

// Call executes an operation as an administrator and gives the answer without what it cost.
func (w *Tenant) Call(query string, vars ...string) string {
	return w.As(access.Everything, ident.Principal{Name: "admin", Admin: true}, query, vars...)
}

// As sends an operation over HTTP for a caller, and gives the answer without what it cost.
func (w *Tenant) As(p access.Profile, who ident.Principal, query string, vars ...string) string {
	answer, err := w.api.post(caller{who, p}, query, json.RawMessage(strings.Join(vars, "")))
	if err != nil {
		return err.Error()
	}
	answer, _, found := strings.Cut(answer, `,"extensions":{"cost"`)
	if found {
		answer += "}"
	}
	return answer
}

// User makes a user with roles, and gives who that is once signed in.
func (w *Tenant) User(name string, roles ...string) ident.Principal {
	w.t.Helper()
	unit := w.ID("SysOrgUnit", fmt.Sprintf(`code: %q, name: %[1]q, unitType: team`, name))
	id := w.ID("SysUser", fmt.Sprintf(`username: %q, name: %[1]q, orgUnitId: %q, userType: internal, status: active, locale: zh_CN, timezone: %q`, name, unit, Zone))
	for _, r := range roles {
		w.ID("SysRoleAssignment", fmt.Sprintf(`userId: %q, role: %q`, id, r))
	}
	n, err := strconv.ParseInt(strings.TrimPrefix(id, "sys_user_"), 10, 64)
	if err != nil {
		w.t.Fatal(err)
	}
	return ident.Principal{UserID: n, Name: name}
}

// WantAs is Want for a user, with the access that is his at the moment.
func (w *Tenant) WantAs(who ident.Principal, query, part string) string {
	w.t.Helper()
	p, err := access.NewService(w.Publish.Tenant).Profile(context.Background(), who)
	if err != nil {
		w.t.Fatal(err)
	}
	got := w.As(p, who, query)
	if !strings.Contains(got, part) {
		w.t.Errorf("%s: %s\ngot  %s\nwant %s", who.Name, query, got, part)
	}
	return got
}

// Want executes an operation and holds that the answer has a part.
func (w *Tenant) Want(query, part string) string {
	w.t.Helper()
	got := w.Call(query)
	if !strings.Contains(got, part) {
		w.t.Errorf("%s\ngot  %s\nwant %s", query, got, part)
	}
	return got
}

// ID creates a record and gives its id.
func (w *Tenant) ID(typeName, input string) string {
	w.t.Helper()
	got := w.Call(`mutation { create` + typeName + `(input: {` + input + `}) { ` + strings.ToLower(typeName[:1]) + typeName[1:] + ` { id } } }`)
	_, id, ok := strings.Cut(got, `"id":"`)
	if !ok {
		w.t.Fatalf("create %s {%s}: %s", typeName, input, got)
	}
	id, _, _ = strings.Cut(id, `"`)
	return id
}
