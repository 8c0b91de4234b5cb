package code_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/tenon-platform/tenon/platform/code"
	"github.com/tenon-platform/tenon/plugins/standard/tenanttest"
)

// codes are those of a batch.
func codes(t *testing.T, w *tenanttest.Tenant, filter string) (out []string) {
	t.Helper()
	for after := "null"; ; {
		var got struct {
			Data struct {
				Coupons struct {
					Nodes    []struct{ Code, Note string }
					PageInfo struct {
						HasNextPage bool
						EndCursor   string
					}
				}
			}
		}
		if err := json.Unmarshal([]byte(w.Call(fmt.Sprintf(`{ coupons(first: 500, after: %s%s) { nodes { code note } pageInfo { hasNextPage endCursor } } }`, after, filter))), &got); err != nil {
			t.Fatal(err)
		}
		for _, n := range got.Data.Coupons.Nodes {
			out = append(out, n.Code)
		}
		if !got.Data.Coupons.PageInfo.HasNextPage {
			return out
		}
		after = fmt.Sprintf("%q", got.Data.Coupons.PageInfo.EndCursor)
	}
}

// TestGenerate makes codes in batches until there are as many as wanted, all distinct and right.
func TestGenerate(t *testing.T) {
	w := tenanttest.Open(t, "testdata", "promo")
	tenanttest.Needs(t, "bulk")
	id := w.ID("Batch", `name: "Spring", quantity: 2300, codePrefix: "SP-"`)
	run := fmt.Sprintf(`mutation { batchGenerate(id: %q) { generated remaining batch { generated } } }`, id)
	w.Want(run, `{"generated":1000,"remaining":1300,"batch":{"generated":1000}}`)
	w.Want(run, `{"generated":1000,"remaining":300,"batch":{"generated":2000}}`)
	w.Want(run, `{"generated":300,"remaining":0,"batch":{"generated":2300}}`)
	w.Want(run, `{"generated":0,"remaining":0,"batch":{"generated":2300}}`) // as many as there shall be
	f := code.Format{Prefix: "SP-", Length: 10, Check: true}
	seen := map[string]bool{}
	for _, c := range codes(t, w, "") {
		if !f.Right(c) || seen[c] {
			t.Fatalf("%s is wrong, or came twice", c)
		}
		seen[c] = true
	}
	if len(seen) != 2300 {
		t.Errorf("%d codes", len(seen))
	}
}

// TestNoSpace: a batch that wants more codes than there are is refused, one that wants them all gets
// them.
func TestNoSpace(t *testing.T) {
	w := tenanttest.Open(t, "testdata", "promo")
	batch := func(n int) string {
		return w.ID("Batch", fmt.Sprintf(`quantity: %d, alphabet: "01", codeLength: 3, hasChecksum: false`, n))
	}
	w.Want(fmt.Sprintf(`mutation { batchGenerate(id: %q) { generated } }`, batch(9)), `"rule":"TOO_SHORT"`)
	w.Want(fmt.Sprintf(`mutation { batchGenerate(id: %q) { generated } }`, batch(8)), `"generated":8`)
	w.Want(fmt.Sprintf(`mutation { batchGenerate(id: %q) { generated } }`, batch(1)), `"rule":"TOO_SHORT"`) // another batch has them
	w.Want(fmt.Sprintf(`mutation { batchGenerate(id: %q) { generated } }`, w.ID("Batch", `quantity: 1, alphabet: "0"`)), `"code":"INVALID_INPUT"`)
	w.Want(`{ coupons { totalCount } }`, `"totalCount":8`)
}

// TestRedeem: a code is found however it is typed, and redeemed once.
func TestRedeem(t *testing.T) {
	w := tenanttest.Open(t, "testdata", "promo")
	id := w.ID("Batch", `name: "Spring", quantity: 2, codePrefix: "SP-"`)
	w.Want(fmt.Sprintf(`mutation { batchGenerate(id: %q) { generated } }`, id), `"generated":2`)
	all := codes(t, w, "")
	redeem := func(c string) string {
		return fmt.Sprintf(`mutation { couponRedeem(input: {code: %q, orderNo: "O1"}) { coupon batch status } }`, c)
	}
	mine := all[0]
	wrong := mine[:5] + string(code.Plain[(strings.IndexByte(code.Plain, mine[5])+1)%len(code.Plain)]) + mine[6:]
	w.Want(redeem(wrong), `"rule":"TYPO"`)
	body := "SP-222222222"
	w.Want(redeem(body+string(code.CheckCharacter(code.Plain, body))), `"code":"NOT_FOUND","message_en":"No such coupon.","message_zh":"No such coupon.","rule":"NOT_FOUND"`)
	typed := strings.ToLower(mine[:6]) + " " + strings.ToLower(mine[6:]) + " "
	w.Want(redeem(typed), `"batch":"Spring","status":"redeemed"`)
	w.Want(redeem(mine), `"rule":"ALREADY_USED"`)
	w.Want(`{ coupons(filter: {orderNo: {eq: "O1"}}) { nodes { code status } } }`, `[{"code":"`+mine+`","status":"redeemed"}]`)

	var wg sync.WaitGroup
	won := make(chan bool, 50)
	for range cap(won) {
		wg.Go(func() { won <- strings.Contains(w.Call(redeem(all[1])), `"status":"redeemed"`) })
	}
	wg.Wait()
	n := 0
	for range cap(won) {
		if <-won {
			n++
		}
	}
	if n != 1 {
		t.Errorf("%d redeemed one code at once", n)
	}
}

// TestCodeField: a field of codes makes its own where none is given, refuses those that are
// mistyped, and says when there are no more.
func TestCodeField(t *testing.T) {
	w := tenanttest.Open(t, "testdata", "promo")
	w.Want(`mutation { createVoucher(input: {code: "v7992739871"}) { voucher { code } } }`, `"code":"VALIDATION_FAILED"`)
	got := w.Want(`mutation { createVoucher(input: {}) { voucher { code tiny } } }`, `"code":"V`)
	_, mine, _ := strings.Cut(got, `"code":"`)
	mine = mine[:10]
	t.Run("taken", func(t *testing.T) {
		tenanttest.Needs(t, "unique")
		w.Want(fmt.Sprintf(`mutation { createVoucher(input: {code: %q}) { voucher { code } } }`, mine), `"code":"DUPLICATE"`)
	})
	w.Want(fmt.Sprintf(`{ voucherBy(key: {code: %q}) { code } }`, " "+strings.ToLower(mine)), `"code":"`+mine)
	w.Want(fmt.Sprintf(`mutation { voucherUse(input: {code: %q}) { voucher } }`, strings.ToLower(mine)), `"voucher":"voucher_`)
	w.Want(fmt.Sprintf(`mutation { voucherUse(input: {code: %q}) { voucher } }`, mine), `"rule":"USED"`)
	w.Want(`mutation { voucherUse(input: {code: "V22222222"}) { voucher } }`, `"rule":"mistyped"`)
	w.Want(`mutation { createVoucher(input: {}) { voucher { tiny } } }`, `"tiny":"`)
	w.Want(`mutation { createVoucher(input: {}) { voucher { tiny } } }`, `"code":"LIMIT_EXCEEDED"`) // A and B are taken
}
