package counter_test

import (
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tenon-platform/tenon/plugins/standard/tenanttest"
	"github.com/tenon-platform/tenon/runtime/publish"
)

func promo(t *testing.T) *tenanttest.Tenant {
	t.Helper()
	return tenanttest.OpenBundle(t, publish.Bundle{
		"platform-base": tenanttest.Files(t, os.DirFS("../../plugins/packages/platform-base")),
		"promo":         tenanttest.Files(t, os.DirFS("testdata/promo")),
	})
}

// TestConcurrentRedemptions: of 100 clients that redeem an offer limited to 28 at once, exactly 28
// succeed, and the others are told why.
func TestConcurrentRedemptions(t *testing.T) {
	w := promo(t)
	batch := w.ID("Batch", `name: "Flash", totalLimit: 28`)
	answers := make([]string, 100)
	var wg sync.WaitGroup
	for i := range answers {
		wg.Go(func() {
			answers[i] = w.Call(fmt.Sprintf(`mutation { batchRedeem(id: %q, input: {member: "m%d"}) { used remaining } }`, batch, i))
		})
	}
	wg.Wait()
	ok, seen := 0, map[string]bool{}
	for _, a := range answers {
		switch {
		case strings.Contains(a, `"remaining":`):
			ok++
			seen[a] = true
		case !strings.Contains(a, `"code":"LIMIT_EXCEEDED"`) || !strings.Contains(a, `"rule":"TOTAL_LIMIT"`) || !strings.Contains(a, `"message_zh":"活动名额已用完。"`) ||
			!strings.Contains(a, `"details":{"limit":"28","used":"28"}`):
			t.Error(a)
		}
	}
	if ok != 28 || len(seen) != 28 {
		t.Errorf("%d succeeded with %d different counts, want 28", ok, len(seen))
	}
	w.Want(fmt.Sprintf(`{ batch(id: %q) { used version } sysCounters(filter: {key: {startsWith: "total:"}}) { nodes { used limitValue } } }`, batch),
		`{"batch":{"used":"28.0000","version":29},"sysCounters":{"nodes":[{"used":"28.0000","limitValue":"28.0000"}]}}`)
	// What failed has left no trace: no count of the members who came too late.
	w.Want(`{ sysCounters(filter: {key: {startsWith: "member:"}}) { totalCount } }`, `"totalCount":28`)
}

// TestLimits: limits are per key, refunds give back, and no limit is none.
func TestLimits(t *testing.T) {
	w := promo(t)
	batch := w.ID("Batch", `totalLimit: 3`)
	redeem := func(member string) string {
		return fmt.Sprintf(`mutation { batchRedeem(id: %q, input: {member: %s}) { used remaining } }`, batch, member)
	}
	w.Want(redeem(`"a"`), `"used":"1.0000","remaining":"2.0000"`)
	w.Want(redeem(`"a"`), `"used":"2.0000","remaining":"1.0000"`)
	w.Want(redeem(`"a"`), `"rule":"MEMBER_LIMIT"`)
	w.Want(redeem(`"a:b"`), `"used":"3.0000","remaining":"0.0000"`)
	w.Want(redeem(`"b"`), `"rule":"TOTAL_LIMIT"`)
	w.Want(fmt.Sprintf(`mutation { batchRefund(id: %q) { used } }`, batch), `"used":"2.0000"`)
	w.Want(fmt.Sprintf(`mutation { batchRefund(id: %q, input: {amount: 0}) { used } }`, batch), `"code":"INVALID_INPUT"`)
	w.Want(redeem(`"b"`), `"used":"3.0000"`)
	w.Want(fmt.Sprintf(`mutation { batchRefund(id: %q, input: {amount: 9}) { used } }`, batch), `"used":"0.0000"`)
	w.Want(fmt.Sprintf(`mutation { updateBatch(id: %q, patch: {totalLimit: null}) { batch { id } } }`, batch), `"id"`)
	w.Want(redeem(`null`), `"remaining":null`)
	w.Want(`mutation { createSysCounter(input: {key: "x"}) { sysCounter { id } } }`, `"INVALID_INPUT"`) // the platform alone writes counters
}

// TestWindows: a window begins at midnight of the tenant, and what was taken before it is not
// given back into it.
func TestWindows(t *testing.T) {
	w := promo(t)
	lead := w.ID("Prospect", `name: "L"`)
	claim := func(want string) {
		t.Helper()
		w.Want(fmt.Sprintf(`mutation { prospectClaim(id: %q, input: {pool: "east", cap: "2.5"}) { used remaining } }`, lead), want)
	}
	local := func(s string) time.Time {
		at, err := time.Parse("2006-01-02T15:04-07:00", s+"+08:00")
		if err != nil {
			t.Fatal(err)
		}
		return at
	}
	w.Clock.Set(local("2026-03-31T23:59"))
	claim(`"used":"1.0000","remaining":"1.5000"`)
	claim(`"used":"2.0000","remaining":"0.5000"`)
	claim(`"rule":"DAILY_LIMIT"`)
	w.Want(fmt.Sprintf(`mutation { prospectClaim(id: %q, input: {pool: "west"}) { used } }`, lead), `"used":"1.0000"`)
	w.Want(fmt.Sprintf(`mutation { prospectUnclaim(id: %q, input: {pool: "east"}) { used } }`, lead), `"used":"1.0000"`)
	w.Clock.Set(local("2026-04-01T00:00"))
	w.Want(fmt.Sprintf(`mutation { prospectUnclaim(id: %q, input: {pool: "east"}) { used } }`, lead), `"used":"0.0000"`)
	claim(`"used":"1.0000","remaining":"1.5000"`)
	claim(`"used":"2.0000"`)
	claim(`"rule":"DAILY_LIMIT"`)
	count := func(at, want string) {
		t.Helper()
		w.Clock.Set(local(at))
		got := w.Call(fmt.Sprintf(`mutation { prospectMonthly(id: %q) { week month quarter year remaining } }`, lead))
		if got = strings.ReplaceAll(strings.ReplaceAll(got, ".0000", ""), `"`, ""); got != "{data:{prospectMonthly:{"+want+",remaining:null}}}" {
			t.Errorf("%s: %s, want %s", at, got, want)
		}
	}
	count("2026-03-01T23:00", "week:1,month:1,quarter:1,year:1") // a Sunday
	count("2026-03-02T00:00", "week:1,month:2,quarter:2,year:2")
	count("2026-03-08T23:59", "week:2,month:3,quarter:3,year:3")
	count("2026-04-01T00:00", "week:1,month:1,quarter:1,year:4")
	count("2027-01-01T00:00", "week:1,month:1,quarter:1,year:1")
}
