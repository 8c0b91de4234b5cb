package door

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/workflow/approval"
	"github.com/tenon-platform/tenon/workflow/approval/process"
)

// Hearing lists the instances about a record that wait for an event.
func (d *Door) Hearing(ctx context.Context, tx store.Tx, event, object, record string) ([]string, error) {
	found, err := d.svc.OfRecord(ctx, tx, object, record)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, i := range found {
		if i.Kind != process.Name || i.About.Over {
			continue
		}
		st := &approval.State{}
		if err := json.Unmarshal(i.State, st); err != nil {
			return nil, fmt.Errorf("read the state of %s: %w", i.Name, err)
		}
		for _, v := range st.Visits {
			if v.Status == approval.Active && v.Wakes == event {
				out = append(out, i.Name)
				break
			}
		}
	}
	return out, nil
}

// Hear tells those of an event about a record that wait for it, in the transaction in which it happens.
func (d *Door) Hear(ctx context.Context, tx store.Tx, event, object, record string) error {
	found, err := d.Hearing(ctx, tx, event, object, record)
	if err != nil {
		return err
	}
	for _, name := range found {
		if err := d.svc.Wake(ctx, tx, name, event); err != nil {
			return err
		}
	}
	return nil
}
