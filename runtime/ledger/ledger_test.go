package ledger_test

import (
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tenon-platform/tenon/plugins/standard/tenanttest"
	"github.com/tenon-platform/tenon/runtime/ledger"
	"github.com/tenon-platform/tenon/runtime/publish"
)

// club is a tenant with members who have points, in lots that expire, and a line of credit.
type club struct {
	*tenanttest.Tenant
	t      *testing.T
	member string
}

func open(t *testing.T) *club {
	t.Helper()
	w := tenanttest.OpenBundle(t, publish.Bundle{
		"platform-base": tenanttest.Files(t, os.DirFS("../../plugins/packages/platform-base")),
		"club":          tenanttest.Files(t, os.DirFS("testdata/club")),
	})
	return &club{w, t, w.ID("Member", `name: "Ann", creditLimit: "100.00"`)}
}

// do carries out an action of the member and holds that the answer has a part.
func (c *club) do(action, input, want string) string {
	c.t.Helper()
	return c.Want(c.action(action, input), want)
}

func (c *club) action(action, input string) string {
	of := `balance available repeated`
	if action == "Expire" {
		return fmt.Sprintf(`mutation { memberExpire(id: %q) { count balance available held } }`, c.member)
	}
	return fmt.Sprintf(`mutation { member%s(id: %q, input: {%s}) { %s } }`, action, c.member, input, of)
}

// on sets the clock to noon of a day in the tenant's time zone.
func (c *club) on(day string) {
	c.t.Helper()
	at, err := time.Parse("2006-01-02 15:04 -07:00", day+" 12:00 +08:00")
	if err != nil {
		c.t.Fatal(err)
	}
	c.Clock.Set(at)
}

func (c *club) sweep(want ledger.Swept) {
	c.t.Helper()
	got, err := ledger.Sweep(c.t.Context(), c.Publish.Records, c.Publish.Tenant.Catalog)
	if err != nil || got != want {
		c.t.Errorf("swept %+v, %v, want %+v", got, err, want)
	}
}

// entries are type, amount, balance and what is left of each entry, in order.
func (c *club) entries(want ...string) {
	c.t.Helper()
	got := c.Call(`{ pointsEntries(orderBy: [{id: ASC}], first: 100) { nodes { entryType points balanceAfter lotRemaining status } } }`)
	got = strings.NewReplacer(`{"data":{"pointsEntries":{"nodes":[`, "", `]}}}`, "", `"entryType":`, "", `"points":`, "", `"balanceAfter":`, "", `"lotRemaining":`, "", `"status":`, "", `"`, "").Replace(got)
	if w := "{" + strings.Join(want, "},{") + "}"; got != w {
		c.t.Errorf("entries\n got %s\nwant %s", got, w)
	}
}

func balance(balance, available string) string {
	return fmt.Sprintf(`"balance":"%s","available":"%s"`, balance, available)
}

// TestLots: debits use the lots that expire first first, a release fills the same lots again, and
// a lot can be used through its last day.
func TestLots(t *testing.T) {
	c := open(t)
	c.do("Earn", `key: "a", n: 100, until: "2026-12-31"`, balance("100", "100"))
	c.do("Earn", `key: "b", n: 50, until: "2026-06-30"`, balance("150", "150"))
	c.do("Earn", `key: "c", n: 30`, balance("180", "180"))
	c.do("Redeem", `key: "r", n: 70`, balance("110", "110"))
	c.entries("earn,100,100,80,posted", "earn,50,150,0,posted", "earn,30,180,30,posted", "redeem,-50,130,null,posted", "redeem,-20,110,null,posted")
	c.Want(`{ pointsEntries(filter: {entryType: {eq: redeem}}, orderBy: [{id: ASC}]) { nodes { idempotencyKey lot { idempotencyKey } note } } }`,
		`[{"idempotencyKey":"r","lot":{"idempotencyKey":"b"},"note":null},{"idempotencyKey":"r#2","lot":{"idempotencyKey":"a"},"note":null}]`)
	c.do("Release", `key: "x", of: "r", n: 30`, balance("140", "140")) // what was used last comes back first
	c.do("Release", `key: "y", of: "r", n: 50`, `"rule":"excess"`)
	c.do("Release", `key: "y", of: "r"`, balance("180", "180"))
	c.do("Release", `key: "z", of: "r"`, `"rule":"excess"`)
	c.do("Release", `key: "z", of: "a"`, `"rule":"not_found"`) // a credit is reversed, not released
	c.do("Release", `key: "z", of: "none"`, `"code":"NOT_FOUND"`)
	c.entries("earn,100,100,100,posted", "earn,50,150,50,posted", "earn,30,180,30,posted", "redeem,-50,130,null,posted", "redeem,-20,110,null,posted",
		"release,20,130,null,posted", "release,10,140,null,posted", "release,40,180,null,posted")
	c.on("2026-06-30")
	c.do("Expire", "", `"count":0,"balance":"180","available":"180"`)
	c.on("2026-07-01")
	c.do("Redeem", `key: "s", n: 131`, `"rule":"TOO_LITTLE"`) // the lot of 50 is of no use, though it was not taken away yet
	c.do("Redeem", `key: "s", n: 130`, balance("50", "0"))
	c.do("Expire", "", `"count":1,"balance":"0","available":"0"`)
	c.do("Expire", "", `"count":0,"balance":"0","available":"0"`)
	c.Want(fmt.Sprintf(`{ member(id: %q) { pointsBalance } }`, c.member), `"pointsBalance":0`)
}

