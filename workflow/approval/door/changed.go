package door

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/ident"
	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/runtime/record"
	"github.com/tenon-platform/tenon/workflow/approval"
	"github.com/tenon-platform/tenon/workflow/approval/process"
	"github.com/tenon-platform/tenon/workflow/engine"
)

// changed tells the running instances of records that callers have edited or deleted, in the
// transaction of the edit; what one of them refuses does not happen.
func (d *Door) changed(ctx context.Context, tx store.Tx, changes []record.Change) error {
	for _, c := range changes {
		for _, follow := range []func(context.Context, store.Tx, record.Change) error{d.left, d.moved} {
			if err := follow(ctx, tx, c); err != nil {
				return err
			}
		}
		kind := "recordChanged"
		switch c.Verb {
		case "delete":
			kind = "recordDeleted"
		case "create", "restore", "purge":
			continue
		}
		if ok, err := d.host.Concerns(ctx, tx, c.Object.Name); err != nil || !ok {
			if err != nil {
				return err
			}
			continue
		}
		found, err := d.svc.OfRecord(ctx, tx, c.Object.Name, fmt.Sprintf("%s_%d", c.Object.IDPrefix, c.ID))
		if err != nil {
			return err
		}
		for _, i := range found {
			if i.About.Over {
				continue
			}
			if err := d.tell(ctx, tx, i.Name, kind, c.Fields); err != nil {
				return err
			}
		}
	}
	return nil
}

// left tells the instances in which somebody has a task that this person may no longer be asked.
func (d *Door) left(ctx context.Context, tx store.Tx, c record.Change) error {
	if c.Object.Serves != catalog.ServesUser || c.Verb != "delete" && !slices.Contains(c.Fields, "status") {
		return nil
	}
	user := strconv.FormatInt(c.ID, 10)
	names, err := d.svc.Waiting(ctx, tx, user)
	if err != nil || len(names) == 0 {
		return err
	}
	for _, name := range names {
		st, err := d.svc.StateIn(ctx, tx, name)
		if err != nil {
			return err
		}
		world, err := d.host.Around(ctx, tx, st)
		if err != nil {
			return err
		}
		if world.Active(user) {
			return world.Err()
		}
		raw, err := json.Marshal(approval.Command{Kind: "userLeft", Actor: approval.System, User: user})
		if err != nil {
			return err
		}
		if err := d.svc.Command(process.Name, name, raw, nil)(ctx, tx); err != nil {
			return err
		}
	}
	return nil
}

// moved lets running instances follow, as jobs, what they count time and find people by: calendars,
// and, where a node asks for it, who has which role or is in which team.
func (d *Door) moved(ctx context.Context, tx store.Tx, c record.Change) error {
	command, concerned := approval.Command{Actor: approval.System}, (*approval.Definition).Timed
	switch c.Object.Serves {
	case catalog.ServesCalendar, catalog.ServesCalendarException:
		command.Kind = "recompute"
	case catalog.ServesRoleAssignment, catalog.ServesTeamMember:
		command.Kind, concerned = "orgChanged", (*approval.Definition).Reresolves
	default:
		return nil
	}
	running, err := d.svc.Running(ctx, tx)
	if err != nil {
		return err
	}
	for _, i := range running {
		def, err := d.host.Definition(ctx, tx, i.Process, i.Version)
		if err != nil {
			return err
		}
		if def == nil || !concerned(def) {
			continue
		}
		if err := d.svc.Later(ctx, tx, i.Name, command); err != nil {
			return err
		}
	}
	return nil
}

func (d *Door) tell(ctx context.Context, tx store.Tx, instance, kind string, fields []string) error {
	who := callerOf(ctx, nil)
	actor := who.actor(false)
	if who.user == "" {
		actor = approval.Actor{Type: "api", ID: who.name}
	}
	if caller, ok := ident.From(ctx); !ok || caller.Principal.Name == ident.System(d.tenant.Name).Principal.Name && who.user == "" {
		actor = approval.System
	}
	raw, err := json.Marshal(approval.Command{Kind: kind, Actor: actor, Fields: fields})
	if err != nil {
		return err
	}
	return d.svc.Command(process.Name, instance, raw, func(refused *errs.Error) engine.Finish {
		return func(context.Context, store.Tx) error { return refused }
	})(ctx, tx)
}
