// Package accesstest holds the platform to what its metadata says about who may see and do what:
// over random organisations, rules and records, every way to records is compared with plain Go that
// knows nothing of the platform. It runs on any store engine.
package accesstest

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"testing"
	"testing/fstest"
	"time"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/field"
	"github.com/tenon-platform/tenon/metadata/load"
	"github.com/tenon-platform/tenon/metadata/model"
	"github.com/tenon-platform/tenon/metadata/resolve"
	"github.com/tenon-platform/tenon/platform/blob"
	"github.com/tenon-platform/tenon/platform/clock"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/ident"
	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/runtime/access"
	"github.com/tenon-platform/tenon/runtime/action"
	"github.com/tenon-platform/tenon/runtime/event"
	"github.com/tenon-platform/tenon/runtime/files"
	"github.com/tenon-platform/tenon/runtime/gql"
	"github.com/tenon-platform/tenon/runtime/graph"
	"github.com/tenon-platform/tenon/runtime/live"
	"github.com/tenon-platform/tenon/runtime/record"
	"github.com/tenon-platform/tenon/runtime/transfer"
)

// Day is when everything begins.
var Day = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

// Env is what tenants are made with.
type Env struct {
	Fields field.Registry
	// Open opens an empty database, which the tenant closes.
	Open func(t testing.TB) *store.DB
	// Reduced says that the engine takes nothing back: then nothing is done that a dry run would keep.
	Reduced bool
}

// Package is the files of a package by path.
type Package map[string]string

// Tenant is a tenant with the whole way from GraphQL, files and exports to the store.
type Tenant struct {
	DB       *store.DB
	Cat      *catalog.Catalog
	Access   *access.Service
	Graph    *graph.Service
	Records  *record.Service
	Files    *files.Service
	Transfer *transfer.Service
	Clock    *clock.Fixed
	papers   []string // ids of the files of a scene, as fileDocs
}

// Organisation are the objects by which access is decided.
func Organisation() Package {
	tree := `{"name": "code", "type": "text", "unique": true}, {"name": "above_id", "type": "lookup", "to": %q}, {"name": "path", "type": "tree_path", "parent": "above_id"}`
	f := Package{"tenon.json": `{"name": "base", "version": "1.0.0", "label": "Base"}`}
	add := func(name, serves, fields string) {
		f["objects/"+name+"/object.json"] = fmt.Sprintf(`{"name": %q, "label": %q, "serves": %q, "sharing": "read", "fields": [%s]}`, name, name, serves, fields)
	}
	ref := func(name, to string) string { return fmt.Sprintf(`{"name": %q, "type": "lookup", "to": %q}`, name, to) }
	add("unit", "org_unit", fmt.Sprintf(tree, "unit"))
	add("area", "territory", fmt.Sprintf(tree, "area"))
	add("person", "user", `{"name": "name", "type": "text"}, {"name": "status", "type": "text"}, `+ref("org_unit_id", "unit"))
	add("crew", "team", `{"name": "code", "type": "text", "unique": true}`)
	add("pool", "queue", `{"name": "code", "type": "text"}`)
	add("label", "brand", `{"name": "code", "type": "text"}`)
	add("holding", "role_assignment", ref("user_id", "person")+`, {"name": "role", "type": "text"}`)
	add("crew_member", "team_member", ref("user_id", "person")+", "+ref("team_id", "crew"))
	add("pool_member", "queue_member", ref("user_id", "person")+", "+ref("queue_id", "pool"))
	add("area_user", "territory_user", ref("user_id", "person")+", "+ref("territory_id", "area"))
	add("label_user", "brand_user", ref("user_id", "person")+", "+ref("brand_id", "label"))
	add("share", "share", `{"name": "record", "type": "ref", "to": ["*"]}, `+ref("user_id", "person")+", "+ref("team_id", "crew")+", "+ref("org_unit_id", "unit")+
		`, {"name": "role", "type": "text"}, {"name": "access_level", "type": "text"}`)
	return f
}

// Catalogue resolves a package, on the storage of another catalogue where there is one.
func (e *Env) Catalogue(t testing.TB, p Package, storage *catalog.Storage) *catalog.Catalog {
	t.Helper()
	fsys := fstest.MapFS{}
	for path, text := range p {
		fsys[path] = &fstest.MapFile{Data: []byte(text)}
	}
	pkg, found := load.Package(fsys, "base", e.Fields)
	if found.HasErrors() {
		t.Fatal(found.Err())
	}
	cat, found := resolve.Resolve(resolve.Input{Packages: []*model.Package{pkg}, Fields: e.Fields, Zone: "UTC", Revision: 1, Storage: storage})
	if found.HasErrors() {
		t.Fatal(found.Err())
	}
	return cat
}

