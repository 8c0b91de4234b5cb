package mongo

import (
	"errors"
	"strings"

	"go.mongodb.org/mongo-driver/bson"

	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
)

// Bounds of reading the inner rows of a condition first: beyond them the outer rows are read and
// their links followed.
const (
	maxKeys  = 5000  // different keys
	maxInner = 20000 // inner rows looked at
)

var errEnough = errors.New("mongo: enough rows")

// semiLookup is a condition on one value of the row that ref leads to, as a filter on ref: the ids
// of the rows that meet it are read first, on the same snapshot. The condition must not be true
// of null, for then it would hold without a row.
func (s *scope) semiLookup(l driver.Lookup, neg bool, inner func(driver.Expr) driver.Expr) (filterFunc, error) {
	ref, ok := l.Ref.(driver.Col)
	if !ok || s.partial {
		return nil, errLocal
	}
	field, t, err := s.table.column(ref.Name)
	if err != nil {
		return nil, err
	}
	if t.rep != rInt {
		return nil, errLocal
	}
	sub, err := s.schema.plan(&driver.Query{Table: l.Table, Where: guarded(l.Expr, neg, inner), Select: []driver.Expr{driver.Col{Name: "id"}}})
	if err != nil {
		return nil, err
	}
	return func(x *exec) (cond, error) {
		vals, err := x.innerKeys(sub, t, func(v value.Value) ([]value.Value, error) { return []value.Value{v}, nil })
		if err != nil {
			return known(false), err
		}
		return s.among(field, vals, false), nil
	}, nil
}

// guarded is the inner condition. A value that shows only when another condition is true, as access
// rules make it, is that condition and the value's.
func guarded(e driver.Expr, neg bool, inner func(driver.Expr) driver.Expr) driver.Expr {
	if c, ok := e.(driver.Case); ok && len(c.Arms) == 1 && c.Else == nil {
		return driver.And{Args: []driver.Expr{c.Arms[0].When, guarded(c.Arms[0].Then, neg, inner)}}
	}
	if neg {
		return driver.Not{Arg: inner(e)}
	}
	return inner(e)
}

// semiExists is Exists as a filter on the outer key.
func (s *scope) semiExists(e driver.Exists, neg bool) (filterFunc, error) {
	outer, ok := e.Link.Outer.(driver.Col)
	if !ok || s.partial {
		return nil, errLocal
	}
	field, t, err := s.table.column(outer.Name)
	if err != nil {
		return nil, err
	}
	l, err := s.existsLink(e)
	if err != nil {
		return nil, err
	}
	l.on.Type = t.t
	if err := l.check(); err != nil {
		return nil, err
	}
	if t.rep != rInt && t.rep != rText && t.rep != rList || l.typ.rep == rFloat || l.typ.rep == rDecimal || l.typ.rep == rNumber {
		return nil, errLocal
	}
	return func(x *exec) (cond, error) {
		vals, err := x.innerKeys(l.sub, t, l.outerOf)
		switch {
		case err != nil:
			return known(false), err
		case len(vals) == 0:
			return known(neg), nil
		case neg:
			return where(field, bson.D{{Key: "$nin", Value: vals}}), nil // an outer null has no inner row either
		}
		return where(field, bson.D{{Key: "$in", Value: vals}}), nil
	}, nil
}

// innerKeys reads the different keys of type t that the first column of sub gives; errLocal beyond
// the bounds.
func (x *exec) innerKeys(sub *plan, t typ, keys func(value.Value) ([]value.Value, error)) (bson.A, error) {
	seen := map[string]bool{}
	vals := bson.A{}
	rows := 0
	err := x.run(sub, cond{fate: always}, func(row []value.Value) error {
		rows++
		ks, err := keys(row[0])
		if err != nil {
			return err
		}
		for _, k := range ks {
			name := linkKey(k)
			if seen[name] {
				continue
			}
			ty := t
			if t.rep == rList {
				ty = elementTyp(k)
			}
			o, err := store(k, ty)
			if err != nil {
				return err
			}
			seen[strings.Clone(name)] = true
			vals = append(vals, o)
		}
		if rows > maxInner || len(vals) > maxKeys {
			return errEnough
		}
		return nil
	})
	if errors.Is(err, errEnough) {
		return nil, errLocal
	}
	return vals, err
}
