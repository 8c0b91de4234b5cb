package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tenon-platform/tenon/metadata/plan"
	"github.com/tenon-platform/tenon/runtime/publish"
	"github.com/tenon-platform/tenon/workflow/engine"
)

// retiring is a flow with runs that wait, one after the other for each rating.
func retiring(settings string) map[string]string {
	return leads(map[string]string{"way": fmt.Sprintf(`{"key": "way", "trigger": {"type": "record", "object": "lead", "on": ["create"]}, "settings": {"ordering": "key:rating"%s},
		"steps": [{"id": "rest", "type": "wait", "for": "P1D"}, {"id": "say", "type": "update", "set": {"note": "'done'"}}]}`, settings)})
}

// gone is the same office without the flow.
func gone() map[string]string { return leads(map[string]string{"way": ""}) }

// TestFlowRetired: a flow that is removed or switched off starts no runs. Those that there are finish, or those that
// have begun, or none, as it declares or the plan asks; the plan counts them and says so, in both languages.
func TestFlowRetired(t *testing.T) {
	for name, x := range map[string]struct {
		declared string
		change   map[string]string
		asked    string
		en, zh   string
		want     string
	}{
		"removed":               {"", gone(), "", "runs go on to their end; none", "继续执行，不再启动", "succeeded succeeded"},
		"removed, asked":        {"", gone(), "cancel", "runs are cancelled", "将被取消", "cancelled cancelled"},
		"removed, asked less":   {`, "onOff": "cancel"`, gone(), "finish", "runs go on to their end; none", "继续执行，不再启动", "succeeded succeeded"},
		"removed, declared":     {`, "onOff": "drain"`, gone(), "", "those that wait for their turn are cancelled", "排队的取消", "succeeded cancelled"},
		"switched off":          {"", retiring(`, "off": true`), "", "runs go on to their end; none", "继续执行，不再启动", "succeeded succeeded"},
		"switched off, drains":  {"", retiring(`, "off": true, "onOff": "drain"`), "", "those that wait for their turn are cancelled", "排队的取消", "succeeded cancelled"},
		"switched off, cancels": {"", retiring(`, "off": true`), "cancel", "runs are cancelled", "将被取消", "cancelled cancelled"},
	} {
		t.Run(name, func(t *testing.T) {
			o := newOffice(t)
			o.publish(retiring(x.declared))
			for range 2 {
				o.lead("root", `score: 1, rating: "a"`)
				o.settle()
			}
			o.lead("root", `score: 2, rating: "b"`) // its run is about to begin
			p := o.ends(x.change, map[string]string{"way": x.asked})
			i := slices.IndexFunc(p.Entries, func(e plan.Entry) bool { return e.Address.String() == "flow.way" })
			if i < 0 || p.Entries[i].Count == nil || *p.Entries[i].Count != 2 || !strings.Contains(p.Entries[i].Impact.En, x.en) || !strings.Contains(p.Entries[i].Impact.Zh, x.zh) || p.Entries[i].Runs == "" || x.asked != "" && p.Entries[i].Runs != x.asked {
				t.Fatalf("the plan: %+v", p.Entries)
			}
			o.apply(p)
			o.lead("root", `score: 3, rating: "c"`)
			for range 4 {
				o.settle()
				o.consistent()
				o.clock.Advance(25 * time.Hour)
			}
			if got := o.statuses("way"); got != x.want {
				t.Errorf("the runs: %s, want %s; %v", got, x.want, o.runs("way"))
			}
			if rs := o.runs("way"); strings.Contains(x.want, "cancelled") {
				why := map[bool]string{true: "the flow was removed", false: "the flow was switched off"}[x.change["flows/way.json"] == ""]
				if rs[1]["reason"] != why {
					t.Errorf("the reason: %v, want %s", rs[1]["reason"], why)
				}
			}
			// Back again, it starts runs.
			o.publish(retiring(x.declared))
			o.lead("root", `score: 4, rating: "d"`)
			o.settle()
			if got := o.statuses("way"); got != x.want+" running" {
				t.Errorf("back again: %s", got)
			}
		})
	}
}

