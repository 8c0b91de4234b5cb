package door

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/workflow/engine"
	"github.com/tenon-platform/tenon/workflow/flow"
	"github.com/tenon-platform/tenon/workflow/flow/process"
)

// Limits of what is told of, and moved, at once.
const (
	maxMigrated = 200
	maxVersions = 50
)

func onlyAdmins() *errs.Error {
	return errs.New(errs.Forbidden, "only administrators may do this with runs", "只有管理员可以对运行执行此操作")
}

// number reads a whole number of a request; 0: it is not given.
func number(in map[string]any, name string) (int, error) {
	v, ok := in[name]
	if !ok || v == nil {
		return 0, nil
	}
	n, err := strconv.Atoi(fmt.Sprint(v))
	if err != nil || n < 1 {
		return 0, errs.New(errs.InvalidInput, "%s is a whole number from 1", "%s 须为正整数", name).On(name)
	}
	return n, nil
}

// moving is a request that moves runs.
type moving struct {
	flow    string
	command flow.Command
	runs    []string // nil: those that go on
	from    int      // of those: with this version; 0: any
	failed  bool     // of those: that have stopped, instead
	first   int
	before  int64
	dry     bool
}

// Migrate moves runs of a flow to another version of it, each all or nothing, and tells of each whether it can be moved,
// and why not. With dryRun nothing is moved. It is about the runs that are named or, page by page, those that are under way.
func (d *Door) Migrate(ctx context.Context, in map[string]any) (map[string]any, error) {
	who := callerOf(ctx)
	if !who.admin {
		return nil, onlyAdmins()
	}
	m, err := d.moving(in, who)
	if err != nil {
		return nil, err
	}
	out := map[string]any{"version": 0, "migrated": 0, "after": nil, "nodes": []any{}}
	nodes, done := []any{}, 0
	runs, last, err := d.which(ctx, m)
	if err != nil {
		return nil, err
	}
	for _, id := range runs {
		seen, err := d.judged(ctx, m, id)
		if err != nil {
			return nil, err
		}
		if !m.dry && len(seen.problems) == 0 {
			err := d.svc.Do(ctx, id, m.command, who.actor(), "")
			if errs.CodeOf(err) == errs.MigrationNotPossible { // it has gone on meanwhile
				seen, err = d.judged(ctx, m, id)
			} else if err == nil {
				done++
			}
			if err != nil {
				return nil, err
			}
		}
		out["version"] = seen.version
		if m.runs == nil && len(seen.problems) == 1 && seen.problems[0].Code == "already" {
			continue // it is none of those that are asked for
		}
		nodes = append(nodes, seen.show(who.locale))
	}
	if last > 0 {
		out["after"] = strconv.FormatInt(last, 36)
	}
	if len(runs) == 0 {
		if out["version"], err = d.versionOf(ctx, m); err != nil {
			return nil, err
		}
	}
	out["nodes"], out["migrated"] = nodes, done
	return out, nil
}

// moving reads a request.
func (d *Door) moving(in map[string]any, who caller) (*moving, error) {
	m := &moving{flow: text(in, "flow"), first: pageSize}
	m.dry, _ = in["dryRun"].(bool)
	version, err := number(in, "version")
	if err != nil {
		return nil, err
	}
	if m.from, err = number(in, "from"); err != nil {
		return nil, err
	}
	if n, err := number(in, "first"); err != nil || n > maxMigrated {
		return nil, errs.New(errs.InvalidInput, "at most %d runs are moved at once", "一次最多迁移 %d 条运行", maxMigrated).On("first")
	} else if n > 0 {
		m.first = n
	}
	if after := text(in, "after"); after != "" {
		if m.before, err = strconv.ParseInt(after, 36, 64); err != nil || m.before < 1 {
			return nil, errs.New(errs.InvalidInput, "the cursor is none that was given", "游标无效").On("after")
		}
	}
	m.failed, _ = in["failed"].(bool)
	if in["runs"] != nil {
		m.runs = append([]string{}, texts(in, "runs")...)
		if len(m.runs) > maxMigrated {
			return nil, errs.New(errs.InvalidInput, "at most %d runs are moved at once", "一次最多迁移 %d 条运行", maxMigrated).On("runs")
		}
	}
	reason := text(in, "reason")
	if !m.dry {
		if err := reasoned(reason); err != nil {
			return nil, err
		}
	}
	m.command = flow.Command{Kind: "migrate", Version: version, Timers: text(in, "timers"), Reason: reason, By: who.user, Who: who.name}
	if steps := object(in, "steps"); len(steps) > 0 {
		m.command.Renames = map[string]string{}
		for from := range steps {
			if _, ok := steps[from].(string); !ok {
				return nil, errs.New(errs.InvalidInput, "steps gives, by the ids of steps, what they are called now", "steps 须以步骤标识对应其新标识").On("steps")
			}
			m.command.Renames[from] = text(steps, from)
		}
	}
	return m, nil
}

