package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// sized are the sizes of the batches of the runs of a flow, in order of size.
func (o *office) sized(key string) string {
	o.t.Helper()
	var out []int
	for _, n := range dig(o.must("root", `{ flowRuns(flow: %q, first: 200) { nodes { cause } } }`, key), "flowRuns", "nodes").([]any) {
		records, _ := dig(n, "cause", "records").([]any)
		out = append(out, len(records))
	}
	slices.Sort(out)
	return strings.Trim(fmt.Sprint(out), "[]")
}

// reckoned are leads with figures that flows tell them.
func reckoned(flows map[string]string) map[string]string {
	out, more := leads(flows), ""
	for _, name := range []string{"points", "earlier", "size", "errands", "high"} {
		more += fmt.Sprintf(`{"name": %q, "type": "int", "label": {"en": "Figure %[1]s", "zh-CN": "指标 %[1]s"}}, `, name)
	}
	out["objects/lead/object.json"] = strings.Replace(out["objects/lead/object.json"], `{"name": "due"`, more+`{"name": "due"`, 1)
	return out
}

// figures are those of a lead.
func (o *office) figures(id string) string {
	o.t.Helper()
	l := dig(o.must("root", `{ lead(id: %q) { points earlier size errands high } }`, id), "lead")
	return fmt.Sprint(dig(l, "points"), " ", dig(l, "earlier"), " ", dig(l, "size"), " ", dig(l, "errands"), " ", dig(l, "high"))
}

// TestFlowBatch: the records of one write come to one run of a flow that takes many, in parts of its size; steps take
// them as they take those of a query, know what each was before, and look for what belongs to any of them.
func TestFlowBatch(t *testing.T) {
	o := newOffice(t)
	o.publish(reckoned(map[string]string{
		"many": `{"key": "many", "trigger": {"type": "record", "object": "lead", "on": ["create", "update"], "changed": ["score"], "when": "score > 0"}, "settings": {"batch": {"size": 40}}, "vars": {"sum": "int", "was": "int"}, "steps": [
			{"id": "theirs", "type": "query", "object": "chore", "match": {"lead_id": "records"}, "limit": 200},
			{"id": "again", "type": "query", "object": "lead", "match": {"id": "records"}, "where": "score > 50", "limit": 200},
			{"id": "each", "type": "loop", "in": "records", "do": [{"id": "add", "type": "set", "set": {"sum": "COALESCE(vars.sum, 0) + each.score", "was": "COALESCE(vars.was, 0) + COALESCE(prior.score, 0)"}}]},
			{"id": "mark", "type": "update", "in": "records", "set": {"points": "vars.sum", "earlier": "vars.was", "size": "records.count", "errands": "theirs.count", "high": "again.count"}}]}`}))
	inputs := func(n int, of func(i int) string) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, "{%s} ", of(i))
		}
		return b.String()
	}
	var ids []string
	made := o.must("root", `mutation { createLeads(inputs: [%s]) { lead { id } } }`, inputs(90, func(i int) string { return fmt.Sprintf(`name: "L", score: %d`, i) }))
	for _, x := range dig(made, "createLeads").([]any) {
		ids = append(ids, dig(x, "lead", "id").(string))
	}
	o.settle()
	if got := o.sized("many"); got != "9 40 40" || o.statuses("many") != "succeeded succeeded succeeded" { // the first has no points
		t.Fatalf("parts of %s, %s", got, o.statuses("many"))
	}
	if got := o.figures(ids[1]); got != "820 0 40 0 0" { // 1 to 40
		t.Errorf("the second: %v", got)
	}
	if got := o.field(ids[0], "points"); got != nil {
		t.Errorf("one that does not meet the condition: %v", got)
	}
	o.must("root", `mutation { createChores(inputs: [%s]) { errors { code } } }`, inputs(3, func(i int) string { return fmt.Sprintf(`title: "c", leadId: %q`, ids[10+i]) }))
	o.must("root", `mutation { updateLeads(inputs: [%s]) { errors { code } } }`, inputs(3, func(i int) string { return fmt.Sprintf(`id: %q, patch: {score: %d}`, ids[11+i], 50+i) }))
	o.settle()
	if got := o.figures(ids[12]); got != "153 36 3 2 2" { // 50, 51 and 52 after 11, 12 and 13; two have a chore, two more than 50
		t.Errorf("after a change of three: %v, parts of %s", got, o.sized("many"))
	}
	o.lead("root", "score: 7") // a write of one
	o.settle()
	if got := o.sized("many"); got != "1 3 9 40 40" {
		t.Errorf("parts of %s", got)
	}
	sim := o.must("root", `mutation { simulateFlow(flow: "many", records: [%q, %q]) { status trace { step out } } }`, ids[3], ids[4])
	if dig(sim, "simulateFlow", "status") != "succeeded" || !strings.Contains(fmt.Sprint(sim), "count:2") {
		t.Errorf("simulated with two: %v", sim)
	}
	if a := o.do("root", `mutation { simulateFlow(flow: "many", records: ["chore_1"]) { status } }`); a.code() != "NOT_FOUND" {
		t.Errorf("simulated with another object: %s", a.raw)
	}
	o.consistent()
}

