package graph_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/tenon-platform/tenon/platform/ident"
	"github.com/tenon-platform/tenon/plugins/standard/tenanttest"
	"github.com/tenon-platform/tenon/runtime/access"
)

// TestTier asks tier tables through the API, line by line, and in formulas.
func TestTier(t *testing.T) {
	w := tenanttest.Open(t, "testdata", "decide")
	w.Want(`{ tier(table: "volume", measure: "3600000") { table version amount rate lines { from part rate amount } } }`,
		`{"table":"volume","version":null,"amount":"68000.00","rate":"0.03","lines":[{"from":"0","part":"1000000","rate":"0.01","amount":"10000.00"},`+
			`{"from":"1000000","part":"2000000","rate":"0.02","amount":"40000.00"},{"from":"3000000","part":"600000","rate":"0.03","amount":"18000.00"}]}`)
	w.Want(`{ tier(table: "whole", measure: "150000", by: "0.3") { amount rate } }`, `{"amount":"4500.00","rate":"0.03"}`)
	w.Want(`{ tier(table: "whole", measure: "650000", by: "0.29", asOf: "2026-04-01T00:00:00+08:00") { version amount rate lines { amount } } }`,
		`{"version":"2026-04-01","amount":"0","rate":null,"lines":[]}`)
	w.Want(`{ tier(table: "whole", measure: "100", by: "0.3", asOf: "2026-04-01T00:00:00+08:00") { amount } }`, `{"amount":"5.00"}`)
	lead := w.ID("Lead", `name: "x", grade: B, amount: "1200000"`)
	w.Want(fmt.Sprintf(`{ lead(id: %q) { rebate rate } }`, lead), `{"rebate":"14000.00","rate":"0.0200"}`)
	w.Want(`{ tier(table: "volum", measure: "1") { amount } }`, `"didYouMean":"volume"`)
	w.Want(`{ tier(table: "volume", measure: "1", asOf: "now") { amount } }`, `"code":"INVALID_INPUT"`)
	got := w.As(asker{Profile: access.Everything}, ident.Principal{UserID: 7, Name: "u"}, `{ tier(table: "whole", measure: "1") { amount } }`)
	if !strings.Contains(got, "there is no tier table") {
		t.Errorf("without the permission: %s", got)
	}
}
