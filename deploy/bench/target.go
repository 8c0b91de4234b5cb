package main

import (
	"context"
	"fmt"
	"time"

	"github.com/tenon-platform/tenon/deploy/bench/data"
)

// target is a server that is measured.
type target struct {
	name    string
	addr    string
	start   func() (*process, error)
	request func(c data.Call) ([]byte, error)

	proc    *process
	rows    int64         // opportunities that were loaded and created
	loading time.Duration // of all rows
}

// up starts the server and gives how long it took to its first right answer.
func (t *target) up(ctx context.Context, set *data.Set) (time.Duration, error) {
	probe := set.Calls(data.Get, 1)[0]
	req, err := t.request(probe)
	if err != nil {
		return 0, err
	}
	begin := time.Now()
	if t.proc, err = t.start(); err != nil {
		return 0, err
	}
	for {
		got, err := send(t.addr, req)
		if err == nil {
			took := time.Since(begin)
			return took, verify(t, probe, got, set.Answer(probe))
		}
		if dead := t.proc.ended(); dead != nil {
			return 0, dead
		}
		if time.Since(begin) > time.Minute {
			return 0, fmt.Errorf("%s does not answer: %w", t.name, err)
		}
		if err := pause(ctx, time.Millisecond); err != nil {
			return 0, err
		}
	}
}

func (t *target) down() error {
	if t.proc == nil {
		return nil
	}
	return t.proc.stop()
}

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

// requests are the calls as this server takes them.
func (t *target) requests(calls []data.Call) ([][]byte, error) {
	out := make([][]byte, len(calls))
	for i, c := range calls {
		r, err := t.request(c)
		if err != nil {
			return nil, err
		}
		out[i] = r
	}
	return out, nil
}
