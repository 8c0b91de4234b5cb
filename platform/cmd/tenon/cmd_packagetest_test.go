package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/tenon-platform/tenon/runtime/packtest"
)

// TestStandardPackages runs the test cases of all standard packages, as their authors do: they hold, and
// show each rule, action, approval and flow both ways.
func TestStandardPackages(t *testing.T) {
	out, errs, code := call("test", "--gaps", "../../../plugins/packages/...")
	last := out[strings.LastIndexByte(strings.TrimSpace(out), '\n')+1:]
	if m := regexp.MustCompile(`^(\d+) passed, 0 failed\n$`).FindStringSubmatch(last); code != exitOK || m == nil || len(m[1]) < 2 {
		t.Errorf("exit code %d\n%s%s", code, out, errs)
	}
}

// tested makes a package with one test file.
func tested(t *testing.T, tests string) string {
	t.Helper()
	dir := packed(t, t.TempDir(), "")
	if err := os.MkdirAll(filepath.Join(dir, "tests"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "tests", "clients.json"), []byte(tests), 0o644); err != nil {
		t.Fatal(err)
	}
	return dir
}

const clientTests = `{"cases": [
 {"name": "amounts are kept", "when": [{"create": "client", "key": "c", "values": {"code": "a", "amount": 1}}], "then": {"records": {"c": {"amount": "1.00"}}}},
 {"name": "codes are unique", "when": [{"create": "client", "values": {"code": "a"}}, {"create": "client", "values": {"code": "a"}}], "then": {"error": {"code": "DUPLICATE"}}},
 {"name": "wrong", "when": [{"create": "client", "key": "c", "values": {"amount": 1}}],
  "then": {"records": {"c": {"amount": 2}}}}
]}`

// TestFailingCases: a failing case is named with its place, in the user's language, the last line
// counts, and the exit code is 1. As JSON the same is told.
func TestFailingCases(t *testing.T) {
	dir := tested(t, clientTests)
	out, _, code := call("test", dir)
	place := filepath.ToSlash(dir) + "/tests/clients.json"
	for _, want := range []string{"FAIL " + place + ": wrong\n", place + ":5:40: error[expectation-failed]: amount of c: got \"1.00\", want 2\n"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q lacks %q", out, want)
		}
	}
	if code != exitFailed || !strings.HasSuffix(out, "\n2 passed, 1 failed\n") || strings.Contains(out, "amounts are kept") {
		t.Errorf("exit code %d: %s", code, out)
	}
	out, _, code = call("test", "--json", dir)
	var res struct {
		Passed, Failed int
		Cases          []packtest.Result
		Findings       []any
	}
	if err := json.Unmarshal([]byte(out), &res); err != nil {
		t.Fatal(err)
	}
	if code != exitFailed || res.Passed != 2 || res.Failed != 1 || len(res.Cases) != 3 || len(res.Cases[2].Failures) != 1 || res.Cases[2].Failures[0].Pos.Line != 5 ||
		!strings.Contains(res.Cases[2].Failures[0].Summary.Zh, "应为") {
		t.Errorf("exit code %d: %s", code, out)
	}
	if out, _, code := call("test", "--run", "clients.json (amounts|codes)", "--verbose", dir); code != exitOK || !strings.Contains(out, "pass "+place+": codes are unique\n2 passed, 0 failed\n") {
		t.Errorf("exit code %d: %s", code, out)
	}
}

// TestTenantPackage: the tenant's own package requires nothing, and refers to all that is installed.
func TestTenantPackage(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"tenon.json":         tenantManifest,
		"extend/dealer.json": `{"object": "dealer", "fields": [{"name": "stars", "type": "int", "min": 0, "max": 5}]}`,
		"tests/dealers.json": `{"given": [{"object": "account", "key": "a", "values": {"name": "A"}}], "cases": [{"name": "at most five stars",
			"when": [{"create": "dealer", "values": {"account_id": {"ref": "a"}, "stars": 6}}], "then": {"error": {"code": "VALIDATION_FAILED", "field": "stars"}}}]}`,
	} {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if out, errs, code := call("test", dir); code != exitOK || !strings.HasSuffix(out, "1 passed, 0 failed\n") {
		t.Errorf("exit code %d: %s%s", code, out, errs)
	}
}

