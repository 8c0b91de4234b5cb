package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/tenon-platform/tenon/platform/clock"
	"github.com/tenon-platform/tenon/workflow/calendar"
)

const approvalScripts = "../../../workflow/approval/testdata/*.txt"

// notPlayed are the scripts that cannot be played through the API, with the test that holds their rulings there.
var notPlayed = map[string]string{
	"cycle":        "TestManagersMakeNoLoop",  // the record of a person refuses it
	"final_action": "TestApprovalFinalWrites", // what fails there is what another record says, not a report
	"leavers":      "TestManagersMakeNoLoop",  // as with those who stand in
	"waits":        "TestApprovalWaits",       // nobody reports how actions end
}

// TestApprovalScripts plays the scripts by which the reducer is tested through the API, with people, departments, roles,
// a calendar and a record that are real: what each command is answered, the lines that it adds to the audit, and who
// has what to do then are the same. So every operation and ruling that a script shows holds at the door, too.
func TestApprovalScripts(t *testing.T) {
	files, err := filepath.Glob(approvalScripts)
	if err != nil || len(files) < 60 {
		t.Fatalf("%d scripts, %v", len(files), err)
	}
	tests := theTests(t)
	for name, why := range notPlayed {
		if !tests[why] {
			t.Errorf("there is no test %s, which stands for the script %s", why, name)
		}
		if !slices.ContainsFunc(files, func(f string) bool { return scriptName(f) == name }) {
			t.Errorf("there is no script %s, which %s stands for", name, why)
		}
	}
	for _, f := range files {
		if notPlayed[scriptName(f)] != "" {
			continue
		}
		t.Run(scriptName(f), func(t *testing.T) {
			if scriptName(f) == "script_fails" && raced() {
				t.Skip("a worker needs more memory with the race detector than it may have")
			}
			play(t, f)
		})
	}
}

// theTests are those of this package.
func theTests(t *testing.T) map[string]bool {
	t.Helper()
	files, err := filepath.Glob("*_test.go")
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]bool{}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`(?m)^func (Test\w+)\(`).FindAllStringSubmatch(string(b), -1) {
			out[m[1]] = true
		}
	}
	return out
}

// TestManagersMakeNoLoop: nobody is above, or stands in for, oneself by others; so chains of managers and of those who
// stand in end, which the reducer does not rely on.
func TestManagersMakeNoLoop(t *testing.T) {
	clk := clock.NewFixed(time.Date(2026, 3, 2, 1, 0, 0, 0, time.UTC))
	o := &office{t: t, in: opened(t, clk), clock: clk, people: map[string]int64{}}
	o.publish(company(nil))
	o.meet()
	for _, line := range []string{"manager u1=u2", "manager u2=u3", "standing u1=u2", "standing u2=u3"} {
		o.organise(line)
	}
	for _, field := range []string{"managerId", "delegateId"} {
		if a := o.do("root", `mutation { updatePerson(id: %q, patch: {%s: %q}) { person { id } } }`, o.id("u3"), field, o.id("u1")); a.code() != "VALIDATION_FAILED" {
			t.Errorf("%s goes round: %s", field, a.raw)
		}
	}
}

func scriptName(file string) string { return strings.TrimSuffix(filepath.Base(file), ".txt") }

// played is a script that goes on.
type played struct {
	*office
	first     string            // process of the first definition
	record    string            // that everything is about
	instance  string            // the last one that was submitted
	instances map[string]string // by the names that the script has for them
	seen      float64           // lines of the audit
	change    map[string]any    // of the record, that is to come with the next command
	told      bool              // it was made, or refused
	chance    bool              // who is asked depends on the id of the instance
	deleted   bool              // the record is
	deferred  bool              // somebody stands in for the initiator as soon as that matters
	hashes    []string          // of forms, the youngest last
	defs      map[string]string // the approvals that serve, by key
	versions  []string          // of the first process
	parent    string            // instance whose child is played; ""
	other     string            // instance on the record that stands in the way; ""
	leaving   []string          // who leaves together, with the next command
	refusal   string            // what the step under way is to be answered; ""
	kept      []string          // lines of the audit that came before the step of the script that tells of them
	early     bool              // lines may come so
	silent    bool              // the reasons of the step's lines are not those of the script: nobody can give them
}

func play(t *testing.T, file string) {
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	parts := strings.Split(string(raw), "\n---\n")
	clk := clock.NewFixed(time.Date(2026, 3, 2, 1, 0, 0, 0, time.UTC)) // a Monday, 09:00 in Shanghai
	p := &played{chance: scriptName(file) == "random", office: &office{t: t, in: opened(t, clk), clock: clk, people: map[string]int64{}}, instances: map[string]string{}}
	defs := map[string]string{}
	if strings.Contains(string(raw), `"type":"expr"`) { // which names people by their records
		p.publish(company(nil))
		p.meet()
	}
	for _, text := range parts[:len(parts)-1] {
		key, text := p.definitionOf(text)
		if p.first == "" {
			p.first = key
		}
		if key == p.first {
			p.versions = append(p.versions, text)
		}
		if strings.Contains(text, `"subapproval"`) {
			p.early, defs["other"] = true, otherFile
		}
		_, again := defs[key]
		if again { // the one before is a version of its own
			p.publish(company(defs))
		}
		defs[key] = text
	}
	p.publish(company(defs))
	p.defs = defs
	p.meet()
	p.record = p.opp()
	var line string
	var want []string
	flush := func() {
		if line != "" {
			p.line(line, want)
		}
		want = nil
	}
	for _, l := range strings.Split(parts[len(parts)-1], "\n") {
		switch {
		case l == "" || strings.HasPrefix(l, "#"):
		case strings.HasPrefix(l, "  "):
			want = append(want, strings.TrimSpace(l))
		default:
			flush()
			line = l
		}
		if t.Failed() {
			t.Fatalf("%s: after %q", file, line)
		}
	}
	flush()
}

