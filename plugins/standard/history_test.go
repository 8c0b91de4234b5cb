package standard_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/tenon-platform/tenon/platform/clock"
	"github.com/tenon-platform/tenon/platform/ident"
	"github.com/tenon-platform/tenon/runtime/access"
	"github.com/tenon-platform/tenon/runtime/gql"
	"github.com/tenon-platform/tenon/runtime/graph"
	"github.com/tenon-platform/tenon/runtime/record"
)

// TestHistoryOutlivesRename: what happened to a record is still told when its object has another name.
func TestHistoryOutlivesRename(t *testing.T) {
	s := open(t, t.TempDir())
	published(t, s, shop("client", "", "score", ""))
	id := must(t, s, record.Create, "client", 0, map[string]any{"name": "Ada", "score": json.Number("7")}).ID
	must(t, s, record.Update, "client", id, map[string]any{"name": "Grace"})
	published(t, s, shop("customer", "client", "score", ""))
	svc := graph.New(graph.Deps{Tenant: s.Tenant, Writer: s.Records, Clock: clock.NewFixed(time.Date(2026, 3, 2, 1, 0, 0, 0, time.UTC)),
		CursorKey: []byte("k"), Limits: graph.DefaultLimits(), Log: slog.New(slog.DiscardHandler), NewID: func() string { return "id" }})
	ctx := ident.With(context.Background(), ident.System("main"))
	got := string(svc.Execute(ctx, access.Everything, gql.Request{Query: fmt.Sprintf(`{ customer(id: "client_%d") { history { verb changes } } }`, id)}).Body)
	for _, part := range []string{`{"verb":"update","changes":{"name":["Ada","Grace"]}}`, `"verb":"create"`} {
		if !strings.Contains(got, part) {
			t.Errorf("got %s, want %s in it", got, part)
		}
	}
}
