package host

import (
	"fmt"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/runtime/record"
	"github.com/tenon-platform/tenon/workflow/flow"
)

// cause tells a run of the write that started it.
func (h *Host) cause(se *record.Session, f *catalog.Flow, e record.Event) flow.Cause {
	cause := begun(se)
	w := written(e)
	cause.Verb, cause.Record, cause.Prior, cause.Changed = w.Verb, w.Record, w.Prior, w.Changed
	return cause
}

// begun is the cause of what follows from writes of a session, whichever they are.
func begun(se *record.Session) flow.Cause {
	cause := flow.CauseOf(se.Context())
	cause.Type, cause.Verb, cause.Parent, cause.Lane, cause.Prior, cause.Changed = "record", "", "", 0, nil, nil
	if p := se.Caller().Principal; p.UserID != 0 {
		cause.By = p.UserID
		if p.Scope != nil { // a run that writes in somebody's name hands on what it was given
			cause.Scope = p.Scope
		}
	}
	return cause
}

// written tells of one write.
func written(e record.Event) flow.Written {
	w := flow.Written{Record: fmt.Sprintf("%s_%d", e.Object().IDPrefix, e.New.ID()), Verb: e.Verb}
	if e.Verb == "create" {
		return w
	}
	w.Prior = map[string]flow.Value{}
	for _, x := range e.Object().Fields {
		if x.Column == "" || x.KeyOf != nil || !e.Changed(x) {
			continue
		}
		w.Prior[x.Name] = flow.ValueOf(e.Prior(x))
		if !x.System {
			w.Changed = append(w.Changed, x.Name)
		}
	}
	return w
}

// batches are the records of one transaction that start flows which take many, in the order of the flows.
type batches struct {
	flows   []*catalog.Flow
	written map[*catalog.Flow][]flow.Written
}

func (b *batches) add(f *catalog.Flow, e record.Event) {
	if b.written == nil {
		b.written = map[*catalog.Flow][]flow.Written{}
	}
	if b.written[f] == nil {
		b.flows = append(b.flows, f)
	}
	b.written[f] = append(b.written[f], written(e))
}

// startMany starts the runs of flows that take many records of one write. Those that the flow itself has caused
// have a run of their own, which is passed over.
func (h *Host) startMany(se *record.Session, b batches) error {
	for _, f := range b.flows {
		cause := begun(se)
		var again, fresh []flow.Written
		for _, w := range b.written[f] {
			if f.Set.Reentry != "allow" && cause.Recursive(f.Key, w.Record) {
				again = append(again, w)
			} else {
				fresh = append(fresh, w)
			}
		}
		for _, some := range append(flow.Batches(fresh, f.Batch), flow.Batches(again, f.Batch)...) {
			cause.Records = some
			if err := h.launch(se.Context(), se.Tx(), f, h.svc.NewRun(), cause); err != nil {
				return err
			}
		}
	}
	return nil
}
