package door

import (
	"context"
	"encoding/json"
	"fmt"

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
		kind := "recordChanged"
		switch c.Verb {
		case "delete":
			kind = "recordDeleted"
		case "restore", "purge":
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