// ends plans a change, with what is asked for the runs of flows.
func (o *office) ends(change, runs map[string]string) *publish.Proposal {
	o.t.Helper()
	for key, how := range runs {
		if how == "" {
			delete(runs, key)
		}
	}
	p, err := o.proposed(change, runs)
	if err == nil {
		err = p.Findings.Err()
	}
	if err != nil {
		o.t.Fatal(err)
	}
	return p
}

func (o *office) proposed(change, runs map[string]string) (*publish.Proposal, error) {
	files, err := publish.ReadFiles(os.DirFS("testdata/office"))
	if err != nil {
		return nil, err
	}
	for name, text := range change {
		if text != "" {
			files[name] = []byte(text)
		}
	}
	return o.in.publish.ProposeWith(o.as("root"), publish.Bundle{"office": files}, nil, publish.Choices{Runs: runs})
}

func (o *office) apply(p *publish.Proposal) {
	o.t.Helper()
	if _, err := o.in.publish.Apply(o.as("root"), p, publish.ApplyOptions{Author: "test", AllowDestructive: true}); err != nil {
		o.t.Fatal(err)
	}
}

// TestFlowRetiredRequest: nothing is asked for the runs of a flow that goes on, or that is none of the three.
func TestFlowRetiredRequest(t *testing.T) {
	o := newOffice(t)
	o.publish(retiring(""))
	for _, x := range []struct {
		change, runs map[string]string
		want         string
	}{
		{retiring(`, "onOff": "drain"`), map[string]string{"way": "cancel"}, "neither removed nor switched off"},
		{gone(), map[string]string{"none": "cancel"}, "neither removed nor switched off"},
		{gone(), map[string]string{"way": "stop"}, "finish, drain or cancel"},
	} {
		if _, err := o.proposed(x.change, x.runs); err == nil || !strings.Contains(err.Error(), x.want) {
			t.Errorf("%v: %v", x.runs, err)
		}
	}
	for query, want := range map[string]string{`mutation { plan(runs: {way: "cancel"}) }`: "neither removed nor switched off", `mutation { plan(runs: ["way"]) }`: "runs gives the key"} {
		if a := o.admin("root", "%s", query); !strings.Contains(a.raw, want) {
			t.Errorf("%s: %s", query, a.raw)
		}
	}
}

