package main

import (
	"fmt"
	"strings"
)

// flowLife is a run with a loop, lanes, a wait, an event that is waited for and another flow, and those that it causes.
var flowLife = life{name: "flow", flows: map[string]string{
	"main": `{"key": "main", "trigger": {"type": "record", "object": "lead", "on": ["create"]}, "vars": {"n": "int"}, "steps": [
		{"id": "a", "type": "create", "object": "chore", "set": {"title": "\"a\"", "lead_id": "id", "rank": "1"}},
		{"id": "b", "type": "create", "object": "chore", "set": {"title": "\"b\"", "lead_id": "id", "rank": "2"}},
		{"id": "mine", "type": "query", "object": "chore", "match": {"lead_id": "id"}, "limit": 10},
		{"id": "each", "type": "loop", "in": "mine", "do": [{"id": "up", "type": "update", "record": "each.id", "set": {"rank": "each.rank + 10"}}]},
		{"id": "both", "type": "parallel", "branches": [
			{"id": "x", "steps": [{"id": "rest", "type": "wait", "for": "PT1H"}, {"id": "p", "type": "update", "set": {"score": "score + 1"}}]},
			{"id": "y", "steps": [{"id": "sub", "type": "flow", "flow": "helper"}]},
			{"id": "z", "steps": [{"id": "hear", "type": "wait", "event": "rung"}, {"id": "h", "type": "update", "set": {"score": "score + 4"}}]}]},
		{"id": "last", "type": "update", "set": {"score": "score * 10"}}]}`,
	"helper": `{"key": "helper", "trigger": {"type": "flow", "object": "lead"}, "steps": [{"id": "q", "type": "update", "set": {"score": "score + 2"}}, {"id": "ring", "type": "emit", "event": "rung"}]}`,
	"echo":   `{"key": "echo", "trigger": {"type": "record", "object": "chore", "on": ["create"]}, "steps": [{"id": "s", "type": "update", "set": {"state": "CONCAT(COALESCE(state, \"\"), \"!\")"}}]}`,
}, holds: []string{"score:80", "main succeeded", "helper succeeded", "echo succeeded | echo succeeded", "state:! "}, lead: func(l *living) []string {
	id := l.lone("l1", "score: 1")
	for _, m := range []int{0, 2, 61, 63, 65} { // a job in the hands of a process that died is taken over when its lease ends
		l.at(m)
	}
	return l.ended(id, "main", "helper", "echo")
}}

// failingLife is runs that are retried, fail, and are undone or go another way.
var failingLife = life{name: "failing", long: true, flows: map[string]string{
	"undone": `{"key": "undone", "trigger": {"type": "record", "object": "lead", "on": ["create"]}, "settings": {"onFailure": "compensate"}, "steps": [
		{"id": "first", "type": "create", "object": "chore", "set": {"title": "\"first\"", "lead_id": "id", "rank": "1"}, "compensate": [{"id": "un1", "type": "update", "record": "first.id", "set": {"state": "\"undone\""}}]},
		{"id": "second", "type": "update", "set": {"score": "score + 1"}, "compensate": [{"id": "un2", "type": "update", "set": {"score": "score - 1"}}]},
		{"id": "rest", "type": "wait", "for": "PT10M"},
		{"id": "bad", "type": "update", "set": {"note": "\"poison\""}, "retry": {"max": 2, "initial": "PT10S"}}]}`,
	"mended": `{"key": "mended", "trigger": {"type": "record", "object": "chore", "on": ["create"]}, "steps": [
		{"id": "bad", "type": "update", "record": "lead_id", "set": {"note": "\"poison\""}, "retry": {"max": 1}, "recover": [{"id": "instead", "type": "update", "set": {"title": "CONCAT(title, \"+\")"}}]}]}`,
}, holds: []string{"undone compensated", "mended succeeded", "score:5", "title:first+", "state:undone "}, lead: func(l *living) []string {
	id := l.lone("l1", "score: 5")
	for _, m := range []int{0, 2, 12, 14, 16, 18, 20} {
		l.at(m)
	}
	return l.ended(id, "undone", "mended")
}}

