// Package layers holds the folders to their direction: platform ← metadata ← runtime ← workflow ←
// plugins; designer and deploy import nothing of ours; plugins do not import each other.
package layers

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"strings"
	"testing"
)

const module = "github.com/tenon-platform/tenon/"

var order = map[string]int{"platform": 0, "metadata": 1, "runtime": 2, "workflow": 3, "plugins": 4}

type pkg struct {
	ImportPath string
	Name       string
	Imports    []string
}

func TestImportDirection(t *testing.T) {
	out, err := exec.Command("go", "list", "-e", "-json=ImportPath,Name,Imports", module+"...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	d := json.NewDecoder(strings.NewReader(string(out)))
	n := 0
	for {
		var p pkg
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		n++
		for _, imp := range p.Imports {
			if why := forbidden(p, imp); why != "" {
				t.Errorf("%s imports %s: %s", p.ImportPath, imp, why)
			}
		}
	}
	if n < 10 {
		t.Fatalf("go list found only %d packages", n)
	}
}

func TestForbidden(t *testing.T) {
	for _, c := range []struct {
		from, imp string
		ok        bool
	}{
		{"metadata/plan", "platform/diag", true}, {"platform/diag", "metadata/plan", false},
		{"runtime/graph", "plugins/standard", false}, {"plugins/fields/text", "plugins/fields/int", false},
		{"plugins/standard", "plugins/fields/int", true}, {"designer", "platform/diag", false},
	} {
		if got := forbidden(pkg{ImportPath: module + c.from, Name: "x"}, module+c.imp) == ""; got != c.ok {
			t.Errorf("%s imports %s: allowed %v, want %v", c.from, c.imp, got, c.ok)
		}
	}
}

// forbidden says why an import is not allowed, "" when it is.
func forbidden(p pkg, imp string) string {
	from, ours := strings.CutPrefix(p.ImportPath, module)
	to, toOurs := strings.CutPrefix(imp, module)
	if !ours || !toOurs || p.Name == "main" {
		return ""
	}
	a, b := strings.Split(from, "/"), strings.Split(to, "/")
	rank, ranked := order[a[0]]
	target, targetRanked := order[b[0]]
	switch {
	case !ranked:
		return a[0] + " imports nothing of ours"
	case !targetRanked:
		return b[0] + " is wired by the composition root alone"
	case target > rank:
		return a[0] + " is to the left of " + b[0]
	case a[0] == "plugins" && b[0] == "plugins" && a[1] != "standard" && len(a) > 2 && len(b) > 2 && (a[1] != b[1] || a[2] != b[2]):
		return "plugins do not import each other"
	}
	return ""
}
