package door

import (
	"context"
	"errors"

	"github.com/tenon-platform/tenon/metadata/model"
	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/workflow/connect"
	"github.com/tenon-platform/tenon/workflow/engine"
)

// Call sends a message at once, and gives what the other system answers. request, if not nil, takes the
// place of the connection's own. The error is a *connect.Fault when it went wrong, a *connect.Busy when it
// was not sent because that would be too often. When to try again is the caller's.
func (d *Door) Call(ctx context.Context, name string, request *model.ConnectionRequest, m connect.Message) (connect.Receipt, error) {
	c := d.deps.Tenant.Catalog().Connection(name)
	if c == nil {
		return connect.Receipt{}, connect.Faultf(connect.Misconfigured, "there is no connection %s", name)
	}
	var st state
	err := d.deps.Tenant.Store.View(ctx, func(tx store.Tx) (err error) {
		st, err = d.state(ctx, tx, name)
		return err
	})
	switch {
	case err != nil:
		return connect.Receipt{}, err
	case st.disabled:
		return connect.Receipt{}, connect.Faultf(connect.Misconfigured, "the connection %s is switched off", name)
	}
	if wait := d.take(c); wait > 0 {
		return connect.Receipt{}, &connect.Busy{After: wait}
	}
	decl := c.Decl
	if request != nil {
		other := *decl
		other.Request = request
		decl = &other
	}
	receipt, err := d.call(ctx, decl, func(ctx context.Context, x connect.Connector, call *connect.Call) (connect.Receipt, error) {
		return x.Send(ctx, call, m)
	})
	var f *connect.Fault
	switch {
	case err == nil && !st.failing.IsZero():
		d.quietly(ctx, func(tx store.Tx) error { return d.works(ctx, tx, st) })
	case errors.As(err, &f) && f.Kind != connect.Cancelled && f.Kind != connect.Rejected: // which says that it works
		nothing := engine.Finish(func(context.Context, store.Tx) error { return nil })
		note := d.failed(c, st, nothing)
		if st.failing.IsZero() || d.longFailing(c, st) {
			d.quietly(ctx, func(tx store.Tx) error { return note(ctx, tx) })
		}
	}
	return receipt, err
}

// quietly notes how a connection does. What comes of a call does not depend on it.
func (d *Door) quietly(ctx context.Context, note func(tx store.Tx) error) {
	if err := d.deps.Tenant.Store.Update(ctx, note); err != nil && d.deps.Log != nil {
		d.deps.Log.Error("connections", "cause", err)
	}
}
