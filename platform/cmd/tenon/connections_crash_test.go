package main

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tenon-platform/tenon/platform/clock"
)

// tellingDir and tellingTo name the data directory that TestTellingLife works in, in a process of its
// own, and the system that it tells.
const (
	tellingDir = "TENON_TEST_TELLING_DIR"
	tellingTo  = "TENON_TEST_TELLING_TO"
)

// TestTellingLife is the life of two webhooks, of which the first fails once, in steps that may be repeated.
func TestTellingLife(t *testing.T) {
	dir, url := os.Getenv(tellingDir), os.Getenv(tellingTo)
	if dir == "" {
		dir, url = filepath.Join(shortDir(t), "data"), newReceiver(t).url
	}
	var log bytes.Buffer
	o := remoteOffice(t, dir, clock.NewFixed(time.Date(2026, 3, 2, 1, 0, 0, 0, time.UTC)), &log)
	if o.in.publish.Tenant.Catalog().Revision == 0 {
		o.publish(told(url, ""))
		o.administer(`mutation { setSecret(name: "shop_key", value: %q) }`, hookSecret)
		return
	}
	id := dig(o.must("root", `mutation { createLead(input: {name: "L", score: 60}, idempotencyKey: "l1") { lead { id } } }`), "createLead", "lead", "id")
	o.must("root", `mutation { updateLead(id: %q, patch: {score: 90}, idempotencyKey: "l2") { lead { id } } }`, id)
	for range 4 { // a job in the hands of a process that died is taken over when its lease ends
		o.after(2 * time.Minute)
	}
	var out []string
	for _, d := range dig(o.administer(`{ deliveries { type status message } }`), "deliveries").([]any) {
		out = append(out, fmt.Sprint(dig(d, "type"), "=", dig(d, "status"), "=", dig(d, "message")))
	}
	fmt.Printf("LIFE %s\n", strings.Join(out, " "))
}

// TestKilledTelling ends the process around every commit: each event arrives, in order, and what arrives
// twice has the same id.
func TestKilledTelling(t *testing.T) {
	shop := newReceiver(t)
	base := filepath.Join(shortDir(t), "base")
	run := func(dir, crash string) string {
		cmd := exec.Command(os.Args[0], "-test.run=^TestTellingLife$", "-test.count=1")
		cmd.Env = append(os.Environ(), tellingDir+"="+dir, tellingTo+"="+shop.url, "TENON_CRASH_AT="+crash)
		out, err := cmd.CombinedOutput()
		if err != nil && crash == "" {
			t.Fatalf("the life does not end: %v\n%s", err, out)
		}
		_, rest, _ := strings.Cut(string(out), "LIFE ")
		line, _, _ := strings.Cut(rest, "\n")
		return line
	}
	run(base, "")
	killed, repeated := 0, 0
	for n := 1; ; n++ {
		whole := true
		for _, when := range []string{"before", "after"} {
			dir := filepath.Join(shortDir(t), fmt.Sprintf("k%d%s", n, when[:1]))
			if err := os.CopyFS(dir, os.DirFS(base)); err != nil {
				t.Fatal(err)
			}
			first := true
			shop.answers(func(w http.ResponseWriter, _ *http.Request) { // called under the receiver's lock
				if first {
					w.WriteHeader(http.StatusBadGateway)
				}
				first = false
			})
			shop.take()
			left := run(dir, fmt.Sprintf("%d:%s", n, when))
			if left == "" {
				whole = false
				killed++
				left = run(dir, "")
			}
			events, ids := shop.take()
			var seen []string // ids in the order in which they came first
			for _, id := range ids {
				if !slices.Contains(seen, id) {
					seen = append(seen, id)
				}
			}
			if len(ids) > 3 {
				repeated++
			}
			if strings.Count(left, "=delivered=") != 2 || len(seen) != 2 || !strings.Contains(left, "lead.create=delivered="+seen[0]) || !strings.Contains(left, "lead.update=delivered="+seen[1]) {
				t.Fatalf("killed %s commit %d: %s is left, the other system got %v %v", when, n, left, ids, events)
			}
			if err := os.RemoveAll(dir); err != nil {
				t.Fatal(err)
			}
		}
		if whole {
			break
		}
	}
	if killed < 10 || repeated == 0 {
		t.Errorf("killed %d times, repeated %d times", killed, repeated)
	}
	t.Logf("killed %d times; %d times something was sent again", killed, repeated)
}
