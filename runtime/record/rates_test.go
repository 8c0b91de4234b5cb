package record_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/tenon-platform/tenon/plugins/standard/tenanttest"
	"github.com/tenon-platform/tenon/runtime/publish"
)

// exchange is a tenant with rates of the US dollar from 1 January (7.05) and 1 July 2026 (7.11) and
// of the yen (0.0452, 0.0461).
func exchange(t *testing.T) *tenanttest.Tenant {
	t.Helper()
	return tenanttest.OpenBundle(t, publish.Bundle{
		"platform-base": tenanttest.Files(t, os.DirFS("../../plugins/packages/platform-base")),
		"fx":            tenanttest.Files(t, os.DirFS("testdata/fx")),
	})
}

func refresh(t *testing.T, w *tenanttest.Tenant, want int) {
	t.Helper()
	if n, err := w.Publish.Records.RefreshRates(t.Context()); err != nil || n != want {
		t.Errorf("%d values were converted anew, %v; want %d", n, err, want)
	}
}

// TestConversions: by the latest rate that is effective on the day, with the digits of the target;
// null where a currency, a rate or the day is not known.
func TestConversions(t *testing.T) {
	w := exchange(t)
	for _, c := range []struct{ input, want string }{
		{`amount: "100.00", currency: "USD", onDate: "2026-01-01"`, `"amountBase":"705.00","inJpy":"15597.00","rate":"7.05000000"`}, // 705 / 0.0452 = 15597.345…
		{`amount: "100.00", currency: "USD", onDate: "2026-06-30"`, `"amountBase":"705.00","inJpy":"15597.00","rate":"7.05000000"`},
		{`amount: "100.00", currency: "USD", onDate: "2026-07-01"`, `"amountBase":"711.00","inJpy":"15423.00","rate":"7.11000000"`},
		{`amount: "0.33", currency: "USD", onDate: "2026-07-01"`, `"amountBase":"2.35","inJpy":"51.00"`},                        // 2.3463 and 50.89…
		{`amount: "100.00", currency: "CNY", onDate: "2020-01-01"`, `"amountBase":"100.00","inJpy":null,"rate":"1.00000000"`},   // the base needs no rate
		{`amount: "100.00", currency: "USD", onDate: "2025-12-31"`, `"amountBase":null,"inJpy":null,"rate":null`},               // before the first
		{`amount: "100.00", currency: "XXX", onDate: "2026-07-01"`, `"amountBase":null,"inJpy":null,"rate":null`},               // no such currency
		{`amount: "100.50", currency: "JPY", onDate: "2026-07-01"`, `"amountBase":"4.66","inJpy":"101.00","rate":"0.04610000"`}, // stored as 101 yen
		{`currency: "USD", onDate: "2026-07-01"`, `"amountBase":null,"inJpy":null,"rate":"7.11000000"`},                         // nothing to convert
		{`amount: "100.00", currency: "USD"`, `"amountBase":"705.00","inJpy":null,"rate":null`},                                 // today, 2 March
		{`amount: "-0.005", currency: "CNY", onDate: "2026-07-01"`, `"amountBase":"-0.01","inJpy":"0.00","rate":"1.00000000"`},  // away from zero
		{`amount: "141843.98", currency: "USD", onDate: "2026-01-01"`, `"rule":"too_much"`},                                     // 1,000,000.06
		{`amount: "141843.97", currency: "USD", onDate: "2026-01-01"`, `"amountBase":"999999.99"`},
	} {
		w.Want(fmt.Sprintf(`mutation { createDeal(input: {%s}) { deal { amountBase inJpy rate } } }`, c.input), c.want)
	}
	id := w.ID("Deal", `amount: "100.00", currency: "USD", onDate: "2026-07-01"`)
	w.Want(fmt.Sprintf(`mutation { dealQuote(id: %q, input: {to: "EUR"}) { amount rate base digits } }`, id), `"amount":"86.92","rate":"0.86919315`)
	w.Want(fmt.Sprintf(`mutation { dealQuote(id: %q, input: {to: "JPY"}) { base digits } }`, id), `"base":"CNY","digits":0`)
	w.Want(fmt.Sprintf(`mutation { dealQuote(id: %q, input: {to: "USD"}) { amount rate } }`, id), `"amount":"100.00","rate":"1"`)
}

// TestDigitsOfCurrencies: amounts are stored with the digits of their currency, computed ones too.
func TestDigitsOfCurrencies(t *testing.T) {
	w := exchange(t)
	got := w.Want(`mutation { createDeal(input: {amount: "101.50", currency: "JPY"}) { deal { id amount half } } }`, `"amount":"102.00","half":"51.00"`)
	_, id, _ := strings.Cut(got, `"id":"`)
	id, _, _ = strings.Cut(id, `"`)
	w.Want(fmt.Sprintf(`mutation { updateDeal(id: %q, patch: {amount: "101.00"}) { deal { amount half } } }`, id), `"amount":"101.00","half":"51.00"`)
	w.Want(fmt.Sprintf(`mutation { updateDeal(id: %q, patch: {currency: "USD", amount: "101.55"}) { deal { amount half } } }`, id), `"amount":"101.55","half":"50.78"`)
	w.Want(fmt.Sprintf(`mutation { updateDeal(id: %q, patch: {currency: "JPY"}) { deal { amount half } } }`, id), `"amount":"102.00","half":"51.00"`)
	w.Want(`mutation { createDeal(input: {amount: "101.55"}) { deal { amount } } }`, `"amount":"101.55"`)
}