// operatedLife is runs that stop, and that an administrator mends, one by one and many at once.
var operatedLife = life{name: "operated", long: true, flows: map[string]string{
	"mendable": `{"key": "mendable", "trigger": {"type": "record", "object": "lead", "on": ["create"]}, "vars": {"word": "text", "n": "int"}, "steps": [
		{"id": "pick", "type": "set", "set": {"word": "\"poison\"", "n": "COALESCE(vars.n, 0) + 1"}},
		{"id": "a", "type": "create", "object": "chore", "set": {"title": "\"a\"", "rank": "score * 10 + vars.n"}},
		{"id": "tell", "type": "update", "set": {"note": "vars.word"}},
		{"id": "b", "type": "create", "object": "chore", "set": {"title": "\"b\"", "rank": "score * 10 + 5"}}]}`,
}, holds: []string{"mendable succeeded | mendable succeeded | mendable succeeded | mendable succeeded", "run.retry.tell:1", "run.rerun.a:1", "run.skip.tell:2", "vars.edited.<nil>:4", "step.succeeded.a:5", "note:back "}, lead: func(l *living) []string {
	ids := make([]string, 4)
	for i := range ids {
		ids[i] = l.lone(fmt.Sprint("l", i), fmt.Sprint("score: ", i))
	}
	l.at(0)
	l.at(2)
	run := func(id string) any {
		return dig(l.must("root", `{ flowRuns(flow: "mendable", record: %q) { nodes { id } } }`, id), "flowRuns", "nodes").([]any)[0].(map[string]any)["id"]
	}
	l.once("root", "o0", `mutation { retryFlowRun(run: %q, reason: "mended", vars: {word: "fine"}, KEY) { id } }`, run(ids[0]))
	l.at(4)
	l.once("root", "o1", `mutation { rerunFlowFrom(run: %q, step: "a", reason: "once more", vars: {word: "back"}, KEY) { id } }`, run(ids[1]))
	l.at(6)
	l.once("root", "o2", `mutation { operateFlowRuns(signature: "mendable/tell/VALIDATION_FAILED", do: "skip", reason: "no matter", vars: {n: 7}, KEY) { left runs { status code } } }`)
	for _, m := range []int{8, 10, 12} {
		l.at(m)
	}
	return l.ended(ids[1], "mendable")
}}

// orderedLife is runs about one record that come one after the other, however many changes there are.
var orderedLife = life{name: "ordered", long: true, flows: map[string]string{
	"line": `{"key": "line", "trigger": {"type": "record", "object": "lead", "on": ["update"], "changed": ["score"]}, "settings": {"ordering": "per_record"}, "steps": [
		{"id": "mark", "type": "create", "object": "chore", "set": {"title": "\"x\"", "lead_id": "id", "rank": "score"}},
		{"id": "rest", "type": "wait", "for": "PT1M"},
		{"id": "add", "type": "update", "set": {"note": "CONCAT(COALESCE(note, \"\"), \".\")"}}]}`,
}, holds: []string{"line succeeded | line succeeded | line succeeded", "note:... "}, lead: func(l *living) []string {
	id := l.lone("l1", "score: 0")
	for i := range 3 {
		l.once("root", fmt.Sprint("u", i), `mutation { updateLead(id: %q, patch: {score: %d}, KEY) { lead { id } } }`, id, i+1)
	}
	for m := range 12 {
		l.at(m)
	}
	return l.ended(id, "line")
}}

