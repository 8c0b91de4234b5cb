package sqlite

import (
	"cmp"
	"reflect"
	"slices"

	"github.com/tenon-platform/tenon/platform/store/driver"
)

// hint names the index that a query must use, or is empty where SQLite chooses better. Without
// statistics of values (they would prepare a statement again for every bound value) SQLite takes a
// range on any column over an index that gives the rows in order, and then sorts thousands of
// rows for a page of fifty; and it does not see that a partial index covers a grouping.
func hint(t *table, q *driver.Query) string {
	best := slices.DeleteFunc(slices.Clone(t.def.Indexes), func(ix driver.Index) bool { return !serves(&ix, q) })
	if len(best) == 0 {
		return ""
	}
	slices.SortStableFunc(best, func(a, b driver.Index) int {
		return cmp.Or(unheld(&a, q)-unheld(&b, q), width(&a)-width(&b))
	})
	return " INDEXED BY " + physical(t.def.Name, best[0].Name)
}

// unheld is how many conditions of q need the row besides the index.
func unheld(ix *driver.Index, q *driver.Query) int {
	has := held(ix)
	return len(slices.DeleteFunc(conjuncts(q.Where), func(e driver.Expr) bool { return within(e, has) }))
}

func width(ix *driver.Index) int { return len(ix.Columns) + len(ix.Include) }

func held(ix *driver.Index) map[string]bool {
	has := map[string]bool{"id": true}
	for _, c := range ix.Columns {
		has[c.Column] = true
	}
	for _, name := range ix.Include {
		has[name] = true
	}
	return has
}

// serves tells whether all columns that q fixes lead the index, and its remaining columns give the
// order of a page, or the groups of an aggregation that needs no other column.
func serves(ix *driver.Index, q *driver.Query) bool {
	if ix.Elements {
		return false
	}
	rest, ok := beyond(conjuncts(q.Where), conjuncts(ix.Where))
	if !ok || slices.ContainsFunc(ix.Columns, func(c driver.IndexColumn) bool { return c.Fold }) {
		return false
	}
	set := fixed(rest)
	n := len(set)
	if n > len(ix.Columns) {
		return false
	}
	for _, c := range ix.Columns[:n] {
		if !set[c.Column] {
			return false
		}
	}
	if len(q.Group) > 0 {
		return grouped(ix, n, q, rest)
	}
	return n > 0 && q.Limit != nil && ordered(ix.Columns[n:], q.Order)
}

// ordered tells whether the columns give the order forwards or backwards, except for the ids of
// equal rows, which SQLite sorts by groups.
func ordered(cols []driver.IndexColumn, order []driver.Order) bool {
	if n := len(order); n > 0 && order[n-1].Expr == (driver.Col{Name: "id"}) {
		order = order[:n-1]
	}
	if len(order) == 0 || len(cols) < len(order) {
		return false
	}
	for i, o := range order {
		if o.Expr != (driver.Col{Name: cols[i].Column}) || (o.Desc == cols[i].Desc) != (order[0].Desc == cols[0].Desc) {
			return false
		}
	}
	return true
}

// grouped tells whether the columns after the n fixed ones begin with the groups, and the index
// holds everything else that is read.
func grouped(ix *driver.Index, n int, q *driver.Query, rest []driver.Expr) bool {
	has, next := held(ix), map[driver.Expr]bool{}
	for _, c := range ix.Columns[n:min(n+len(q.Group), len(ix.Columns))] {
		next[driver.Col{Name: c.Column}] = true
	}
	for _, g := range q.Group {
		if _, ok := g.(driver.Col); !ok || !next[g] {
			return false
		}
	}
	for _, a := range q.Aggs {
		if !within(a.Expr, has) || !within(a.Filter, has) {
			return false
		}
	}
	return !slices.ContainsFunc(rest, func(e driver.Expr) bool { return !within(e, has) })
}

// within tells whether e reads these columns alone. Only plain comparisons are looked into.
func within(e driver.Expr, cols map[string]bool) bool {
	switch e := e.(type) {
	case nil, driver.Const, driver.Param:
		return true
	case driver.Col:
		return cols[e.Name]
	case driver.Cmp:
		return within(e.L, cols) && within(e.R, cols)
	case driver.IsNull:
		return within(e.Arg, cols)
	case driver.Not:
		return within(e.Arg, cols)
	case driver.In:
		return within(e.Arg, cols) && within(e.List, cols)
	}
	return false
}

// conjuncts are the conditions that all must be true.
func conjuncts(e driver.Expr) []driver.Expr {
	switch e := e.(type) {
	case nil:
		return nil
	case driver.And:
		var out []driver.Expr
		for _, a := range e.Args {
			out = append(out, conjuncts(a)...)
		}
		return out
	}
	return []driver.Expr{e}
}

// beyond is what all says more than given; not ok when it does not say all of given.
func beyond(all, given []driver.Expr) (rest []driver.Expr, ok bool) {
	found := 0
	for _, e := range all {
		if slices.ContainsFunc(given, func(g driver.Expr) bool { return reflect.DeepEqual(e, g) }) {
			found++
			continue
		}
		rest = append(rest, e)
	}
	return rest, found >= len(given)
}

// fixed are the columns that must equal one value.
func fixed(conds []driver.Expr) map[string]bool {
	out := map[string]bool{}
	for _, e := range conds {
		eq, ok := e.(driver.Cmp)
		if !ok || eq.Op != driver.Eq {
			continue
		}
		if c, ok := eq.L.(driver.Col); ok && constant(eq.R) {
			out[c.Name] = true
		} else if c, ok := eq.R.(driver.Col); ok && constant(eq.L) {
			out[c.Name] = true
		}
	}
	return out
}

func constant(e driver.Expr) bool {
	switch e.(type) {
	case driver.Const, driver.Param:
		return true
	}
	return false
}
