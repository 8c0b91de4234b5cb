package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"sort"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tenon-platform/tenon/platform/value"
)

// TestReadme does what README.md tells a newcomer to do, to the letter: the shell blocks are taken
// from it and run by a shell, against the command of this build. While its change is applied a
// client writes a hundred records a second, and loses none.
func TestReadme(t *testing.T) {
	for _, tool := range []string{"bash", "curl"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("README's first steps use %s", tool)
		}
	}
	dir := t.TempDir()
	s := newcomer(t, dir)

	var first struct {
		Data   firstAnswer
		Errors []any
	}
	out := s.shell(t, dir, readmeBlock(t, "KEY=$("))
	if err := json.Unmarshal([]byte(out), &first); err != nil || len(first.Errors) > 0 {
		t.Fatalf("%v in %s", err, out)
	}
	first.Data.check(t)

	if out := s.shell(t, dir, readmeBlock(t, "printf 'Quarterly")); !strings.HasSuffix(out, "Quarterly figures\n") || !strings.Contains(out, `"name":"notes.txt"`) {
		t.Errorf("README's file: %s", out)
	}
	s.readmeTransfer(t, dir)

	if out := s.shell(t, dir, readmeBlock(t, "bin/tenon tenant create")); !strings.Contains(out, `"totalCount":0`) || !strings.Contains(out, "acme.example.com") {
		t.Errorf("README's tenant: %s", out)
	}

	w := &dealerWriter{s: s}
	w.start()
	w.reach(t, 50)
	change := readmeBlock(t, "bin/tenon pull")
	out = s.shell(t, dir, change)
	applied := time.Now()
	if !strings.Contains(out, "Revision 2 is active") || !strings.Contains(out, "object.dealer.field.stars") {
		t.Errorf("the change printed %s", out)
	}
	for {
		status, body := s.graphql("{ dealers(filter: {stars: {isNull: true}}) { nodes { stars } } }", nil)
		if status == http.StatusOK && !strings.Contains(body, `"errors"`) {
			break
		}
		if time.Since(applied) > time.Second {
			t.Fatalf("dealer.stars is not there after %v: %s", time.Since(applied), body)
		}
		time.Sleep(10 * time.Millisecond)
	}
	w.reach(t, 50)
	w.stop(t)

	var d struct {
		Dealers struct{ Nodes []struct{ ID string } }
	}
	s.query(&d, `{ dealers(filter: {contractEnd: {isNull: false}}, first: 1) { nodes { id } } }`, nil)
	stars := func(patch string) string {
		_, body := s.graphql(`mutation($id: ID!) { updateDealer(id: $id, patch: `+patch+`) { dealer { stars } } }`, map[string]any{"id": d.Dealers.Nodes[0].ID})
		return body
	}
	if body := stars(`{stars: 4, contractEnd: null}`); !strings.Contains(body, "More than three stars need a contract.") {
		t.Errorf("the rule of the change answers %s", body)
	}
	if body := stars(`{stars: 4}`); !strings.Contains(body, `"stars":4`) {
		t.Errorf("a dealer with a contract gets no stars: %s", body)
	}
	s.approveStars(t, dir, d.Dealers.Nodes[0].ID)
	out = s.shell(t, dir, readmeBlock(t, "bin/tenon user create"))
	for _, want := range []string{"\ntni_", "\ntnk_", "invited", "key.created", "login.created", "all as they were written"} {
		if !strings.Contains(out, want) {
			t.Errorf("letting others in printed no %q:\n%s", want, out)
		}
	}
}

