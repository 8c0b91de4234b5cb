package approval

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/tenon-platform/tenon/platform/diag"
)

// frame puts flow nodes, and what else a definition has, into a definition.
func frame(flow, more string) string {
	return `{"kind":"approval","key":"p","schema":1,"object":"opp"` + more + `,"flow":[` + flow + `]}`
}

const one = `{"id":"n1","kind":"approve","participants":[{"type":"users","ids":["u1"]}]}`

func node(more string) string {
	return `{"id":"n2","kind":"approve","participants":[{"type":"users","ids":["u1"]}],` + more + `}`
}

func TestFindings(t *testing.T) {
	env := testEnv()
	env.Has = func(kind, name string) bool {
		return name != "ghost" && !strings.HasPrefix(name, "no_")
	}
	for _, c := range []struct{ name, def, code, address string }{
		{"no JSON", `{"kind":`, "bad-json", "approval"},
		{"two documents", frame(one, "") + "{}", "bad-json", "approval"},
		{"unknown key", frame(one, `,"colour":1`), "bad-json", "approval"},
		{"header", `{"kind":"flow","key":"p","schema":1,"object":"opp","flow":[` + one + `]}`, "bad-header", ""},
		{"no nodes", frame("", ""), "empty-flow", ".flow"},
		{"id twice", frame(one+","+one, ""), "duplicate-node", ".node.n1"},
		{"no id", frame(`{"kind":"approve"}`, ""), "bad-id", ".flow"},
		{"kind", frame(`{"id":"n1","kind":"ponder"}`, ""), "unknown-kind", ".node.n1"},
		{"setting of another kind", frame(node(`"hit":"first"`), ""), "not-for-kind", ".node.n2"},
		{"nobody", frame(`{"id":"n1","kind":"approve"}`, ""), "missing", ".node.n1"},
		{"field", frame(node(`"editable":["amont"]`), ""), "unknown-field", ".node.n2.editable"},
		{"lock field", frame(one, `,"lock":{"mode":"fields","fields":["nope"]}`), "unknown-field", ".lock.fields"},
		{"role", frame(`{"id":"n1","kind":"approve","participants":[{"type":"role","role":"ghost"}]}`, ""), "unknown-role", ".node.n1.participants[0].role"},
		{"user", frame(`{"id":"n1","kind":"approve","participants":[{"type":"users","ids":["ghost"]}]}`, ""), "unknown-user", ".node.n1.participants[0].ids"},
		{"calendar", frame(one, `,"calendar":"no_such"`), "unknown-calendar", ".calendar"},
		{"process", frame(`{"id":"s","kind":"subapproval","process":"no_such"}`, ""), "unknown-process", ".node.s.process"},
		{"way to find people", frame(`{"id":"n1","kind":"approve","participants":[{"type":"oracle"}]}`, ""), "unknown-participant", ".node.n1.participants[0].type"},
		{"chain without end", frame(`{"id":"n1","kind":"approve","participants":[{"type":"managerChain"}]}`, ""), "missing", ".node.n1.participants[0]"},
		{"chain backwards", frame(`{"id":"n1","kind":"approve","participants":[{"type":"managerChain","from":3,"to":{"level":2}}]}`, ""), "bad-value", ".node.n1.participants[0]"},
		{"type of a condition", frame(node(`"when":"amount + 1"`), ""), "type-mismatch", ".node.n2.when"},
		{"name in a condition", frame(node(`"when":"record.amont > 1"`), ""), "unknown-name", ".node.n2.when"},
		{"variable", frame(node(`"when":"vars.x > 1"`), ""), "unknown-name", ".node.n2.when"},
		{"people from a yes or no", frame(`{"id":"n1","kind":"approve","participants":[{"type":"expr","expr":"record.vip"}]}`, ""), "type-mismatch", ".node.n1.participants[0].expr"},
		{"ratio", frame(node(`"vote":{"mode":"ratio","n":101}`), ""), "bad-ratio", ".node.n2.vote.n"},
		{"count", frame(node(`"vote":{"mode":"count"}`), ""), "bad-count", ".node.n2.vote.n"},
		{"weights", frame(node(`"vote":{"mode":"weighted","n":50}`), ""), "no-weights", ".node.n2.vote"},
		{"mode", frame(node(`"vote":{"mode":"most"}`), ""), "bad-value", ".node.n2.vote.mode"},
		{"handle rejects", frame(`{"id":"n1","kind":"handle","participants":[{"type":"submitter"}],"vote":{"onReject":"veto"}}`, ""), "not-for-kind", ".node.n1.vote.onReject"},
		{"stages in order", frame(node(`"timeouts":[{"after":"PT8H","do":"remind"},{"after":"PT4H","do":"approve"}]`), ""), "not-increasing", ".node.n2.timeouts[1]"},
		{"duration", frame(node(`"timeouts":[{"after":"8h","do":"remind"}]`), ""), "bad-duration", ".node.n2.timeouts[0].after"},
		{"return ahead", frame(node(`"return":{"to":["n3"]}`)+`,{"id":"n3","kind":"approve","participants":[{"type":"submitter"}]}`, ""), "bad-return-target", ".node.n2.return"},
		{"return into a split", frame(`{"id":"b","kind":"parallel","branches":[{"id":"x","flow":[`+one+`]}]},`+node(`"return":{"to":["n1"]}`), ""), "bad-return-target", ".node.n2.return"},
		{"reject to itself", frame(node(`"reject":"return:n2"`), ""), "bad-return-target", ".node.n2.reject"},
		{"no default", frame(`{"id":"k","kind":"condition","branches":[{"id":"x","when":"record.vip","flow":[]}]}`, ""), "no-default", ".node.k.default"},
		{"branch without condition", frame(`{"id":"k","kind":"condition","default":"y","branches":[{"id":"x","flow":[]},{"id":"y","flow":[]}]}`, ""), "bad-branch", ".node.k.x"},
		{"branch twice", frame(`{"id":"k","kind":"parallel","branches":[{"id":"x","flow":[]},{"id":"x","flow":[]}]}`, ""), "bad-branch", ".node.k"},
		{"condition in parallel", frame(`{"id":"k","kind":"parallel","branches":[{"id":"x","when":"record.vip","flow":[]}]}`, ""), "not-for-kind", ".node.k.x"},
		{"table without rules", frame(`{"id":"d","kind":"decision"}`, ""), "missing", ".node.d"},
		{"table sets nothing known", frame(`{"id":"d","kind":"decision","rules":[{"out":{"x":"1"}}]}`, ""), "unknown-variable", ".node.d"},
		{"wait for two things", frame(`{"id":"w","kind":"wait","for":"PT1H","event":"x"}`, ""), "missing", ".node.w"},
		{"action without actions", frame(`{"id":"a","kind":"action"}`, ""), "missing", ".node.a"},
		{"picked node", frame(one, `,"start":{"selfSelect":["n1"]}`), "unknown-node", ".start.selfSelect"},
	} {
		d, found := Parse([]byte(c.def), 1, env)
		if d != nil || !has(found, c.code, c.address, diag.Error) {
			t.Errorf("%s: got %v, want %s at %s", c.name, found, c.code, c.address)
		}
	}
	for _, c := range []struct{ name, def, code string }{
		{"empty approves", frame(`{"id":"n1","kind":"approve","participants":[{"type":"role","role":"gm"}],"empty":{"do":"approve"}}`, ""), "empty-approves"},
		{"submitter decides", frame(`{"id":"n1","kind":"approve","participants":[{"type":"submitter"}]}`, ""), "submitter-decides"},
	} {
		d, found := Parse([]byte(c.def), 1, env)
		if d == nil || !has(found, c.code, ".node.n1", diag.Warning) {
			t.Errorf("%s: got %v, want a warning %s", c.name, found, c.code)
		}
	}
}

