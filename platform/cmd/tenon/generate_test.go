package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestGenerate writes the same module from a data directory, from the server that has it open, and
// over HTTP; its compiler is asked in deploy/conformance.
func TestGenerate(t *testing.T) {
	data := t.TempDir()
	must(t, "apply", "--data", data, "testdata/shop")
	closed := must(t, "generate", "typescript", "--data", data)
	s := serve(t, data)
	served := must(t, "generate", "typescript", "--data", data)
	file := filepath.Join(t.TempDir(), "tenon.ts")
	must(t, "generate", "typescript", "--url", s.url+"/", "--key", s.key, "--out", file)
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"export class Tenon {", "interface ClientCreate {", "    since: Date | null;\n", "interface MutationCreateClientArgs {", "type ClientGradeOption = 'a' | 'b';"} {
		if !strings.Contains(closed, want) {
			t.Errorf("the module has no %q", want)
		}
	}
	if closed != served || served != string(b) {
		t.Errorf("three modules differ: %d, %d and %d bytes", len(closed), len(served), len(b))
	}
	for _, c := range []struct {
		want string
		args []string
	}{
		{"only typescript", []string{"generate", "perl", "--data", data}},
		{"valid API key", []string{"generate", "typescript", "--url", s.url, "--key", "wrong"}},
		{"cannot be reached", []string{"generate", "typescript", "--url", "http://127.0.0.1:1"}},
	} {
		if out, ok := output(t, c.args...); ok || !strings.Contains(out, c.want) {
			t.Errorf("%v: %v %s", c.args, ok, out)
		}
	}
}