// TestLotsOfOneDay: of lots that expire on one day the one that was there first is used first, and
// those without a day last.
func TestLotsOfOneDay(t *testing.T) {
	c := open(t)
	c.do("Earn", `key: "ever", n: 10`, balance("10", "10"))
	c.do("Earn", `key: "z", n: 10, until: "2026-06-30"`, balance("20", "20"))
	c.on("2026-03-05")
	c.do("Earn", `key: "a", n: 10, until: "2026-06-30"`, balance("30", "30"))
	c.do("Redeem", `key: "r", n: 15`, balance("15", "15"))
	c.entries("earn,10,10,10,posted", "earn,10,20,0,posted", "earn,10,30,5,posted", "redeem,-10,20,null,posted", "redeem,-5,15,null,posted")
	c.do("Release", `key: "x", of: "r"`, balance("30", "30"))
	c.do("Redeem", `key: "s", n: 25`, balance("5", "5"))
	c.on("2026-07-01")
	c.sweep(ledger.Swept{})
	c.do("Redeem", `key: "t", n: 5`, balance("0", "0")) // what is left never expires
}

// TestSweep: the hourly sweep expires lots once; a release into an expired lot is taken by the next.
func TestSweep(t *testing.T) {
	c := open(t)
	c.do("Earn", `key: "a", n: 100, until: "2026-03-31"`, balance("100", "100"))
	c.do("Redeem", `key: "r", n: 60`, balance("40", "40"))
	c.sweep(ledger.Swept{})
	c.on("2026-04-01")
	c.sweep(ledger.Swept{Expired: 1})
	c.sweep(ledger.Swept{})
	c.do("Release", `key: "x", of: "r"`, balance("60", "0"))
	c.sweep(ledger.Swept{Expired: 1})
	c.sweep(ledger.Swept{})
	c.entries("earn,100,100,0,posted", "redeem,-60,40,null,posted", "expire,-40,0,null,posted", "release,60,60,null,posted", "expire,-60,0,null,posted")
	c.do("Earn", `key: "late", n: 1, until: "2026-03-31"`, `"rule":"expired"`)
}

// TestDebt: a clawback may take more than there is; the next credits, and releases, pay it first.
func TestDebt(t *testing.T) {
	c := open(t)
	c.do("Earn", `key: "a", n: 100`, balance("100", "100"))
	c.do("Redeem", `key: "r", n: 60`, balance("40", "40"))
	c.do("Clawback", `key: "c", n: 70`, balance("-30", "0"))
	c.do("Redeem", `key: "s", n: 1`, `"rule":"TOO_LITTLE"`)
	c.do("Earn", `key: "b", n: 10`, balance("-20", "0"))
	c.do("Release", `key: "x", of: "r", n: 50`, balance("30", "30"))
	c.do("Earn", `key: "d", n: 5`, balance("35", "35"))
	c.do("Release", `key: "y", of: "c"`, balance("105", "105")) // the debt that was paid meanwhile becomes a lot
	c.do("Redeem", `key: "t", n: 105`, balance("0", "0"))
}

// TestReverse: a credit is reversed from its own lot first, then from others, then as a debt.
func TestReverse(t *testing.T) {
	c := open(t)
	c.do("Earn", `key: "a", n: 100, until: "2026-12-31"`, balance("100", "100"))
	c.do("Earn", `key: "b", n: 100, until: "2026-06-30"`, balance("200", "200"))
	c.do("Redeem", `key: "r", n: 50`, balance("150", "150"))
	c.do("Undo", `key: "u", of: "a", n: 30`, balance("120", "120"))
	c.entries("earn,100,100,70,posted", "earn,100,200,50,posted", "redeem,-50,150,null,posted", "reverse,-30,120,null,posted")
	c.do("Undo", `key: "v", of: "a", n: 71`, `"rule":"excess"`)
	c.do("Undo", `key: "v", of: "b"`, balance("20", "20")) // 50 of its own lot, 50 of the other
	c.do("Undo", `key: "w", of: "a"`, balance("-50", "0"))
	c.do("Undo", `key: "x", of: "a"`, `"rule":"excess"`)
	c.do("Undo", `key: "y", of: "r", n: 50`, balance("0", "0")) // a debit comes back, and pays the debt
}

