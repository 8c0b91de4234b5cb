package record_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"testing"
	"time"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/platform/clock"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/ident"
	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/plugins/standard"
	"github.com/tenon-platform/tenon/plugins/stores/sqlite"
	"github.com/tenon-platform/tenon/runtime/access"
	"github.com/tenon-platform/tenon/runtime/publish"
	"github.com/tenon-platform/tenon/runtime/record"
)

// shop is a tenant with clients, their purchases and notes about either.
type shop struct {
	*publish.Service
	t *testing.T
}

func newShop(t *testing.T) shop {
	t.Helper()
	ctx := context.Background()
	db, err := store.Open(ctx, sqlite.New(t.TempDir(), nil), "main")
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
	object := func(name, rest string) []byte {
		return fmt.Appendf(nil, `{"name": %q, "label": {"en": %[1]q, "zh-CN": %[1]q}, %s}`, name, rest)
	}
	p, err := s.Propose(ctx, publish.Bundle{"shop": {
		"tenon.json": []byte(`{"name": "shop", "version": "1.0.0", "label": {"en": "Shop", "zh-CN": "商店"}}`),
		"objects/client/object.json": object("client", `"fields": [{"name": "code", "type": "text", "unique": true}, {"name": "grade", "type": "picklist", "values": [{"code": "a", "label": {"en": "A"}}, {"code": "b", "label": {"en": "B"}}]},
			{"name": "total", "type": "rollup", "from": "purchase.client_id", "function": "sum", "field": "amount"}],
			"rules": [{"name": "stays", "when": "PRIOR(grade) == 'b' && grade != 'b'", "on": ["update"], "message": {"en": "b stays b", "zh-CN": "不可更改"}},
				{"name": "kept", "when": "grade == 'b'", "on": ["delete"], "message": {"en": "b is kept", "zh-CN": "不可删除"}}]`),
		"objects/purchase/object.json": object("purchase", `"fields": [{"name": "client_id", "type": "lookup", "to": "client"}, {"name": "amount", "type": "money"}]`),
		"objects/share/object.json":    object("share", `"fields": [{"name": "client_id", "type": "lookup", "to": "client"}, {"name": "year", "type": "int"}, {"name": "part", "type": "int"}], "keys": [{"fields": ["client_id", "year"]}]`),
		"objects/note/object.json":     object("note", `"fields": [{"name": "about_id", "type": "ref", "to": ["client", "purchase"]}]`),
	}}, nil)
	if err == nil {
		err = p.Findings.Err()
	}
	if err == nil {
		_, err = s.Apply(ctx, p, publish.ApplyOptions{})
	}
	if err != nil {
		t.Fatal(err)
	}
	return shop{s, t}
}

func (s shop) object(name string) *catalog.Object { return s.Tenant.Catalog().Object(name) }

func (s shop) try(op record.Op) (record.Result, error) {
	res, err := s.Records.Write(ident.With(context.Background(), ident.System("main")), access.Everything, []record.Op{op}, record.Options{Atomic: true, Before: true})
	if err != nil {
		return record.Result{}, err
	}
	return res[0], nil
}

func (s shop) do(op record.Op) record.Result {
	s.t.Helper()
	res, err := s.try(op)
	if err != nil {
		s.t.Fatal(err)
	}
	return res
}

func (s shop) refused(op record.Op, code errs.Code) {
	s.t.Helper()
	if _, err := s.try(op); errs.CodeOf(err) != code {
		s.t.Errorf("answered %v, want %s", err, code)
	}
}

func TestRevert(t *testing.T) {
	s := newShop(t)
	client := s.object("client")
	grade := client.Field("grade")
	made := s.do(record.Op{Verb: record.Create, Object: client, Input: map[string]any{"code": "C", "grade": "a"}})
	changed := s.do(record.Op{Verb: record.Update, Object: client, ID: made.ID, Input: map[string]any{"grade": "b", "code": "C"}})
	if len(changed.Before) != 1 || changed.Before[grade] != value.Text("a") {
		t.Fatalf("the update replaced %v", changed.Before)
	}
	back := record.Op{Verb: record.Revert, Object: client, ID: made.ID, Values: changed.Before, IfVersion: &made.Version}
	s.refused(back, errs.VersionConflict)
	back.IfVersion = &changed.Version
	if r := s.do(back); r.Row[grade] != value.Text("a") || r.Version != 3 { // the rule would not let it
		t.Errorf("set back to %v, version %d", r.Row[grade], r.Version)
	}
	s.do(record.Op{Verb: record.Delete, Object: client, ID: made.ID})
	s.refused(back, errs.NotFound)
}

