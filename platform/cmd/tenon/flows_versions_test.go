package main

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

// versioned is a flow about leads that are created, with vars, settings and steps as given.
func versioned(extra, steps string) map[string]string {
	return leads(map[string]string{"way": fmt.Sprintf(`{"key": "way", "trigger": {"type": "record", "object": "lead", "on": ["create"]}, %s "steps": [%s]}`, extra, steps),
		"sub":  `{"key": "sub", "trigger": {"type": "flow", "object": "lead"}, "steps": [{"id": "w", "type": "wait", "for": "P1D"}]}`,
		"sub2": `{"key": "sub2", "trigger": {"type": "flow", "object": "lead"}, "steps": [{"id": "w", "type": "wait", "for": "P1D"}]}`})
}

// move asks for all runs of way to go over to the version that serves; more are further arguments, each after a comma.
func (o *office) move(more string) (nodes []any, migrated any) {
	o.t.Helper()
	d := o.must("root", `mutation { migrateFlowRuns(flow: "way", reason: "a better way"%s) { version migrated after nodes { id version status can problems { code step message } } } }`, more)
	return dig(d, "migrateFlowRuns", "nodes").([]any), dig(d, "migrateFlowRuns", "migrated")
}

// steps that the versions of the tests are made of.
const (
	stepFirst = `{"id": "first", "type": "create", "object": "chore", "set": {"title": "\"a\"", "lead_id": "id", "rank": "1"}}`
	stepRest  = `{"id": "rest", "type": "wait", "for": "P7D"}`
	stepNote  = `{"id": "say", "type": "update", "set": {"note": "\"old\""}}`
	stepNew   = `{"id": "say", "type": "update", "set": {"note": "CONCAT(\"new \", first.title)"}}, {"id": "more", "type": "update", "record": "first.id", "set": {"state": "\"more\""}}`
)

// TestFlowMigrate: runs that wait go over to another version, whose steps they then go through; the time that they wait
// for stays, or begins anew. A dry run moves nothing. What is moved says so in its trace, with the reason.
func TestFlowMigrate(t *testing.T) {
	for _, timers := range []string{"keep", "reset"} {
		t.Run(timers, func(t *testing.T) {
			o := newOffice(t)
			o.publish(versioned("", stepFirst+","+stepRest+","+stepNote))
			id := o.lead("root", `score: 1`)
			o.settle()
			o.publish(versioned("", stepFirst+`, {"id": "rest", "type": "wait", "for": "P1D", "label": {"en": "Rest", "zh-CN": "等待"}}, `+stepNew))
			late := o.lead("root", `score: 2`)
			o.settle()
			if nodes, n := o.move(`, dryRun: true, timers: "` + timers + `"`); len(nodes) != 1 || dig(nodes, 0, "can") != true || n != 0.0 || o.runs("way")[0]["version"] != 1.0 {
				t.Fatalf("tried: %v, %v", nodes, o.runs("way"))
			}
			o.clock.Advance(time.Hour)
			if nodes, n := o.move(`, timers: "` + timers + `"`); len(nodes) != 1 || n != 1.0 {
				t.Fatalf("moved: %v, %v", nodes, n)
			}
			o.settle()
			o.consistent()
			if nodes, n := o.move(""); len(nodes) != 0 || n != 0.0 {
				t.Errorf("once more: %v, %v", nodes, n)
			}
			run := dig(o.must("root", `{ flowRun(id: %q) { version status trace { verb message data } } }`, o.runs("way")[0]["id"]), "flowRun")
			if got := fmt.Sprint(dig(run, "trace")); dig(run, "version") != 2.0 || !strings.Contains(got, "data:map[from:1 timers:"+timers+" to:2] message:a better way verb:run.migrated") {
				t.Errorf("the run: %v", run)
			}
			o.clock.Advance(24 * time.Hour)
			o.settle()
			want := map[string]any{"keep": nil, "reset": "new a"}[timers]
			if got := o.field(id, "note"); got != want {
				t.Errorf("after a day the note is %v, want %v", got, want)
			}
			o.clock.Advance(6 * 24 * time.Hour)
			o.settle()
			o.consistent()
			if got := o.statuses("way"); got != "succeeded succeeded" || o.field(id, "note") != "new a" || o.field(late, "note") != "new a" || o.chores() != "a:more a:more" {
				t.Errorf("at last: %s, %v, %s", got, o.field(id, "note"), o.chores())
			}
		})
	}
}

