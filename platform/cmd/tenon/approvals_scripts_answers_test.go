package main

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

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
	got := slices.Concat(p.kept, p.lines())
	if p.kept = nil; p.early && len(got) > len(audit) && strings.Join(got[:len(audit)], "\n") == strings.Join(audit, "\n") {
		got, p.kept = got[:len(audit)], got[len(audit):]
	}
	if p.silent {
		got, audit = unreasoned(got), unreasoned(audit)
	}
	p.outside(want)
	if len(got) == 0 && slices.Equal(audit, standsIn) {
		p.deferred, audit = true, nil
	}
	if len(got) == 0 && strings.Contains(l, "userLeft user=ann") && slices.Equal(audit, standsNobody) { // which initiator_gone shows when it matters
		audit = nil
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

// standsNobody is the line that tells that nobody can stand in for the initiator.
var standsNobody = []string{"incident.opened status=error"}

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
