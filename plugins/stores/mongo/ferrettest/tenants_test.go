package ferrettest

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/tenon-platform/tenon/platform/clock"
	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/tenant"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/plugins/stores/mongo"
)

// TestTenants: each tenant has a database of its own, which another neither sees nor loses when one is
// dropped; the registry works on this engine, and a second server sees what the first has changed.
func TestTenants(t *testing.T) {
	uri := server(t) + "many?maxPoolSize=1"
	e, err := mongo.New(uri, &mongo.Options{Reduced: true})
	must(t, err)
	table := driver.Table{Name: "things", Columns: []driver.Column{{Name: "name", Type: driver.Text}}}
	q := &driver.Query{Table: "things", Select: []driver.Expr{driver.Col{Name: "name"}}}
	open := func(name string) *store.DB {
		t.Helper()
		db, err := store.Open(ctx, e, name)
		must(t, err)
		must(t, db.Change(ctx, driver.CreateTable{Table: table}))
		return db
	}
	names := func(db *store.DB) (out []string) {
		t.Helper()
		st, err := db.Prepare(q)
		must(t, err)
		must(t, db.View(ctx, func(tx store.Tx) error {
			rows, err := tx.Query(ctx, st, nil)
			if err != nil {
				return err
			}
			for rows.Next() {
				out = append(out, rows.Value(0).Text())
			}
			return rows.Close()
		}))
		return out
	}
	main := open(tenant.Default)
	defer func() { must(t, main.Close()) }()
	dbs := map[string]*store.DB{}
	for _, name := range []string{"alpha", "beta"} {
		db := open(name)
		dbs[name] = db
		must(t, db.Update(ctx, func(tx store.Tx) error {
			return tx.Insert(ctx, "things", []string{"id", "name"}, []value.Value{value.Ref(1), value.Text("of " + name)})
		}))
	}
	for name, db := range dbs {
		if got := names(db); !slices.Equal(got, []string{"of " + name}) {
			t.Errorf("%s has %v", name, got)
		}
		if used, err := db.Used(ctx); err != nil || used <= 0 {
			t.Errorf("%s uses %d bytes, %v", name, used, err)
		}
	}
	if got := names(main); len(got) != 0 {
		t.Errorf("the default tenant has %v", got)
	}
	if err := e.Drop(ctx, "alpha"); err == nil {
		t.Error("a tenant that is open was dropped")
	}
	must(t, dbs["alpha"].Close())
	must(t, e.Drop(ctx, "alpha"))
	must(t, e.Drop(ctx, "alpha")) // as after a kill
	again := open("alpha")
	if got := names(again); len(got) != 0 {
		t.Errorf("a tenant that was dropped has %v", got)
	}
	must(t, again.Close())
	if got := names(dbs["beta"]); !slices.Equal(got, []string{"of beta"}) {
		t.Errorf("beta has %v after alpha was dropped", got)
	}
	must(t, dbs["beta"].Close())

	for _, table := range tenant.SystemTables() {
		must(t, main.Change(ctx, driver.CreateTable{Table: table}))
	}
	clk := clock.NewFixed(day)
	one, err := tenant.OpenRegistry(ctx, main, clk)
	must(t, err)
	two, err := tenant.OpenRegistry(ctx, main, clk)
	must(t, err)
	_, err = one.Create(ctx, tenant.Tenant{Name: "gamma", Hosts: []string{"gamma.example.com"}, Limits: tenant.Limits{Rate: 3}}, nil)
	must(t, err)
	clk.Advance(2e9)
	found, err := two.Route(time.Second, "gamma.example.com", "")
	must(t, err)
	if got := fmt.Sprintf("%s %s %d", found.Name, found.State, found.Limits.Rate); got != "gamma creating 3" {
		t.Errorf("the second server sees %q", got)
	}
	_, err = two.Move(ctx, "gamma", []tenant.State{tenant.Creating}, tenant.Active, nil)
	must(t, err)
	clk.Advance(2e9)
	if found, err = one.Find(ctx, "gamma"); err != nil || found.State != tenant.Active {
		t.Errorf("the first server sees %v, %v", found, err)
	}
	must(t, one.Forget(ctx, found, nil))
}