// TestFlowMigrateRefused: what is done must be the same, and what is waited for; then all of a run stays as it was. Both
// languages say why.
func TestFlowMigrateRefused(t *testing.T) {
	const (
		hear = `{"id": "w", "type": "wait", "event": "rung", "record": "id"}`
		both = `{"id": "both", "type": "parallel", "branches": [{"id": "x", "steps": [%s]}, {"id": "y", "steps": [%s]}]}`
		each = `{"id": "mine", "type": "query", "object": "chore", "limit": 10}, {"id": "each", "type": "loop", "in": "mine", %s "do": [{"id": "up", "type": "update", "record": "each.id", "set": {"state": "\"up\""}}, {"id": "nap", "type": "wait", "for": "P1D"}, {"id": "then", "type": "update", "record": "each.id", "set": {"state": %q}}]}`
		cond = `{"id": "if", "type": "condition", "branches": [{"id": "yes", "when": "score > 0", "steps": [{"id": "nap", "type": "wait", "for": "P1D"}, %s]}, {"id": "no", "steps": [%s]}]}`
		more = `{"id": "others", "type": "query", "object": "chore", "limit": 10}`
		undo = `{"id": "first", "type": "create", "object": "chore", "set": {"title": "\"a\""}, "compensate": [{"id": "un", "type": "update", "record": "first.id", "set": {"state": %q}}]}`
	)
	s := func(format string, a ...any) string { return fmt.Sprintf(format, a...) }
	for name, x := range map[string]struct{ extra1, steps1, extra2, steps2, more, want string }{
		"what comes is other":            {"", stepFirst + "," + stepRest + "," + stepNote, "", stepFirst + "," + stepRest, "", ""},
		"a step is new before":           {"", stepFirst + "," + stepRest, "", stepFirst + `, {"id": "b", "type": "delete"}, ` + stepRest, "", "rest step_missing"},
		"what is done is other":          {"", stepFirst + "," + stepRest, "", strings.Replace(stepFirst, `"1"`, `"2"`, 1) + "," + stepRest, "", "first step_changed"},
		"what is done is gone":           {"", stepFirst + "," + stepRest, "", stepRest, "", "first step_missing, rest step_missing"},
		"it waits in another type":       {"", stepFirst + "," + stepRest, "", stepFirst + `, {"id": "rest", "type": "delete"}`, "", "rest other_type"},
		"it is called otherwise":         {"", stepFirst + "," + stepRest + "," + stepNote, "", strings.ReplaceAll(stepFirst, "first", "eins") + `, {"id": "pause", "type": "wait", "for": "P1D"}, {"id": "say", "type": "update", "set": {"note": "eins.title"}}`, `, steps: {first: "eins", rest: "pause"}`, ""},
		"it is called otherwise, untold": {"", stepFirst + "," + stepRest, "", stepFirst + `, {"id": "pause", "type": "wait", "for": "P1D"}`, "", "rest step_missing"},
		"another event":                  {"", hear, "", strings.Replace(hear, "rung", "rang", 1), "", "w other_wait"},
		"the same event":                 {"", hear, "", strings.Replace(hear, `"record"`, `"for": "P1D", "record"`, 1), "", ""},
		"no event":                       {"", hear, "", `{"id": "w", "type": "wait", "for": "P1D"}`, "", "w other_wait"},
		"another flow":                   {"", `{"id": "s", "type": "flow", "flow": "sub"}`, "", `{"id": "s", "type": "flow", "flow": "sub2"}`, "", "s other_wait"},
		"the same flow":                  {"", `{"id": "s", "type": "flow", "flow": "sub"}`, "", `{"id": "s", "type": "flow", "flow": "sub"}, ` + stepNote, "", ""},
		"lanes":                          {"", s(both, stepFirst, stepRest), "", s(both, stepFirst, stepRest+","+stepNote), "", ""},
		"a lane that has ended":          {"", s(both, stepFirst, stepRest), "", s(both, stepNote, stepRest), "", "first step_missing"},
		"one more lane":                  {"", s(both, stepFirst, stepRest), "", strings.Replace(s(both, stepFirst, stepRest), `]}]}`, `]}, {"id": "z", "steps": []}]}`, 1), "", "both branches"},
		"within a loop":                  {"", stepFirst + "," + s(each, "", "'one'"), "", stepFirst + "," + s(each, "", "'two'"), "", ""},
		"within rounds at once":          {"", stepFirst + "," + stepFirst2 + "," + s(each, `"parallel": 2,`, "'one'"), "", stepFirst + "," + stepFirst2 + "," + s(each, `"parallel": 3,`, "'two'"), "", ""},
		"a loop that is later":           {"", stepFirst + "," + s(each, "", "'one'"), "", stepFirst + "," + strings.NewReplacer(`"in": "mine"`, `"in": "others"`, `{"id": "each"`, `{"id": "others", "type": "query", "object": "chore", "limit": 10}, {"id": "each"`).Replace(s(each, "", "'one'")), "", "each step_missing"},
		"rounds over others":             {"", stepFirst + "," + more + "," + s(each, "", "'one'"), "", stepFirst + "," + more + "," + strings.Replace(s(each, "", "'one'"), `"in": "mine"`, `"in": "others"`, 1), "", "each other_rounds"},
		"within a branch":                {"", s(cond, stepNote, stepFirst), "", s(cond, stepFirst2, ""), "", ""},
		"within a branch that goes":      {"", s(cond, stepNote, stepFirst), "", strings.Replace(s(cond, stepNote, stepFirst), `"yes"`, `"yea"`, 1), "", "if branches"},
		"what undoes it is other":        {"", s(undo, "'x'") + "," + stepRest, "", s(undo, "'y'") + "," + stepRest, "", "first step_changed"},
		"a variable of another kind":     {`"vars": {"n": "int"},`, `{"id": "keep", "type": "set", "set": {"n": "1"}}, ` + stepRest, `"vars": {"n": "decimal"},`, `{"id": "keep", "type": "set", "set": {"n": "1"}}, ` + stepRest, "", "n var_kind"},
		"another order":                  {"", stepRest, `"settings": {"ordering": "per_record"},`, stepRest, "", "<nil> other_order"},
		"about many records":             {"", stepRest, `"settings": {"batch": {"size": 10}},`, stepRest, "", "<nil> other_trigger"},
		"for somebody else":              {"", stepRest, `"settings": {"runAs": "user:ann"},`, stepRest, "", "<nil> other_actor"},
	} {
		t.Run(name, func(t *testing.T) {
			o := newOffice(t)
			o.publish(versioned(x.extra1, x.steps1))
			o.lead("root", `score: 1`)
			o.settle()
			before := o.run(o.runs("way")[0]["id"])
			o.publish(versioned(x.extra2, x.steps2))
			for _, dry := range []string{", dryRun: true", ""} {
				nodes, n := o.move(x.more + dry)
				var got []string
				for _, p := range dig(nodes, 0, "problems").([]any) {
					got = append(got, fmt.Sprintf("%v %v", dig(p, "step"), dig(p, "code")))
				}
				if strings.Join(got, ", ") != x.want || (n == 1.0) != (x.want == "" && dry == "") {
					t.Fatalf("told %s: %v, moved %v, want %s", dry, got, n, x.want)
				}
			}
			o.settle()
			o.consistent()
			run := o.run(o.runs("way")[0]["id"])
			if x.want != "" {
				if fmt.Sprint(run) != fmt.Sprint(before) {
					t.Errorf("the run is %v, and was %v", run, before)
				}
				d := o.read("zh-CN", `mutation { migrateFlowRuns(flow: "way", dryRun: true) { nodes { problems { message } } } }`)
				if text := fmt.Sprint(dig(d, "migrateFlowRuns", "nodes", 0, "problems", 0, "message")); !strings.ContainsFunc(text, func(r rune) bool { return r > 0x3000 }) {
					t.Errorf("in Chinese: %s", text)
				}
				return
			}
			for range 4 {
				o.clock.Advance(8 * 24 * time.Hour)
				o.settle()
				if strings.Contains(x.steps2, "rung") {
					o.must("root", `mutation { publishEvent(event: "rung", record: %q) { runs } }`, run["record"])
					o.settle()
				}
			}
			o.consistent()
			if run = o.run(run["id"]); run["status"] != "succeeded" || run["version"] != 2.0 {
				t.Errorf("the run: %v", run)
			}
		})
	}
}

