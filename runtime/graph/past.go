package graph

import (
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/expr"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/runtime/query"
	"github.com/tenon-platform/tenon/runtime/record"
)

// maxPast is how many changes of one record are undone to see it as it was.
const maxPast = 10_000

// pastLevel shows a record as it was at an instant: its present values, with the changes since
// undone. Relations lead to the records as they are now.
type pastLevel struct {
	obj    *catalog.Object
	at     func(vars map[string]any) any
	since  driver.Stmt // changes after the instant, newest first
	before driver.Stmt // the last change until the instant
	cols   []*catalog.Field
	id     int // column of the record's id
}

// past makes a level that reads one record by its id show it as it was.
func (c *compiler) past(lv *level, at input) *errs.Error {
	p := &pastLevel{obj: lv.obj, at: at.getter(), id: lv.cols.Add(query.ID)}
	for _, name := range []string{catalog.CreatedAt, catalog.DeletedAt} {
		lv.cols.Add(lv.obj.Field(name).Col())
	}
	byColumn := map[driver.Expr]*catalog.Field{}
	for _, f := range lv.obj.Fields {
		if f.Column != "" {
			byColumn[f.Col()] = f
		}
	}
	for _, e := range lv.cols.All() {
		col, _ := e.(driver.Col)
		p.cols = append(p.cols, byColumn[col])
	}
	col := func(n string) driver.Expr { return driver.Col{Name: n} }
	read := func(op driver.CmpOp, limit int64) (driver.Stmt, error) {
		q := &driver.Query{Table: record.HistoryTable, Limit: driver.Const{Value: value.Int(limit)}, Order: []driver.Order{{Expr: query.ID, Desc: true}},
			Where: driver.And{Args: []driver.Expr{
				driver.Cmp{Op: driver.Eq, L: col("object"), R: driver.Const{Value: value.Text(lv.obj.Table)}},
				driver.Cmp{Op: driver.Eq, L: col("record"), R: driver.Param{N: 0}},
				driver.Cmp{Op: op, L: col("at"), R: driver.Param{N: 1}}}}}
		for _, n := range []string{"version", "at", "by", "verb", "changes"} {
			q.Select = append(q.Select, col(n))
		}
		return c.db.Prepare(q)
	}
	var err error
	if p.since, err = read(driver.Gt, maxPast+1); err == nil {
		p.before, err = read(driver.Le, 1)
	}
	if err != nil {
		return errs.From(err)
	}
	lv.past = p
	return nil
}

// historyRow is one change of a record.
type historyRow struct {
	version, at, by value.Value
	verb            string
	changes         map[string][2]any
}

func (x *exec) changesOf(st driver.Stmt, id, at value.Value) ([]historyRow, error) {
	rows, err := x.tx.Query(x.ctx, st, []value.Value{id, at})
	if err != nil {
		return nil, err
	}
	var out []historyRow
	for rows.Next() {
		x.rows++
		h := historyRow{version: rows.Value(0), at: rows.Value(1), by: rows.Value(2), verb: strings.Clone(rows.Value(3).Text())}
		d := json.NewDecoder(strings.NewReader(rows.Value(4).Text()))
		d.UseNumber()
		if err := d.Decode(&h.changes); err != nil {
			return nil, errors.Join(err, rows.Close())
		}
		out = append(out, h)
	}
	return out, errors.Join(rows.Err(), rows.Close())
}

// pastRows gives the rows of a level as they were.
func (x *exec) pastRows(p *pastLevel, rows driver.Rows) (driver.Rows, error) {
	text, _ := p.at(x.vars).(string)
	instant, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return nil, errors.Join(errs.New(errs.InvalidInput, "asOf must be a date and time such as 2026-03-02T09:00:00Z", "asOf 须为日期时间，例如 2026-03-02T09:00:00Z").On("asOf"), rows.Close())
	}
	out := &rowsThen{}
	for rows.Next() {
		vals := make([]value.Value, len(p.cols))
		for i := range vals {
			vals[i] = rows.Value(i).Clone()
		}
		out.rows = append(out.rows, vals)
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return nil, err
	}
	kept := out.rows[:0]
	for _, vals := range out.rows {
		was, err := x.undoSince(p, vals, value.Instant(instant))
		if err != nil {
			return nil, err
		}
		if was {
			kept = append(kept, vals)
		}
	}
	out.rows = kept
	return out, nil
}

