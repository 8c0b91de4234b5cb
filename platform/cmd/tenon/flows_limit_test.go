package main

import (
	"fmt"
	"testing"
	"time"
)

// TestFlowConcurrency: as many runs go on at once as the flow says, for each value of its key; one more
// waits for its turn, is passed over, or takes the place of the oldest.
func TestFlowConcurrency(t *testing.T) {
	for name, x := range map[string]struct{ settings, first, last string }{
		"queue":         {`"concurrency": {"max": 2, "key": "rating"}`, "running running queued running", "succeeded succeeded succeeded succeeded"},
		"in all":        {`"concurrency": {"max": 2}`, "running running queued queued", "succeeded succeeded succeeded succeeded"},
		"skip":          {`"concurrency": {"max": 2, "key": "rating", "onLimit": "skip"}`, "running running skipped running", "succeeded succeeded skipped succeeded"},
		"cancel_oldest": {`"concurrency": {"max": 2, "key": "rating", "onLimit": "cancel_oldest"}`, "cancelled running running running", "cancelled succeeded succeeded succeeded"},
		"in order":      {`"ordering": "key:rating"`, "running queued queued running", "succeeded succeeded succeeded succeeded"},
	} {
		t.Run(name, func(t *testing.T) {
			o := newOffice(t)
			o.publish(leads(map[string]string{"slow": fmt.Sprintf(`{"key": "slow", "trigger": {"type": "record", "object": "lead", "on": ["create"]}, "settings": {%s},
				"steps": [{"id": "w", "type": "wait", "for": "PT1H"}, {"id": "x", "type": "create", "object": "chore", "set": {"title": "\"t\"", "rank": "score"}}]}`, x.settings)}))
			for i, rating := range []string{"a", "a", "a", "b"} {
				o.lead("root", fmt.Sprintf(`score: %d, rating: %q`, i, rating))
				o.settle()
			}
			if got := o.statuses("slow"); got != x.first {
				t.Errorf("at first: %s, want %s", got, x.first)
			}
			for range 5 {
				o.clock.Set(o.clock.Now().Add(61 * time.Minute))
				o.settle()
			}
			if got := o.statuses("slow"); got != x.last {
				t.Errorf("at last: %s, want %s", got, x.last)
			}
		})
	}
}

// TestFlowLimitIsKept: nobody takes the place of those who wait, and who stops waiting leaves no place to others.
func TestFlowLimitIsKept(t *testing.T) {
	o := newOffice(t)
	o.publish(leads(map[string]string{"slow": `{"key": "slow", "trigger": {"type": "record", "object": "lead", "on": ["create"]}, "settings": {"concurrency": {"max": 2}},
		"steps": [{"id": "w", "type": "wait", "for": "PT1H"}]}`}))
	for range 5 {
		o.lead("root", "score: 1")
		o.settle()
	}
	o.must("root", `mutation { cancelFlowRun(run: %q, reason: "no") { id } }`, o.runs("slow")[2]["id"])
	o.settle()
	if got := o.statuses("slow"); got != "running running cancelled queued queued" {
		t.Fatalf("one that waited was cancelled: %s", got)
	}
	o.clock.Advance(time.Hour)
	o.lead("root", "score: 1") // at the moment when both places get free
	o.settle()
	if got := o.statuses("slow"); got != "succeeded succeeded cancelled running running queued" {
		t.Errorf("an hour later: %s", got)
	}
}
