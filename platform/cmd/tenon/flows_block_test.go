package main

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// blocking is a flow whose runs come in an order, and fail where a lead's note is to be poison.
func blocking(ordering, poison string) map[string]string {
	return leads(map[string]string{"line": fmt.Sprintf(`{"key": "line", "trigger": {"type": "record", "object": "lead", "on": ["update"], "changed": ["score"]}, "settings": {"ordering": %q, "onPoison": %q}, "vars": {"n": "int"},
		"steps": [{"id": "keep", "type": "set", "set": {"n": "score"}},
			{"id": "first", "type": "create", "object": "chore", "set": {"title": "\"first\"", "rank": "vars.n"}, "compensate": [{"id": "gone", "type": "delete", "record": "first.id"}]},
			{"id": "try", "type": "update", "when": "name = \"bad\"", "set": {"note": "\"poison\""}},
			{"id": "done", "type": "create", "object": "chore", "set": {"title": "CONCAT(\"done \", rating)", "rank": "vars.n"}}]}`, ordering, poison)})
}

// standing is what is said of the runs of a flow about why they wait, oldest first.
func (o *office) standing(key string) (out []map[string]any) {
	o.t.Helper()
	for _, n := range dig(o.must("root", `{ flowRuns(flow: %q) { nodes { id status reason behind blocks } } }`, key), "flowRuns", "nodes").([]any) {
		out = append([]map[string]any{n.(map[string]any)}, out...)
	}
	return out
}

// TestFlowBlock: where a flow says so, those that come after a run that has failed wait until somebody looks after
// it, and are told why; those of other keys do not. Without, they go on.
func TestFlowBlock(t *testing.T) {
	for name, x := range map[string]struct {
		ordering, poison, operate string
		mends                     bool // before it is operated, the record lets the run go on
		first, last               string
	}{
		"skip":               {"per_record", "skip", "", false, "failed succeeded succeeded", "failed succeeded succeeded"},
		"retried":            {"per_record", "block", "retryFlowRun", true, "failed queued succeeded", "succeeded succeeded succeeded"},
		"passed over":        {"per_record", "block", "skipFlowStep", false, "failed queued succeeded", "succeeded failed succeeded"},
		"cancelled":          {"per_record", "block", "cancelFlowRun", true, "failed queued succeeded", "cancelled succeeded succeeded"},
		"undone":             {"key:rating", "block", "compensateFlowRun", true, "failed queued succeeded", "compensated succeeded succeeded"},
		"of a key, skip":     {"key:rating", "skip", "", false, "failed succeeded succeeded", "failed succeeded succeeded"},
		"of a key, retried":  {"key:rating", "block", "retryFlowRun", true, "failed queued succeeded", "succeeded succeeded succeeded"},
		"tried again, fails": {"per_record", "block", "retryFlowRun", false, "failed queued succeeded", "failed queued succeeded"},
	} {
		t.Run(name, func(t *testing.T) {
			o := newOffice(t)
			o.publish(blocking(x.ordering, x.poison))
			one, two := o.lead("root", `score: 1, rating: "a"`), o.lead("root", `score: 1, rating: "b"`)
			o.must("root", `mutation { updateLead(id: %q, patch: {name: "bad", score: 2}) { lead { id } } }`, one)
			o.settle()
			if x.poison == "skip" {
				o.must("root", `mutation { updateLead(id: %q, patch: {name: "good"}) { lead { id } } }`, one)
			}
			o.must("root", `mutation { updateLead(id: %q, patch: {score: 3}) { lead { id } } }`, one)
			o.must("root", `mutation { updateLead(id: %q, patch: {score: 4}) { lead { id } } }`, two)
			o.settle()
			o.consistent()
			if got := o.statuses("line"); got != x.first {
				t.Fatalf("at first: %s, want %s", got, x.first)
			}
			if x.operate != "" {
				o.blocked()
				if x.mends {
					o.must("root", `mutation { updateLead(id: %q, patch: {name: "good"}) { lead { id } } }`, one)
				}
				o.must("root", `mutation { `+x.operate+`(run: %q, reason: "mended") { id } }`, o.standing("line")[0]["id"])
				o.settle()
			}
			o.consistent()
			if got := o.statuses("line"); got != x.last {
				t.Errorf("at last: %s, want %s", got, x.last)
			}
		})
	}
}

// blocked: the second of the runs of line waits for the first, which has failed; it is told so in both languages, to
// administrators alone.
func (o *office) blocked() {
	o.t.Helper()
	rs := o.standing("line")
	if rs[0]["blocks"] != true || rs[2]["blocks"] != false || rs[1]["behind"] != rs[0]["id"] || rs[0]["behind"] != nil || !strings.Contains(fmt.Sprint(rs[1]["reason"]), "has failed, and those after it wait") {
		o.t.Errorf("the runs: %v", rs)
	}
	d := o.read("zh-CN", `{ flowRun(id: %q) { reason behind } }`, rs[1]["id"])
	if !strings.Contains(fmt.Sprint(dig(d, "flowRun", "reason")), "已失败，后续运行等待其") {
		o.t.Errorf("in Chinese: %v", d)
	}
}

// TestFlowBlockOnlyInOrder: what has no order waits for nothing that has failed.
func TestFlowBlockOnlyInOrder(t *testing.T) {
	o := newOffice(t)
	files := leads(map[string]string{"line": `{"key": "line", "trigger": {"type": "record", "object": "lead", "on": ["create"]}, "settings": {"onPoison": "block"}, "steps": [{"id": "x", "type": "delete"}]}`})
	if got := fmt.Sprint(o.propose(files).Findings); !strings.Contains(got, "one after the other") {
		t.Errorf("told is %s", got)
	}
}

