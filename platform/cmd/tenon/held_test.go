package main

import (
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const (
	repository = "../../.."
	ferretdb   = "plugins/stores/mongo/ferrettest"
)

// held knows which tests there are, and which of them run on the MongoDB engine.
type held struct {
	tests     map[string]map[string]bool // by folder; "" is this package
	onMongoDB map[string]bool            // of this package
	skipped   map[string]bool            // on FerretDB: as folder and name
	scenarios map[string]bool            // folders whose tests of tenants run there, all of them
	targets   string                     // of make
}

func whatHolds(t *testing.T) *held {
	t.Helper()
	h := &held{tests: map[string]map[string]bool{"": theTests(t)}, onMongoDB: map[string]bool{}, skipped: map[string]bool{}, scenarios: map[string]bool{}, targets: readFile(t, repository+"/Makefile")}
	for _, file := range []string{"scenarios_test.go", "processes_test.go"} {
		text := readFile(t, filepath.Join(repository, ferretdb, file))
		for _, m := range regexp.MustCompile(`"(?:([\w/]+) )?(Test\w+)"(:?)`).FindAllStringSubmatch(text, -1) {
			switch {
			case m[3] == ":":
				h.skipped[m[1]+" "+m[2]] = true
			case m[1] == "":
				h.onMongoDB[m[2]] = true
			}
		}
	}
	return h
}

// in reads the tests of another folder.
func (h *held) in(t *testing.T, dir string) map[string]bool {
	t.Helper()
	if found, ok := h.tests[dir]; ok {
		return found
	}
	found := map[string]bool{}
	files, err := filepath.Glob(filepath.Join(repository, dir, "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		text := readFile(t, f)
		h.scenarios[dir] = h.scenarios[dir] || strings.Contains(text, `/plugins/standard/tenanttest"`)
		for _, m := range regexp.MustCompile(`(?m)^func (Test\w+)\(`).FindAllStringSubmatch(text, -1) {
			found[m[1]] = true
		}
	}
	h.tests[dir] = found
	return found
}

// wrong says what is wrong with the claim that a test is there and runs on engines; "" when it is right.
func (h *held) wrong(t *testing.T, engines, name string) string {
	t.Helper()
	if target, ok := strings.CutPrefix(name, "make "); ok {
		if engines != "also" || !strings.Contains(h.targets, "\n"+target+":") {
			return "is no target of make, or of no engine"
		}
		return ""
	}
	dir, test, ok := strings.Cut(name, " ")
	if !ok {
		dir, test = "", name
	}
	if !h.in(t, dir)[test] {
		return "is not there"
	}
	folder := dir
	if dir == "" {
		folder = "platform/cmd/tenon"
	}
	both := dir == ferretdb || dir == "" && h.onMongoDB[test] || dir != "" && h.scenarios[dir] && strings.HasPrefix(dir, "runtime/")
	both = both && !h.skipped[folder+" "+test]
	switch {
	case engines == "both" && !both:
		return "does not run on MongoDB"
	case engines == "sqlite" && both:
		return "runs on MongoDB, too"
	}
	return ""
}

var claim = regexp.MustCompile(`^(both|also|sqlite \([^)]+\)): (.+)$`)

// holds reads a table of what is held by which tests, and gives how many deliverables it has.
func (h *held) holds(t *testing.T, file string) (n int) {
	t.Helper()
	for i, line := range strings.Split(readFile(t, file), "\n") {
		if line == "" || line[0] == '#' || line[0] == '[' {
			continue
		}
		parts := strings.Split(line, " | ")
		if n++; len(parts) < 2 {
			t.Errorf("%s:%d: nothing holds %q", file, i+1, line)
		}
		for _, part := range parts[1:] {
			m := claim.FindStringSubmatch(part)
			if m == nil {
				t.Errorf("%s:%d: what is %q?", file, i+1, part)
				continue
			}
			engines, _, _ := strings.Cut(m[1], " ")
			names := strings.Split(m[2], ", ")
			if slices.Contains(names, "") {
				t.Errorf("%s:%d: a name is empty", file, i+1)
			}
			for _, name := range names {
				if why := h.wrong(t, engines, name); why != "" {
					t.Errorf("%s:%d: %s %s", file, i+1, name, why)
				}
			}
		}
	}
	return n
}

// TestHeldData: everything that the data API is held to names tests that are there, and that run on the engines that
// it says.
func TestHeldData(t *testing.T) {
	if n := whatHolds(t).holds(t, "testdata/data.txt"); n < 40 {
		t.Errorf("the table has %d lines", n)
	}
}

// TestHeldAccess: the same of tenants, identity and access.
func TestHeldAccess(t *testing.T) {
	if n := whatHolds(t).holds(t, "testdata/access.txt"); n < 35 {
		t.Errorf("the table has %d lines", n)
	}
}
