package script

import (
	"context"
	"log/slog"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/tenon-platform/tenon/platform/clock"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/tenant"
	"github.com/tenon-platform/tenon/platform/turn"
)

// Options of a Pool; the zero value of each but Command has a default.
type Options struct {
	// Command starts a worker: the platform's own binary, with worker.Verb.
	Command []string
	Log     *slog.Logger
	Slots   int // runs at a time; as many as the machine computes at a time, and at least 2
	Share   int // of the slots, for one tenant: half of them
	Line    int // runs of one tenant that may wait: 32
	// Wait is how long a run may wait for its turn: 5 s.
	Wait time.Duration
	// Runs is how many runs a worker serves before another takes its place: 500.
	Runs int
	// Keep is how many recordings of each tenant's runs are kept in memory: 20. Below 0: none.
	Keep int
	Idle int // workers that are kept while they have nothing to do, besides a fresh one: twice the slots
	// Limit tells what a tenant may use: runs at a time, and the time of runs in a minute; 0 for no
	// limit of its own. Nil: nobody has one.
	Limit func(tenant string) (runs int, perMinute time.Duration)
}

func (o *Options) fill() {
	set := func(n *int, usual int) {
		if *n <= 0 {
			*n = usual
		}
	}
	set(&o.Slots, max(2, runtime.GOMAXPROCS(0)))
	set(&o.Share, max(1, o.Slots/2))
	set(&o.Line, 32)
	set(&o.Runs, 500)
	if o.Keep == 0 {
		o.Keep = 20
	}
	set(&o.Idle, 2*o.Slots)
	if o.Wait <= 0 {
		o.Wait = 5 * time.Second
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
}

// Pool runs scripts in workers. A worker that has run a script of one tenant never runs one of
// another. Workers are started when they are first needed, and one more in advance.
type Pool struct {
	opt     Options
	turns   *turns
	starter *starter
	kept    recordings
	spent   meters
	running sync.WaitGroup // runs
	making  sync.WaitGroup // workers that are being started in advance, and ended

	mu     sync.Mutex
	idle   []*process // the one used last comes last
	spare  bool       // a fresh one is among them, or on its way
	closed bool
}

// New makes a pool. It must be closed.
func New(opt Options) *Pool {
	opt.fill()
	return &Pool{opt: opt, turns: newTurns(opt.Slots, opt.shareOf, opt.Line, opt.Wait), spent: meters{watch: clock.Start(), by: map[string]*tenant.Bucket{}}, starter: newStarter(), kept: recordings{keep: opt.Keep, by: map[string][]*Recording{}}}
}

// Close waits for the runs that are under way, refuses others, and ends all workers.
func (p *Pool) Close() {
	p.mu.Lock()
	if p.closed {
		p.mu.Unlock()
		return
	}
	p.closed = true
	p.mu.Unlock()
	p.running.Wait()
	p.making.Wait()
	for _, w := range p.idle {
		w.end()
	}
	close(p.starter.jobs)
}

// Run carries out a job. The error is an *errs.Error, or a *Refused.
func (p *Pool) Run(ctx context.Context, j Job) (Result, error) {
	if err := j.check(); err != nil {
		return Result{}, err
	}
	if err := p.enter(); err != nil {
		return Result{}, err
	}
	defer p.running.Done()
	defer turn.Pause(ctx)() // the worker computes
	j.Limits = j.Limits.filled()
	budget := p.opt.perMinute(j.Tenant)
	if err := p.spent.check(j.Tenant, budget); err != nil {
		return Result{}, err
	}
	if err := p.turns.take(ctx, j.Tenant); err != nil {
		return Result{}, err
	}
	defer p.turns.give(j.Tenant)
	w, err := p.worker(j.Tenant)
	if err != nil {
		return Result{}, errs.New(errs.Unavailable, "scripts cannot be run at the moment", "暂时无法运行脚本").Because(err)
	}
	var rec *Recording
	if p.opt.Keep > 0 && !j.Replay && j.Host != nil {
		rec = &Recording{Name: j.Name, Source: j.Source, Function: j.Function, Input: j.Input, Now: j.Now.UnixMilli(), Seed: j.Seed}
		j.Host = &recorder{Host: j.Host, out: rec}
	}
	t := &talk{job: &j, w: w, log: p.opt.Log}
	out, err := t.run(ctx)
	p.say(&j, out.Log)
	w.busy += out.Elapsed
	p.spent.charge(j.Tenant, out.Elapsed, budget)
	p.back(w, t.healthy)
	if rec != nil {
		rec.ended(out, err)
		p.kept.add(j.Tenant, rec)
	}
	return out, err
}

// say passes on what the script logs: warnings and errors as warnings, since a script is no part of
// the server, and the rest for those who look closely.
func (p *Pool) say(j *Job, lines []LogLine) {
	for _, l := range lines {
		level := slog.LevelDebug
		if l.Level == "warn" || l.Level == "error" {
			level = slog.LevelWarn
		}
		p.opt.Log.Log(context.Background(), level, "a script says", "tenant", j.Tenant, "script", j.Name, "line", l.Line, "text", l.Text)
	}
}

// enter counts a run.
func (p *Pool) enter() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return errs.New(errs.Unavailable, "scripts are not run any more: the server is stopping", "服务正在停止，不再运行脚本")
	}
	p.running.Add(1)
	return nil
}