const stepFirst2 = `{"id": "second", "type": "create", "object": "chore", "set": {"title": "\"b\"", "rank": "2"}}`

// TestFlowMigrateHears: what a run waits to be told of it hears while it goes over, and a condition that is another one
// now is looked at.
func TestFlowMigrateHears(t *testing.T) {
	for name, x := range map[string]struct{ was, is, timers string }{
		"an event":             {`"event": "rung", "record": "id"`, `"event": "rung", "record": "id", "for": "P1D"`, "reset"},
		"an event, no time":    {`"event": "rung", "record": "id", "for": "P9D"`, `"event": "rung", "record": "id"`, "reset"},
		"a condition":          {`"until": "score > 5", "reactive": true`, `"until": "score > 0", "reactive": true`, "keep"},
		"a condition, in time": {`"until": "score > 5", "reactive": true, "for": "P9D"`, `"until": "score > 7", "reactive": true, "for": "P1D"`, "reset"},
	} {
		t.Run(name, func(t *testing.T) {
			o := newOffice(t)
			o.publish(versioned("", `{"id": "w", "type": "wait", `+x.was+`}, `+stepNote))
			id := o.lead("root", `score: 1`)
			o.settle()
			o.publish(versioned("", `{"id": "w", "type": "wait", `+x.is+`}, {"id": "say", "type": "update", "set": {"note": "IF(w.timed_out, 'late true', 'late false')"}}`))
			if nodes, n := o.move(fmt.Sprintf(", timers: %q", x.timers)); n != 1.0 {
				t.Fatalf("moved: %v", nodes)
			}
			want := "late false"
			if strings.Contains(x.is, "rung") {
				o.must("root", `mutation { publishEvent(event: "rung", record: %q) { runs } }`, id)
			}
			o.settle()
			if x.timers == "reset" && strings.Contains(x.is, "score") {
				o.clock.Advance(25 * time.Hour)
				o.settle()
				want = "late true"
			}
			o.consistent()
			if got := o.field(id, "note"); got != want || o.statuses("way") != "succeeded" {
				t.Errorf("the note is %v, want %s; %v", got, want, o.run(o.runs("way")[0]["id"]))
			}
		})
	}
}