// blockingLife is runs about one record of which the first fails, so that the others wait until it is tried again.
var blockingLife = life{name: "blocking", long: true, flows: map[string]string{
	"line": `{"key": "line", "trigger": {"type": "record", "object": "lead", "on": ["update"], "changed": ["score"]}, "settings": {"ordering": "per_record", "onPoison": "block"}, "vars": {"n": "int"}, "steps": [
		{"id": "keep", "type": "set", "set": {"n": "prior.score"}},
		{"id": "try", "type": "update", "when": "name = \"bad\"", "set": {"note": "\"poison\""}},
		{"id": "mark", "type": "create", "object": "chore", "set": {"title": "\"x\"", "lead_id": "id", "rank": "vars.n"}}]}`,
}, holds: []string{"line succeeded | line cancelled | line succeeded", "run.failed.try:2"}, lead: func(l *living) []string {
	id := l.lone("l1", "score: 0")
	change := func(key, values string) {
		l.once("root", key, `mutation { updateLead(id: %q, patch: {%s}, KEY) { lead { id } } }`, id, values)
	}
	change("u0", `name: "bad", score: 1`)
	l.at(0)
	for i := range 2 {
		change(fmt.Sprint("u", i+1), fmt.Sprintf(`score: %d`, i+2))
		l.at(2 + 2*i)
	}
	rs := l.runs("line")
	l.once("root", "r0", `mutation { retryFlowRun(run: %q, reason: "again", KEY) { id } }`, rs[0]["id"])
	l.at(6)
	l.once("root", "c1", `mutation { cancelFlowRun(run: %q, reason: "not needed", KEY) { id } }`, rs[1]["id"])
	l.at(8)
	change("u3", `name: "good"`)
	l.once("root", "r1", `mutation { retryFlowRun(run: %q, reason: "mended", KEY) { id } }`, rs[0]["id"])
	l.at(10)
	l.at(12)
	return l.ended(id, "line")
}}

// movingLife is a run that waits in two lanes and goes over to another version, and one that is cancelled.
var movingLife = life{name: "moving", long: true, flows: map[string]string{
	"main": movingFlow("old"),
}, holds: []string{"main succeeded | main cancelled", "run.migrated.<nil>:1", "note:new "}, lead: func(l *living) []string {
	id, other := l.lone("l1", "score: 1"), l.lone("l2", "score: 2")
	l.at(0)
	l.at(2)
	if len(dig(l.must("root", `{ flowVersions(flow: "main") { version } }`), "flowVersions").([]any)) == 1 {
		change := leads(map[string]string{"main": movingFlow("new")})
		l.publish(change)
	}
	rs := l.runs("main")
	l.must("root", `mutation { migrateFlowRuns(flow: "main", runs: [%q], steps: {rest: "pause"}, timers: "reset", reason: "better") { migrated } }`, rs[0]["id"])
	l.once("root", "c1", `mutation { cancelFlowRun(run: %q, reason: "not needed", KEY) { id } }`, rs[1]["id"])
	l.at(4)
	l.once("root", "e1", `mutation { publishEvent(event: "rung", record: %q, KEY) { runs } }`, id)
	for _, m := range []int{6, 8, 70, 72} {
		l.at(m)
	}
	return append(l.ended(id, "main"), fmt.Sprint(l.must("root", `{ lead(id: %q) { score note } }`, other)))
}}

// movingFlow is a version of the flow of movingLife.
func movingFlow(word string) string {
	rest := map[string]string{"old": "rest", "new": "pause"}[word]
	return fmt.Sprintf(`{"key": "main", "trigger": {"type": "record", "object": "lead", "on": ["create"]}, "steps": [
		{"id": "a", "type": "create", "object": "chore", "set": {"title": "'a'", "lead_id": "id", "rank": "1"}},
		{"id": "both", "type": "parallel", "branches": [
			{"id": "x", "steps": [{"id": %q, "type": "wait", "for": "PT1H"}]},
			{"id": "y", "steps": [{"id": "hear", "type": "wait", "event": "rung", "record": "id"}, {"id": "h", "type": "update", "set": {"score": "score + 4"}}]}]},
		{"id": "last", "type": "update", "set": {"note": "'%s'"}}]}`, rest, word)
}

