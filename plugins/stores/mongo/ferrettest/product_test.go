package ferrettest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"image"
	"image/png"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/load"
	"github.com/tenon-platform/tenon/metadata/model"
	"github.com/tenon-platform/tenon/metadata/resolve"
	"github.com/tenon-platform/tenon/platform/blob"
	"github.com/tenon-platform/tenon/platform/clock"
	"github.com/tenon-platform/tenon/platform/ident"
	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/plugins/packages"
	"github.com/tenon-platform/tenon/plugins/standard"
	"github.com/tenon-platform/tenon/plugins/standard/kindtest"
	"github.com/tenon-platform/tenon/plugins/stores/mongo"
	"github.com/tenon-platform/tenon/plugins/stores/sqlite"
	"github.com/tenon-platform/tenon/runtime/access"
	"github.com/tenon-platform/tenon/runtime/files"
	"github.com/tenon-platform/tenon/runtime/gql"
	"github.com/tenon-platform/tenon/runtime/graph"
	"github.com/tenon-platform/tenon/runtime/live"
	"github.com/tenon-platform/tenon/runtime/publish"
	"github.com/tenon-platform/tenon/runtime/record"
)

var (
	ctx = context.Background()
	day = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func opened(t *testing.T, e driver.Engine, err error) *store.DB {
	t.Helper()
	must(t, err)
	db, err := store.Open(ctx, e, "shop")
	must(t, err)
	t.Cleanup(func() { must(t, db.Close()) })
	return db
}

// engines are both engines, each with a new database.
func engines(t *testing.T) map[string]*store.DB {
	m, err := mongo.New(server(t)+"p?maxPoolSize=1", &mongo.Options{Reduced: true})
	return map[string]*store.DB{"mongo": opened(t, m, err), "sqlite": opened(t, sqlite.New(t.TempDir(), nil), nil)}
}

const shop = "../../../../runtime/graph/testdata/"

func shopCatalog(t *testing.T) *catalog.Catalog {
	t.Helper()
	pkg, found := load.Package(os.DirFS(shop+"shop"), "shop", standard.Fields())
	must(t, found.Err())
	cat, found := resolve.Resolve(resolve.Input{Packages: []*model.Package{pkg}, Fields: standard.Fields(), Zone: "Asia/Shanghai", Revision: 1})
	must(t, found.Err())
	return cat
}

// graphOver is the GraphQL API of the shop over a database.
func graphOver(t *testing.T, db *store.DB, cat *catalog.Catalog) *graph.Service {
	t.Helper()
	var cs []driver.Change
	for _, table := range record.SystemTables() {
		cs = append(cs, driver.CreateTable{Table: table})
	}
	for _, o := range cat.Objects {
		cs = append(cs, driver.CreateTable{Table: o.Storage})
	}
	must(t, db.Change(ctx, cs...))
	clk := clock.NewFixed(day)
	tenant := live.NewTenant("shop", db, cat)
	writer, err := record.New(record.Deps{Tenant: tenant, Clock: clk})
	must(t, err)
	fill(t, db, cat)
	return graph.New(graph.Deps{Tenant: tenant, Writer: writer, Clock: clk, CursorKey: []byte("a key of this test"), Limits: graph.DefaultLimits(),
		Log: slog.New(slog.NewTextHandler(t.Output(), nil)), NewID: func() string { return "an-id" }})
}

// fill adds 12 accounts with contacts and deals, in 3 regions.
func fill(t *testing.T, db *store.DB, cat *catalog.Catalog) {
	t.Helper()
	must(t, db.Update(ctx, func(tx store.Tx) error {
		insert := func(object string, id int64, vals map[string]value.Value) {
			o := cat.Object(object)
			at := value.Instant(day)
			vals["version"], vals["created_at"], vals["updated_at"] = value.Int(1), at, at
			cols, row := []string{"id"}, []value.Value{value.Ref(id)}
			for name, v := range vals {
				cols, row = append(cols, o.Field(name).Column), append(row, v)
			}
			must(t, tx.Insert(ctx, o.Table, cols, row))
		}
		text := func(format string, args ...any) value.Value { return value.Text(fmt.Sprintf(format, args...)) }
		for r := int64(1); r <= 3; r++ {
			insert("region", r, map[string]value.Value{"code": text("R%d", r), "name": text("Region %d", r)})
		}
		for a := int64(1); a <= 12; a++ {
			insert("account", a, map[string]value.Value{"name": text("Account %d", a), "credit_limit": value.Decimal(a*100050, 2), "secret": value.Text("s"),
				"region_id": value.Ref(a%3 + 1), "deal_count": value.Int(4), "tag_ids": value.List(fmt.Sprintf("[%d,4]", a%3+1))})
			insert("contact", a*10, map[string]value.Value{"name": text("Contact %d", a), "account_id": value.Ref(a), "about_id": text("deal_%d", a*100)})
			for d := range int64(4) {
				insert("deal", a*100+d, map[string]value.Value{"name": text("Deal %d.%d", a, d), "account_id": value.Ref(a), "stage": value.Text([]string{"new", "open", "won"}[(a+d)%3]),
					"amount": value.Decimal((a*7+d)*1000+d, 2), "close_date": value.Date(20500 + (a*13+d*7)%90), "probability": value.Int(d * 10)})
			}
		}
		return nil
	}))
}

// TestSameAnswers: every GraphQL request of runtime/graph's cases has the answer on this engine
// that it has on SQLite.
func TestSameAnswers(t *testing.T) {
	dirs, err := filepath.Glob(shop + "cases/*")
	must(t, err)
	if len(dirs) == 0 {
		t.Fatal("no cases")
	}
	cat := shopCatalog(t)
	svc := map[string]*graph.Service{}
	for name, db := range engines(t) {
		svc[name] = graphOver(t, db, cat)
	}
	caller := ident.With(ctx, ident.Caller{Tenant: "shop", Principal: ident.Principal{Name: "t", Admin: true}, Locale: "en"})
	run := func(dir string, request []byte) {
		t.Run(filepath.Base(dir), func(t *testing.T) {
			vars, err := os.ReadFile(filepath.Join(dir, "variables.json"))
			if err != nil && !os.IsNotExist(err) {
				t.Fatal(err)
			}
			answers := map[string]string{}
			for name, s := range svc {
				var b bytes.Buffer
				must(t, json.Indent(&b, s.Execute(caller, access.Everything, gql.Request{Query: string(request), Variables: vars}).Body, "", " "))
				answers[name] = newID.ReplaceAllString(b.String(), "_new")
			}
			if answers["mongo"] != answers["sqlite"] {
				t.Errorf("mongo:\n%s\nsqlite:\n%s", answers["mongo"], answers["sqlite"])
			}
		})
	}
	writes := map[string][]byte{}
	for _, dir := range dirs {
		request, err := os.ReadFile(filepath.Join(dir, "request.graphql"))
		must(t, err)
		if strings.Contains(string(request), "mutation") {
			writes[dir] = request
		} else {
			run(dir, request)
		}
	}
	for _, dir := range slices.Sorted(maps.Keys(writes)) { // last, because refused ones are not taken back here
		run(dir, writes[dir])
	}
}

// newID is the number of a record that was created.
var newID = regexp.MustCompile(`_[0-9]{15,}`)

// TestStandardPackages: the standard packages are published with their demo data (without it in
// short tests: FerretDB takes a minute), and every table then holds the same values as on SQLite.
func TestStandardPackages(t *testing.T) {
	std, err := packages.Standard()
	must(t, err)
	bundle := publish.Bundle{}
	for _, p := range std {
		bundle[p.Name], err = publish.ReadFiles(p.Files)
		must(t, err)
	}
	dumps := map[string]map[string][]string{}
	for name, db := range engines(t) {
		s, err := publish.Open(ctx, "shop", db, publish.Options{Fields: standard.Fields(), Engines: standard.Engines(), Zone: "Asia/Shanghai", Clock: clock.NewFixed(day), Log: slog.New(slog.DiscardHandler)})
		must(t, err)
		p, err := s.Propose(ctx, bundle, nil)
		must(t, err)
		must(t, p.Findings.Err())
		_, err = s.Apply(ctx, p, publish.ApplyOptions{Author: "system", Message: "standard packages", Demo: !testing.Short()})
		must(t, err)
		dumps[name] = dump(t, db)
	}
	rows := 0
	for table, want := range dumps["sqlite"] {
		got := dumps["mongo"][table]
		rows += len(got)
		if !slices.Equal(got, want) {
			t.Errorf("%s: %d rows\n%s\nwant %d rows\n%s", table, len(got), strings.Join(got, "\n"), len(want), strings.Join(want, "\n"))
		}
	}
	if len(dumps["mongo"]) != len(dumps["sqlite"]) {
		t.Errorf("%d tables, want %d", len(dumps["mongo"]), len(dumps["sqlite"]))
	}
	t.Logf("%d tables with %d rows are the same", len(dumps["sqlite"]), rows)
}

// TestFiles takes a file in, gives it to a record, reads it, and sweeps it when the record is gone.
func TestFiles(t *testing.T) {
	m, err := mongo.New(server(t)+"files?maxPoolSize=1", &mongo.Options{Reduced: true})
	clk := clock.NewFixed(day)
	s, err := publish.Open(ctx, "shop", opened(t, m, err), publish.Options{Fields: standard.Fields(), Zone: "Asia/Shanghai", Clock: clk, Log: slog.New(slog.DiscardHandler), Tables: files.SystemTables()})
	must(t, err)
	p, err := s.Propose(ctx, publish.Bundle{"tenant": {
		"tenon.json":               []byte(`{"name": "tenant", "version": "1.0.0", "label": {"en": "Papers", "zh-CN": "文件"}}`),
		"objects/deal/object.json": []byte(`{"name": "deal", "label": {"en": "Deal", "zh-CN": "交易"}, "fields": [{"name": "paper", "type": "file", "label": {"en": "Paper", "zh-CN": "文件"}}]}`),
	}}, nil)
	must(t, err)
	must(t, p.Findings.Err())
	_, err = s.Apply(ctx, p, publish.ApplyOptions{})
	must(t, err)
	svc, err := files.New(files.Deps{Tenant: s.Tenant, Blobs: blob.Dir(t.TempDir()), Spool: t.TempDir(), Clock: clk, Log: slog.New(slog.DiscardHandler),
		Profile: func(context.Context, ident.Principal) (access.Profile, error) { return access.Everything, nil }, Limits: files.DefaultLimits()})
	must(t, err)
	var picture bytes.Buffer
	must(t, png.Encode(&picture, image.NewNRGBA(image.Rect(0, 0, 100, 50))))
	admin := ident.With(ctx, ident.Caller{Tenant: "shop", Principal: ident.Principal{Name: "admin", Admin: true}})
	info, err := svc.Upload(admin, files.Upload{Object: "deal", Field: "paper", Name: "x.png"}, bytes.NewReader(picture.Bytes()))
	must(t, err)
	deal := s.Tenant.Catalog().Object("deal")
	write := func(op record.Op) int64 {
		t.Helper()
		op.Object = deal
		res, err := s.Records.Write(admin, access.Everything, []record.Op{op}, record.Options{Atomic: true})
		must(t, err)
		return res[0].ID
	}
	id := write(record.Op{Verb: record.Create, Input: map[string]any{"paper": info.ID}})
	clk.Advance(25 * time.Hour)
	sweep := func(want int) {
		t.Helper()
		if n, err := svc.Sweep(ctx); n != want || err != nil {
			t.Errorf("swept %d, want %d: %v", n, want, err)
		}
	}
	sweep(0)
	found, err := svc.Find(admin, info.ID)
	must(t, err)
	for range 2 {
		if small, err := svc.Thumbnail(admin, found, 64); err != nil || small.Type != "image/png" {
			t.Errorf("%+v: %v", small, err)
		}
	}
	write(record.Op{Verb: record.Delete, ID: id})
	write(record.Op{Verb: record.Purge, ID: id})
	sweep(1)
	if _, err := svc.Find(admin, info.ID); err == nil {
		t.Error("the file is still there")
	}
}

// TestEveryKind runs the table of all kinds of fields.
func TestEveryKind(t *testing.T) {
	m, err := mongo.New(server(t)+"kinds?maxPoolSize=1", &mongo.Options{Reduced: true})
	must(t, err)
	kindtest.Run(t, m, standard.Fields())
}

// dump gives the rows of each table, without what differs between two runs: ids.
func dump(t *testing.T, db *store.DB) map[string][]string {
	t.Helper()
	tables, err := db.Schema(ctx)
	must(t, err)
	out := map[string][]string{}
	for _, tab := range tables {
		q := &driver.Query{Table: tab.Name}
		for _, c := range tab.Columns {
			switch c.Type {
			case driver.Bool, driver.Int, driver.Float, driver.Decimal, driver.Date, driver.Time:
				q.Select = append(q.Select, driver.Col{Name: c.Name})
			}
		}
		st, err := db.Prepare(q)
		must(t, err)
		rows := []string{}
		must(t, db.View(ctx, func(tx store.Tx) error {
			r, err := tx.Query(ctx, st, nil)
			if err != nil {
				return err
			}
			for r.Next() {
				var b strings.Builder
				for i := range q.Select {
					if v := r.Value(i); v.IsNull() {
						b.WriteString("null ")
					} else {
						fmt.Fprintf(&b, "%s ", v.AppendDecimal(nil))
					}
				}
				rows = append(rows, b.String())
			}
			if err := r.Err(); err != nil {
				return err
			}
			return r.Close()
		}))
		slices.Sort(rows)
		out[tab.Name] = rows
	}
	return out
}
