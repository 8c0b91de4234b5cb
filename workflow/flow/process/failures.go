package process

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/workflow/flow"
)

// failures are the runs that stand failed with an incident, by what they failed of. They come and go in the
// transactions of their runs.
const failures = "_wf_flow_failure"

func failureTable() driver.Table {
	text := func(n string) driver.Column { return driver.Column{Name: n, Type: driver.Text} }
	index := func(name string, unique bool, col string) driver.Index {
		return driver.Index{Name: failures + "_" + name, Unique: unique, Columns: []driver.IndexColumn{{Column: col}}}
	}
	return driver.Table{Name: failures, Columns: []driver.Column{text("run"), text("signature"), text("flow"), {Name: "at", Type: driver.DateTime}},
		Indexes: []driver.Index{index("run", true, "run"), index("signature", false, "signature"), index("flow", false, "flow")}}
}

func where(col, v string) driver.Expr {
	return driver.Cmp{Op: driver.Eq, L: driver.Col{Name: col}, R: driver.Const{Value: value.Text(v)}}
}

// failing keeps the row of a run whose incident has come, gone or changed; nil: it has not.
func failing(was, st *flow.State, now time.Time) func(context.Context, store.Tx) error {
	before, after := "", st.Signature()
	if was != nil {
		before = was.Signature()
	}
	if before == after {
		return nil
	}
	return func(ctx context.Context, tx store.Tx) error {
		if before != "" {
			if _, err := tx.DeleteWhere(ctx, failures, where("run", st.ID), nil); err != nil {
				return err
			}
		}
		if after == "" {
			return nil
		}
		id, err := tx.NextSequence(ctx, failures, 1)
		if err != nil {
			return err
		}
		return tx.Insert(ctx, failures, []string{"id", "run", "signature", "flow", "at"}, []value.Value{value.Ref(id), value.Text(st.ID), value.Text(after), value.Text(st.Flow), value.Instant(now)})
	}
}

// Failures are runs that failed of the same.
type Failures struct {
	Signature   string
	Count       int64
	First, Last time.Time
}

// Failures lists what runs stand failed of, most first; flow "": of every flow.
func (s *Service) Failures(ctx context.Context, tx store.Tx, key string, limit int) ([]Failures, error) {
	at := driver.Col{Name: "at"}
	q := &driver.Query{Table: failures, Group: []driver.Expr{driver.Col{Name: "signature"}}, Aggs: []driver.Agg{{Func: driver.Count}, {Func: driver.Min, Expr: at}, {Func: driver.Max, Expr: at}},
		Order: []driver.Order{{Expr: driver.Output{N: 1}, Desc: true}, {Expr: driver.Output{N: 0}}}, Limit: driver.Const{Value: value.Int(int64(limit))}}
	if key != "" {
		q.Where = where("flow", key)
	}
	var out []Failures
	err := s.read(ctx, tx, q, func(rows driver.Rows) {
		out = append(out, Failures{strings.Clone(rows.Value(0).Text()), rows.Value(1).Int(), rows.Value(2).AsTime(), rows.Value(3).AsTime()})
	})
	return out, err
}

// FailedOf lists runs that stand failed of the same, those first that have longest; or those last, newest first.
func (s *Service) FailedOf(ctx context.Context, tx store.Tx, signature string, newest bool, limit int) ([]string, error) {
	q := &driver.Query{Table: failures, Select: []driver.Expr{driver.Col{Name: "run"}}, Where: where("signature", signature),
		Order: []driver.Order{{Expr: driver.Col{Name: "id"}, Desc: newest}}, Limit: driver.Const{Value: value.Int(int64(limit))}}
	out := []string{}
	err := s.read(ctx, tx, q, func(rows driver.Rows) { out = append(out, strings.Clone(rows.Value(0).Text())) })
	return out, err
}

// CountOf counts the runs that stand failed of the same.
func (s *Service) CountOf(ctx context.Context, tx store.Tx, signature string) (n int64, err error) {
	q := &driver.Query{Table: failures, Where: where("signature", signature), Aggs: []driver.Agg{{Func: driver.Count}}}
	err = s.read(ctx, tx, q, func(rows driver.Rows) { n = rows.Value(0).Int() })
	return n, err
}

func (s *Service) read(ctx context.Context, tx store.Tx, q *driver.Query, each func(driver.Rows)) error {
	st, err := s.db.Prepare(q)
	if err != nil {
		return fmt.Errorf("flow: read failures: %w", err)
	}
	rows, err := tx.Query(ctx, st, nil)
	if err != nil {
		return fmt.Errorf("flow: read failures: %w", err)
	}
	for rows.Next() {
		each(rows)
	}
	return errors.Join(rows.Err(), rows.Close())
}
