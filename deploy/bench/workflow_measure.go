package main

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/tenon-platform/tenon/deploy/bench/load"
)

// parts are the measurements that are wanted, in order.
func (b *workflow) parts() ([]func(context.Context) error, error) {
	all := []struct {
		name string
		do   func(context.Context) error
	}{{"approvals", b.approvals}, {"steps", b.steps}, {"timers", b.timers}, {"restart", b.restart}, {"inbox", b.inbox}}
	var out []func(context.Context) error
	wanted := strings.Split(b.only, ",")
	for _, p := range all {
		if b.only == "" || slices.Contains(wanted, p.name) {
			out = append(out, p.do)
		}
	}
	if b.only != "" && len(out) != len(wanted) {
		return nil, fmt.Errorf("not all of %q are measurements", b.only)
	}
	return out, nil
}

// run puts requests on the server and gives what they cost it.
func (b *workflow) run(o load.Options) (*sample, error) {
	before := b.proc.cpu()
	res, err := load.Run(context.Background(), o)
	used := b.proc.cpu() - before
	if err != nil {
		return nil, err
	}
	if res.Failures > 0 {
		return nil, fmt.Errorf("%d of %d answers are no success, such as %s", res.Failures, res.Requests, res.Failure)
	}
	return &sample{Rate: res.Rate(), CPU: milliseconds(used) / float64(res.Requests), P50: milliseconds(res.P50), P99: milliseconds(res.P99)}, nil
}

// approvals submits claims, and decides on them: the lead, and then finance and legal side by side.
func (b *workflow) approvals(ctx context.Context) error {
	who := func(i int) person { return b.users[i%min(max(b.Clients, 3), people)] }
	records, err := b.claims(b.Claims, func(i int) map[string]any {
		return map[string]any{"amount": "100.00", "leadId": who(i + 1).id, "moneyId": who(i + 2).id, "lawId": who(i + 3).id}
	})
	if err != nil {
		return err
	}
	var submits []each
	for i, r := range records {
		submits = append(submits, each{who(i).key, `mutation($r: ID!) { submit(process: "bench_claim", record: $r) { id } }`, map[string]any{"r": r}})
	}
	instances := make([]string, len(records))
	sent, err := b.burst(submits, func(i int, data any) { instances[i], _ = member(member(data, "submit"), "id").(string) })
	if err != nil {
		return fmt.Errorf("submit: %w", err)
	}
	decisions := func(task, from, to int) (out []each) {
		for i := from; i < to; i++ {
			out = append(out, each{who(i + task).key, `mutation($t: ID!) { approve(task: $t) { status } }`, map[string]any{"t": fmt.Sprintf("%s:%d", instances[i], task)}})
		}
		return out
	}
	warm := min(2*b.Clients, b.Claims/2)
	turns := func(from, to int) (s *sample, err error) {
		var all []*sample
		for task := range 3 { // all first ones have ended before any second begins: a task is there when it is decided
			if s, err = b.burst(decisions(task+1, from, to), nil); err != nil {
				return nil, fmt.Errorf("decide: %w", err)
			}
			all = append(all, s)
		}
		return inTurn(all), nil
	}
	if _, err := turns(0, warm); err != nil {
		return err
	}
	if err := b.p.profiling(b.proc, "approvals"); err != nil {
		return err
	}
	s, err := turns(warm, b.Claims)
	if err != nil {
		return err
	}
	if err := b.p.endProfile(b.proc); err != nil {
		return err
	}
	if err := b.expect(`state: {eq: "approved"}`, b.Claims); err != nil {
		return err
	}
	d, err := b.reference.measure(ctx, "decisions", b.Claims, b.Clients)
	if err != nil {
		return err
	}
	b.add(workflowRow{Title: fmt.Sprintf("submissions, %d clients", b.Clients), Unit: "/s", Least: true, Tenon: sent.Rate, CPU: sent.CPU, Reference: d.Started})
	b.add(workflowRow{Title: fmt.Sprintf("approval decisions, %d clients", b.Clients), Unit: "/s", Least: true, Goal: 300, Tenon: s.Rate, CPU: s.CPU, Reference: d.Rate})
	b.add(workflowRow{Title: "approval decisions, p99", Unit: "ms", Goal: 150, Tenon: s.P99, Reference: d.P99})
	return nil
}

// inTurn is what equally many requests after each other come to: the rate and the processor time of all, and
// the slowest of the slow.
func inTurn(all []*sample) *sample {
	out := &sample{}
	var time float64
	for _, s := range all {
		time += 1 / s.Rate
		out.CPU += s.CPU / float64(len(all))
		out.P50, out.P99 = max(out.P50, s.P50), max(out.P99, s.P99)
	}
	out.Rate = float64(len(all)) / time
	return out
}

// count counts claims.
func (b *workflow) count(filter string) (int, error) {
	got, err := b.ask(b.p.key, `{ n: benchClaimAggregate(filter: {`+filter+`}) { count } }`, nil)
	if err != nil {
		return 0, err
	}
	n, _ := first(member(got, "n"))["count"].(json.Number)
	v, _ := n.Int64() // none is no row
	return int(v), nil
}

// progress is how many steps of automations have been done: each adds one to a score.
func (b *workflow) progress() (string, error) {
	got, err := b.ask(b.p.key, `{ n: benchClaimAggregate(filter: {kind: {eq: "steps"}}) { sum { score } } }`, nil)
	return fmt.Sprint(member(first(member(got, "n"))["sum"], "score")), err
}

