package access_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"testing"
	"testing/fstest"
	"time"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/load"
	"github.com/tenon-platform/tenon/metadata/model"
	"github.com/tenon-platform/tenon/metadata/resolve"
	"github.com/tenon-platform/tenon/platform/clock"
	"github.com/tenon-platform/tenon/platform/ident"
	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/plugins/standard"
	"github.com/tenon-platform/tenon/plugins/stores/sqlite"
	"github.com/tenon-platform/tenon/runtime/access"
	"github.com/tenon-platform/tenon/runtime/event"
	"github.com/tenon-platform/tenon/runtime/gql"
	"github.com/tenon-platform/tenon/runtime/graph"
	"github.com/tenon-platform/tenon/runtime/live"
	"github.com/tenon-platform/tenon/runtime/record"
)

var day = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

// tenant is a tenant on SQLite with the whole way from GraphQL to the store.
type tenant struct {
	db      *store.DB
	cat     *catalog.Catalog
	access  *access.Service
	graph   *graph.Service
	records *record.Service
}

// files are those of a package by path.
type files map[string]string

// organisation are the objects by which access is decided.
func organisation() files {
	tree := `{"name": "code", "type": "text", "unique": true}, {"name": "above_id", "type": "lookup", "to": %q}, {"name": "path", "type": "tree_path", "parent": "above_id"}`
	f := files{"tenon.json": `{"name": "base", "version": "1.0.0", "label": "Base"}`}
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

// catalogue resolves a package, on the storage of another catalogue where there is one.
func catalogue(t testing.TB, f files, storage *catalog.Storage) *catalog.Catalog {
	t.Helper()
	fsys := fstest.MapFS{}
	for p, text := range f {
		fsys[p] = &fstest.MapFile{Data: []byte(text)}
	}
	pkg, found := load.Package(fsys, "base", standard.Fields())
	if found.HasErrors() {
		t.Fatal(found.Err())
	}
	cat, found := resolve.Resolve(resolve.Input{Packages: []*model.Package{pkg}, Fields: standard.Fields(), Zone: "UTC", Revision: 1, Storage: storage})
	if found.HasErrors() {
		t.Fatal(found.Err())
	}
	return cat
}

func newTenant(t testing.TB, f files) *tenant {
	t.Helper()
	cat := catalogue(t, f, nil)
	db, err := store.Open(context.Background(), sqlite.New(t.TempDir(), nil), "t")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() }) // scenes close theirs before
	var cs []driver.Change
	for _, table := range record.SystemTables() {
		cs = append(cs, driver.CreateTable{Table: table})
	}
	for _, o := range cat.Objects {
		cs = append(cs, driver.CreateTable{Table: o.Storage})
	}
	if err := db.Change(context.Background(), cs...); err != nil {
		t.Fatal(err)
	}
	clk := clock.NewFixed(day)
	lt := live.NewTenant("t", db, cat)
	w := &tenant{db: db, cat: cat, access: access.NewService(lt)}
	if w.records, err = record.New(record.Deps{Tenant: lt, Clock: clk}); err != nil {
		t.Fatal(err)
	}
	feed, err := event.Open(db, clk)
	if err != nil {
		t.Fatal(err)
	}
	w.graph = graph.New(graph.Deps{Tenant: lt, Writer: w.records, Feed: feed, Clock: clk, CursorKey: []byte("a key of this test"), Limits: graph.DefaultLimits(),
		Log: slog.New(slog.NewTextHandler(t.Output(), nil)), NewID: func() string { return "an-id" }})
	return w
}

// put creates records as the platform does.
func (w *tenant) put(t testing.TB, ops ...record.Op) {
	t.Helper()
	for len(ops) > 0 {
		n := min(len(ops), record.MaxOps)
		if _, err := w.records.Write(ident.With(context.Background(), ident.System("t")), access.Everything, ops[:n], record.Options{Atomic: true, Loader: true}); err != nil {
			t.Fatal(err)
		}
		ops = ops[n:]
	}
}

func (w *tenant) make(object string, id int64, in map[string]any) record.Op {
	for k, v := range in {
		if v == nil {
			delete(in, k)
		}
	}
	return record.Op{Verb: record.Create, Object: w.cat.Object(object), ID: id, Input: in}
}

func key(object string, id int64) string { return fmt.Sprintf("%s_%d", object, id) }

func principal(user int64) ident.Principal {
	return ident.Principal{UserID: user, Name: fmt.Sprint("user ", user)}
}

func (w *tenant) caller(user int64) context.Context {
	return ident.With(context.Background(), ident.Caller{Tenant: "t", Principal: principal(user), Locale: "en"})
}

// answer is a GraphQL answer.
type answer struct {
	Data   map[string]json.RawMessage
	Errors []struct {
		Message    string
		Extensions struct{ Code string }
	}
	body string
}

func (a *answer) code() string {
	if len(a.Errors) == 0 {
		return ""
	}
	return a.Errors[0].Extensions.Code
}

// ask executes an operation as a user.
func (w *tenant) ask(t testing.TB, user int64, query string) *answer {
	t.Helper()
	ctx := w.caller(user)
	c, _ := ident.From(ctx)
	p, err := w.access.Profile(ctx, c.Principal)
	if err != nil {
		t.Fatal(err)
	}
	r := w.graph.Execute(ctx, p, gql.Request{Query: query})
	a := &answer{body: string(r.Body)}
	if err := json.Unmarshal(r.Body, a); err != nil {
		t.Fatalf("%s: %v", r.Body, err)
	}
	return a
}
