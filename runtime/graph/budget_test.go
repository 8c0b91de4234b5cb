package graph_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/tenon-platform/tenon/platform/ident"
	"github.com/tenon-platform/tenon/runtime/access"
	"github.com/tenon-platform/tenon/runtime/gql"
)

// TestBudget holds a key to what it may spend in a minute.
func TestBudget(t *testing.T) {
	w := newWorld(t, 1, nil)
	ask := func(key string, budget int64) string {
		ctx := ident.With(context.Background(), ident.Caller{Tenant: "shop", Locale: "en", Principal: ident.Principal{Name: "t", Admin: true, Key: key, Budget: budget}})
		return string(w.svc.Execute(ctx, access.Everything, gql.Request{Query: `{ accounts(first: 10) { nodes { name } } }`}).Body)
	}
	cost := 20 // estimated for this operation, as its answer says
	want(t, ask("free", 0), `"estimated":20`)
	for range 3 {
		want(t, ask("a", int64(3*cost)), `"data"`)
	}
	want(t, ask("a", int64(3*cost)), `"code":"COST_EXCEEDED"`)
	want(t, ask("a", int64(3*cost)), `"retryAfterSeconds":21`)
	want(t, ask("b", int64(3*cost)), `"data"`) // another key
	w.clk.Advance(20 * time.Second)
	want(t, ask("a", int64(3*cost)), `"data"`)
	if got := ask("c", 1); !strings.Contains(got, "COST_EXCEEDED") || strings.Contains(got, "retryAfter") {
		t.Errorf("an operation beyond the whole budget: %s", got)
	}
}
