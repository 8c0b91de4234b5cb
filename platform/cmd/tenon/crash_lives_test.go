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

// life is a scenario in steps that may be repeated, whatever was done of them before: what creates or
// commands has an idempotency key.
type life struct {
	name  string
	flows map[string]string // by key; and further files, by path
	// lead lives it, and gives all that is left, without what differs from one time to the next.
	lead func(l *living) []string
	// holds says what must be in that, so that the scenario is the one that it is meant to be.
	holds []string
	long  bool // in make crash alone
}

// lives are the reference scenarios, over which the process is killed at every commit.
var lives = []life{approvalLife, flowLife, pathsLife, adminLife, machineLife, failingLife, operatedLife, orderedLife, blockingLife, movingLife, retiringLife, askingLife, turnsLife, clockLife, batchLife}

// livingDir names, as "<life> <directory>", what TestLife lives, in a process of its own.
const livingDir = "TENON_TEST_LIFE"

// living is an office in which a scenario goes on.
type living struct {
	*office
	begin time.Time
	acked func() // called when something was acknowledged; nil: nobody looks
}

// at goes to so many minutes after the beginning, and does what is due. What is stored is consistent
// before and after.
func (l *living) at(minutes int) {
	l.t.Helper()
	l.consistent()
	l.clock.Set(l.begin.Add(time.Duration(minutes) * time.Minute))
	l.drain()
	l.settle()
	l.drain()
	l.consistent()
	if l.acked != nil {
		l.acked()
	}
}

// once is must with an idempotency key in the place of KEY.
func (l *living) once(who, key, query string, args ...any) map[string]any {
	l.t.Helper()
	d := l.must(who, strings.ReplaceAll(query, "KEY", fmt.Sprintf("idempotencyKey: %q", key)), args...)
	if l.acked != nil {
		l.acked()
	}
	return d
}

// made creates a deal of ann.
func (l *living) made(key string) string {
	l.t.Helper()
	return dig(l.once("ann", key, `mutation { createDeal(input: {name: "D", reason: "big", amount: "1000.00", discount: "0.3"}, KEY) { deal { id } } }`), "createDeal", "deal", "id").(string)
}

// sent submits a record of ann.
func (l *living) sent(key, process, record string) string {
	l.t.Helper()
	return dig(l.once("ann", key, `mutation { submit(process: %q, record: %q, KEY) { id } }`, process, record), "submit", "id").(string)
}

// act gives a command to a task; more are further arguments, each followed by a comma.
func (l *living) act(who, key, command, instance string, task int, more string) {
	l.t.Helper()
	l.once(who, key, `mutation { %s(task: "%s:%d", %s KEY) { status } }`, command, instance, task, more)
}

// left is what is left of instances, and of their records.
func (l *living) left(instances, records []string) (out []string) {
	l.t.Helper()
	for _, i := range instances {
		d := l.must("root", `{ instance(id: %q) { status round reason tasks { node kind status decision reason } incidents { code resolved } } audit(instance: %q) { valid entries { verb } } snapshots(instance: %q) { round } }`, i, i, i)
		out = append(out, fmt.Sprint(d))
	}
	for _, id := range records {
		d := l.must("root", `{ deal(id: %q) { stage approvalStatus discount note version } approvals(record: %q) { status locked } }`, id, id)
		out = append(out, fmt.Sprint(d))
	}
	return out
}

// moveIn opens the office of a data directory, or puts it there with flows.
func moveIn(t *testing.T, dir string, flows map[string]string) *living {
	t.Helper()
	begin := time.Date(2026, 3, 2, 1, 0, 0, 0, time.UTC) // a Monday, 09:00 in Shanghai
	clk := clock.NewFixed(begin)
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
		files := map[string]string(nil)
		if flows != nil {
			files = leads(nil)
		}
		for key, text := range flows {
			if !strings.Contains(key, "/") {
				key = "flows/" + key + ".json"
			}
			files[key] = text
		}
		o.publish(files)
	}
	o.meet()
	return &living{office: o, begin: begin}
}

