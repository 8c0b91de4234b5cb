package host

import (
	"context"
	"fmt"
	"slices"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/runtime/query"
	"github.com/tenon-platform/tenon/workflow/approval/process"
	"github.com/tenon-platform/tenon/workflow/flow"
)

// told is an event that a step or an administrator tells of.
type told struct {
	Event  string
	Data   map[string]flow.Value
	Object *catalog.Object // of the record; nil: there is none
	Record string
	By     int64
	Once   string // names the telling: what has heard it does not hear it again; ""
}

// tell starts the runs of the flows that an event starts, and gives their names. name names them where
// it is not nil, so that an event that is told twice starts them once.
func (h *Host) tell(ctx context.Context, tx store.Tx, e told, name func(f *catalog.Flow) string) ([]string, error) {
	if err := flow.Fits(e.Data); err != nil {
		return nil, err
	}
	if err := h.svc.Tell(ctx, tx, e.Event, e.Record, e.Once, e.Data); err != nil {
		return nil, err
	}
	if h.approvals != nil && e.Object != nil {
		if err := h.approvals.Hear(ctx, tx, e.Event, e.Object.Name, e.Record); err != nil {
			return nil, err
		}
	}
	var out []string
	for _, f := range h.deps.Tenant.Catalog().Flows {
		if f.Set.Off || f.Trigger.Type != "event" || f.Trigger.Event != e.Event || f.Object != nil && f.Object != e.Object {
			continue
		}
		cause := flow.CauseOf(ctx)
		cause.Type, cause.Verb, cause.Parent, cause.Lane, cause.Prior, cause.Changed = "event", e.Event, "", 0, nil, nil
		cause.Record, cause.Data = e.Record, e.Data
		if e.By != 0 {
			cause.By = e.By
		}
		run := h.svc.NewRun()
		if name != nil {
			run = name(f)
		}
		_, id, _ := query.SplitID(e.Record)
		started, err := h.begin(ctx, tx, f, run, id, cause)
		if err != nil {
			return nil, err
		}
		if started {
			out = append(out, run)
		}
	}
	return out, nil
}

// begin starts a run of a flow whose condition is met.
func (h *Host) begin(ctx context.Context, tx store.Tx, f *catalog.Flow, run string, id int64, cause flow.Cause) (bool, error) {
	yes, err := h.meets(ctx, tx, f, id, cause.Data)
	if err != nil {
		return false, err
	}
	if !yes {
		h.judged(f, false)
		return false, nil
	}
	return true, h.launch(ctx, tx, f, run, cause)
}

// Forgo ends an approval that a run no longer waits for.
func (h *Host) Forgo(ctx context.Context, tx store.Tx, approval string) error {
	if h.approvals == nil {
		return nil
	}
	return h.approvals.Forgo(ctx, tx, approval)
}

// Begin starts a run of a flow that is about no record, if its condition is met.
func (h *Host) Begin(ctx context.Context, tx store.Tx, f *catalog.Flow, run string, cause flow.Cause) (bool, error) {
	return h.begin(ctx, tx, f, run, 0, cause)
}

// Tell tells of an event on behalf of an administrator; see tell.
func (h *Host) Tell(ctx context.Context, tx store.Tx, event, record string, o *catalog.Object, data map[string]flow.Value, by int64, once string, name func(f *catalog.Flow) string) ([]string, error) {
	return h.tell(ctx, tx, told{Event: event, Data: data, Object: o, Record: record, By: by, Once: once}, name)
}

// Heard starts the runs that follow from what happens with approvals, and lets the run go on that has
// waited for the end of one. It is part of the transaction in which it happens.
func (h *Host) Heard(ctx context.Context, tx store.Tx, x process.Happening) error {
	text := func(s string) flow.Value { return flow.Value{Kind: "text", Text: s} }
	for _, f := range h.deps.Tenant.Catalog().Flows {
		if f.Set.Off || f.Trigger.Type != "approval" || catalog.IsTaskKey(x.Process) || f.Object.Name != x.Object || f.Trigger.Process != "" && f.Trigger.Process != x.Process || !slices.Contains(f.Trigger.On, x.Name) {
			continue
		}
		cause := flow.CauseOf(ctx)
		cause.Type, cause.Verb, cause.Parent, cause.Lane, cause.Prior, cause.Changed = "approval", x.Name, "", 0, nil, nil
		cause.Record, cause.By = x.Record, x.By
		cause.Data = map[string]flow.Value{"name": text(x.Name), "process": text(x.Process), "instance": text(x.Instance), "status": text(x.Status),
			"round": {Kind: "int", Text: fmt.Sprint(x.Round)}}
		for key, v := range map[string]string{"node": x.Node, "decision": x.Decision} {
			if v != "" {
				cause.Data[key] = text(v)
			}
		}
		_, id, _ := query.SplitID(x.Record)
		if _, err := h.begin(ctx, tx, f, h.svc.NewRun(), id, cause); err != nil {
			return err
		}
	}
	if x.Over && x.Run != "" {
		return h.svc.Later(ctx, tx, x.Run, flow.Command{Kind: "told", Lane: x.Lane, Awaits: x.Instance, Message: x.Status})
	}
	return nil
}
