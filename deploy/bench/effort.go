package main

import (
	"context"
	"flag"
	"fmt"
	"slices"
	"strings"

	"github.com/tenon-platform/tenon/deploy/bench/data"
)

// effort is what is measured of servers side by side, how often and for how long.
type effort struct {
	*common
	scale       float64
	rounds      int
	connections int
	starts      int
	names       string // of operations, as they are given
	ops         []data.Op
	more        bool // the further operations, too
}

// effortFlags has the flags of an effort of so many rounds.
func effortFlags(name string, rounds int) (*flag.FlagSet, *effort) {
	fs, c := flags(name)
	e := &effort{common: c}
	fs.Float64Var(&e.scale, "scale", 1, "size of the data; 1: 20,000 accounts, 60,000 contacts, 200,000 opportunities")
	fs.IntVar(&e.rounds, "rounds", rounds, "rounds; the median counts")
	fs.IntVar(&e.connections, "connections", 16, "connections, each with one request under way")
	fs.IntVar(&e.starts, "starts", 5, "cold starts; the median counts")
	fs.StringVar(&e.names, "ops", "", "operations to measure, such as q1,q2,more; all if empty")
	return fs, e
}

// parse reads the flags.
func (e *effort) parse(fs *flag.FlagSet, args []string) error {
	if err := parse(fs, args); err != nil {
		return err
	}
	if e.quick {
		e.scale, e.rounds, e.starts, e.seconds = 0.02, 1, 1, min(e.seconds, 1)
	}
	return e.choose()
}

// more stands for the further operations among those to measure.
const more = "more"

func (e *effort) choose() error {
	if e.names == "" {
		e.ops, e.more = data.Ops, true
		return nil
	}
	names := strings.Split(e.names, ",")
	for _, name := range names {
		if name == more {
			e.more = true
			continue
		}
		if !slices.Contains(data.Ops, data.Op(name)) {
			return fmt.Errorf("there is no operation %q", name)
		}
	}
	for _, op := range data.Ops {
		if slices.Contains(names, string(op)) {
			e.ops = append(e.ops, op)
		}
	}
	return nil
}

// work is calls of an operation, and the server that is asked.
type work struct {
	server *target
	calls  []data.Call
}

// worksOf is the same calls for several servers.
func worksOf(calls []data.Call, servers ...*target) []work {
	out := make([]work, len(servers))
	for i, t := range servers {
		out[i] = work{t, calls}
	}
	return out
}

// inTurn measures works one after the other within each round, so that what the machine does beside meets all of them,
// and gives the samples of each.
func (e *effort) inTurn(ctx context.Context, op data.Op, works []work) ([][]sample, error) {
	samples := make([][]sample, len(works))
	for round := range e.rounds {
		for i := range works {
			if round%2 == 1 {
				i = len(works) - 1 - i // none is always the first
			}
			w := works[i]
			s, err := e.sample(ctx, w, round)
			if err != nil {
				return nil, fmt.Errorf("%s, %s: %w", w.server.name, op.Title(), err)
			}
			progress("%-4s round %d  %-22s %8.0f req/s  %7.3f ms CPU  p50 %7.2f ms  p99 %7.2f ms", op, round+1, w.server.name, s.Rate, s.CPU, s.P50, s.P99)
			samples[i] = append(samples[i], *s)
		}
	}
	return samples, nil
}

func (e *effort) sample(ctx context.Context, w work, round int) (*sample, error) {
	warm := min(e.seconds/4, 2)
	if _, err := w.server.put(ctx, w.calls, round*101, e.connections, warm); err != nil {
		return nil, err
	}
	return w.server.put(ctx, w.calls, round*977, e.connections, e.seconds)
}
