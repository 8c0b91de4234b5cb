package publish

import (
	"context"
	"encoding/json"
	"errors"
	"strings"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/expr"
	"github.com/tenon-platform/tenon/metadata/plan"
	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/runtime/setting"
)

// probe answers one question about the data. nil means that it cannot be counted in advance.
func (s *Service) probe(ctx context.Context, p *plan.Probe) (*int64, error) {
	if p.Setting != nil {
		return setting.Count(ctx, s.Tenant.Store, p.Setting, p.Kind == plan.Misfits)
	}
	if p.Kind == plan.Running {
		if s.opt.Running == nil {
			return nil, nil
		}
		n, err := s.opt.Running(ctx, p.Flow)
		return &n, err
	}
	table := p.Object.Table
	alive := driver.Expr(driver.IsNull{Arg: driver.Col{Name: p.Object.Field(catalog.DeletedAt).Column}})
	switch p.Kind {
	case plan.Rows:
		return s.countWhere(ctx, table, alive)
	case plan.NonNull:
		return s.countWhere(ctx, table, driver.Not{Arg: driver.IsNull{Arg: p.Field.Col()}})
	case plan.Nulls:
		return s.countWhere(ctx, table, driver.And{Args: []driver.Expr{alive, driver.IsNull{Arg: p.Field.Col()}}})
	case plan.Holds:
		return s.countWhere(ctx, table, driver.And{Args: []driver.Expr{alive, holds(p)}})
	case plan.Duplicates:
		return s.countDuplicates(ctx, p, alive)
	case plan.Overlaps:
		return s.countOverlaps(ctx, p, alive)
	case plan.Unconvertible:
		return s.countUnconvertible(ctx, p)
	case plan.Violates:
		return s.countViolations(ctx, p, alive)
	}
	return nil, nil
}

func (s *Service) countWhere(ctx context.Context, table string, where driver.Expr) (*int64, error) {
	return s.scalar(ctx, &driver.Query{Table: table, Where: where, Aggs: []driver.Agg{{Func: driver.Count}}})
}

func (s *Service) scalar(ctx context.Context, q *driver.Query) (*int64, error) {
	st, err := s.Tenant.Store.Prepare(q)
	if err != nil {
		return nil, err
	}
	var n int64
	err = s.Tenant.Store.View(ctx, func(tx store.Tx) error {
		return each(ctx, tx, st, nil, func(r driver.Rows) error {
			n = r.Value(0).Int()
			return nil
		})
	})
	return &n, err
}

func holds(p *plan.Probe) driver.Expr {
	var any []driver.Expr
	for _, c := range p.Codes {
		code := driver.Const{Value: value.Text(c)}
		if p.Field.Store.Type == driver.List {
			any = append(any, driver.Has{Arg: p.Field.Col(), Elem: code})
		} else {
			any = append(any, driver.Cmp{Op: driver.Eq, L: p.Field.Col(), R: code})
		}
	}
	return driver.Or{Args: any}
}

// countDuplicates counts the records that share their key with another one.
func (s *Service) countDuplicates(ctx context.Context, p *plan.Probe, alive driver.Expr) (*int64, error) {
	q := &driver.Query{Table: p.Object.Table, Aggs: []driver.Agg{{Func: driver.Count}}}
	cond := []driver.Expr{alive}
	for _, f := range p.Key.Fields {
		if !hasColumn(p.Object, f.Column) {
			return new(int64), nil // a new column holds nothing yet
		}
		col := f.Col()
		cond = append(cond, driver.Not{Arg: driver.IsNull{Arg: col}})
		if p.Key.CaseInsensitive {
			col = driver.Func{Name: "lower", Args: []driver.Expr{col}}
		}
		q.Group = append(q.Group, col)
	}
	if p.Key.Where != nil {
		w, err := p.Key.Where.FilterWith(s.env(), bindOld(p.NewObj, p.Object))
		if err != nil {
			return nil, nil
		}
		cond = append(cond, w)
	}
	q.Where = driver.And{Args: cond}
	q.Having = driver.Cmp{Op: driver.Gt, L: driver.Output{N: len(q.Group)}, R: driver.Const{Value: value.Int(1)}}
	st, err := s.Tenant.Store.Prepare(q)
	if err != nil {
		return nil, err
	}
	var n int64
	err = s.Tenant.Store.View(ctx, func(tx store.Tx) error {
		return each(ctx, tx, st, nil, func(r driver.Rows) error {
			n += r.Value(len(q.Group)).Int()
			return nil
		})
	})
	return &n, err
}

