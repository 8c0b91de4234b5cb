package graph_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"testing"
	"time"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/load"
	"github.com/tenon-platform/tenon/metadata/model"
	"github.com/tenon-platform/tenon/metadata/resolve"
	"github.com/tenon-platform/tenon/platform/clock"
	"github.com/tenon-platform/tenon/platform/ident"
	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/plugins/standard"
	"github.com/tenon-platform/tenon/plugins/stores/sqlite"
	"github.com/tenon-platform/tenon/runtime/access"
	"github.com/tenon-platform/tenon/runtime/event"
	"github.com/tenon-platform/tenon/runtime/gql"
	"github.com/tenon-platform/tenon/runtime/graph"
	"github.com/tenon-platform/tenon/runtime/live"
	"github.com/tenon-platform/tenon/runtime/record"
)

// world is a tenant of testdata/shop on SQLite, with a few records or many.
type world struct {
	db   *store.DB
	cat  *catalog.Catalog
	svc  *graph.Service
	feed *event.Feed
	clk  *clock.Fixed
}

var day = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

// newWorld makes a tenant with n accounts, each with 3 contacts and 10 deals, in 4 regions.
func newWorld(t testing.TB, n int, limits func(*graph.Limits)) *world {
	t.Helper()
	pkg, found := load.Package(os.DirFS("testdata/shop"), "shop", standard.Fields())
	if found.HasErrors() {
		t.Fatal(found.Err())
	}
	cat, found := resolve.Resolve(resolve.Input{Packages: []*model.Package{pkg}, Fields: standard.Fields(), Zone: "Asia/Shanghai", Revision: 1})
	if found.HasErrors() {
		t.Fatal(found.Err())
	}
	db, err := store.Open(context.Background(), sqlite.New(t.TempDir(), nil), "shop")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
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
	w := &world{db: db, cat: cat, clk: clock.NewFixed(day)}
	tenant := live.NewTenant("shop", db, cat)
	writer, err := record.New(record.Deps{Tenant: tenant, Clock: w.clk})
	if err != nil {
		t.Fatal(err)
	}
	lim := graph.DefaultLimits()
	if limits != nil {
		limits(&lim)
	}
	feed, err := event.Open(db, w.clk)
	if err != nil {
		t.Fatal(err)
	}
	w.feed = feed
	w.svc = graph.New(graph.Deps{Tenant: tenant, Writer: writer, Feed: feed, Clock: w.clk, CursorKey: []byte("a key of this test"), Limits: lim,
		Log: slog.New(slog.NewTextHandler(t.Output(), nil)), NewID: func() string { return "an-id" }})
	w.fill(t, n)
	return w
}

func (w *world) fill(t testing.TB, n int) {
	err := w.db.Update(context.Background(), func(tx store.Tx) error {
		insert := func(object string, id int64, vals map[string]value.Value) error {
			o := w.cat.Object(object)
			at := value.Instant(day)
			vals["version"], vals["created_at"], vals["updated_at"] = value.Int(1), at, at
			cols, row := []string{"id"}, []value.Value{value.Ref(id)}
			for name, v := range vals {
				cols, row = append(cols, o.Field(name).Column), append(row, v)
			}
			return tx.Insert(context.Background(), o.Table, cols, row)
		}
		for r := int64(1); r <= 4; r++ {
			vals := map[string]value.Value{"code": value.Text(fmt.Sprintf("R%d", r)), "name": value.Text(fmt.Sprintf("Region %d", r))}
			if r > 1 {
				vals["parent_id"] = value.Ref(1)
			}
			if err := insert("region", r, vals); err != nil {
				return err
			}
		}
		stages := []string{"new", "open", "won"}
		for a := int64(1); a <= int64(n); a++ {
			vals := map[string]value.Value{"name": value.Text(fmt.Sprintf("Account %d", a)), "credit_limit": value.Decimal(a*100050, 2), "secret": value.Text("s")}
			if a%5 != 0 {
				vals["region_id"] = value.Ref(a%4 + 1)
			}
			vals["deal_count"] = value.Int(10)
			if a%2 == 0 {
				vals["tag_ids"] = value.List(fmt.Sprintf("[%d,4]", a%3+1))
			}
			if err := insert("account", a, vals); err != nil {
				return err
			}
			for c := int64(0); c < 3; c++ {
				about := value.Null
				switch c {
				case 1:
					about = value.Text(fmt.Sprintf("deal_%d", a*100))
				case 2:
					about = value.Text("region_2")
				}
				if err := insert("contact", a*10+c, map[string]value.Value{"name": value.Text(fmt.Sprintf("Contact %d.%d", a, c)), "account_id": value.Ref(a), "about_id": about}); err != nil {
					return err
				}
			}
			for d := int64(0); d < 10; d++ {
				if err := insert("deal", a*100+d, map[string]value.Value{"name": value.Text(fmt.Sprintf("Deal %d.%d", a, d)), "account_id": value.Ref(a),
					"stage": value.Text(stages[(a+d)%3]), "amount": value.Decimal((a*7+d)*1000+d, 2), "close_date": value.Date(20500 + (a*13+d*7)%90),
					"probability": value.Int(d * 10)}); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// call executes an operation as an administrator.
func (w *world) call(query, vars string) gql.Response {
	return w.as(access.Everything, query, "", vars)
}

func (w *world) as(p access.Profile, query, name, vars string) gql.Response {
	ctx := ident.With(context.Background(), ident.Caller{Tenant: "shop", Principal: ident.Principal{Name: "t", Admin: true}, Locale: "en"})
	return w.svc.Execute(ctx, p, gql.Request{Query: query, OperationName: name, Variables: json.RawMessage(vars)})
}
