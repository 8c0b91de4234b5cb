package allocate_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/tenon-platform/tenon/plugins/standard/tenanttest"
)

// TestSplitEngine divides an order's discount over its lines.
func TestSplitEngine(t *testing.T) {
	w := tenanttest.Open(t, "testdata", "sales")
	lines := func(amounts ...string) string {
		id := w.ID("Order", `name: "o"`)
		for i, a := range amounts {
			w.ID("Line", fmt.Sprintf(`orderId: %q, no: %d, amount: %s`, id, len(amounts)-i, a))
		}
		return id
	}
	discount := func(id, input, want string) {
		t.Helper()
		w.Want(fmt.Sprintf(`mutation { orderDiscount(id: %q, input: {%s}) { parts order { discount lines(orderBy: [{no: ASC}]) { nodes { no discount net } } } } }`, id, input), want)
	}
	// Equal lines: the earlier by their number gets the odd cent.
	discount(lines("50", "50", "50"), `amount: 100`, `"parts":3,"order":{"discount":"100.00","lines":{"nodes":[{"no":1,"discount":"33.34","net":"16.66"},{"no":2,"discount":"33.33","net":"16.67"},{"no":3,"discount":"33.33","net":"16.67"}]}}`)
	o := lines("30", "20", "50")
	w.ID("Line", fmt.Sprintf(`orderId: %q, no: 4, amount: 5, gift: true`, o))
	discount(o, `amount: "10.01"`, `"parts":3,"order":{"discount":"10.01","lines":{"nodes":[{"no":1,"discount":"5.01","net":"44.99"},{"no":2,"discount":"2.00","net":"18.00"},{"no":3,"discount":"3.00","net":"27.00"},{"no":4,"discount":"0.00","net":"5.00"}]}}`)
	discount(o, `amount: 10, even: true, digits: 0`, `"parts":4,"order":{"discount":"10.00","lines":{"nodes":[{"no":1,"discount":"3.00","net":"47.00"},{"no":2,"discount":"3.00","net":"17.00"},{"no":3,"discount":"2.00","net":"28.00"},{"no":4,"discount":"2.00","net":"3.00"}]}}`)
	discount(o, `amount: 101`, `"rule":"net_not_negative"`)
	discount(o, `amount: 1, even: true, digits: 3`, `"code":"INVALID_INPUT"`)
	discount(lines(), `amount: 10`, `"rule":"NO_LINES"`)
	w.Want(fmt.Sprintf(`{ order(id: %q) { discount } }`, o), `"discount":"10.00"`) // a refused division changes nothing
}

// TestMatch pays invoices, the oldest due first, then by hand, and takes it back.
func TestMatch(t *testing.T) {
	w := tenanttest.Open(t, "testdata", "sales")
	acc := w.ID("Account", `name: "A"`)
	inv := map[string]string{}
	for _, x := range [][3]string{{"open-ended", "70", "null"}, {"april", "100", `"2026-04-01"`}, {"march", "50.50", `"2026-03-01"`}} {
		inv[x[0]] = w.ID("Invoice", fmt.Sprintf(`name: %q, accountId: %q, amount: %s, dueOn: %s`, x[0], acc, x[1], x[2]))
	}
	pay := func(amount string) string {
		return w.ID("Payment", fmt.Sprintf(`accountId: %q, amount: %s`, acc, amount))
	}
	allocate := func(id, input, want string) {
		t.Helper()
		w.Want(fmt.Sprintf(`mutation { paymentAllocate(id: %q%s) { allocated left count payment { unallocated } } }`, id, input), want)
	}
	open := func(want string) {
		t.Helper()
		w.Want(`{ invoices(orderBy: [{name: ASC}]) { nodes { name outstanding } } }`, want)
	}
	first := pay("120")
	allocate(first, "", `"allocated":"120.00","left":"0.00","count":2,"payment":{"unallocated":"0.00"}`)
	open(`[{"name":"april","outstanding":"30.50"},{"name":"march","outstanding":"0.00"},{"name":"open-ended","outstanding":"70.00"}]`)
	second := pay("80")
	allocate(second, fmt.Sprintf(`, input: {chosen: [{id: %q, amount: "70.01"}]}`, inv["open-ended"]), `"rule":"OVER_INVOICE"`)
	allocate(second, fmt.Sprintf(`, input: {chosen: [{id: %q, amount: "60"}, {id: %q, amount: "20.01"}]}`, inv["open-ended"], inv["april"]), `"rule":"OVER_PAYMENT"`)
	allocate(second, fmt.Sprintf(`, input: {chosen: [{id: %q}]}`, inv["march"]), `"rule":"not_owed"`)
	allocate(second, fmt.Sprintf(`, input: {chosen: [{id: %q, amount: 0}]}`, inv["april"]), `"code":"INVALID_INPUT"`)
	allocate(second, fmt.Sprintf(`, input: {chosen: [{id: %q, amount: "10.50"}, {id: %q}]}`, inv["open-ended"], inv["april"]), `"allocated":"41.00","left":"39.00","count":2`)
	open(`[{"name":"april","outstanding":"0.00"},{"name":"march","outstanding":"0.00"},{"name":"open-ended","outstanding":"59.50"}]`)
	w.Want(fmt.Sprintf(`mutation { paymentReverse(id: %q) { amount count payment { unallocated } } }`, first), `"amount":"120.00","count":2,"payment":{"unallocated":"120.00"}`)
	w.Want(fmt.Sprintf(`mutation { paymentReverse(id: %q) { amount count } }`, first), `"amount":"0","count":0`)
	open(`[{"name":"april","outstanding":"69.50"},{"name":"march","outstanding":"50.50"},{"name":"open-ended","outstanding":"59.50"}]`)
	w.Want(`{ matchings(filter: {status: {eq: reversed}}) { totalCount } }`, `2`)
}

// TestMatchConcurrently: payments that are allocated at once never pay more than is owed.
func TestMatchConcurrently(t *testing.T) {
	w := tenanttest.Open(t, "testdata", "sales")
	acc := w.ID("Account", `name: "A"`)
	for range 5 {
		w.ID("Invoice", fmt.Sprintf(`accountId: %q, amount: "33.33"`, acc))
	}
	var wg sync.WaitGroup
	for range 20 {
		id := w.ID("Payment", fmt.Sprintf(`accountId: %q, amount: 10`, acc))
		wg.Go(func() {
			if got := w.Call(fmt.Sprintf(`mutation { paymentAllocate(id: %q) { left } }`, id)); strings.Contains(got, "errors") {
				t.Error(got)
			}
		})
	}
	wg.Wait()
	w.Want(`{ invoiceAggregate { sum { outstanding paid } } paymentAggregate { sum { unallocated } } }`,
		`{"invoiceAggregate":[{"sum":{"outstanding":"0.00","paid":"166.65"}}],"paymentAggregate":[{"sum":{"unallocated":"33.35"}}]}`)
}
