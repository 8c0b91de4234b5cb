package main

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// otherFile is the process that others ask as a part of theirs.
const otherFile = `{"key": "other", "object": "opp", "label": {"en": "Other", "zh-CN": "其他"}, "entry": {"when": "qty > 0"}, "flow": [{"id": "n1", "kind": "approve", "participants": [{"type": "users", "ids": ["u8"]}]}]}`

// wrapFile is a process of which the one that is played is a part.
const wrapFile = `{"key": "wrap", "object": "opp", "label": {"en": "Wrap", "zh-CN": "外层"}, "flow": [{"id": "s1", "kind": "subapproval", "process": "p"}]}`

// fit makes a definition of a script one that the company can have: what a script says for the reducer alone becomes
// what it means here.
func (p *played) fit(def map[string]any) {
	if lock, ok := def["lock"].(map[string]any); ok && lock["override"] == nil {
		lock["override"] = []string{"fixer"} // in scripts administrators write what is locked; here a role does
	}
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case []any:
			for _, x := range v {
				walk(x)
			}
		case map[string]any:
			if v["kind"] == "subapproval" {
				delete(v, "record") // there is one record
			}
			if v["type"] == "expr" {
				v["expr"] = regexp.MustCompile(`'(\w+)'`).ReplaceAllStringFunc(fmt.Sprint(v["expr"]), func(name string) string {
					return fmt.Sprintf("'%d'", p.people[strings.Trim(name, "'")])
				})
			}
			for _, x := range v {
				walk(x)
			}
		}
	}
	walk(def["flow"])
}

// refusalOf is the code that a step is to be answered with; "": none.
func refusalOf(want []string) string {
	for _, w := range want {
		if code, is := strings.CutPrefix(w, "! "); is {
			return strings.Fields(code)[0]
		}
	}
	return ""
}

// unreasoned are lines without reasons.
func unreasoned(lines []string) (out []string) {
	for _, l := range lines {
		out = append(out, regexp.MustCompile(` \([^)]*\)`).ReplaceAllString(l, ""))
	}
	return out
}

// leave lets those leave, all at once, of whom the lines before have told.
func (p *played) leave() {
	p.t.Helper()
	var in []any
	for _, who := range p.leaving {
		in = append(in, map[string]any{"id": p.id(who), "patch": map[string]any{"status": "inactive"}})
	}
	p.leaving = nil
	if len(in) == 0 {
		return
	}
	if a := p.ask("root", `mutation($in: [PersonUpdate!]!) { updatePeople(inputs: $in) { person { id } } }`, map[string]any{"in": in}); len(a.Errors) > 0 {
		p.t.Fatal(a.raw)
	}
}

// unknown: what the platform tells itself nobody else can. There is no such operation, whoever asks for it.
func (p *played) unknown(who, kind string) string {
	p.t.Helper()
	if a := p.do(who, `mutation { %s(instance: %q) { id } }`, kind, p.instance); a.code() != "INVALID_INPUT" || !strings.Contains(a.raw, kind) {
		p.t.Errorf("%s as %s: %s", kind, who, a.raw)
	}
	return p.refusal
}

// obstruct lets another instance of the process go on about the record, or ends it.
func (p *played) obstruct(on bool) {
	p.t.Helper()
	if !on {
		p.must("root", `mutation { terminate(instance: %q, reason: "out of the way") { id } }`, p.other)
		return
	}
	if p.edit("root") != "" {
		p.t.Fatal("the record cannot be changed")
	}
	p.other = p.submit("abe", p.first, p.record)
}

// byParent lets another process ask the one that is played.
func (p *played) byParent(who string) string {
	p.t.Helper()
	p.defs["wrap"] = wrapFile
	p.publish(company(p.defs))
	p.parent = p.submit(who, "wrap", p.record)
	p.settle()
	p.instance, p.seen = p.parent+".1", 0
	return ""
}

// childDone ends the child that a visit waits for, as its people do. Where it could not start, it has not.
func (p *played) childDone(args map[string]any) string {
	p.t.Helper()
	child, outcome := fmt.Sprintf("%s.%v", p.instance, args["visit"]), args["outcome"]
	if outcome == "error" {
		return "" // it was told already
	}
	if args["visit"] == 1.0 { // the next one may not start
		p.must("root", `mutation { updateOpp(id: %q, patch: {qty: 0}) { opp { id } } }`, p.record)
	}
	over := p.status(child) != "running"
	verb := map[any]string{"approved": "approve", "rejected": "reject"}[outcome]
	a := p.do("u8", `mutation { %s(task: "%s:1") { id } }`, verb, child)
	p.settle()
	if over && a.code() != "" {
		return ""
	}
	return a.code()
}

// recompute changes the calendar; where nothing counts by it any more, nothing happens.
func (p *played) recompute() string {
	p.t.Helper()
	p.silent = true
	p.must("root", `mutation { upsertHours(key: {code: "cn"}, input: {weeklyHours: {mon: [["00:00", "24:00"]], tue: [["00:00", "24:00"]], wed: [["00:00", "24:00"]], thu: [["00:00", "24:00"]], fri: [["00:00", "24:00"]]}, timezone: "Asia/Shanghai"}) { hours { id } } }`)
	p.drain()
	return ""
}

// outside holds against the lines of a step what happens outside of the instance: a parent is told, a child ends.
func (p *played) outside(want []string) {
	p.t.Helper()
	for _, w := range want {
		f := strings.Fields(w)
		switch {
		case p.parent != "" && strings.HasPrefix(w, "= tell "):
			p.settle()
			if got := p.status(p.parent); got != f[len(f)-1] {
				p.t.Errorf("%s: the parent is %s", w, got)
			}
		case strings.HasPrefix(w, "= end "):
			p.settle()
			_, n, _ := strings.Cut(f[2], ".")
			if got := p.status(p.instance + "." + n); !slices.Contains([]string{"terminated", "cancelled"}, got) {
				p.t.Errorf("%s: the child is %s", w, got)
			}
		}
	}
}
