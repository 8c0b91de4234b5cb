// Command dbos does with dbos-transact-golang on SQLite what deploy/bench process does with Tenon, and
// prints what it took as one line of JSON. Each step writes a row of a table in the transaction that
// records the step, as a step of an automation writes a record.
package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"sync"
	"time"

	"github.com/dbos-inc/dbos-transact-golang/dbos"
	_ "github.com/dbos-inc/dbos-transact-golang/dbos/driver/sqlite"
)

// result is what a measurement found; what does not apply is 0.
type result struct {
	Rate    float64 `json:"rate"`    // steps or decisions a second
	Started float64 `json:"started"` // workflows started a second
	P99     float64 `json:"p99"`     // milliseconds
	Seconds float64 `json:"seconds"` // until all was done
	Ready   float64 `json:"ready"`   // seconds until the first workflow went on
}

type bench struct {
	ctx     dbos.Context
	db      *sql.DB
	source  *dbos.DataSource
	n       int
	clients int
}

func main() {
	path := flag.String("db", "", "database file")
	mode := flag.String("sync", "FULL", "PRAGMA synchronous")
	what := flag.String("what", "steps", "decisions, steps, timers, start (and wait to be killed) or recover")
	b := &bench{}
	flag.IntVar(&b.n, "n", 1000, "workflows")
	flag.IntVar(&b.clients, "clients", 32, "that start workflows, or decide, at the same time")
	flag.Parse()
	r, err := b.run(*path, *mode, *what)
	if err == nil {
		err = json.NewEncoder(os.Stdout).Encode(r)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "dbos:", err)
		os.Exit(1)
	}
}

func (b *bench) run(path, mode, what string) (*result, error) {
	if what == "recover" { // launching recovers what was pending
		return b.recover(path, mode)
	}
	if err := b.open(path, mode); err != nil {
		return nil, err
	}
	if err := dbos.Launch(b.ctx); err != nil {
		return nil, err
	}
	switch what {
	case "steps":
		return b.steps()
	case "decisions":
		return b.decisions()
	case "timers":
		return b.timers()
	case "start":
		return b.start()
	}
	return nil, fmt.Errorf("nothing is called %q", what)
}

func (b *bench) open(path, mode string) (err error) {
	b.db, err = sql.Open("sqlite", "file:"+path+"?_txlock=immediate&_pragma=busy_timeout(20000)&_pragma=foreign_keys(ON)&_pragma=journal_mode(WAL)&_pragma=synchronous("+mode+")")
	if err != nil {
		return err
	}
	b.db.SetMaxOpenConns(8)
	if _, err := b.db.Exec("CREATE TABLE IF NOT EXISTS claim (id TEXT PRIMARY KEY, score INTEGER)"); err != nil {
		return err
	}
	b.ctx, err = dbos.NewContext(context.Background(), dbos.Config{AppName: "bench", SQLiteSystemDB: b.db, ApplicationVersion: "1", ExecutorID: "bench",
		Logger: slog.New(slog.NewTextHandler(io.Discard, nil))})
	if err != nil {
		return err
	}
	if b.source, err = dbos.NewDataSource(b.ctx, b.db); err != nil {
		return err
	}
	dbos.RegisterWorkflow(b.ctx, b.three)
	dbos.RegisterWorkflow(b.ctx, b.decide)
	dbos.RegisterWorkflow(b.ctx, b.sleep)
	dbos.RegisterWorkflow(b.ctx, b.later)
	return nil
}

// set is a step: it writes a row.
func (b *bench) set(ctx dbos.Context, id string, score int) error {
	_, err := dbos.RunAsTransaction(ctx, b.source, func(c context.Context, tx dbos.Tx) (int, error) {
		_, err := tx.Exec(c, "INSERT INTO claim (id, score) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET score = excluded.score", id, score)
		return score, err
	})
	return err
}

// three is a workflow of three steps.
func (b *bench) three(ctx dbos.Context, id string) (int, error) {
	for i := range 3 {
		if err := b.set(ctx, id, i+1); err != nil {
			return 0, err
		}
	}
	return 3, nil
}

// decide waits for three decisions, and writes each.
func (b *bench) decide(ctx dbos.Context, id string) (int, error) {
	for i := range 3 {
		if _, err := dbos.Recv[string](ctx, "decision", time.Hour); err != nil {
			return 0, err
		}
		if err := b.set(ctx, id, i+1); err != nil {
			return 0, err
		}
	}
	return 3, nil
}

// sleep waits, and then writes.
func (b *bench) sleep(ctx dbos.Context, until time.Time) (int, error) {
	if _, err := dbos.Sleep(ctx, time.Until(until)); err != nil {
		return 0, err
	}
	id, err := dbos.GetWorkflowID(ctx)
	if err != nil {
		return 0, err
	}
	return 1, b.set(ctx, id, 10)
}

// later waits, and then has three steps.
func (b *bench) later(ctx dbos.Context, at time.Time) (int, error) {
	if _, err := dbos.Sleep(ctx, time.Until(at)); err != nil {
		return 0, err
	}
	id, err := dbos.GetWorkflowID(ctx)
	if err != nil {
		return 0, err
	}
	return b.three(ctx, id)
}

// all starts the workflows, as many at a time as there are clients.
func all[P any](b *bench, fn dbos.Workflow[P, int], input func(i int) P) ([]dbos.WorkflowHandle[int], error) {
	handles := make([]dbos.WorkflowHandle[int], b.n)
	return handles, b.each(b.n, func(i int) (err error) {
		handles[i], err = dbos.RunWorkflow(b.ctx, fn, input(i), dbos.WithWorkflowID(fmt.Sprintf("w%d", i)))
		return err
	})
}

// each calls fn n times, from as many goroutines as there are clients, and gives the first error.
func (b *bench) each(n int, fn func(i int) error) error {
	var wg sync.WaitGroup
	errs := make(chan error, b.clients)
	for c := range b.clients {
		wg.Go(func() {
			for i := c; i < n; i += b.clients {
				if err := fn(i); err != nil {
					errs <- err
					return
				}
			}
		})
	}
	wg.Wait()
	close(errs)
	return <-errs
}

func results(handles []dbos.WorkflowHandle[int]) error {
	for _, h := range handles {
		if _, err := h.GetResult(); err != nil {
			return err
		}
	}
	return nil
}
