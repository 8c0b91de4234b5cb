package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// discountWith is the file of the process discount with a text put in place of another.
func discountWith(t *testing.T, old, other string) string {
	t.Helper()
	raw, err := os.ReadFile("testdata/office/approvals/discount.json")
	if err != nil {
		t.Fatal(err)
	}
	var v any
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatal(err)
	}
	if raw, err = json.Marshal(v); err != nil || !strings.Contains(string(raw), old) {
		t.Fatalf("%v: no %s in %s", err, old, raw)
	}
	return strings.Replace(string(raw), old, other, 1)
}

// TestApprovalReplay: a changed definition is run over past submissions, as they were when they were
// submitted: who would have been asked, and where it comes to no end. Nothing is written.
func TestApprovalReplay(t *testing.T) {
	o := newOffice(t)
	small, big := o.deal("ann", `discount: "0.15"`), o.deal("ann", `discount: "0.25"`)
	first, second := o.submit("ann", "discount", small), o.submit("ann", "discount", big)
	o.must("bob", `mutation { approve(task: %q) { id } }`, o.task("bob", first))
	o.must("root", `mutation { updateDeal(id: %q, patch: {discount: "0.30"}) { deal { id } } }`, small) // after the decision
	replay := func(who, definition string) reply {
		arg, declared := "", ""
		if definition != "" {
			arg, declared = ", definition: $d", "($d: JSON)"
		}
		var d any
		if definition != "" {
			if err := json.Unmarshal([]byte(definition), &d); err != nil {
				t.Fatal(err)
			}
		}
		return o.ask(who, `query`+declared+` { replayApproval(process: "discount"`+arg+`) { replayed differing deadEnds runs { instance was status deadEnd node differs asked { node users } wouldAsk { node users } } } }`, map[string]any{"d": d})
	}
	told := func(a reply) string {
		var out []string
		if a.code() != "" {
			return a.raw
		}
		for _, r := range dig(a.Data, "replayApproval", "runs").([]any) {
			var nodes []string
			for _, x := range dig(r, "wouldAsk").([]any) {
				nodes = append(nodes, fmt.Sprint(dig(x, "node")))
			}
			out = append(out, fmt.Sprintf("%v %v %v %v", strings.Join(nodes, ","), dig(r, "status"), dig(r, "deadEnd"), dig(r, "node")))
		}
		return strings.Join(out, "; ")
	}
	if got := told(replay("root", "")); got != "boss,money approved <nil> <nil>; boss approved <nil> <nil>" {
		t.Errorf("the definition that serves: %s", got)
	}
	a := replay("root", discountWith(t, `discount \u003e 0.2`, `discount > 0.1`))
	if got := told(a); got != "boss,money approved <nil> <nil>; boss,money approved <nil> <nil>" || dig(a.Data, "replayApproval", "differing") != 2.0 {
		t.Errorf("a lower limit: %s, %s", got, a.raw)
	}
	for name, x := range map[string]struct{ who, definition, code string }{
		"somebody": {"ann", "", "FORBIDDEN"}, "another process": {"root", `{"key": "other"}`, "INVALID_INPUT"},
		"a wrong one": {"root", discountWith(t, `discount \u003e 0.2`, `discont > 0.1`), "INVALID_INPUT"}, "no definition": {"root", `{"key": "discount", "what": 1}`, "INVALID_INPUT"},
	} {
		if a := replay(x.who, x.definition); a.code() != x.code {
			t.Errorf("%s: %s", name, a.raw)
		}
	}
	if o.status(first) != "approved" || o.status(second) != "running" || o.task("bob", second) == "" {
		t.Error("a replay has changed something")
	}
}

// TestApprovalReplayCommand: the command says who would have been asked, and fails where something comes to no end.
func TestApprovalReplayCommand(t *testing.T) {
	o := newOffice(t)
	o.submit("ann", "discount", o.deal("ann", `discount: "0.15"`))
	file := filepath.Join(t.TempDir(), "discount.json")
	replay := func(definition string) (string, int) {
		if err := os.WriteFile(file, []byte(definition), 0o600); err != nil {
			t.Fatal(err)
		}
		out, errs, code := call("approval", "replay", "--data", o.in.dir, "--definition", file, "discount")
		return out + errs, code
	}
	out, code := replay(discountWith(t, `discount \u003e 0.2`, `discount > 0.1`))
	if code != exitOK || !strings.Contains(out, "+ boss: "+o.id("bob")+"; money: ") || !strings.Contains(out, "1 replayed, 1 would ask others, 0 come to no end") {
		t.Errorf("%d: %s", code, out)
	}
	out, code = replay(discountWith(t, `"vote":{"mode":"all"}`, `"when":"1 / 0 > 1","vote":{"mode":"all"}`))
	if code != exitOK {
		t.Errorf("a node that the submission does not come to: %d: %s", code, out)
	}
	out, code = replay(discountWith(t, `"when":"discount \u003e 0.2"`, `"when":"discount > null"`))
	if code != exitFailed || !strings.Contains(out, "! CONDITION_ERROR large") {
		t.Errorf("a condition that cannot be decided: %d: %s", code, out)
	}
}

