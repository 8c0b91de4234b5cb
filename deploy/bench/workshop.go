package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// workshop is the temporary directory of a run, with the binaries that it measures and the
// processes that it started.
type workshop struct {
	dir       string
	keep      bool
	source    string // directory of the module that is built
	processes []*process
}

func newWorkshop(ctx context.Context, keep bool) (*workshop, error) {
	source, err := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}").Output()
	if err != nil {
		return nil, fmt.Errorf("find the module: %w", err)
	}
	dir, err := os.MkdirTemp("", "tenon-bench-")
	if err != nil {
		return nil, fmt.Errorf("make a directory: %w", err)
	}
	return &workshop{dir: dir, keep: keep, source: strings.TrimSpace(string(source))}, nil
}

// close ends all processes and removes the directory, unless it is to be kept.
func (w *workshop) close() error {
	var errs []error
	for _, p := range w.processes {
		errs = append(errs, p.stop())
	}
	if w.keep {
		progress("kept: %s", w.dir)
		return errors.Join(errs...)
	}
	return errors.Join(append(errs, os.RemoveAll(w.dir))...)
}

func (w *workshop) path(name string) string { return filepath.Join(w.dir, name) }

// build compiles a command of the module as it is shipped, but for the paths in it, and gives the binary's path.
func (w *workshop) build(ctx context.Context, pkg string, flags ...string) (string, error) {
	bin := w.path(filepath.Base(pkg) + ".bin")
	args := append([]string{"build", "-ldflags", "-s -w", "-o", bin}, append(flags, pkg)...)
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = w.source
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build %s: %w\n%s", pkg, err, out)
	}
	return bin, nil
}

// command runs a program to its end and gives what it printed.
func command(ctx context.Context, bin string, args ...string) (string, error) {
	var stderr strings.Builder
	cmd := exec.CommandContext(ctx, bin, args...)
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("%s %s: %w\n%s%s", filepath.Base(bin), args[0], err, out, stderr.String())
	}
	return string(out), nil
}

// Ports that no system gives to who asks for any: until a server listens at its own, nobody takes it meanwhile and
// answers in its place.
const firstPort, lastPort = 10_000, 32_000

// freeAddr is a loopback address that nothing listens on.
func freeAddr() (addr string, err error) {
	for range 100 {
		addr = fmt.Sprintf("127.0.0.1:%d", firstPort+rand.IntN(lastPort-firstPort))
		var l net.Listener
		if l, err = net.Listen("tcp", addr); err == nil {
			return addr, l.Close()
		}
	}
	return "", fmt.Errorf("find a free port: %w", err)
}
