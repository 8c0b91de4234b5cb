// Package scripttest gives tests real script workers.
package scripttest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

const source = "github.com/tenon-platform/tenon/workflow/script/testdata/"

var dir string

// Main runs the tests of a package that starts workers: TestMain calls it.
func Main(m *testing.M) int {
	var err error
	if dir, err = os.MkdirTemp("", "tenon-worker"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(dir) }()
	build := exec.Command("go", "build", "-o", dir+"/", source+"worker", source+"hostile")
	build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=-buildvcs=false")
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "build the worker: %v\n%s", err, out)
		return 1
	}
	return m.Run()
}

// Binary is the program of the workers, and Hostile that of one that was taken over.
func Binary() string  { return filepath.Join(dir, "worker") }
func Hostile() string { return filepath.Join(dir, "hostile") }
