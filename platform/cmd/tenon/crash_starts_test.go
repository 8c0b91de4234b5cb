package main

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
