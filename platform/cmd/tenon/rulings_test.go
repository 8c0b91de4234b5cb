package main

import (
	"os"
	"strings"
	"testing"
)

// TestRulings: everything that approvals and automations are held to names tests that are there; what none holds yet
// says that it is open.
func TestRulings(t *testing.T) {
	b, err := os.ReadFile("testdata/rulings.txt")
	if err != nil {
		t.Fatal(err)
	}
	tests, named, open := theTests(t), map[string]bool{}, 0
	for n, line := range strings.Split(string(b), "\n") {
		if line == "" || line[0] == '#' || line[0] == '[' {
			continue
		}
		ruling, by, _ := strings.Cut(line, " | ")
		if by == "open" {
			open++
			continue
		}
		for _, name := range strings.Split(by, ", ") {
			script, is := strings.CutPrefix(name, "script ")
			if is {
				named[script] = true
				if _, err := os.Stat(strings.Replace(approvalScripts, "*", script, 1)); err != nil || notPlayed[script] != "" && !strings.Contains(by, notPlayed[script]) {
					t.Errorf("line %d: the script %s of %q is not played", n+1, script, ruling)
				}
			} else if !tests[name] {
				t.Errorf("line %d: there is no test %q of %q", n+1, name, ruling)
			}
		}
	}
	if len(named) < 40 {
		t.Errorf("%d scripts hold rulings", len(named))
	}
	t.Logf("%d are open", open)
}
