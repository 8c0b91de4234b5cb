package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"time"
)

// sizeReport is what a large catalogue costs. Times are in milliseconds.
type sizeReport struct {
	Objects int          `json:"objects"`
	Fields  int          `json:"fieldsPerObject"`
	Bare    bool         `json:"bare"` // without the standard packages
	Figures []sizeFigure `json:"figures"`
}

type sizeFigure struct {
	Title string  `json:"title"`
	Value float64 `json:"value"`
	Unit  string  `json:"unit"`
}

func (r *sizeReport) add(title string, value float64, unit string) {
	progress("%-50s %10.1f %s", title, value, unit)
	r.Figures = append(r.Figures, sizeFigure{title, value, unit})
}

// costs notes how long do takes, and the processor time that the server uses for it: the steadier
// figure where other programs run.
func (r *sizeReport) costs(proc *process, title string, do func() error) error {
	before := proc.cpu()
	if err := r.timed(title, do); err != nil {
		return err
	}
	r.add("  processor time of the server", milliseconds(proc.cpu()-before), "ms")
	return nil
}

// timed notes how long do takes.
func (r *sizeReport) timed(title string, do func() error) error {
	begin := time.Now()
	if err := do(); err != nil {
		return fmt.Errorf("%s: %w", title, err)
	}
	r.add(title, milliseconds(time.Since(begin)), "ms")
	return nil
}

func runSize(ctx context.Context, args []string, out io.Writer) (err error) {
	fs, c := flags("bench size")
	r := &sizeReport{}
	fs.IntVar(&r.Objects, "objects", 500, "objects")
	fs.IntVar(&r.Fields, "fields", 60, "fields per object, at least 6")
	fs.BoolVar(&r.Bare, "bare", false, "without the standard packages beside them")
	if err := parse(fs, args); err != nil {
		return err
	}
	if c.quick {
		r.Objects, r.Fields = 12, 12
	}
	w, err := newWorkshop(ctx, c.keep)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.close()) }()
	if err := r.measure(ctx, w); err != nil {
		return err
	}
	beside := "beside the standard packages"
	if r.Bare {
		beside = "alone"
	}
	t := &table{head: []string{fmt.Sprintf("%d objects × %d fields, %s", r.Objects, r.Fields, beside), ""}}
	for _, f := range r.Figures {
		t.add(f.Title, fmt.Sprintf("%.1f %s", f.Value, f.Unit))
	}
	fmt.Fprint(out, t.render())
	return c.save(r)
}

func (r *sizeReport) measure(ctx context.Context, w *workshop) error {
	p, err := newProduct(ctx, w)
	if err != nil {
		return err
	}
	p.bare = r.Bare
	proc, err := p.ready(ctx)
	if err != nil {
		return err
	}
	r.memory(proc, "before")
	dir := w.path("large")
	if err := writeCatalogue(dir, r.Objects, r.Fields); err != nil {
		return err
	}
	if err := r.publish(ctx, p, proc, dir, "publish it"); err != nil {
		return err
	}
	r.memory(proc, "after publishing")
	if err := r.queries(p, "right after"); err != nil {
		return err
	}
	if err := writeEntity(dir, r.Objects/2, r.Fields+1); err != nil {
		return err
	}
	if err := r.publish(ctx, p, proc, dir, "add one field to one object"); err != nil {
		return err
	}
	if err := r.hasField(p); err != nil {
		return err
	}
	r.memory(proc, "after that")
	return r.restart(ctx, p, proc)
}

// publish plans and applies the package in dir.
func (r *sizeReport) publish(ctx context.Context, p *product, proc *process, dir, what string) error {
	file := p.w.path("plan.json")
	if err := r.costs(proc, what+": plan", func() error {
		_, err := p.command(ctx, "plan", "--out", file, dir)
		return err
	}); err != nil {
		return err
	}
	return r.costs(proc, what+": apply", func() error {
		_, err := p.command(ctx, "apply", file)
		return err
	})
}

// queries reads two objects for the first and one for the second time.
func (r *sizeReport) queries(p *product, when string) error {
	for _, q := range []struct {
		title  string
		entity int
	}{{"first query of an object", 0}, {"the same again", 0}, {"first query of another object", r.Objects - 1}} {
		req, err := p.graphQL("{ "+entityList(q.entity)+"(first: 1) { nodes { id name field01 field02 field03 field04 field05 } } }", nil)
		if err != nil {
			return err
		}
		if err := r.timed(q.title+", "+when, func() error {
			_, err := send(p.addr, req)
			return err
		}); err != nil {
			return err
		}
	}
	return nil
}

// hasField reads the field that was added.
func (r *sizeReport) hasField(p *product) error {
	req, err := p.graphQL(fmt.Sprintf("{ %s { nodes { field%02d } } }", entityList(r.Objects/2), r.Fields), nil)
	if err != nil {
		return err
	}
	if _, err := send(p.addr, req); err != nil {
		return fmt.Errorf("read the new field: %w", err)
	}
	return nil
}

// schema gets the SDL of everything.
func (r *sizeReport) schema(p *product) error {
	var sdl []byte
	if err := r.timed("the whole schema as SDL", func() (err error) {
		sdl, err = p.get("/graphql/schema.graphql")
		return err
	}); err != nil {
		return err
	}
	last := []byte(entityList(r.Objects - 1))
	if !bytes.Contains(sdl, last) {
		return fmt.Errorf("the schema does not have %s", last)
	}
	r.add("  its length", float64(len(sdl))/1e6, "MB")
	return nil
}

// get reads a path of the server.
func (p *product) get(path string) ([]byte, error) {
	req, err := http.NewRequest(http.MethodGet, "http://"+p.addr+path, nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", "Bearer "+p.key)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err == nil && res.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: status %d: %.500s", path, res.StatusCode, b)
	}
	return b, err
}

// restart measures the server with the large catalogue from its start on.
func (r *sizeReport) restart(ctx context.Context, p *product, proc *process) error {
	if err := proc.stop(); err != nil {
		return err
	}
	if err := r.timed("start until ready", func() (err error) {
		if proc, err = p.start(); err != nil {
			return err
		}
		return p.answers(ctx, proc)
	}); err != nil {
		return err
	}
	if err := pause(ctx, time.Second); err != nil {
		return err
	}
	r.memory(proc, "after the start")
	if err := r.queries(p, "after the start"); err != nil {
		return err
	}
	r.memory(proc, "after the queries")
	if err := r.schema(p); err != nil {
		return err
	}
	r.memory(proc, "after that")
	st, err := os.Stat(p.bin)
	if err != nil {
		return fmt.Errorf("measure the binary: %w", err)
	}
	r.add("the binary", float64(st.Size())/1e6, "MB")
	return nil
}

func (r *sizeReport) memory(proc *process, when string) {
	resident, anonymous := proc.memory()
	r.add("resident memory, "+when, float64(resident)/(1<<20), "MB")
	r.add("  of it not pages of files", float64(anonymous)/(1<<20), "MB")
}
