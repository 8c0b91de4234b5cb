package host

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/runtime/access"
	"github.com/tenon-platform/tenon/runtime/query"
	"github.com/tenon-platform/tenon/runtime/record"
	"github.com/tenon-platform/tenon/workflow/flow"
	"github.com/tenon-platform/tenon/workflow/flow/process"
)

// matches says whether a write starts a flow.
func (h *Host) matches(se *record.Session, f *catalog.Flow, e record.Event) (bool, error) {
	if !slices.Contains(f.Trigger.On, e.Verb) {
		return false, nil
	}
	yes, err := meets(se, f, e)
	if err == nil {
		h.judged(f, yes)
	}
	return yes, err
}

// meets says whether a write of a kind that a flow waits for meets its condition. A condition without
// an answer is not met.
func meets(se *record.Session, f *catalog.Flow, e record.Event) (bool, error) {
	if e.Verb == "update" && len(f.Changed) > 0 && !slices.ContainsFunc(f.Changed, e.Changed) {
		return false, nil
	}
	if f.When == nil {
		return true, nil
	}
	v, err := se.Judge(f.When, e, nil)
	return v.Kind() == value.KindBool && v.Bool(), err
}

// Before runs the flows that belong into the caller's transaction. They set fields of the record, or
// refuse.
func (h *Host) Before(se *record.Session, e record.Event) error {
	flows, _, _ := h.triggered(se.Catalog(), e.Object())
	for _, f := range flows {
		own := f.Set.RunAs != "trigger_user" || se.Profile() == access.Everything
		if !own && f.When != nil { // a check that somebody's rights would switch off is none
			if err := se.Readable(f.When, e.Object(), e.New, true, nil); err != nil {
				return err
			}
		}
		yes, err := h.matches(se, f, e)
		if err != nil {
			return fmt.Errorf("flow %s: %w", f.Key, err)
		}
		if !yes {
			continue
		}
		cause := h.cause(se, f, e)
		w := &world{host: h, se: se, f: f, profile: se.Profile(), own: own, acts: true, rec: e.New, before: true}
		st, _, _, err := flow.Apply(f, nil, flow.Command{Kind: "start", Flow: f.Key, Cause: &cause}, "before", h.deps.Clock.Now(), w)
		if err != nil {
			return err
		}
		if in := st.Incident; in != nil {
			return refusal(f, in)
		}
	}
	return nil
}

// refusal is what the caller is told when a flow refuses a write.
func refusal(f *catalog.Flow, in *flow.Incident) error {
	e := &errs.Error{Code: errs.ValidationFail, Rule: in.Code, Message: in.Text}
	return e
}

// After starts the runs that follow from the writes of a transaction. The jobs commit with it: no
// write goes without its runs, and no run comes of what was rolled back.
func (h *Host) After(se *record.Session, es []record.Event) error {
	process.Wrote(se.Context(), len(es))
	var many batches
	for _, e := range es {
		_, flows, dated := h.triggered(se.Catalog(), e.Object())
		for _, f := range dated {
			if err := h.await(se, f, e); err != nil {
				return err
			}
		}
		if err := h.stirred(se, e); err != nil {
			return err
		}
		if se.Loading() {
			continue
		}
		for _, f := range flows {
			yes, err := h.matches(se, f, e)
			if err != nil {
				return fmt.Errorf("flow %s: %w", f.Key, err)
			}
			if !yes {
				continue
			}
			if f.Batch > 0 {
				many.add(f, e)
				continue
			}
			if err := h.launch(se.Context(), se.Tx(), f, h.svc.NewRun(), h.cause(se, f, e)); err != nil {
				return err
			}
		}
	}
	return h.startMany(se, many)
}

// Computed hears of what was computed anew because of other records.
func (h *Host) Computed(se *record.Session, es []record.Event) error {
	for _, e := range es {
		if err := h.stirred(se, e); err != nil {
			return err
		}
	}
	return nil
}

// stirred tells runs that wait for a change of a record.
func (h *Host) stirred(se *record.Session, e record.Event) error {
	if e.Verb == "create" {
		return nil
	}
	if yes, err := h.concerns(se.Context(), se.Tx(), se.Catalog(), e.Object()); err != nil || !yes {
		return err
	}
	return h.svc.Changed(se.Context(), se.Tx(), fmt.Sprintf("%s_%d", e.Object().IDPrefix, e.New.ID()))
}

