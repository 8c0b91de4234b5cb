package door

import (
	"cmp"
	"context"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/platform/clock"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/workflow/flow/process"
)

// maxReason bounds what a person gives as a reason, in characters.
const maxReason = 1000

// Schedules tells administrators of all schedules, and how they stand.
func (d *Door) Schedules(ctx context.Context) ([]any, error) {
	if !callerOf(ctx).admin {
		return nil, errs.New(errs.Forbidden, "only administrators look after schedules", "只有管理员可以管理定时")
	}
	var standing map[string]process.Standing
	err := d.deps.Tenant.Store.View(ctx, func(tx store.Tx) (err error) {
		standing, err = d.svc.Standings(ctx, tx)
		return err
	})
	if err != nil {
		return nil, err
	}
	out := []any{}
	for _, f := range d.deps.Tenant.Catalog().Flows {
		if f.Trigger.Type == "schedule" {
			out = append(out, d.schedule(f, standing[f.Key]))
		}
	}
	return out, nil
}

// schedule shows one.
func (d *Door) schedule(f *catalog.Flow, x process.Standing) map[string]any {
	zone := cmp.Or(f.Trigger.Zone, d.deps.Tenant.Catalog().Zone)
	out := map[string]any{"flow": f.Key, "cron": f.Trigger.Cron, "zone": zone, "next": nil, "failures": x.Failures, "paused": x.Paused, "since": nil, "run": or(x.Run)}
	if !x.Since.IsZero() {
		out["since"] = moment(x.Since)
	}
	c, err := clock.ParseCron(f.Trigger.Cron)
	at, err2 := time.LoadLocation(zone)
	if err == nil && err2 == nil && !x.Paused {
		if next, _ := c.Next(d.deps.Clock.Now(), at); !next.IsZero() {
			out["next"] = moment(next)
		}
	}
	return out
}

// PauseSchedule lets a schedule start no run, or go on, and shows it.
func (d *Door) PauseSchedule(ctx context.Context, key, reason string, paused bool) (map[string]any, error) {
	who := callerOf(ctx)
	if !who.admin {
		return nil, errs.New(errs.Forbidden, "only administrators look after schedules", "只有管理员可以管理定时")
	}
	if strings.TrimSpace(reason) == "" || utf8.RuneCountInString(reason) > maxReason {
		return nil, errs.New(errs.InvalidInput, "say why, in at most 1000 characters", "请说明原因，最多 1000 个字符").On("reason")
	}
	f := d.deps.Tenant.Catalog().Flow(key)
	if f == nil || f.Trigger.Type != "schedule" {
		return nil, errs.New(errs.NotFound, "there is no flow %s with a schedule", "没有定时的自动化 %s", key)
	}
	var standing map[string]process.Standing
	ctx = d.background(ctx)
	err := d.deps.Tenant.Store.Update(ctx, func(tx store.Tx) (err error) {
		if err = d.svc.Pause(ctx, tx, key, paused, reason, who.user); err == nil {
			standing, err = d.svc.Standings(ctx, tx)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return d.schedule(f, standing[key]), nil
}
