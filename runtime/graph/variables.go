package graph

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/tenon-platform/tenon/platform/errs"
)

// variable is one declared variable of an operation.
type variable struct {
	name string
	typ  *ref
	def  *ast.Value
}

// coerceVariables checks the variables against their declared types and fills in defaults, as
// the specification's CoerceVariableValues does. Undeclared variables are dropped.
func (s *schema) coerceVariables(defs []variable, given map[string]any) (map[string]any, *errs.Error) {
	if len(defs) == 0 {
		return nil, nil
	}
	out := make(map[string]any, len(defs))
	for _, d := range defs {
		v, ok := given[d.name]
		switch {
		case !ok && d.def != nil:
			v, _ = literal(d.def, nil)
			ok = true
		case !ok && d.typ.nonNull:
			return nil, badVariable(d.name, &reason{en: "a value of type " + d.typ.String() + " is required", zh: "必须提供 " + d.typ.String() + " 类型的值"})
		}
		if !ok {
			continue
		}
		c, why := s.coerce(d.typ, v)
		if why != nil {
			return nil, badVariable(d.name, why)
		}
		out[d.name] = c
	}
	return out, nil
}

func badVariable(name string, why *reason) *errs.Error {
	e := &errs.Error{Code: errs.InvalidInput, Field: strings.Join(why.path, ".")}
	e.Message.En, e.Message.Zh = "variable $"+name+": "+why.en, "变量 $"+name+"："+why.zh
	return e
}

// reason is why a value is refused, and at which keys below the variable.
type reason struct {
	en, zh string
	path   []string
}

func mismatch(t *ref) *reason {
	return &reason{en: "a value of type " + t.String() + " is expected", zh: "需要 " + t.String() + " 类型的值"}
}

// coerce checks one value. Scalars of field types pass: their own Coerce reads them.
func (s *schema) coerce(t *ref, v any) (any, *reason) {
	if v == nil {
		if t.nonNull {
			return nil, &reason{en: "null is not allowed", zh: "不能为 null"}
		}
		return nil, nil
	}
	if t.elem != nil {
		items, ok := v.([]any)
		if !ok {
			items = []any{v}
		}
		out := make([]any, len(items))
		for i, it := range items {
			c, why := s.coerce(t.elem, it)
			if why != nil {
				return nil, &reason{fmt.Sprintf("item %d: %s", i, why.en), fmt.Sprintf("第 %d 项：%s", i, why.zh), why.path}
			}
			out[i] = c
		}
		return out, nil
	}
	if c, known, why := coerceBuiltIn(t, v); known {
		return c, why
	}
	def := s.types[t.name]
	if def == nil {
		return nil, mismatch(t)
	}
	switch def.kind {
	case enumKind:
		if name, ok := v.(string); ok {
			for _, x := range def.values {
				if x == name {
					return v, nil
				}
			}
		}
		return nil, mismatch(t)
	case inputKind:
		return s.coerceObject(def, t, v)
	}
	return v, nil
}

func (s *schema) coerceObject(def *typ, t *ref, v any) (any, *reason) {
	in, ok := v.(map[string]any)
	if !ok {
		return nil, mismatch(t)
	}
	out := make(map[string]any, len(in))
	for k, x := range in {
		m := def.byName[k]
		if m == nil {
			return nil, &reason{fmt.Sprintf("%s has no key %q", def.name, k), fmt.Sprintf("%s 没有键 %q", def.name, k), []string{k}}
		}
		c, why := s.coerce(m.typ, x)
		if why != nil {
			return nil, &reason{k + ": " + why.en, k + "：" + why.zh, append([]string{k}, why.path...)}
		}
		out[k] = c
	}
	for _, m := range def.fields {
		if _, ok := in[m.name]; !ok && m.typ.nonNull && m.def == "" {
			return nil, &reason{fmt.Sprintf("%s requires the key %q", def.name, m.name), fmt.Sprintf("%s 缺少必需的键 %q", def.name, m.name), []string{m.name}}
		}
	}
	return out, nil
}

func coerceBuiltIn(t *ref, v any) (out any, known bool, why *reason) {
	ok := false
	switch t.name {
	case "Int":
		if n, isNum := v.(json.Number); isNum {
			var i int64
			i, ok = wholeNumber(string(n))
			ok = ok && i >= -1<<31 && i < 1<<31
		}
	case "Float":
		if n, isNum := v.(json.Number); isNum {
			_, err := strconv.ParseFloat(string(n), 64)
			ok = err == nil
		}
	case "String":
		_, ok = v.(string)
	case "Boolean":
		_, ok = v.(bool)
	case "ID":
		switch x := v.(type) {
		case string:
			ok = true
		case json.Number:
			_, ok = wholeNumber(string(x))
			v = string(x)
		}
	default:
		return nil, false, nil
	}
	if !ok {
		return nil, true, mismatch(t)
	}
	return v, true, nil
}

func wholeNumber(s string) (int64, bool) {
	if n, err := strconv.ParseInt(s, 10, 64); err == nil {
		return n, true
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || f != float64(int64(f)) || f > 1<<53 || f < -1<<53 {
		return 0, false
	}
	return int64(f), true
}