// undoSince takes back the changes of one record after an instant; false when there was no such
// record then.
func (x *exec) undoSince(p *pastLevel, vals []value.Value, at value.Value) (bool, error) {
	since, err := x.changesOf(p.since, vals[p.id], at)
	if err != nil {
		return false, err
	}
	if len(since) > maxPast {
		return false, errs.New(errs.LimitExceeded, "the record has changed more than %d times since", "此后该记录已变更超过 %d 次", maxPast).On("asOf")
	}
	there := true
	was := map[string]any{}
	for i, f := range p.cols {
		if f != nil && f.Name == catalog.DeletedAt {
			there = vals[i].IsNull()
		}
	}
	for _, h := range since {
		switch h.verb {
		case "delete":
			there = true
		case "restore":
			there = false
		}
		for name, c := range h.changes {
			was[name] = c[0]
		}
	}
	before, err := x.changesOf(p.before, vals[p.id], at)
	if err != nil {
		return false, err
	}
	for i, f := range p.cols {
		if f == nil {
			continue
		}
		if f.Name == catalog.CreatedAt && vals[i].Int() > at.Int() {
			return false, nil
		}
		vals[i] = then(f, vals, vals[i], was, before, p)
	}
	return there, nil
}

// then is a field's value at that time.
func then(f *catalog.Field, row []value.Value, now value.Value, was map[string]any, before []historyRow, p *pastLevel) value.Value {
	switch f.Name {
	case catalog.ID, catalog.CreatedAt, catalog.CreatedBy, catalog.ExternalID:
		return now
	case catalog.DeletedAt:
		return value.Null
	case catalog.Version:
		if len(before) > 0 {
			return before[0].version
		}
		return value.Int(1)
	case catalog.UpdatedAt:
		if len(before) > 0 {
			return before[0].at
		}
		return p.valueOf(row, catalog.CreatedAt, now)
	case catalog.UpdatedBy:
		if len(before) > 0 {
			return before[0].by
		}
		return p.valueOf(row, catalog.CreatedBy, now)
	}
	if !remembered(f) {
		return value.Null
	}
	old, changed := was[f.APIName]
	if !changed {
		return now
	}
	v, bad := f.Type.Coerce(old)
	if bad != nil {
		return value.Null
	}
	return v
}

func (p *pastLevel) valueOf(row []value.Value, name string, def value.Value) value.Value {
	for i, f := range p.cols {
		if f != nil && f.Name == name {
			return row[i]
		}
	}
	return def
}

// remembered tells whether every change of a field is in the history: those that follow from
// other records are not, unless the field asks for it.
func remembered(f *catalog.Field) bool {
	switch {
	case f.History:
		return true
	case f.Rollup != nil, f.TreePath != nil:
		return false
	case f.Formula == nil:
		return true
	case f.Formula.Program.UsesRates():
		return false
	}
	for _, in := range f.Formula.Program.Inputs() {
		if in.Kind != expr.FieldInput || len(in.Path) > 0 {
			return false
		}
		if g := f.Object.Field(in.Field); g == nil || !remembered(g) {
			return false
		}
	}
	return true
}

// rowsThen are rows that were read before.
type rowsThen struct {
	rows [][]value.Value
	n    int
}

func (r *rowsThen) Next() bool              { r.n++; return r.n <= len(r.rows) }
func (r *rowsThen) Value(i int) value.Value { return r.rows[r.n-1][i] }
func (r *rowsThen) Err() error              { return nil }
func (r *rowsThen) Close() error            { return nil }
