package sqlite

import (
	"strconv"
	"strings"

	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
)

// number is e as an operand of the Go number functions: an integer or the text of algebra.AppendNumber.
func (c *compiler) number(e driver.Expr, s scope) (string, typ, error) {
	f, err := c.expr(e, s)
	if err != nil {
		return "", typ{}, err
	}
	t := f.typ
	if f.konst != nil {
		t = valueType(*f.konst)
	}
	if t.rep != rNone && !t.number() {
		return "", t, unsupported("arithmetic on type %d", t.t)
	}
	if !f.free() && t.rep == rInt && t.scale == 0 {
		return f.sql, t, nil
	}
	sql, err := c.as(f, tNum, "")
	return sql, t, err
}

func whole(ts ...typ) driver.Type {
	for _, t := range ts {
		if t.t != driver.Int && t.t != driver.Bool {
			return driver.Decimal
		}
	}
	return driver.Int
}

var arithFuncs = map[string]string{"+": "tn_add", "-": "tn_sub", "*": "tn_mul", "/": "tn_div", "%": "tn_rem"}

func (c *compiler) arith(e driver.Arith, s scope) (frag, error) {
	fn, ok := arithFuncs[e.Op]
	if !ok {
		return frag{}, unsupported("operator %q", e.Op)
	}
	l, lt, err := c.number(e.L, s)
	if err != nil {
		return frag{}, err
	}
	r, rt, err := c.number(e.R, s)
	t := typ{t: whole(lt, rt), rep: rNum}
	if e.Op == "/" {
		t.t = driver.Decimal
	}
	return sqlFrag(fn+"("+l+","+r+")", t), err
}

func (c *compiler) numeric(fn string, s scope, e driver.Expr) (frag, error) {
	x, t, err := c.number(e, s)
	return sqlFrag(fn+"("+x+")", typ{t: whole(t), rep: rNum}), err
}

// call compiles the functions of the portable list.
func (c *compiler) call(e driver.Func, s scope) (frag, error) {
	argc := func(least, most int) error {
		if len(e.Args) < least || len(e.Args) > most {
			return unsupported("%s with %d arguments", e.Name, len(e.Args))
		}
		return nil
	}
	switch e.Name {
	case "coalesce":
		return c.coalesce(e.Args, s)
	case "lower", "upper", "trim", "length":
		if err := argc(1, 1); err != nil {
			return frag{}, err
		}
		x, err := c.text(e.Args[0], s)
		if e.Name == "length" {
			return sqlFrag("length("+x+")", tInt), err
		}
		return sqlFrag(strings.Replace(e.Name, "trim", "tn_trim", 1)+"("+x+")", tText), err
	case "concat":
		return c.concat(e.Args, s)
	case "abs", "floor", "ceil":
		if err := argc(1, 1); err != nil {
			return frag{}, err
		}
		f, err := c.numeric("tn_"+e.Name, s, e.Args[0])
		if e.Name != "abs" {
			f.typ.t = driver.Int
		}
		return f, err
	case "round":
		if err := argc(1, 2); err != nil {
			return frag{}, err
		}
		x, _, err := c.number(e.Args[0], s)
		if err != nil {
			return frag{}, err
		}
		digits := "0"
		if len(e.Args) == 2 {
			if digits, _, err = c.number(e.Args[1], s); err != nil {
				return frag{}, err
			}
		}
		return sqlFrag("tn_round("+x+","+digits+")", tNum), nil
	case "json_number":
		if err := argc(2, 2); err != nil {
			return frag{}, err
		}
		j, err := c.typed(e.Args[0], s, driver.JSON)
		if err != nil {
			return frag{}, err
		}
		p, err := c.text(e.Args[1], s)
		return sqlFrag("tn_json_number("+j.sql+","+p+")", tNum), err
	}
	return c.calendar(e, s, argc)
}

