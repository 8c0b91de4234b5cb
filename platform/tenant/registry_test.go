package tenant

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/tenon-platform/tenon/platform/clock"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/store"
)

// TestRegistry: names and hosts are nobody else's, states follow each other, a note that fails takes
// the change along, and all of it is there when the store is opened again.
func TestRegistry(t *testing.T) {
	db := testDB(t)
	ctx := t.Context()
	r, err := OpenRegistry(ctx, db, clock.NewFixed(morning))
	if err != nil {
		t.Fatal(err)
	}
	a, err := r.Create(ctx, Tenant{Name: "a", Hosts: []string{"A.example.com.", "a.example.com"}, Limits: Limits{Rate: 5}}, nil)
	if err != nil || a.State != Creating || !slices.Equal(a.Hosts, []string{"a.example.com"}) || a.Serial == "" {
		t.Fatal(a, err)
	}
	for want, bad := range map[errs.Code]Tenant{
		errs.Duplicate: {Name: "a"}, errs.InvalidInput: {Name: "B"},
	} {
		if _, err := r.Create(ctx, bad, nil); errs.CodeOf(err) != want {
			t.Errorf("%+v: %v", bad, err)
		}
	}
	for _, bad := range []Tenant{{Name: "b", Hosts: []string{"a.example.com"}}, {Name: "b", Hosts: []string{"x y"}}, {Name: "b", Limits: Limits{Jobs: -1}}, {Name: "b", Limits: Limits{Burst: 1}},
		{Name: "b", Limits: Limits{Storage: -1}}, {Name: "b", Hosts: make([]string, maxHosts+1)}} {
		if _, err := r.Create(ctx, bad, nil); err == nil {
			t.Errorf("%+v was created", bad)
		}
	}
	no := errors.New("the audit log is full")
	note := func(context.Context, store.Tx) error { return no }
	if _, err := r.Move(ctx, "a", []State{Creating}, Active, note); !errors.Is(err, no) {
		t.Error(err)
	}
	if got, err := r.Find(ctx, "a"); err != nil || got.State != Creating {
		t.Error("a change that could not be taken down stands", got, err)
	}
	if _, err := r.Move(ctx, "a", []State{Active}, Suspended, nil); errs.CodeOf(err) != errs.InvalidState {
		t.Error(err)
	}
	if _, err := r.Move(ctx, Default, []State{Active}, Removing, nil); errs.CodeOf(err) != errs.InvalidState {
		t.Error(err)
	}
	if err := r.SetOperator(ctx, " Ann", true, nil); err != nil {
		t.Fatal(err)
	}
	again, err := OpenRegistry(ctx, db, clock.NewFixed(morning))
	if err != nil {
		t.Fatal(err)
	}
	all, err := again.List(ctx)
	if err != nil || len(all) != 2 || all[0].Name != Default || all[1].Limits.Rate != 5 || all[1].Serial != a.Serial {
		t.Error(all, err)
	}
	if ok, err := again.Operates(ctx, "ANN"); !ok || err != nil {
		t.Error(ok, err)
	}
	if err := again.SetOperator(ctx, "ann", false, nil); err != nil {
		t.Fatal(err)
	}
	if ok, err := again.Operates(ctx, "ann"); ok || err != nil {
		t.Error(ok, err)
	}
	if err := again.Forget(ctx, a, nil); err != nil {
		t.Fatal(err)
	}
	if err := again.Forget(ctx, a, note); err != nil {
		t.Error("forgotten twice:", err)
	}
	for _, c := range []struct{ host, header, want string }{{"", "", Default}, {"a.example.com", "", Default}, {"x", Default, Default}} {
		if got, err := again.Route(time.Minute, c.host, c.header); err != nil || got.Name != c.want {
			t.Errorf("%+v: %v, %v", c, got, err)
		}
	}
	if _, err := again.Route(time.Minute, "", "a"); errs.CodeOf(err) != errs.NotFound {
		t.Error(err)
	}
}
