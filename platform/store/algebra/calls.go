package algebra

import (
	"strings"
	"time"
	"unicode/utf8"

	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
)

var numbers = []driver.Type{driver.Bool, driver.Int, driver.Float, driver.Decimal}

func number(arg driver.Expr, s Scope, fn func(value.Value) value.Value) (Compiled, error) {
	x, err := typed(arg, s, numbers...)
	if err != nil {
		return x, err
	}
	return Compiled{Type: result(x.Type), Free: x.Free, Eval: func(f *Frame) value.Value { return fn(x.Eval(f)) }}, nil
}

// result is Int over whole numbers, else Decimal.
func result(ts ...driver.Type) driver.Type {
	for _, t := range ts {
		if t != driver.Int && t != driver.Bool {
			return driver.Decimal
		}
	}
	return driver.Int
}

func arithmetic(e driver.Arith, s Scope) (Compiled, error) {
	ops := map[string]func(a, b value.Value) value.Value{"+": value.Add, "-": value.Sub, "*": value.Mul, "/": value.Div, "%": value.Rem}
	fn := ops[e.Op]
	if fn == nil {
		return Compiled{}, unsupported("operator %q", e.Op)
	}
	c, l, r, err := binary(e.L, e.R, s, numbers, numbers, fn)
	c.Type = result(l.Type, r.Type)
	if e.Op == "/" {
		c.Type = driver.Decimal
	}
	return c, err
}

func binary(le, re driver.Expr, s Scope, lt, rt []driver.Type, fn func(a, b value.Value) value.Value) (c, l, r Compiled, err error) {
	if l, err = typed(le, s, lt...); err != nil {
		return l, l, r, err
	}
	if r, err = typed(re, s, rt...); err != nil {
		return r, l, r, err
	}
	c = Compiled{Free: l.Free && r.Free, Eval: func(f *Frame) value.Value {
		a, b := l.Eval(f), r.Eval(f)
		if a.IsNull() || b.IsNull() {
			return value.Null
		}
		return fn(a, b)
	}}
	return c, l, r, nil
}

// call compiles the functions of the portable list.
func call(e driver.Func, s Scope) (Compiled, error) {
	least, most := arity(e.Name)
	if most == 0 {
		return Compiled{}, unsupported("function %s", e.Name)
	}
	if len(e.Args) < least || len(e.Args) > most {
		return Compiled{}, unsupported("%s with %d arguments", e.Name, len(e.Args))
	}
	text := func(fn func(string) value.Value, t driver.Type) (Compiled, error) {
		return unary(e.Args[0], s, t, func(v value.Value) value.Value {
			if v.IsNull() {
				return v
			}
			return fn(v.Text())
		}, driver.Text)
	}
	switch e.Name {
	case "coalesce":
		return coalesce(e.Args, s)
	case "concat":
		return concat(e.Args, s)
	case "lower":
		return text(func(x string) value.Value { return value.Text(Fold(x)) }, driver.Text)
	case "upper":
		return text(func(x string) value.Value { return value.Text(Unfold(x)) }, driver.Text)
	case "trim":
		return text(func(x string) value.Value { return value.Text(strings.TrimSpace(x)) }, driver.Text)
	case "length":
		return text(func(x string) value.Value { return value.Int(int64(utf8.RuneCountInString(x))) }, driver.Int)
	case "abs":
		return number(e.Args[0], s, value.Abs)
	case "floor", "ceil":
		fn := value.Floor
		if e.Name == "ceil" {
			fn = value.Ceil
		}
		return unary(e.Args[0], s, driver.Int, fn, numbers...)
	case "round":
		return round(e.Args, s)
	case "json_number":
		c, _, _, err := binary(e.Args[0], e.Args[1], s, []driver.Type{driver.JSON}, []driver.Type{driver.Text},
			func(j, p value.Value) value.Value { return JSONNumber(j.Text(), p.Text()) })
		c.Type = driver.Decimal
		return c, err
	case "add_days":
		return addDays(e.Args, s)
	case "days_between":
		c, _, _, err := binary(e.Args[0], e.Args[1], s, []driver.Type{driver.Date}, []driver.Type{driver.Date},
			func(a, b value.Value) value.Value { return value.Int(b.Int() - a.Int()) })
		c.Type = driver.Int
		return c, err
	}
	return calendar(e, s)
}

