package sqlite

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
)

// slot is one SQL parameter: an argument and how it is encoded. The same argument compared with
// columns of two scales fills two slots.
type slot struct {
	param int
	typ   typ
	op    driver.CmpOp
	list  bool
	limit bool
}

// frag is a compiled expression. A parameter or literal has no sql until as gives it a type.
type frag struct {
	sql   string
	typ   typ
	param int // n-th argument, or -1
	konst *value.Value
	solid bool // never null
}

func sqlFrag(sql string, t typ) frag { return frag{sql: sql, typ: t, param: -1} }

// nullFrag is null, of no type yet.
func nullFrag() frag {
	v := value.Null
	return frag{param: -1, konst: &v}
}

func params(fs []frag) bool {
	return slices.ContainsFunc(fs, func(f frag) bool { return f.param >= 0 })
}

func (f frag) free() bool { return f.param >= 0 || f.konst != nil }

// scope is the table that Col means, under its alias.
type scope struct {
	table *table
	alias string
}

type compiler struct {
	schema  *schema
	slots   []slot
	index   map[slot]int
	aliases int
	exact   bool // sums survive the overflow of 64 bits
	outputs []frag
}

func newCompiler(s *schema, exact bool) *compiler {
	return &compiler{schema: s, index: map[slot]int{}, exact: exact}
}

func (c *compiler) scope(name string) (scope, error) {
	t, err := c.schema.table(name)
	if err != nil {
		return scope{}, err
	}
	c.aliases++
	return scope{t, "t" + strconv.Itoa(c.aliases)}, nil
}

func (s scope) from() string { return quoteName(s.table.def.Name) + " AS " + s.alias }

// prefix is empty in the conditions of indexes, where SQLite allows no alias.
func (s scope) prefix() string {
	if s.alias == "" {
		return ""
	}
	return s.alias + "."
}

func (c *compiler) slot(s slot) string {
	n, ok := c.index[s]
	if !ok {
		c.slots = append(c.slots, s)
		n = len(c.slots)
		c.index[s] = n
	}
	return "?" + strconv.Itoa(n)
}

// as is the SQL of f in the representation of t, as the right operand of op.
func (c *compiler) as(f frag, t typ, op driver.CmpOp) (string, error) {
	switch {
	case f.param >= 0:
		return c.slot(slot{param: f.param, typ: t, op: op}), nil
	case f.konst != nil:
		d, err := encode(*f.konst, t, op)
		return d.literal(), err
	case f.typ.rep == t.rep && f.typ.scale == t.scale || f.typ.rep == rNum && t.rep == rNum:
		return f.sql, nil
	case t.rep == rNum && f.typ.number():
		return toNum(f), nil
	case (f.typ.t == driver.Ref || f.typ.t == driver.Int) && (t.t == driver.Ref || t.t == driver.Int):
		return f.sql, nil
	}
	return "", unsupported("a value of type %d where %d is wanted", f.typ.t, t.t)
}

func toNum(f frag) string {
	if f.typ.rep == rNum {
		return f.sql
	}
	return "tn_num(" + f.sql + "," + strconv.Itoa(int(f.typ.scale)) + ")"
}

func unsupported(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{driver.ErrUnsupported}, args...)...)
}

// common is the type in which all of fs can be given.
func common(fs ...frag) (typ, error) {
	var t typ
	mixed, params := false, false
	for _, f := range fs {
		ft := f.typ
		if f.konst != nil {
			ft = valueType(*f.konst)
		}
		switch {
		case f.param >= 0:
			params = true
		case ft.rep == rNone:
		case t.rep == rNone:
			t = ft
		case t == ft:
		case t.number() && ft.number():
			mixed = true
		case (t.t == driver.Ref || t.t == driver.Int) && (ft.t == driver.Ref || ft.t == driver.Int):
		default:
			return t, unsupported("types %d and %d together", t.t, ft.t)
		}
	}
	if t.number() && (mixed || params) && t.t != driver.Bool {
		return tNum, nil
	}
	return t, nil
}

// pair gives both sides of a comparison in one type.
func (c *compiler) pair(l, r frag, op driver.CmpOp) (string, string, error) {
	if l.free() && !r.free() {
		rs, ls, err := c.pair(r, l, flip(op))
		return ls, rs, err
	}
	if r.free() && !l.free() {
		rs, err := c.as(r, l.typ, op)
		return l.sql, rs, err
	}
	t, err := common(l, r)
	if err != nil {
		return "", "", err
	}
	if l.param >= 0 && r.param >= 0 {
		t = typ{}
	} else if t.number() && l.typ != r.typ {
		t = tNum
	}
	ls, err := c.as(l, t, "")
	if err != nil {
		return "", "", err
	}
	rs, err := c.as(r, t, "")
	return ls, rs, err
}

func flip(op driver.CmpOp) driver.CmpOp {
	switch op {
	case driver.Lt:
		return driver.Gt
	case driver.Le:
		return driver.Ge
	case driver.Gt:
		return driver.Lt
	case driver.Ge:
		return driver.Le
	}
	return op
}

// settled gives a literal its own type; a parameter alone has none.
func (c *compiler) settled(f frag) (frag, error) {
	if f.konst == nil {
		if f.param >= 0 {
			return f, unsupported("a parameter whose type nothing tells")
		}
		return f, nil
	}
	t := valueType(*f.konst)
	s, err := c.as(f, t, "")
	return sqlFrag(s, t), err
}