// TestBrokenSuites: what cannot run is said with its place, and is no success.
func TestBrokenSuites(t *testing.T) {
	for tests, want := range map[string]string{
		`{"cases": [{"name": "x", "when": [{"craete": "client"}], "then": {}}]}`:                          "clients.json:1:36: error[unknown-key]",
		`{"cases": [{"name": "x", "when": [{"create": "cleint"}], "then": {}}]}`:                          "clients.json:1:46: error[unknown-object]",
		`{"cases": [{"name": "x", "when": [{"update": "nobody", "values": {"code": "x"}}], "then": {}}]}`: "clients.json:1:46: error[unknown-ref]",
	} {
		if out, _, code := call("test", tested(t, tests)); code != exitFailed || !strings.Contains(out, want) || !strings.HasSuffix(out, "0 passed, 0 failed\n") {
			t.Errorf("%s: exit code %d: %s", tests, code, out)
		}
	}
	if _, errs, code := call("test", t.TempDir()); code != exitFailed || !strings.Contains(errs, "is no package") {
		t.Errorf("no package: exit code %d: %s", code, errs)
	}
	if _, errs, code := call("test", "--run", "(", t.TempDir()); code != exitUsage || !strings.Contains(errs, "--run") {
		t.Errorf("a broken pattern: exit code %d: %s", code, errs)
	}
}

// TestGaps: what no case shows to let something pass, or to refuse, is named; a case that merely stands
// there shows nothing.
func TestGaps(t *testing.T) {
	files := map[string]string{
		"tenon.json": `{"name": "mill", "version": "1.0.0", "label": {"en": "Mill", "zh-CN": "磨坊"}, "requires": {"platform-base": "^0.1.0"}}`,
		"objects/sack/object.json": `{"name": "sack", "label": {"en": "Sack", "zh-CN": "袋"}, "pluralLabel": {"en": "Sacks", "zh-CN": "袋"},
			"fields": [{"name": "kilos", "type": "int"}, {"name": "note", "type": "text"}],
			"rules": [{"name": "heavy", "when": "kilos > 50", "field": "kilos", "message": {"en": "Too heavy.", "zh-CN": "过重。"}}]}`,
		"objects/sack/actions/fill.json": `{"name": "fill", "label": {"en": "Fill", "zh-CN": "装满"}, "errors": [{"code": "FULL", "message": {"en": "Full.", "zh-CN": "已满。"}}],
			"checks": [{"when": "kilos == 50", "error": "FULL"}], "steps": [{"update": "id", "set": {"kilos": "50"}}]}`,
		"flows/filled.json": `{"key": "filled", "label": {"en": "Filled", "zh-CN": "装满"}, "trigger": {"type": "record", "object": "sack", "on": ["update"], "changed": ["kilos"], "when": "kilos == 50"},
			"steps": [{"id": "say", "type": "update", "set": {"note": "'full'"}}]}`,
		"tests/sacks.json": `{"given": [{"object": "sack", "key": "s", "values": {"kilos": 50}}, {"object": "sack", "key": "e", "values": {"kilos": 1}}], "cases": [
			{"name": "a sack has a note", "when": [{"update": "s", "values": {"note": "x"}}], "then": {}}]}`,
	}
	gaps := func(code int) string {
		t.Helper()
		out, errs, got := call("test", "--gaps", write(t, files))
		if got != code {
			t.Fatalf("exit code %d: %s%s", got, out, errs)
		}
		return out
	}
	out := gaps(exitFailed)
	for _, want := range []string{"GAP flow.filled: no case of mill shows that it passes", "GAP object.sack.action.fill: no case of mill shows that it passes",
		"GAP object.sack.action.fill: no case of mill shows that it refuses", "GAP object.sack.rule.heavy: no case of mill shows that it passes", "GAP object.sack.rule.heavy: no case of mill shows that it refuses"} {
		if !strings.Contains(out, want+"\n") {
			t.Errorf("%q is not in\n%s", want, out)
		}
	}
	if n := strings.Count(out, "GAP "); n != 5 { // that the flow was passed over is shown
		t.Errorf("%d gaps: %s", n, out)
	}
	files["tests/more.json"] = `{"given": [{"object": "sack", "key": "e", "values": {"kilos": 1}}], "cases": [
		{"name": "filling", "when": [{"graphql": "mutation($s: ID!) { sackFill(id: $s) { sack { kilos } } }", "variables": {"s": {"ref": "e"}}}], "then": {"records": {"e": {"note": "full"}}}},
		{"name": "filling twice", "when": [{"update": "e", "values": {"kilos": 50}}, {"graphql": "mutation($s: ID!) { sackFill(id: $s) { sack { kilos } } }", "variables": {"s": {"ref": "e"}}}], "then": {"error": {"code": "VALIDATION_FAILED", "rule": "FULL"}}},
		{"name": "too heavy", "when": [{"update": "e", "values": {"kilos": 51}}], "then": {"error": {"code": "VALIDATION_FAILED", "rule": "heavy"}}}]}`
	if out := gaps(exitOK); strings.Contains(out, "GAP") {
		t.Error(out)
	}
}
