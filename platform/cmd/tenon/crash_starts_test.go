package main

import "fmt"

// clockLife is schedules: one whose runs end those before, and one that pauses itself after failures.
var clockLife = life{name: "clock", long: true, flows: map[string]string{
	"tick": `{"key": "tick", "trigger": {"type": "schedule", "cron": "*/10 * * * *", "overlap": "cancel_running", "catchUp": "all"}, "steps": [
		{"id": "mark", "type": "create", "object": "chore", "set": {"title": "\"tick\"", "rank": "1"}}, {"id": "rest", "type": "wait", "for": "P1D"}]}`,
	"sick": `{"key": "sick", "errors": [{"code": "NO", "message": {"en": "no", "zh-CN": "不"}}], "trigger": {"type": "schedule", "cron": "*/10 * * * *", "overlap": "queue", "catchUp": "all", "jitter": "PT30S", "pauseAfterFailures": 2}, "steps": [
		{"id": "mark", "type": "create", "object": "chore", "set": {"title": "\"sick\"", "rank": "2"}}, {"id": "no", "type": "raise", "error": "NO"}]}`,
}, holds: []string{"tick cancelled | tick cancelled | tick running", "sick failed | sick failed | sick failed"}, lead: func(l *living) []string {
	id := l.lone("l1", "score: 1")
	for _, m := range []int{0, 2, 10, 12, 14, 20, 22, 24, 30, 32, 34} {
		l.at(m)
	}
	return l.ended(id, "tick", "sick")
}}

// batchLife is runs for many records of one write, which cause others and are caused again.
var batchLife = life{name: "batch", long: true, flows: map[string]string{
	"many": `{"key": "many", "trigger": {"type": "record", "object": "lead", "on": ["create", "update"]}, "settings": {"batch": {"size": 3}}, "vars": {"was": "int"}, "steps": [
		{"id": "each", "type": "loop", "in": "records", "do": [
			{"id": "add", "type": "set", "set": {"was": "COALESCE(vars.was, 0) + COALESCE(prior.score, 0)"}},
			{"id": "chore", "type": "create", "object": "chore", "set": {"title": "each.rating", "lead_id": "each.id", "rank": "each.score"}}]},
		{"id": "rest", "type": "wait", "for": "PT1M"},
		{"id": "mark", "type": "update", "in": "records", "set": {"note": "\"seen\""}}]}`,
	"echo": `{"key": "echo", "trigger": {"type": "record", "object": "chore", "on": ["create"]}, "steps": [{"id": "s", "type": "update", "set": {"state": "\"echoed\""}}, {"id": "up", "type": "update", "record": "lead_id", "set": {"score": "lead_id.score + 100"}}]}`,
}, holds: []string{"score:101 ", "note:seen ", "echo succeeded"}, lead: func(l *living) []string {
	d := l.once("root", "b1", `mutation { createLeads(inputs: [{name: "a", rating: "a", score: 1}, {name: "b", rating: "b", score: 2}, {name: "c", rating: "c", score: 3}, {name: "d", rating: "d", score: 4}], KEY) { lead { id } } }`)
	for m := range 8 {
		l.at(m)
	}
	var out []string
	for i := range 4 {
		out = append(out, fmt.Sprint(l.must("root", `{ lead(id: %q) { score note } }`, dig(d, "createLeads", i, "lead", "id"))))
	}
	return append(out, l.ended(dig(d, "createLeads", 0, "lead", "id").(string), "echo")...)
}}
