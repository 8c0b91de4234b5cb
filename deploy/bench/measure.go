package main

import (
	"context"
	"fmt"
	"time"

	"github.com/tenon-platform/tenon/deploy/bench/data"
	"github.com/tenon-platform/tenon/deploy/bench/load"
)

// distinct is how many different calls of an operation there are before they repeat.
const distinct = 4096

// sample is one measurement of one server.
type sample struct {
	Rate     float64 `json:"requestsPerSecond"`
	CPU      float64 `json:"cpuMillisecondsPerRequest"` // of the server's process; 0: not known
	P50      float64 `json:"p50Milliseconds"`
	P99      float64 `json:"p99Milliseconds"`
	Bytes    float64 `json:"bytesPerAnswer"`
	Resident int64   `json:"residentBytes"` // of the server's process, after the load
}

// operation measures an operation, and Tenon beside its reference.
func (b *comparison) operation(ctx context.Context, op data.Op) error {
	samples, err := b.inTurn(ctx, op, worksOf(b.set.Calls(op, distinct), b.product, b.reference(op)))
	if err != nil {
		return err
	}
	b.report.measured(op, samples[0], samples[1])
	return nil
}

// put puts load on the server. Every answer must be right in form; what is created is counted.
func (t *target) put(ctx context.Context, calls []data.Call, offset, connections int, seconds float64) (*sample, error) {
	requests, err := t.requests(calls)
	if err != nil {
		return nil, err
	}
	s, sent, err := t.drive(ctx, requests, offset, connections, seconds)
	if err != nil {
		return nil, err
	}
	for i := range sent { // they were sent in turn
		if calls[(int64(offset)+i)%int64(len(calls))].Op == data.Create {
			t.rows++
		}
	}
	return s, nil
}

// drive sends requests in turn, from one on, and gives how many were answered.
func (t *target) drive(ctx context.Context, requests [][]byte, offset, connections int, seconds float64) (*sample, int64, error) {
	before := t.proc.cpu()
	res, err := load.Run(ctx, load.Options{Addr: t.addr, Requests: requests, Offset: offset, Connections: connections,
		Duration: time.Duration(seconds * float64(time.Second))})
	used := t.proc.cpu() - before
	switch {
	case ctx.Err() != nil:
		return nil, 0, ctx.Err()
	case err != nil:
		return nil, 0, err
	case res.Failures > 0:
		return nil, 0, fmt.Errorf("%d of %d answers are no success, such as %s", res.Failures, res.Requests, res.Failure)
	}
	n := float64(res.Requests)
	resident, _ := t.proc.memory()
	return &sample{Rate: res.Rate(), CPU: milliseconds(used) / n, P50: milliseconds(res.P50), P99: milliseconds(res.P99),
		Bytes: float64(res.Bytes) / n, Resident: resident}, res.Requests, nil
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// coldStarts measures how long each server takes from its start to its first right answer, and
// leaves both running.
func (b *comparison) coldStarts(ctx context.Context) error {
	for _, t := range []*target{b.product, b.hand} {
		var took []float64
		for range b.starts {
			if err := t.down(); err != nil {
				return err
			}
			d, err := t.up(ctx, b.set)
			if err != nil {
				return err
			}
			took = append(took, milliseconds(d))
		}
		if err := pause(ctx, time.Second); err != nil {
			return err
		}
		resident, anonymous := t.proc.memory()
		progress("cold start %-9s %6.0f ms, then %d MB resident", t.name, median(took), resident>>20)
		b.report.started(t, median(took), resident, anonymous)
	}
	return nil
}
