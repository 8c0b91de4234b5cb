package standard_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/tenon-platform/tenon/metadata/plan"
	"github.com/tenon-platform/tenon/platform/clock"
	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/plugins/standard"
	"github.com/tenon-platform/tenon/plugins/stores/sqlite"
	"github.com/tenon-platform/tenon/runtime/publish"
	"github.com/tenon-platform/tenon/runtime/record"
)

// shop is the files of a package with one object, and notes that point to any object.
func shop(name, renamedFrom, field, fieldFrom string) map[string]string {
	more, fieldMore := "", ""
	if renamedFrom != "" {
		more = fmt.Sprintf(`, "renamedFrom": %q`, renamedFrom)
	}
	if fieldFrom != "" {
		fieldMore = fmt.Sprintf(`, "renamedFrom": %q`, fieldFrom)
	}
	return map[string]string{
		"objects/" + name + "/object.json": object(name, fmt.Sprintf(`{"name": "name", "type": "text"}, {"name": %q, "type": "int"%s}`, field, fieldMore), more),
		"objects/note/object.json":         object("note", `{"name": "about", "type": "ref", "to": ["*"]}`, ""),
	}
}

func published(t *testing.T, s *publish.Service, files map[string]string) *publish.Proposal {
	t.Helper()
	p, err := apply(t, s, files, publish.ApplyOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// rolledBack goes back to a revision without leave to lose data.
func rolledBack(t *testing.T, s *publish.Service, revision int64) *publish.Proposal {
	t.Helper()
	p, err := s.Rollback(context.Background(), revision)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Apply(context.Background(), p, publish.ApplyOptions{}); err != nil {
		t.Fatalf("%v: %+v", err, p.Entries)
	}
	return p
}

// TestTwoRenames: ids that integrators and references keep stay valid, whatever an object is called.
func TestTwoRenames(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	published(t, s, shop("client", "", "score", ""))
	id := must(t, s, record.Create, "client", 0, map[string]any{"name": "Ada", "score": json.Number("7")}).ID
	note := must(t, s, record.Create, "note", 0, map[string]any{"aboutId": fmt.Sprintf("client_%d", id)}).ID
	published(t, s, shop("customer", "client", "rating", "score"))
	published(t, s, shop("account", "customer", "grade", "rating"))
	published(t, s, shop("account", "", "grade", "")) // a later version need not tell of it any more
	for range 2 {
		o := s.Tenant.Catalog().Object("account")
		if o.IDPrefix != "client" || o.Table != "client" {
			t.Errorf("ids begin with %s_, the table is %s", o.IDPrefix, o.Table)
		}
		if got := field(t, s, "account", id, "grade"); got != "7" {
			t.Errorf("grade is %s", got)
		}
		if got := field(t, s, "note", note, "about"); got != fmt.Sprintf(`"client_%d"`, id) {
			t.Errorf("the note is about %s", got)
		}
		must(t, s, record.Create, "note", 0, map[string]any{"aboutId": fmt.Sprintf("client_%d", id)})
		if err := s.Tenant.Store.Close(); err != nil {
			t.Fatal(err)
		}
		s = open(t, dir) // and after a restart
	}
}

// TestPrefixStays: no declaration changes what ids begin with once records may have them.
func TestPrefixStays(t *testing.T) {
	s := open(t, t.TempDir())
	published(t, s, shop("client", "", "score", ""))
	files := shop("client", "", "score", "")
	files["objects/client/object.json"] = strings.Replace(files["objects/client/object.json"], `{"name"`, `{"idPrefix": "cl", "name"`, 1)
	if p, err := apply(t, s, files, publish.ApplyOptions{AllowDestructive: true}); err == nil || p.Findings[0].Code != "fixed-prefix" {
		t.Errorf("got %v, %+v", err, p.Findings)
	}
	files = shop("customer", "client", "points", "score")
	published(t, s, files)
	files["objects/client/object.json"] = object("client", `{"name": "name", "type": "text"}`, "")
	if p, err := apply(t, s, files, publish.ApplyOptions{}); err == nil || p.Findings[0].Code != "name-clash" || p.Findings[0].Suggestion == nil {
		t.Errorf("a new object with the old name: got %v, %+v", err, p.Findings)
	}
	files["objects/client/object.json"] = object("client", `{"name": "name", "type": "text"}`, `, "idPrefix": "client_2"`)
	published(t, s, files)
	if c := s.Tenant.Catalog().Object("client"); c.Table == "client" || c.IDPrefix != "client_2" {
		t.Errorf("the new client has the table %s and ids %s_", c.Table, c.IDPrefix)
	}
}

// TestRenameOfWhatIsStillThere: nothing is taken from an object or field that goes on.
func TestRenameOfWhatIsStillThere(t *testing.T) {
	s := open(t, t.TempDir())
	published(t, s, shop("client", "", "score", ""))
	id := must(t, s, record.Create, "client", 0, map[string]any{"name": "Ada", "score": json.Number("7")}).ID
	p := published(t, s, map[string]string{
		"objects/client/object.json":   object("client", `{"name": "name", "type": "text"}, {"name": "score", "type": "int"}, {"name": "grade", "type": "int", "renamedFrom": "score"}`, ""),
		"objects/customer/object.json": object("customer", `{"name": "name", "type": "text"}`, `, "renamedFrom": "client"`),
		"objects/note/object.json":     object("note", `{"name": "about", "type": "ref", "to": ["*"]}`, ""),
	})
	if score, grade := field(t, s, "client", id, "score"), field(t, s, "client", id, "grade"); score != "7" || grade != "null" {
		t.Errorf("score %s, grade %s", score, grade)
	}
	if len(p.Findings) != 2 || p.Findings[0].Code != "still-there" || p.Findings[1].Code != "still-there" {
		t.Errorf("findings %+v", p.Findings)
	}
}

// TestRollbackOverRename: going back maps the old names to what still holds the values.
func TestRollbackOverRename(t *testing.T) {
	s := open(t, t.TempDir())
	published(t, s, shop("client", "", "score", ""))
	id := must(t, s, record.Create, "client", 0, map[string]any{"name": "Ada", "score": json.Number("7")}).ID
	published(t, s, shop("customer", "client", "rating", "score"))
	must(t, s, record.Update, "customer", id, map[string]any{"rating": json.Number("8")})
	p := rolledBack(t, s, 1)
	for _, e := range p.Entries {
		if e.Op != plan.Change || e.Class != plan.Additive {
			t.Errorf("the rollback is planned as %s %s (%s): %s", e.Op, e.Address, e.Class, e.Summary.En)
		}
	}
	if got := field(t, s, "client", id, "score"); got != "8" {
		t.Errorf("after the rollback score is %s", got)
	}
	rolledBack(t, s, 2) // and forth
	if got := field(t, s, "customer", id, "rating"); got != "8" {
		t.Errorf("after going forth rating is %s", got)
	}
}

// TestRollbackOverSwappedNames: the old names are in use by other things now.
func TestRollbackOverSwappedNames(t *testing.T) {
	s := open(t, t.TempDir())
	fields := `{"name": "a", "type": "int"}, {"name": "b", "type": "int"}`
	swapped := `{"name": "b", "type": "int", "renamedFrom": "a"}, {"name": "c", "type": "int", "renamedFrom": "b"}, {"name": "a", "type": "int"}`
	published(t, s, map[string]string{"objects/x/object.json": object("x", fields, `, "idPrefix": "x"`), "objects/y/object.json": object("y", fields, "")})
	x := must(t, s, record.Create, "x", 0, map[string]any{"a": json.Number("1"), "b": json.Number("2")}).ID
	published(t, s, map[string]string{"objects/x/object.json": object("x", `{"name": "c", "type": "int", "renamedFrom": "b"}, {"name": "d", "type": "int", "renamedFrom": "a"}`, ""), "objects/y/object.json": object("y", fields, "")})
	published(t, s, map[string]string{"objects/z/object.json": object("z", `{"name": "c", "type": "int"}, {"name": "b", "type": "int", "renamedFrom": "d"}, {"name": "a", "type": "int"}`, `, "renamedFrom": "x"`), "objects/y/object.json": object("y", swapped, "")})
	must(t, s, record.Update, "z", x, map[string]any{"a": json.Number("9")})
	p, err := s.Rollback(context.Background(), 1)
	if err != nil {
		t.Fatal(err)
	}
	lost := 0
	for _, e := range p.Entries {
		if e.Class == plan.Destructive {
			lost++
		}
	}
	if lost != 2 { // z's new a and y's new c
		t.Errorf("%d destructive entries: %+v", lost, p.Entries)
	}
	if _, err := s.Apply(context.Background(), p, publish.ApplyOptions{AllowDestructive: true}); err != nil {
		t.Fatal(err)
	}
	if a, b := field(t, s, "x", x, "a"), field(t, s, "x", x, "b"); a != "1" || b != "2" {
		t.Errorf("x has a %s, b %s", a, b)
	}
}

// stubborn is an engine that fails to drop anything while told so.
type stubborn struct {
	driver.Engine
	fails *bool
}

type stubbornDB struct {
	driver.DB
	fails *bool
}

func (e stubborn) Open(ctx context.Context, tenant string) (driver.DB, error) {
	db, err := e.Engine.Open(ctx, tenant)
	return stubbornDB{db, e.fails}, err
}

func (db stubbornDB) Change(ctx context.Context, cs ...driver.Change) error {
	for _, c := range cs {
		switch c.(type) {
		case driver.DropColumn, driver.DropTable, driver.DropIndex:
			if *db.fails {
				return errors.New("the disk is full")
			}
		}
	}
	return db.DB.Change(ctx, cs...)
}

// TestNamesThatAwaitReclaim: what was removed but could not be dropped yet never comes back under
// a new field of the same name, and is dropped in the end.
func TestNamesThatAwaitReclaim(t *testing.T) {
	ctx := context.Background()
	fails := false
	db, err := store.Open(ctx, stubborn{sqlite.New(t.TempDir(), nil), &fails}, "main")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	s, err := publish.Open(ctx, "main", db, publish.Options{Fields: standard.Fields(), Zone: "Asia/Shanghai",
		Clock: clock.NewFixed(time.Date(2026, 3, 2, 1, 0, 0, 0, time.UTC)), Log: slog.New(slog.NewTextHandler(io.Discard, nil))})
	if err != nil {
		t.Fatal(err)
	}
	without := map[string]string{"objects/client/object.json": object("client", clientFields, "")}
	full := map[string]string{"objects/client/object.json": object("client", clientFields+`, {"name": "score", "type": "int", "index": true}`, `, "indexes": [{"fields": ["name"]}]`), "objects/extra/object.json": object("extra", clientFields, "")}
	published(t, s, full)
	id := must(t, s, record.Create, "client", 0, map[string]any{"name": "Ada", "score": json.Number("7")}).ID
	must(t, s, record.Create, "extra", 0, map[string]any{"name": "Bo"})

	fails = true
	if _, err := apply(t, s, without, publish.ApplyOptions{AllowDestructive: true}); err == nil || !strings.Contains(err.Error(), "disk is full") {
		t.Fatalf("the drop succeeded: %v", err)
	}
	if _, err := apply(t, s, full, publish.ApplyOptions{}); err == nil {
		t.Fatal("the drop of the earlier apply was forgotten")
	}
	if got := field(t, s, "client", id, "score"); got != "null" {
		t.Errorf("a new field has the old value %s", got)
	}
	must(t, s, record.Update, "client", id, map[string]any{"score": json.Number("9")})
	fails = false
	if err := s.Resume(ctx); err != nil {
		t.Fatal(err)
	}
	if got := field(t, s, "client", id, "score"); got != "9" {
		t.Errorf("the late drop took the new value: %s", got)
	}
	tables, err := db.Schema(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for _, table := range tables {
		for _, o := range s.Tenant.Catalog().Objects {
			if table.Name != o.Table {
				continue
			}
			if len(table.Columns) != len(o.Storage.Columns) || len(table.Indexes) != len(o.Storage.Indexes) {
				t.Errorf("table %s has %d columns and %d indexes, its object %d and %d", table.Name, len(table.Columns), len(table.Indexes), len(o.Storage.Columns), len(o.Storage.Indexes))
			}
		}
		if table.Name == "extra" {
			t.Error("the table of the first extra is still there")
		}
	}
}