// TestFlowMigrateFailed: a run that has stopped goes over to a version that is mended, and then on, with what it has done
// undone by nobody; so does one that waits for its turn. Runs that are over stay.
func TestFlowMigrateFailed(t *testing.T) {
	o := newOffice(t)
	order := `"settings": {"ordering": "key:rating", "onPoison": "block"},`
	o.publish(versioned(order, stepFirst+`, {"id": "bad", "type": "update", "set": {"note": "\"poison\""}}`))
	one := o.lead("root", `score: 1, rating: "a"`)
	o.lead("root", `score: 2, rating: "a"`)
	o.settle()
	o.publish(versioned(order, stepFirst+`, {"id": "good", "type": "update", "set": {"note": "first.title"}}`))
	if got := o.statuses("way"); got != "failed queued" {
		t.Fatalf("the runs: %s", got)
	}
	if nodes, n := o.move(""); n != 1.0 || dig(nodes, 0, "status") != "queued" {
		t.Errorf("those that go on: %v", nodes)
	}
	if nodes, n := o.move(", failed: true"); n != 1.0 || dig(nodes, 0, "status") != "failed" {
		t.Errorf("those that have stopped: %v", nodes)
	}
	run := o.runs("way")[0]["id"]
	if in := o.run(run); in["status"] != "failed" || dig(in, "incident", "step") != "good" {
		t.Errorf("it has moved, and is not taken up: %v", in)
	}
	o.consistent()
	o.must("root", `mutation { retryFlowRun(run: %q, reason: "mended") { id } }`, run)
	o.settle()
	o.consistent()
	if got := o.statuses("way"); got != "succeeded succeeded" || o.field(one, "note") != "a" || o.chores() != "a:<nil> a:<nil>" {
		t.Errorf("at last: %s, %v, %s", got, o.run(run), o.chores())
	}
	o.publish(versioned(order, stepFirst))
	nodes, n := o.move(fmt.Sprintf(`, runs: [%q]`, run))
	if n != 0.0 || dig(nodes, 0, "problems", 0, "code") != "over" {
		t.Errorf("one that is over: %v", nodes)
	}
}