// guests is a package whose guests are greeted, many at once.
var guests = map[string]string{
	"tenon.json":                `{"name": "guests", "version": "1.0.0", "label": {"en": "Guests", "zh-CN": "来宾"}}`,
	"objects/guest/object.json": `{"name": "guest", "label": {"en": "Guest", "zh-CN": "来宾"}, "pluralLabel": {"en": "Guests", "zh-CN": "来宾"}, "fields": [{"name": "name", "type": "text", "label": {"en": "Name", "zh-CN": "姓名"}}, {"name": "greeted", "type": "int", "label": {"en": "Greeted", "zh-CN": "已问候"}}]}`,
	"flows/greet.json":          `{"key": "greet", "trigger": {"type": "record", "object": "guest", "on": ["create"]}, "settings": {"batch": {"size": 200}}, "steps": [{"id": "mark", "type": "update", "in": "records", "set": {"greeted": "records.count"}}]}`,
}

// TestFlowBatchOfImport: the rows of an import that are written together come to one run, and each comes to one.
func TestFlowBatchOfImport(t *testing.T) {
	data := t.TempDir()
	s := serve(t, data, "--bare")
	must(t, "apply", "--data", data, write(t, guests))
	var csv strings.Builder
	csv.WriteString("name\n")
	const rows = 1000
	for i := range rows {
		fmt.Fprintf(&csv, "G%d\n", i)
	}
	f, _ := s.importOf("guest", "guests.csv", csv.String())
	if st := f.do("run"); st.Created != rows {
		t.Fatalf("%+v %+v", st, f.findings())
	}
	var seen struct {
		Guests struct {
			TotalCount int
			Nodes      []struct{ Greeted int }
		}
		FlowRuns struct {
			Nodes []struct {
				Status string
				Cause  struct{ Records []string }
			}
		}
	}
	for deadline := time.Now().Add(time.Minute); seen.Guests.TotalCount < rows; time.Sleep(20 * time.Millisecond) {
		s.query(&seen, `{ guests(first: 1, filter: {greeted: {gt: 0}}) { totalCount nodes { greeted } } flowRuns(flow: "greet", first: 200) { nodes { status cause } } }`, nil)
		if time.Now().After(deadline) {
			t.Fatalf("they are not greeted: %+v", seen.Guests)
		}
	}
	of := map[string]bool{}
	for _, r := range seen.FlowRuns.Nodes {
		for _, id := range r.Cause.Records {
			if of[id] {
				t.Errorf("%s is of two runs", id)
			}
			of[id] = true
		}
	}
	if n := len(seen.FlowRuns.Nodes); len(of) != rows || n > 50 {
		t.Errorf("%d runs of %d records", n, len(of))
	}
}

// TestFlowBatchRecursion: what a run of a batch writes starts no run of the flow for the same records, and one for others.
func TestFlowBatchRecursion(t *testing.T) {
	o := newOffice(t)
	o.publish(reckoned(map[string]string{"up": `{"key": "up", "trigger": {"type": "record", "object": "lead", "on": ["update"]}, "settings": {"batch": {"size": 10}}, "steps": [
		{"id": "all", "type": "query", "object": "lead", "sort": "name", "limit": 3}, {"id": "mark", "type": "update", "in": "all", "set": {"size": "records.count"}}]}`}))
	var ids []string
	for range 3 {
		ids = append(ids, o.lead("root", "score: 0"))
	}
	o.must("root", `mutation { updateLeads(inputs: [{id: %q, patch: {score: 1}}, {id: %q, patch: {score: 1}}]) { errors { code } } }`, ids[0], ids[1])
	o.settle()
	// The first run changes all three: two of them again, and a third, whose run changes all three again.
	if got := o.sized("up"); got != "1 2 2 3" || o.statuses("up") != "succeeded succeeded skipped skipped" {
		t.Errorf("parts of %s, %s", got, o.statuses("up"))
	}
	o.consistent()
}