// retiringLife is a flow that is removed, of whose runs those that have begun finish, and one that is switched off, whose
// runs are cancelled.
var retiringLife = life{name: "retiring", long: true, flows: map[string]string{
	"line": `{"key": "line", "trigger": {"type": "record", "object": "lead", "on": ["create"]}, "settings": {"ordering": "key:rating"}, "steps": [{"id": "rest", "type": "wait", "for": "PT1H"}, {"id": "say", "type": "update", "set": {"note": "'said'"}}]}`,
	"stop": stopping(""),
}, holds: []string{"line succeeded | line cancelled", "stop cancelled | stop cancelled", "note:said "}, lead: func(l *living) []string {
	id, _ := l.lone("l1", `score: 1, rating: "a"`), l.lone("l2", `score: 2, rating: "a"`)
	l.at(0)
	l.at(2)
	if l.in.publish.Tenant.Catalog().Flow("line") != nil {
		l.apply(l.ends(leads(map[string]string{"stop": stopping(`"off": true, "onOff": "cancel"`)}), map[string]string{"line": "drain"}))
	}
	for _, m := range []int{4, 6, 8, 64, 66} {
		l.at(m)
	}
	return l.ended(id, "line", "stop")
}}

// stopping is a flow of retiringLife.
func stopping(settings string) string {
	return fmt.Sprintf(`{"key": "stop", "trigger": {"type": "record", "object": "lead", "on": ["create"]}, "settings": {%s}, "steps": [{"id": "rest", "type": "wait", "event": "never"}]}`, settings)
}

// askingLife is a run that asks people and waits for an approval, and one that the approval causes.
var askingLife = life{name: "asking", long: true, flows: map[string]string{
	"ask": `{"key": "ask", "label": {"en": "Ask", "zh-CN": "询问"}, "trigger": {"type": "record", "object": "deal", "on": ["create"]}, "settings": {"runAs": "system"}, "steps": [
		{"id": "call", "type": "task", "label": {"en": "Call them", "zh-CN": "致电"}, "task": {"participants": [{"type": "users", "ids": ["bob"]}], "editable": ["note"], "requiredFields": ["note"]}},
		{"id": "asked", "type": "approval", "process": "pool"},
		{"id": "keep", "type": "update", "set": {"note": "CONCAT(note, \" \", call.status, \" \", asked.status)"}}]}`,
	"follow": `{"key": "follow", "trigger": {"type": "approval", "object": "deal", "process": "pool", "on": ["submitted", "completed"]}, "steps": [
		{"id": "mark", "type": "create", "object": "chore", "set": {"title": "\"heard\"", "rank": "1"}}]}`,
}, holds: []string{"ask succeeded", "follow succeeded | follow succeeded", "note:called approved approved "}, lead: func(l *living) []string {
	d := l.made("d1")
	l.at(1)
	l.at(3)
	task := l.asked(d, "ask__call")
	l.act("bob", "a1", "approve", task, 1, `data: {note: "called"},`)
	l.at(5)
	l.at(7)
	pool := l.asked(d, "pool")
	l.act("fay", "a2", "claim", pool, 1, "")
	l.act("fay", "a3", "approve", pool, 1, "")
	for _, m := range []int{9, 11, 13} {
		l.at(m)
	}
	return append(l.left([]string{task, pool}, []string{d}), l.ended(l.lone("l1", "score: 1"), "ask", "follow")...)
}}