// TestFlowMigrateRerun: a run that has gone over goes back to a step that is called otherwise now, by the branch that it
// took, and finds variables as they were before it; one that was undone, in part, goes over no more.
func TestFlowMigrateRerun(t *testing.T) {
	o := newOffice(t)
	steps := func(cond, keep, bad string) string {
		return fmt.Sprintf(`{"id": %q, "type": "condition", "branches": [{"id": "yes", "when": "score > 0", "steps": [
			{"id": %q, "type": "set", "set": {"n": "COALESCE(vars.n, 0) + 1"}},
			{"id": "made", "type": "create", "object": "chore", "set": {"title": "'x'", "rank": "vars.n"}, "compensate": [{"id": "un", "type": "update", "set": {"note": "'poison'"}}]}]}]},
			{"id": "bad", "type": "update", "set": {"note": %q}}`, cond, keep, bad)
	}
	o.publish(versioned(`"vars": {"n": "int"},`, steps("if", "keep", "'poison'")))
	o.lead("root", `score: 1`)
	o.lead("root", `score: 2`)
	o.settle()
	o.publish(versioned(`"vars": {"n": "int"},`, steps("wenn", "halt", "'fine'")))
	rs := o.runs("way")
	o.must("root", `mutation { compensateFlowRun(run: %q, reason: "all wrong") { id } }`, rs[1]["id"])
	o.settle()
	nodes, n := o.move(`, failed: true, steps: {if: "wenn", keep: "halt"}`)
	if n != 1.0 || len(nodes) != 2 || dig(nodes, 0, "problems", 0, "code") != "compensating" {
		t.Fatalf("moved: %v", nodes)
	}
	o.must("root", `mutation { rerunFlowFrom(run: %q, step: "halt", reason: "once more") { id } }`, rs[0]["id"])
	o.settle()
	o.consistent()
	if r := o.run(rs[0]["id"]); r["status"] != "succeeded" || dig(r, "vars", "n") != "1" {
		t.Errorf("the run: %v", r)
	}
}

// TestFlowMigrateGone: runs of a version that names what there is no more go over to one that does not, or are
// cancelled; till then they stand.
func TestFlowMigrateGone(t *testing.T) {
	o := newOffice(t)
	o.publish(versioned("", stepRest+`, {"id": "done", "type": "update", "set": {"note": "rating"}}`))
	one, _ := o.lead("root", `score: 1, rating: "a"`), o.lead("root", `score: 2`)
	o.settle()
	next := versioned("", stepRest+`, {"id": "done", "type": "update", "set": {"note": "name"}}`)
	next["objects/lead/object.json"] = strings.Replace(next["objects/lead/object.json"], `{"name": "rating", "type": "text", "label": {"en": "Rating", "zh-CN": "Rating"}, "maxLength": 40},`, "", 1)
	o.publish(next)
	rs := o.runs("way")
	if a := o.do("root", `mutation { retryFlowRun(run: %q, reason: "why") { id } }`, rs[1]["id"]); a.code() != "DEFINITION_UNAVAILABLE" {
		t.Errorf("a command: %s", a.raw)
	}
	o.must("root", `mutation { cancelFlowRun(run: %q, reason: "not needed") { id } }`, rs[1]["id"])
	if nodes, n := o.move(fmt.Sprintf(`, runs: [%q]`, rs[0]["id"])); n != 1.0 {
		t.Fatalf("moved: %v", nodes)
	}
	o.clock.Advance(8 * 24 * time.Hour)
	o.settle()
	o.consistent()
	if got := o.statuses("way"); got != "succeeded cancelled" || o.field(one, "note") != "L" {
		t.Errorf("at last: %s", got)
	}
}