// launch lets a run begin, unless the cascade that it belongs to goes round or too deep.
func (h *Host) launch(ctx context.Context, tx store.Tx, f *catalog.Flow, run string, cause flow.Cause) error {
	c := flow.Command{Kind: "start", Flow: f.Key, Cause: &cause}
	no, err := unfit(ctx, tx, f, &cause)
	if err != nil {
		return err
	}
	if no != nil { // it is only to be seen
		c.Status, c.Reason, c.Text = no.Status, no.Reason, no.Text
	}
	order := ""
	if f.Set.Ordering == "per_record" {
		order = f.Key + "/" + cause.Record
	} else if f.Limit != nil { // who comes first gets the place
		order = f.Key
	}
	return h.svc.Start(ctx, tx, run, c, order)
}

// unfit says what is told in place of a run that may not begin; nil: it may. Only one that may is counted.
func unfit(ctx context.Context, tx store.Tx, f *catalog.Flow, cause *flow.Cause) (*flow.Command, error) {
	large := cause.Fit()
	switch {
	case f.Set.Reentry != "allow" && (f.Batch == 0 && cause.Recursive(f.Key, cause.Record) || len(cause.Records) > 0 && cause.Recursive(f.Key, cause.Records[0].Record)):
		return &flow.Command{Status: flow.Skipped, Reason: "recursion"}, nil
	case len(cause.Chain) > process.MaxDepth:
		return &flow.Command{Status: flow.Failed, Reason: "CASCADE_DEPTH", Text: diag.Textf("flows cause each other more than %d deep", "自动化相互触发超过 %d 层", process.MaxDepth)}, nil
	case large != nil:
		return large, nil
	}
	return process.Causes(ctx, tx)
}

// await keeps the timer of a date trigger at what the field says.
func (h *Host) await(se *record.Session, f *catalog.Flow, e record.Event) error {
	id := fmt.Sprintf("%s_%d", e.Object().IDPrefix, e.New.ID())
	if e.Verb == "delete" {
		return h.svc.Await(se.Context(), se.Tx(), f, id, time.Time{})
	}
	if e.Verb == "update" && !e.Changed(f.Field) {
		return nil
	}
	return h.svc.Await(se.Context(), se.Tx(), f, id, dueAt(f, e.New, se.Zone()))
}

// dueAt is when a date trigger is due for a record; zero: never.
func dueAt(f *catalog.Flow, r record.Record, zone *time.Location) time.Time {
	switch v := r.Get(f.Field); v.Kind() {
	case value.KindDate:
		return process.DueAt(f, time.Unix(v.Int()*86400, 0).UTC(), true, zone)
	case value.KindDateTime:
		return process.DueAt(f, v.AsTime(), false, zone)
	}
	return time.Time{}
}

// Due says when a date trigger is due; see process.Host.
func (h *Host) Due(ctx context.Context, tx store.Tx, f *catalog.Flow, rec string) (time.Time, bool, error) {
	cat := h.deps.Tenant.Catalog()
	prefix, id, ok := query.SplitID(rec)
	o := cat.ByPrefix[prefix]
	if !ok || o != f.Object {
		return time.Time{}, false, nil
	}
	se := h.deps.Records.Reading(ctx, tx, cat)
	r, there, err := se.Find(o, id)
	if err != nil || !there {
		return time.Time{}, false, err
	}
	meets := true
	if f.When != nil {
		v, err := se.Eval(f.When, r, nil)
		if err != nil {
			return time.Time{}, false, err
		}
		meets = v.Kind() == value.KindBool && v.Bool()
	}
	if !meets {
		h.judged(f, false)
	}
	return dueAt(f, r, se.Zone()), meets, nil
}

// Page gives ids of records; see process.Host.
func (h *Host) Page(ctx context.Context, tx store.Tx, o *catalog.Object, after int64, limit int) ([]int64, error) {
	se := h.deps.Records.Reading(ctx, tx, h.deps.Tenant.Catalog())
	return se.IDs(o, []driver.Expr{driver.Cmp{Op: driver.Gt, L: driver.Col{Name: "id"}, R: driver.Const{Value: value.Ref(after)}}}, nil, limit)
}

// Serving finds the flow that may start; see process.Host.
func (h *Host) Serving(key string) *catalog.Flow { return h.deps.Tenant.Catalog().Starting(key) }

// Tenant is its name; see process.Host.
func (h *Host) Tenant() string { return h.deps.Tenant.Name }

// Zone is that of the tenant; see process.Host.
func (h *Host) Zone() *time.Location {
	zone, err := time.LoadLocation(h.deps.Tenant.Catalog().Zone)
	if err != nil {
		return time.UTC
	}
	return zone
}
