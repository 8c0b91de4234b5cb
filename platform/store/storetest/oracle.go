package storetest

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
)

// eval evaluates the part of the algebra that the random conditions use, in the plainest way.
func eval(e driver.Expr, row map[string]value.Value, args []value.Value) value.Value {
	sub := func(e driver.Expr) value.Value { return eval(e, row, args) }
	switch e := e.(type) {
	case driver.Col:
		return row[e.Name]
	case driver.Const:
		return e.Value
	case driver.Param:
		return args[e.N]
	case driver.IsNull:
		return value.Bool(sub(e.Arg).IsNull())
	case driver.Not:
		v := sub(e.Arg)
		if v.IsNull() {
			return v
		}
		return value.Bool(!v.Bool())
	case driver.And:
		return fold(e.Args, sub, false)
	case driver.Or:
		return fold(e.Args, sub, true)
	case driver.Cmp:
		return compare(sub(e.L), e.Op, sub(e.R))
	case driver.In:
		return among(sub(e.Arg), sub(e.List))
	case driver.Match:
		return matches(e.Mode, sub(e.Arg), sub(e.Pattern))
	case driver.Arith:
		ops := map[string]func(a, b value.Value) value.Value{"+": value.Add, "-": value.Sub, "*": value.Mul, "/": value.Div, "%": value.Rem}
		return ops[e.Op](sub(e.L), sub(e.R))
	case driver.Case:
		for _, a := range e.Arms {
			if w := sub(a.When); !w.IsNull() && w.Bool() {
				return sub(a.Then)
			}
		}
		if e.Else == nil {
			return value.Null
		}
		return sub(e.Else)
	}
	panic(fmt.Sprintf("the oracle does not know %T", e))
}

// fold is Or where stop is true, And where it is false.
func fold(args []driver.Expr, sub func(driver.Expr) value.Value, stop bool) value.Value {
	out := value.Bool(!stop)
	for _, a := range args {
		v := sub(a)
		if v.IsNull() {
			out = v
		} else if v.Bool() == stop {
			return value.Bool(stop)
		}
	}
	return out
}

func compare(l value.Value, op driver.CmpOp, r value.Value) value.Value {
	if l.IsNull() || r.IsNull() {
		return value.Null
	}
	c := value.Compare(l, r)
	return value.Bool(map[driver.CmpOp]bool{driver.Eq: c == 0, driver.Ne: c != 0, driver.Lt: c < 0, driver.Le: c <= 0, driver.Gt: c > 0, driver.Ge: c >= 0}[op])
}

func among(v, list value.Value) value.Value {
	if v.IsNull() || list.IsNull() {
		return value.Null
	}
	var all []string
	if err := json.Unmarshal([]byte(list.Text()), &all); err != nil {
		panic(err)
	}
	for _, s := range all {
		if x, err := value.ParseDecimal(s); err == nil && value.Equal(v, x) {
			return value.Bool(true)
		}
	}
	return value.Bool(false)
}

func matches(mode string, v, pattern value.Value) value.Value {
	if v.IsNull() || pattern.IsNull() {
		return value.Null
	}
	lower := func(s string) string {
		return strings.Map(func(r rune) rune {
			if r >= 'A' && r <= 'Z' {
				return r + 'a' - 'A'
			}
			return r
		}, s)
	}
	f := map[string]func(s, x string) bool{"contains": strings.Contains, "prefix": strings.HasPrefix, "suffix": strings.HasSuffix}[mode]
	return value.Bool(f(lower(v.Text()), lower(pattern.Text())))
}
