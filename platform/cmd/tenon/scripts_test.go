package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestScripts takes a package with a script through the command: its declarations, what is found in a
// script that does not compile, and its test cases, which run it in a worker of the real binary. With
// the race detector a worker would need more memory than it may have.
func TestScripts(t *testing.T) {
	dir := t.TempDir()
	bin := binary(t)
	tenon := func(args ...string) (string, bool) {
		cmd := exec.Command(bin, args...)
		cmd.Env = append(os.Environ(), "TENON_LANG=en")
		out, err := cmd.CombinedOutput()
		return string(out), err == nil
	}
	out, ok := tenon("test", "testdata/scripts")
	if !ok || !strings.Contains(out, "10 passed, 0 failed") {
		t.Errorf("test: %s", out)
	}
	if out, ok = tenon("types", "--out", dir, "testdata/scripts"); !ok {
		t.Errorf("types: %s", out)
	}
	if b, err := os.ReadFile(filepath.Join(dir, "rate.d.ts")); err != nil || !strings.Contains(string(b), "refuse(code: 'TOO_LOW'") {
		t.Errorf("the declarations are %s, %v", b, err)
	}
	broken := filepath.Join(dir, "broken")
	if err := os.CopyFS(broken, os.DirFS("testdata/scripts")); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(broken, "scripts", "rate.js"), []byte("function main() {\n  return (\n}\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if out, ok = tenon("validate", broken); ok || !strings.Contains(out, "scripts/rate.js:3:1") || !strings.Contains(out, "Unexpected token") {
		t.Errorf("validate: %s", out)
	}
}
