package record

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/ident"
	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
)

const (
	onceTable = "_once"
	// OnceFor is how long the answer of a keyed write is kept.
	OnceFor = 24 * time.Hour
	// maxOnceKey bounds a key, in characters; onceSweep is after how many keyed writes the answers
	// that are too old are removed.
	maxOnceKey = 200
	onceSweep  = 256
)

// Once makes a write of one caller happen once: repeating it gives the first answer again.
type Once struct {
	Key    string
	Digest string // of all that was asked for; the same key with another digest is refused
	// Answer is what is to be answered again. It runs inside the transaction, after Options.After.
	Answer func([]Result) (string, error)
}

// Replayed is the error of a write that has happened before: this is its answer.
type Replayed struct{ Answer string }

func (r *Replayed) Error() string { return "record: this write has happened before" }

func onceSystemTable() driver.Table {
	return driver.Table{Name: onceTable, Columns: []driver.Column{
		{Name: "caller", Type: driver.Int}, // 0: the system
		{Name: "key", Type: driver.Text},
		{Name: "digest", Type: driver.Text},
		{Name: "answer", Type: driver.Text},
		{Name: "at", Type: driver.DateTime},
	}, Indexes: []driver.Index{{Name: "_once_key", Unique: true, Columns: []driver.IndexColumn{{Column: "caller"}, {Column: "key"}}}}}
}

func (o *Once) check() error {
	if n := utf8.RuneCountInString(o.Key); n == 0 || n > maxOnceKey || strings.ContainsFunc(o.Key, unicode.IsControl) {
		return errs.New(errs.InvalidInput, "an idempotency key has 1 to %d characters and no control characters", "幂等键须为 1 到 %d 个字符，且不含控制字符", maxOnceKey).On("idempotencyKey")
	}
	return nil
}

// recall looks for the answer of an earlier write: a *Replayed error, or that the key is used for
// something else.
func (s *Service) recall(ctx context.Context, tx store.Tx, p *plans, o *Once) error {
	col := func(n string) driver.Expr { return driver.Col{Name: n} }
	st, err := p.stmt("once", func() *driver.Query {
		return &driver.Query{Table: onceTable, Select: []driver.Expr{col("id"), col("digest"), col("answer"), col("at")},
			Where: driver.And{Args: []driver.Expr{eq(col("caller"), driver.Param{N: 0}), eq(col("key"), driver.Param{N: 1})}}}
	})
	if err != nil {
		return err
	}
	rows, err := tx.Query(ctx, st, []value.Value{value.Int(callerID(ctx)), value.Text(o.Key)})
	if err != nil {
		return err
	}
	var id int64
	var digest, answer string
	var at time.Time
	found := rows.Next()
	if found {
		id, digest, answer, at = rows.Value(0).Int(), strings.Clone(rows.Value(1).Text()), strings.Clone(rows.Value(2).Text()), rows.Value(3).AsTime()
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil || !found {
		return err
	}
	switch {
	case s.deps.Clock.Now().Sub(at) > OnceFor:
		_, err := tx.Delete(ctx, onceTable, id)
		return err
	case digest != o.Digest:
		return errs.New(errs.KeyReused, "the idempotency key was used for another request", "该幂等键已用于另一个请求").On("idempotencyKey")
	}
	return &Replayed{answer}
}

// remember keeps the answer with the write itself.
func (s *Service) remember(ctx context.Context, tx store.Tx, o *Once, results []Result) error {
	answer, err := o.Answer(results)
	if err != nil {
		return err
	}
	now := s.deps.Clock.Now()
	id, err := tx.NextSequence(ctx, onceTable, 1)
	if err != nil {
		return err
	}
	if id%onceSweep == 0 {
		old := driver.Cmp{Op: driver.Lt, L: driver.Col{Name: "at"}, R: driver.Param{N: 0}}
		if _, err := tx.DeleteWhere(ctx, onceTable, old, []value.Value{value.Instant(now.Add(-OnceFor))}); err != nil {
			return err
		}
	}
	return tx.Insert(ctx, onceTable, []string{"id", "caller", "key", "digest", "answer", "at"}, []value.Value{
		value.Ref(id), value.Int(callerID(ctx)), value.Text(o.Key), value.Text(o.Digest), value.Text(answer), value.Instant(now)})
}

func callerID(ctx context.Context) int64 {
	c, _ := ident.From(ctx)
	return c.Principal.UserID
}

// ofRow is the key of one row of a batch whose rows succeed or fail by themselves: a repeated
// batch does not write the rows again that an earlier, cut-off one has written.
func (o *Once) ofRow(i int) *Once {
	return &Once{Key: fmt.Sprintf("%s\x00%d", o.Key, i), Digest: o.Digest, Answer: func(rs []Result) (string, error) {
		b, err := json.Marshal(savedResult{rs[0].ID, rs[0].Version, rs[0].Created, rs[0].Warnings})
		return string(b), err
	}}
}

type savedResult struct {
	ID       int64
	Version  int64
	Created  bool
	Warnings []Warning
}

func restoreResult(answer string) (Result, error) {
	var s savedResult
	if err := json.Unmarshal([]byte(answer), &s); err != nil {
		return Result{}, fmt.Errorf("read the answer of an earlier write: %w", err)
	}
	return Result{ID: s.ID, Version: s.Version, Created: s.Created, Warnings: s.Warnings}, nil
}
