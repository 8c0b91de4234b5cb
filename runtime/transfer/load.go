package transfer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/runtime/access"
	"github.com/tenon-platform/tenon/runtime/live"
	"github.com/tenon-platform/tenon/runtime/record"
)

const (
	loadTable = "_load"
	// batchSize is how many rows one transaction writes, maxFailures how many bad rows are told.
	batchSize   = 1000
	maxFailures = 100
)

// SystemTables are the tables that this package keeps in every tenant's store.
func SystemTables() []driver.Table {
	return append(jobTables(), driver.Table{Name: loadTable, Columns: []driver.Column{
		{Name: "key", Type: driver.Text},
		{Name: "rows", Type: driver.Int}, // committed so far
		{Name: "failed", Type: driver.Int},
	}, Indexes: []driver.Index{{Name: "_load_key", Unique: true, Columns: []driver.IndexColumn{{Column: "key"}}}}})
}

// Options of a load.
type Options struct {
	Object string
	Format string   // csv or jsonl
	Upsert []string // fields of the unique key to upsert by; none: create
	// Key names the load, e.g. the digest of its file: a load that was cut off is resumed after
	// the rows already committed. "" loads from the start.
	Key string
	// Progress is told the number of rows done after every batch; may be nil.
	Progress func(rows int64)
}

// Summary is the outcome of a load.
type Summary struct {
	Rows     int64     `json:"rows"`    // written
	Skipped  int64     `json:"skipped"` // committed by an earlier, cut-off run
	Failed   int64     `json:"failed"`
	Failures []Failure `json:"failures,omitempty"` // the first of them
}

// Failure is one bad row.
type Failure struct {
	Line    int       `json:"line"`
	Code    errs.Code `json:"code"`
	Field   string    `json:"field,omitempty"`
	Message diag.Text `json:"message"`
}

// Load reads rows and writes them in batches. Columns are field names, GraphQL or metadata ones;
// "id" gives records their id, "account_id.external_id" refers by a unique key. Bad rows are reported and left out; the others are written.
func Load(ctx context.Context, t *live.Tenant, w record.Writer, r io.Reader, opt Options) (*Summary, error) {
	l := &loader{tenant: t, w: w, opt: opt, sum: &Summary{}}
	if err := l.prepare(ctx); err != nil {
		return nil, err
	}
	rows, err := newRowReader(r, opt.Format)
	if err != nil {
		return nil, err
	}
	for {
		ops, lines, err := l.read(rows)
		if err != nil {
			return l.sum, err
		}
		if len(ops) == 0 {
			return l.sum, nil
		}
		if err := l.write(ctx, ops, lines); err != nil {
			return l.sum, err
		}
	}
}

type loader struct {
	tenant *live.Tenant
	w      record.Writer
	opt    Options
	sum    *Summary
	done   int64 // rows read and settled, over all runs
	skip   int64
}

func (l *loader) object() (*catalog.Object, error) {
	o := l.tenant.Catalog().Object(l.opt.Object)
	if o == nil {
		return nil, errs.New(errs.NotFound, "there is no object %s", "没有对象 %s", l.opt.Object)
	}
	return o, nil
}

// prepare finds how far an earlier run came.
func (l *loader) prepare(ctx context.Context) error {
	if _, err := l.object(); err != nil {
		return err
	}
	if l.opt.Key == "" {
		return nil
	}
	st, err := l.tenant.Store.Prepare(&driver.Query{Table: loadTable, Select: []driver.Expr{driver.Col{Name: "rows"}, driver.Col{Name: "failed"}},
		Where: driver.Cmp{Op: driver.Eq, L: driver.Col{Name: "key"}, R: driver.Param{N: 0}}})
	if err != nil {
		return fmt.Errorf("find the load: %w", err)
	}
	return l.tenant.Store.View(ctx, func(tx store.Tx) error {
		rows, err := tx.Query(ctx, st, []value.Value{value.Text(l.opt.Key)})
		if err != nil {
			return err
		}
		if rows.Next() {
			l.skip, l.sum.Failed = rows.Value(0).Int(), rows.Value(1).Int()
		}
		return errors.Join(rows.Err(), rows.Close())
	})
}

// read gathers the next batch of operations with their line numbers.
func (l *loader) read(rows rowReader) (ops []record.Op, lines []int, err error) {
	o, err := l.object()
	if err != nil {
		return nil, nil, err
	}
	for len(ops) < batchSize {
		row, line, err := rows.next()
		if errors.Is(err, io.EOF) {
			return ops, lines, nil
		}
		if err != nil {
			return nil, nil, err
		}
		if l.done < l.skip {
			l.done++
			l.sum.Skipped++
			continue
		}
		op, err := l.op(o, row)
		if err != nil {
			l.done++
			l.fail(line, errs.From(err))
			continue
		}
		ops, lines = append(ops, op), append(lines, line)
	}
	return ops, lines, nil
}