func arity(name string) (least, most int) {
	switch name {
	case "coalesce":
		return 1, 1 << 20
	case "concat":
		return 0, 1 << 20
	case "lower", "upper", "trim", "length", "abs", "floor", "ceil":
		return 1, 1
	case "round", "date", "year", "month", "day", "hour", "quarter", "week_start", "month_start":
		return 1, 2
	case "json_number", "add_days", "days_between":
		return 2, 2
	}
	return 0, 0
}

func round(args []driver.Expr, s Scope) (Compiled, error) {
	var digits driver.Expr = driver.Const{Value: value.Int(0)}
	if len(args) == 2 {
		digits = args[1]
	}
	c, _, _, err := binary(args[0], digits, s, numbers, numbers, func(a, d value.Value) value.Value {
		return value.Round(a, int(value.Floor(d).Int()))
	})
	c.Type = driver.Decimal
	return c, err
}

const dayMicros = 86400_000_000

func addDays(args []driver.Expr, s Scope) (Compiled, error) {
	c, l, _, err := binary(args[0], args[1], s, []driver.Type{driver.Date, driver.DateTime}, numbers, AddDays)
	c.Type = l.Type
	return c, err
}

// calendar compiles the parts of days and instants. Instants are cut in UTC, or in the IANA zone
// that a further argument names.
func calendar(e driver.Func, s Scope) (Compiled, error) {
	x, err := typed(e.Args[0], s, driver.Date, driver.DateTime)
	if err != nil {
		return x, err
	}
	zone, free := func(*Frame) (*time.Location, error) { return time.UTC, nil }, true
	if len(e.Args) == 2 {
		if zone, free, err = location(e.Args[1], s); err != nil {
			return x, err
		}
	}
	t := driver.Int
	if e.Name == "date" || strings.HasSuffix(e.Name, "_start") {
		t = driver.Date
	}
	return Compiled{Type: t, Free: x.Free && free, Eval: func(f *Frame) value.Value {
		v := x.Eval(f)
		loc, err := zone(f)
		if err != nil {
			return f.Fail(err)
		}
		if v.IsNull() || loc == nil {
			return value.Null
		}
		out, err := Calendar(e.Name, v, loc)
		if err != nil {
			return f.Fail(err)
		}
		return out
	}}, nil
}

// location compiles the name of a zone; one that is written out is loaded here. A null name gives nil.
func location(e driver.Expr, s Scope) (func(*Frame) (*time.Location, error), bool, error) {
	if k, ok := e.(driver.Const); ok && k.Value.Kind() == value.KindText {
		loc, err := Zone(k.Value.Text())
		return func(*Frame) (*time.Location, error) { return loc, err }, true, nil
	}
	name, err := typed(e, s, driver.Text)
	return func(f *Frame) (*time.Location, error) {
		z := name.Eval(f)
		if z.IsNull() {
			return nil, nil
		}
		return Zone(z.Text())
	}, name.Free, err
}

func coalesce(args []driver.Expr, s Scope) (Compiled, error) {
	out := Compiled{Free: true}
	cs := make([]Compiled, len(args))
	for i, a := range args {
		c, err := Compile(a, s)
		if err != nil {
			return c, err
		}
		if out.Type, err = common(out.Type, c.Type); err != nil {
			return c, err
		}
		cs[i], out.Free = c, out.Free && c.Free
	}
	out.Eval = func(f *Frame) value.Value {
		for _, c := range cs {
			if v := c.Eval(f); !v.IsNull() {
				return v
			}
		}
		return value.Null
	}
	return out, nil
}

// concat takes text and whole numbers; null counts as empty.
func concat(args []driver.Expr, s Scope) (Compiled, error) {
	out := Compiled{Free: true, Type: driver.Text}
	cs := make([]Compiled, len(args))
	for i, a := range args {
		c, err := typed(a, s, driver.Text, driver.Int, driver.Ref)
		if err != nil {
			return c, err
		}
		cs[i], out.Free = c, out.Free && c.Free
	}
	out.Eval = func(f *Frame) value.Value {
		var b []byte
		for _, c := range cs {
			switch v := c.Eval(f); v.Kind() {
			case value.KindNull:
			case value.KindText:
				b = append(b, v.Text()...)
			default:
				b = v.AppendDecimal(b)
			}
		}
		return value.Text(string(b))
	}
	return out, nil
}