// worker takes a worker that has run nothing of another tenant.
func (p *Pool) worker(tenant string) (*process, error) {
	w := p.idleFor(tenant)
	if w == nil {
		var err error
		if w, err = p.starter.spawn(p.opt.Command); err != nil {
			return nil, err
		}
	}
	w.tenant = tenant
	p.warm()
	return w, nil
}

// idleFor takes an idle worker: one that the tenant has used, or a fresh one.
func (p *Pool) idleFor(tenant string) *process {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, t := range []string{tenant, ""} {
		for i := len(p.idle) - 1; i >= 0; i-- {
			if w := p.idle[i]; w.tenant == t {
				p.idle = slices.Delete(p.idle, i, i+1)
				p.spare = p.spare && t != ""
				return w
			}
		}
	}
	return nil
}

// warm starts a fresh worker in advance, unless there is one.
func (p *Pool) warm() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.spare || p.closed {
		return
	}
	p.spare = true
	p.making.Go(func() {
		w, err := p.starter.spawn(p.opt.Command)
		p.mu.Lock()
		defer p.mu.Unlock()
		if err != nil {
			p.spare = false
			p.opt.Log.Error("a script worker does not start", "error", err)
			return
		}
		p.idle = append(p.idle, w)
	})
}

// maxBusy is how long a worker may have been busy before another takes its place: well before the
// system ends it for the time that its two threads have computed.
const maxBusy = 40 * time.Second

// back takes a worker back, or ends it.
func (p *Pool) back(w *process, healthy bool) {
	w.runs++
	if !healthy {
		w.end() // before the run is answered: what broke its limits is gone when the caller hears of it
		return
	}
	p.mu.Lock()
	var old *process
	switch {
	case p.closed || w.runs >= p.opt.Runs || w.busy > maxBusy:
		old = w
	case p.used() >= p.opt.Idle:
		i := slices.IndexFunc(p.idle, func(x *process) bool { return x.tenant != "" })
		old = p.idle[i]
		p.idle = append(slices.Delete(p.idle, i, i+1), w)
	default:
		p.idle = append(p.idle, w)
	}
	if old != nil {
		p.making.Go(old.end)
	}
	p.mu.Unlock()
}

// used is how many idle workers have run something.
func (p *Pool) used() (n int) {
	for _, w := range p.idle {
		if w.tenant != "" {
			n++
		}
	}
	return n
}
