package record_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/tenon-platform/tenon/plugins/standard/tenanttest"
	"github.com/tenon-platform/tenon/runtime/publish"
)

// windows are firms whose buyers have orders: of the last thirty days, and of this year.
var windows = publish.Bundle{"w": {
	"tenon.json": []byte(`{"name": "w", "version": "1.0.0", "label": "W"}`),
	"objects/firm/object.json": []byte(`{"name": "firm", "label": "Firm", "pluralLabel": "Firms", "fields": [
		{"name": "recent", "type": "rollup", "from": "buyer.firm_id", "function": "sum", "field": "recent"}]}`),
	"objects/buyer/object.json": []byte(`{"name": "buyer", "label": "Buyer", "pluralLabel": "Buyers", "fields": [
		{"name": "firm_id", "type": "lookup", "to": "firm"},
		{"name": "recent", "type": "rollup", "from": "buy.buyer_id", "function": "sum", "field": "amount", "where": "on_day > ADD_DAYS(TODAY(), -30)"},
		{"name": "this_year", "type": "rollup", "from": "buy.buyer_id", "function": "count", "where": "on_day in THIS_YEAR"},
		{"name": "twice", "type": "formula", "returns": "money", "expr": "recent * 2", "stored": true}]}`),
	"objects/buy/object.json": []byte(`{"name": "buy", "label": "Buy", "pluralLabel": "Buys", "fields": [
		{"name": "buyer_id", "type": "lookup", "to": "buyer"}, {"name": "on_day", "type": "date"}, {"name": "amount", "type": "money"}]}`),
}}

// TestWindowsOfDays: roll-ups over a window are right with every write, and move on with the day, with
// what depends on them. Once a day is enough.
func TestWindowsOfDays(t *testing.T) {
	w := tenanttest.OpenBundle(t, windows) // on 2 March 2026
	firm := w.ID("Firm", "")
	buyer := w.ID("Buyer", fmt.Sprintf(`firmId: %q`, firm))
	for _, x := range [][2]string{{"2026-01-31", "1"}, {"2026-02-01", "10"}, {"2026-03-01", "100"}, {"2025-12-31", "1000"}} {
		w.ID("Buy", fmt.Sprintf(`buyerId: %q, onDay: %q, amount: %q`, buyer, x[0], x[1]))
	}
	is := func(want string) {
		t.Helper()
		w.Want(fmt.Sprintf(`{ buyer(id: %q) { recent twice thisYear } firm(id: %q) { recent } }`, buyer, firm), want)
	}
	refreshed := func(day string, want int) {
		t.Helper()
		at, err := time.ParseInLocation("2006-01-02 15:04", day, time.FixedZone("", 8*3600))
		if err != nil {
			t.Fatal(err)
		}
		w.Clock.Set(at)
		if n, err := w.Publish.Records.RefreshDays(t.Context()); err != nil || n != want {
			t.Errorf("on %s %d values moved on, %v; want %d", day, n, err, want)
		}
	}
	is(`{"buyer":{"recent":"110.00","twice":"220.00","thisYear":3},"firm":{"recent":"110.00"}}`)
	refreshed("2026-03-02 23:59", 0)
	w.ID("Buy", fmt.Sprintf(`buyerId: %q, onDay: "2026-01-31", amount: 7`, buyer)) // is out of the window
	is(`{"buyer":{"recent":"110.00","twice":"220.00","thisYear":4},"firm":{"recent":"110.00"}}`)
	refreshed("2026-03-31 00:00", 1)
	is(`{"buyer":{"recent":"0.00","twice":"0.00","thisYear":4},"firm":{"recent":"0.00"}}`)
	refreshed("2026-03-31 12:00", 0)
	refreshed("2027-01-01 00:00", 1)
	is(`{"buyer":{"recent":"0.00","twice":"0.00","thisYear":0},"firm":{"recent":"0.00"}}`)
	for _, name := range []string{"buyer", "firm"} {
		if drift, err := w.Publish.Records.Reconcile(t.Context(), w.Publish.Tenant.Catalog().Object(name), false); err != nil || len(drift) > 0 {
			t.Errorf("%s: %v %v", name, drift, err)
		}
	}
}