// TestApprovalDryRun: a command is checked and carried out like any other, and nothing of it stays.
func TestApprovalDryRun(t *testing.T) {
	o := newOffice(t)
	deal := o.deal("ann", `discount: "0.15"`)
	d := o.must("ann", `mutation { submit(process: "discount", record: %q, dryRun: true) { status locked tasks { node assignee status } } }`, deal)
	if dig(d, "submit", "status") != "running" || dig(d, "submit", "tasks", 0, "assignee") != o.id("bob") {
		t.Errorf("submitted: %v", d)
	}
	if c := o.do("ann", `mutation { updateDeal(id: %q, patch: {note: "free"}) { deal { id } } }`, deal).code(); c != "" {
		t.Errorf("the record is %s", c)
	}
	if got := dig(o.must("root", `{ approvals(record: %q) { id } }`, deal), "approvals").([]any); len(got) != 0 {
		t.Errorf("instances: %v", got)
	}
	a := o.submit("ann", "discount", deal)
	d = o.must("bob", `mutation { approve(task: %q, data: {discount: "0.12"}, dryRun: true) { status form } }`, o.task("bob", a))
	if dig(d, "approve", "status") != "approved" {
		t.Errorf("approved: %v", d)
	}
	if o.status(a) != "running" || dig(o.must("root", `{ deal(id: %q) { discount stage } }`, deal), "deal", "discount") != "0.1500" {
		t.Errorf("it is %s", o.status(a))
	}
	for name, x := range map[string]struct{ who, query, code string }{
		"a field that is not editable": {"bob", fmt.Sprintf(`mutation { approve(task: %q, data: {note: "x"}, dryRun: true) { id } }`, o.task("bob", a)), "FIELD_NOT_EDITABLE"},
		"somebody else's task":         {"cat", fmt.Sprintf(`mutation { approve(task: %q, dryRun: true) { id } }`, o.task("bob", a)), "NOT_FOUND"},
		"a second submission":          {"ann", fmt.Sprintf(`mutation { submit(process: "discount", record: %q, dryRun: true) { id } }`, deal), "ACTIVE_INSTANCE_EXISTS"},
		"too small":                    {"ann", fmt.Sprintf(`mutation { submit(process: "discount", record: %q, dryRun: true) { id } }`, o.deal("ann", `discount: "0.05"`)), "ENTRY_NOT_MET"},
	} {
		if got := o.do(x.who, "%s", x.query); got.code() != x.code {
			t.Errorf("%s: %s", name, got.raw)
		}
	}
	audit := o.must("ann", `{ audit(instance: %q) { valid entries { verb } } }`, a)
	if dig(audit, "audit", "valid") != true || strings.Contains(fmt.Sprint(audit), "task.decided") {
		t.Errorf("the audit: %v", audit)
	}
}

// finders are scripts that find the people of a node.
func finders(source string) map[string]string {
	return map[string]string{
		"scripts/who.js":   source,
		"scripts/who.json": `{"name": "who", "label": {"en": "Who", "zh-CN": "谁"}, "input": [{"name": "record", "type": "record"}], "output": [{"name": "users", "type": "json"}], "records": [{"object": "deal"}]}`,
	}
}

// TestApprovalScript: a script finds the people of a node. What it does wrong stops the process for an
// administrator; nobody is left out.
func TestApprovalScript(t *testing.T) {
	o := newOffice(t)
	with := func(source string) {
		t.Helper()
		files := finders(source)
		files["approvals/discount.json"] = discountWith(t, `{"type":"manager"}`, `{"type":"script","script":"who"}`)
		o.publish(files)
	}
	with(`function main({record}) { return {users: records.get('deal', record).discount === '0.1500' ? ['bob', 'cat'] : ['cat']}; }`)
	for discount, want := range map[string]string{"0.15": o.id("bob") + " " + o.id("cat"), "0.16": o.id("cat")} {
		a := o.submit("ann", "discount", o.deal("ann", fmt.Sprintf(`discount: %q`, discount)))
		var got []string
		for _, x := range dig(o.must("root", `{ instance(id: %q) { tasks { assignee } } }`, a), "instance", "tasks").([]any) {
			got = append(got, fmt.Sprint(dig(x, "assignee")))
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s asks %v, want %s", discount, got, want)
		}
	}
	for name, source := range map[string]string{"nobody known": `function main() { return {users: ['who']}; }`, "no list": `function main() { return {users: 'bob'}; }`, "endless": `function main() { for (;;); }`, "throws": `function main() { throw new Error('no'); }`} {
		with(source)
		a := o.submit("ann", "discount", o.deal("ann", `discount: "0.15"`))
		d := o.must("root", `{ instance(id: %q) { status tasks { id } incidents { code } } }`, a)
		if dig(d, "instance", "status") != "error" || dig(d, "instance", "incidents", 0, "code") != "PARTICIPANTS_FAILED" || len(dig(d, "instance", "tasks").([]any)) != 0 {
			t.Errorf("%s: %v", name, d)
		}
	}
	files := finders(`function main() { return {}; }`)
	files["approvals/discount.json"] = discountWith(t, `{"type":"manager"}`, `{"type":"script","script":"who"}`)
	for name, declared := range map[string]string{
		"writes":      `{"name": "who", "label": {"en": "Who", "zh-CN": "谁"}, "output": [{"name": "users", "type": "json"}], "records": [{"object": "deal", "may": ["update"]}]}`,
		"no users":    `{"name": "who", "label": {"en": "Who", "zh-CN": "谁"}, "output": [{"name": "people", "type": "json"}]}`,
		"takes long":  `{"name": "who", "label": {"en": "Who", "zh-CN": "谁"}, "output": [{"name": "users", "type": "json"}], "limits": {"time": 3000}}`,
		"needs a sum": `{"name": "who", "label": {"en": "Who", "zh-CN": "谁"}, "input": [{"name": "sum", "type": "int", "required": true}], "output": [{"name": "users", "type": "json"}]}`,
	} {
		files["scripts/who.json"] = declared
		if found := fmt.Sprint(o.propose(files).Findings); !strings.Contains(found, "unknown-script") {
			t.Errorf("%s: %s", name, found)
		}
	}
}