// typed compiles e, which must have one of the types.
func (c *compiler) typed(e driver.Expr, s scope, want ...driver.Type) (frag, error) {
	f, err := c.expr(e, s)
	if err != nil {
		return f, err
	}
	if f.param >= 0 {
		t := columnType(driver.Column{Type: want[0]})
		sql, err := c.as(f, t, "")
		return sqlFrag(sql, t), err
	}
	if f, err = c.settled(f); err != nil {
		return f, err
	}
	for _, w := range want {
		if f.typ.t == w {
			return f, nil
		}
	}
	return f, unsupported("an argument of type %d", f.typ.t)
}

// calendar compiles the functions of days and instants. Instants are cut in UTC, or in the IANA
// zone that a further argument names.
func (c *compiler) calendar(e driver.Func, s scope, argc func(int, int) error) (frag, error) {
	switch e.Name {
	case "date", "year", "month", "day", "hour", "quarter", "week_start", "month_start":
		if err := argc(1, 2); err != nil {
			return frag{}, err
		}
		want := []driver.Type{driver.Date, driver.DateTime}
		if e.Name == "date" || e.Name == "hour" {
			want = []driver.Type{driver.DateTime, driver.Date}
		}
		x, err := c.typed(e.Args[0], s, want...)
		if err != nil {
			return x, err
		}
		zone := "'UTC'"
		if len(e.Args) == 2 {
			if zone, err = c.text(e.Args[1], s); err != nil {
				return x, err
			}
		}
		t := tInt
		if e.Name == "date" || strings.HasSuffix(e.Name, "_start") {
			t = tDate
		}
		return sqlFrag("tn_calendar("+quoteText(e.Name)+","+x.sql+","+strconv.Itoa(b2i(x.typ.t == driver.DateTime))+","+zone+")", t), nil
	case "add_days":
		if err := argc(2, 2); err != nil {
			return frag{}, err
		}
		x, err := c.typed(e.Args[0], s, driver.Date, driver.DateTime)
		if err != nil {
			return x, err
		}
		n, _, err := c.number(e.Args[1], s)
		return sqlFrag("tn_add_days("+x.sql+","+n+","+strconv.Itoa(b2i(x.typ.t == driver.DateTime))+")", x.typ), err
	case "days_between":
		if err := argc(2, 2); err != nil {
			return frag{}, err
		}
		a, err := c.typed(e.Args[0], s, driver.Date)
		if err != nil {
			return a, err
		}
		b, err := c.typed(e.Args[1], s, driver.Date)
		return sqlFrag("("+b.sql+" - "+a.sql+")", tInt), err
	}
	return frag{}, unsupported("function %s", e.Name)
}

func (c *compiler) coalesce(args []driver.Expr, s scope) (frag, error) {
	if len(args) == 0 {
		return frag{}, unsupported("coalesce of nothing")
	}
	fs := make([]frag, len(args))
	for i, a := range args {
		f, err := c.expr(a, s)
		if err != nil {
			return f, err
		}
		fs[i] = f
	}
	t, err := common(fs...)
	if err != nil || t.rep == rNone && !params(fs) {
		return nullFrag(), err
	}
	parts := []string{}
	for _, f := range fs {
		p, err := c.as(f, t, "")
		if err != nil {
			return f, err
		}
		parts = append(parts, p)
	}
	return sqlFrag("coalesce("+strings.Join(append(parts, "NULL"), ",")+")", t), nil
}

// concat takes text and whole numbers; null counts as empty.
func (c *compiler) concat(args []driver.Expr, s scope) (frag, error) {
	parts := []string{"''"}
	for _, a := range args {
		f, err := c.expr(a, s)
		if err != nil {
			return f, err
		}
		t := f.typ
		if f.konst != nil {
			t = valueType(*f.konst)
		}
		if f.param >= 0 || (f.konst != nil && f.konst.Kind() == value.KindNull) {
			t = tText
		}
		if t.t != driver.Text && t.t != driver.Int && t.t != driver.Ref || t.rep == rNum {
			return f, unsupported("concat of type %d", t.t)
		}
		p, err := c.as(f, t, "")
		if err != nil {
			return f, err
		}
		parts = append(parts, "coalesce("+p+",'')")
	}
	return sqlFrag("("+strings.Join(parts, " || ")+")", tText), nil
}
