package sqlite

import (
	"slices"
	"strconv"
	"strings"

	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
)

// segment is one statement of a query; a page may need two, run one after the other, so that each
// is one range of the index: the values that remain, then the nulls at the other end.
type segment struct {
	sql   string
	slots []slot
}

// limitSlot is the parameter that takes how many rows are still wanted.
const limitSlot = -1

// keySlot is the parameter that takes the key of a batch.
const keySlot = -2

// order is a compiled sort criterion.
type order struct {
	frag
	desc  bool
	after string // the value to resume after
	null  bool   // that value is null
}

func (o order) sql() string {
	if o.desc {
		return o.frag.sql + " DESC"
	}
	return o.frag.sql
}

// build compiles q to its segments. nulls tells which After values are null.
func build(sch *schema, q *driver.Query, exact bool, nulls []bool) ([]segment, []typ, error) {
	if len(q.Group)+len(q.Aggs) > 0 {
		seg, types, err := aggregation(sch, q, exact, nulls)
		return []segment{seg}, types, err
	}
	parts := 1
	if q.Per == nil && len(q.Order) > 0 && len(q.After) > 0 && nullable(sch, q) && q.Order[0].Desc != nulls[0] {
		parts = 2
	}
	var types []typ
	var out []segment
	for part := range parts {
		c := newCompiler(sch, exact)
		s, err := c.scope(q.Table)
		if err != nil {
			return nil, nil, err
		}
		cols := make([]string, len(q.Select))
		types = make([]typ, len(q.Select))
		for i, e := range q.Select {
			f, err := c.expr(e, s)
			if err != nil {
				return nil, nil, err
			}
			if f, err = c.settled(f); err != nil {
				return nil, nil, err
			}
			cols[i], types[i] = f.sql, f.typ
		}
		if len(cols) == 0 {
			cols = []string{"1"}
		}
		var sql string
		if q.Per != nil {
			sql, err = c.per(q, s, cols, nulls)
		} else {
			sql, err = c.list(q, s, cols, nulls, part, parts)
		}
		if err != nil {
			return nil, nil, err
		}
		out = append(out, segment{sql, c.slots})
	}
	return out, types, nil
}

func nullable(sch *schema, q *driver.Query) bool {
	c := newCompiler(sch, false)
	s, err := c.scope(q.Table)
	if err != nil {
		return false
	}
	f, err := c.expr(q.Order[0].Expr, s)
	return err == nil && !f.solid
}

func (c *compiler) list(q *driver.Query, s scope, cols []string, nulls []bool, part, parts int) (string, error) {
	from, q, err := c.source(q, s)
	if err != nil {
		return "", err
	}
	where, orders, err := c.filter(q, s, nulls)
	if err != nil {
		return "", err
	}
	if len(q.After) > 0 {
		where = append(where, page(orders, part, parts)...)
	}
	return "SELECT " + strings.Join(cols, ", ") + " FROM " + from + whereSQL(where) + orderSQL(orders) + c.limit(q), nil
}

// source is the SQL of where the rows come from, and the query that is left: what a search finds is
// gone through as it is found, unless an index gives fewer.
func (c *compiler) source(q *driver.Query, s scope) (string, *driver.Query, error) {
	if hint := hint(s.table, q); hint != "" {
		return s.from() + hint, q, nil
	}
	all := conjuncts(q.Where)
	for i, e := range all {
		e, ok := e.(driver.Search)
		if !ok || e.Columns != nil && len(e.Columns) == 0 {
			continue
		}
		from, err := c.searched(e, s)
		left := *q
		left.Where = nil
		if rest := slices.Delete(slices.Clone(all), i, i+1); len(rest) > 0 {
			left.Where = driver.And{Args: rest}
		}
		return from, &left, err
	}
	return s.from(), q, nil
}

func (c *compiler) filter(q *driver.Query, s scope, nulls []bool) ([]string, []order, error) {
	var where []string
	if q.Where != nil {
		w, err := c.condition(q.Where, s, true)
		if err != nil {
			return nil, nil, err
		}
		where = append(where, w)
	}
	orders, err := c.orders(q, s, nulls)
	return where, orders, err
}

func (c *compiler) orders(q *driver.Query, s scope, nulls []bool) ([]order, error) {
	if len(q.After) > 0 && len(q.After) != len(q.Order) {
		return nil, unsupported("%d values to resume after %d orders", len(q.After), len(q.Order))
	}
	out := make([]order, len(q.Order))
	for i, o := range q.Order {
		f, err := c.expr(o.Expr, s)
		if err != nil {
			return nil, err
		}
		if f, err = c.settled(f); err != nil {
			return nil, err
		}
		out[i] = order{frag: f, desc: o.Desc}
		if len(q.After) > 0 {
			a, err := c.expr(q.After[i], scope{})
			if err != nil {
				return nil, err
			}
			out[i].null = nulls[i]
			if !nulls[i] {
				if out[i].after, err = c.as(a, f.typ, ""); err != nil {
					return nil, err
				}
			}
		}
	}
	return out, nil
}

