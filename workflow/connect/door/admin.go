package door

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/platform/audit"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/runtime/remote"
	"github.com/tenon-platform/tenon/workflow/connect"
)

var _ remote.Admin = (*Door)(nil)

// Connections lists the connections and how they do.
func (d *Door) Connections(ctx context.Context) ([]remote.Connection, error) {
	known, set := map[string]state{}, map[string]bool{}
	err := d.deps.Tenant.Store.View(ctx, func(tx store.Tx) error {
		if err := d.rows(ctx, tx, "states", func(r driver.Rows) { s := readState(r); known[s.name] = s }); err != nil {
			return err
		}
		return d.rows(ctx, tx, "secrets", func(r driver.Rows) { set[strings.Clone(r.Value(0).Text())] = true })
	})
	if err != nil {
		return nil, err
	}
	out := []remote.Connection{}
	for _, c := range d.deps.Tenant.Catalog().Connections {
		s := known[c.Name]
		x := remote.Connection{Connection: c, Disabled: s.disabled, FailingSince: s.failing, ProbedAt: s.probed, ProbeOK: !s.probed.IsZero() && s.fault == "", ProbeFault: s.fault, ProbeDetail: s.detail,
			MissingKeys: []string{}}
		for _, name := range []string{c.Decl.Auth.Secret, c.Decl.Auth.Refresh} {
			if name != "" && !set[name] {
				x.MissingKeys = append(x.MissingKeys, name)
			}
		}
		out = append(out, x)
	}
	return out, nil
}

func (d *Door) named(name string) (*catalog.Connection, error) {
	if c := d.deps.Tenant.Catalog().Connection(name); c != nil {
		return c, nil
	}
	return nil, errs.New(errs.NotFound, "there is no connection %s", "没有连接 %s", name).On("name")
}

func (d *Door) shown(ctx context.Context, name string) (remote.Connection, error) {
	list, err := d.Connections(ctx)
	for _, c := range list {
		if c.Name == name {
			return c, nil
		}
	}
	return remote.Connection{}, errors.Join(err, errs.New(errs.NotFound, "there is no connection %s", "没有连接 %s", name))
}

// Probe calls another system without an effect.
func (d *Door) Probe(ctx context.Context, name string) (remote.Connection, error) {
	c, err := d.named(name)
	if err != nil {
		return remote.Connection{}, err
	}
	_, err = d.call(ctx, c.Decl, func(ctx context.Context, x connect.Connector, call *connect.Call) (connect.Receipt, error) {
		return connect.Receipt{}, x.Probe(ctx, call)
	})
	fault, detail := "", ""
	if err != nil {
		var f *connect.Fault
		if !errors.As(err, &f) || f.Kind == connect.Cancelled {
			return remote.Connection{}, err
		}
		fault, detail = string(f.Kind), f.Detail
	}
	err = d.deps.Tenant.Store.Update(ctx, func(tx store.Tx) error {
		return d.put(ctx, tx, states, "state", name, []string{"probed", "fault", "detail"}, []value.Value{value.Instant(d.deps.Clock.Now()), value.Text(fault), value.Text(detail)})
	})
	if err != nil {
		return remote.Connection{}, err
	}
	return d.shown(ctx, name)
}

// Enable switches a connection on or off.
func (d *Door) Enable(ctx context.Context, name string, on bool) (remote.Connection, error) {
	if _, err := d.named(name); err != nil {
		return remote.Connection{}, err
	}
	err := d.deps.Tenant.Store.Update(ctx, func(tx store.Tx) error {
		if err := d.put(ctx, tx, states, "state", name, []string{"disabled", "failing"}, []value.Value{value.Bool(!on), value.Null}); err != nil {
			return err
		}
		kind := audit.ConnectionDisabled
		if on {
			kind = audit.ConnectionEnabled
		}
		return d.note(ctx, tx, kind, name, nil)
	})
	if err != nil {
		return remote.Connection{}, err
	}
	return d.shown(ctx, name)
}

// maxPage is the most deliveries that one page has.
const maxPage = 500

// Deliveries lists deliveries, the newest first.
func (d *Door) Deliveries(ctx context.Context, f remote.Filter) (out []remote.Delivery, err error) {
	if f.First < 1 || f.First > maxPage {
		return nil, errs.New(errs.InvalidInput, "first is from 1 to %d", "first 须为 1 到 %d", maxPage).On("first")
	}
	q := &driver.Query{Table: deliveries, Order: []driver.Order{{Expr: col("id"), Desc: true}}, Limit: driver.Const{Value: value.Int(int64(f.First))}}
	for _, n := range deliveryColumns {
		q.Select = append(q.Select, col(n))
	}
	var where []driver.Expr
	var args []value.Value
	for _, x := range []struct{ name, v string }{{"connection", f.Connection}, {"status", f.Status}, {"record", f.Record}} {
		if x.v != "" {
			where = append(where, is(x.name, len(args)))
			args = append(args, value.Text(x.v))
		}
	}
	if f.Before > 0 {
		where = append(where, driver.Cmp{Op: driver.Lt, L: col("id"), R: driver.Param{N: len(args)}})
		args = append(args, value.Ref(f.Before))
	}
	if len(where) > 0 {
		q.Where = all(where...)
	}
	st, err := d.deps.Tenant.Store.Prepare(q)
	if err != nil {
		return nil, err
	}
	err = d.deps.Tenant.Store.View(ctx, func(tx store.Tx) error {
		out = []remote.Delivery{}
		rows, err := tx.Query(ctx, st, args)
		if err != nil {
			return err
		}
		for rows.Next() {
			k, bad := readDelivery(rows)
			err = errors.Join(err, bad)
			out = append(out, k.Delivery)
		}
		return errors.Join(err, rows.Err(), rows.Close())
	})
	return out, err
}

// Redeliver sends a letter once more, with all its attempts. The receiver gets the same id.
func (d *Door) Redeliver(ctx context.Context, id int64) (out remote.Delivery, err error) {
	err = d.deps.Tenant.Store.Update(ctx, func(tx store.Tx) error {
		k, err := d.delivery(ctx, tx, id)
		if err != nil {
			return err
		}
		if k.ID == 0 {
			return errs.New(errs.NotFound, "there is no delivery %d", "没有投递记录 %d", id).On("id")
		}
		now := d.deps.Clock.Now()
		if _, err := tx.Update(ctx, deliveries, id, []string{"status", "tries", "next", "ended"}, []value.Value{value.Text(pending), value.Int(0), value.Instant(now), value.Null}); err != nil {
			return err
		}
		if k.Status == pending {
			if _, err := d.svc.Hasten(ctx, tx, jobKey(id)); err != nil {
				return err
			}
		} else if err := d.queue(ctx, tx, id, ""); err != nil { // what came behind it is on its way already
			return err
		}
		k.Status, k.Tries, k.Next, k.Ended = pending, 0, now, time.Time{}
		out = k.Delivery
		return d.note(ctx, tx, audit.Redelivered, k.Message, map[string]any{"connection": k.Connection})
	})
	return out, err
}
