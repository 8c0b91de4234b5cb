package sqlite

import (
	"fmt"
	"strings"

	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
)

// condition compiles e as a condition. At top, null counts as false, which lets IN keep its index.
func (c *compiler) condition(e driver.Expr, s scope, top bool) (string, error) {
	switch e := e.(type) {
	case driver.And:
		return c.join(e.Args, s, top, " AND ", "1")
	case driver.Or:
		return c.join(e.Args, s, top, " OR ", "0")
	case driver.In:
		return c.in(e, s, top)
	case driver.Has:
		if sql, found, err := c.among(e, s, top); found || err != nil {
			return sql, err
		}
		return c.has(e, s)
	}
	f, err := c.expr(e, s)
	if err != nil {
		return "", err
	}
	return c.as(f, tBool, "")
}

func (c *compiler) join(args []driver.Expr, s scope, top bool, sep, empty string) (string, error) {
	if len(args) == 0 {
		return empty, nil
	}
	parts := make([]string, len(args))
	for i, a := range args {
		p, err := c.condition(a, s, top)
		if err != nil {
			return "", err
		}
		parts[i] = p
	}
	return "(" + strings.Join(parts, sep) + ")", nil
}

// expr compiles any expression.
func (c *compiler) expr(e driver.Expr, s scope) (frag, error) {
	switch e := e.(type) {
	case driver.Col:
		return s.column(e.Name)
	case driver.Const:
		v := e.Value
		return frag{param: -1, konst: &v}, nil
	case driver.Param:
		return frag{param: e.N}, nil
	case driver.Output:
		if e.N < 0 || e.N >= len(c.outputs) {
			return frag{}, unsupported("output %d", e.N)
		}
		return c.outputs[e.N], nil
	case driver.And, driver.Or, driver.In, driver.Has:
		sql, err := c.condition(e, s, false)
		return sqlFrag(sql, tBool), err
	case driver.Not:
		if n, ok := e.Arg.(driver.IsNull); ok { // SQLite knows that x = ? implies x IS NOT NULL, and not this of NOT (x IS NULL)
			return c.isNull(n, s, " IS NOT NULL)")
		}
		sql, err := c.condition(e.Arg, s, false)
		return sqlFrag("(NOT "+sql+")", tBool), err
	case driver.IsNull:
		return c.isNull(e, s, " IS NULL)")
	case driver.Cmp:
		return c.cmp(e, s)
	case driver.Match:
		return c.match(e, s)
	case driver.Search:
		return c.search(e, s)
	case driver.Lookup:
		return c.lookup(e, s)
	case driver.Exists:
		return c.exists(e, s)
	case driver.Arith:
		return c.arith(e, s)
	case driver.Neg:
		return c.numeric("tn_neg", s, e.Arg)
	case driver.Case:
		return c.cases(e, s)
	case driver.Func:
		return c.call(e, s)
	}
	return frag{}, unsupported("expression %T", e)
}

func (s scope) column(name string) (frag, error) {
	if s.table == nil {
		return frag{}, unsupported("a column where only outputs are")
	}
	if name == "id" {
		return frag{sql: s.prefix() + "id", typ: tRef, param: -1, solid: true}, nil
	}
	t, ok := s.table.types[name]
	if !ok {
		return frag{}, fmt.Errorf("%w: %s.%s", driver.ErrNoTable, s.table.def.Name, name)
	}
	return sqlFrag(s.prefix()+quoteName(name), t), nil
}

func (c *compiler) isNull(e driver.IsNull, s scope, test string) (frag, error) {
	f, err := c.expr(e.Arg, s)
	if err != nil {
		return f, err
	}
	sql, err := c.as(f, f.typ, "")
	return sqlFrag("("+sql+test, tBool), err
}

func (c *compiler) cmp(e driver.Cmp, s scope) (frag, error) {
	switch e.Op {
	case driver.Eq, driver.Ne, driver.Lt, driver.Le, driver.Gt, driver.Ge:
	default:
		return frag{}, unsupported("comparison %q", e.Op)
	}
	l, err := c.expr(e.L, s)
	if err != nil {
		return l, err
	}
	r, err := c.expr(e.R, s)
	if err != nil {
		return r, err
	}
	ls, rs, err := c.pair(l, r, e.Op)
	return sqlFrag("("+ls+" "+string(e.Op)+" "+rs+")", tBool), err
}

func (c *compiler) in(e driver.In, s scope, top bool) (string, error) {
	if arg, ok := e.Arg.(driver.Const); ok && arg.Value.IsNull() { // whatever is in the list
		return "NULL", nil
	}
	a, err := c.expr(e.Arg, s)
	if err != nil {
		return "", err
	}
	if a, err = c.settled(a); err != nil {
		return "", err
	}
	var list string
	switch l := e.List.(type) {
	case driver.Param:
		list = c.slot(slot{param: l.N, typ: a.typ, list: true})
	case driver.Const:
		return literalIn(a, l.Value, top)
	default:
		return "", unsupported("a list that is neither literal nor parameter")
	}
	sql := "(" + a.sql + " IN (SELECT value FROM json_each(" + list + ")))"
	if top {
		return sql, nil
	}
	return "(CASE WHEN " + a.sql + " IS NULL OR " + list + " IS NULL THEN NULL ELSE " + sql + " END)", nil
}

// literalIn is IN with the elements written out, as the condition of an index needs.
func literalIn(a frag, list value.Value, top bool) (string, error) {
	if list.IsNull() {
		return "NULL", nil
	}
	ds, err := elements(list, a.typ)
	if err != nil {
		return "", err
	}
	parts := make([]string, len(ds))
	for i, d := range ds {
		parts[i] = d.literal()
	}
	sql := "(" + a.sql + " IN (" + strings.Join(parts, ",") + "))"
	if top || len(ds) > 0 {
		return sql, nil
	}
	return "(CASE WHEN " + a.sql + " IS NOT NULL THEN 0 END)", nil
}

