package door

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/runtime/access"
	"github.com/tenon-platform/tenon/workflow/engine"
	"github.com/tenon-platform/tenon/workflow/flow/process"
)

// Limits of what is told of failures, and done about them at once.
const (
	maxFailures = 200
	newestRuns  = 10
	maxOperated = 100
	operated    = 50 // unless somebody says how many
)

// bulk are the orders that many runs are given at once.
var bulk = []string{"retry", "skip", "cancel"}

func operators(ctx context.Context) (caller, error) {
	who := callerOf(ctx)
	if !who.admin {
		return who, errs.New(errs.Forbidden, "only administrators may do this with runs", "只有管理员可以对运行执行此操作")
	}
	return who, nil
}

// parts are the flow, the step and the code of a signature.
func parts(signature string) (flow, step, code string) {
	flow, rest, _ := strings.Cut(signature, "/")
	step, code, _ = strings.Cut(rest, "/")
	return flow, step, code
}

// Failures tells administrators what runs stand failed of.
func (d *Door) Failures(ctx context.Context, key string) ([]any, error) {
	who, err := operators(ctx)
	if err != nil {
		return nil, err
	}
	out := []any{}
	err = d.deps.Tenant.Store.View(ctx, func(tx store.Tx) error {
		out = out[:0]
		groups, err := d.svc.Failures(ctx, tx, key, maxFailures)
		if err != nil {
			return err
		}
		for _, g := range groups {
			runs, err := d.svc.FailedOf(ctx, tx, g.Signature, true, newestRuns)
			if err != nil {
				return err
			}
			flow, step, code := parts(g.Signature)
			x := map[string]any{"signature": g.Signature, "flow": flow, "step": or(step), "code": code, "message": nil, "count": g.Count, "since": moment(g.First), "latest": moment(g.Last), "runs": runs}
			if len(runs) > 0 {
				i, err := d.svc.InstanceIn(ctx, tx, runs[0])
				if err != nil {
					return err
				}
				st, err := process.StateOf(i)
				if err != nil {
					return err
				}
				if st.Incident != nil {
					x["message"] = or(st.Incident.Text.In(who.locale))
				}
			}
			out = append(out, x)
		}
		return nil
	})
	return out, err
}

// OperateAll gives an order to the runs that stand failed of the same. The order's Run and Step are those of each.
func (d *Door) OperateAll(ctx context.Context, p access.Profile, signature string, first any, o Order) (map[string]any, error) {
	who, err := operators(ctx)
	if err != nil {
		return nil, err
	}
	if err := checkKey(o.Once); err != nil {
		return nil, err
	}
	if !slices.Contains(bulk, o.Kind) {
		return nil, errs.New(errs.InvalidInput, "many runs are told %s", "可批量执行的操作为 %s", strings.Join(bulk, ", ")).On("do")
	}
	if err := reasoned(o.Reason); err != nil {
		return nil, err
	}
	n, err := atMost(first)
	if err != nil {
		return nil, err
	}
	runs, err := d.chosen(ctx, who, signature, n, o)
	if err != nil {
		return nil, err
	}
	done := []any{}
	if _, o.Step, _ = parts(signature); o.Kind == "cancel" {
		o.Step = ""
	}
	once := o.Once
	for _, run := range runs {
		o.Run = run
		if once != "" {
			sum := sha256.Sum256([]byte(once + "\x00" + run))
			o.Once = hex.EncodeToString(sum[:])
		}
		x, err := d.ordered(ctx, who, p, o)
		if err != nil {
			return nil, err
		}
		done = append(done, x)
	}
	out := map[string]any{"signature": signature, "runs": done}
	err = d.deps.Tenant.Store.View(ctx, func(tx store.Tx) error {
		left, err := d.svc.CountOf(ctx, tx, signature)
		out["left"] = left
		return err
	})
	return out, err
}

func atMost(first any) (int, error) {
	if first == nil {
		return operated, nil
	}
	n, err := strconv.Atoi(fmt.Sprint(first))
	if err != nil || n < 1 || n > maxOperated {
		return 0, errs.New(errs.InvalidInput, "1 to %d runs are told at once", "每次可操作 1 到 %d 次运行", maxOperated).On("first")
	}
	return n, nil
}

// chosen are the runs that an order is for; under a key those that it was for when it was given first.
func (d *Door) chosen(ctx context.Context, who caller, signature string, n int, o Order) ([]string, error) {
	var runs []string
	if o.Once == "" {
		err := d.deps.Tenant.Store.View(ctx, func(tx store.Tx) (err error) {
			runs, err = d.svc.FailedOf(ctx, tx, signature, false, n)
			return err
		})
		return runs, err
	}
	asked, err := json.Marshal(map[string]any{"order": o, "first": n})
	if err != nil {
		return nil, errs.New(errs.InvalidInput, "the order cannot be read", "无法读取命令").Because(err)
	}
	raw, err := d.svc.Once(ctx, engine.Request{Kind: "flow.bulk", Instance: signature, Asked: string(asked), Actor: who.actor(), Key: o.Once}, func(ctx context.Context, tx store.Tx) (json.RawMessage, error) {
		found, err := d.svc.FailedOf(ctx, tx, signature, false, n)
		if err != nil {
			return nil, err
		}
		return json.Marshal(found)
	})
	if err != nil {
		return nil, err
	}
	return runs, json.Unmarshal(raw, &runs)
}

// ordered gives the order to one run, and tells what has become of it. The error is of the machinery.
func (d *Door) ordered(ctx context.Context, who caller, p access.Profile, o Order) (map[string]any, error) {
	x := map[string]any{"run": o.Run, "status": nil, "code": nil, "message": nil}
	_, err := d.Operate(ctx, p, o)
	var no *errs.Error
	if errors.As(err, &no) && no.Code.Status() < 500 {
		x["code"], x["message"] = string(no.Code), no.Message.In(who.locale)
		return x, nil
	}
	if err != nil {
		return nil, err
	}
	i, err := d.svc.Instance(ctx, o.Run)
	if err != nil {
		return nil, err
	}
	st, err := process.StateOf(i)
	if err != nil {
		return nil, err
	}
	x["status"] = string(st.Status)
	return x, nil
}
