package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tenon-platform/tenon/platform/clock"
)

// flowLifeDir names the data directory that TestFlowLife works in, in a process of its own.
const flowLifeDir = "TENON_TEST_FLOW_LIFE"

// lifeFlows are those of TestFlowLife: records, a loop, lanes, a wait, an event that is waited for,
// another flow, and a flow that the first one causes.
var lifeFlows = map[string]string{
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
}

// TestFlowLife is the life of a run and those that it causes, in steps that may be repeated. It ends by
// printing all that is left of them. TestKilledFlow runs it.
func TestFlowLife(t *testing.T) {
	dir := os.Getenv(flowLifeDir)
	if dir == "" {
		dir = filepath.Join(shortDir(t), "data")
	}
	o := withFlows(t, dir, lifeFlows)
	at := func(minutes int) {
		o.clock.Set(time.Date(2026, 3, 2, 1, 0, 0, 0, time.UTC).Add(time.Duration(minutes) * time.Minute))
		o.settle()
	}
	id := dig(o.must("root", `mutation { createLead(input: {name: "L", score: 1}, idempotencyKey: "l1") { lead { id } } }`), "createLead", "lead", "id").(string)
	for _, m := range []int{0, 2, 61, 63, 65} { // a job in the hands of a process that died is taken over when its lease ends
		at(m)
	}
	if n, err := o.in.autos.Drain(context.Background()); err != nil || n != 0 {
		t.Errorf("%d jobs are left, %v", n, err)
	}
	out := []string{fmt.Sprint(o.must("root", `{ lead(id: %q) { score version } chores(orderBy: [{rank: ASC}]) { nodes { title rank state version } } }`, id))}
	for _, key := range []string{"main", "helper", "echo"} {
		for _, r := range o.runs(key) {
			out = append(out, fmt.Sprint(key, " ", r["status"]))
		}
	}
	verbs := map[string]int{}
	for _, e := range o.run(o.runs("main")[0]["id"])["trace"].([]any) {
		verbs[fmt.Sprint(e.(map[string]any)["verb"], ".", e.(map[string]any)["step"])]++
	}
	out = append(out, fmt.Sprint(verbs))
	fmt.Printf("LIFE %s\n", strings.Join(out, " | "))
}

// withFlows opens the office of a data directory, with flows.
func withFlows(t *testing.T, dir string, flows map[string]string) *office {
	t.Helper()
	clk := clock.NewFixed(time.Date(2026, 3, 2, 1, 0, 0, 0, time.UTC))
	in, err := openInstance(context.Background(), &common{data: dir, store: "sqlite"}, clk, slog.New(slog.NewTextHandler(io.Discard, nil)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := in.close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	o := &office{t: t, in: in, clock: clk, people: map[string]int64{}}
	if in.publish.Tenant.Catalog().Revision == 0 {
		o.publish(leads(flows))
	}
	return o
}

// TestKilledFlow ends the process around every commit in the life of a run, and carries the life on in
// another: what is left is the same as without, so no effect is lost and none comes twice.
func TestKilledFlow(t *testing.T) {
	base := filepath.Join(shortDir(t), "base")
	t.Run("base", func(t *testing.T) { withFlows(t, base, lifeFlows) })
	fresh := func(name string) string {
		dir := filepath.Join(shortDir(t), name)
		if err := os.CopyFS(dir, os.DirFS(base)); err != nil {
			t.Fatal(err)
		}
		return dir
	}
	run := func(dir, crash string) string {
		cmd := exec.Command(os.Args[0], "-test.run=^TestFlowLife$", "-test.count=1")
		cmd.Env = append(os.Environ(), flowLifeDir+"="+dir, "TENON_CRASH_AT="+crash)
		out, err := cmd.CombinedOutput()
		if _, rest, ok := strings.Cut(string(out), "LIFE "); ok && err == nil {
			line, _, _ := strings.Cut(rest, "\n")
			return line
		}
		if crash == "" {
			t.Fatalf("the life does not end: %v\n%s", err, out)
		}
		return ""
	}
	want := run(fresh("clean"), "")
	if !strings.Contains(want, "score:80") || strings.Count(want, "succeeded |") < 4 || strings.Contains(want, "!!") {
		t.Fatalf("the life itself: %s", want)
	}
	killed := 0
	for n := 1; ; n++ {
		whole := true
		for _, when := range []string{"before", "after"} {
			dir := fresh(fmt.Sprintf("k%d%s", n, when[:1]))
			if got := run(dir, fmt.Sprintf("%d:%s", n, when)); got == want {
				continue
			}
			whole = false
			killed++
			if got := run(dir, ""); got != want {
				t.Fatalf("killed %s commit %d:\n%s\nwant\n%s", when, n, got, want)
			}
			if err := os.RemoveAll(dir); err != nil {
				t.Fatal(err)
			}
		}
		if whole {
			break
		}
	}
	if killed < 20 {
		t.Errorf("killed only %d times", killed)
	}
	t.Logf("killed %d times", killed)
}
