package sqlite

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"

	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
)

// stmt is a prepared query: its SQL for each way it may be run, compiled once.
type stmt struct {
	db *db
	q  *driver.Query

	mu       sync.RWMutex
	schema   *schema // that variants were compiled against
	variants map[variantKey]*variant
}

// variantKey tells how a query is run: whether sums must survive 64 bits, and which of the values
// to resume after are null (a bit each).
type variantKey struct {
	exact bool
	nulls uint64
}

type variant struct {
	segments []segment
	types    []typ
}

// Prepare compiles q, which must not change afterwards.
func (d *db) Prepare(q *driver.Query) (driver.Stmt, error) {
	if len(q.After) > 64 {
		return nil, unsupported("more than 64 orders")
	}
	s := &stmt{db: d, q: keyed(q)}
	_, err := s.variant(variantKey{})
	return s, err
}

// keyed turns a read of rows by their ids, in any order, into a batch with one row per key. Taking a
// list apart costs SQLite a table of its own, a third of the CPU of writing one record.
func keyed(q *driver.Query) *driver.Query {
	if q.Per != nil || q.Limit != nil || len(q.Order)+len(q.After)+len(q.Group)+len(q.Aggs) > 0 {
		return q
	}
	conds := conjuncts(q.Where)
	for i, e := range conds {
		in, ok := e.(driver.In)
		if !ok || in.Arg != (driver.Col{Name: "id"}) {
			continue
		}
		if _, ok := in.List.(driver.Param); !ok {
			continue
		}
		k := *q
		k.Per = &driver.Per{By: in.Arg, Keys: in.List}
		k.Where = driver.And{Args: slices.Concat(conds[:i], conds[i+1:])}
		return &k
	}
	return q
}

func (s *stmt) variant(k variantKey) (*variant, error) {
	now := s.db.schema.Load()
	s.mu.RLock()
	v := s.variants[k]
	same := s.schema == now
	s.mu.RUnlock()
	if v != nil && same {
		return v, nil
	}
	nulls := make([]bool, len(s.q.After))
	for i := range nulls {
		nulls[i] = k.nulls&(1<<i) != 0
	}
	segs, types, err := build(now, s.q, k.exact, nulls)
	if err != nil {
		return nil, err
	}
	v = &variant{segs, types}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.schema != now {
		s.schema, s.variants = now, map[variantKey]*variant{}
	}
	s.variants[k] = v
	return v, nil
}

// Explain asks SQLite how it would run the query.
func (s *stmt) Explain(ctx context.Context) (driver.Access, error) {
	var a driver.Access
	v, err := s.variant(variantKey{})
	if err != nil {
		return a, err
	}
	err = s.db.View(ctx, func(t driver.Tx) error {
		st, err := t.(*tx).c.prepare("EXPLAIN QUERY PLAN " + v.segments[0].sql)
		if err != nil {
			return err
		}
		var lines []string
		for {
			more, err := st.Step()
			if err != nil || !more {
				a.Text = strings.Join(lines, "\n")
				return errors.Join(err, st.Finalize())
			}
			line := st.ColumnText(3)
			lines = append(lines, line)
			if strings.Contains(line, "TEMP B-TREE") && strings.Contains(line, "ORDER BY") {
				a.Sorts = true
			}
			if strings.Contains(line+" ", " t1 ") {
				a.Index = indexOf(line)
			}
		}
	})
	return a, err
}

// indexOf finds the logical name of the index in a line of a plan.
func indexOf(line string) string {
	if strings.Contains(line, "USING INTEGER PRIMARY KEY") {
		return "id"
	}
	_, after, ok := strings.Cut(line, "INDEX ")
	if !ok {
		return ""
	}
	name, _, _ := strings.Cut(after, " (")
	if _, logical, ok := strings.Cut(name, "."); ok {
		return logical
	}
	return name
}

// Query runs a prepared query.
func (t *tx) Query(ctx context.Context, st driver.Stmt, args []value.Value) (driver.Rows, error) {
	if err := t.usable(ctx); err != nil {
		return nil, err
	}
	s, ok := st.(*stmt)
	if !ok || s.db != t.db {
		return nil, errors.New("sqlite: a statement of another database")
	}
	r := &rows{t: t, s: s, args: args, left: -1}
	for i, a := range s.q.After {
		v, err := argumentOf(a, args)
		if err != nil {
			return nil, err
		}
		if v.IsNull() {
			r.key.nulls |= 1 << i
		}
	}
	if s.q.Limit != nil {
		v, err := argumentOf(s.q.Limit, args)
		if err != nil {
			return nil, err
		}
		if !v.IsNull() {
			r.left = max(0, v.Int())
		}
	}
	var err error
	if r.v, err = s.variant(r.key); err != nil {
		return nil, err
	}
	if s.q.Per != nil {
		if r.keys, err = batchKeys(s.q.Per.Keys, args); err != nil || len(r.keys) == 0 {
			return r, err
		}
	}
	if err := r.start(); err != nil {
		return nil, err
	}
	t.rows = append(t.rows, r)
	return r, nil
}

// batchKeys gives the keys of a batch, each once.
func batchKeys(e driver.Expr, args []value.Value) ([]int64, error) {
	list, err := argumentOf(e, args)
	if err != nil || list.IsNull() {
		return nil, err
	}
	keys, plain := wholes(list.Text())
	if !plain {
		ds, err := elements(list, tRef)
		if err != nil {
			return nil, err
		}
		keys = make([]int64, 0, len(ds))
		for _, d := range ds {
			keys = append(keys, d.n)
		}
	}
	return once(keys), nil
}

// once leaves the first of equal keys, in place.
func once(keys []int64) []int64 {
	const few = 32 // that are found sooner without a map
	out := keys[:0]
	if len(keys) <= few {
		for _, k := range keys {
			if !slices.Contains(out, k) {
				out = append(out, k)
			}
		}
		return out
	}
	seen := make(map[int64]struct{}, len(keys))
	for _, k := range keys {
		if _, again := seen[k]; !again {
			seen[k] = struct{}{}
			out = append(out, k)
		}
	}
	return out
}
