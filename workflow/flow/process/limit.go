package process

import (
	"context"
	"encoding/json"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/workflow/engine"
	"github.com/tenon-platform/tenon/workflow/flow"
)

// group is the key that a run shares a limit of runs with others by. It is asked as the platform: it groups
// runs, and shows nothing.
func (k kind) group(ctx context.Context, tx store.Tx, f *catalog.Flow, c flow.Command, in engine.Input) (string, error) {
	if f.Limit.Key == nil {
		return "all", nil
	}
	key := ""
	seen := &flow.State{ID: in.Instance, Cause: *c.Cause}
	err := k.host.Within(ctx, tx, f, seen, Who{}, func(w flow.World) error {
		v, err := w.Eval(f.Limit.Key, seen, nil)
		key = "key:" + flow.ValueOf(v).Text
		return err
	})
	return key, err
}

// limited says what becomes of a run that starts while as many of its flow go on as may.
func (k kind) limited(ctx context.Context, tx store.Tx, f *catalog.Flow, c flow.Command) (flow.Command, error) {
	if f.Limit.OnLimit == "skip" {
		c.Status, c.Reason = flow.Skipped, "concurrency"
		return c, nil
	}
	c.Status = flow.Queued
	if f.Limit.OnLimit != "cancel_oldest" {
		return c, nil
	}
	for _, status := range []flow.Status{flow.Running, flow.Waiting} {
		oldest, err := k.List(ctx, tx, engine.Filter{Kind: Name, Process: "flow:" + f.Key, Object: c.Key, Status: string(status), Oldest: true, Limit: 1})
		if err != nil {
			return c, err
		}
		for _, i := range oldest { // its end lets this one go
			raw, err := json.Marshal(order{To: i.Name, Command: flow.Command{Kind: "cancel", Reason: "another run takes its place"}})
			if err != nil {
				return c, err
			}
			return c, k.Enqueue(ctx, tx, engine.Job{Pool: Pool, Kind: "flow.command", Key: i.Name + "/end", At: k.Now(), Payload: raw})
		}
	}
	return c, nil
}