// turnsLife is runs that give leads to people in turn, by weight.
var turnsLife = life{name: "turns", long: true, flows: map[string]string{
	"share": `{"key": "share", "trigger": {"type": "record", "object": "lead", "on": ["create"]}, "steps": [
		{"id": "made", "type": "create", "object": "chore", "set": {"title": "name", "lead_id": "id", "rank": "score"}},
		{"id": "rest", "type": "wait", "for": "PT1M"},
		{"id": "desks", "type": "query", "object": "desk", "limit": 1},
		{"id": "at", "type": "loop", "in": "desks", "do": [{"id": "give", "type": "action", "record": "made.id", "action": "give", "with": {"desk_id": "at.id"}}]}]}`,
	"objects/desk/object.json": `{"name": "desk", "label": {"en": "Desk", "zh-CN": "服务台"}, "sharing": "read", "fields": [{"name": "name", "type": "text", "label": {"en": "Name", "zh-CN": "名称"}}]}`,
	"objects/seat/object.json": `{"name": "seat", "label": {"en": "Seat", "zh-CN": "席位"}, "fields": [
		{"name": "desk_id", "type": "master", "to": "desk", "label": {"en": "Desk", "zh-CN": "服务台"}}, {"name": "person_id", "type": "lookup", "to": "person", "required": true, "label": {"en": "Person", "zh-CN": "人员"}},
		{"name": "weight", "type": "int", "label": {"en": "Weight", "zh-CN": "权重"}}, {"name": "turn", "type": "int", "label": {"en": "Turn", "zh-CN": "轮次"}}]}`,
	"objects/chore/actions/give.json": `{"name": "give", "label": {"en": "Give", "zh-CN": "分配"}, "input": [{"name": "desk_id", "type": "lookup", "to": "desk", "required": true, "label": {"en": "Desk", "zh-CN": "服务台"}}], "steps": [
		{"name": "pick", "call": "assign.pick", "with": {"of": "input.desk_id", "members": "seat", "user": "person_id", "strategy": "weighted_round_robin", "weight": "weight", "turn": "turn"}},
		{"update": "id", "set": {"state": "pick.member.person_id.username"}}]}`,
}, holds: []string{"4 bob 2 cat, turns 0", "share succeeded"}, lead: func(l *living) []string {
	desk := dig(l.once("root", "k", `mutation { createDesk(input: {name: "D"}, KEY) { desk { id } } }`), "createDesk", "desk", "id").(string)
	for i, who := range []string{"cat", "bob"} {
		l.once("root", "k"+who, `mutation { createSeat(input: {deskId: %q, personId: %q, weight: %d}, KEY) { seat { id } } }`, desk, l.id(who), i+1)
	}
	var last string
	for i := range 6 {
		last = l.lone(fmt.Sprint("l", i), fmt.Sprint("score: ", i))
		for _, m := range []int{0, 2, 4, 6} { // its run ends before the next begins, so that who gets what is certain
			l.at(10*i + m)
		}
	}
	turns := 0.0
	for _, s := range dig(l.must("root", `{ seats { nodes { turn } } }`), "seats", "nodes").([]any) {
		n, _ := dig(s, "turn").(float64)
		turns += n
	}
	chores := l.chores()
	return append([]string{fmt.Sprintf("%d bob %d cat, turns %v", strings.Count(chores, ":bob"), strings.Count(chores, ":cat"), turns)}, l.ended(last, "share")...)
}}

// asked finds the instance of a process about a record.
func (l *living) asked(record, process string) string {
	l.t.Helper()
	found := dig(l.must("root", `{ approvals(record: %q) { id process } }`, record), "approvals").([]any)
	for _, x := range found {
		if dig(x, "process") == process {
			return dig(x, "id").(string)
		}
	}
	l.t.Fatalf("there is no %s about %s: %v", process, record, found)
	return ""
}

// lone makes a lead, once.
func (l *living) lone(key, values string) string {
	l.t.Helper()
	return dig(l.once("root", key, `mutation { createLead(input: {name: "L", `+values+`}, KEY) { lead { id } } }`), "createLead", "lead", "id").(string)
}

// ended is what is left of runs, and of what they are about.
func (l *living) ended(id string, flows ...string) []string {
	l.t.Helper()
	out := []string{fmt.Sprint(l.must("root", `{ lead(id: %q) { score note version } chores(orderBy: [{rank: ASC}, {title: ASC}]) { nodes { title rank state version } } }`, id))}
	for _, key := range flows {
		for _, r := range l.runs(key) {
			out = append(out, fmt.Sprint(key, " ", r["status"]))
		}
		verbs := map[string]int{}
		for _, r := range l.runs(key) {
			for _, e := range l.run(r["id"])["trace"].([]any) {
				verbs[fmt.Sprint(dig(e, "verb"), ".", dig(e, "step"))]++
			}
		}
		out = append(out, fmt.Sprint(verbs))
	}
	return out
}