// TestFlowRetiredStarts: no kind of trigger starts a flow that is switched off, and no other flow runs it.
func TestFlowRetiredStarts(t *testing.T) {
	o := newOffice(t)
	on := func(off bool) map[string]string {
		flow := func(key, trigger, steps string) string {
			return fmt.Sprintf(`{"key": %q, "label": {"en": "F", "zh-CN": "F"}, "trigger": {%s}, "settings": {"off": %v}, "steps": [%s]}`, key, trigger, off, steps)
		}
		made := `{"id": "made", "type": "create", "object": "chore", "set": {"title": "'x'"}}`
		return leads(map[string]string{
			"by_record":   flow("by_record", `"type": "record", "object": "lead", "on": ["create"]`, made),
			"before":      flow("before", `"type": "record", "object": "lead", "on": ["create"], "timing": "before"`, `{"id": "s", "type": "update", "set": {"note": "'before'"}}`),
			"by_date":     flow("by_date", `"type": "date", "object": "lead", "field": "due"`, made),
			"by_time":     flow("by_time", `"type": "schedule", "cron": "0 * * * *"`, made),
			"by_button":   flow("by_button", `"type": "button", "object": "lead"`, made),
			"by_event":    flow("by_event", `"type": "event", "event": "rung"`, made),
			"by_approval": flow("by_approval", `"type": "approval", "object": "deal", "on": ["submitted"]`, made),
			"by_flow":     flow("by_flow", `"type": "flow", "object": "lead"`, made),
			"caller":      `{"key": "caller", "trigger": {"type": "record", "object": "lead", "on": ["create"]}, "steps": [{"id": "s", "type": "flow", "flow": "by_flow"}]}`,
		})
	}
	o.publish(on(false))
	o.lead("root", fmt.Sprintf(`score: 1, due: %q`, o.clock.Now().Add(2*time.Hour).UTC().Format(time.RFC3339)))
	if n := o.timers(); n["flow.date"] != 1 || n["flow.schedule"] != 1 {
		t.Fatalf("the timers: %v", n)
	}
	o.publish(on(true))
	o.settle()
	if n := o.timers(); n["flow.date"]+n["flow.schedule"]+n["flow.backfill"]+n["flow.retire"] != 0 {
		t.Errorf("the timers of what is off: %v", n)
	}
	id := o.lead("root", fmt.Sprintf(`score: 1, due: %q`, o.clock.Now().Add(2*time.Hour).UTC().Format(time.RFC3339)))
	o.submit("ann", "discount", o.deal("ann", `discount: "0.3"`))
	if a := o.do("root", `mutation { runFlow(flow: "by_button", record: %q) { id } }`, id); a.code() != "NOT_FOUND" {
		t.Errorf("the button: %s", a.raw)
	}
	if a := o.do("root", `mutation { publishEvent(event: "rung") { runs } }`); a.code() != "NOT_FOUND" {
		t.Errorf("the event: %s", a.raw)
	}
	o.clock.Advance(3 * time.Hour)
	o.settle()
	o.consistent()
	for _, key := range []string{"by_record", "by_date", "by_time", "by_button", "by_event", "by_approval", "by_flow"} {
		if got := o.statuses(key); got != "" {
			t.Errorf("%s: %s", key, got)
		}
	}
	if got := o.runs("caller"); dig(got[1], "incident", "code") != "CHILD_FAILED" || o.field(id, "note") != nil {
		t.Errorf("who calls it: %v, note %v", got, o.field(id, "note"))
	}
	// Switched on again, with the very content that it had, dates and schedules come back.
	o.publish(on(false))
	o.settle()
	if n := o.timers(); n["flow.schedule"] != 1 {
		t.Errorf("the timers of what is on again: %v", n)
	}
	o.clock.Advance(time.Hour)
	o.settle()
	if o.statuses("by_date") != "succeeded succeeded" || !strings.HasPrefix(o.statuses("by_time"), "succeeded") {
		t.Errorf("on again: %q, %q", o.statuses("by_date"), o.statuses("by_time"))
	}
}

// timers counts jobs by their kind.
func (o *office) timers() map[string]int {
	o.t.Helper()
	rows, err := engine.ReadRows(context.Background(), o.in.db)
	if err != nil {
		o.t.Fatal(err)
	}
	out := map[string]int{}
	for _, j := range rows.Jobs {
		out[j.Kind]++
	}
	return out
}

// TestFlowRetiredWaits: runs of a flow that is gone still hear of what they wait for: changes of their record, and
// events that nobody else expects.
func TestFlowRetiredWaits(t *testing.T) {
	o := newOffice(t)
	files := leads(map[string]string{"way": `{"key": "way", "trigger": {"type": "record", "object": "lead", "on": ["create"]},
		"steps": [{"id": "first", "type": "wait", "for": "PT1H"}, {"id": "until", "type": "wait", "until": "score > 5", "reactive": true},
			{"id": "ring", "type": "wait", "event": "rung", "record": "id", "data": {"word": "text"}}, {"id": "say", "type": "update", "set": {"note": "ring.word"}}]}`})
	o.publish(files)
	id := o.lead("root", `score: 1`)
	o.settle()
	o.publish(gone())
	o.must("root", `mutation { updateLead(id: %q, patch: {score: 2}) { lead { id } } }`, id) // before it waits for the record
	o.clock.Advance(2 * time.Hour)
	o.settle()
	o.must("root", `mutation { updateLead(id: %q, patch: {score: 9}) { lead { id } } }`, id)
	o.settle()
	if a := o.do("root", `mutation { publishEvent(event: "rung", record: %q, data: {word: 1}) { runs } }`, id); a.code() != "INVALID_INPUT" {
		t.Errorf("a value of another kind: %s", a.raw)
	}
	o.must("root", `mutation { publishEvent(event: "rung", record: %q, data: {word: "ding"}) { runs } }`, id)
	o.settle()
	o.consistent()
	if got := o.statuses("way"); got != "succeeded" || o.field(id, "note") != "ding" {
		t.Errorf("the run: %s, %v", got, o.run(o.runs("way")[0]["id"]))
	}
}
