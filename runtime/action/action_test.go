package action_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/tenon-platform/tenon/plugins/standard/tenanttest"
)

// shop is a tenant with a batch of coupons, and the ids of the batch, a coupon and a member.
func shop(t *testing.T) (w *tenanttest.Tenant, batch, coupon, member string) {
	w = tenanttest.Open(t, "testdata", "shop")
	batch = w.ID("Batch", `name: "Spring", face: "12.00", minSpend: "20"`)
	member = w.ID("Member", `name: "Ann", level: 2`)
	coupon = w.ID("Coupon", fmt.Sprintf(`batchId: %q, code: "C1", memberId: %q, validTo: "2026-03-10T00:00:00Z"`, batch, member))
	return w, batch, coupon, member
}

func redeem(coupon, input, more, selection string) string {
	return fmt.Sprintf(`mutation { couponRedeem(id: %q, input: {%s}%s) { %s } }`, coupon, input, more, selection)
}

// TestAction redeems a coupon: the record, the records that the steps write, the roll-ups that
// follow, and the result come from one transaction.
func TestAction(t *testing.T) {
	w, batch, coupon, member := shop(t)
	got := w.Call(redeem(coupon, fmt.Sprintf(`amount: "30", memberId: %q, share: "0.5"`, member), "",
		`coupon { status version redeemedAt } discount payable redemption spentOn batchTotal done who at times __typename warnings { rule }`))
	for _, part := range []string{`"coupon":{"status":"redeemed","version":2,"redeemedAt":"2026-03-02T01:00:00Z"}`, `"discount":"6.00","payable":"24.00","redemption":"redemption_`,
		`"spentOn":"2026-03-02","batchTotal":"6.00","done":true,"who":"Ann","at":"2026-03-02T01:00:00Z","times":1,"__typename":"CouponRedeemResult","warnings":[]`} {
		if !strings.Contains(got, part) {
			t.Errorf("got %s, want %s", got, part)
		}
	}
	w.Want(fmt.Sprintf(`{ batch(id: %q) { discountTotal } member(id: %q) { level redeemed } redemptions { nodes { amount discount source { __typename ... on Coupon { code history { verb } } } coupon { id } } } }`, batch, member),
		`{"batch":{"discountTotal":"6.00"},"member":{"level":1,"redeemed":1},"redemptions":{"nodes":[{"amount":"30.00","discount":"6.00","source":{"__typename":"Coupon","code":"C1","history":[{"verb":"update"},{"verb":"create"}]},"coupon":{"id":"`+coupon+`"}}]}}`)
}

// TestChecks: preconditions are looked at in order, the first that fails is answered by its code
// in both languages, and nothing is written.
func TestChecks(t *testing.T) {
	w, batch, coupon, member := shop(t)
	other := w.ID("Member", `name: "Bob"`)
	mine := fmt.Sprintf(`amount: "30", memberId: %q`, member)
	refused := func(input, code, zh string) {
		t.Helper()
		w.Want(redeem(coupon, input, "", "discount"), `"code":"VALIDATION_FAILED","message_en":`)
		w.Want(redeem(coupon, input, "", "discount"), `"rule":"`+code+`"`)
		w.Want(redeem(coupon, input, "", "discount"), `"message_zh":"`+zh+`"`)
	}
	w.Call(fmt.Sprintf(`mutation { updateBatch(id: %q, patch: {live: false}) { batch { id } } }`, batch))
	refused(fmt.Sprintf(`amount: "1", memberId: %q`, other), "NOT_LIVE", "批次未启用。")
	w.Call(fmt.Sprintf(`mutation { updateBatch(id: %q, patch: {live: true}) { batch { id } } }`, batch))
	refused(fmt.Sprintf(`amount: "1", memberId: %q`, other), "NOT_OWNER", "优惠券属于其他会员。")
	refused(fmt.Sprintf(`amount: "19.99", memberId: %q`, member), "MIN_SPEND", "未达使用门槛。")
	w.Clock.Set(tenanttest.Start.Add(9 * 24 * time.Hour))
	refused(mine, "EXPIRED", "优惠券已过期。")
	w.Clock.Set(tenanttest.Start)
	w.Want(redeem(coupon, mine, "", "discount"), `"discount":"12.00"`)
	refused(mine, "ALREADY_USED", "优惠券已使用。")
	w.Want(`{ redemptions { totalCount } }`, `"totalCount":1`)
}