// definitionOf reads a definition of a script as a file of a package has it.
func (p *played) definitionOf(text string) (key, file string) {
	t := p.t
	t.Helper()
	var lines []string
	for _, l := range strings.Split(text, "\n") {
		if !strings.HasPrefix(l, "#") {
			lines = append(lines, l)
		}
	}
	var def map[string]any
	if err := json.Unmarshal([]byte(strings.Join(lines, "\n")), &def); err != nil {
		t.Fatal(err)
	}
	def["label"] = map[string]string{"en": "Script", "zh-CN": "脚本"}
	for _, phase := range []string{"onSubmit", "onApprove", "onReject", "onWithdraw", "onReturn"} {
		steps, _ := def[phase].([]any)
		for _, s := range steps { // the reducer does not look into steps; here they write the record
			step := s.(map[string]any)
			set, _ := step["set"].(map[string]any)
			for name, v := range set {
				set[name] = fmt.Sprintf("'%v'", v)
			}
			step["update"] = "id"
		}
	}
	p.fit(def)
	b, err := json.Marshal(def)
	if err != nil {
		t.Fatal(err)
	}
	return def["key"].(string), string(b)
}

// opp makes the record.
func (p *played) opp() string {
	p.t.Helper()
	dept := dig(p.must("root", `{ depts(filter: {code: {eq: "finance"}}) { nodes { id } } }`), "depts", "nodes", 0, "id")
	for code, head := range scriptHeads {
		id := dig(p.must("root", `{ depts(filter: {code: {eq: %q}}) { nodes { id } } }`, code), "depts", "nodes", 0, "id")
		p.must("root", `mutation { updateDept(id: %q, patch: {managerId: %q}) { dept { id } } }`, id, p.id(head))
	}
	for who, boss := range scriptManagers {
		p.organise("manager " + who + "=" + boss)
	}
	d := p.must("ann", `mutation { createOpp(input: {amount: "1000", discount: "0.2", reason: "big deal", deptId: %q, reviewersIds: [%q, %q], vip: false, qty: 3}) { opp { id } } }`, dept, p.id("fay"), p.id("lea"))
	return dig(d, "createOpp", "opp", "id").(string)
}

// line plays a line and holds what follows against what stands below it.
func (p *played) line(l string, want []string) {
	p.t.Helper()
	op, rest, _ := strings.Cut(l, " ")
	code := ""
	p.refusal, p.silent = refusalOf(want), false
	if op != "org" || !strings.HasPrefix(rest, "gone ") {
		p.leave()
	}
	switch op {
	case ">":
		code = p.command(rest)
	case "+":
		p.pass(rest, want)
	case "record":
		name, v, _ := strings.Cut(rest, "=")
		var x any = v
		_ = json.Unmarshal([]byte(v), &x) // else it is a word
		if n, ok := x.(float64); ok && name != "qty" {
			x = strconv.FormatFloat(n, 'f', -1, 64)
		}
		if p.change == nil || p.told {
			p.change, p.told = map[string]any{}, false
		}
		p.change[name] = x
		return // what follows belongs to the next command
	case "org":
		if broken, is := strings.CutPrefix(rest, "broken "); is {
			files := company(p.defs)
			if broken == "yes" {
				files["scripts/pick.js"] = `function main() { throw new Error('time limit exceeded') }`
			}
			p.publish(files)
			return
		}
		if who, is := strings.CutPrefix(rest, "gone "); is {
			p.leaving = append(p.leaving, who)
			return
		}
		if who, is := strings.CutPrefix(rest, "running"); is {
			p.obstruct(strings.TrimSpace(who) != "")
			return
		}
		p.organise(rest)
		return
	default:
		p.t.Fatalf("what is %q?", l)
	}
	p.follows(l, want, code)
}

// pass lets time pass, with a stop at each moment at which a timer is to fire.
func (p *played) pass(span string, want []string) {
	p.t.Helper()
	d, err := calendar.ParseDuration(span)
	if err != nil {
		p.t.Fatal(err)
	}
	end := p.clock.Now().Add(d)
	zone, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		p.t.Fatal(err)
	}
	for _, w := range want {
		f := strings.Fields(w)
		if len(f) != 4 || f[2] != "timer" || f[0] == "=" {
			continue
		}
		at := p.clock.Now()
		for at.In(zone).Format("Mon 15:04") != f[0]+" "+f[1] {
			if at = at.Add(time.Minute); at.After(end) {
				p.t.Fatalf("%s does not come within %s", w, span)
			}
		}
		p.clock.Set(at)
		p.settle()
	}
	p.clock.Set(end)
	p.settle()
}
