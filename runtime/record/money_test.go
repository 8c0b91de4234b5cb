package record_test

import (
	"fmt"
	"testing"

	"github.com/tenon-platform/tenon/plugins/standard/tenanttest"
	"github.com/tenon-platform/tenon/runtime/publish"
)

// TestMoney: amounts are rounded away from zero when they are stored and not before, a percentage
// is a share with four places, what is divided by nothing is nothing, and the totals of lines with
// tax are the sums of the rounded lines.
func TestMoney(t *testing.T) {
	w := tenanttest.OpenBundle(t, publish.Bundle{"p": {
		"tenon.json": []byte(`{"name": "p", "version": "1.0.0", "label": "P"}`),
		"objects/bill/object.json": []byte(`{"name": "bill", "label": "Bill", "fields": [{"name": "paid", "type": "money"}, {"name": "share", "type": "percent"},
			{"name": "gross", "type": "rollup", "function": "sum", "from": "line.bill_id", "field": "gross"}, {"name": "net", "type": "rollup", "function": "sum", "from": "line.bill_id", "field": "net"},
			{"name": "tax", "type": "rollup", "function": "sum", "from": "line.bill_id", "field": "tax"}, {"name": "each", "type": "formula", "returns": "money", "expr": "paid / share"}]}`),
		"objects/line/object.json": []byte(`{"name": "line", "label": "Line", "fields": [{"name": "bill_id", "type": "master", "to": "bill"}, {"name": "qty", "type": "decimal", "scale": 3}, {"name": "price", "type": "decimal", "scale": 4},
			{"name": "less", "type": "money", "default": 0}, {"name": "rate", "type": "percent"},
			{"name": "gross", "type": "formula", "returns": "money", "stored": true, "expr": "ROUND(qty * price, 2) - less"},
			{"name": "net", "type": "formula", "returns": "money", "stored": true, "expr": "ROUND(gross / (1 + rate), 2)"},
			{"name": "tax", "type": "formula", "returns": "money", "stored": true, "expr": "gross - net"}]}`)}})
	for _, c := range []struct{ input, want string }{
		{`paid: "2.005", share: "0.1234"`, `"paid":"2.01","share":"0.1234","each":"16.29"`}, // 16.2884…
		{`paid: "-2.005", share: "0.12345"`, `"paid":"-2.01","share":"0.1235","each":"-16.28"`},
		{`paid: "1.00", share: "0"`, `"each":null`},
		{`paid: "1.00"`, `"share":null,"each":null`},
	} {
		w.Want(`mutation { createBill(input: {`+c.input+`}) { bill { paid share each } } }`, c.want)
	}
	bill := w.ID("Bill", `paid: 0`)
	for _, c := range []struct{ input, want string }{
		{`qty: "3", price: "33.335", less: "0.01", rate: "0.13"`, `{"gross":"100.00","net":"88.50","tax":"11.50"}`}, // 88.4955…
		{`qty: "1", price: "0.10", rate: "0.06"`, `{"gross":"0.10","net":"0.09","tax":"0.01"}`},
		{`qty: "1", price: "0.10", rate: "0.06"`, `{"gross":"0.10","net":"0.09","tax":"0.01"}`},
		{`qty: "1", price: "0.10", rate: "0.06"`, `{"gross":"0.10","net":"0.09","tax":"0.01"}`},
	} {
		w.Want(fmt.Sprintf(`mutation { createLine(input: {billId: %q, %s}) { line { gross net tax } } }`, bill, c.input), c.want)
	}
	w.Want(fmt.Sprintf(`{ bill(id: %q) { gross net tax } }`, bill), `{"gross":"100.30","net":"88.77","tax":"11.53"}`) // not 0.283 of net for the last three
}
