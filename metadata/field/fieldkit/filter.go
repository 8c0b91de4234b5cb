package fieldkit

import (
	"github.com/tenon-platform/tenon/metadata/field"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
)

// Read turns input into one value; it is a field's Coerce, or a laxer one for filters.
type Read func(in any) (value.Value, *errs.Error)

// maxIn is the most elements of in and notIn.
const maxIn = 1000

// Equality gives eq, ne, in, notIn and isNull. They follow SQL: ne and notIn do not match null.
func Equality(arg string, read Read) []field.Operator {
	return []field.Operator{
		Compare("eq", arg, driver.Eq, read),
		Compare("ne", arg, driver.Ne, read),
		In("in", arg, read, false),
		In("notIn", arg, read, true),
		IsNull(),
	}
}

// Ordering gives lt, lte, gt, gte and between (both ends included).
func Ordering(arg string, read Read) []field.Operator {
	return []field.Operator{
		Compare("lt", arg, driver.Lt, read),
		Compare("lte", arg, driver.Le, read),
		Compare("gt", arg, driver.Gt, read),
		Compare("gte", arg, driver.Ge, read),
		{Name: "between", Arg: "[" + arg + "!]!", Coerce: func(in any, _ field.Now) ([]value.Value, *errs.Error) {
			list, ok := in.([]any)
			if !ok || len(list) != 2 {
				return nil, Invalid("must be a list of 2 values: the lower and the upper end", "必须是含 2 个值的列表：下限和上限")
			}
			return readAll(list, read)
		}, Build: Range},
	}
}

// Range is args[0] ≤ col ≤ args[1].
func Range(col driver.Expr, args []driver.Expr) driver.Expr {
	return driver.And{Args: []driver.Expr{driver.Cmp{Op: driver.Ge, L: col, R: args[0]}, driver.Cmp{Op: driver.Le, L: col, R: args[1]}}}
}

// Compare is one comparison with one value.
func Compare(name, arg string, op driver.CmpOp, read Read) field.Operator {
	return field.Operator{Name: name, Arg: arg + "!", Coerce: One(read), Build: func(col driver.Expr, args []driver.Expr) driver.Expr {
		return driver.Cmp{Op: op, L: col, R: args[0]}
	}}
}

// One makes an operator's coercer of a reader; null is refused, since comparing with it never matches.
func One(read Read) func(any, field.Now) ([]value.Value, *errs.Error) {
	return func(in any, _ field.Now) ([]value.Value, *errs.Error) {
		return readAll([]any{in}, read)
	}
}

func readAll(list []any, read Read) ([]value.Value, *errs.Error) {
	out := make([]value.Value, len(list))
	for i, x := range list {
		if x == nil {
			return nil, Invalid("must not be null; use isNull", "不能为 null；请使用 isNull")
		}
		v, err := read(x)
		if err != nil {
			return nil, err
		}
		if v.IsNull() {
			return nil, Invalid("must not be empty; use isNull", "不能为空；请使用 isNull")
		}
		out[i] = v
	}
	return out, nil
}

// In is membership in a list of values, which travels as one List.
func In(name, arg string, read Read, negate bool) field.Operator {
	return field.Operator{Name: name, Arg: "[" + arg + "!]!", Coerce: ListOf(read), Build: func(col driver.Expr, args []driver.Expr) driver.Expr {
		var e driver.Expr = driver.In{Arg: col, List: args[0]}
		if negate {
			e = driver.Not{Arg: e}
		}
		return e
	}}
}

// ListOf reads a list into one List value, encoded as driver.In says.
func ListOf(read Read) func(any, field.Now) ([]value.Value, *errs.Error) {
	return func(in any, _ field.Now) ([]value.Value, *errs.Error) {
		list, ok := in.([]any)
		if !ok {
			return nil, Invalid("must be a list", "必须是列表")
		}
		if len(list) > maxIn {
			return nil, Refused("has %d values, at most %d are allowed", "有 %d 个值，最多允许 %d 个", len(list), maxIn)
		}
		vs, err := readAll(list, read)
		if err != nil {
			return nil, err
		}
		return []value.Value{value.List(string(AppendList(nil, vs)))}, nil
	}
}

// AppendList appends the elements of a List value.
func AppendList(dst []byte, vs []value.Value) []byte {
	dst = append(dst, '[')
	for i, v := range vs {
		if i > 0 {
			dst = append(dst, ',')
		}
		switch v.Kind() {
		case value.KindText:
			dst = AppendString(dst, v.Text())
		case value.KindDecimal:
			dst = append(v.AppendDecimal(append(dst, '"')), '"')
		default:
			dst = appendInt(dst, v.Int())
		}
	}
	return append(dst, ']')
}

// IsNull tests for the absence of a value.
func IsNull() field.Operator {
	return field.Operator{Name: "isNull", Arg: "Boolean!", Coerce: One(Bool), Build: func(col driver.Expr, args []driver.Expr) driver.Expr {
		return driver.Cmp{Op: driver.Eq, L: driver.IsNull{Arg: col}, R: args[0]}
	}}
}

// Matching gives contains, startsWith and endsWith; ASCII letters match without regard to case.
func Matching() []field.Operator {
	read := func(in any) (value.Value, *errs.Error) {
		s, err := String(in, true)
		return value.Text(s), err
	}
	var out []field.Operator
	for _, m := range [][2]string{{"contains", "contains"}, {"startsWith", "prefix"}, {"endsWith", "suffix"}} {
		out = append(out, field.Operator{Name: m[0], Arg: "String!", Coerce: One(read), Build: func(col driver.Expr, args []driver.Expr) driver.Expr {
			return driver.Match{Mode: m[1], Arg: col, Pattern: args[0]}
		}})
	}
	return out
}

// Elements gives the operators of list fields: has, hasAny, hasAll, isEmpty. An empty list is
// stored as null, so isEmpty is a test for null.
func Elements(arg string, read Read) []field.Operator {
	empty := IsNull()
	empty.Name = "isEmpty"
	return []field.Operator{{Name: "has", Arg: arg + "!", Coerce: One(read), Build: func(col driver.Expr, args []driver.Expr) driver.Expr {
		return driver.Has{Arg: col, Elem: args[0]}
	}}, several("hasAny", arg, read, false), several("hasAll", arg, read, true), empty}
}

// maxHas is the number of elements that hasAny and hasAll take. Each is a parameter of its own and
// operators have a fixed number of them, so a shorter list is filled by repeating its last element.
const maxHas = 16

func several(name, arg string, read Read, all bool) field.Operator {
	return field.Operator{Name: name, Arg: "[" + arg + "!]!", Coerce: func(in any, _ field.Now) ([]value.Value, *errs.Error) {
		list, ok := in.([]any)
		if !ok || len(list) == 0 || len(list) > maxHas {
			return nil, Invalid("must be a list of 1 to %d values", "必须是含 1 到 %d 个值的列表", maxHas)
		}
		vs, err := readAll(list, read)
		for err == nil && len(vs) < maxHas {
			vs = append(vs, vs[len(vs)-1])
		}
		return vs, err
	}, Build: func(col driver.Expr, args []driver.Expr) driver.Expr {
		each := make([]driver.Expr, len(args))
		for i, a := range args {
			each[i] = driver.Has{Arg: col, Elem: a}
		}
		if all {
			return driver.And{Args: each}
		}
		return driver.Or{Args: each}
	}}
}
