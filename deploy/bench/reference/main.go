// Command reference is a hand-written server for exactly the operations of the benchmark: fiber and
// SQL on SQLite, indexes made for these statements, prepared statements, rows written as JSON while
// they are read, writers grouped into one commit. It answers what Tenon answers and can nothing
// else: it is what Tenon's cost is measured against. Its durability is Tenon's: WAL with
// synchronous=FULL.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net"
	"os"
	"os/signal"
	"syscall"

	"github.com/tenon-platform/tenon/deploy/bench/data"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "reference:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	fs := flag.NewFlagSet("reference", flag.ContinueOnError)
	file := fs.String("db", "reference.db", "database file")
	addr := fs.String("addr", "127.0.0.1:8090", "address to listen on")
	token := fs.String("token", "reference", "the only bearer token that is let in")
	indexes := fs.String("indexes", composite, "index set of a new file: "+composite+" or "+single)
	fill := fs.Bool("load", false, "make the file and fill it, and exit")
	var size data.Size
	fs.IntVar(&size.Accounts, "accounts", 0, "accounts to load")
	fs.IntVar(&size.Contacts, "contacts", 0, "contacts to load")
	fs.IntVar(&size.Opportunities, "opportunities", 0, "opportunities to load")
	if err := fs.Parse(args); err != nil {
		return err
	}
	if *fill {
		return load(*file, *indexes, data.Generate(size))
	}
	return serve(ctx, *file, *addr, *token)
}

// serve answers until ctx ends.
func serve(ctx context.Context, file, addr, token string) (err error) {
	st, err := openStore(file)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.close()) }()
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	app := newApp(st, token)
	fmt.Printf("ready at http://%s\n", l.Addr())
	failed := make(chan error, 1)
	go func() { failed <- app.Listener(l) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
		return app.Shutdown()
	}
}