// approveStars does what README says of approvals and automations, behind its change. Its case runs the process; the
// administrator, who is no user with a record, starts none.
func (s *server) approveStars(t *testing.T, dir, dealer string) {
	t.Helper()
	out := s.shell(t, dir, readmeBlock(t, "mkdir -p mine/approvals"))
	for _, want := range []string{"3 passed, 0 failed", "approval.dealer_stars", "Revision 3 is active"} {
		if !strings.Contains(out, want) {
			t.Errorf("the approval printed %s, without %s", out, want)
		}
	}
	out = s.shell(t, dir, readmeBlock(t, "mkdir -p mine/flows"))
	for _, want := range []string{"4 passed, 0 failed", "flow.few_stars", "Revision 4 is active"} {
		if !strings.Contains(out, want) {
			t.Errorf("the automation printed %s, without %s", out, want)
		}
	}
	_, body := s.graphql(`mutation($r: ID!) { submit(process: "dealer_stars", record: $r) { id } }`, map[string]any{"r": dealer})
	if !strings.Contains(body, `"code":"FORBIDDEN"`) {
		t.Errorf("submitted by the administrator: %s", body)
	}
}

// readmeTransfer imports, exports and takes back as README does.
func (s *server) readmeTransfer(t *testing.T, dir string) {
	t.Helper()
	const accounts = `{ accounts(filter: {name: {in: ["Lakeside Tea", "Harbour Tools"]}}) { totalCount } }`
	out := s.shell(t, dir, readmeBlock(t, "api() {"))
	for _, line := range []string{`"created":2,`, `"atomic":true`, `"status":"checking"`, "Lakeside Tea,Agriculture,1200000.00"} {
		if !strings.Contains(out, line) {
			t.Errorf("the import printed no %s in %s", line, out)
		}
	}
	var left struct{ Accounts struct{ TotalCount int } }
	if s.query(&left, accounts, nil); left.Accounts.TotalCount != 0 {
		t.Errorf("the undo has left %d accounts", left.Accounts.TotalCount)
	}
	if book := readFile(t, filepath.Join(dir, "accounts.xlsx")); !strings.HasPrefix(book, "PK") {
		t.Errorf("accounts.xlsx begins with %.20q", book)
	}
}

// newcomer does what "make run" does, in dir: serve with the standard packages and demo data. It
// signs in with the password that was printed.
func newcomer(t *testing.T, dir string) *server {
	t.Helper()
	if !strings.Contains(readFile(t, "../../../Makefile"), "bin/tenon serve --data $(DATA) --addr $(ADDR) --demo") || !strings.Contains(readFile(t, readme), "    make run ") {
		t.Fatal("README's make run is another command than this test's")
	}
	install(t, dir)
	data := filepath.Join(dir, "data") // where the commands of README look for it
	cmd := process(t, "serve", "--data", data, "--addr", "127.0.0.1:0", "--demo")
	cmd.Env = append(cmd.Env, "TENON_ADMIN_PASSWORD=")
	s := start(t, data, cmd)
	m := regexp.MustCompile(`user admin, password (\S+) `).FindStringSubmatch(s.out.String())
	if m == nil {
		t.Fatalf("no password in %s", s.out)
	}
	status, header, body := s.call(http.MethodPost, "/login", fmt.Sprintf(`{"login": "admin", "password": %q}`, m[1]), map[string]string{"Authorization": ""})
	if status != http.StatusOK || !strings.Contains(header.Get("Set-Cookie"), "HttpOnly") {
		t.Fatalf("sign in: %d %s", status, body)
	}
	if status, _, body := s.call(http.MethodGet, "/", "", map[string]string{"Authorization": ""}); status != http.StatusOK || !strings.Contains(body, "<form") {
		t.Errorf("the page: %d %.80s", status, body)
	}
	return s
}

// install puts the command of this build where README expects it, dir/bin/tenon.
func install(t *testing.T, dir string) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, "bin"), 0o755); err != nil {
		t.Fatal(err)
	}
	script := fmt.Sprintf("#!/bin/sh\n%s=1 TENON_LANG=en exec '%s' \"$@\"\n", asCommand, self)
	if err := os.WriteFile(filepath.Join(dir, "bin/tenon"), []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
}