// Tenant makes a tenant that has a package.
func (e *Env) Tenant(t testing.TB, p Package) *Tenant {
	t.Helper()
	w := &Tenant{DB: e.Open(t), Cat: e.Catalogue(t, p, nil), Clock: clock.NewFixed(Day)}
	t.Cleanup(func() { _ = w.DB.Close() }) // scenes close theirs before
	var cs []driver.Change
	for _, table := range append(append(record.SystemTables(), files.SystemTables()...), transfer.SystemTables()...) {
		cs = append(cs, driver.CreateTable{Table: table})
	}
	for _, o := range w.Cat.Objects {
		cs = append(cs, driver.CreateTable{Table: o.Storage})
	}
	must(t, w.DB.Change(context.Background(), cs...))
	lt := live.NewTenant("t", w.DB, w.Cat)
	log, newID := slog.New(slog.NewTextHandler(t.Output(), nil)), func() string { return "an-id" }
	w.Access = access.NewService(lt)
	var err error
	w.Records, err = record.New(record.Deps{Tenant: lt, Clock: w.Clock})
	must(t, err)
	feed, err := event.Open(w.DB, w.Clock)
	must(t, err)
	w.Graph = graph.New(graph.Deps{Tenant: lt, Writer: w.Records, Actions: action.New(w.Records, lt.Catalog, action.NewEngines()), Feed: feed, Clock: w.Clock, CursorKey: []byte("a key of this test"), Limits: graph.DefaultLimits(), Log: log, NewID: newID})
	dir := t.TempDir()
	w.Files, err = files.New(files.Deps{Tenant: lt, Blobs: blob.Dir(dir), Spool: dir, Clock: w.Clock, Log: log, Profile: w.Access.Profile, Limits: files.DefaultLimits()})
	must(t, err)
	w.Transfer, err = transfer.New(transfer.Deps{Tenant: lt, Writer: w.Records, Lister: w.Graph, Files: transfer.Dir(dir), Clock: w.Clock, Log: log, NewID: newID, Profile: w.Access.Profile, Limits: transfer.DefaultLimits()})
	must(t, err)
	return w
}

func platform() ident.Caller { return ident.System("t") }

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// Put writes records as the platform does.
func (w *Tenant) Put(t testing.TB, ops ...record.Op) {
	t.Helper()
	for len(ops) > 0 {
		n := min(len(ops), record.MaxOps)
		_, err := w.Records.Write(ident.With(context.Background(), platform()), access.Everything, ops[:n], record.Options{Atomic: true, Loader: true})
		must(t, err)
		ops = ops[n:]
	}
}

// Make is the creation of a record; what is nil in its input is left out.
func (w *Tenant) Make(object string, id int64, in map[string]any) record.Op {
	for k, v := range in {
		if v == nil {
			delete(in, k)
		}
	}
	return record.Op{Verb: record.Create, Object: w.Cat.Object(object), ID: id, Input: in}
}

// Key is the id of a record as the API shows it.
func Key(object string, id int64) string { return fmt.Sprintf("%s_%d", object, id) }

// Principal is a user, as signed in.
func Principal(user int64) ident.Principal {
	return ident.Principal{UserID: user, Name: fmt.Sprint("user ", user)}
}

// Caller is the context of a user's request.
func (w *Tenant) Caller(user int64) context.Context {
	return ident.With(context.Background(), ident.Caller{Tenant: "t", Principal: Principal(user), Locale: "en"})
}

// Answer is a GraphQL answer.
type Answer struct {
	Data   map[string]json.RawMessage
	Errors []struct {
		Message    string
		Extensions struct{ Code string }
	}
	Body string
}

// Code is that of the first error; "" without one.
func (a *Answer) Code() string {
	if len(a.Errors) == 0 {
		return ""
	}
	return a.Errors[0].Extensions.Code
}

// Ask executes an operation as a user.
func (w *Tenant) Ask(t testing.TB, user int64, query string) *Answer {
	t.Helper()
	ctx := w.Caller(user)
	p, err := w.Access.Profile(ctx, Principal(user))
	must(t, err)
	r := w.Graph.Execute(ctx, p, gql.Request{Query: query})
	a := &Answer{Body: string(r.Body)}
	if err := json.Unmarshal(r.Body, a); err != nil {
		t.Fatalf("%s: %v", r.Body, err)
	}
	return a
}

// code is that of an error; "" for none.
func code(err error) string {
	if err == nil {
		return ""
	}
	return string(errs.From(err).Code)
}
