package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// callLifeDir and callLifeURL name the data directory and the warehouse of TestFlowCallLife.
const callLifeDir, callLifeURL, callLifeMore = "TENON_TEST_CALL_LIFE", "TENON_TEST_CALL_URL", "TENON_TEST_CALL_MORE"

// TestFlowCallLife is the life of a run that calls another system. TestKilledCall runs it.
func TestFlowCallLife(t *testing.T) {
	dir := os.Getenv(callLifeDir)
	if dir == "" {
		t.Skip("TestKilledCall runs it")
	}
	o := moveIn(t, dir, nil)
	if o.in.publish.Tenant.Catalog().Flow("order") == nil {
		o.publish(ordering(os.Getenv(callLifeURL), os.Getenv(callLifeMore)))
	}
	id := dig(o.must("root", `mutation { createLead(input: {name: "L", score: 1}, idempotencyKey: "l1") { lead { id } } }`), "createLead", "lead", "id").(string)
	for _, m := range []int{0, 2, 5, 30, 60} {
		o.at(m)
	}
	r := o.run(o.runs("order")[0]["id"])
	raw, err := json.Marshal([]any{r["status"], dig(r, "incident", "code"), o.field(id, "note")})
	if err != nil {
		t.Fatal(err)
	}
	fmt.Printf("LIFE %s\n", raw)
}

// TestKilledCall ends the process around every commit in the life of a run that calls another system: with
// a key that the system knows there is one order and the run succeeds; without, there is one order at most,
// and where nobody knows, the run says so and never calls again.
func TestKilledCall(t *testing.T) {
	for name, more := range map[string]string{"none": "", "native_key": nativeKey} {
		t.Run(name, func(t *testing.T) {
			base := filepath.Join(shortDir(t), "base")
			t.Run("base", func(t *testing.T) { moveIn(t, base, nil).publish(ordering("http://127.0.0.1:1", more)) })
			outcomes := map[string]int{}
			life := func(n int, when string) (whole bool) {
				depot := newWarehouse(t)
				dir := filepath.Join(shortDir(t), fmt.Sprintf("k%d%s", n, when))
				if err := os.CopyFS(dir, os.DirFS(base)); err != nil {
					t.Fatal(err)
				}
				defer func() { _ = os.RemoveAll(dir) }()
				t.Run("address", func(t *testing.T) { moveIn(t, dir, nil).publish(ordering(depot.url, more)) })
				run := func(crash string) (string, bool) {
					cmd := exec.Command(os.Args[0], "-test.run=^TestFlowCallLife$", "-test.count=1")
					cmd.Env = append(os.Environ(), callLifeDir+"="+dir, "TENON_CRASH_AT="+crash)
					out, err := cmd.CombinedOutput()
					_, rest, ok := strings.Cut(string(out), "LIFE ")
					line, _, _ := strings.Cut(rest, "\n")
					return line, ok && err == nil
				}
				got, whole := run(fmt.Sprintf("%d:%s", n, when))
				if !whole {
					var ok bool
					if got, ok = run(""); !ok {
						t.Fatalf("killed %s commit %d: the life does not end", when, n)
					}
				}
				calls, _ := depot.seen()
				outcomes[got]++
				switch {
				case len(depot.orders) > 1, name == "none" && len(calls) > 1:
					t.Fatalf("killed %s commit %d: %d orders, called %v", when, n, len(depot.orders), calls)
				case got == `["succeeded",null,"W1"]` && len(depot.orders) == 1:
				case name == "none" && got == `["failed","OUTCOME_UNKNOWN",null]`:
				default:
					t.Fatalf("killed %s commit %d: %s, %d orders", when, n, got, len(depot.orders))
				}
				return whole
			}
			for n := 1; ; n++ {
				before, after := life(n, "before"), life(n, "after")
				if before && after {
					break
				}
			}
			t.Logf("%v", outcomes)
			if unknown := outcomes[`["failed","OUTCOME_UNKNOWN",null]`]; (name == "none") != (unknown > 0) || outcomes[`["succeeded",null,"W1"]`] < 10 {
				t.Errorf("the outcomes: %v", outcomes)
			}
		})
	}
}
