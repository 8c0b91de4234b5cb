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

// lifeDir names the data directory that TestApprovalLife works in, in a process of its own.
const lifeDir = "TENON_TEST_APPROVAL_LIFE"

// reopen opens the office of a data directory that has it, or puts it there.
func reopen(t *testing.T, dir string) *office {
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
		o.publish(nil)
	}
	o.meet()
	return o
}

// TestApprovalLife is the life of two approvals, from submission to the last write, in steps that
// may be repeated. It ends by printing all that is left of them. TestKilledApproval runs it.
func TestApprovalLife(t *testing.T) {
	dir := os.Getenv(lifeDir)
	if dir == "" {
		dir = filepath.Join(shortDir(t), "data")
	}
	o := reopen(t, dir)
	at := func(hours int) {
		o.clock.Set(time.Date(2026, 3, 2, 1, 0, 0, 0, time.UTC).Add(time.Duration(hours) * time.Hour))
		o.drain()
	}
	once := func(who, key, query string, args ...any) map[string]any {
		return o.must(who, strings.ReplaceAll(query, "KEY", fmt.Sprintf("idempotencyKey: %q", key)), args...)
	}
	deal := func(key string) string {
		return dig(once("ann", key, `mutation { createDeal(input: {name: "D", reason: "big", amount: "1000.00", discount: "0.3"}, KEY) { deal { id } } }`), "createDeal", "deal", "id").(string)
	}
	submit := func(key, process, record string) string {
		return dig(once("ann", key, `mutation { submit(process: %q, record: %q, KEY) { id } }`, process, record), "submit", "id").(string)
	}
	big, small := deal("d1"), deal("d2")
	a := submit("s1", "discount", big)
	at(1)
	once("bob", "a1", `mutation { approve(task: "%s:1", data: {discount: "0.25"}, KEY) { status } }`, a)
	at(2)
	once("fay", "a2", `mutation { approve(task: "%s:2", KEY) { status } }`, a)
	once("fin", "a3", `mutation { approve(task: "%s:3", KEY) { status } }`, a)
	b := submit("s2", "pool", small)
	at(60) // eight business hours and more: the clock decides
	at(61) // a job in the hands of a process that died is taken over when its lease ends
	var out []string
	for _, i := range []string{a, b} {
		d := o.must("root", `{ instance(id: %q) { status round tasks { node status decision } } audit(instance: %q) { valid entries { verb } } snapshots(instance: %q) { round } }`, i, i, i)
		out = append(out, fmt.Sprint(d))
	}
	for _, id := range []string{big, small} {
		d := o.must("root", `{ deal(id: %q) { stage approvalStatus discount version } approvals(record: %q) { status locked } }`, id, id)
		out = append(out, fmt.Sprint(d))
		o.must("ann", `mutation { updateDeal(id: %q, patch: {note: "free"}, dryRun: true) { deal { id } } }`, id)
	}
	if n, err := o.in.flows.Drain(context.Background()); err != nil || n != 0 {
		t.Errorf("%d jobs are left, %v", n, err)
	}
	fmt.Printf("LIFE %s\n", strings.Join(out, " | "))
}

// life runs TestApprovalLife in a process of its own, and gives what it printed; "" when it was killed.
func life(t *testing.T, dir, crash string) string {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^TestApprovalLife$", "-test.count=1")
	cmd.Env = append(os.Environ(), lifeDir+"="+dir, "TENON_CRASH_AT="+crash)
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

// TestKilledApproval ends the process around every commit in the life of two approvals, and carries
// the life on in another: what is left is the same as without.
func TestKilledApproval(t *testing.T) {
	base := filepath.Join(shortDir(t), "base")
	t.Run("base", func(t *testing.T) { reopen(t, base) })
	fresh := func(name string) string {
		dir := filepath.Join(shortDir(t), name)
		if err := os.CopyFS(dir, os.DirFS(base)); err != nil {
			t.Fatal(err)
		}
		return dir
	}
	want := life(t, fresh("clean"), "")
	if strings.Count(want, "valid:true") != 2 || strings.Count(want, "locked:false") != 2 || strings.Count(want, "status:approved") < 4 {
		t.Fatalf("the life itself: %s", want)
	}
	killed := 0
	for n := 1; ; n++ {
		whole := true
		for _, when := range []string{"before", "after"} {
			dir := fresh(fmt.Sprintf("k%d%s", n, when[:1]))
			if got := life(t, dir, fmt.Sprintf("%d:%s", n, when)); got == want {
				continue
			}
			whole = false
			killed++
			if got := life(t, dir, ""); got != want {
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

// shortDir is a directory with a short path, for the sockets in it.
func shortDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "tn")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	return dir
}
