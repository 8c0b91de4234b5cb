package ferrettest

import (
	"fmt"
	"log/slog"
	"os"
	"strings"
	"testing"

	"github.com/tenon-platform/tenon/platform/clock"
	"github.com/tenon-platform/tenon/platform/ident"
	"github.com/tenon-platform/tenon/plugins/packages"
	"github.com/tenon-platform/tenon/plugins/standard"
	"github.com/tenon-platform/tenon/runtime/access"
	"github.com/tenon-platform/tenon/runtime/gql"
	"github.com/tenon-platform/tenon/runtime/graph"
	"github.com/tenon-platform/tenon/runtime/ledger"
	"github.com/tenon-platform/tenon/runtime/publish"
)

// TestLedger: an account moves on this engine as it does on SQLite. Refusals come last, because
// they are not taken back here.
func TestLedger(t *testing.T) {
	const club = "../../../../runtime/ledger/testdata/club"
	bundle := publish.Bundle{}
	var err error
	bundle["club"], err = publish.ReadFiles(os.DirFS(club))
	must(t, err)
	std, err := packages.Standard()
	must(t, err)
	for _, p := range std {
		if p.Name == "platform-base" {
			bundle[p.Name], err = publish.ReadFiles(p.Files)
			must(t, err)
		}
	}
	answers := map[string]string{}
	for name, db := range engines(t) {
		clk := clock.NewFixed(day)
		s, err := publish.Open(ctx, "shop", db, publish.Options{Fields: standard.Fields(), Engines: standard.Engines(), Zone: "Asia/Shanghai", Clock: clk, Log: slog.New(slog.DiscardHandler)})
		must(t, err)
		p, err := s.Propose(ctx, bundle, nil)
		must(t, err)
		must(t, p.Findings.Err())
		_, err = s.Apply(ctx, p, publish.ApplyOptions{Author: "test"})
		must(t, err)
		g := graph.New(graph.Deps{Tenant: s.Tenant, Writer: s.Records, Actions: s.Actions, Clock: clk, CursorKey: []byte("a key of this test"), Limits: graph.DefaultLimits(),
			Log: slog.New(slog.NewTextHandler(t.Output(), nil)), NewID: func() string { return "an-id" }})
		var log strings.Builder
		ask := func(query string) string {
			caller := ident.With(ctx, ident.Caller{Tenant: "shop", Principal: ident.Principal{Name: "t", Admin: true}, Locale: "en"})
			body, _, _ := strings.Cut(string(g.Execute(caller, access.Everything, gql.Request{Query: query}).Body), `,"extensions":{"cost"`)
			fmt.Fprintf(&log, "%s\n", newID.ReplaceAllString(body, "_new"))
			return body
		}
		_, id, _ := strings.Cut(ask(`mutation { createMember(input: {name: "Ann"}) { member { id } } }`), `"id":"`)
		id, _, _ = strings.Cut(id, `"`)
		do := func(action, input string) {
			ask(fmt.Sprintf(`mutation { member%s(id: %q, input: {%s}) { balance available repeated } }`, action, id, input))
		}
		do("Earn", `key: "a", n: 100, until: "2026-12-31"`)
		do("Earn", `key: "b", n: 50, until: "2026-06-30"`)
		do("Redeem", `key: "r", n: 70`)
		do("Redeem", `key: "r", n: 70`)
		do("Release", `key: "x", of: "r", n: 30`)
		do("Hold", `key: "h", n: 60`)
		do("Confirm", `of: "h"`)
		do("Undo", `key: "u", of: "a"`)
		do("Earn", `key: "c", n: 200, until: "2026-03-31"`)
		clk.Set(day.AddDate(0, 1, 0))
		n, err := ledger.Sweep(ctx, s.Records, s.Tenant.Catalog)
		must(t, err)
		fmt.Fprintf(&log, "%+v\n", n)
		do("Redeem", `key: "s", n: 1`)
		ask(`{ pointsEntries(orderBy: [{id: ASC}]) { nodes { entryType points balanceAfter lotRemaining status expiresOn } } members { nodes { pointsBalance } } }`)
		answers[name] = log.String()
	}
	if answers["mongo"] != answers["sqlite"] || !strings.Contains(answers["sqlite"], "{Expired:1 Confirmed:0}") {
		t.Errorf("mongo:\n%s\nsqlite:\n%s", answers["mongo"], answers["sqlite"])
	}
}