// countUnconvertible counts the values that the field's new type or settings refuse.
func (s *Service) countUnconvertible(ctx context.Context, p *plan.Probe) (*int64, error) {
	st, err := s.Tenant.Store.Prepare(&driver.Query{Table: p.Object.Table, Select: []driver.Expr{p.Field.Col()},
		Where: driver.Not{Arg: driver.IsNull{Arg: p.Field.Col()}}})
	if err != nil {
		return nil, err
	}
	var n int64
	err = s.Tenant.Store.View(ctx, func(tx store.Tx) error {
		return each(ctx, tx, st, nil, func(r driver.Rows) error {
			if _, ok := convert(p.Field, p.New, r.Value(0)); !ok {
				n++
			}
			return nil
		})
	})
	return &n, err
}

// convert carries a value from one field's type to another's by way of the API's JSON: what a
// client that reads the old field and writes the new one would do.
func convert(from, to *catalog.Field, v value.Value) (value.Value, bool) {
	if v.IsNull() {
		return v, true
	}
	d := json.NewDecoder(strings.NewReader(string(from.Type.AppendJSON(nil, v))))
	d.UseNumber()
	var in any
	if err := d.Decode(&in); err != nil {
		return value.Null, false
	}
	out, cerr := to.Type.Coerce(in)
	if cerr != nil {
		if s, ok := plainText(in); ok { // "12" from 12, and the like
			out, cerr = to.Type.Coerce(s)
		}
	}
	return out, cerr == nil
}

func plainText(in any) (string, bool) {
	switch x := in.(type) {
	case json.Number:
		return x.String(), true
	case bool:
		if x {
			return "true", true
		}
		return "false", true
	}
	return "", false
}

// countViolations counts the records for which a rule is true as they are, pushed down to the
// store; a rule that needs more than a store can say is not counted.
func (s *Service) countViolations(ctx context.Context, p *plan.Probe, alive driver.Expr) (*int64, error) {
	where, err := p.Rule.FilterWith(s.env(), bindOld(p.NewObj, p.Object))
	if errors.Is(err, driver.ErrUnsupported) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	n, err := s.countWhere(ctx, p.Object.Table, driver.And{Args: []driver.Expr{alive, where}})
	if errors.Is(err, driver.ErrUnsupported) || errors.Is(err, driver.ErrNoTable) {
		return nil, nil // it reads a table that the same publish creates
	}
	return n, err
}

func hasColumn(o *catalog.Object, column string) bool {
	if column == "id" {
		return true
	}
	for _, c := range o.Storage.Columns {
		if c.Name == column {
			return true
		}
	}
	return false
}

func (s *Service) env() expr.Env { return expr.Env{NowMicros: s.opt.Clock.Now().UnixMicro()} }

// bindOld reads a new catalogue's fields from the tables as they are: a field that has no column
// yet has its default, or null. What a record was before is what it is; it is not new.
func bindOld(n, old *catalog.Object) func(expr.Input, driver.Expr) driver.Expr {
	return func(in expr.Input, bound driver.Expr) driver.Expr {
		if in.Kind == expr.PriorInput {
			bound = n.Field(in.Field).Col()
		}
		f := n.Field(in.Field)
		if in.Kind != expr.FieldInput && in.Kind != expr.PriorInput || len(in.Path) > 0 || f == nil || f.Column == "" || hasColumn(old, f.Column) {
			return bound
		}
		if f.Default != nil && f.Default.Expr == nil {
			return driver.Const{Value: f.Default.Value}
		}
		return driver.Const{Value: value.Null}
	}
}
