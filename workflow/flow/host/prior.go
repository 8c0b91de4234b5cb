package host

import (
	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/runtime/record"
	"github.com/tenon-platform/tenon/workflow/flow"
)

// was is the record before the change that started the run.
func (w *world) was(st *flow.State) record.Named {
	if w.prior == nil {
		n := w.formerly(w.rec, st.Cause.Verb, st.Cause.Prior)
		w.prior = &n
	}
	return *w.prior
}

// each is the record that a loop over the records of the run is at, before the change.
func (w *world) each(st *flow.State, bind map[string]int64) record.Named {
	for id, at := range bind {
		if s := w.f.Steps[id]; s == nil || s.Decl.In != catalog.RecordsName {
			continue
		}
		x, _ := st.Cause.Written(at)
		rec, err := w.se.Kept(w.f.Object, at)
		if err != nil {
			w.lost = err
		}
		return w.formerly(rec, x.Verb, x.Prior)
	}
	return record.Named{Values: map[string]value.Value{}, Of: w.f.Object}
}

// formerly is a record before a change: what changed as it was, the rest as it is. One that was made was nothing.
func (w *world) formerly(rec record.Record, verb string, prior map[string]flow.Value) record.Named {
	n := record.Named{Values: map[string]value.Value{}, Objects: map[string]*catalog.Object{}, Of: w.f.Object}
	if verb == "create" {
		return n
	}
	for _, f := range w.f.Object.Fields {
		if f.Column == "" {
			continue
		}
		if v, changed := prior[f.Name]; changed {
			n.Values[f.Name] = v.Value()
		} else if rec.Object() != nil {
			n.Values[f.Name] = rec.Get(f)
		}
		if f.Ref != nil && !f.Ref.Many && !f.Ref.Polymorphic {
			n.Objects[f.Name] = f.Ref.Target()
		}
	}
	return n
}
