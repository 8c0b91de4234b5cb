package door

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strings"
	"unicode/utf8"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/runtime/access"
	"github.com/tenon-platform/tenon/workflow/flow"
)

// Order is what an administrator asks for with a run.
type Order struct {
	Kind   string // retry, skip, rerun (from Step), again (as another run), cancel or compensate
	Run    string
	Step   string         // of rerun: where from; of retry and skip: at which the run must stand, "": at any
	Reason string         // in the administrator's words
	Vars   map[string]any // of retry, skip and rerun: variables that get other values, as JSON has them
	Out    map[string]any // of skip: what the step gives, as JSON has it; nil: nothing
	Once   string         // idempotency key; "": every time
}

// Operate gives an administrator's order to a run, and gives the name of the run that is to be looked at: of
// again it is the other one.
func (d *Door) Operate(ctx context.Context, p access.Profile, o Order) (string, error) {
	if err := checkKey(o.Once); err != nil {
		return "", err
	}
	st, err := d.administered(ctx, o.Run)
	if err != nil {
		return "", err
	}
	if err := reasoned(o.Reason); err != nil {
		return "", err
	}
	who := callerOf(ctx)
	asked, err := json.Marshal(o)
	if err != nil {
		return "", errs.New(errs.InvalidInput, "the order cannot be read", "无法读取命令").Because(err)
	}
	run, c := o.Run, flow.Command{Kind: o.Kind, Reason: o.Reason, By: who.user, Who: who.name, Step: o.Step}
	if o.Kind == "again" {
		if run, c, err = d.afresh(who, st, o.Once); err != nil {
			return "", err
		}
		return run, d.svc.Do(ctx, run, c, who.actor(), o.Once)
	}
	if done, err := d.svc.Recalled(ctx, run, string(asked), who.actor(), o.Once); done || err != nil {
		return run, err // the run has gone on since, so that its command would be another
	}
	if err := d.filled(ctx, p, st, o, &c); err != nil {
		return "", err
	}
	return run, d.svc.DoAsked(ctx, run, c, string(asked), who.actor(), o.Once)
}

func reasoned(why string) error {
	if strings.TrimSpace(why) == "" || utf8.RuneCountInString(why) > 1000 {
		return errs.New(errs.InvalidInput, "say why, in at most 1000 characters", "请说明原因，最多 1000 个字符").On("reason")
	}
	return nil
}

// afresh is the command that starts what a run was about once more, as another run.
func (d *Door) afresh(who caller, st *flow.State, once string) (string, flow.Command, error) {
	if !st.Status.Over() {
		return "", flow.Command{}, errs.New(errs.InvalidState, "a run that is %s cannot be told this", "状态为“%s”的运行不能执行此操作", st.Status)
	}
	cause := st.Cause
	cause.Parent, cause.Lane, cause.Root, cause.Chain, cause.RetryOf = "", 0, "", nil, st.ID
	run := d.svc.NewRun()
	if once != "" {
		sum := sha256.Sum256([]byte(strings.Join([]string{who.actor(), st.ID, once}, "\x00")))
		run = "run_" + hex.EncodeToString(sum[:10])
	}
	return run, flow.Command{Kind: "start", Flow: st.Flow, Cause: &cause}, nil
}

// filled puts the values that an order gives into its command, by what the run's own version of the flow declares.
func (d *Door) filled(ctx context.Context, p access.Profile, st *flow.State, o Order, c *flow.Command) error {
	if len(o.Vars) == 0 && o.Out == nil {
		return nil
	}
	return d.deps.Tenant.Store.View(ctx, func(tx store.Tx) error {
		f, err := d.definition(ctx, tx, st)
		if err != nil {
			return err
		}
		if c.Vars, err = variables(f, o.Vars); err != nil {
			return err
		}
		if o.Out == nil || st.Incident == nil || f.Steps[st.Incident.Step] == nil { // the run itself refuses
			return nil
		}
		c.Step = st.Incident.Step
		c.Out, err = d.givenOut(ctx, tx, p, f.Steps[c.Step], o.Out)
		return err
	})
}

// definition is the version of its flow that a run has.
func (d *Door) definition(ctx context.Context, tx store.Tx, st *flow.State) (*catalog.Flow, error) {
	f, _, err := d.host.Flow(ctx, tx, st.Flow, st.Version)
	if err == nil && f == nil {
		err = errs.New(errs.DefinitionUnavailable, "the flow %s is not available any more", "自动化 %s 已不可用", st.Flow)
	}
	return f, err
}