// page is the condition "strictly after", split so that every part is one range of the index.
func page(orders []order, part, parts int) []string {
	o := orders[0]
	rest := after(orders[1:])
	switch {
	case parts == 2 && part == 1 && o.desc: // the nulls after the last value
		return []string{o.frag.sql + " IS NULL"}
	case parts == 2 && part == 1: // the values after the nulls
		return []string{o.frag.sql + " IS NOT NULL"}
	case o.null && o.desc, o.null && parts == 2: // inside the nulls
		return []string{o.frag.sql + " IS NULL", rest}
	case o.null:
		return []string{after(orders)}
	}
	op := " > "
	if o.desc {
		op = " < "
	}
	if len(orders) == 1 {
		return []string{o.frag.sql + op + o.after}
	}
	return []string{o.frag.sql + strings.TrimSuffix(op, " ") + "= " + o.after, "(" + o.frag.sql + op + o.after + " OR " + rest + ")"}
}

// after is the condition "strictly after" in general.
func after(orders []order) string {
	if len(orders) == 0 {
		return "0"
	}
	o := orders[0]
	x, rest := o.frag.sql, after(orders[1:])
	switch {
	case o.null && o.desc:
		return "(" + x + " IS NULL AND " + rest + ")"
	case o.null:
		return "(" + x + " IS NOT NULL OR " + rest + ")"
	case o.desc && o.solid:
		return "(" + x + " < " + o.after + " OR " + x + " = " + o.after + " AND " + rest + ")"
	case o.desc:
		return "(" + x + " < " + o.after + " OR " + x + " IS NULL OR " + x + " = " + o.after + " AND " + rest + ")"
	}
	return "(" + x + " > " + o.after + " OR " + x + " = " + o.after + " AND " + rest + ")"
}

// per is the SQL for one key; rows runs it for key after key. In process that costs one search of
// the index per key and no sort: 5 children each of 20 parents took 102 µs, and 362 µs as a single
// statement with IN over a correlated subquery, whose result has to be sorted again.
func (c *compiler) per(q *driver.Query, s scope, cols []string, nulls []bool) (string, error) {
	by, err := c.expr(q.Per.By, s)
	if err != nil {
		return "", err
	}
	if by.free() || by.typ.rep != rInt {
		return "", unsupported("a batch by something else than a reference")
	}
	where, orders, err := c.filter(q, s, nulls)
	if err != nil {
		return "", err
	}
	if len(q.After) > 0 {
		where = append(where, after(orders))
	}
	where = append([]string{by.sql + " = " + c.slot(slot{param: keySlot})}, where...)
	return "SELECT " + strings.Join(cols, ", ") + " FROM " + s.from() + whereSQL(where) + orderSQL(orders) + c.limit(q), nil
}

// aggregation compiles Group and Aggs.
func aggregation(sch *schema, q *driver.Query, exact bool, nulls []bool) (segment, []typ, error) {
	if q.Per != nil || len(q.Select) > 0 {
		return segment{}, nil, unsupported("a batch or a projection of an aggregation")
	}
	c := newCompiler(sch, exact)
	s, err := c.scope(q.Table)
	if err != nil {
		return segment{}, nil, err
	}
	var cols, groups []string
	var types []typ
	var outputs []frag
	add := func(f frag) {
		name := `"#` + strconv.Itoa(len(cols)) + `"`
		cols = append(cols, f.sql+" AS "+name)
		types = append(types, f.typ)
		outputs = append(outputs, frag{sql: name, typ: f.typ, param: -1})
	}
	for _, g := range q.Group {
		f, err := c.expr(g, s)
		if err != nil {
			return segment{}, nil, err
		}
		if f, err = c.settled(f); err != nil {
			return segment{}, nil, err
		}
		add(f)
		groups = append(groups, f.sql)
	}
	for _, a := range q.Aggs {
		f, err := c.aggregate(a, s)
		if err != nil {
			return segment{}, nil, err
		}
		add(f)
	}
	from, q, err := c.source(q, s)
	if err != nil {
		return segment{}, nil, err
	}
	var where, having []string
	if q.Where != nil {
		w, err := c.condition(q.Where, s, true)
		if err != nil {
			return segment{}, nil, err
		}
		where = append(where, w)
	}
	c.outputs = outputs
	if q.Having != nil {
		h, err := c.condition(q.Having, scope{}, true)
		if err != nil {
			return segment{}, nil, err
		}
		having = append(having, h)
	}
	orders, err := c.orders(q, scope{}, nulls)
	if err != nil {
		return segment{}, nil, err
	}
	if len(q.After) > 0 {
		having = append(having, after(orders))
	}
	sql := "SELECT " + strings.Join(cols, ", ") + " FROM " + from + whereSQL(where)
	if len(groups) > 0 {
		sql += " GROUP BY " + strings.Join(groups, ", ")
	}
	// A subquery, because HAVING needs a GROUP BY and outputs are names.
	sql = "SELECT * FROM (" + sql + ")" + whereSQL(having) + orderSQL(orders) + c.limit(q)
	return segment{sql, c.slots}, types, nil
}

