package process

import (
	"context"
	"encoding/json"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/workflow/engine"
	"github.com/tenon-platform/tenon/workflow/flow"
)

// mark is what only one run at a time has of a flow whose runs come one after the other: those about one
// record, or those that share a key. "": the runs of the flow have no order.
func mark(f *catalog.Flow, record, key string) string {
	switch {
	case f.Set.Ordering == "per_record":
		return "flow:" + f.Key + "/" + record
	case f.InOrder():
		return "flow:" + f.Key + "/" + key
	}
	return ""
}

// orderOf is the mark of a run. Runs that began before marks were kept have that of their flow.
func orderOf(f *catalog.Flow, st *flow.State) string {
	if st.Order != "" {
		return st.Order
	}
	return mark(f, st.Cause.Record, st.Key)
}

// place finds out whether a run that starts must wait for its turn, does not go on, or takes the place of
// another.
func (k kind) place(ctx context.Context, tx store.Tx, f *catalog.Flow, c flow.Command, in engine.Input) (flow.Command, error) {
	var err error
	if f.Limit != nil {
		if c.Key, err = k.group(ctx, tx, f, c, in); err != nil {
			return c, err
		}
	}
	if c.Order = mark(f, c.Cause.Record, c.Key); c.Order == "" && f.Limit == nil {
		return c, nil
	}
	free, err := k.room(ctx, tx, f, c.Order, c.Key)
	if err != nil {
		return c, err
	}
	if !free && f.Limit != nil {
		return k.limited(ctx, tx, f, c)
	}
	if free { // those that wait already go first
		ahead, err := k.List(ctx, tx, waitingWith(f.Key, c.Cause.Record, c.Key, 1))
		if err != nil || len(ahead) == 0 {
			return c, err
		}
	}
	c.Status = flow.Queued
	return c, nil
}

// room says whether one more run may go on: none has the mark of its order, and fewer than may share its key.
func (k kind) room(ctx context.Context, tx store.Tx, f *catalog.Flow, order, key string) (bool, error) {
	if order != "" {
		if ahead, err := k.Holder(ctx, tx, order); err != nil || ahead != "" {
			return false, err
		}
	}
	if f.Limit == nil {
		return true, nil
	}
	n, err := k.Going(ctx, tx, "flow:"+f.Key, key, string(flow.Queued))
	return n < int64(f.Limit.Max), err
}

// waitingWith lists the runs that wait for their turn with one, the oldest first.
func waitingWith(key, record, group string, limit int) engine.Filter {
	which := engine.Filter{Kind: Name, Process: "flow:" + key, Record: record, Status: string(flow.Queued), Oldest: true, Limit: limit}
	if group != "" {
		which.Record, which.Object = "", group
	}
	return which
}

// leaves says whether a command makes room for another run, or leaves some that was there.
func leaves(f *catalog.Flow, was, is *flow.State, c flow.Command) bool {
	if f.Limit == nil && orderOf(f, is) == "" || was == nil {
		return false
	}
	return was.Holds() && !is.Holds() || c.Kind == "go" && f.Limit != nil && f.Limit.Max > 1
}

// successor lets the run go that has waited longest behind one.
func (k kind) successor(ctx context.Context, tx store.Tx, st *flow.State, jobs []engine.Job) ([]engine.Job, error) {
	next, err := k.List(ctx, tx, waitingWith(st.Flow, st.Cause.Record, st.Key, 2))
	if err != nil {
		return jobs, err
	}
	for _, i := range next {
		if i.Name == st.ID { // it was itself in the queue
			continue
		}
		raw, err := json.Marshal(order{To: i.Name, Command: flow.Command{Kind: "go"}})
		if err != nil {
			return jobs, err
		}
		return append(jobs, engine.Job{Pool: Pool, Kind: "flow.command", Key: i.Name + "/go", At: k.Now(), Payload: raw}), nil
	}
	return jobs, nil
}
