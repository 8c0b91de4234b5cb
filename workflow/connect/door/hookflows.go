package door

import (
	"context"
	"strings"
	"time"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
)

// maxAnswer is how long a sender waits for the outcome of a run.
const maxAnswer = 10 * time.Second

// run starts the flows of a hook, and notes that the message has come, in one transaction.
func (d *Door) run(ctx context.Context, h *catalog.Hook, o opened, id string, doc any) (*Heard, error) {
	if d.flows == nil {
		return nil, errs.New(errs.Unavailable, "automations are not run here", "此处不运行自动化")
	}
	told := map[string]any{}
	for name, path := range h.Decl.Set {
		if v, ok := at(doc, path); ok {
			told[name] = v
		}
	}
	out := &Heard{}
	err := d.deps.Tenant.Store.Update(ctx, func(tx store.Tx) error {
		there := false
		if err := d.rows(ctx, tx, "heard", func(driver.Rows) { there = true }, value.Text(h.Name), value.Text(id)); err != nil {
			return err
		}
		if there {
			return errHeard
		}
		runs, err := d.flows.Take(ctx, tx, h.Name, id, told, o.user)
		if err != nil {
			return err
		}
		out.Runs = append([]string{}, runs...)
		return d.remember(ctx, tx, h, o, id, strings.Join(runs, " "))
	})
	return out, err
}

// remember notes that a message has come, and what came of it.
func (d *Door) remember(ctx context.Context, tx store.Tx, h *catalog.Hook, o opened, id, what string) error {
	row, err := tx.NextSequence(ctx, heard, 1)
	if err != nil {
		return err
	}
	now := value.Instant(d.deps.Clock.Now())
	if err := tx.Insert(ctx, heard, []string{"id", "hook", "message", "record", "at"}, []value.Value{value.Ref(row), value.Text(h.Name), value.Text(id), value.Text(what), now}); err != nil {
		return err
	}
	if o.id == 0 { // a case tells it
		return nil
	}
	_, err = tx.Update(ctx, hooks, o.id, []string{"used"}, []value.Value{now})
	return err
}

// outcome waits for the end of a run whose flow answers with it. A sender that would wait too long hears that
// the run goes on.
func (d *Door) outcome(ctx context.Context, out *Heard) error {
	late := time.NewTimer(maxAnswer)
	defer late.Stop()
	for _, run := range out.Runs {
		for {
			changed := d.flows.Moved() // before looking, so that nothing is missed
			ended, waits, err := d.flows.Ended(ctx, run)
			if err != nil {
				return err
			}
			if ended != nil {
				out.Outcome = ended
				return nil
			}
			if !waits {
				break
			}
			select {
			case <-changed:
			case <-time.After(turn):
			case <-late.C:
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		}
	}
	return nil
}