// TestFlowMigrateRequest: administrators alone move runs, so many at once, with a reason; plain paths do the same, and
// tell the versions.
func TestFlowMigrateRequest(t *testing.T) {
	o := newOffice(t)
	o.publish(versioned("", stepFirst+","+stepRest))
	for i := range 3 {
		o.lead("root", fmt.Sprintf(`score: %d`, i))
	}
	o.settle()
	o.publish(versioned("", stepFirst+","+stepRest+","+stepNote))
	run := o.runs("way")[1]["id"].(string)
	for more, want := range map[string]string{`, reason: " "`: "INVALID_INPUT", `, reason: "why", version: 7`: "DEFINITION_UNAVAILABLE", `, reason: "why", version: 0`: "INVALID_INPUT",
		`, reason: "why", timers: "x"`: "INVALID_INPUT", `, reason: "why", steps: {rest: "none"}`: "INVALID_INPUT", `, reason: "why", steps: {first: "rest"}`: "INVALID_INPUT", `, reason: "why", steps: {rest: 1}`: "INVALID_INPUT", `, reason: "why", first: 201`: "INVALID_INPUT",
		`, reason: "why", runs: ["run_1"]`: "NOT_FOUND", `, reason: "why", after: "-"`: "INVALID_INPUT"} {
		if a := o.do("root", `mutation { migrateFlowRuns(flow: "way"%s) { migrated } }`, more); a.code() != want {
			t.Errorf("%s: %s, want %s", more, a.raw, want)
		}
	}
	if a := o.do("root", `mutation { migrateFlowRuns(flow: "sub", reason: "why", runs: [%q]) { migrated } }`, run); a.code() != "NOT_FOUND" {
		t.Errorf("a run of another flow: %s", a.raw)
	}
	for _, query := range []string{`mutation { migrateFlowRuns(flow: "way", dryRun: true) { migrated } }`, `{ flowVersions(flow: "way") { version } }`} {
		if a := o.ask("ann", query, nil); a.code() != "FORBIDDEN" {
			t.Errorf("somebody else: %s", a.raw)
		}
	}
	if status, _, _ := o.plain("ann", http.MethodPost, "/api/flows/runs/"+run+"/migrate", `{"reason": "why"}`, nil); status != http.StatusNotFound {
		t.Errorf("somebody else: %d", status)
	}
	// What is not read must not be passed over: a dry run would be none, and one run would be all.
	for body, field := range map[string]string{`{"reason": "why", "dryRun": "yes"}`: "dryRun", `{"reason": "why", "failed": 1}`: "failed", `{"reason": "why", "runs": "` + run + `"}`: "runs", `{"reason": "why", "runs": [1]}`: "runs",
		`{"reason": "why", "steps": ["first"]}`: "steps", `{"reason": "why", "timers": true}`: "timers", `{"reason": "why", "after": 1}`: "after"} {
		status, got, _ := o.plain("root", http.MethodPost, "/api/flows/way/migrate", body, nil)
		if status != http.StatusUnprocessableEntity && status != http.StatusBadRequest || dig(got, "errors", 0, "extensions", "field") != field {
			t.Errorf("%s: %d %v", body, status, got)
		}
	}
	if status, got, _ := o.plain("root", http.MethodPost, "/api/flows/runs/"+run+"/migrate", `{"reason": "why", "version": 2}`, nil); status != http.StatusOK || dig(got, "data", "migrated") != 1.0 {
		t.Errorf("one: %d %v", status, got)
	}
	status, got, _ := o.plain("root", http.MethodPost, "/api/flows/way/migrate", `{"from": 1, "first": 1, "dryRun": true}`, nil)
	if status != http.StatusOK || len(dig(got, "data", "nodes").([]any)) != 1 || dig(got, "data", "after") == nil {
		t.Fatalf("the first page: %d %v", status, got)
	}
	status, got, _ = o.plain("root", http.MethodPost, "/api/flows/way/migrate", fmt.Sprintf(`{"reason": "why", "from": 1, "after": %q}`, dig(got, "data", "after")), nil)
	if status != http.StatusOK || dig(got, "data", "migrated") != 1.0 || dig(got, "data", "after") != nil {
		t.Errorf("the last page: %d %v", status, got)
	}
	_, got, _ = o.plain("root", http.MethodGet, "/api/flows/way/versions", "", nil)
	if v := dig(got, "data"); fmt.Sprint(dig(v, 0, "version"), dig(v, 0, "going"), dig(v, 0, "serves"), dig(v, 1, "version"), dig(v, 1, "going"), dig(v, 1, "serves"), dig(v, 1, "steps")) != "2 2 true 1 1 false map[first:create rest:wait]" {
		t.Errorf("the versions: %v", v)
	}
}
