// Command bench measures Tenon. It builds and runs the shipped binary and knows it only by its
// command line and its API.
//
//	bench          the operations of the performance goals, against a hand-written server of the same
//	               answers in the same run (deploy/bench/reference)
//	bench since    the same operations, against Tenon of an earlier commit in the same run
//	bench growth   how the cost of reads grows with the rows of an object
//	bench size     how publishing and memory grow with the objects of a tenant
//	bench process  approvals, automations, timers, restarts and inboxes, against dbos-transact-golang on
//	               SQLite in the same run (deploy/bench/dbos)
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	// A reader that goes away must not end this process before it has ended its servers.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGPIPE)
	err := run(ctx, os.Args[1:], os.Stdout)
	stop()
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, out io.Writer) error {
	if len(args) > 0 {
		switch args[0] {
		case "since":
			return runSince(ctx, args[1:], out)
		case "growth":
			return runGrowth(ctx, args[1:], out)
		case "size":
			return runSize(ctx, args[1:], out)
		case "process":
			return runWorkflow(ctx, args[1:], out)
		}
	}
	return runCompare(ctx, args, out)
}

// common are the flags that all measurements share.
type common struct {
	seconds float64
	quick   bool
	keep    bool
	json    string
}

func flags(name string) (*flag.FlagSet, *common) {
	fs := flag.NewFlagSet(name, flag.ContinueOnError)
	c := &common{}
	fs.Float64Var(&c.seconds, "seconds", 5, "seconds of load per measurement")
	fs.BoolVar(&c.quick, "quick", false, "small and short: shows that everything works, its figures mean nothing")
	fs.BoolVar(&c.keep, "keep", false, "keep the directory with binaries, data and logs, to look closer")
	fs.StringVar(&c.json, "json", "", "write the figures to this file, too")
	return fs, c
}

// parse reads flags; nothing but flags is taken.
func parse(fs *flag.FlagSet, args []string) error {
	if err := fs.Parse(args); err != nil {
		return err
	}
	if fs.NArg() > 0 {
		return fmt.Errorf("unknown argument %q", fs.Arg(0))
	}
	return nil
}

// save writes the figures as JSON where that is wanted.
func (c *common) save(figures any) error {
	if c.json == "" {
		return nil
	}
	b, err := json.MarshalIndent(figures, "", "  ")
	if err != nil {
		return fmt.Errorf("encode the figures: %w", err)
	}
	if err := os.WriteFile(c.json, append(b, '\n'), 0o644); err != nil {
		return fmt.Errorf("write the figures: %w", err)
	}
	return nil
}

// progress says on the terminal what is being done.
func progress(format string, args ...any) { fmt.Fprintf(os.Stderr, format+"\n", args...) }
