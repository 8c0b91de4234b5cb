package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"time"

	"github.com/tenon-platform/tenon/deploy/bench/data"
	"github.com/tenon-platform/tenon/deploy/bench/load"
)

func compare(ctx context.Context, args []string, out io.Writer) (err error) {
	fs := flag.NewFlagSet("bench", flag.ContinueOnError)
	scale := fs.Float64("scale", 1, "size of the data")
	if err := fs.Parse(args); err != nil {
		return err
	}
	w, err := newWorkshop()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.close()) }()
	set := data.Generate(data.Standard(*scale))
	p, err := productTarget(ctx, w, set)
	if err != nil {
		return err
	}
	bin, err := w.build(ctx, "./deploy/bench/reference")
	if err != nil {
		return err
	}
	r, err := handTarget(ctx, w, bin, "composite", set)
	if err != nil {
		return err
	}
	fmt.Fprintln(out, "loaded", p.loading, r.loading)
	targets := []*target{p, r}
	for _, t := range targets {
		cold, err := t.up(ctx, set)
		if err != nil {
			return err
		}
		fmt.Fprintln(out, t.name, "cold start", cold)
	}
	for _, op := range data.Ops {
		if op == data.Mix {
			continue
		}
		if err := check(set, targets, op); err != nil {
			return err
		}
	}
	for _, op := range data.Ops {
		for _, t := range targets {
			reqs, err := t.requests(set.Calls(op, 4096))
			if err != nil {
				return err
			}
			c0 := t.proc.cpu()
			res, err := load.Run(ctx, load.Options{Addr: t.addr, Requests: reqs, Connections: 16, Duration: 2 * time.Second})
			if err != nil {
				return err
			}
			rss, anon := t.proc.memory()
			fmt.Fprintf(out, "%s %-10s %8.0f req/s cpu %.3f ms p50 %v p99 %v fail %d %s mem %d/%d MB\n", op, t.name, res.Rate(), float64((t.proc.cpu()-c0).Microseconds())/1000/float64(res.Requests), res.P50, res.P99, res.Failures, res.Failure, rss>>20, anon>>20)
		}
	}
	return nil
}
