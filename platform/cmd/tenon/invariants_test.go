package main

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/plugins/standard"
	"github.com/tenon-platform/tenon/runtime/query"
	"github.com/tenon-platform/tenon/workflow/approval"
	"github.com/tenon-platform/tenon/workflow/approval/host"
	"github.com/tenon-platform/tenon/workflow/invariant"
)

// consistent holds everything that is stored of processes against the invariants.
func (o *office) consistent() {
	o.t.Helper()
	if err := o.in.inconsistent(o.t); err != nil {
		o.t.Fatalf("what is stored is inconsistent:\n%v", err)
	}
}

// inconsistent says which invariants what is stored breaks.
func (in *instance) inconsistent(t testing.TB) error {
	t.Helper()
	h := in.hosting(t)
	tenant := in.publish.Tenant
	return invariant.Check(context.Background(), in.db, invariant.World{Now: in.clock.Now(),
		Definition: func(ctx context.Context, key string, version int) (def *approval.Definition, err error) {
			err = in.db.View(ctx, func(tx store.Tx) error {
				def, err = h.Definition(ctx, tx, key, version)
				return err
			})
			return def, err
		},
		Locks: func(ctx context.Context, record string) (names []string, err error) {
			err = in.db.View(ctx, func(tx store.Tx) error {
				prefix, id, _ := query.SplitID(record)
				o := tenant.Catalog().ByPrefix[prefix]
				r, there, err := in.publish.Records.Reading(ctx, tx, tenant.Catalog()).Find(o, id)
				if err != nil || !there {
					return err
				}
				names = []string{}
				f := o.Field(catalog.Locks)
				if f == nil || r.Get(f).IsNull() {
					return nil
				}
				var locks []struct{ Name string }
				if err := json.NewDecoder(strings.NewReader(r.Get(f).Text())).Decode(&locks); err != nil {
					return err
				}
				for _, l := range locks {
					names = append(names, l.Name)
				}
				return nil
			})
			return names, err
		}})
}

// hosting is what approvals find around them.
func (in *instance) hosting(t testing.TB) *host.Host {
	t.Helper()
	h, err := host.New(host.Deps{Tenant: in.publish.Tenant, Records: in.publish.Records, Actions: in.publish.Actions, Resolve: standard.Resolving()})
	if err != nil {
		t.Fatal(err)
	}
	return h
}
