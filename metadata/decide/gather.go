package decide

import (
	"encoding/json"
	"strconv"

	"github.com/tenon-platform/tenon/metadata/expr"
	"github.com/tenon-platform/tenon/platform/value"
)

// TypeOf is the type of an output under a policy, where one row gives a value of type one. ok is
// false when the policy cannot be applied to it.
func TypeOf(h Hit, one expr.Type) (t expr.Type, ok bool) {
	number := one.Kind == value.KindInt || one.Kind == value.KindDecimal
	switch h {
	case CollectCount:
		return expr.Type{Kind: value.KindInt}, true
	case CollectSum:
		return one, number
	case CollectMin, CollectMax:
		return one, number || one.Kind == value.KindDate || one.Kind == value.KindDateTime || one.Kind == value.KindTime
	case Collect, RuleOrder:
		if one.Kind == value.KindText {
			return expr.Type{Kind: value.KindList, Elem: value.KindText}, true
		}
		return expr.Type{Kind: value.KindJSON}, number || one.Kind == value.KindBool
	}
	return one, true
}

// gather makes one value of those that the rows gave; nulls do not count.
func (t *Table) gather(vals []value.Value, kind value.Kind) value.Value {
	var some []value.Value
	for _, v := range vals {
		if !v.IsNull() {
			some = append(some, v)
		}
	}
	switch t.Hit {
	case CollectCount:
		return value.Int(int64(len(some)))
	case Collect, RuleOrder:
		return list(some, kind)
	}
	if len(some) == 0 {
		return value.Null
	}
	out := some[0]
	for _, v := range some[1:] {
		switch c := value.Compare(v, out); {
		case t.Hit == CollectSum:
			out = value.Add(out, v)
		case t.Hit == CollectMin && c < 0, t.Hit == CollectMax && c > 0:
			out = v
		}
	}
	return out
}

// list writes texts as a list and other values as JSON. Numbers stay exact.
func list(vals []value.Value, kind value.Kind) value.Value {
	b := []byte{'['}
	for i, v := range vals {
		if i > 0 {
			b = append(b, ',')
		}
		switch v.Kind() {
		case value.KindText:
			text, err := json.Marshal(v.Text())
			if err != nil {
				text = []byte("null") // texts always marshal
			}
			b = append(b, text...)
		case value.KindBool:
			b = strconv.AppendBool(b, v.Bool())
		default:
			b = v.AppendDecimal(b)
		}
	}
	b = append(b, ']')
	if kind == value.KindText {
		return value.List(string(b))
	}
	return value.JSON(string(b))
}
