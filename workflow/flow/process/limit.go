package process

import (
	"context"
	"encoding/json"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/workflow/engine"
	"github.com/tenon-platform/tenon/workflow/flow"
)

// limited finds out whether a run that starts must wait, or does not go on, because others of its flow
// with the same key do. The key is asked as the platform: it groups runs, and shows nothing.
func (k kind) limited(ctx context.Context, tx store.Tx, f *catalog.Flow, c flow.Command, in engine.Input) (flow.Command, error) {
	seen := &flow.State{ID: in.Instance, Cause: *c.Cause}
	c.Key = "all"
	if f.Limit.Key != nil {
		err := k.host.Within(ctx, tx, f, seen, Who{}, func(w flow.World) error {
			v, err := w.Eval(f.Limit.Key, seen, nil)
			c.Key = "key:" + flow.ValueOf(v).Text
			return err
		})
		if err != nil {
			return c, err
		}
	}
	n, err := k.Going(ctx, tx, "flow:"+f.Key, c.Key, string(flow.Queued))
	if err != nil || n < int64(f.Limit.Max) {
		return c, err
	}
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
