package door

import (
	"context"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/words"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/store"
	connect "github.com/tenon-platform/tenon/workflow/connect/door"
	"github.com/tenon-platform/tenon/workflow/flow"
	"github.com/tenon-platform/tenon/workflow/flow/process"
)

var _ connect.Flows = (*Door)(nil)

// Take starts the flows of a hook; see connect.Flows. A flow takes what it declares; a value of another kind
// refuses the message.
func (d *Door) Take(ctx context.Context, tx store.Tx, hook, message string, given map[string]any, user int64) ([]string, error) {
	if err := d.svc.Admit(ctx); err != nil {
		return nil, err
	}
	ctx = process.Admitted(ctx)
	var runs []string
	for _, f := range d.deps.Tenant.Catalog().Flows {
		if f.Set.Off || f.Trigger.Type != "webhook" || f.Trigger.Hook != hook {
			continue
		}
		data := map[string]flow.Value{}
		for name, kind := range f.Trigger.Data {
			v, fits := readAs(kind, given[name])
			if !fits {
				return nil, errs.New(errs.InvalidInput, "%q is not of the kind %s in this message", "消息中的 %q 不是“%s”类型", name, words.Kind(kind)).On(name)
			}
			if !v.IsNull() {
				data[name] = flow.ValueOf(v)
			}
		}
		if err := small(data); err != nil {
			return nil, err
		}
		run := d.svc.NewRun()
		began, err := d.host.Begin(ctx, tx, f, run, flow.Cause{Type: "webhook", Verb: hook, By: user, Data: data})
		if err != nil {
			return nil, err
		}
		if began {
			runs = append(runs, run)
		}
	}
	return runs, nil
}

// Answers says whether a flow of a hook answers with how its run ended; see connect.Flows.
func (d *Door) Answers(hook string) bool {
	for _, f := range d.deps.Tenant.Catalog().Flows {
		if !f.Set.Off && f.Trigger.Type == "webhook" && f.Trigger.Hook == hook && f.Trigger.Respond == "sync" {
			return true
		}
	}
	return false
}

// Ended gives how a run ended; see connect.Flows.
func (d *Door) Ended(ctx context.Context, run string) (*connect.Outcome, bool, error) {
	i, err := d.svc.Instance(ctx, run)
	if errs.CodeOf(err) == errs.NotFound { // the job that makes it has not run yet
		return nil, true, nil
	}
	if err != nil {
		return nil, false, err
	}
	st, err := process.StateOf(i)
	if err != nil {
		return nil, false, err
	}
	f := d.deps.Tenant.Catalog().Flow(st.Flow)
	if f == nil || f.Trigger.Respond != "sync" {
		return nil, false, nil
	}
	if !st.Status.Over() {
		return nil, true, nil
	}
	out := &connect.Outcome{Run: run, Status: string(st.Status), Vars: map[string]any{}}
	for name, v := range st.Vars {
		if !f.Secret[catalog.VarsName+"."+name] {
			out.Vars[name] = flow.Plain(v.Value())
		}
	}
	return out, true, nil
}

// Moved gives a channel that is closed when a run has gone on; see connect.Flows.
func (d *Door) Moved() <-chan struct{} { return d.svc.Moved() }
