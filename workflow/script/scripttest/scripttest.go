// Package scripttest gives tests real script workers.
package scripttest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

const source = "github.com/tenon-platform/tenon/workflow/script/testdata/worker"

var binary string

// Main runs the tests of a package that starts workers: TestMain calls it.
func Main(m *testing.M) int {
	dir, err := os.MkdirTemp("", "tenon-worker")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(dir) }()
	binary = filepath.Join(dir, "worker")
	build := exec.Command("go", "build", "-o", binary, source)
	build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=-buildvcs=false")
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "build the worker: %v\n%s", err, out)
		return 1
	}
	return m.Run()
}

// Binary is the program of the workers.
func Binary() string { return binary }