// TestPending: holds keep points aside until they are confirmed or cancelled; credits wait, and are
// posted by hand or by the sweep.
func TestPending(t *testing.T) {
	c := open(t)
	c.do("Earn", `key: "a", n: 100, until: "2026-12-31"`, balance("100", "100"))
	c.do("Hold", `key: "h", n: 80`, balance("100", "20"))
	c.do("Redeem", `key: "r", n: 21`, `"rule":"TOO_LITTLE"`)
	c.do("Hold", `key: "h2", n: 21`, `"rule":"insufficient"`)
	c.do("Release", `key: "x", of: "h"`, `"rule":"not_found"`) // it is not used yet
	c.do("Cancel", `of: "h"`, balance("100", "100"))
	c.do("Cancel", `of: "h"`, `"repeated":true`)
	c.do("Confirm", `of: "h"`, `"rule":"settled"`)
	c.do("Hold", `key: "i", n: 80`, balance("100", "20"))
	c.do("Confirm", `of: "i"`, balance("20", "20"))
	c.do("Release", `key: "x", of: "i", n: 30`, balance("50", "50"))
	c.do("Earn", `key: "w", n: 40, wait: true, due: "2026-03-10T00:00:00+08:00"`, balance("50", "50"))
	c.do("Earn", `key: "w2", n: 7, wait: true`, balance("50", "50"))
	c.do("Earn", `key: "w3", n: 7, due: "2026-03-10T00:00:00+08:00"`, `"code":"INVALID_INPUT"`)
	c.sweep(ledger.Swept{})
	c.on("2026-03-10")
	c.sweep(ledger.Swept{Confirmed: 1})
	c.sweep(ledger.Swept{})
	c.do("Confirm", `of: "w2"`, balance("97", "97"))
	c.entries("earn,100,100,50,posted", "redeem,-80,100,null,cancelled", "redeem,-80,20,null,posted", "release,30,50,null,posted", "earn,40,90,40,posted", "earn,7,97,7,posted")
	c.Want(fmt.Sprintf(`{ member(id: %q) { pointsBalance } }`, c.member), `"pointsBalance":97`)
}

// TestKeysAndBounds: a repeated posting happens once, another of the same key is refused; caps,
// overdrafts and bad amounts.
func TestKeysAndBounds(t *testing.T) {
	c := open(t)
	c.do("Earn", `key: "a", n: 100`, balance("100", "100")+`,"repeated":false`)
	c.do("Redeem", `key: "r", n: 10`, balance("90", "90"))
	c.do("Earn", `key: "a", n: 100`, balance("100", "90")+`,"repeated":true`)
	c.do("Earn", `key: "a", n: 101`, `"code":"IDEMPOTENCY_KEY_REUSED"`)
	c.do("Clawback", `key: "r", n: 10`, `"code":"IDEMPOTENCY_KEY_REUSED"`)
	other := c.ID("Member", `name: "Bob"`)
	c.Want(fmt.Sprintf(`mutation { memberEarn(id: %q, input: {key: "a", n: 100}) { balance } }`, other), `"rule":"key_reused"`)
	c.do("Earn", `key: "r#2", n: 1`, balance("91", "91")) // no key looks like that of another's second entry
	c.do("Earn", `key: "`+strings.Repeat("长", 200)+`", n: 1`, balance("92", "92"))
	c.do("Earn", `key: "`+strings.Repeat("长", 200)+`", n: 1`, `"repeated":true`)
	for _, bad := range []string{`key: "z", n: 0`, `key: "z", n: -5`, `key: "z", n: 0.4`, `key: "z"`, `key: "", n: 1`, `n: 1`} {
		c.do("Earn", bad, `"code":"INVALID_INPUT"`)
	}
	c.do("Earn", `key: "z", n: 9, cap: 100`, `"rule":"cap"`)
	c.do("Earn", `key: "z", n: 8, cap: 100`, balance("100", "100"))
	c.do("Redeem", `key: "s", n: 31, cap: 30`, `"code":"LIMIT_EXCEEDED"`)
	c.do("Pay", `key: "p", n: "50.005"`, balance("50.01", "50.01"))
	c.do("Buy", `key: "b", n: "150.02"`, `"details":{"available":"50.01"}`)
	c.do("Buy", `key: "b", n: "150.01"`, balance("-100.00", "-100.00"))
	c.Want(fmt.Sprintf(`mutation { memberBuy(id: %q, input: {key: "c", n: 1}, dryRun: true) { balance } }`, c.member), `"rule":"insufficient"`)
	c.Want(fmt.Sprintf(`mutation { memberPay(id: %q, input: {key: "d", n: 1}, dryRun: true) { balance } }`, c.member), `"balance":"-99.00"`)
	c.Want(`{ credits { totalCount } }`, `"totalCount":2`)
}

