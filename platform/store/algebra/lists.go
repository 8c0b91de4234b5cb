package algebra

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
)

// Elements reads a List as values of type t, as In compares them.
func Elements(l value.Value, t driver.Type) ([]value.Value, error) {
	if l.Kind() != value.KindList {
		return nil, fmt.Errorf("store: a value of kind %d where a list is wanted", l.Kind())
	}
	var raw []json.RawMessage
	if err := json.Unmarshal([]byte(l.Text()), &raw); err != nil {
		return nil, fmt.Errorf("store: a list that is no JSON array: %w", err)
	}
	out := make([]value.Value, len(raw))
	for i, r := range raw {
		v, err := element(r, t)
		if err != nil {
			return nil, err
		}
		out[i] = v
	}
	return out, nil
}

func element(raw json.RawMessage, t driver.Type) (value.Value, error) {
	switch {
	case Number(t):
		return numberElement(raw)
	case t == driver.Text || t == 0 && raw[0] == '"':
		var s string
		if err := json.Unmarshal(raw, &s); err != nil {
			return value.Null, fmt.Errorf("store: an element of a list of text: %w", err)
		}
		return value.Text(s), nil
	}
	var n int64
	if err := json.Unmarshal(raw, &n); err != nil {
		return value.Null, fmt.Errorf("store: an element of a list of whole numbers: %w", err)
	}
	switch t {
	case driver.Date:
		return value.Date(n), nil
	case driver.Time:
		return value.Time(n), nil
	case driver.DateTime:
		return value.DateTime(n), nil
	case driver.Ref, 0:
		return value.Ref(n), nil
	}
	return value.Null, unsupported("membership of type %d", t)
}

func numberElement(raw json.RawMessage) (value.Value, error) {
	s := string(raw)
	if raw[0] == '"' {
		if err := json.Unmarshal(raw, &s); err != nil {
			return value.Null, err
		}
	}
	switch s {
	case "true":
		return value.Bool(true), nil
	case "false":
		return value.Bool(false), nil
	}
	return value.ParseDecimal(s)
}

// list is the second operand of an In, set its elements by what they mean.
type list struct {
	t driver.Type
	c Compiled
}

type set struct {
	null bool
	has  map[string]bool
}

func (l *list) of(f *Frame) *set {
	if s := f.lists[l]; s != nil {
		return s
	}
	s := &set{has: map[string]bool{}}
	if v := l.c.Eval(f); v.IsNull() {
		s.null = true
	} else {
		all, err := Elements(v, l.t)
		if err != nil {
			f.Fail(err)
		}
		for _, x := range all {
			s.has[meaning(x)] = true
		}
	}
	if f.lists == nil {
		f.lists = map[*list]*set{}
	}
	f.lists[l] = s
	return s
}

// meaning is one text per equal values of one type.
func meaning(v value.Value) string {
	switch {
	case Number(TypeOf(v)):
		return string(AppendNumber(nil, v))
	case v.Kind() == value.KindText:
		return v.Text()
	}
	return string(value.Int(v.Int()).AppendDecimal(nil))
}

func membership(e driver.In, s Scope) (Compiled, error) {
	a, err := Compile(e.Arg, s)
	if err != nil {
		return a, err
	}
	if c, ok := e.Arg.(driver.Const); ok && c.Value.IsNull() { // whatever is in the list
		return Compiled{Type: driver.Bool, Free: true, Eval: func(*Frame) value.Value { return value.Null }}, nil
	}
	switch a.Type {
	case 0, driver.List, driver.JSON, driver.Bytes:
		return a, unsupported("membership of type %d", a.Type)
	}
	c, err := typed(e.List, s, driver.List)
	if err != nil {
		return c, err
	}
	if !c.Free {
		return c, unsupported("a list that is neither literal nor parameter")
	}
	l := &list{a.Type, c}
	return Compiled{Type: driver.Bool, Free: a.Free, Eval: func(f *Frame) value.Value {
		v, in := a.Eval(f), l.of(f)
		if v.IsNull() || in.null {
			return value.Null
		}
		return value.Bool(in.has[meaning(v)])
	}}, nil
}

func has(e driver.Has, s Scope) (Compiled, error) {
	a, err := typed(e.Arg, s, driver.List)
	if err != nil {
		return a, err
	}
	x, err := Compile(e.Elem, s)
	return Compiled{Type: driver.Bool, Free: a.Free && x.Free, Eval: func(f *Frame) value.Value {
		l, v := a.Eval(f), x.Eval(f)
		if l.IsNull() || v.IsNull() {
			return value.Null
		}
		all, err := Elements(l, 0)
		if err != nil {
			return f.Fail(err)
		}
		return value.Bool(slices.ContainsFunc(all, func(y value.Value) bool { return isElement(y, v) }))
	}}, err
}

// isElement compares an element of a list, text or an id, with a value.
func isElement(e, v value.Value) bool {
	switch {
	case e.Kind() == value.KindText || v.Kind() == value.KindText:
		return e == v
	case Number(TypeOf(v)):
		return value.Equal(value.Int(e.Int()), v)
	}
	return e.Int() == v.Int()
}