// TestAtomic: a step that refuses, or a rule of a record that a step writes, takes back what the
// steps before it wrote.
func TestAtomic(t *testing.T) {
	w, batch, _, member := shop(t)
	for i := range 3 {
		c := w.ID("Coupon", fmt.Sprintf(`batchId: %q, code: "X%d", memberId: %q`, batch, i, member))
		w.Want(redeem(c, fmt.Sprintf(`amount: "30", memberId: %q`, member), "", "times"), fmt.Sprintf(`"times":%d`, i+1))
	}
	c := w.ID("Coupon", fmt.Sprintf(`batchId: %q, code: "X4", memberId: %q`, batch, member))
	w.Want(redeem(c, fmt.Sprintf(`amount: "30", memberId: %q`, member), "", "times"), `"rule":"TOO_OFTEN"`)
	free := w.ID("Coupon", fmt.Sprintf(`batchId: %q, code: "F"`, batch))
	w.Want(redeem(free, `amount: "30", share: 0`, "", "times"), `"field":"discount","message_en":"There is nothing to discount.","message_zh":"没有可优惠的金额。","rule":"some_discount"`)
	w.Want(fmt.Sprintf(`{ redemptions { totalCount } member(id: %q) { redeemed } coupons(filter: {status: {eq: redeemed}}) { totalCount } }`, member),
		`{"redemptions":{"totalCount":3},"member":{"redeemed":3},"coupons":{"totalCount":3}}`)
}

// TestControl: dry runs keep nothing, keys make an action happen once, versions are held, and
// input is checked as a whole.
func TestControl(t *testing.T) {
	w, _, coupon, member := shop(t)
	mine := fmt.Sprintf(`amount: "30", memberId: %q`, member)
	w.Want(redeem(coupon, mine, ", dryRun: true", "discount coupon { status }"), `{"discount":"12.00","coupon":{"status":"redeemed"}}`)
	w.Want(`{ redemptions { totalCount } coupons { nodes { status version } } }`, `{"redemptions":{"totalCount":0},"coupons":{"nodes":[{"status":"new","version":1}]}}`)
	w.Want(redeem(coupon, mine, ", ifVersion: 7", "discount"), `"code":"VERSION_CONFLICT"`)
	w.Want(redeem(coupon, fmt.Sprintf(`amount: "-1", memberId: %q, share: "x"`, member), "", "discount"), `"field":"amount"`)
	w.Want(redeem(coupon, fmt.Sprintf(`amount: "-1", memberId: %q, share: "x"`, member), "", "discount"), `"field":"share"`)
	w.Want(redeem(coupon, `amount: null`, "", "discount"), `INVALID_INPUT`)
	w.Want(redeem("coupon_1", mine, "", "discount"), `"code":"NOT_FOUND"`)
	w.Want(redeem("batch_1", mine, "", "discount"), `"code":"INVALID_INPUT"`)
	first := w.Want(redeem(coupon, mine, `, ifVersion: 1, idempotencyKey: "k"`, "discount redemption"), `"discount":"12.00"`)
	if again := w.Call(redeem(coupon, mine, `, ifVersion: 1, idempotencyKey: "k"`, "discount redemption")); again != first {
		t.Errorf("the second answer is %s, the first was %s", again, first)
	}
	w.Want(redeem(coupon, mine, `, idempotencyKey: "k"`, "discount"), `"code":"IDEMPOTENCY_KEY_REUSED"`)
	w.Want(`{ redemptions { totalCount } }`, `"totalCount":1`)
	w.Want(fmt.Sprintf(`mutation { couponDrop(id: %q) { coupon { id } } }`, coupon), `{"couponDrop":{"coupon":{"id":"`+coupon+`"}}}`)
	w.Want(`{ coupons { totalCount } }`, `"totalCount":0`)
}

// TestVariablesAndObjects: an action on an object needs no record; input comes from variables.
func TestVariablesAndObjects(t *testing.T) {
	w, batch, _, _ := shop(t)
	got := w.Call(`mutation Issue($in: CouponIssueInput!) { couponIssue(input: $in) { coupon label __typename } }`, fmt.Sprintf(`{"in": {"batchId": %q, "code": "abc"}}`, batch))
	if !strings.Contains(got, `"label":"Spring ABC","__typename":"CouponIssueResult"`) || !strings.Contains(got, `"coupon":"coupon_`) {
		t.Error(got)
	}
	t.Run("taken", func(t *testing.T) {
		tenanttest.Needs(t, "unique")
		w.Want(fmt.Sprintf(`mutation { couponIssue(input: {batchId: %q, code: "abc"}) { coupon } }`, batch), `"code":"DUPLICATE"`)
	})
	w.Want(`mutation { couponIssue(input: {code: "abc"}) { coupon } }`, `INVALID_INPUT`)
	w.Want(`{ __type(name: "CouponRedeemInput") { inputFields { name type { kind ofType { name } name } } } }`,
		`{"name":"amount","type":{"kind":"NON_NULL","ofType":{"name":"Decimal"},"name":null}},{"name":"memberId","type":{"kind":"SCALAR","ofType":null,"name":"ID"}}`)
	w.Want(`{ __type(name: "Mutation") { fields { name args { name } } } }`, `{"name":"couponIssue","args":[{"name":"input"},{"name":"dryRun"},{"name":"idempotencyKey"}]}`)
}