// TestFlowBatchInName: a run of a batch in somebody's name writes what that person may, and does not start where the
// condition asks for what they may not see.
func TestFlowBatchInName(t *testing.T) {
	o := newOffice(t)
	files := leads(map[string]string{"mine": `{"key": "mine", "trigger": {"type": "record", "object": "lead", "on": ["update"], "when": "score > 0"}, "settings": {"batch": {"size": 10}, "runAs": "user:ann"},
		"steps": [{"id": "mark", "type": "update", "in": "records", "set": {"note": "\"seen\""}}]}`})
	files["permissions/leads.json"] = `{"name": "leads", "label": {"en": "Leads", "zh-CN": "线索"}, "objects": {"lead": {"allow": ["read", "create", "update"]}}}`
	files["roles/sales.json"] = `{"name": "sales", "label": {"en": "Sales", "zh-CN": "销售"}, "permissions": ["sell", "leads"]}`
	o.publish(files)
	own, also, other := o.lead("ann", "score: 0"), o.lead("ann", "score: 0"), o.lead("root", "score: 0")
	change := func(a, b string, score int) {
		o.must("root", `mutation { updateLeads(inputs: [{id: %q, patch: {score: %d}}, {id: %q, patch: {score: %d}}]) { errors { code } } }`, a, score, b, score)
		o.settle()
	}
	change(own, also, 1)
	if o.field(own, "note") != "seen" || o.field(also, "note") != "seen" {
		t.Errorf("of her own: %s", o.statuses("mine"))
	}
	n := len(o.runs("mine"))
	change(own, other, 2)
	if run := o.runs("mine")[n]; run["status"] != "skipped" || run["reason"] != "forbidden" || o.field(other, "note") != nil {
		t.Errorf("of which she does not see one: %v", run)
	}
}

// TestFlowBatchFindings: what means nothing for many records is found when it is published.
func TestFlowBatchFindings(t *testing.T) {
	o := newOffice(t)
	const on = `"trigger": {"type": "record", "object": "lead", "on": ["update"]}`
	const mark = `"steps": [{"id": "mark", "type": "update", "in": "records", "set": {"note": "\"x\""}}]`
	for text, want := range map[string]string{
		on + `, "settings": {"batch": {"size": 201}}, ` + mark:                                           "1 to 200",
		on + `, "settings": {"batch": {"size": 0}}, ` + mark:                                             "1 to 200",
		on + `, "settings": {"batch": {"size": 9}, "ordering": "per_record"}, ` + mark:                   "no record to be ordered",
		on + `, "settings": {"batch": {"size": 9}, "concurrency": {"max": 1, "key": "rating"}}, ` + mark: "no record to be ordered",
		`"trigger": {"type": "button", "object": "lead"}, "settings": {"batch": {"size": 9}}, ` + mark:   "only writes of records",
		on + `, ` + mark: "no query step",
		on + `, "settings": {"batch": {"size": 9}}, "steps": [{"id": "mark", "type": "update", "set": {"note": "\"x\""}}]`:                                                                             "about no record",
		on + `, "settings": {"batch": {"size": 9}}, "steps": [{"id": "mark", "type": "update", "in": "records", "set": {"note": "name"}}]`:                                                             "name",
		on + `, "settings": {"batch": {"size": 9}}, "vars": {"n": "int"}, "steps": [{"id": "mark", "type": "set", "set": {"n": "prior.score"}}]`:                                                       "prior",
		on + `, "settings": {"batch": {"size": 9}}, "steps": [{"id": "a", "type": "loop", "in": "records", "do": [{"id": "b", "type": "loop", "in": "records", "do": [{"id": "x", "type": "end"}]}]}]`: "inside a loop",
		on + `, "settings": {"batch": {"size": 9}}, "steps": [{"id": "q", "type": "query", "object": "chore", "match": {"title": "records"}, "limit": 1}]`:                                             "",
		on + `, "settings": {"batch": {"size": 9}}, "steps": [{"id": "records", "type": "query", "object": "chore", "limit": 1}]`:                                                                      "name",
	} {
		p := o.propose(leads(map[string]string{"many": `{"key": "many", ` + text + `}`}))
		if err := p.Findings.Err(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// TestFlowBatchCases: cases of a package write many at once by an operation, and a red one holds the publish back.
func TestFlowBatchCases(t *testing.T) {
	o := newOffice(t)
	flow := func(want string) map[string]string {
		return reckoned(map[string]string{"many": `{"key": "many", "trigger": {"type": "record", "object": "lead", "on": ["create"]}, "settings": {"batch": {"size": 2}}, "steps": [{"id": "mark", "type": "update", "in": "records", "set": {"size": "records.count"}}],
			"tests": [{"name": "three at once are two and one", "when": [{"graphql": "mutation { createLeads(inputs: [{name: \"a\"}, {name: \"b\"}, {name: \"c\"}]) { errors { code } } }"}, {"advance": "PT1M", "graphql": "{ leads(orderBy: [{name: ASC}]) { nodes { size } } }"}],
				"then": {"runs": {"many": ["succeeded", "succeeded"]}, "data": {"leads": {"nodes": [{"size": 2}, {"size": 2}, {"size": ` + want + `}]}}}}]}`})
	}
	if got := fmt.Sprint(o.propose(flow("2")).Findings); !strings.Contains(got, "case-failed") || !strings.Contains(got, "three at once") {
		t.Errorf("a red case: %s", got)
	}
	o.publish(flow("1"))
}
