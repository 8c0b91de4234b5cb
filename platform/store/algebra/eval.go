package algebra

import (
	"strings"

	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
)

// Frame is what a compiled expression is evaluated on. It serves one goroutine.
type Frame struct {
	Row  []value.Value // by slot, as Scope gave them out
	Args []value.Value
	Err  error // the first failure of an evaluation, whose result is then null

	lists map[*list]*set // parsed arguments of In
}

// Fail keeps the first error and gives null.
func (f *Frame) Fail(err error) value.Value {
	if f.Err == nil {
		f.Err = err
	}
	return value.Null
}

// Eval gives the value of a compiled expression.
type Eval func(*Frame) value.Value

// Compiled is an expression ready to be evaluated. Its Type is 0 where nothing tells it: a Param
// or null alone. Free says that it reads no row.
type Compiled struct {
	Eval Eval
	Type driver.Type
	Free bool
}

// True says whether a condition is true, neither false nor null.
func (c Compiled) True(f *Frame) bool {
	v := c.Eval(f)
	return !v.IsNull() && v.Bool()
}

// Scope gives the slots of a Frame's row that names stand for. ErrNoTable for unknown names.
type Scope interface {
	Column(name string) (slot int, t driver.Type, err error)
	// Link is asked for Lookup and Exists, whose values the engine puts into the row.
	Link(e driver.Expr) (slot int, t driver.Type, err error)
	Output(n int) (slot int, t driver.Type, err error)
	// Search gives the slots of search columns, of all of them for nil.
	Search(columns []string) (slots []int, err error)
}

var kindTypes = [...]driver.Type{value.KindNull: 0, value.KindBool: driver.Bool, value.KindInt: driver.Int, value.KindFloat: driver.Float,
	value.KindDecimal: driver.Decimal, value.KindText: driver.Text, value.KindBytes: driver.Bytes, value.KindDate: driver.Date,
	value.KindTime: driver.Time, value.KindDateTime: driver.DateTime, value.KindRef: driver.Ref, value.KindList: driver.List, value.KindJSON: driver.JSON}

// TypeOf is the type of a value; 0 of null.
func TypeOf(v value.Value) driver.Type { return kindTypes[v.Kind()] }

// Number says whether values of t compute and compare by what they count.
func Number(t driver.Type) bool {
	return t == driver.Bool || t == driver.Int || t == driver.Float || t == driver.Decimal
}

func whole(t driver.Type) bool { return t == driver.Ref || t == driver.Int }

// Comparable says whether values of two types can be compared; 0 compares with all.
func Comparable(a, b driver.Type) bool {
	return a == b || a == 0 || b == 0 || Number(a) && Number(b) || whole(a) && whole(b)
}

// Compile checks e and makes it ready. ErrNoTable, ErrUnsupported.
func Compile(e driver.Expr, s Scope) (Compiled, error) {
	switch e := e.(type) {
	case driver.Col:
		return inRow(s.Column(e.Name))
	case driver.Output:
		return inRow(s.Output(e.N))
	case driver.Lookup, driver.Exists:
		return inRow(s.Link(e))
	case driver.Const:
		v := e.Value
		return Compiled{func(*Frame) value.Value { return v }, TypeOf(v), true}, nil
	case driver.Param:
		return param(e.N)
	case driver.And:
		return junction(e.Args, s, false)
	case driver.Or:
		return junction(e.Args, s, true)
	case driver.Not:
		return unary(e.Arg, s, driver.Bool, not, driver.Bool)
	case driver.IsNull:
		return unary(e.Arg, s, driver.Bool, func(v value.Value) value.Value { return value.Bool(v.IsNull()) })
	case driver.Cmp:
		return comparison(e, s)
	case driver.In:
		return membership(e, s)
	case driver.Match:
		return match(e, s)
	case driver.Has:
		return has(e, s)
	case driver.Search:
		return search(e, s)
	case driver.Arith:
		return arithmetic(e, s)
	case driver.Neg:
		return number(e.Arg, s, value.Neg)
	case driver.Case:
		return cases(e, s)
	case driver.Func:
		return call(e, s)
	}
	return Compiled{}, unsupported("expression %T", e)
}

// Condition compiles e, which must be a condition.
func Condition(e driver.Expr, s Scope) (Compiled, error) {
	c, err := Compile(e, s)
	if err == nil && !Comparable(c.Type, driver.Bool) {
		err = unsupported("a condition of type %d", c.Type)
	}
	return c, err
}

func inRow(slot int, t driver.Type, err error) (Compiled, error) {
	return Compiled{Eval: func(f *Frame) value.Value { return f.Row[slot] }, Type: t}, err
}

func param(n int) (Compiled, error) {
	if n < 0 {
		return Compiled{}, unsupported("argument %d", n)
	}
	return Compiled{Free: true, Eval: func(f *Frame) value.Value {
		if n >= len(f.Args) {
			return f.Fail(unsupported("argument %d of %d", n, len(f.Args)))
		}
		return f.Args[n]
	}}, nil
}

func not(v value.Value) value.Value {
	if v.IsNull() {
		return v
	}
	return value.Bool(!v.Bool())
}

