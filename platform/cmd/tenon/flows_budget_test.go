package main

import (
	"context"
	"fmt"
	"testing"
)

// ending counts the runs of a flow by how they ended, and by the codes of their incidents.
func (o *office) ending(key string) map[string]int {
	o.t.Helper()
	out, after := map[string]int{}, "null"
	for {
		d := o.must("root", `{ flowRuns(flow: %q, first: 200, after: %s) { after nodes { status incident { code } } } }`, key, after)
		for _, n := range dig(d, "flowRuns", "nodes").([]any) {
			what := fmt.Sprint(dig(n, "status"))
			if code := dig(n, "incident", "code"); code != nil {
				what += " " + fmt.Sprint(code)
			}
			out[what]++
		}
		next := dig(d, "flowRuns", "after")
		if next == nil {
			return out
		}
		after = fmt.Sprintf("%q", next)
	}
}

// many makes chores, a hundred at a time, and leads.
func (o *office) many(chores, leads int) {
	o.t.Helper()
	for of, n := range map[string]int{"Chore": chores, "Lead": leads} {
		for n > 0 {
			in := ""
			for i := range min(n, 100) {
				in += map[string]string{"Chore": `{title: "c", rank: 0} `, "Lead": fmt.Sprintf(`{name: "L", score: 0, rating: "L%d"} `, i)}[of]
			}
			o.must("root", `mutation { create%ss(inputs: [%s]) { errors { code } } }`, of, in)
			n -= 100
		}
	}
}

// TestFlowBudgetOfWrites: all that follows from one cause writes ten thousand records, to the record, however many
// runs it is divided over; then the runs that would write more stop, past everything that would let them go on, and
// nothing of the step that would is kept. Another cause has a budget of its own.
func TestFlowBudgetOfWrites(t *testing.T) {
	o := newOffice(t)
	o.publish(leads(map[string]string{
		"press": `{"key": "press", "trigger": {"type": "button", "object": "lead"}, "steps": [
			{"id": "them", "type": "query", "object": "lead", "where": "score = 0", "limit": 60}, {"id": "each", "type": "update", "in": "them", "set": {"score": "1"}}]}`,
		"heavy": `{"key": "heavy", "trigger": {"type": "record", "object": "lead", "on": ["update"], "changed": ["score"]}, "settings": {"maxSteps": 10}, "steps": [
			{"id": "all", "type": "query", "object": "chore", "limit": 199}, {"id": "bump", "type": "update", "in": "all", "set": {"title": "rating"}, "onError": "continue"}, {"id": "mark", "type": "update", "set": {"note": "\"done\""}}]}`}))
	o.many(199, 60)
	press := func() {
		t.Helper()
		o.must("root", `mutation { runFlow(flow: "press", record: %q) { id } }`, o.lead("root", "score: -1"))
		o.settle()
	}
	stop := o.in.startFlows(context.Background(), 8)
	press()
	stop()
	// Those that are stopped have done nothing with chores, or all but the last step.
	got := o.ending("heavy")
	if got["succeeded"]+got["failed CASCADE_BUDGET"] != 60 || got["failed CASCADE_BUDGET"] < 10 || len(got) != 2 {
		t.Fatalf("they ended as %v", got)
	}
	versions := map[any]bool{}
	for _, n := range dig(o.must("root", `{ chores(first: 500) { nodes { version } } }`), "chores", "nodes").([]any) {
		versions[dig(n, "version")] = true
	}
	done := dig(o.must("root", `{ leads(first: 100, filter: {note: {eq: "done"}}) { totalCount } }`), "leads", "totalCount").(float64)
	times := float64(int(10_000-60-done) / 199)
	if len(versions) != 1 || !versions[1+times] || int(done) != got["succeeded"] {
		t.Errorf("%v runs are done, of %v; the chores have the versions %v, not %v", done, got, versions, 1+times)
	}
	o.consistent()
	for locale, want := range map[string]string{"en": "all that follows from one cause writes at most 10000 records", "zh-CN": "同一起因引发的写入最多 10000 条记录"} {
		d := o.read(locale, `{ flowRuns(flow: "heavy", status: "failed", first: 1) { nodes { id reason incident { code message step } } } }`)
		if dig(d, "flowRuns", "nodes", 0, "incident", "message") != want || dig(d, "flowRuns", "nodes", 0, "reason") != want {
			t.Errorf("in %s: %v", locale, d)
		}
	}
	stopped := dig(o.must("root", `{ flowRuns(flow: "heavy", status: "failed", first: 1) { nodes { id } } }`), "flowRuns", "nodes", 0, "id")
	o.must("root", `mutation { rerunFlow(run: %q, reason: "by itself") { id } }`, stopped)
	o.settle()
	if got := o.ending("heavy"); got["succeeded"] != int(done)+1 {
		t.Errorf("one of them by itself: %v", got)
	}
}

// TestFlowBudgetOfRuns: all that follows from one cause is a thousand runs; those that would begin after that tell that
// they did not.
func TestFlowBudgetOfRuns(t *testing.T) {
	o := newOffice(t)
	o.publish(leads(map[string]string{
		"press": `{"key": "press", "trigger": {"type": "button", "object": "lead"}, "steps": [
			{"id": "them", "type": "query", "object": "chore", "limit": 1100}, {"id": "hundreds", "type": "loop", "in": "them", "batch": 200, "do": [{"id": "each", "type": "update", "in": "hundreds", "set": {"rank": "1"}}]},
			{"id": "sub", "type": "flow", "flow": "helper"}]}`,
		"light":  `{"key": "light", "trigger": {"type": "record", "object": "chore", "on": ["update"]}, "vars": {"n": "int"}, "steps": [{"id": "keep", "type": "set", "set": {"n": "rank"}}]}`,
		"helper": `{"key": "helper", "trigger": {"type": "flow", "object": "lead"}, "steps": [{"id": "x", "type": "end"}]}`}))
	o.many(1100, 0)
	id := o.lead("root", "score: -1")
	o.must("root", `mutation { runFlow(flow: "press", record: %q) { id } }`, id)
	o.settle()
	if got := o.ending("light"); got["succeeded"] != 999 || got["failed CASCADE_BUDGET"] != 101 {
		t.Errorf("they ended as %v", got)
	}
	if got := o.ending("helper"); got["failed CASCADE_BUDGET"] != 1 {
		t.Errorf("the flow that is run: %v", got)
	}
	if got := o.ending("press"); got["failed CHILD_FAILED"] != 1 {
		t.Errorf("the first: %v", got)
	}
	o.consistent()
	for locale, want := range map[string]string{"en": "one cause has had 1000 runs follow from it", "zh-CN": "同一起因引发的运行已达 1000 次"} {
		if d := o.read(locale, `{ flowRuns(flow: "light", status: "failed", first: 1) { nodes { incident { message } } } }`); dig(d, "flowRuns", "nodes", 0, "incident", "message") != want {
			t.Errorf("in %s: %v", locale, d)
		}
	}
}
