package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// binary is the command as it is shipped, for tests that kill it or run its workers; it is built once.
func binary(t *testing.T) string {
	t.Helper()
	bin, err := built()
	if err != nil {
		t.Fatal(err)
	}
	return bin
}

// buildDir is where the command was built, which TestMain removes; "" if no test has needed it.
var buildDir string

var built = sync.OnceValues(func() (bin string, err error) {
	if buildDir, err = os.MkdirTemp("", "tenon-built-"); err != nil {
		return "", err
	}
	bin = filepath.Join(buildDir, "tenon")
	build := exec.Command("go", "build", "-o", bin, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build: %w\n%s", err, out)
	}
	return bin, nil
})

// tenon runs the command; crash is TENON_CRASH_AT or "". It reports whether it ended well.
func tenon(t *testing.T, bin, crash string, args ...string) (string, bool) {
	t.Helper()
	cmd := exec.Command(bin, args...)
	cmd.Env = append(os.Environ(), "TENON_CRASH_AT="+crash, "TENON_LANG=en")
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	return out.String(), err == nil
}

func mustRun(t *testing.T, bin string, args ...string) string {
	t.Helper()
	out, ok := tenon(t, bin, "", args...)
	if !ok {
		t.Fatalf("tenon %s: %s", strings.Join(args, " "), out)
	}
	return out
}

func packed(t *testing.T, dir, fields string) string {
	t.Helper()
	for path, text := range map[string]string{
		"tenon.json": `{"name": "shop", "version": "1.0.0", "label": {"en": "Shop", "zh-CN": "商店"}}`,
		"objects/client/object.json": `{"name": "client", "label": {"en": "Client", "zh-CN": "客户"},
			"fields": [{"name": "code", "type": "text", "unique": true}, {"name": "amount", "type": "money"}` + fields + `]}`,
	} {
		file := filepath.Join(dir, path)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func csv(t *testing.T, rows int) string {
	t.Helper()
	var b strings.Builder
	b.WriteString("code,amount\n")
	for i := range rows {
		fmt.Fprintf(&b, "c%d,%d.50\n", i, i)
	}
	file := filepath.Join(t.TempDir(), "clients.csv")
	if err := os.WriteFile(file, []byte(b.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	return file
}

func activeRevision(t *testing.T, bin, data string) (active, failed int) {
	t.Helper()
	var revs []revisionView
	if err := json.Unmarshal([]byte(mustRun(t, bin, "history", "--data", data, "--json")), &revs); err != nil {
		t.Fatal(err)
	}
	for _, r := range revs {
		if r.Active {
			active = int(r.Number)
		}
		if r.Status == publishFailed {
			failed++
		}
	}
	return active, failed
}

const publishFailed = "failed"

// copied is a copy of a data directory that no process uses.
func copied(t *testing.T, data string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "data")
	if err := os.CopyFS(dir, os.DirFS(data)); err != nil {
		t.Fatal(err)
	}
	return dir
}

// TestKilledApply ends the process around every commit of an apply that fills a column and a
// formula. Whatever the moment, the next start finds the old state or the whole new one.
func TestKilledApply(t *testing.T) {
	bin := binary(t)
	v1 := packed(t, filepath.Join(t.TempDir(), "v1"), "")
	v2 := packed(t, filepath.Join(t.TempDir(), "v2"), `, {"name": "grade", "type": "text", "default": "new"}, {"name": "twice", "type": "formula", "returns": "money", "expr": "amount * 2"}`)
	rows := csv(t, 1200)
	old := filepath.Join(t.TempDir(), "old")
	mustRun(t, bin, "apply", "--data", old, v1)
	mustRun(t, bin, "load", "--data", old, "--object", "client", rows)
	finished := false
	for n := 1; n <= 40 && !finished; n++ {
		for _, when := range []string{"before", "after"} {
			data := copied(t, old)
			_, ok := tenon(t, bin, fmt.Sprintf("%d:%s", n, when), "apply", "--data", data, v2)
			finished = finished || ok
			active, failed := activeRevision(t, bin, data) // this start carries the apply on
			if active != 2 || failed > 0 {
				if active != 1 || failed > 0 {
					t.Fatalf("killed %s commit %d: revision %d is active", when, n, active)
				}
				mustRun(t, bin, "apply", "--data", data, v2) // it was killed before it was recorded
			}
			if out := mustRun(t, bin, "reconcile", "--data", data, "client"); strings.TrimSpace(out) != "[]" {
				t.Fatalf("killed %s commit %d: drift %s", when, n, out)
			}
		}
	}
	if !finished {
		t.Error("the apply has more commits than the test knows")
	}
}

// TestKilledLoad ends the process around every commit of a load; the same command then goes on
// and every row is there once.
func TestKilledLoad(t *testing.T) {
	bin := binary(t)
	v1 := packed(t, filepath.Join(t.TempDir(), "v1"), "")
	rows := csv(t, 3500)
	empty := filepath.Join(t.TempDir(), "empty")
	mustRun(t, bin, "apply", "--data", empty, v1)
	finished := false
	for n := 1; n <= 40 && !finished; n++ {
		for _, when := range []string{"before", "after"} {
			data := copied(t, empty)
			_, ok := tenon(t, bin, fmt.Sprintf("%d:%s", n, when), "load", "--data", data, "--object", "client", rows)
			finished = finished || ok
			var sum struct{ Rows, Skipped, Failed int }
			if err := json.Unmarshal([]byte(mustRun(t, bin, "load", "--data", data, "--object", "client", "--json", rows)), &sum); err != nil {
				t.Fatal(err)
			}
			if sum.Rows+sum.Skipped != 3500 || sum.Failed != 0 { // codes are unique: a row twice would fail
				t.Fatalf("killed %s commit %d: %+v", when, n, sum)
			}
		}
	}
	if !finished {
		t.Error("the load has more commits than the test knows")
	}
}
