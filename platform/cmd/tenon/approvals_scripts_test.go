package main

import (
	"encoding/json"
	"fmt"
	"maps"
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
	"child":          "TestApprovalMachinery",                // what children end with is told by the reducer's test
	"child_of":       "TestApprovalMachinery",                // parents submit, not people
	"clock_stands":   "TestApprovalFollowsCalendarsAndRoles", // calendars are records
	"cycle":          "TestManagersMakeNoLoop",               // the record of a person refuses it
	"decision_table": "TestApprovalMachinery",
	"deleted":        "TestApprovalOfADeletedRecord",
	"edit":           "TestApprovalLock",
	"entry":          "TestApprovalStart",
	"final_action":   "TestApprovalFinalWrites",
	"leavers":        "TestManagersMakeNoLoop", // so it does with those who stand in
	"left_alone":     "TestApprovalPeople",
	"participants":   "TestApprovalPeople", // expressions name people by their records
	"waits":          "TestApprovalMachinery",
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
		t.Run(scriptName(f), func(t *testing.T) {
			if why := notPlayed[scriptName(f)]; why != "" {
				t.Skip(why)
			}
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
	deferred  bool              // somebody stands in for the initiator as soon as that matters
	hashes    []string          // of forms, the youngest last
	defs      map[string]string // the approvals that serve, by key
	versions  []string          // of the first process
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
	for _, text := range parts[:len(parts)-1] {
		key, text := definitionOf(t, text)
		if p.first == "" {
			p.first = key
		}
		if key == p.first {
			p.versions = append(p.versions, text)
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
func definitionOf(t *testing.T, text string) (key, file string) {
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
		p.organise(rest)
		return
	default:
		p.t.Fatalf("what is %q?", l)
	}
	p.follows(l, want, code)
}

var (
	verbWord = regexp.MustCompile(`^[a-z_]+\.[a-z_]+( |$)`)
	nodeWord = regexp.MustCompile(`^[a-z][a-z0-9]*(#\d+)?$`)
	taskWord = regexp.MustCompile(`^t\d+$`)
	statusOf = regexp.MustCompile(` status=\S+`)
	reasonIn = regexp.MustCompile(`^\(([^)]*)\)`)
)

// essence is what is compared of a line of the audit: the verb, the node, the task, the reason and the status.
func essence(l string) string {
	f := strings.Fields(l)
	out, at := f[0], 1
	for _, word := range []*regexp.Regexp{nodeWord, taskWord} {
		if at < len(f) && word.MatchString(f[at]) && (word == taskWord || !taskWord.MatchString(f[at])) {
			out += " " + f[at]
			at++
		}
	}
	if at < len(f) && f[at] == "by=system" {
		at++
	}
	if m := reasonIn.FindString(strings.Join(f[at:], " ")); m != "" {
		out += reasonOf(f[0], " "+m)
	}
	return out + statusOf.FindString(l)
}

// follows holds a step against its lines: "! CODE", the audit, "@ who has what".
func (p *played) follows(l string, want []string, code string) {
	p.t.Helper()
	var refused, box string
	var audit []string
	boxed := false
	for _, w := range want {
		switch {
		case strings.HasPrefix(w, "! "):
			refused = strings.Fields(w)[1]
		case strings.HasPrefix(w, "@ "):
			box, boxed = strings.TrimPrefix(w, "@ "), true
		case verbWord.MatchString(w):
			audit = append(audit, essence(w))
		}
	}
	if code == "NOT_FOUND" && (refused == "NOT_ASSIGNEE" || refused == "FORBIDDEN") { // who has no part in it does not know of it
		code = refused
	}
	if code != refused {
		p.t.Errorf("%s: the answer is %q, want %q", l, code, refused)
	}
	if p.instance == "" {
		return
	}
	got := p.lines()
	if len(got) == 0 && slices.Equal(audit, standsIn) {
		p.deferred, audit = true, nil
	}
	if p.deferred && len(audit) > 0 && slices.Contains(got, standsIn[0]) && !slices.Contains(audit, standsIn[0]) {
		at := slices.Index(got, standsIn[0])
		p.deferred, got = false, slices.Delete(got, at, at+1)
	}
	if strings.Join(got, "\n") != strings.Join(audit, "\n") {
		p.t.Errorf("%s: the audit goes on\n%s\nwant\n%s", l, strings.Join(got, "\n"), strings.Join(audit, "\n"))
	}
	if got := p.box(); boxed && got != box && (!p.chance || len(strings.Fields(got)) != len(strings.Fields(box))) {
		p.t.Errorf("%s: then %q, want %q", l, got, box)
	}
}

// standsIn is the line that tells of who stands in for the initiator.
var standsIn = []string{"participant.replaced (left)"}

// reasonOf is a reason in a line; what the platform says in words is not compared.
func reasonOf(verb, reason string) string {
	if verb == "incident.opened" || verb == "actions.failed" || verb == "record.force_edited" {
		return ""
	}
	return reason
}

// lines are those that the audit has gained.
func (p *played) lines() (out []string) {
	p.t.Helper()
	d := p.must("root", `{ audit(instance: %q, first: 500, after: %d) { valid entries { seq verb node visit task reason data } } instance(id: %q) { formHash } }`, p.instance, int(p.seen), p.instance)
	if dig(d, "audit", "valid") != true {
		p.t.Errorf("the audit is not whole: %v", d)
	}
	if h := dig(d, "instance", "formHash").(string); !slices.Contains(p.hashes, h) {
		p.hashes = append(p.hashes, h)
	}
	for _, e := range dig(d, "audit", "entries").([]any) {
		p.seen = dig(e, "seq").(float64)
		verb := dig(e, "verb").(string)
		s := verb
		if n, _ := dig(e, "node").(string); n != "" {
			s += " " + n
			if v, _ := dig(e, "visit").(float64); v > 0 {
				s += fmt.Sprintf("#%d", int(v))
			}
		}
		if task, _ := dig(e, "task").(string); task != "" {
			_, n, _ := strings.Cut(task, ":")
			s += " t" + n
		}
		if r, _ := dig(e, "reason").(string); r != "" {
			s += reasonOf(verb, " ("+r+")")
		}
		if status, _ := dig(e, "data", "status").(string); status != "" {
			s += " status=" + status
		}
		out = append(out, s)
	}
	return out
}

// box is who has what to do.
func (p *played) box() string {
	p.t.Helper()
	tasks := dig(p.must("root", `{ instance(id: %q) { tasks { id status assignee pool } } }`, p.instance), "instance", "tasks").([]any)
	var out []string
	for _, who := range slices.Sorted(slices.Values(scriptPeople)) {
		for _, t := range tasks {
			_, n, _ := strings.Cut(dig(t, "id").(string), ":")
			pool, _ := dig(t, "pool").([]any)
			switch {
			case dig(t, "status") == "pending" && p.name(dig(t, "assignee")) == who:
				out = append(out, who+":t"+n)
			case dig(t, "status") == "claimable" && slices.ContainsFunc(pool, func(u any) bool { return p.name(u) == who }):
				out = append(out, who+":t"+n+"?")
			}
		}
	}
	if len(out) == 0 {
		return "nobody"
	}
	return strings.Join(out, " ")
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

// inner are commands that nobody gives: the platform does when what they tell of happens.
var inner = []string{"userLeft", "recordChanged", "recordDeleted", "orgChanged", "recompute", "event", "childDone", "actionDone", "actionsFailed", "timer", "fly"}

// command gives a command, "bob approve task=1 comment="fine"", and gives the code of what it is answered.
func (p *played) command(l string) string {
	p.t.Helper()
	words := wordsOf(l)
	who, kind := words[0], words[1]
	args := map[string]any{}
	for _, w := range words[2:] {
		k, v, _ := strings.Cut(w, "=")
		var x any
		if json.Unmarshal([]byte(v), &x) != nil {
			x = v
		}
		args[k] = x
	}
	if strings.HasPrefix(who, "admin:") {
		who = "root"
	}
	if slices.Contains(inner, kind) {
		return p.happens(who, kind)
	}
	if p.change != nil && !p.told {
		if code := p.edit("root"); code != "" {
			p.t.Fatalf("the record cannot be changed: %s", code)
		}
	}
	if s, is := args["sign"].(map[string]any); is && kind == "approve" && s["type"] != "after" {
		return "INVALID_INPUT" // there is no such operation
	}
	if kind == "comment" && args["comment"] == nil {
		args["comment"] = ""
	}
	if n, older := args["version"].(float64); older && kind == "submit" { // before the next one was published
		files := maps.Clone(p.defs)
		files[p.first] = p.versions[int(n)-1]
		p.publish(company(files))
		defer p.publish(company(p.defs))
		delete(args, "version")
	}
	query, vars := p.operation(kind, args)
	a := p.ask(who, query, vars)
	if id, ok := dig(a.Data, "submit", "id").(string); ok {
		if id != p.instance {
			p.instance, p.seen = id, 0
		}
		name, _ := args["instance"].(string)
		p.instances[name] = id
	}
	p.drain()
	return a.code()
}

// happens lets happen what an inner command tells of, where it has not by what stood before.
func (p *played) happens(who, kind string) string {
	p.t.Helper()
	switch kind {
	case "recordDeleted":
		return p.do(who, `mutation { deleteOpp(id: %q) { __typename } }`, p.record).code()
	case "recordChanged":
		return p.edit(who)
	case "userLeft", "orgChanged":
		p.drain()
		return ""
	}
	p.t.Fatalf("nobody can let %s happen", kind)
	return ""
}

// edit changes the record as the script has said.
func (p *played) edit(who string) string {
	p.t.Helper()
	p.told = true
	return p.ask(who, `mutation($id: ID!, $in: OppPatch!) { updateOpp(id: $id, patch: $in) { opp { id } } }`, map[string]any{"id": p.record, "in": p.change}).code()
}

// argumentTypes are those of arguments.
var argumentTypes = map[string]string{"task": "ID!", "instance": "ID!", "process": "String!", "record": "ID!", "user": "ID!", "users": "[ID!]!", "sign": "ApprovalSigners!", "addSignAfter": "ApprovalSigners!", "data": "JSON!", "next": "JSON!",
	"nodeMap": "JSON!", "ifRevision": "Int!", "version": "Int!", "incident": "Int!", "reresolve": "Boolean!"}

// operation writes a command as an operation of the API.
func (p *played) operation(kind string, args map[string]any) (string, map[string]any) {
	p.t.Helper()
	vars := map[string]any{}
	for k, v := range args {
		switch k {
		case "task":
			vars["task"] = fmt.Sprintf("%s:%v", p.instance, v)
		case "ifRev":
			vars["ifRevision"] = v
		case "ifFormHash":
			if v = p.hashes[len(p.hashes)-1]; args[k] == "before" {
				v = p.hashes[len(p.hashes)-2]
			}
			vars[k] = v
		case "user":
			vars[k] = p.who(v)
		case "users":
			vars[k] = p.whom(strings.Split(fmt.Sprint(v), ","))
		case "sign", "addSignAfter":
			s := v.(map[string]any)
			if kind == "approve" { // who decides asks those after the own decision
				delete(s, "type")
				k = "addSignAfter"
			}
			users, _ := s["users"].([]any)
			s["users"] = p.whom(texts(users))
			vars[k] = s
		case "next":
			for node, list := range v.(map[string]any) {
				v.(map[string]any)[node] = p.whom(texts(list.([]any)))
			}
			vars[k] = v
		case "to", "comment", "reason", "resume", "timers", "signature":
			vars[k] = fmt.Sprint(v)
		case "data": // decimals are texts in the API
			for name, x := range v.(map[string]any) {
				if n, ok := x.(float64); ok && name != "qty" {
					v.(map[string]any)[name] = strconv.FormatFloat(n, 'f', -1, 64)
				}
			}
			vars[k] = v
		case "instance", "type":
		default:
			vars[k] = v
		}
	}
	switch _, task := vars["task"]; {
	case kind == "submit":
		vars["record"] = p.record
		if vars["process"] == nil {
			vars["process"] = p.first
		}
	case !task:
		vars["instance"] = p.instance
	}
	var heads, given []string
	for k := range vars {
		typ := argumentTypes[k]
		if typ == "" {
			typ = "String!"
		}
		heads, given = append(heads, fmt.Sprintf("$%s: %s", k, typ)), append(given, fmt.Sprintf("%s: $%s", k, k))
	}
	return fmt.Sprintf("mutation(%s) { %s(%s) { id } }", strings.Join(heads, ", "), kind, strings.Join(given, ", ")), vars
}

func texts(list []any) (out []string) {
	for _, x := range list {
		out = append(out, fmt.Sprint(x))
	}
	return out
}

func (p *played) whom(names []string) []string {
	out := []string{}
	for _, n := range names {
		out = append(out, p.who(n))
	}
	return out
}

// who is the id of somebody; of a name that nobody has, one that nobody has.
func (p *played) who(name any) string {
	if n, ok := p.people[fmt.Sprint(name)]; ok {
		return fmt.Sprintf("person_%d", n)
	}
	return "person_9"
}

// wordsOf cuts at blanks outside of quotes and braces.
func wordsOf(l string) (out []string) {
	depth, quoted, cur := 0, false, ""
	for _, r := range l {
		switch {
		case r == '"':
			quoted = !quoted
		case quoted:
		case r == '{' || r == '[':
			depth++
		case r == '}' || r == ']':
			depth--
		case r == ' ' && depth == 0:
			out, cur = append(out, cur), ""
			continue
		}
		cur += string(r)
	}
	return append(out, cur)
}