// shell runs a block of README in dir, with the test's address for README's.
func (s *server) shell(t *testing.T, dir, block string) string {
	t.Helper()
	cmd := exec.Command("bash", "-e", "-o", "pipefail", "-c", strings.ReplaceAll(block, "http://127.0.0.1:8080", s.url))
	cmd.Dir = dir
	var errs strings.Builder
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s\n%s%s", err, block, out, errs.String())
	}
	return string(out)
}

const readme = "../../../README.md"

// readmeBlock is the block of code in README that has a line which begins so.
func readmeBlock(t *testing.T, begins string) string {
	t.Helper()
	var block []string
	found := false
	for line := range strings.SplitSeq(readFile(t, readme)+"\n", "\n") {
		code, indented := strings.CutPrefix(line, "    ")
		switch {
		case indented:
			block = append(block, code)
			found = found || strings.HasPrefix(code, begins)
		case found:
			return strings.Join(block, "\n") + "\n"
		default:
			block = nil
		}
	}
	t.Fatalf("README.md has no code that begins with %q", begins)
	return ""
}

func readFile(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// firstAnswer is what README's query asks for.
type firstAnswer struct {
	Dealers struct {
		TotalCount int
		Nodes      []struct {
			DealerNo, Name       string
			RegionAuthorizations struct {
				Nodes []struct {
					AuthNo, Status, ValidTo string
					Territory               struct{ Name string }
				}
			}
		}
	}
	OpportunityAggregate []struct {
		Key   struct{ Stage string }
		Count int
		Sum   struct{ Amount string }
	}
}

// check compares the answer with the packages' demo data, read from their files.
func (a *firstAnswer) check(t *testing.T) {
	t.Helper()
	accounts, territories := seeds(t, "channel", "account"), seeds(t, "platform-base", "sys_territory")
	var want, got []string
	for key, d := range seeds(t, "channel", "dealer") {
		if ref(d, "tier_id") != "tier-gold" || ref(d, "territory_id") != "territory-330000" {
			continue
		}
		line := accounts[ref(d, "account_id")]["name"].(string)
		var auths []string
		for _, r := range seeds(t, "channel", "region_authorization") {
			if ref(r, "dealer_id") == key {
				auths = append(auths, fmt.Sprint(r["status"], " ", territories[ref(r, "territory_id")]["name"]))
			}
		}
		want = append(want, line+" "+joined(auths))
	}
	for _, n := range a.Dealers.Nodes {
		var auths []string
		for _, r := range n.RegionAuthorizations.Nodes {
			auths = append(auths, r.Status+" "+r.Territory.Name)
			if !strings.HasPrefix(r.AuthNo, "AU-") || r.ValidTo == "" {
				t.Errorf("%s has the authorisation %+v", n.Name, r)
			}
		}
		got = append(got, n.Name+" "+joined(auths))
		if !strings.HasPrefix(n.DealerNo, "DL-") {
			t.Errorf("%s has the number %q", n.Name, n.DealerNo)
		}
	}
	if joined(got) != joined(want) || len(want) == 0 || a.Dealers.TotalCount != len(want) {
		t.Errorf("%d gold dealers of Zhejiang\n%s\nwant\n%s", a.Dealers.TotalCount, joined(got), joined(want))
	}
	a.checkStages(t)
}

func (a *firstAnswer) checkStages(t *testing.T) {
	t.Helper()
	sums, counts := map[string]value.Value{}, map[string]int{}
	for _, o := range seeds(t, "sales", "opportunity") {
		amount, err := value.ParseDecimal(o["amount"].(string))
		if err != nil {
			t.Fatal(err)
		}
		stage := o["stage"].(string)
		if counts[stage]++; counts[stage] > 1 {
			amount = value.Add(sums[stage], amount)
		}
		sums[stage] = amount
	}
	var want, got []string
	for stage, n := range counts {
		want = append(want, fmt.Sprintf("%s %d %s", stage, n, sums[stage].AppendDecimal(nil)))
	}
	for _, g := range a.OpportunityAggregate {
		got = append(got, fmt.Sprintf("%s %d %s", g.Key.Stage, g.Count, g.Sum.Amount))
	}
	if joined(got) != joined(want) || len(want) < 3 {
		t.Errorf("opportunities by stage\n%s\nwant\n%s", joined(got), joined(want))
	}
}

// seeds are the records of an object in the data files of a standard package, by their keys.
func seeds(t *testing.T, pkg, object string) map[string]map[string]any {
	t.Helper()
	files, err := filepath.Glob("../../../plugins/packages/" + pkg + "/data/*.json")
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]map[string]any{}
	for _, f := range files {
		var d struct {
			Object  string
			Records []struct {
				Key    string
				Values map[string]any
			}
		}
		if err := json.Unmarshal([]byte(readFile(t, f)), &d); err != nil {
			t.Fatal(err)
		}
		for _, r := range d.Records {
			if d.Object == object {
				out[r.Key] = r.Values
			}
		}
	}
	if len(out) == 0 {
		t.Fatalf("the package %s has no records of %s", pkg, object)
	}
	return out
}