func (c *compiler) aggregate(a driver.Agg, s scope) (frag, error) {
	filter := ""
	if a.Filter != nil {
		w, err := c.condition(a.Filter, s, true)
		if err != nil {
			return frag{}, err
		}
		filter = " FILTER (WHERE " + w + ")"
	}
	if a.Expr == nil {
		if a.Func != driver.Count {
			return frag{}, unsupported("%s of nothing", a.Func)
		}
		return frag{sql: "count(*)" + filter, typ: tInt, param: -1, solid: true}, nil
	}
	x, err := c.expr(a.Expr, s)
	if err != nil {
		return x, err
	}
	if x, err = c.settled(x); err != nil {
		return x, err
	}
	scale := strconv.Itoa(int(x.typ.scale))
	call := func(fn, arg string) string { return fn + "(" + arg + ")" + filter }
	switch a.Func {
	case driver.Count:
		return frag{sql: call("count", x.sql), typ: tInt, param: -1, solid: true}, nil
	case driver.CountDistinct:
		return frag{sql: call("count", "DISTINCT "+x.sql), typ: tInt, param: -1, solid: true}, nil
	case driver.Min, driver.Max:
		return sqlFrag(call(string(a.Func), x.sql), x.typ), nil
	case driver.Sum, driver.Avg:
	default:
		return x, unsupported("aggregate %s", a.Func)
	}
	if !x.typ.number() {
		return x, unsupported("%s of type %d", a.Func, x.typ.t)
	}
	avg := a.Func == driver.Avg
	n := call("count", x.sql)
	high, low := call("sum", "("+x.sql+") >> 32"), call("sum", "("+x.sql+") & 4294967295")
	kind := x.typ.t
	if kind == driver.Bool {
		kind = driver.Int
	}
	switch {
	case x.typ.rep == rInt && c.exact && avg:
		return sqlFrag("tn_avg_num(tn_halves("+high+","+low+","+scale+"),"+n+")", tNum), nil
	case x.typ.rep == rInt && c.exact:
		return sqlFrag("tn_halves("+high+","+low+","+scale+")", typ{kind, rNum, x.typ.scale}), nil
	case x.typ.rep == rInt && avg:
		return sqlFrag("tn_avg("+call("sum", x.sql)+","+n+","+scale+")", tNum), nil
	case x.typ.rep == rInt:
		return sqlFrag(call("sum", x.sql), typ{kind, rInt, x.typ.scale}), nil
	case x.typ.rep == rReal && avg:
		return sqlFrag("tn_avg_num("+call("sum", x.sql)+","+n+")", tNum), nil
	case x.typ.rep == rReal:
		return sqlFrag(call("sum", x.sql), x.typ), nil
	case avg:
		return sqlFrag("tn_avg_num("+call("tn_sum", x.sql)+","+n+")", tNum), nil
	}
	return sqlFrag(call("tn_sum", x.sql), x.typ), nil
}

func (c *compiler) limit(q *driver.Query) string {
	if q.Limit == nil {
		return ""
	}
	// The plus keeps SQLite from preparing the statement anew for each bound limit, which it does to
	// estimate with it; 9 % of a nested page went there.
	return " LIMIT +" + c.slot(slot{param: limitSlot, limit: true})
}

func whereSQL(parts []string) string {
	if len(parts) == 0 {
		return ""
	}
	return " WHERE " + strings.Join(parts, " AND ")
}

func orderSQL(os []order) string {
	if len(os) == 0 {
		return ""
	}
	parts := make([]string, len(os))
	for i, o := range os {
		parts[i] = o.sql()
	}
	return " ORDER BY " + strings.Join(parts, ", ")
}

// argumentOf resolves a Const or Param.
func argumentOf(e driver.Expr, args []value.Value) (value.Value, error) {
	switch e := e.(type) {
	case driver.Const:
		return e.Value, nil
	case driver.Param:
		if e.N < 0 || e.N >= len(args) {
			return value.Null, unsupported("argument %d of %d", e.N, len(args))
		}
		return args[e.N], nil
	}
	return value.Null, unsupported("%T where a literal or parameter is wanted", e)
}