func (l *loader) op(o *catalog.Object, row map[string]any) (record.Op, error) {
	op := record.Op{Verb: record.Create, Object: o, Input: make(map[string]any, len(row))}
	for k, v := range row {
		if k == catalog.ID {
			id, err := parseID(o, v)
			if err != nil {
				return op, err
			}
			op.ID = id
			continue
		}
		if ref, key, ok := strings.Cut(k, "."); ok {
			connect(o, op.Input, ref, key, v)
			continue
		}
		if f := o.Field(k); f != nil {
			k = f.APIName
		}
		op.Input[k] = v
	}
	if len(l.opt.Upsert) == 0 {
		return op, nil
	}
	op.Verb, op.Key = record.Upsert, map[string]any{}
	for _, k := range l.opt.Upsert {
		if f := o.Field(k); f != nil {
			k = f.APIName
		}
		op.Key[k] = op.Input[k]
		delete(op.Input, k)
	}
	return op, nil
}

// connect refers to a record by one field of its unique key: the column "account_id.external_id"
// links the account with that external id. An empty cell links nothing.
func connect(o *catalog.Object, in map[string]any, ref, key string, v any) {
	if f := o.Field(ref); f != nil && f.Ref != nil && !f.Ref.Many && !f.Ref.Polymorphic {
		ref = f.RelName
		if kf := f.Ref.Target().Field(key); kf != nil {
			key = kf.APIName
		}
	}
	if v == nil {
		return
	}
	if nested, ok := in[ref].(map[string]any); ok {
		nested["connect"].(map[string]any)[key] = v
		return
	}
	in[ref] = map[string]any{"connect": map[string]any{key: v}}
}

func parseID(o *catalog.Object, v any) (int64, error) {
	if v == nil {
		return 0, nil
	}
	s := strings.TrimPrefix(fmt.Sprint(v), o.IDPrefix+"_")
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n <= 0 {
		return 0, errs.New(errs.InvalidInput, "%v is no id of %s", "%v 不是 %s 的编号", v, o.Name).On(catalog.ID)
	}
	return n, nil
}

// write commits one batch; a batch with a bad row is written again row by row.
func (l *loader) write(ctx context.Context, ops []record.Op, lines []int) error {
	done := l.done + int64(len(ops))
	_, err := l.w.Write(ctx, access.Everything, ops, record.Options{Atomic: true, Loader: true, After: l.mark(ctx, done, 0)})
	switch {
	case errors.Is(err, record.ErrCatalogMoved):
		return l.rebind(ctx, ops, lines)
	case err == nil:
		l.done = done
		l.sum.Rows += int64(len(ops))
	case errs.From(err).Code == errs.Internal || errs.From(err).Code == errs.Unavailable:
		return err
	default:
		if err := l.writeSingly(ctx, ops, lines); err != nil {
			return err
		}
	}
	if l.opt.Progress != nil {
		l.opt.Progress(l.done)
	}
	return nil
}

// rebind writes a batch again under the catalogue that a publish has just made active.
func (l *loader) rebind(ctx context.Context, ops []record.Op, lines []int) error {
	o, err := l.object()
	if err != nil {
		return err
	}
	for i := range ops {
		ops[i].Object = o
	}
	return l.write(ctx, ops, lines)
}

func (l *loader) writeSingly(ctx context.Context, ops []record.Op, lines []int) error {
	for i := range ops {
		_, err := l.w.Write(ctx, access.Everything, ops[i:i+1], record.Options{Atomic: true, Loader: true, After: l.mark(ctx, l.done+1, 0)})
		if errors.Is(err, record.ErrCatalogMoved) {
			return l.rebind(ctx, ops[i:], lines[i:])
		}
		l.done++
		if err == nil {
			l.sum.Rows++
			continue
		}
		e := errs.From(err)
		if e.Code == errs.Internal || e.Code == errs.Unavailable {
			return err
		}
		l.fail(lines[i], e)
	}
	// The last rows may have failed, and then no transaction has marked them as settled.
	if mark := l.mark(ctx, l.done, l.sum.Failed); mark != nil {
		return l.tenant.Store.Update(ctx, func(tx store.Tx) error { return mark(tx, nil) })
	}
	return nil
}

func (l *loader) fail(line int, e *errs.Error) {
	l.sum.Failed++
	if len(l.sum.Failures) < maxFailures {
		l.sum.Failures = append(l.sum.Failures, Failure{line, e.Code, e.Field, e.Message})
	}
}

// mark records in the rows' own transaction that the first n rows are settled.
func (l *loader) mark(ctx context.Context, n, failed int64) func(store.Tx, []record.Result) error {
	if l.opt.Key == "" {
		return nil
	}
	failed = max(failed, l.sum.Failed)
	where := driver.Cmp{Op: driver.Eq, L: driver.Col{Name: "key"}, R: driver.Param{N: 0}}
	return func(tx store.Tx, _ []record.Result) error {
		key := []value.Value{value.Text(l.opt.Key)}
		hit, err := tx.UpdateWhere(ctx, loadTable, where, key, []string{"rows", "failed"}, []value.Value{value.Int(n), value.Int(failed)})
		if err != nil || hit > 0 {
			return err
		}
		id, err := tx.NextSequence(ctx, loadTable, 1)
		if err != nil {
			return err
		}
		return tx.Insert(ctx, loadTable, []string{"id", "key", "rows", "failed"},
			[]value.Value{value.Ref(id), key[0], value.Int(n), value.Int(failed)})
	}
}
