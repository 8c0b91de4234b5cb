package process

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/workflow/engine"
	"github.com/tenon-platform/tenon/workflow/flow"
)

// Limits of a cascade: of all runs that one run has caused, itself among them, whoever causes whom.
const (
	MaxRuns   = 1000
	MaxWrites = 10_000
)

// Cascade is what the runs of a cascade have used up together.
type Cascade struct {
	id     int64
	Root   string
	Runs   int
	Writes int
}

// bill is what one command of a run adds to its cascade. A run that has caused no other keeps the count itself,
// in its state, which is stored anyway; from the first that it causes on, all count in one row.
type bill struct {
	svc    *Service
	root   string
	alone  bool    // no row is there yet
	read   bool    // the row is known
	before Cascade // the command
	writes int
	runs   int
}

type billKey struct{}

// billed begins the bill of a command; st is the run before it, and belongs to the cascade of a root.
func (s *Service) billed(ctx context.Context, st *flow.State, root string) (context.Context, *bill) {
	b := &bill{svc: s, root: root, before: Cascade{Root: root, Runs: 1, Writes: st.Writes}, alone: root == st.ID && !st.Causes}
	return context.WithValue(ctx, billKey{}, b), b
}

// Wrote tells that records were written, by the command whose context it is, if any.
func Wrote(ctx context.Context, records int) {
	if b, _ := ctx.Value(billKey{}).(*bill); b != nil {
		b.writes += records
	}
}

// Causes notes that the command whose context it is causes one more run. When the cascade has had as many as it
// may, it gives what is to be told in place of the run; none is counted then.
func Causes(ctx context.Context, tx store.Tx) (refused *flow.Command, err error) {
	b, _ := ctx.Value(billKey{}).(*bill)
	if b == nil {
		return nil, nil
	}
	if err := b.find(ctx, tx); err != nil {
		return nil, err
	}
	if b.before.Runs+b.runs >= MaxRuns {
		return &flow.Command{Status: flow.Failed, Reason: string(flow.CascadeBudget), Text: diag.Textf("one cause has had %d runs follow from it", "同一起因引发的运行已达 %d 次", MaxRuns)}, nil
	}
	b.runs++
	return nil, nil
}

// find reads the row, where there may be one.
func (b *bill) find(ctx context.Context, tx store.Tx) error {
	if b.alone || b.read {
		return nil
	}
	found, err := cascades(ctx, tx, b.svc.cascade, value.Text(b.root))
	if x, there := found[b.root]; there {
		b.before = x
	}
	b.read = err == nil
	return err
}

// settle adds the bill to what the cascade has used up, and to the state behind the command. A step that would
// write too much is refused.
func (b *bill) settle(ctx context.Context, tx store.Tx, st *flow.State) error {
	if b.writes == 0 && b.runs == 0 {
		return nil
	}
	if err := b.find(ctx, tx); err != nil {
		return err
	}
	now := b.before
	now.Writes += b.writes
	now.Runs += b.runs
	if b.writes > 0 && now.Writes > MaxWrites && st.Status != flow.Compensating { // what undoes is let through
		return engine.Undo(errs.New(flow.CascadeBudget, "all that follows from one cause writes at most %d records", "同一起因引发的写入最多 %d 条记录", MaxWrites).With("limit", MaxWrites))
	}
	if st.Writes += b.writes; b.alone && b.runs == 0 {
		return nil
	}
	st.Causes = st.Causes || b.root == st.ID
	return now.keep(ctx, tx)
}

// keep stores what a cascade has used up.
func (c Cascade) keep(ctx context.Context, tx store.Tx) (err error) {
	names, vals := []string{"runs", "writes"}, []value.Value{value.Int(int64(c.Runs)), value.Int(int64(c.Writes))}
	if c.id != 0 {
		_, err = tx.Update(ctx, cascadeTable, c.id, names, vals)
		return err
	}
	if c.id, err = tx.NextSequence(ctx, cascadeTable, 1); err != nil {
		return err
	}
	return tx.Insert(ctx, cascadeTable, append([]string{"id", "root"}, names...), append([]value.Value{value.Ref(c.id), value.Text(c.Root)}, vals...))
}

// cascadeQuery reads what cascades have used up: one by its root, or all.
func cascadeQuery(one bool) *driver.Query {
	col := func(n string) driver.Expr { return driver.Col{Name: n} }
	q := &driver.Query{Table: cascadeTable, Select: []driver.Expr{col("id"), col("root"), col("runs"), col("writes")}, Order: []driver.Order{{Expr: col("id")}}}
	if one {
		q.Where = driver.Cmp{Op: driver.Eq, L: col("root"), R: driver.Param{N: 0}}
	}
	return q
}

// prepareCascades makes the query ready.
func (s *Service) prepareCascades(db *store.DB) (err error) {
	if s.cascade, err = db.Prepare(cascadeQuery(true)); err != nil {
		return fmt.Errorf("flow: prepare what cascades have used up: %w", err)
	}
	return nil
}

func cascades(ctx context.Context, tx store.Tx, which driver.Stmt, args ...value.Value) (map[string]Cascade, error) {
	rows, err := tx.Query(ctx, which, args)
	if err != nil {
		return nil, fmt.Errorf("flow: read what cascades have used up: %w", err)
	}
	out := map[string]Cascade{}
	for rows.Next() {
		x := Cascade{id: rows.Value(0).Int(), Root: strings.Clone(rows.Value(1).Text()), Runs: int(rows.Value(2).Int()), Writes: int(rows.Value(3).Int())}
		out[x.Root] = x
	}
	return out, errors.Join(rows.Err(), rows.Close())
}

// ReadCascades reads what all cascades of more than one run have used up, for those who check it.
func ReadCascades(ctx context.Context, db *store.DB) (out map[string]Cascade, err error) {
	st, err := db.Prepare(cascadeQuery(false))
	if err != nil {
		return nil, fmt.Errorf("flow: read what cascades have used up: %w", err)
	}
	err = db.View(ctx, func(tx store.Tx) error {
		out, err = cascades(ctx, tx, st)
		return err
	})
	return out, err
}
