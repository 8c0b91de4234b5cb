package script_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/workflow/script"
	"github.com/tenon-platform/tenon/workflow/script/scripttest"
)

// TestHostileWorker holds that no frame of a worker that was taken over does more than end its own
// run, with a code.
func TestHostileWorker(t *testing.T) {
	p := script.New(script.Options{Command: []string{scripttest.Hostile(), "serve"}})
	defer p.Close()
	for what, code := range map[string]errs.Code{
		"garbage": errs.ScriptLimit, "huge frame": errs.ScriptLimit, "half a frame": errs.ScriptLimit, "deep": errs.ScriptLimit, "many values": errs.ScriptLimit,
		"no JSON": errs.ScriptLimit, "another run": errs.ScriptLimit, "unknown kind": errs.ScriptLimit, "server's kind": errs.ScriptLimit, "silence": errs.ScriptLimit,
		"end": errs.ScriptLimit, "calls in disorder": errs.ScriptLimit, "calls without answers": errs.ScriptLimit, "log without end": errs.ScriptLimit,
		"long log": errs.ScriptLimit, "lies": errs.ScriptFailed, "answers in advance": "",
	} {
		j := job(what, "")
		j.Limits.Time = 50 * time.Millisecond
		out, err := p.Run(context.Background(), j)
		if got := errs.CodeOf(err); got != code {
			t.Errorf("%s: got %v", what, err)
		}
		if err != nil && len(err.Error()) > 2000 {
			t.Errorf("%s: the error has %d bytes", what, len(err.Error()))
		}
		if out.Elapsed > 2*time.Second {
			t.Errorf("%s: it took %v", what, out.Elapsed)
		}
		// What the worker said beforehand is no answer to the next run.
		if out, err = p.Run(context.Background(), job("plain", "")); err == nil && string(out.Value) != "0" {
			t.Errorf("after %s: got %s", what, out.Value)
		}
	}
	var no *script.Refused
	if _, err := p.Run(context.Background(), job("details of another type", "")); !errors.As(err, &no) || no.Details != nil {
		t.Errorf("got %v", err)
	}
}

// TestWorkers: a worker serves the runs of one tenant, and no more of them than it may.
func TestWorkers(t *testing.T) {
	p := script.New(script.Options{Command: []string{scripttest.Hostile(), "serve"}, Runs: 3})
	defer p.Close()
	for _, x := range []struct{ tenant, want string }{{"a", "1"}, {"a", "2"}, {"b", "1"}, {"a", "3"}, {"b", "2"}, {"a", "1"}} {
		j := job("count", "")
		j.Tenant = x.tenant
		if out, err := p.Run(context.Background(), j); err != nil || string(out.Value) != x.want {
			t.Errorf("%s: it was the worker's run %s, %v; want %s", x.tenant, out.Value, err, x.want)
		}
	}
}

// TestPoolClosed: no process outlives the pool.
func TestPoolClosed(t *testing.T) {
	p := open(t, script.Options{})
	if _, err := p.Run(context.Background(), job(`function main() {}`, "")); err != nil {
		t.Fatal(err)
	}
	p.Close()
	if n := children(t); n != 0 {
		t.Errorf("%d processes are left", n)
	}
}

// TestTurns: a tenant that floods the pool holds up nobody else, and is told when its line is full.
func TestTurns(t *testing.T) {
	p := open(t, script.Options{Slots: 2, Share: 1, Line: 3})
	flood := job(`function main() { for (;;); }`, "")
	flood.Tenant, flood.Limits.Time = "flood", 300*time.Millisecond
	codes := make(chan errs.Code, 10)
	for range cap(codes) {
		go func() {
			_, err := p.Run(context.Background(), flood)
			codes <- errs.CodeOf(err)
		}()
	}
	for range 5 {
		j := job(`function main() { return 1 }`, "")
		j.Limits.Time = 2 * time.Second
		out, err := p.Run(context.Background(), j)
		if err != nil || out.Elapsed > time.Second {
			t.Errorf("another tenant: %v after %v", err, out.Elapsed)
		}
	}
	count := map[errs.Code]int{}
	for range cap(codes) {
		count[<-codes]++
	}
	if count[errs.ScriptLimit] != 4 || count[errs.LimitExceeded] != 6 { // one runs, three wait
		t.Errorf("got %v", count)
	}
}

// TestLeft: a run ends when nobody waits for it any more.
func TestLeft(t *testing.T) {
	p := open(t, script.Options{})
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	j := job(`function main() { for (;;); }`, "")
	j.Limits.Time = 5 * time.Second
	if out, err := p.Run(ctx, j); errs.CodeOf(err) != errs.Timeout || out.Elapsed > time.Second {
		t.Errorf("got %v after %v", err, out.Elapsed)
	}
}