// ref is the key that a value refers to, without its package.
func ref(values map[string]any, field string) string {
	m, _ := values[field].(map[string]any)
	key, _ := m["ref"].(string)
	return key[strings.Index(key, ":")+1:]
}

func joined(lines []string) string {
	sort.Strings(lines)
	return strings.Join(lines, "\n")
}

// dealerWriter creates a hundred dealers a second until it is stopped.
type dealerWriter struct {
	s       *server
	count   atomic.Int64 // of written
	quit    chan struct{}
	done    chan struct{}
	written []string // accounts of the dealers that were acknowledged
	failed  []string
}

func (w *dealerWriter) start() {
	w.quit, w.done = make(chan struct{}), make(chan struct{})
	go func() {
		defer close(w.done)
		tick := time.NewTicker(10 * time.Millisecond)
		defer tick.Stop()
		for i := 0; ; i++ {
			select {
			case <-w.quit:
				return
			case <-tick.C:
			}
			name := fmt.Sprintf("Writer %d", i)
			body := operation(`mutation($n: String!) { createDealer(input: {account: {create: {name: $n, lifecycleStage: customer}}}) { dealer { id } } }`, map[string]any{"n": name})
			status, _, answer, err := w.s.try(http.MethodPost, "/graphql", body, nil)
			if err != nil || status != http.StatusOK || strings.Contains(answer, `"errors"`) {
				w.failed = append(w.failed, fmt.Sprint(status, err, answer))
				continue
			}
			w.written = append(w.written, name)
			w.count.Add(1)
		}
	}()
}

// reach waits until n more dealers are written.
func (w *dealerWriter) reach(t *testing.T, n int64) {
	t.Helper()
	deadline := latest()
	for n += w.count.Load(); w.count.Load() < n; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the writer is stuck")
		}
	}
}

// stop ends the writing and checks that every dealer that was acknowledged is there, once.
func (w *dealerWriter) stop(t *testing.T) {
	t.Helper()
	close(w.quit)
	<-w.done
	var there []string
	for after := any(nil); ; {
		var page struct {
			Dealers struct {
				Nodes    []struct{ Name string }
				PageInfo struct {
					EndCursor   string
					HasNextPage bool
				}
			}
		}
		w.s.query(&page, `query($a: String) { dealers(filter: {name: {startsWith: "Writer "}}, first: 500, after: $a) { nodes { name } pageInfo { endCursor hasNextPage } } }`, map[string]any{"a": after})
		for _, n := range page.Dealers.Nodes {
			there = append(there, n.Name)
		}
		if after = page.Dealers.PageInfo.EndCursor; !page.Dealers.PageInfo.HasNextPage {
			break
		}
	}
	if len(w.failed) > 0 {
		t.Errorf("%d writes failed, first %s", len(w.failed), w.failed[0])
	}
	if joined(there) != joined(w.written) {
		t.Errorf("%d dealers were written and acknowledged, %d are there", len(w.written), len(there))
	}
	t.Logf("%d dealers written while the change was applied", len(w.written))
}