// TestFlowQueueIsKept: whoever comes while others wait waits behind them, and one of those that wait being
// cancelled lets no other go before its turn.
func TestFlowQueueIsKept(t *testing.T) {
	for name, settings := range map[string]string{"per record": `"ordering": "per_record"`, "of a key": `"ordering": "key:rating"`, "one at a time": `"concurrency": {"max": 1}`} {
		t.Run(name, func(t *testing.T) {
			o := newOffice(t)
			o.publish(leads(map[string]string{"line": fmt.Sprintf(`{"key": "line", "trigger": {"type": "record", "object": "lead", "on": ["update"], "changed": ["score"]}, "settings": {%s},
				"steps": [{"id": "w", "type": "wait", "event": "rung"}, {"id": "x", "type": "update", "set": {"note": "CONCAT(COALESCE(note, \"\"), \".\")"}}]}`, settings)}))
			id := o.lead("root", `score: 1, rating: "a"`)
			for i := range 3 {
				o.must("root", `mutation { updateLead(id: %q, patch: {score: %d}) { lead { id } } }`, id, i+2)
				o.settle()
			}
			o.must("root", `mutation { cancelFlowRun(run: %q, reason: "not needed") { id } }`, o.runs("line")[1]["id"])
			o.settle()
			o.consistent()
			if got := o.statuses("line"); got != "running cancelled queued" {
				t.Fatalf("the runs: %s", got)
			}
			o.must("root", `mutation { cancelFlowRun(run: %q, reason: "not needed") { id } }`, o.runs("line")[0]["id"])
			if a := o.in.ask(t, o.as("root"), fmt.Sprintf(`mutation { updateLead(id: %q, patch: {score: 9}) { lead { id } } }`, id), nil); strings.Contains(a, "errors") {
				t.Fatal(a)
			}
			o.settle()
			o.consistent()
			if got := o.statuses("line"); got != "cancelled cancelled running queued" {
				t.Errorf("the runs: %s", got)
			}
		})
	}
}

// TestFlowOrderModel: whatever is written, and however those that fail are looked after, runs of each record that
// block go on in the order of the writes, and the rows keep the invariants.
func TestFlowOrderModel(t *testing.T) {
	seeds := 4
	if testing.Short() {
		seeds = 1
	}
	for seed := range seeds {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			o := newOffice(t)
			o.publish(blocking("per_record", "block"))
			r := rand.New(rand.NewPCG(uint64(seed), 7))
			m := &lineModel{lines: map[string][]string{}, bad: map[string]bool{}}
			ids := []string{o.lead("root", `score: 0, rating: "a"`), o.lead("root", `score: 0, rating: "b"`)}
			for n := range 40 {
				id := ids[r.IntN(len(ids))]
				switch what := r.IntN(6); {
				case what < 3:
					m.write(id)
					o.must("root", `mutation { updateLead(id: %q, patch: {score: %d}) { lead { id } } }`, id, n+1)
				case what == 3:
					m.bad[id] = !m.bad[id]
					o.must("root", `mutation { updateLead(id: %q, patch: {name: %q}) { lead { id } } }`, id, map[bool]string{true: "bad", false: "good"}[m.bad[id]])
				default:
					do := []string{"retry", "skip", "cancel", "compensate"}[r.IntN(4)]
					at := m.operate(id, do)
					if at < 0 {
						continue
					}
					run := o.ofLead(id)[at]["id"]
					o.must("root", `mutation { `+map[string]string{"retry": "retryFlowRun", "skip": "skipFlowStep", "cancel": "cancelFlowRun", "compensate": "compensateFlowRun"}[do]+`(run: %q, reason: "why") { id } }`, run)
				}
				o.settle()
				m.settle()
				o.consistent()
				for _, id := range ids {
					var got []string
					for _, x := range o.ofLead(id) {
						got = append(got, fmt.Sprint(x["status"]))
					}
					if !slices.Equal(got, m.lines[id]) {
						t.Fatalf("after %d: the runs of %s are %v, want %v", n, id, got, m.lines[id])
					}
				}
			}
		})
	}
}

// ofLead lists the runs about a lead, oldest first.
func (o *office) ofLead(id string) (out []map[string]any) {
	o.t.Helper()
	for _, n := range dig(o.must("root", `{ flowRuns(flow: "line", record: %q) { nodes { id status } } }`, id), "flowRuns", "nodes").([]any) {
		out = append([]map[string]any{n.(map[string]any)}, out...)
	}
	return out
}

// lineModel is what is expected of the runs of line: their statuses by record, oldest first.
type lineModel struct {
	lines map[string][]string
	bad   map[string]bool // records on which a run that tries fails
}

func (m *lineModel) write(id string) { m.lines[id] = append(m.lines[id], "queued") }

// settle lets those go that may: until one fails.
func (m *lineModel) settle() {
	for id, line := range m.lines {
		for i := range line {
			if line[i] == "failed" {
				break
			}
			if line[i] == "queued" || line[i] == "retried" {
				if line[i] = "succeeded"; m.bad[id] {
					line[i] = "failed"
					break
				}
			}
		}
	}
}

// operate looks after the run of a record that has failed, and tells which it is; -1: there is none.
func (m *lineModel) operate(id, do string) int {
	at := slices.Index(m.lines[id], "failed")
	if at >= 0 {
		m.lines[id][at] = map[string]string{"retry": "retried", "skip": "succeeded", "cancel": "cancelled", "compensate": "compensated"}[do]
	}
	return at
}
