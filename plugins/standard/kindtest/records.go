package kindtest

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tenon-platform/tenon/metadata/field"
	"github.com/tenon-platform/tenon/platform/clock"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/ident"
	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/runtime/access"
	"github.com/tenon-platform/tenon/runtime/publish"
	"github.com/tenon-platform/tenon/runtime/record"
)

// Run writes and reads each kind of field through the record runtime on an engine, and has each
// bad value answered with its code, the field, and words in both languages.
func Run(t *testing.T, engine driver.Engine, fields field.Registry) {
	covers(t, fields)
	r := newRun(t, engine, fields)
	r.must("target", record.Create, 1, map[string]any{"name": "x"})
	r.must("target", record.Create, 2, map[string]any{"name": "y"})
	id := r.must("thing", record.Create, 0, nil)
	for kind, c := range Cases() {
		name := r.pub.Tenant.Catalog().Object("thing").Field(Field(kind)).APIName
		check := func(when, want string) {
			t.Helper()
			if got := r.read(id, kind); got != want {
				t.Errorf("%s: %s it is %s, want %s", kind, when, got, want)
			}
		}
		r.must("thing", record.Update, id, map[string]any{name: decode(t, c.In)})
		check("after "+c.In, c.Out)
		r.must("thing", record.Update, id, map[string]any{name: decode(t, c.Other)})
		check("after "+c.Other, c.OtherOut)
		for _, bad := range c.Bad {
			_, err := r.write("thing", record.Update, id, map[string]any{name: decode(t, bad.In)})
			e := errs.From(err)
			if err == nil || e.Code != bad.Code || e.Field != name || e.Message.En == "" || e.Message.Zh == "" || e.Message.Zh == e.Message.En {
				t.Errorf("%s: %.80s answered %+v, want %s", kind, bad.In, e, bad.Code)
			}
			check("after the refused "+bad.In, c.OtherOut)
		}
		r.must("thing", record.Update, id, map[string]any{name: nil})
		check("cleared", "null")
	}
}

// covers holds that the table has every kind there is, and no other.
func covers(t *testing.T, fields field.Registry) {
	t.Helper()
	cases := Cases()
	for _, k := range fields.Kinds() {
		if _, ok := cases[k]; ok == slices.Contains(Computed, k) {
			t.Errorf("the kind %s has to be a case or a computed kind", k)
		}
	}
	if len(cases)+len(Computed) != len(fields.Kinds()) {
		t.Errorf("%d cases and %d computed kinds for %d kinds", len(cases), len(Computed), len(fields.Kinds()))
	}
}

type run struct {
	t   *testing.T
	pub *publish.Service
}

func newRun(t *testing.T, engine driver.Engine, fields field.Registry) *run {
	t.Helper()
	ctx := context.Background()
	db, err := store.Open(ctx, engine, "main")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	s, err := publish.Open(ctx, "main", db, publish.Options{Fields: fields, Zone: "Asia/Shanghai",
		Clock: clock.NewFixed(time.Date(2026, 3, 2, 1, 0, 0, 0, time.UTC)), Log: slog.New(slog.NewTextHandler(io.Discard, nil))})
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{}
	for path, text := range Package() {
		files[path] = []byte(text)
	}
	p, err := s.Propose(ctx, publish.Bundle{"kinds": files}, nil)
	if err == nil {
		err = p.Findings.Err()
	}
	if err == nil {
		_, err = s.Apply(ctx, p, publish.ApplyOptions{})
	}
	if err != nil {
		t.Fatal(err)
	}
	return &run{t, s}
}

func (r *run) write(object string, verb record.Verb, id int64, in map[string]any) (record.Result, error) {
	res, err := r.pub.Records.Write(ident.With(context.Background(), ident.System("main")), access.Everything,
		[]record.Op{{Verb: verb, Object: r.pub.Tenant.Catalog().Object(object), ID: id, Input: in}}, record.Options{Atomic: true})
	if err != nil {
		return record.Result{}, err
	}
	return res[0], nil
}

func (r *run) must(object string, verb record.Verb, id int64, in map[string]any) int64 {
	r.t.Helper()
	res, err := r.write(object, verb, id, in)
	if err != nil {
		r.t.Fatalf("write %s %v: %v", object, in, err)
	}
	return res.ID
}

// read gives a stored value by way of a write that changes nothing.
func (r *run) read(id int64, kind string) string {
	r.t.Helper()
	res, err := r.write("thing", record.Update, id, nil)
	if err != nil {
		r.t.Fatal(err)
	}
	f := r.pub.Tenant.Catalog().Object("thing").Field(Field(kind))
	if res.Row[f].IsNull() {
		return "null"
	}
	return string(f.Type.AppendJSON(nil, res.Row[f]))
}

func decode(t *testing.T, text string) (v any) {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return v
}