// TestPointsOfPurchases: 999.99 paid at 1.5 points earn 1,499; a return takes back what the rest
// would not have earned.
func TestPointsOfPurchases(t *testing.T) {
	c := open(t)
	c.do("Shop", `key: "o1", paid: "999.99", multiplier: "1.5"`, balance("1499", "1499"))
	c.do("Redeem", `key: "r", n: 1000`, balance("499", "499"))
	c.do("GiveBack", `key: "o1", paid: "999.99", remaining: "599.99", multiplier: "1.5"`, balance("-101", "0")) // 1,499 − 899
	c.do("Shop", `key: "o2", paid: "200.00", multiplier: "1"`, balance("99", "99"))
}

// TestLockedAccounts: a lock of the account's record does not stop its entries, which are no change
// of it.
func TestLockedAccounts(t *testing.T) {
	c := open(t)
	c.Want(fmt.Sprintf(`mutation { lockMember(id: %q, reason: "review") { member { locked } } }`, c.member), `"locked":true`)
	c.do("Earn", `key: "a", n: 5`, balance("5", "5"))
	c.do("Redeem", `key: "b", n: 2`, balance("3", "3"))
	c.Want(fmt.Sprintf(`mutation { updateMember(id: %q, patch: {name: "Eve"}) { member { id } } }`, c.member), `"code":"RECORD_LOCKED"`)
	c.Want(fmt.Sprintf(`{ member(id: %q) { pointsBalance locked } }`, c.member), `{"pointsBalance":3,"locked":true}`)
}

// TestAppendOnly: no door changes or removes an entry.
func TestAppendOnly(t *testing.T) {
	c := open(t)
	c.do("Earn", `key: "a", n: 100`, balance("100", "100"))
	c.do("Pay", `key: "p", n: 5`, balance("5.00", "5.00"))
	for _, q := range []string{
		`mutation { createPoints(input: {points: 1}) { points { id } } }`,
		`mutation { updatePointsEntries(inputs: []) { results { id } } }`,
		`mutation { deletePoints(id: "points_1") { points { id } } }`,
		fmt.Sprintf(`mutation { updateMember(id: %q, patch: {pointsEntries: {create: [{points: 5, entryType: earn}]}}) { member { id } } }`, c.member),
	} {
		c.Want(q, `"errors"`)
	}
	c.Want(fmt.Sprintf(`mutation { deleteMember(id: %q) { member { id } } }`, c.member), `"code":"VALIDATION_FAILED","details":{"count":1`)
	c.Want(fmt.Sprintf(`{ member(id: %q) { pointsBalance creditBalance } }`, c.member), `{"pointsBalance":100,"creditBalance":"5.00"}`)
}

// TestConcurrentPosters: of 100 who use 10 points each of 280 at once, exactly 28 succeed.
func TestConcurrentPosters(t *testing.T) {
	c := open(t)
	for i := range 7 {
		c.do("Earn", fmt.Sprintf(`key: "e%d", n: 40, until: "2026-1%d-01"`, i, i%3), `"balance"`)
	}
	answers := make([]string, 100)
	var wg sync.WaitGroup
	for i := range answers {
		wg.Go(func() { answers[i] = c.Call(c.action("Redeem", fmt.Sprintf(`key: "r%d", n: 10`, i))) })
	}
	wg.Wait()
	ok, seen := 0, map[string]bool{}
	for _, a := range answers {
		switch {
		case strings.Contains(a, `"repeated":false`):
			ok++
			seen[a] = true
		case !strings.Contains(a, `"code":"VALIDATION_FAILED"`) || !strings.Contains(a, `"rule":"TOO_LITTLE"`) || !strings.Contains(a, `"message_zh":"积分不足。"`):
			t.Error(a)
		}
	}
	if ok != 28 || len(seen) != 28 {
		t.Errorf("%d succeeded with %d different balances, want 28", ok, len(seen))
	}
	c.Want(fmt.Sprintf(`{ member(id: %q) { pointsBalance } pointsAggregate { sum { points lotRemaining } } }`, c.member),
		`"pointsBalance":0},"pointsAggregate":[{"sum":{"points":"0","lotRemaining":"0"}}]`)
}

// TestConcurrentRepeats: 100 who post the same at once post it once.
func TestConcurrentRepeats(t *testing.T) {
	c := open(t)
	var wg sync.WaitGroup
	for range 100 {
		wg.Go(func() {
			if a := c.Call(c.action("Earn", `key: "same", n: 5`)); !strings.Contains(a, balance("5", "5")) {
				t.Error(a)
			}
		})
	}
	wg.Wait()
	c.entries("earn,5,5,5,posted")
}
