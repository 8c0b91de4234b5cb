package door

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/model"
	"github.com/tenon-platform/tenon/platform/audit"
	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/runtime/remote"
	"github.com/tenon-platform/tenon/workflow/connect"
	"github.com/tenon-platform/tenon/workflow/engine"
)

// pauses are those between attempts; after the last one a letter is dead.
var pauses = []time.Duration{time.Minute, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 12 * time.Hour}

const (
	// spread is the part of a pause that chance may take away.
	spread = 0.2
	// usualFailures is after how many days of nothing but failures a connection is switched off.
	usualFailures = 5
)

// disabledFault is what deliveries through a connection that is switched off end with.
const disabledFault = "DISABLED"

// deliver sends one letter. It is sent again when the process dies before the sending is noted: with the
// same ID, so that the receiver knows it.
func (d *Door) deliver(ctx context.Context, j engine.Job) (engine.Finish, error) {
	var id int64
	if err := json.Unmarshal(j.Payload, &id); err != nil {
		return nil, engine.Permanent(err)
	}
	var k kept
	var st state
	err := d.deps.Tenant.Store.View(ctx, func(tx store.Tx) (err error) {
		if k, err = d.delivery(ctx, tx, id); err == nil {
			st, err = d.state(ctx, tx, k.Connection)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	if k.ID == 0 || k.Status != pending {
		return nil, nil
	}
	c := d.deps.Tenant.Catalog().Connection(k.Connection)
	if c == nil || st.disabled {
		return d.end(k, remote.Attempt{Fault: disabledFault}), nil
	}
	if wait := d.take(c); wait > 0 {
		return nil, engine.Later(errRate, wait, nil)
	}
	receipt, err := d.call(ctx, c.Decl, func(ctx context.Context, x connect.Connector, call *connect.Call) (connect.Receipt, error) {
		return x.Send(ctx, call, k.message())
	})
	if err == nil {
		return func(ctx context.Context, tx store.Tx) error {
			if err := d.write(ctx, tx, k, delivered, time.Time{}, remote.Attempt{At: d.deps.Clock.Now(), Status: receipt.Status}); err != nil {
				return err
			}
			return d.works(ctx, tx, st)
		}, nil
	}
	var f *connect.Fault
	if !errors.As(err, &f) || f.Kind == connect.Cancelled { // the platform's own: the job is taken up again
		return nil, err
	}
	a := remote.Attempt{At: d.deps.Clock.Now(), Fault: string(f.Kind), Status: f.Status, Detail: f.Detail}
	if !f.Kind.Again() || k.Tries >= len(pauses) {
		return d.failed(c, st, d.end(k, a)), nil
	}
	wait := pauses[k.Tries]
	wait = max(wait-time.Duration(d.deps.Jitter()*spread*float64(wait)), f.After)
	return nil, engine.Later(err, wait, d.failed(c, st, func(ctx context.Context, tx store.Tx) error {
		return d.write(ctx, tx, k, pending, a.At.Add(wait), a)
	}))
}

var errRate = errors.New("connect: the connection is called as often as it allows")

// end gives a letter up.
func (d *Door) end(k kept, a remote.Attempt) engine.Finish {
	return func(ctx context.Context, tx store.Tx) error {
		if a.At.IsZero() {
			a.At = d.deps.Clock.Now()
		}
		return d.write(ctx, tx, k, dead, time.Time{}, a)
	}
}

// call speaks to another system. Faults have no secret in them.
func (d *Door) call(ctx context.Context, c *model.Connection, do func(context.Context, connect.Connector, *connect.Call) (connect.Receipt, error)) (connect.Receipt, error) {
	x := d.deps.Connectors[c.Type]
	if x == nil {
		return connect.Receipt{}, connect.Faultf(connect.Misconfigured, "there is no connector %s", c.Type)
	}
	v := &vault{Door: d}
	call := connect.NewCall(c, v, d.deps.Clock, d.deps.Options)
	defer call.Close()
	within, stop := call.Within(ctx)
	defer stop()
	receipt, err := do(within, x, call)
	var f *connect.Fault
	if errors.As(err, &f) {
		clean := *f
		clean.Detail = v.clean(f.Detail)
		return receipt, &clean
	}
	return receipt, err
}

// state is how a connection does.
type state struct {
	name            string
	disabled        bool
	failing, probed time.Time
	fault, detail   string
}

func readState(r driver.Rows) state {
	text := func(i int) string { return string(append([]byte(nil), r.Value(i).Text()...)) }
	s := state{name: text(1), failing: timeOf(r.Value(3)), probed: timeOf(r.Value(4))}
	s.disabled = !r.Value(2).IsNull() && r.Value(2).Bool()
	if !r.Value(5).IsNull() {
		s.fault = text(5)
	}
	if !r.Value(6).IsNull() {
		s.detail = text(6)
	}
	return s
}

func (d *Door) state(ctx context.Context, tx store.Tx, name string) (s state, err error) {
	s.name = name
	err = d.rows(ctx, tx, "state", func(r driver.Rows) { s = readState(r) }, value.Text(name))
	return s, err
}

// works notes that a call went well.
func (d *Door) works(ctx context.Context, tx store.Tx, s state) error {
	if s.failing.IsZero() {
		return nil
	}
	return d.put(ctx, tx, states, "state", s.name, []string{"failing"}, []value.Value{value.Null})
}

// failed notes that a call went wrong, and switches off what has failed for too long.
func (d *Door) failed(c *catalog.Connection, s state, then engine.Finish) engine.Finish {
	return func(ctx context.Context, tx store.Tx) error {
		if err := then(ctx, tx); err != nil {
			return err
		}
		now := d.deps.Clock.Now()
		if s.failing.IsZero() {
			return d.put(ctx, tx, states, "state", s.name, []string{"failing"}, []value.Value{value.Instant(now)})
		}
		if !d.longFailing(c, s) {
			return nil
		}
		if err := d.put(ctx, tx, states, "state", s.name, []string{"disabled"}, []value.Value{value.Bool(true)}); err != nil {
			return err
		}
		return d.note(ctx, tx, audit.ConnectionDisabled, s.name, map[string]any{"since": s.failing})
	}
}

// longFailing says whether a connection has failed for as long as it may.
func (d *Door) longFailing(c *catalog.Connection, s state) bool {
	days := c.Decl.Limits.Failures
	if days == 0 {
		days = usualFailures
	}
	return !s.failing.IsZero() && d.deps.Clock.Now().Sub(s.failing) >= time.Duration(days)*24*time.Hour
}

// rate is how many calls of a connection were made in a minute.
type rate struct {
	from time.Time
	n    int
}

// take counts a call; it says how long to wait where there were too many.
func (d *Door) take(c *catalog.Connection) time.Duration {
	most := c.Decl.Limits.Rate
	if most == 0 {
		return 0
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	r, now := d.rates[c.Name], d.deps.Clock.Now()
	if r == nil || now.Sub(r.from) >= time.Minute || now.Before(r.from) {
		r = &rate{from: now}
		d.rates[c.Name] = r
	}
	if r.n >= most {
		return time.Minute - now.Sub(r.from)
	}
	r.n++
	return 0
}
