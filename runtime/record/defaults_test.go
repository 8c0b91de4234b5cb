package record_test

import (
	"fmt"
	"testing"

	"github.com/tenon-platform/tenon/plugins/standard/tenanttest"
)

// TestDefaultsReadTheRecord: a default takes what the record refers to, and the defaults before it,
// whoever makes the record; what is given stays, be it nothing.
func TestDefaultsReadTheRecord(t *testing.T) {
	w := tenanttest.Open(t, "testdata", "lines")
	item := w.ID("Item", `name: "Pump", price: "12.50"`)
	sale := w.ID("Sale", `name: "S"`)
	line := func(input, want string) {
		t.Helper()
		w.Want(fmt.Sprintf(`mutation { createSaleLine(input: {saleId: %q, %s}) { saleLine { price amount } } }`, sale, input), want)
	}
	line(fmt.Sprintf(`itemId: %q, qty: 3`, item), `"price":"12.50","amount":"37.50"`)
	line(fmt.Sprintf(`item: {connect: {id: %q}}`, item), `"price":"12.50","amount":"12.50"`)
	line(`item: {create: {name: "New", price: 7}}, qty: 2`, `"price":"7.00","amount":"14.00"`)
	line(fmt.Sprintf(`itemId: %q, price: 10, amount: null`, item), `"price":"10.00","amount":null`)
	line(`qty: 3`, `"field":"price"`)
	w.Want(fmt.Sprintf(`mutation { createSale(input: {name: "T", saleLines: {create: [{itemId: %q}]}}) { sale { saleLines { nodes { amount } } } } }`, item), `[{"amount":"12.50"}]`)
	w.Want(fmt.Sprintf(`mutation { saleAdd(id: %q, input: {itemId: %q, why: gift}) { sale { why saleLines(filter: {qty: {eq: 2}, amount: {eq: 25}}) { totalCount } } } }`, sale, item), `"why":"gift","saleLines":{"totalCount":1}`)
	w.Want(fmt.Sprintf(`mutation { saleAdd(id: %q, input: {itemId: %q, why: theft}) { sale { why } } }`, sale, item), `"code":"INVALID_INPUT"`)
}