func TestRevertToNothing(t *testing.T) {
	s := newShop(t)
	client, purchase := s.object("client"), s.object("purchase")
	a := s.do(record.Op{Verb: record.Create, Object: client, Input: map[string]any{"code": "A"}})
	b := s.do(record.Op{Verb: record.Create, Object: client, Input: map[string]any{"code": "B"}})
	p := s.do(record.Op{Verb: record.Create, Object: purchase, Input: map[string]any{"clientId": fmt.Sprint("client_", a.ID), "amount": "7"}})
	moved := s.do(record.Op{Verb: record.Update, Object: purchase, ID: p.ID, Input: map[string]any{"clientId": fmt.Sprint("client_", b.ID)}})
	s.do(record.Op{Verb: record.Delete, Object: client, ID: a.ID})
	s.refused(record.Op{Verb: record.Revert, Object: purchase, ID: p.ID, Values: moved.Before}, errs.ValidationFail)
}

func TestErase(t *testing.T) {
	s := newShop(t)
	client, purchase, note := s.object("client"), s.object("purchase"), s.object("note")
	c := s.do(record.Op{Verb: record.Create, Object: client, Input: map[string]any{"code": "C", "grade": "b"}})
	p := s.do(record.Op{Verb: record.Create, Object: purchase, Input: map[string]any{"clientId": fmt.Sprint("client_", c.ID), "amount": "7"}})
	n := s.do(record.Op{Verb: record.Create, Object: note, Input: map[string]any{"aboutId": fmt.Sprint("purchase_", p.ID)}})
	erase := func(o *catalog.Object, id int64) record.Op { return record.Op{Verb: record.Erase, Object: o, ID: id} }
	s.refused(erase(client, c.ID), errs.ValidationFail)   // of the purchase
	s.refused(erase(purchase, p.ID), errs.ValidationFail) // of the note
	s.do(erase(note, n.ID))
	s.do(erase(purchase, p.ID))
	if r := s.do(record.Op{Verb: record.Update, Object: client, ID: c.ID, Input: map[string]any{}}); !value.Equal(r.Row[client.Field("total")], value.Int(0)) {
		t.Errorf("the total is %v", r.Row[client.Field("total")])
	}
	stale := int64(9)
	s.refused(record.Op{Verb: record.Erase, Object: client, ID: c.ID, IfVersion: &stale}, errs.VersionConflict)
	s.do(erase(client, c.ID)) // the rule of deletions does not apply
	s.refused(erase(client, c.ID), errs.NotFound)
	s.do(record.Op{Verb: record.Create, Object: client, Input: map[string]any{"code": "C"}})
}

func TestUpsertOfExisting(t *testing.T) {
	s := newShop(t)
	op := record.Op{Verb: record.Upsert, Object: s.object("client"), Key: map[string]any{"code": "C"}, Input: map[string]any{"grade": "a"}, Existing: true}
	s.refused(op, errs.NotFound)
	op.Existing = false
	s.do(op)
	op.Existing = true
	s.do(op)
}

func TestUpsertByReference(t *testing.T) {
	s := newShop(t)
	s.do(record.Op{Verb: record.Create, Object: s.object("client"), Input: map[string]any{"code": "C"}})
	share := s.object("share")
	op := func(code string) record.Op {
		return record.Op{Verb: record.Upsert, Object: share, Input: map[string]any{"part": "7"},
			Key: map[string]any{"year": "2026", "clientId": map[string]any{"connect": map[string]any{"code": code}}}}
	}
	s.refused(op("D"), errs.NotFound)
	first := s.do(op("C"))
	if again := s.do(op("C")); !first.Created || again.Created || again.ID != first.ID {
		t.Errorf("first %v, then %v", first, again)
	}
}

func TestConnectNamesTheField(t *testing.T) {
	s := newShop(t)
	_, err := s.try(record.Op{Verb: record.Create, Object: s.object("purchase"), Input: map[string]any{
		"client": map[string]any{"connect": map[string]any{"code": "nobody"}}, "amount": "x"}})
	e := errs.From(err)
	got := map[string]errs.Code{e.Field: e.Code}
	for _, m := range e.More {
		got[m.Field] = m.Code
	}
	if got["client"] != errs.NotFound || got["amount"] != errs.InvalidInput {
		t.Errorf("answered %v", got)
	}
}
