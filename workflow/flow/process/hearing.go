package process

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/platform/ident"
	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/workflow/engine"
	"github.com/tenon-platform/tenon/workflow/flow"
)

// maxExpecting is how many lanes that wait for an event are asked what it is expected to tell.
const maxExpecting = 100

// earQueries are what finds lanes: those that wait for an event, whatever record it is about or one, and those
// that wait for a change of a record.
func earQueries() map[string]*driver.Query {
	col := func(n string) driver.Expr { return driver.Col{Name: n} }
	is := func(n string, p int) driver.Expr {
		return driver.Cmp{Op: driver.Eq, L: col(n), R: driver.Param{N: p}}
	}
	pick := func(where driver.Expr) *driver.Query {
		return &driver.Query{Table: ears, Where: where, Order: []driver.Order{{Expr: col("id")}},
			Select: []driver.Expr{col("mark"), col("run"), col("lane"), col("user_id"), col("scope")}}
	}
	none := driver.Cmp{Op: driver.Eq, L: col("record"), R: driver.Const{Value: value.Text("")}}
	return map[string]*driver.Query{
		"expecting": {Table: ears, Where: is("event", 0), Select: []driver.Expr{col("run")}, Order: []driver.Order{{Expr: col("id")}}, Limit: driver.Const{Value: value.Int(maxExpecting)}},
		"event":     pick(driver.And{Args: []driver.Expr{is("event", 0), driver.Or{Args: []driver.Expr{none, is("record", 1)}}}}),
		"change":    pick(driver.And{Args: []driver.Expr{is("record", 0), driver.Cmp{Op: driver.Eq, L: col("event"), R: driver.Const{Value: value.Text("")}}}}),
	}
}

// prepareEars makes the queries ready.
func (s *Service) prepareEars(db *store.DB) error {
	s.ears = map[string]driver.Stmt{}
	for name, q := range earQueries() {
		st, err := db.Prepare(q)
		if err != nil {
			return fmt.Errorf("flow: prepare %s: %w", name, err)
		}
		s.ears[name] = st
	}
	return nil
}

// hear lets a lane hear in the transaction of its run. What it is told it takes in the name of who the run
// acts for.
func hear(f *catalog.Flow, st *flow.State, e flow.Effect) func(context.Context, store.Tx) error {
	user, scope := st.Actor(f), ""
	if f.Set.RunAs == "trigger_user" && st.Cause.Scope != nil {
		if raw, err := json.Marshal(st.Cause.Scope); err == nil {
			scope = string(raw)
		}
	}
	return func(ctx context.Context, tx store.Tx) error {
		id, err := tx.NextSequence(ctx, ears, 1)
		if err != nil {
			return err
		}
		return tx.Insert(ctx, ears, []string{"id", "mark", "event", "record", "run", "lane", "user_id", "scope"}, []value.Value{value.Ref(id), value.Text(e.Run), value.Text(e.Event), value.Text(e.Record),
			value.Text(st.ID), value.Int(int64(e.Lane)), value.Ref(user), value.Text(scope)})
	}
}

// deafen lets a lane hear no more.
func deafen(mark string) func(context.Context, store.Tx) error {
	return func(ctx context.Context, tx store.Tx) error {
		_, err := tx.DeleteWhere(ctx, ears, driver.Cmp{Op: driver.Eq, L: driver.Col{Name: "mark"}, R: driver.Param{N: 0}}, []value.Value{value.Text(mark)})
		return err
	}
}

// Tell tells the lanes that wait for an event, in the transaction in which it happens. once, if not "",
// names the telling: a run that has heard it does not hear it again.
func (s *Service) Tell(ctx context.Context, tx store.Tx, event, record, once string, data map[string]flow.Value) error {
	if data == nil {
		data = map[string]flow.Value{}
	}
	return s.tell(ctx, tx, "event", once, data, value.Text(event), value.Text(record))
}

// Changed tells the lanes that wait for a change of a record, in the transaction that changes it.
func (s *Service) Changed(ctx context.Context, tx store.Tx, record string) error {
	return s.tell(ctx, tx, "change", "", nil, value.Text(record))
}

// Expecting lists the runs that wait for an event.
func (s *Service) Expecting(ctx context.Context, tx store.Tx, event string) (out []string, err error) {
	rows, err := tx.Query(ctx, s.ears["expecting"], []value.Value{value.Text(event)})
	if err != nil {
		return nil, fmt.Errorf("flow: find who expects an event: %w", err)
	}
	for rows.Next() {
		if run := strings.Clone(rows.Value(0).Text()); !slices.Contains(out, run) {
			out = append(out, run)
		}
	}
	return out, errors.Join(rows.Err(), rows.Close())
}

func (s *Service) tell(ctx context.Context, tx store.Tx, which, once string, data map[string]flow.Value, args ...value.Value) error {
	var orders []order
	var bad error
	rows, err := tx.Query(ctx, s.ears[which], args)
	if err != nil {
		return fmt.Errorf("flow: find who hears: %w", err)
	}
	for rows.Next() {
		o := order{To: strings.Clone(rows.Value(1).Text()), User: rows.Value(3).Int(), Command: flow.Command{Kind: "heard", Awaits: strings.Clone(rows.Value(0).Text()), Lane: int(rows.Value(2).Int()), Key: once, Data: data}}
		if text := rows.Value(4).Text(); text != "" {
			o.Scope = &ident.Scope{}
			bad = errors.Join(bad, json.Unmarshal([]byte(text), o.Scope))
		}
		orders = append(orders, o)
	}
	if err := errors.Join(bad, rows.Err(), rows.Close()); err != nil {
		return fmt.Errorf("flow: find who hears: %w", err)
	}
	for _, o := range orders {
		raw, err := json.Marshal(o)
		if err != nil {
			return fmt.Errorf("flow: write a job: %w", err)
		}
		// Each telling has a job of its own: one that is in hand may have looked before this.
		if err := s.Enqueue(ctx, tx, engine.Job{Pool: Pool, Kind: "flow.command", At: s.Now(), Payload: raw}); err != nil {
			return err
		}
	}
	return nil
}
