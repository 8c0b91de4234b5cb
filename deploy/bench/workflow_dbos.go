package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

// dbos is the reference: the same work done by dbos-transact-golang on SQLite, by a program in a module
// of its own, so that the product does not depend on it.
type dbos struct {
	w    *workshop
	bin  string
	mode string // PRAGMA synchronous
}

// dbosResult is what that program prints.
type dbosResult struct{ Rate, Started, P99, Seconds, Ready float64 }

func newDBOS(ctx context.Context, w *workshop, mode string) (*dbos, error) {
	if mode != "FULL" && mode != "NORMAL" {
		return nil, fmt.Errorf("the reference cannot be %q: FULL, NORMAL or none", mode)
	}
	root, err := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}").Output()
	if err != nil {
		return nil, fmt.Errorf("find the module: %w", err)
	}
	d := &dbos{w: w, bin: w.path("dbos.bin"), mode: mode}
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags", "-s -w", "-o", d.bin, ".")
	cmd.Dir = filepath.Join(strings.TrimSpace(string(root)), "deploy", "bench", "dbos")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=-mod=mod")
	if out, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("build the reference: %w\n%s", err, out)
	}
	return d, nil
}

// measure does one measurement on a new database; without a reference it gives nothing.
func (d *dbos) measure(ctx context.Context, what string, n, clients int) (dbosResult, error) {
	if d == nil {
		return dbosResult{}, nil
	}
	dir, err := os.MkdirTemp(d.w.dir, "dbos-")
	if err != nil {
		return dbosResult{}, fmt.Errorf("make a directory: %w", err)
	}
	args := func(what string) []string {
		return []string{"-db", filepath.Join(dir, "dbos.db"), "-sync", d.mode, "-what", what, "-n", strconv.Itoa(n), "-clients", strconv.Itoa(clients)}
	}
	if what == "restart" {
		if err := d.killed(ctx, args("start")); err != nil {
			return dbosResult{}, err
		}
		what = "recover"
	}
	said, err := command(ctx, d.bin, args(what)...)
	if err != nil {
		return dbosResult{}, err
	}
	var r dbosResult
	if err := json.Unmarshal([]byte(said), &r); err != nil {
		return r, fmt.Errorf("the reference said %q: %w", said, err)
	}
	return r, nil
}

// killed starts workflows, and kills the process when all are stored.
func (d *dbos) killed(ctx context.Context, args []string) error {
	cmd := exec.CommandContext(ctx, d.bin, args...)
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start the reference: %w", err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil || !strings.Contains(line, "started") {
		err = fmt.Errorf("the reference did not start its workflows: %q, %w", line, err)
	}
	killed := cmd.Process.Kill()
	_ = cmd.Wait() // it was killed
	return errors.Join(err, killed)
}
