package door

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/workflow/engine"
	"github.com/tenon-platform/tenon/workflow/flow"
	"github.com/tenon-platform/tenon/workflow/flow/process"
)

// Limits of what is shown at once.
const (
	pageSize = 50
	maxPage  = 200
	maxTrace = 3 * flow.MaxTrace // what undoes a run, and those who look after it, tell past its limit
)

func moment(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

func or(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// Show shows a run to a caller who may know of it.
func (d *Door) Show(ctx context.Context, id string) (map[string]any, error) {
	i, err := d.svc.Instance(ctx, id)
	if err != nil {
		return nil, err
	}
	st, err := process.StateOf(i)
	if err != nil {
		return nil, err
	}
	who := callerOf(ctx)
	if !who.sees(st) {
		return nil, engine.NoInstance(id)
	}
	if !who.admin {
		return show(who, i, st, nil), nil
	}
	var f *catalog.Flow
	err = d.deps.Tenant.Store.View(ctx, func(tx store.Tx) (err error) {
		f, _, err = d.host.Flow(ctx, tx, st.Flow, st.Version)
		return err
	})
	if err != nil {
		return nil, err
	}
	out := show(who, i, st, f)
	if r := flow.RemediesOf(f, st); r != nil {
		out["remedies"] = map[string]any{"vars": r.Vars, "out": r.Out, "from": r.From}
	}
	err = d.deps.Tenant.Store.View(ctx, func(tx store.Tx) error { return d.behind(ctx, tx, who, st, out) })
	if err != nil {
		return nil, err
	}
	entries, err := d.trace(ctx, id)
	if err != nil {
		return nil, err
	}
	lines := make([]any, len(entries))
	for n, e := range entries {
		lines[n] = line(e, who.locale)
	}
	out["trace"] = lines
	if len(entries) > 0 && entries[0].Input != nil {
		input := map[string]any{}
		for name, v := range entries[0].Input {
			input[name] = v.Text
		}
		out["input"] = input
	}
	return out, nil
}

// trace reads what happened in a run.
func (d *Door) trace(ctx context.Context, run string) ([]flow.Entry, error) {
	lines, err := d.svc.Audit(ctx, run, 0, maxTrace)
	if err != nil {
		return nil, err
	}
	out := make([]flow.Entry, len(lines))
	for n, l := range lines {
		if err := json.Unmarshal(l.Entry, &out[n]); err != nil {
			return nil, fmt.Errorf("read the trace of %s: %w", run, err)
		}
	}
	return out, nil
}

// line shows a line of a trace: what the platform says in the reader's language, else names and what people said.
func line(e flow.Entry, locale string) map[string]any {
	out := map[string]any{"seq": e.Seq, "at": moment(e.At), "verb": e.Verb, "step": or(e.Step), "lane": e.Lane, "attempt": e.Attempt, "branch": or(e.Branch), "code": or(e.Code), "message": or(cmp.Or(e.Text.In(locale), e.Message)), "out": nil,
		"by": or(e.Who), "edits": nil, "data": nil}
	if len(e.Edits) > 0 {
		out["edits"] = edits(e.Edits)
	}
	if e.Out != nil {
		out["out"] = e.Out
	}
	if e.Data != nil {
		out["data"] = e.Data
	}
	return out
}

// edits shows variables that somebody gave other values.
func edits(of []flow.Edit) []any {
	out := make([]any, len(of))
	shown := func(v *flow.Value) any {
		if v == nil {
			return nil
		}
		return flow.Plain(v.Value())
	}
	for i, e := range of {
		out[i] = map[string]any{"name": e.Name, "from": shown(e.From), "to": shown(e.To)}
	}
	return out
}

// show shows a run; f is its version of the flow, nil where there is none any more: then every variable may be secret.
func show(who caller, i *engine.Instance, st *flow.State, f *catalog.Flow) map[string]any {
	out := map[string]any{"id": st.ID, "flow": st.Flow, "version": st.Version, "record": or(st.Cause.Record), "status": string(st.Status), "reason": nil,
		"startedAt": moment(st.Started), "changedAt": moment(i.Changed), "cause": nil, "incident": nil, "vars": nil, "trace": nil, "retryOf": or(st.Cause.RetryOf), "remedies": nil, "input": nil, "behind": nil, "blocks": nil}
	if !who.admin {
		return out
	}
	out["reason"], out["incident"], out["blocks"] = reason(st, who.locale), incident(st, who.locale), st.Blocks
	out["cause"] = map[string]any{"type": st.Cause.Type, "verb": st.Cause.Verb, "changed": st.Cause.Changed, "due": or(st.Cause.Due), "root": st.Cause.Root, "depth": len(st.Cause.Chain), "parent": or(st.Cause.Parent)}
	if names := st.Cause.Names(); names != nil {
		out["cause"].(map[string]any)["records"] = names
	}
	vars := map[string]any{}
	for name, v := range st.Vars {
		if vars[name] = v.Text; f == nil || flow.Shown(f, catalog.VarsName+"."+name, v) != v {
			vars[name] = concealed
		}
	}
	out["vars"] = vars
	return out
}

// concealed stands for a secret value.
const concealed = "•••"

// behind tells an administrator which run one that is queued waits for, and why.
func (d *Door) behind(ctx context.Context, tx store.Tx, who caller, st *flow.State, out map[string]any) error {
	if !who.admin || st.Status != flow.Queued {
		return nil
	}
	why := diag.Textf("as many runs go on as may", "同时进行的运行已达上限")
	if st.Order != "" {
		name, err := d.svc.Holder(ctx, tx, st.Order)
		if err != nil || name == "" { // its turn has come
			return err
		}
		i, err := d.svc.InstanceIn(ctx, tx, name)
		if err != nil {
			return err
		}
		ahead, err := process.StateOf(i)
		if err != nil {
			return err
		}
		out["behind"] = name
		if why = diag.Textf("%s goes first", "%s 先执行", name); ahead.Blocks {
			why = diag.Textf("%s has failed, and those after it wait until it is retried, passed over, undone or cancelled", "%s 已失败，后续运行等待其重试、跳过、补偿或取消", name)
		}
	}
	out["reason"] = why.In(who.locale)
	return nil
}

// reason is why a run stands where it does.
func reason(st *flow.State, locale string) any { return or(cmp.Or(st.Text.In(locale), st.Reason)) }

func incident(st *flow.State, locale string) any {
	in := st.Incident
	if in == nil {
		return nil
	}
	return map[string]any{"signature": or(st.Signature()), "code": in.Code, "message": in.Text.In(locale), "step": or(in.Step)}
}

// Runs lists runs. Those who are no administrators see what they asked for themselves, on the records
// that they name.
func (d *Door) Runs(ctx context.Context, in map[string]any) (map[string]any, error) {
	who := callerOf(ctx)
	f := engine.Filter{Kind: process.Name, Record: text(in, "record"), Status: text(in, "status"), Limit: pageSize + 1}
	if key := text(in, "flow"); key != "" {
		f.Process = "flow:" + key
	}
	if v, ok := in["first"]; ok {
		n, err := strconv.Atoi(fmt.Sprint(v))
		if err != nil || n < 1 || n > maxPage {
			return nil, errs.New(errs.InvalidInput, "a page has 1 to %d runs", "每页 1 到 %d 条运行", maxPage).On("first")
		}
		f.Limit = n + 1
	}
	if after := text(in, "after"); after != "" {
		n, err := strconv.ParseInt(after, 36, 64)
		if err != nil || n < 1 {
			return nil, errs.New(errs.InvalidInput, "the cursor is none that was given", "游标无效").On("after")
		}
		f.Before = n
	}
	if !who.admin && f.Record == "" {
		return nil, errs.New(errs.Forbidden, "name a record: only administrators see the runs of all", "须给出记录：只有管理员可以查看所有运行").On("record")
	}
	out := map[string]any{"after": nil}
	nodes := []any{}
	err := d.deps.Tenant.Store.View(ctx, func(tx store.Tx) error {
		nodes = nodes[:0]
		found, err := d.svc.List(ctx, tx, f)
		if err != nil {
			return err
		}
		if len(found) == f.Limit {
			found = found[:f.Limit-1]
			out["after"] = strconv.FormatInt(found[len(found)-1].Position(), 36)
		}
		for _, i := range found {
			st, err := process.StateOf(i)
			if err != nil {
				return err
			}
			if !who.sees(st) {
				continue
			}
			var f *catalog.Flow
			if who.admin {
				if f, _, err = d.host.Flow(ctx, tx, st.Flow, st.Version); err != nil {
					return err
				}
			}
			run := show(who, i, st, f)
			if err := d.behind(ctx, tx, who, st, run); err != nil {
				return err
			}
			nodes = append(nodes, run)
		}
		return nil
	})
	out["nodes"] = nodes
	return out, err
}
