package door

import (
	"bytes"
	"context"
	"encoding/json"
	"reflect"

	"github.com/tenon-platform/tenon/metadata/model"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/runtime/access"
	"github.com/tenon-platform/tenon/workflow/approval"
	"github.com/tenon-platform/tenon/workflow/approval/process"
	"github.com/tenon-platform/tenon/workflow/engine"
)

// maxReplays is how many submissions one request replays: each asks the people that there are.
const maxReplays = 200

// Replay runs a definition over past submissions of its process, the newest first, and tells who would
// have been asked and where they would not have come to an end. Without a definition it is the one that
// serves. Nothing is written.
func (d *Door) Replay(ctx context.Context, p access.Profile, in map[string]any) (map[string]any, error) {
	if !callerOf(ctx, p).admin {
		return nil, errs.New(errs.Forbidden, "only administrators replay approvals", "只有管理员可以回放审批")
	}
	most := number(in["first"])
	if in["first"] == nil {
		most = defaultPage
	}
	if most < 1 || most > maxReplays {
		return nil, errs.New(errs.InvalidInput, "1 to %d submissions are replayed at once", "一次回放 1 到 %d 个提交", maxReplays).On("first")
	}
	key := text(in, "process")
	def, err := d.definition(key, in["definition"])
	if err != nil {
		return nil, err
	}
	runs := []any{}
	differ, stuck := 0, 0
	err = d.tenant.Store.View(ctx, func(tx store.Tx) error {
		found, err := d.svc.List(ctx, tx, engine.Filter{Kind: process.Name, Process: key, Limit: most})
		if err != nil {
			return err
		}
		for _, i := range found {
			one, err := d.replayed(ctx, tx, def, i.Name)
			if err != nil {
				return err
			}
			if one["differs"] == true {
				differ++
			}
			if one["deadEnd"] != nil {
				stuck++
			}
			runs = append(runs, one)
		}
		return nil
	})
	return map[string]any{"process": key, "replayed": len(runs), "differing": differ, "deadEnds": stuck, "runs": runs}, err
}

// definition reads the definition that is tried, as its file has it.
func (d *Door) definition(key string, given any) (*approval.Definition, error) {
	cat := d.tenant.Catalog()
	decl := &model.Approval{}
	var source []byte
	if given == nil {
		a := cat.Approval(key)
		if a == nil {
			return nil, errs.New(errs.NotFound, "there is no approval process %q", "没有审批流程 %q", key).On("process")
		}
		source = a.Source()
	} else {
		raw, err := json.Marshal(given)
		if err != nil {
			return nil, err
		}
		dec := json.NewDecoder(bytes.NewReader(raw))
		dec.DisallowUnknownFields()
		if err := dec.Decode(decl); err != nil || decl.Key != key {
			return nil, errs.New(errs.InvalidInput, "this is no definition of the process %s", "这不是流程 %s 的定义", key).On("definition").Because(err)
		}
		source = decl.Canonical()
	}
	def, found := approval.Parse(source, 0, approval.EnvOf(cat))
	if def == nil {
		return nil, errs.New(errs.InvalidInput, "the definition is not right: %s", "定义有误：%s", errs.TextOf(found.Err())).On("definition").With("findings", found)
	}
	return def, nil
}

// replayed replays one submission: its first round, at the moment at which it was submitted.
func (d *Door) replayed(ctx context.Context, tx store.Tx, def *approval.Definition, name string) (map[string]any, error) {
	st, err := d.svc.StateIn(ctx, tx, name)
	if err != nil {
		return nil, err
	}
	out := map[string]any{"instance": name, "record": st.Record, "was": string(st.Status), "asked": d.asked(approval.WasAsked(st)), "status": nil, "wouldAsk": []any{}, "deadEnd": nil, "node": nil}
	shots, err := d.svc.Snapshots(ctx, tx, name)
	if err != nil || len(shots) == 0 {
		return out, err
	}
	world, err := d.host.Around(ctx, tx, st)
	if errs.CodeOf(err) == errs.NotFound { // the record is of an object that there is no more
		out["deadEnd"], out["differs"] = "NO_RECORD", true
		return out, nil
	}
	if err != nil {
		return nil, err
	}
	r := approval.Replay(def, st, shots[0].Form, shots[0].At, world)
	if err := world.Err(); err != nil {
		return nil, err
	}
	would := d.asked(r.Asked)
	out["status"], out["wouldAsk"], out["deadEnd"], out["node"] = or(string(r.Status)), would, or(r.DeadEnd), or(r.Node)
	out["differs"] = !reflect.DeepEqual(would, out["asked"])
	return out, nil
}

func (d *Door) asked(list []approval.Asked) []any {
	out := []any{}
	for _, a := range list {
		users := []any{}
		for _, u := range a.Users {
			users = append(users, d.userOut(u))
		}
		out = append(out, map[string]any{"node": a.Node, "users": users})
	}
	return out
}