// which lists the runs that a request is about, and the position of the last one where there may be more.
func (d *Door) which(ctx context.Context, m *moving) (out []string, last int64, err error) {
	if m.runs != nil {
		return m.runs, 0, nil
	}
	f := engine.Filter{Kind: process.Name, Process: "flow:" + m.flow, Version: m.from, Going: !m.failed, Before: m.before, Limit: m.first + 1}
	if m.failed {
		f.Status = string(flow.Failed)
	}
	err = d.deps.Tenant.Store.View(ctx, func(tx store.Tx) error {
		out, last = nil, 0
		found, err := d.svc.List(ctx, tx, f)
		if len(found) > m.first {
			found = found[:m.first]
			last = found[m.first-1].Position()
		}
		for _, i := range found {
			out = append(out, i.Name)
		}
		return err
	})
	return out, last, err
}

// judgement is what is told of a run that is to be moved.
type judgement struct {
	run      *flow.State
	version  int // to go over to
	problems []flow.Problem
}

func (j judgement) show(locale string) map[string]any {
	found := []any{}
	for _, p := range j.problems {
		found = append(found, map[string]any{"code": p.Code, "step": or(p.Step), "message": p.Words().In(locale)})
	}
	return map[string]any{"id": j.run.ID, "version": j.run.Version, "status": string(j.run.Status), "record": or(j.run.Cause.Record), "can": len(found) == 0, "problems": found}
}

// judged says whether a run can be moved.
func (d *Door) judged(ctx context.Context, m *moving, id string) (out judgement, err error) {
	err = d.deps.Tenant.Store.View(ctx, func(tx store.Tx) error {
		i, err := d.svc.InstanceIn(ctx, tx, id)
		if err != nil {
			return err
		}
		st, err := process.StateOf(i)
		if err != nil {
			return err
		}
		if st.Flow != m.flow {
			return engine.NoInstance(id)
		}
		by, _, err := d.svc.Migrating(ctx, tx, st, m.command)
		if err != nil {
			return err
		}
		out = judgement{st, by.Version, by.Problems(st)}
		return nil
	})
	return out, err
}

// versionOf is the version that a request about no run is for.
func (d *Door) versionOf(ctx context.Context, m *moving) (v int, err error) {
	err = d.deps.Tenant.Store.View(ctx, func(tx store.Tx) error {
		f, number, err := d.host.Flow(ctx, tx, m.flow, m.command.Version)
		if err == nil && f == nil {
			err = errs.New(errs.DefinitionUnavailable, "there is no version %[2]d of the flow %[1]s that can be run", "自动化 %[1]s 没有可运行的版本 %[2]d", m.flow, m.command.Version).On("version")
		}
		v = number
		return err
	})
	return v, err
}

// Versions lists the versions of a flow, the newest first, each with how many of its runs go on, and its steps.
func (d *Door) Versions(ctx context.Context, key string) ([]any, error) {
	if !callerOf(ctx).admin {
		return nil, onlyAdmins()
	}
	out := []any{}
	err := d.deps.Tenant.Store.View(ctx, func(tx store.Tx) error {
		out = out[:0]
		list, serving, err := d.host.Versions(ctx, tx, key, maxVersions)
		if err != nil {
			return err
		}
		going, err := d.svc.Versions(ctx, tx, "flow:"+key)
		if err != nil {
			return err
		}
		for _, v := range list {
			shape, err := flow.ShapeOf(v.Source)
			if err != nil {
				return err
			}
			steps, err := json.Marshal(shape.Steps())
			if err != nil {
				return err
			}
			out = append(out, map[string]any{"version": v.Number, "at": moment(v.At), "serves": v.Hash == serving, "going": going[v.Number], "steps": json.RawMessage(steps)})
		}
		return nil
	})
	return out, err
}

// migrateOne moves one run, which may be of any flow.
func (d *Door) migrateOne(ctx context.Context, run string, in map[string]any) (map[string]any, error) {
	st, err := d.administered(ctx, run)
	if err != nil {
		return nil, err
	}
	in["flow"], in["runs"] = st.Flow, []any{run}
	return d.Migrate(ctx, in)
}
