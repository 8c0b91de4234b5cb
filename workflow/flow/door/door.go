// Package door lets callers into automations: it shows runs, and takes the commands of those who look
// after them, and decides who may. GraphQL and the plain paths stand over the same functions. How a run
// goes on is workflow/flow's.
package door

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/ident"
	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/runtime/access"
	"github.com/tenon-platform/tenon/runtime/query"
	"github.com/tenon-platform/tenon/workflow/engine"
	"github.com/tenon-platform/tenon/workflow/flow"
	"github.com/tenon-platform/tenon/workflow/flow/process"
)

func text(in map[string]any, name string) string {
	s, _ := in[name].(string)
	return s
}

// texts is a list of texts.
func texts(in map[string]any, name string) (out []string) {
	list, _ := in[name].([]any)
	for _, x := range list {
		if s, ok := x.(string); ok {
			out = append(out, s)
		}
	}
	return out
}

// object is a JSON object; nil: none.
func object(in map[string]any, name string) map[string]any {
	o, _ := in[name].(map[string]any)
	return o
}

// shaped refuses arguments that are none of the kind that their name stands for. Without it they would count as
// not given, and what is not given often means all.
func shaped(in map[string]any) error {
	for _, name := range slices.Sorted(maps.Keys(in)) {
		ok, en, zh := true, "", ""
		switch v := in[name]; {
		case v == nil:
		case slices.Contains([]string{"dryRun", "failed"}, name):
			_, ok = v.(bool)
			en, zh = "%s is true or false", "%s 须为 true 或 false"
		case slices.Contains([]string{"vars", "out", "mocks", "data", "steps"}, name):
			_, ok = v.(map[string]any)
			en, zh = "%s is an object", "%s 须为对象"
		case slices.Contains([]string{"runs", "records"}, name):
			list, isList := v.([]any)
			ok = isList && len(texts(in, name)) == len(list)
			en, zh = "%s is a list of ids", "%s 须为标识列表"
		case slices.Contains([]string{"after", "do", "event", "flow", "name", "reason", "record", "run", "signature", "step", "timers"}, name):
			_, ok = v.(string)
			en, zh = "%s is a text", "%s 须为文本"
		}
		if !ok {
			return errs.New(errs.InvalidInput, en, zh, name).On(name)
		}
	}
	return nil
}

// maxKey bounds an idempotency key, in characters.
const maxKey = 200

func checkKey(key string) error {
	if n := utf8.RuneCountInString(key); n > maxKey || strings.ContainsFunc(key, unicode.IsControl) {
		return errs.New(errs.InvalidInput, "an idempotency key has 1 to %d characters and no control characters", "幂等键须为 1 到 %d 个字符，且不含控制字符", maxKey).On("idempotencyKey")
	}
	return nil
}

// caller is who asks.
type caller struct {
	user   int64
	name   string
	admin  bool
	scope  *ident.Scope
	locale string
}

func callerOf(ctx context.Context) caller {
	c, _ := ident.From(ctx)
	return caller{c.Principal.UserID, c.Principal.Name, c.Principal.Admin, c.Principal.Scope, c.Locale}
}

func (c caller) actor() string { return fmt.Sprintf("user:%d:%s", c.user, c.name) }

// sees says whether a caller may know of a run: administrators of each, others of what they asked for
// themselves.
func (c caller) sees(st *flow.State) bool {
	return c.admin || st.Cause.Type == "button" && st.Cause.By == c.user && c.user != 0
}

// administered finds a run for an administrator, and refuses everybody else; those who do not see it, as if there
// were no such run.
func (d *Door) administered(ctx context.Context, run string) (*flow.State, error) {
	who := callerOf(ctx)
	i, err := d.svc.Instance(ctx, run)
	if err != nil {
		return nil, err
	}
	st, err := process.StateOf(i)
	switch {
	case who.admin:
		return st, err
	case err != nil || !who.sees(st):
		return nil, engine.NoInstance(run)
	}
	return nil, errs.New(errs.Forbidden, "only administrators may do this with runs", "只有管理员可以对运行执行此操作")
}

// startable finds a flow that callers start, and the record, which the caller must be allowed to treat so.
func (d *Door) startable(ctx context.Context, tx store.Tx, p access.Profile, key, rec string) (*catalog.Flow, error) {
	cat := d.deps.Tenant.Catalog()
	f := cat.Starting(key)
	if f == nil || f.Trigger.Type != "button" {
		return nil, errs.New(errs.NotFound, "there is no flow %s with a button", "没有带按钮的自动化 %s", key)
	}
	prefix, id, ok := query.SplitID(rec)
	if !ok || prefix != f.Object.IDPrefix {
		return nil, errs.New(errs.NotFound, "there is no such record", "没有此记录").On("record")
	}
	op := access.Update
	if f.Trigger.Permission != "" {
		op = access.Read
	}
	if err := d.deps.Records.Reach(ctx, tx, cat, p, f.Object, id, op); err != nil {
		return nil, err
	}
	if f.Trigger.Permission != "" && !p.May(f.Object, f.Trigger.Permission) {
		return nil, errs.New(errs.Forbidden, "you may not run this flow", "您无权运行此自动化")
	}
	if f.When == nil {
		return f, nil
	}
	se := d.deps.Records.Seeing(ctx, tx, cat, p)
	r, _, err := se.Find(f.Object, id)
	if err == nil && f.Set.RunAs == "trigger_user" {
		err = se.Readable(f.When, f.Object, r, false, nil)
	}
	if err != nil {
		return nil, err
	}
	v, err := se.Eval(f.When, r, nil)
	if err == nil && (v.Kind() != value.KindBool || !v.Bool()) {
		err = errs.New(errs.EntryNotMet, "the record does not meet the condition of this flow", "记录不满足此自动化的条件")
	}
	return f, err
}

// Start runs a flow with a button. A key makes it happen once.
func (d *Door) Start(ctx context.Context, p access.Profile, key, rec, once string) (string, error) {
	if err := checkKey(once); err != nil {
		return "", err
	}
	who := callerOf(ctx)
	var f *catalog.Flow
	err := d.deps.Tenant.Store.View(ctx, func(tx store.Tx) (err error) {
		f, err = d.startable(ctx, tx, p, key, rec)
		return err
	})
	if err != nil {
		return "", err
	}
	if f.Set.RunAs == "trigger_user" && who.user == 0 {
		return "", errs.New(errs.Forbidden, "the flow acts for who starts it, and you have no user record", "自动化以启动者身份运行，而您没有用户记录")
	}
	run := d.svc.NewRun()
	if once != "" { // a repeated request must be about the same run
		sum := sha256.Sum256([]byte(strings.Join([]string{who.actor(), key, rec, once}, "\x00")))
		run = "run_" + hex.EncodeToString(sum[:10])
	}
	if err := d.admit(ctx, run, once); err != nil {
		return "", err
	}
	return run, d.svc.Do(ctx, run, flow.Command{Kind: "start", Flow: key, Cause: &flow.Cause{Type: "button", Record: rec, By: who.user, Scope: who.scope}}, who.actor(), once)
}

// admit lets a caller start a run within the tenant's limits. A repeated request is about a run that is there.
func (d *Door) admit(ctx context.Context, run, once string) error {
	if once != "" {
		if _, err := d.svc.Instance(ctx, run); err == nil {
			return nil
		}
	}
	return d.svc.Admit(ctx)
}
