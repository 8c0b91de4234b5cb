package main

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"runtime"
)

// The package of claims that are approved and worked on.
//
//go:embed processes
var processPackage embed.FS

// workflow measures processes: approvals, automations, timers, restarts and inboxes.
type workflow struct {
	Machine   string        `json:"machine"`
	Claims    int           `json:"claims"`    // that are approved, three decisions each
	Runs      int           `json:"runs"`      // of an automation of three steps
	Timers    int           `json:"timers"`    // that are due at once
	InFlight  int           `json:"inFlight"`  // runs when the process is killed
	Inbox     int           `json:"inbox"`     // open tasks
	Clients   int           `json:"clients"`   // that decide at the same time
	Durable   string        `json:"reference"` // what dbos was told to wait for
	Rows      []workflowRow `json:"rows"`
	seconds   float64
	only      string
	profile   string
	w         *workshop
	p         *product
	proc      *process
	users     []person
	reference *dbos // nil: not measured
}

// workflowRow is one figure, beside that of the reference.
type workflowRow struct {
	Title     string  `json:"title"`
	Unit      string  `json:"unit"`
	Least     bool    `json:"least,omitempty"` // the goal is the least that is good; else the most
	Goal      float64 `json:"goal,omitempty"`  // 0: there is none
	Tenon     float64 `json:"tenon"`
	CPU       float64 `json:"cpuMilliseconds,omitempty"` // of the server's process for each; 0: not told
	Reference float64 `json:"dbos,omitempty"`            // 0: not measured
}

func (r *workflowRow) met() bool {
	return r.Goal == 0 || r.Least && r.Tenon >= r.Goal || !r.Least && r.Tenon <= r.Goal
}

// ratio is how many times as good as the reference; 0: not known.
func (r *workflowRow) ratio() float64 {
	switch {
	case r.Reference == 0 || r.Tenon == 0:
		return 0
	case r.Least:
		return r.Tenon / r.Reference
	}
	return r.Reference / r.Tenon
}

func (b *workflow) add(r workflowRow) {
	progress("%-52s %10.1f %s, dbos %.1f", r.Title, r.Tenon, r.Unit, r.Reference)
	b.Rows = append(b.Rows, r)
}

func runWorkflow(ctx context.Context, args []string, out io.Writer) (err error) {
	fs, c := flags("bench process")
	b := &workflow{Machine: fmt.Sprintf("%d processors, %s/%s, %s", runtime.NumCPU(), runtime.GOOS, runtime.GOARCH, runtime.Version())}
	fs.IntVar(&b.Claims, "claims", 2000, "claims that are approved, with three decisions each")
	fs.IntVar(&b.Runs, "runs", 2000, "runs of an automation of three steps")
	fs.IntVar(&b.Timers, "timers", 10_000, "timers that are due at once")
	fs.IntVar(&b.InFlight, "in-flight", 10_000, "runs in flight when the process is killed")
	fs.IntVar(&b.Inbox, "inbox", 1_000_000, "open tasks, of 200 people")
	fs.IntVar(&b.Clients, "clients", 32, "clients that decide at the same time")
	fs.StringVar(&b.Durable, "dbos", "FULL", "synchronous mode of the reference: FULL, as Tenon; NORMAL, its own default; or none to leave it out")
	fs.StringVar(&b.only, "only", "", "measure only some: approvals, steps, timers, restart, inbox, separated by commas")
	fs.StringVar(&b.profile, "profile", "", "directory for CPU profiles of the server, one of each measurement")
	if err := parse(fs, args); err != nil {
		return err
	}
	b.seconds = c.seconds
	if c.quick {
		b.Claims, b.Runs, b.Timers, b.InFlight, b.Inbox, b.Clients = 12, 12, 20, 20, 2000, 4
	}
	if b.Claims < 1 || b.Runs < 1 || b.Timers < 1 || b.InFlight < 1 || b.Inbox < 1 || b.Clients < 1 {
		return errors.New("sizes are 1 or more")
	}
	parts, err := b.parts()
	if err != nil {
		return err
	}
	if b.w, err = newWorkshop(ctx, c.keep); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.w.close()) }()
	if err := b.prepare(ctx); err != nil {
		return err
	}
	for _, do := range parts {
		if err := do(ctx); err != nil {
			return err
		}
	}
	fmt.Fprint(out, b.markdown())
	return c.save(b)
}

// prepare builds both, and installs the package and its people.
func (b *workflow) prepare(ctx context.Context) (err error) {
	progress("build and install")
	if b.p, err = newProduct(ctx, b.w); err != nil {
		return err
	}
	if b.Durable != "none" {
		if b.reference, err = newDBOS(ctx, b.w, b.Durable); err != nil {
			return err
		}
	}
	b.p.flags = []string{"--test-clock"}
	if b.profile != "" {
		b.p.profile = b.profile
		if b.p.bin, err = b.w.build(ctx, "./platform/cmd/tenon", "-tags", "profile"); err != nil {
			return err
		}
	}
	if b.proc, err = b.p.ready(ctx); err != nil {
		return err
	}
	files, err := fs.Sub(processPackage, "processes")
	if err != nil {
		return err
	}
	if err := b.p.install(ctx, files); err != nil {
		return err
	}
	return b.hire()
}

func (b *workflow) markdown() string {
	t := &table{head: []string{fmt.Sprintf("processes, every commit on disk; dbos-transact-golang on SQLite, synchronous %s", b.Durable), "goal", "Tenon", "CPU ms each", "dbos", "times as good", ""}}
	for i := range b.Rows {
		r := &b.Rows[i]
		goal, cpu, reference, ratio, met := "", "", "", "", ""
		if r.Goal > 0 {
			sign := "≤"
			if r.Least {
				sign = "≥"
			}
			goal, met = fmt.Sprintf("%s %.0f %s", sign, r.Goal, r.Unit), "met"
			if !r.met() {
				met = "MISSED"
			}
		}
		if r.CPU > 0 {
			cpu = fmt.Sprintf("%.2f", r.CPU)
		}
		if r.Reference > 0 {
			reference, ratio = fmt.Sprintf("%.1f %s", r.Reference, r.Unit), fmt.Sprintf("%.2f", r.ratio())
		}
		t.add(r.Title, goal, fmt.Sprintf("%.1f %s", r.Tenon, r.Unit), cpu, reference, ratio, met)
	}
	return fmt.Sprintf("%s\n\n%s", b.Machine, t.render())
}
