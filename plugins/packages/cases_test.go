package packages_test

import (
	"strings"
	"testing"
)

// examples are the worked examples of the platform's rules of business that concern the standard packages:
// money, time, calendars, scores, rebates, ledgers, turns, pools, names that are alike, and bands of approvals.
// A case whose name begins with the number shows each; tenon test runs it. That every rule, action,
// approval and flow has cases is what tenon test --gaps looks at.
var examples = []string{
	"N1.1", "N1.2", "N1.3", "N1.4", "N1.5", "N2.1", "N3.1", "N3.2", "N3.3", "N3.4", "N3.5", "N3.6", "N4.1", "N4.3", "N4.4", "N6.2",
	"N8.1", "N8.2", "N8.3", "N8.4", "N8.5", "N8.6", "N8.7", "N8.8", "N9.1", "N9.2", "N9.3", "N9.4", "N9.5", "N10.1",
	"N11.1", "N11.2", "N12.1", "N12.2", "N12.3", "N12.4", "N12.5", "N15.1", "N15.2",
}

// TestWorkedExamples: each of them is one case.
func TestWorkedExamples(t *testing.T) {
	_, all := resolved(t)
	found := map[string]int{}
	for _, p := range all {
		for _, file := range p.Tests {
			for _, c := range file.Cases {
				number, _, _ := strings.Cut(c.Name, " ")
				found[number]++
			}
		}
	}
	for _, number := range examples {
		if found[number] != 1 {
			t.Errorf("%d cases are called %s", found[number], number)
		}
	}
}
