// Command bench measures Tenon: the operations of the performance goals over HTTP, against a
// hand-written server of the same answers in the same run (deploy/bench/reference). It builds and
// runs the shipped binary and knows it only by its command line and its API.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	return compare(ctx, args, os.Stdout)
}
