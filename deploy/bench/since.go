package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"time"

	"github.com/tenon-platform/tenon/deploy/bench/data"
)

// since compares Tenon with itself at an earlier commit: both run at once, each on data of its own, and are measured in
// turn, one right after the other. A ratio to the reference of another day, on another machine, shows less.
type since struct {
	effort
	commit string
	set    *data.Set
	now    *target
	then   *target
	report *sinceReport
}

// sinceReport has medians over the rounds.
type sinceReport struct {
	Commit string      `json:"commit"`
	Ops    []sinceOp   `json:"operations"`
	Now    sinceServer `json:"now"`
	Then   sinceServer `json:"then"`
}

// sinceOp is one operation. A ratio above 1 says that Tenon has become faster.
type sinceOp struct {
	Op       data.Op `json:"operation"`
	Title    string  `json:"title"`
	Now      sample  `json:"now"`
	Then     sample  `json:"then"`
	Ratio    float64 `json:"ratio"`    // of requests per second, now to then
	CPURatio float64 `json:"cpuRatio"` // of processor time per request, then to now
	Least    float64 `json:"leastCPURatio"`
	Most     float64 `json:"mostCPURatio"`
}

type sinceServer struct {
	ColdStart float64 `json:"coldStartMilliseconds"`
	Idle      int64   `json:"idleResidentBytes"`
	Anonymous int64   `json:"idleAnonymousBytes"`
	LoadRate  float64 `json:"loadedRowsPerSecond"`
}

func runSince(ctx context.Context, args []string, out io.Writer) (err error) {
	fs, e := effortFlags("bench since", 7)
	commit := fs.String("commit", "HEAD", "the commit, or what names it, to compare with")
	if err := e.parse(fs, args); err != nil {
		return err
	}
	if e.names != "" && e.more {
		return errors.New("the further operations are not measured beside an earlier commit, which may lack them")
	}
	s := &since{effort: *e, commit: *commit}
	if err := s.measure(ctx); err != nil {
		return err
	}
	fmt.Fprint(out, s.report.markdown())
	return s.save(s.report)
}

func (s *since) measure(ctx context.Context) (err error) {
	now, err := newWorkshop(ctx, s.keep)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, now.close()) }()
	then, err := newWorkshop(ctx, s.keep)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, then.close()) }()
	if err := then.checkOut(ctx, s.commit); err != nil {
		return err
	}
	s.report = &sinceReport{Commit: s.commit}
	s.set = data.Generate(data.Standard(s.scale))
	for _, x := range []struct {
		w *workshop
		t **target
		r *sinceServer
		n string
	}{{then, &s.then, &s.report.Then, "then"}, {now, &s.now, &s.report.Now, "now"}} {
		progress("build, install and fill Tenon of %s", x.n)
		if _, *x.t, err = newTenon(ctx, x.w, s.set); err != nil {
			return err
		}
		(*x.t).name = x.n
		x.r.LoadRate = float64(s.set.Size.Rows()) / (*x.t).loading.Seconds()
	}
	if err := s.start(ctx); err != nil {
		return err
	}
	for _, op := range s.ops {
		if err := s.operation(ctx, op); err != nil {
			return err
		}
	}
	return errors.Join(s.then.checkRows(), s.now.checkRows())
}

// start measures cold starts in turn, and leaves both servers running.
func (s *since) start(ctx context.Context) error {
	took := map[*target][]float64{}
	for range s.starts {
		for _, t := range []*target{s.then, s.now} {
			if err := t.down(); err != nil {
				return err
			}
			d, err := t.up(ctx, s.set)
			if err != nil {
				return err
			}
			took[t] = append(took[t], milliseconds(d))
		}
	}
	if err := pause(ctx, time.Second); err != nil {
		return err
	}
	for t, r := range map[*target]*sinceServer{s.then: &s.report.Then, s.now: &s.report.Now} {
		r.ColdStart = median(took[t])
		r.Idle, r.Anonymous = t.proc.memory()
	}
	return nil
}

func (s *since) operation(ctx context.Context, op data.Op) error {
	servers := []*target{s.then, s.now}
	if op != data.Mix { // it is made of the others
		if err := check(s.set, servers, op); err != nil {
			return err
		}
	}
	samples, err := s.inTurn(ctx, op, worksOf(s.set.Calls(op, distinct), servers...))
	if err != nil {
		return err
	}
	s.report.Ops = append(s.report.Ops, newSinceOp(op, samples[0], samples[1]))
	return nil
}

func newSinceOp(op data.Op, then, now []sample) sinceOp {
	var rates, cpu []float64
	for i := range now {
		rates = append(rates, now[i].Rate/then[i].Rate)
		if now[i].CPU > 0 {
			cpu = append(cpu, then[i].CPU/now[i].CPU)
		}
	}
	o := sinceOp{Op: op, Title: op.Title(), Now: middle(now), Then: middle(then), Ratio: median(rates), CPURatio: median(cpu)}
	if len(cpu) > 0 {
		o.Least, o.Most = slices.Min(cpu), slices.Max(cpu)
	}
	return o
}

func (r *sinceReport) markdown() string {
	t := &table{text: 2, head: []string{"op", "", "now req/s", "then req/s", "ratio", "now CPU ms", "then CPU ms", "by CPU", "least", "most"}}
	for _, o := range r.Ops {
		t.add(string(o.Op), o.Title, thousands(int(o.Now.Rate)), thousands(int(o.Then.Rate)), fmt.Sprintf("%.2f", o.Ratio),
			fmt.Sprintf("%.3f", o.Now.CPU), fmt.Sprintf("%.3f", o.Then.CPU), fmt.Sprintf("%.2f", o.CPURatio), fmt.Sprintf("%.2f", o.Least), fmt.Sprintf("%.2f", o.Most))
	}
	servers := &table{head: []string{"", "now", "then"}}
	servers.add("cold start to the first right answer, ms", fmt.Sprintf("%.0f", r.Now.ColdStart), fmt.Sprintf("%.0f", r.Then.ColdStart))
	servers.add("resident after it, MB", thousands(int(r.Now.Idle>>20)), thousands(int(r.Then.Idle>>20)))
	servers.add("  of it not pages of files, MB", thousands(int(r.Now.Anonymous>>20)), thousands(int(r.Then.Anonymous>>20)))
	servers.add("bulk load, rows/s", thousands(int(r.Now.LoadRate)), thousands(int(r.Then.LoadRate)))
	return fmt.Sprintf("Tenon as it is here, and as of %s, in turn.\n\n", r.Commit) + t.render() +
		"\nRatios above 1 say that it has become faster. They are medians over the rounds, each taken within one round.\n\n" + servers.render()
}

// checkOut makes the workshop build what a commit has, in a work tree that ends with the workshop.
func (w *workshop) checkOut(ctx context.Context, commit string) error {
	dir := w.path("source")
	git := func(args ...string) error {
		cmd := exec.CommandContext(ctx, "git", append([]string{"-C", w.source}, args...)...)
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("git %s: %w\n%s", args[0], err, out)
		}
		return nil
	}
	if err := os.Mkdir(dir, 0o755); err != nil {
		return fmt.Errorf("make a directory: %w", err)
	}
	archive := w.path("source.tar")
	if err := git("archive", "--format=tar", "--output="+archive, commit); err != nil {
		return err
	}
	if out, err := exec.CommandContext(ctx, "tar", "-xf", archive, "-C", dir).CombinedOutput(); err != nil {
		return fmt.Errorf("unpack %s: %w\n%s", commit, err, out)
	}
	w.source = dir
	return nil
}