func has(found diag.List, code, address string, s diag.Severity) bool {
	for _, f := range found {
		if f.Code == code && f.Severity == s && (f.Address == address || f.Address == "approval.p"+address) && f.Summary.Zh != "" && !strings.Contains(f.Summary.En+f.Summary.Zh, "%!") {
			return true
		}
	}
	return false
}

func TestPositionOfSyntaxErrors(t *testing.T) {
	_, found := Parse([]byte("{\n \"kind\": \"approval\",\n \"flow\": 7\n}"), 1, testEnv())
	if len(found) != 1 || found[0].Pos.Line != 3 {
		t.Errorf("got %+v, want a finding in line 3", found)
	}
}

// TestHash: blanks and the order of keys do not make another version.
func TestHash(t *testing.T) {
	a, _ := Parse([]byte(frame(one, "")), 1, testEnv())
	var x map[string]any
	if err := json.Unmarshal([]byte(frame(one, "")), &x); err != nil {
		t.Fatal(err)
	}
	spaced, err := json.MarshalIndent(x, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	b, found := Parse(spaced, 2, testEnv())
	if b == nil || a.Pin.Hash != b.Pin.Hash {
		t.Errorf("got %v and %v, %v", a.Pin, b, found)
	}
	c, _ := Parse([]byte(frame(one, `,"dedupe":"all"`)), 3, testEnv())
	if c.Pin.Hash == a.Pin.Hash {
		t.Error("another definition has the same hash")
	}
}
