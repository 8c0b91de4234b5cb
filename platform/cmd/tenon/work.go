package main

import (
	"context"
	"sync"
	"time"

	"github.com/tenon-platform/tenon/runtime/transfer"
	flowdoor "github.com/tenon-platform/tenon/workflow/flow/door"
)

// startWork lets what the tenant does by itself go on, within its limits, until stopWork.
func (in *instance) startWork() {
	in.working.Lock()
	defer in.working.Unlock()
	in.start()
}

// stopWork stops what the tenant does by itself, and waits for what is in hand.
func (in *instance) stopWork() {
	in.working.Lock()
	defer in.working.Unlock()
	in.stop()
}

// restartWork lets what the tenant does by itself go on within other limits, if it goes on.
func (in *instance) restartWork() {
	in.working.Lock()
	defer in.working.Unlock()
	if in.rest != nil {
		in.stop()
		in.start()
	}
}

func (in *instance) start() {
	ctx, cancel := context.WithCancel(context.Background())
	imports, steps := transfer.DefaultLimits().Workers, flowdoor.Steps
	if n := in.limits(ctx).Jobs; n > 0 {
		imports, steps = min(imports, n), min(steps, n)
	}
	in.moves.Limits.Workers = imports
	in.moves.Start()
	in.scans.Start()
	stopFlows := in.startFlows(ctx, steps)
	var others sync.WaitGroup
	others.Go(func() { in.sweep(ctx) })
	others.Go(func() { in.watchStorage(ctx) })
	in.swept = in.clock.Now()
	in.rest = func() {
		cancel()
		stopFlows()
		in.moves.Close()
		in.scans.Close()
		others.Wait()
	}
}

func (in *instance) stop() {
	if in.rest != nil {
		in.rest()
		in.rest = nil
	}
}

// countEvery is how often the bytes of a tenant that has a limit of them are counted.
const countEvery = 2 * time.Second

// watchStorage counts what the tenant stores, as long as it has a limit.
func (in *instance) watchStorage(ctx context.Context) {
	t := time.NewTicker(countEvery)
	defer t.Stop()
	for {
		if in.limits(ctx).Storage > 0 {
			if err := in.count(ctx); err != nil && ctx.Err() == nil {
				in.log.Error("count what is stored", "cause", err)
			}
		}
		select {
		case <-t.C:
		case <-ctx.Done():
			return
		}
	}
}

// count counts what the tenant stores: records, what goes with them, and files.
func (in *instance) count(ctx context.Context) error {
	size, err := in.db.Used(ctx)
	if err != nil {
		return err
	}
	contents, err := in.files.Bytes(ctx)
	if err == nil {
		in.stored.Store(size + contents)
	}
	return err
}
