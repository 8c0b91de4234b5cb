package host

import (
	"fmt"
	"slices"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/runtime/access"
	"github.com/tenon-platform/tenon/runtime/record"
	"github.com/tenon-platform/tenon/workflow/flow"
	"github.com/tenon-platform/tenon/workflow/flow/process"
)

// matches says whether a write starts a flow. A condition without an answer does not.
func matches(se *record.Session, f *catalog.Flow, e record.Event) (bool, error) {
	if !slices.Contains(f.Trigger.On, e.Verb) {
		return false, nil
	}
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
	for _, f := range h.triggered(se.Catalog(), e.Object(), true) {
		yes, err := matches(se, f, e)
		if err != nil {
			return fmt.Errorf("flow %s: %w", f.Key, err)
		}
		if !yes {
			continue
		}
		cause := h.cause(se, f, e)
		w := &world{host: h, se: se, f: f, profile: access.Everything, own: true, rec: e.New, before: true}
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
	e := &errs.Error{Code: errs.ValidationFail, Rule: in.Code, Message: diag.Text{En: in.Message, Zh: in.Message}}
	if s := f.Steps[in.Step]; s != nil && s.Error != nil {
		e.Message.En, e.Message.Zh = s.Error.Message.In("en"), s.Error.Message.In("zh-CN")
	}
	return e
}

// After starts the runs that follow from the writes of a transaction. The jobs commit with it: no
// write goes without its runs, and no run comes of what was rolled back.
func (h *Host) After(se *record.Session, es []record.Event) error {
	for _, e := range es {
		for _, f := range h.triggered(se.Catalog(), e.Object(), false) {
			yes, err := matches(se, f, e)
			if err != nil {
				return fmt.Errorf("flow %s: %w", f.Key, err)
			}
			if !yes {
				continue
			}
			if err := h.start(se, f, e); err != nil {
				return err
			}
		}
	}
	return nil
}

func (h *Host) start(se *record.Session, f *catalog.Flow, e record.Event) error {
	cause := h.cause(se, f, e)
	c := flow.Command{Kind: "start", Flow: f.Key, Cause: &cause}
	switch {
	case f.Set.Reentry != "allow" && cause.Recursive(f.Key, cause.Record):
		c.Status, c.Reason = flow.Skipped, "recursion"
	case len(cause.Chain) > process.MaxDepth:
		c.Status, c.Reason, c.Message = flow.Failed, "CASCADE_DEPTH", fmt.Sprintf("flows cause each other more than %d deep", process.MaxDepth)
	case f.Set.RunAs == "trigger_user" && cause.By == 0:
		c.Status, c.Reason, c.Message = flow.Failed, "NO_USER", "nobody with a user record caused the run, so there is nobody to act for"
	}
	order := ""
	if f.Set.Ordering == "per_record" {
		order = f.Key + "/" + cause.Record
	}
	return h.svc.Start(se.Context(), se.Tx(), h.svc.NewRun(), c, order)
}

// cause tells a run of the write that started it.
func (h *Host) cause(se *record.Session, f *catalog.Flow, e record.Event) flow.Cause {
	cause := flow.CauseOf(se.Context())
	cause.Type, cause.Verb, cause.Parent, cause.Lane = "record", e.Verb, "", 0
	cause.Record = fmt.Sprintf("%s_%d", e.Object().IDPrefix, e.New.ID())
	if by := se.Caller().Principal.UserID; by != 0 {
		cause.By = by
	}
	cause.Prior, cause.Changed = nil, nil
	if e.Verb != "create" {
		cause.Prior = map[string]flow.Value{}
		for _, x := range e.Object().Fields {
			if x.Column == "" || x.KeyOf != nil || !e.Changed(x) {
				continue
			}
			cause.Prior[x.Name] = flow.ValueOf(e.Prior(x))
			if !x.System {
				cause.Changed = append(cause.Changed, x.Name)
			}
		}
	}
	return cause
}