// junction is Or where stop is true, And where it is false.
func junction(args []driver.Expr, s Scope, stop bool) (Compiled, error) {
	cs := make([]Compiled, len(args))
	free := true
	for i, a := range args {
		c, err := Condition(a, s)
		if err != nil {
			return c, err
		}
		cs[i], free = c, free && c.Free
	}
	return Compiled{Type: driver.Bool, Free: free, Eval: func(f *Frame) value.Value {
		out := value.Bool(!stop)
		for _, c := range cs {
			v := c.Eval(f)
			if v.IsNull() {
				out = v
			} else if v.Bool() == stop {
				return v
			}
		}
		return out
	}}, nil
}

// unary compiles fn of one argument, of one of the types if any are given.
func unary(arg driver.Expr, s Scope, result driver.Type, fn func(value.Value) value.Value, want ...driver.Type) (Compiled, error) {
	c, err := typed(arg, s, want...)
	return Compiled{Type: result, Free: c.Free, Eval: func(f *Frame) value.Value { return fn(c.Eval(f)) }}, err
}

// typed compiles an argument that must have one of the types, if any are given.
func typed(e driver.Expr, s Scope, want ...driver.Type) (Compiled, error) {
	c, err := Compile(e, s)
	if err != nil || len(want) == 0 || c.Type == 0 {
		return c, err
	}
	for _, w := range want {
		if c.Type == w {
			return c, nil
		}
	}
	return c, unsupported("an argument of type %d", c.Type)
}

func comparison(e driver.Cmp, s Scope) (Compiled, error) {
	holds, err := Holds(e.Op)
	if err != nil {
		return Compiled{}, err
	}
	l, err := Compile(e.L, s)
	if err != nil {
		return l, err
	}
	r, err := Compile(e.R, s)
	if err != nil {
		return r, err
	}
	if !Comparable(l.Type, r.Type) {
		return l, unsupported("types %d and %d together", l.Type, r.Type)
	}
	return Compiled{Type: driver.Bool, Free: l.Free && r.Free, Eval: func(f *Frame) value.Value {
		x, y := l.Eval(f), r.Eval(f)
		if x.IsNull() || y.IsNull() {
			return value.Null
		}
		if !Comparable(TypeOf(x), TypeOf(y)) {
			return f.Fail(unsupported("values of kinds %d and %d together", x.Kind(), y.Kind()))
		}
		return value.Bool(holds(Compare(x, y)))
	}}, nil
}

// Compare orders two values that are not null and Comparable.
func Compare(a, b value.Value) int {
	if a.Kind() == value.KindRef && b.Kind() == value.KindInt {
		b = value.Ref(b.Int())
	} else if a.Kind() == value.KindInt && b.Kind() == value.KindRef {
		a = value.Ref(a.Int())
	}
	return value.Compare(a, b)
}

// Holds gives the test that op makes of a comparison's sign.
func Holds(op driver.CmpOp) (func(sign int) bool, error) {
	switch op {
	case driver.Eq:
		return func(c int) bool { return c == 0 }, nil
	case driver.Ne:
		return func(c int) bool { return c != 0 }, nil
	case driver.Lt:
		return func(c int) bool { return c < 0 }, nil
	case driver.Le:
		return func(c int) bool { return c <= 0 }, nil
	case driver.Gt:
		return func(c int) bool { return c > 0 }, nil
	case driver.Ge:
		return func(c int) bool { return c >= 0 }, nil
	}
	return nil, unsupported("comparison %q", op)
}

func match(e driver.Match, s Scope) (Compiled, error) {
	modes := map[string]func(s, x string) bool{"contains": strings.Contains, "prefix": strings.HasPrefix, "suffix": strings.HasSuffix}
	fn := modes[e.Mode]
	if fn == nil {
		return Compiled{}, unsupported("match %q", e.Mode)
	}
	a, err := typed(e.Arg, s, driver.Text)
	if err != nil {
		return a, err
	}
	p, err := typed(e.Pattern, s, driver.Text)
	return Compiled{Type: driver.Bool, Free: a.Free && p.Free, Eval: func(f *Frame) value.Value {
		x, y := a.Eval(f), p.Eval(f)
		if x.IsNull() || y.IsNull() {
			return value.Null
		}
		return value.Bool(fn(Fold(x.Text()), Fold(y.Text())))
	}}, err
}

func cases(e driver.Case, s Scope) (Compiled, error) {
	type arm struct{ when, then Compiled }
	out := Compiled{Free: true}
	take := func(e driver.Expr) (Compiled, error) {
		c, err := Compile(e, s)
		if err == nil {
			out.Type, err = common(out.Type, c.Type)
		}
		out.Free = out.Free && c.Free
		return c, err
	}
	var arms []arm
	for _, a := range e.Arms {
		w, err := Condition(a.When, s)
		if err != nil {
			return w, err
		}
		out.Free = out.Free && w.Free
		t, err := take(a.Then)
		if err != nil {
			return t, err
		}
		arms = append(arms, arm{w, t})
	}
	other := Compiled{Eval: func(*Frame) value.Value { return value.Null }}
	if e.Else != nil {
		var err error
		if other, err = take(e.Else); err != nil {
			return other, err
		}
	}
	out.Eval = func(f *Frame) value.Value {
		for _, a := range arms {
			if a.when.True(f) {
				return a.then.Eval(f)
			}
		}
		return other.Eval(f)
	}
	return out, nil
}

// common is the type of a value that has one of two types.
func common(a, b driver.Type) (driver.Type, error) {
	switch {
	case !Comparable(a, b):
		return a, unsupported("types %d and %d together", a, b)
	case a == 0:
		return b, nil
	case b == 0 || a == b:
		return a, nil
	case Number(a):
		return driver.Decimal, nil
	}
	return a, nil
}