// TestSplitsByCurrency: what cannot be divided evenly is divided by the smallest unit of the currency.
func TestSplitsByCurrency(t *testing.T) {
	w := exchange(t)
	for currency, want := range map[string]string{"USD": `[{"amount":"33.34"},{"amount":"33.33"},{"amount":"33.33"}]`, "JPY": `[{"amount":"34.00"},{"amount":"33.00"},{"amount":"33.00"}]`} {
		id := w.ID("Deal", fmt.Sprintf(`amount: "100", currency: %q, parts: {create: [{}, {}, {}]}`, currency))
		w.Want(fmt.Sprintf(`mutation { dealSplit(id: %q) { deal { parts(orderBy: [{id: ASC}]) { nodes { amount } } } } }`, id), want)
	}
}

// TestFrozenAmounts: a base amount follows its record and the rates until it is posted, and then
// stays, whatever becomes of either; opened again, it follows again.
func TestFrozenAmounts(t *testing.T) {
	w := exchange(t)
	refresh(t, w, 0)
	a, b := w.ID("Deal", `amount: "100.00", currency: "USD"`), w.ID("Deal", `amount: "100.00", currency: "USD"`)
	is := func(id, base, twice string) {
		t.Helper()
		w.Want(fmt.Sprintf(`{ deal(id: %q) { amountBase twice } }`, id), fmt.Sprintf(`{"amountBase":%s,"twice":%s}`, base, twice))
	}
	update := func(id, patch string) {
		t.Helper()
		w.Want(fmt.Sprintf(`mutation { updateDeal(id: %q, patch: {%s}) { deal { id } } }`, id, patch), `"id"`)
	}
	update(a, `status: posted`)
	is(a, `"705.00"`, `"1410.0000"`)
	w.Want(`mutation { createSysExchangeRate(input: {currencyCode: "USD", rate: "7.20", effectiveFrom: "2026-03-01"}) { sysExchangeRate { id } } }`, `"id"`)
	is(b, `"705.00"`, `"1410.0000"`) // until the next write of the record, or the sweep
	refresh(t, w, 2)                 // the amount, and what follows from it
	refresh(t, w, 0)
	is(a, `"705.00"`, `"1410.0000"`)
	is(b, `"720.00"`, `"1440.0000"`)
	update(a, `amount: "200.00"`)
	is(a, `"705.00"`, `"1410.0000"`)
	update(a, `status: open`)
	is(a, `"1440.00"`, `"2880.0000"`)
	w.Clock.Set(tenanttest.Start.AddDate(0, 4, 0)) // 2 July: another day, another rate
	refresh(t, w, 4)
	is(b, `"711.00"`, `"1422.0000"`)
	update(b, `status: posted, amount: "10.00"`) // what is frozen is what is right at that moment
	is(b, `"71.10"`, `"142.2000"`)
	if drift, err := w.Publish.Records.Reconcile(t.Context(), w.Publish.Tenant.Catalog().Object("deal"), false); err != nil || len(drift) > 0 {
		t.Errorf("%v, %v", drift, err)
	}
}

// TestBadConversions: what could not be computed, kept or frozen is refused when it is published.
func TestBadConversions(t *testing.T) {
	w := exchange(t)
	base := string(tenanttest.Files(t, os.DirFS("testdata/fx"))["objects/deal/object.json"])
	manifest := tenanttest.Files(t, os.DirFS("testdata/fx"))["tenon.json"]
	for _, c := range []struct{ old, new, want string }{
		{`"RATE(currency, on_date)"`, `"RATE(currency, on_date)", "stored": false`, "not-computable"},
		{`"expr": "amount / 2"`, `"expr": "amount + DAYS(TODAY(), on_date)", "freezeWhen": "status == 'posted'"`, "not-storable"},
		{`"status == 'posted'"`, `"amount_base > 5"`, "not-computable"},
		{`"status == 'posted'"`, `"on_date < TODAY()"`, "not-computable"},
		{`"status == 'posted'"`, `"statsu == 'posted'"`, "unknown-name"},
		{`CONVERT(amount, currency, 'JPY', on_date)`, `CONVERT(amount, currency)`, "bad-call"},
		{`CONVERT(amount, currency, 'JPY', on_date)`, `CONVERT(amount, currency, amount, on_date)`, "type-mismatch"},
	} {
		text := strings.Replace(base, c.old, c.new, 1)
		if text == base {
			t.Fatalf("no %s", c.old)
		}
		found := w.Findings(publish.Bundle{"fx": {"tenon.json": manifest, "objects/deal/object.json": []byte(text)}})
		if len(found) == 0 || found[0].Code != c.want {
			t.Errorf("%s: got %v, want %s", c.new, found, c.want)
		}
	}
}
