package graph

import (
	"strconv"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/field"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/runtime/query"
)

// hasDefault says whether the field's type fills in a value of its own.
func hasDefault(f *catalog.Field) bool {
	if _, ok := f.Type.(field.Generated); ok {
		return true
	}
	d, ok := f.Type.(field.Defaulter)
	return ok && d.DefaultValue() != nil
}

// idOperators compare ids of records of o. An id of another object is INVALID_INPUT.
func idOperators(o *catalog.Object) []field.Operator {
	one := func(in any, _ field.Now) ([]value.Value, *errs.Error) {
		id, err := refOf(o, in)
		return []value.Value{value.Ref(id)}, err
	}
	list := func(in any, _ field.Now) ([]value.Value, *errs.Error) {
		v, err := refsOf(o, in)
		return []value.Value{v}, err
	}
	flag := func(in any, _ field.Now) ([]value.Value, *errs.Error) {
		b, ok := in.(bool)
		if !ok {
			return nil, errs.New(errs.InvalidInput, "isNull takes true or false", "isNull 只接受 true 或 false")
		}
		return []value.Value{value.Bool(b)}, nil
	}
	return []field.Operator{
		{Name: "eq", Arg: "ID!", Coerce: one, Build: func(c driver.Expr, a []driver.Expr) driver.Expr {
			return driver.Cmp{Op: driver.Eq, L: c, R: a[0]}
		}},
		{Name: "ne", Arg: "ID!", Coerce: one, Build: func(c driver.Expr, a []driver.Expr) driver.Expr {
			return driver.Cmp{Op: driver.Ne, L: c, R: a[0]}
		}},
		{Name: "in", Arg: "[ID!]!", Coerce: list, Build: func(c driver.Expr, a []driver.Expr) driver.Expr {
			return driver.In{Arg: c, List: a[0]}
		}},
		{Name: "notIn", Arg: "[ID!]!", Coerce: list, Build: func(c driver.Expr, a []driver.Expr) driver.Expr {
			return driver.Not{Arg: driver.In{Arg: c, List: a[0]}}
		}},
		{Name: "isNull", Arg: "Boolean!", Coerce: flag, Build: func(c driver.Expr, a []driver.Expr) driver.Expr {
			return driver.Cmp{Op: driver.Eq, L: driver.IsNull{Arg: c}, R: a[0]}
		}},
	}
}

func refOf(o *catalog.Object, in any) (int64, *errs.Error) {
	s, ok := idText(in)
	if !ok {
		return 0, errs.New(errs.InvalidInput, "an id is a text such as %s_17", "记录编号应为形如 %s_17 的文本", o.IDPrefix)
	}
	return query.ParseID(o, s)
}

func refsOf(o *catalog.Object, in any) (value.Value, *errs.Error) {
	items, ok := in.([]any)
	if !ok {
		items = []any{in}
	}
	out := []byte{'['}
	for i, it := range items {
		id, err := refOf(o, it)
		if err != nil {
			return value.Null, err
		}
		if i > 0 {
			out = append(out, ',')
		}
		out = strconv.AppendInt(out, id, 10)
	}
	return value.List(string(append(out, ']'))), nil
}

// idText reads an ID, which GraphQL allows to be written as a number.
func idText(in any) (string, bool) {
	switch v := in.(type) {
	case string:
		return v, true
	case interface{ String() string }: // json.Number
		return v.String(), true
	}
	return "", false
}