// TestLife lives one scenario, and prints what is left. TestKilled runs it; by itself it lives them all.
func TestLife(t *testing.T) {
	which, dir, given := strings.Cut(os.Getenv(livingDir), " ")
	for _, x := range lives {
		if given && x.name != which {
			continue
		}
		t.Run(x.name, func(t *testing.T) {
			at := dir
			if !given {
				at = filepath.Join(shortDir(t), "data")
			}
			l := moveIn(t, at, x.flows)
			l.consistent() // as a killed process left it
			left := strings.Join(x.lead(l), " | ")
			l.consistent()
			for _, drain := range []func(context.Context) (int, error){l.in.flows.Drain, l.in.autos.Drain} {
				if n, err := drain(context.Background()); err != nil || n != 0 {
					t.Errorf("%d jobs are left, %v", n, err)
				}
			}
			for _, s := range x.holds {
				if !strings.Contains(left, s) {
					t.Errorf("%q is not in what is left: %s", s, left)
				}
			}
			if given {
				fmt.Printf("LIFE %s\n", left)
			}
		})
	}
}

// TestKilled ends the process around every commit of the reference scenarios, and carries each on in
// another: what is left is the same as without, and consistent all the way. It does so with the first two,
// at some commits when it is to be short; with all where TENON_LIVES says "all", as make crash does.
func TestKilled(t *testing.T) {
	for _, x := range lives {
		t.Run(x.name, func(t *testing.T) {
			if x.long && os.Getenv("TENON_LIVES") != "all" {
				t.Skip("make crash")
			}
			killEverywhere(t, x)
		})
	}
}

func killEverywhere(t *testing.T, x life) {
	base := filepath.Join(shortDir(t), "base")
	t.Run("base", func(t *testing.T) { moveIn(t, base, x.flows) })
	fresh := func(name string) string {
		dir := filepath.Join(shortDir(t), name)
		if err := os.CopyFS(dir, os.DirFS(base)); err != nil {
			t.Fatal(err)
		}
		return dir
	}
	want := live(t, x.name, fresh("clean"), "")
	killed := func(n int, when string) bool {
		dir := fresh(fmt.Sprintf("k%d%s", n, when[:1]))
		defer func() { _ = os.RemoveAll(dir) }()
		got := live(t, x.name, dir, fmt.Sprintf("%d:%s", n, when))
		dead := got == ""
		if dead {
			got = live(t, x.name, dir, "")
		}
		if got != want {
			t.Fatalf("killed %s commit %d (%v):\n%s\nwant\n%s", when, n, dead, got, want)
		}
		return dead
	}
	commits := 0
	for n := 1; ; n++ {
		if testing.Short() {
			n += n / 3
		}
		before, after := killed(n, "before"), killed(n, "after")
		if before != after {
			t.Fatalf("commit %d: killed before it %v, after it %v", n, before, after)
		}
		if !before {
			t.Logf("killed before and after %d commits; there are fewer than %d", commits, n)
			break
		}
		commits++
	}
	if commits < 4 {
		t.Errorf("there were only %d commits to be killed at", commits)
	}
}

// live runs TestLife in a process of its own, and gives what it printed; "" when it was killed.
func live(t *testing.T, name, dir, crash string) string {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^TestLife$", "-test.count=1")
	cmd.Env = append(os.Environ(), livingDir+"="+name+" "+dir, "TENON_CRASH_AT="+crash)
	out, err := cmd.CombinedOutput()
	if _, rest, ok := strings.Cut(string(out), "LIFE "); ok && err == nil {
		line, _, _ := strings.Cut(rest, "\n")
		return line
	}
	if crash == "" || !strings.Contains(fmt.Sprint(err), "killed") {
		t.Fatalf("the life does not end: %v\n%s", err, out)
	}
	return ""
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