func (c *compiler) has(e driver.Has, s scope) (string, error) {
	l, err := c.expr(e.Arg, s)
	if err != nil {
		return "", err
	}
	if l, err = c.settled(l); err != nil {
		return "", err
	}
	if l.typ.t != driver.List {
		return "", unsupported("has on a column that is no list")
	}
	x, err := c.expr(e.Elem, s)
	if err != nil {
		return "", err
	}
	t := x.typ
	if x.konst != nil {
		t = valueType(*x.konst)
	}
	xs, err := c.as(x, t, "")
	if err != nil {
		return "", err
	}
	return "(CASE WHEN " + l.sql + " IS NULL OR " + xs + " IS NULL THEN NULL ELSE EXISTS (SELECT 1 FROM json_each(" + l.sql + ") WHERE value = " + xs + ") END)", nil
}

func (c *compiler) text(e driver.Expr, s scope) (string, error) {
	f, err := c.expr(e, s)
	if err != nil {
		return "", err
	}
	if !f.free() && f.typ.t != driver.Text {
		return "", unsupported("text of a value of type %d", f.typ.t)
	}
	return c.as(f, tText, "")
}

func (c *compiler) match(e driver.Match, s scope) (frag, error) {
	a, err := c.text(e.Arg, s)
	if err != nil {
		return frag{}, err
	}
	p, err := c.text(e.Pattern, s)
	if err != nil {
		return frag{}, err
	}
	a, p = "lower("+a+")", "lower("+p+")" // SQLite's lower knows ASCII alone, as the algebra asks
	switch e.Mode {
	case "contains":
		return sqlFrag("(instr("+a+","+p+") > 0)", tBool), nil
	case "prefix":
		return sqlFrag("(substr("+a+",1,length("+p+")) = "+p+")", tBool), nil
	case "suffix":
		return sqlFrag("(length("+a+") >= length("+p+") AND substr("+a+",1+length("+a+")-length("+p+")) = "+p+")", tBool), nil
	}
	return frag{}, unsupported("match %q", e.Mode)
}

func (c *compiler) lookup(e driver.Lookup, s scope) (frag, error) {
	ref, err := c.expr(e.Ref, s)
	if err != nil {
		return ref, err
	}
	rs, err := c.as(ref, tRef, driver.Eq)
	if err != nil {
		return ref, err
	}
	in, err := c.scope(e.Table)
	if err != nil {
		return frag{}, err
	}
	x, err := c.expr(e.Expr, in)
	if err != nil {
		return x, err
	}
	if x, err = c.settled(x); err != nil {
		return x, err
	}
	return sqlFrag("(SELECT "+x.sql+" FROM "+in.from()+" WHERE "+in.alias+".id = "+rs+")", x.typ), nil
}

func (c *compiler) exists(e driver.Exists, s scope) (frag, error) {
	in, err := c.scope(e.Table)
	if err != nil {
		return frag{}, err
	}
	link, err := c.link(e.Link, in, s)
	if err != nil {
		return frag{}, err
	}
	if e.Where != nil {
		w, err := c.condition(e.Where, in, true)
		if err != nil {
			return frag{}, err
		}
		link += " AND " + w
	}
	return sqlFrag("EXISTS (SELECT 1 FROM "+in.from()+" WHERE "+link+")", tBool), nil
}

func (c *compiler) link(l driver.Link, in, out scope) (string, error) {
	i, err := c.expr(l.Inner, in)
	if err != nil {
		return "", err
	}
	o, err := c.expr(l.Outer, out)
	if err != nil {
		return "", err
	}
	if i, err = c.settled(i); err != nil {
		return "", err
	}
	if o, err = c.settled(o); err != nil {
		return "", err
	}
	switch {
	case l.InnerList && l.OuterList, l.Prefix != "" && (l.InnerList || l.OuterList):
		return "", unsupported("a link between two lists")
	case l.InnerList:
		return "EXISTS (SELECT 1 FROM json_each(" + i.sql + ") WHERE value = " + o.sql + ")", nil
	case l.OuterList:
		return i.sql + " IN (SELECT value FROM json_each(" + o.sql + "))", nil
	case l.Prefix != "":
		return i.sql + " = " + quoteText(l.Prefix) + " || " + o.sql, nil
	}
	is, os, err := c.pair(i, o, driver.Eq)
	return is + " = " + os, err
}

func (c *compiler) cases(e driver.Case, s scope) (frag, error) {
	fs := make([]frag, 0, len(e.Arms)+1)
	for _, a := range e.Arms {
		f, err := c.expr(a.Then, s)
		if err != nil {
			return f, err
		}
		fs = append(fs, f)
	}
	if e.Else != nil {
		f, err := c.expr(e.Else, s)
		if err != nil {
			return f, err
		}
		fs = append(fs, f)
	}
	t, err := common(fs...)
	if err != nil || t.rep == rNone && !params(fs) {
		return nullFrag(), err
	}
	sql := "CASE"
	if len(e.Arms) == 0 {
		sql = "CASE WHEN 0 THEN NULL"
	}
	for i, f := range fs {
		v, err := c.as(f, t, "")
		if err != nil {
			return f, err
		}
		if i < len(e.Arms) {
			w, err := c.condition(e.Arms[i].When, s, true)
			if err != nil {
				return f, err
			}
			sql += " WHEN " + w + " THEN " + v
		} else {
			sql += " ELSE " + v
		}
	}
	return sqlFrag("("+sql+" END)", t), nil
}
