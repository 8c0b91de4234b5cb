package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/tenon-platform/tenon/deploy/bench/data"
)

// product is Tenon with its data directory.
type product struct {
	w    *workshop
	bin  string
	dir  string
	addr string
	key  string // API key
	bare bool   // without the standard packages

	flags    []string // further ones of serve
	profile  string   // directory for CPU profiles; ""
	profiled string   // what is being profiled
}

func newProduct(ctx context.Context, w *workshop) (*product, error) {
	p := &product{w: w, dir: w.path("data")}
	var err error
	if p.bin, err = w.build(ctx, "./platform/cmd/tenon"); err != nil {
		return nil, err
	}
	p.addr, err = freeAddr()
	return p, err
}

func (p *product) start() (*process, error) {
	args := []string{"serve", "--data", p.dir, "--addr", p.addr}
	if p.bare {
		args = append(args, "--bare")
	}
	return p.w.start(p.bin, []string{"TENON_ADMIN_PASSWORD=benchmark-only", "TENON_PROFILE=" + p.profile}, append(args, p.flags...)...)
}

// ready starts the server for the first time, with the standard packages, and makes a key.
func (p *product) ready(ctx context.Context) (*process, error) {
	proc, err := p.start()
	if err != nil {
		return nil, err
	}
	if err := p.answers(ctx, proc); err != nil {
		return nil, err
	}
	said, err := p.command(ctx, "key", "create", "--user", "admin")
	if err != nil {
		return nil, err
	}
	lines := strings.Fields(said)
	p.key = lines[len(lines)-1]
	return proc, nil
}

// answers waits until the server is ready.
func (p *product) answers(ctx context.Context, proc *process) error {
	for {
		res, err := http.Get("http://" + p.addr + "/readyz")
		if err == nil {
			return res.Body.Close()
		}
		if dead := proc.ended(); dead != nil {
			return dead
		}
		if err := pause(ctx, 5*time.Millisecond); err != nil {
			return err
		}
	}
}

// command runs a verb of the command line on the data directory.
func (p *product) command(ctx context.Context, verb string, args ...string) (string, error) {
	return command(ctx, p.bin, append([]string{verb, "--data", p.dir}, args...)...)
}

// graphQL is a request of the records' API.
func (p *product) graphQL(document string, vars map[string]any) ([]byte, error) {
	return httpRequest("POST", "/graphql", p.addr, p.key, map[string]any{"query": document, "variables": vars})
}

// install applies the package of an embedded folder.
func (p *product) install(ctx context.Context, files fs.FS) error {
	dir, err := os.MkdirTemp(p.w.dir, "package-")
	if err != nil {
		return fmt.Errorf("make a directory: %w", err)
	}
	if err := os.CopyFS(dir, files); err != nil {
		return fmt.Errorf("write the package: %w", err)
	}
	_, err = p.command(ctx, "apply", dir)
	return err
}

// load loads a file of rows and gives how long that took.
func (p *product) load(ctx context.Context, f data.File) (time.Duration, error) {
	path := p.w.path(f.Object + ".csv")
	out, err := os.Create(path)
	if err != nil {
		return 0, fmt.Errorf("write %s: %w", f.Object, err)
	}
	if err := f.Write(out); err != nil {
		return 0, err
	}
	if err := out.Close(); err != nil {
		return 0, fmt.Errorf("write %s: %w", f.Object, err)
	}
	begin := time.Now()
	said, err := p.command(ctx, "load", "--object", f.Object, "--json", path)
	took := time.Since(begin)
	if err != nil {
		return 0, err
	}
	var sum struct{ Rows, Failed int }
	if err := json.Unmarshal([]byte(said), &sum); err != nil || sum.Rows != f.Rows {
		return 0, fmt.Errorf("load %s: %d rows wanted, the answer is %s", f.Object, f.Rows, said)
	}
	return took, nil
}

// bytesOnDisk is the size of the data directory.
func (p *product) bytesOnDisk() (all int64, err error) {
	err = filepath.WalkDir(p.dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		all += info.Size()
		return nil
	})
	return all, err
}
