package tiers_test

import (
	"fmt"
	"testing"

	"github.com/tenon-platform/tenon/plugins/standard/tenanttest"
)

// TestTiersOfRecords: a policy's tiers are its children, in any order; money is rounded when it is kept.
func TestTiersOfRecords(t *testing.T) {
	w := tenanttest.Open(t, "testdata", "rebate")
	policy := w.ID("Policy", `name: "P", mode: "incremental", base: "3600000", growth: "0.3"`)
	w.ID("Rung", fmt.Sprintf(`policyId: %q, lowerBound: "3000000", rate: "0.03"`, policy))
	w.ID("Rung", fmt.Sprintf(`policyId: %q, lowerBound: "0", upperBound: "1000000", rate: "0.01"`, policy))
	calc := fmt.Sprintf(`mutation { policyCalculate(id: %q) { rate lower policy { amount } } }`, policy)
	w.Want(calc, `"rule":"GAP"`)
	w.ID("Rung", fmt.Sprintf(`policyId: %q, lowerBound: "1000000", upperBound: "3000000", rate: "0.02"`, policy))
	w.Want(calc, `{"rate":"0.030000","lower":"3000000.0000","policy":{"amount":"68000.00"}}`)
	set := func(patch string) {
		w.Call(fmt.Sprintf(`mutation { updatePolicy(id: %q, patch: {%s}) { policy { id } } }`, policy, patch))
	}
	set(`mode: "retroactive"`)
	w.Want(calc, `"policy":{"amount":"108000.00"}`)
	set(`base: "999999.99"`)
	w.Want(calc, `"policy":{"amount":"10000.00"}`) // 9999.9999
	w.Want(fmt.Sprintf(`mutation { policyCalculate(id: %q, input: {byGrowth: true}) { rate } }`, policy), `"rate":"0.010000"`)
	set(`mode: "total"`)
	w.Want(calc, `"code":"INVALID_INPUT"`)
}