func (b *workflow) expect(filter string, want int) error {
	n, err := b.count(filter)
	if err == nil && n != want {
		err = fmt.Errorf("%d claims are %s, want %d", n, filter, want)
	}
	return err
}

// until waits until no claim is as told.
func (b *workflow) until(ctx context.Context, filter string) error {
	for begin := time.Now(); ; {
		n, err := b.count(filter)
		if err != nil || n == 0 {
			return err
		}
		if dead := b.proc.ended(); dead != nil {
			return dead
		}
		if time.Since(begin) > 30*time.Minute {
			return fmt.Errorf("%d claims are still %s", n, filter)
		}
		if err := pause(ctx, 50*time.Millisecond); err != nil {
			return err
		}
	}
}

func (b *workflow) of(kind string, n int) error {
	_, err := b.claims(n, func(int) map[string]any { return map[string]any{"kind": kind, "score": 0} })
	return err
}

// steps lets an automation of three steps, each of which writes a record, run for new claims. The
// time counts from the first claim, so the claims are made in it.
func (b *workflow) steps(ctx context.Context) error {
	if err := b.p.profiling(b.proc, "steps"); err != nil {
		return err
	}
	begin, before := time.Now(), b.proc.cpu()
	if err := b.of("steps", b.Runs); err != nil {
		return err
	}
	if err := b.until(ctx, `kind: {eq: "steps"}, score: {lt: 3}`); err != nil {
		return err
	}
	took, used := time.Since(begin), b.proc.cpu()-before
	if err := b.p.endProfile(b.proc); err != nil {
		return err
	}
	d, err := b.reference.measure(ctx, "steps", b.Runs, b.Clients)
	if err != nil {
		return err
	}
	n := float64(3 * b.Runs)
	b.add(workflowRow{Title: "automation steps", Unit: "/s", Least: true, Goal: 500, Tenon: n / took.Seconds(), CPU: milliseconds(used) / n, Reference: d.Rate})
	return nil
}

// rest makes runs that wait for a timer.
func (b *workflow) rest(n int) error {
	if err := b.of("timer", n); err != nil {
		return err
	}
	_, err := b.post("/_test/drain", nil)
	return err
}

func (b *workflow) post(path string, body any) (any, error) {
	req, err := httpRequest("POST", path, b.p.addr, b.p.key, body)
	if err != nil {
		return nil, err
	}
	return send(b.p.addr, req)
}

// due lets the timers of all runs be due.
func (b *workflow) due() error {
	_, err := b.post("/_test/clock", map[string]any{"advance": "P31D"})
	return err
}

const waiting = `kind: {eq: "timer"}, score: {lt: 10}`

// timers lets many timers be due at once; behind each is a step.
func (b *workflow) timers(ctx context.Context) error {
	if err := b.rest(b.Timers); err != nil {
		return err
	}
	if err := b.p.profiling(b.proc, "timers"); err != nil {
		return err
	}
	begin, before := time.Now(), b.proc.cpu()
	if err := b.due(); err != nil {
		return err
	}
	if err := b.until(ctx, waiting); err != nil {
		return err
	}
	took, used := time.Since(begin), b.proc.cpu()-before
	if err := b.p.endProfile(b.proc); err != nil {
		return err
	}
	d, err := b.reference.measure(ctx, "timers", b.Timers, b.Clients)
	if err != nil {
		return err
	}
	b.add(workflowRow{Title: fmt.Sprintf("%s due timers drained", thousands(b.Timers)), Unit: "s", Goal: 30, Tenon: took.Seconds(), CPU: milliseconds(used) / float64(b.Timers), Reference: d.Seconds})
	return nil
}

// restart kills the process while runs are in flight, and starts it again: how long until it answers,
// and until all runs have ended, also those that were in hand.
func (b *workflow) restart(ctx context.Context) error {
	if err := b.restarted(ctx); err != nil { // with the real clock
		return err
	}
	if err := b.of("steps", b.InFlight+b.InFlight/4); err != nil {
		return err
	}
	const running = `kind: {eq: "steps"}, score: {lt: 3}`
	n, err := b.count(running)
	if err != nil {
		return err
	}
	begin := time.Now()
	if err := b.restarted(ctx); err != nil {
		return err
	}
	ready := time.Since(begin)
	before, err := b.progress()
	if err != nil {
		return err
	}
	for now := before; now == before && n > 0; {
		if now, err = b.progress(); err != nil {
			return err
		}
	}
	going := time.Since(begin)
	if err := b.until(ctx, running); err != nil {
		return err
	}
	all := time.Since(begin)
	d, err := b.reference.measure(ctx, "restart", b.InFlight, b.Clients)
	if err != nil {
		return err
	}
	b.add(workflowRow{Title: fmt.Sprintf("killed with %s runs in flight, until it answers", thousands(n)), Unit: "s", Tenon: ready.Seconds()})
	b.add(workflowRow{Title: "… until runs go on", Unit: "s", Goal: 15, Tenon: going.Seconds(), Reference: d.Ready})
	b.add(workflowRow{Title: "… until all have ended", Unit: "s", Tenon: all.Seconds(), Reference: d.Seconds})
	return nil
}

// restarted kills the server as kill -9 does, and starts it again.
func (b *workflow) restarted(ctx context.Context) (err error) {
	if err := b.proc.cmd.Process.Signal(syscall.SIGKILL); err != nil {
		return err
	}
	<-b.proc.done
	if b.proc, err = b.p.start(); err != nil {
		return err
	}
	return b.p.answers(ctx, b.proc)
}
