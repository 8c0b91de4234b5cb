package standard_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/tenon-platform/tenon/platform/clock"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/ident"
	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/plugins/standard"
	"github.com/tenon-platform/tenon/plugins/stores/sqlite"
	"github.com/tenon-platform/tenon/runtime/access"
	"github.com/tenon-platform/tenon/runtime/publish"
	"github.com/tenon-platform/tenon/runtime/record"
)

func open(t *testing.T, dir string) *publish.Service {
	t.Helper()
	ctx := context.Background()
	db, err := store.Open(ctx, sqlite.New(dir, nil), "main")
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
	return s
}

func apply(t *testing.T, s *publish.Service, files map[string]string, opt publish.ApplyOptions) (*publish.Proposal, error) {
	t.Helper()
	b := map[string][]byte{"tenon.json": []byte(`{"name": "shop", "version": "1.0.0", "label": {"en": "Shop", "zh-CN": "商店"}}`)}
	for p, f := range files {
		b[p] = []byte(f)
	}
	p, err := s.Propose(context.Background(), publish.Bundle{"shop": b}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Findings.Err(); err != nil {
		return p, err
	}
	_, err = s.Apply(context.Background(), p, opt)
	return p, err
}

func object(name, fields, more string) string {
	return fmt.Sprintf(`{"name": %q, "label": {"en": %[1]q, "zh-CN": %[1]q}, "features": ["history"], "fields": [%s]%s}`, name, fields, more)
}

const (
	clientFields = `{"name": "name", "type": "text", "required": true, "maxLength": 20}`
	orderFields  = `{"name": "client_id", "type": "lookup", "to": "client", "onDelete": "cascade"}, {"name": "amount", "type": "money"}`
	rollups      = `, {"name": "total", "type": "rollup", "from": "purchase.client_id", "function": "sum", "field": "amount"},
		{"name": "orders", "type": "rollup", "from": "purchase.client_id", "function": "count", "where": "amount > 10"},
		{"name": "left", "type": "formula", "returns": "money", "expr": "100 - total"}`
)

func write(t *testing.T, s *publish.Service, verb record.Verb, object string, id int64, in map[string]any) (record.Result, error) {
	t.Helper()
	res, err := s.Records.Write(ident.With(context.Background(), ident.System("main")), access.Everything,
		[]record.Op{{Verb: verb, Object: s.Tenant.Catalog().Object(object), ID: id, Input: in}}, record.Options{Atomic: true})
	if err != nil {
		return record.Result{}, err
	}
	return res[0], nil
}

func must(t *testing.T, s *publish.Service, verb record.Verb, object string, id int64, in map[string]any) record.Result {
	t.Helper()
	r, err := write(t, s, verb, object, id, in)
	if err != nil {
		t.Fatalf("write %s: %v", object, err)
	}
	return r
}

// field reads a stored value by way of a write that changes nothing.
func field(t *testing.T, s *publish.Service, object string, id int64, name string) string {
	t.Helper()
	r := must(t, s, record.Update, object, id, nil)
	f := s.Tenant.Catalog().Object(object).Field(name)
	if r.Row[f].IsNull() {
		return "null"
	}
	return string(f.Type.AppendJSON(nil, r.Row[f]))
}

// TestPublishAndCompute goes from JSON to records: a publish, writes with roll-ups and formulas,
// re-parenting, deletion, a second publish that adds a computed field, and a restart.
func TestPublishAndCompute(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	if _, err := apply(t, s, map[string]string{
		"objects/client/object.json": object("client", clientFields, ""), "objects/purchase/object.json": object("purchase", orderFields, ""),
	}, publish.ApplyOptions{Author: "test"}); err != nil {
		t.Fatal(err)
	}
	a := must(t, s, record.Create, "client", 0, map[string]any{"name": "Ada"}).ID
	b := must(t, s, record.Create, "client", 0, map[string]any{"name": "Bo"}).ID
	order := must(t, s, record.Create, "purchase", 0, map[string]any{"clientId": fmt.Sprintf("client_%d", a), "amount": "12.50"}).ID
	must(t, s, record.Create, "purchase", 0, map[string]any{"clientId": fmt.Sprintf("client_%d", a), "amount": "7.25"})

	withRollups := map[string]string{
		"objects/client/object.json":   object("client", clientFields+rollups, `, "rules": [{"name": "long_name", "when": "LEN(name) > 10", "field": "name", "message": {"en": "too long", "zh-CN": "太长"}}]`),
		"objects/purchase/object.json": object("purchase", orderFields, "")}
	if _, err := apply(t, s, withRollups, publish.ApplyOptions{}); err != nil {
		t.Fatal(err)
	}
	check := func(s *publish.Service, id int64, total, orders, left string) {
		t.Helper()
		for name, want := range map[string]string{"total": total, "orders": orders, "left": left} {
			if got := field(t, s, "client", id, name); got != want {
				t.Errorf("%s is %s, want %s", name, got, want)
			}
		}
	}
	check(s, a, `"19.75"`, "1", `"80.25"`) // filled by the publish
	must(t, s, record.Update, "purchase", order, map[string]any{"clientId": fmt.Sprintf("client_%d", b)})
	check(s, a, `"7.25"`, "0", `"92.75"`)
	check(s, b, `"12.50"`, "1", `"87.50"`)
	must(t, s, record.Delete, "purchase", order, nil)
	check(s, b, `"0.00"`, "0", `"100.00"`)
	must(t, s, record.Restore, "purchase", order, nil)
	check(s, b, `"12.50"`, "1", `"87.50"`)

	_, err := write(t, s, record.Update, "client", a, map[string]any{"name": "a very long name"})
	if e := errs.From(err); e.Code != errs.ValidationFail || e.Rule != "long_name" || e.Field != "name" || e.Message.Zh != "太长" {
		t.Errorf("the rule answered %v", err)
	}
	for _, in := range []map[string]any{{"name": nil}, {"nmae": "x"}, {"total": "1"}, {"name": 7}} {
		if _, err := write(t, s, record.Update, "client", a, in); errs.CodeOf(err) == "" || errs.CodeOf(err) == errs.Internal {
			t.Errorf("%v: got %v", in, err)
		}
	}
	drift, err := s.Records.Reconcile(context.Background(), s.Tenant.Catalog().Object("client"), false)
	if err != nil || len(drift) > 0 {
		t.Errorf("drift %v, %v", drift, err)
	}
	if err := s.Tenant.Store.Close(); err != nil {
		t.Fatal(err)
	}
	again := open(t, dir)
	check(again, b, `"12.50"`, "1", `"87.50"`)
	h, err := again.History(context.Background())
	if err != nil || len(h) != 2 || !h[0].Active {
		t.Errorf("history %v, %v", h, err)
	}
}

// TestNewRecordsHaveRollups: a record without children counts and sums to nothing at once, formulas
// over that have values, and nothing drifts.
func TestNewRecordsHaveRollups(t *testing.T) {
	s := open(t, t.TempDir())
	more := rollups + `, {"name": "most", "type": "rollup", "from": "purchase.client_id", "function": "max", "field": "amount"}`
	if _, err := apply(t, s, map[string]string{
		"objects/client/object.json": object("client", clientFields+more, ""), "objects/purchase/object.json": object("purchase", orderFields, ""),
	}, publish.ApplyOptions{}); err != nil {
		t.Fatal(err)
	}
	id := must(t, s, record.Create, "client", 0, map[string]any{"name": "Ada"}).ID
	for name, want := range map[string]string{"total": `"0.00"`, "orders": "0", "left": `"100.00"`, "most": "null"} {
		if got := field(t, s, "client", id, name); got != want {
			t.Errorf("%s is %s, want %s", name, got, want)
		}
	}
	if drift, err := s.Records.Reconcile(context.Background(), s.Tenant.Catalog().Object("client"), false); err != nil || len(drift) > 0 {
		t.Errorf("drift %v, %v", drift, err)
	}
}

// TestDestructiveChange loses data only when that is allowed, after it was counted.
func TestDestructiveChange(t *testing.T) {
	s := open(t, t.TempDir())
	both := map[string]string{"objects/client/object.json": object("client", clientFields+`, {"name": "note", "type": "text"}`, "")}
	if _, err := apply(t, s, both, publish.ApplyOptions{}); err != nil {
		t.Fatal(err)
	}
	must(t, s, record.Create, "client", 0, map[string]any{"name": "Ada", "note": "x"})
	one := map[string]string{"objects/client/object.json": object("client", clientFields, "")}
	p, err := apply(t, s, one, publish.ApplyOptions{})
	if errs.CodeOf(err) != errs.ValidationFail || !p.Destructive() || *p.Entries[0].Count != 1 {
		t.Errorf("got %v, %+v", err, p.Entries)
	}
	if _, err := apply(t, s, one, publish.ApplyOptions{AllowDestructive: true}); err != nil {
		t.Fatal(err)
	}
	if s.Tenant.Catalog().Object("client").Field("note") != nil {
		t.Error("the field is still there")
	}
}

// TestConcurrentRollups re-parents children from many goroutines; no roll-up may drift.
func TestConcurrentRollups(t *testing.T) {
	s := open(t, t.TempDir())
	if _, err := apply(t, s, map[string]string{
		"objects/client/object.json": object("client", clientFields+rollups, ""), "objects/purchase/object.json": object("purchase", orderFields, ""),
	}, publish.ApplyOptions{}); err != nil {
		t.Fatal(err)
	}
	var clients, orders []int64
	for i := range 4 {
		clients = append(clients, must(t, s, record.Create, "client", 0, map[string]any{"name": fmt.Sprint(i)}).ID)
	}
	for i := range 16 {
		orders = append(orders, must(t, s, record.Create, "purchase", 0, map[string]any{"clientId": fmt.Sprintf("client_%d", clients[0]), "amount": fmt.Sprint(i)}).ID)
	}
	var wg sync.WaitGroup
	fail := make(chan error, 16)
	for g := range 16 {
		wg.Go(func() {
			for i := range 10 {
				_, err := write(t, s, record.Update, "purchase", orders[g], map[string]any{"clientId": fmt.Sprintf("client_%d", clients[(g+i)%4])})
				if err != nil {
					fail <- err
					return
				}
			}
		})
	}
	wg.Wait()
	close(fail)
	if err := errors.Join(<-fail); err != nil {
		t.Fatal(err)
	}
	drift, err := s.Records.Reconcile(context.Background(), s.Tenant.Catalog().Object("client"), false)
	if err != nil || len(drift) > 0 {
		t.Errorf("drift %v, %v", drift, err)
	}
}
