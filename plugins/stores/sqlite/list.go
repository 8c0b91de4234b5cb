package sqlite

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
)

// elements reads a list as operands of =; an element that no stored value of t equals is left out.
func elements(list value.Value, t typ) ([]datum, error) {
	var raw []json.RawMessage
	if err := json.Unmarshal([]byte(list.Text()), &raw); err != nil {
		return nil, fmt.Errorf("sqlite: a list that is no JSON array: %w", err)
	}
	out := make([]datum, 0, len(raw))
	for _, r := range raw {
		v, err := element(r, t)
		if err != nil {
			return nil, err
		}
		d, err := encode(v, t, driver.Eq)
		if err != nil {
			return nil, err
		}
		if t.rep == rInt && d.rep != rInt {
			continue
		}
		out = append(out, d)
	}
	return out, nil
}

// wholes reads a JSON array of whole numbers as programs write it, without spaces and signs of plus; false if it is
// anything else. Batches have such lists, and a decoder would cost more than the statements of a small one.
func wholes(list string) ([]int64, bool) {
	inner, opened := strings.CutPrefix(list, "[")
	inner, closed := strings.CutSuffix(inner, "]")
	if !opened || !closed {
		return nil, false
	}
	if inner == "" {
		return nil, true
	}
	out := make([]int64, 0, strings.Count(inner, ",")+1)
	for more := true; more; {
		var word string
		word, inner, more = strings.Cut(inner, ",")
		n, err := strconv.ParseInt(word, 10, 64)
		if digits := strings.TrimPrefix(word, "-"); err != nil || word[0] == '+' || len(digits) > 1 && digits[0] == '0' {
			return nil, false
		}
		out = append(out, n)
	}
	return out, true
}

func element(raw json.RawMessage, t typ) (value.Value, error) {
	if t.number() {
		s := string(raw)
		if len(raw) > 0 && raw[0] == '"' {
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
	if t.rep == rText {
		var s string
		if err := json.Unmarshal(raw, &s); err != nil {
			return value.Null, fmt.Errorf("sqlite: an element of a list of text: %w", err)
		}
		v := value.Text(s)
		if t.t != driver.Text {
			return value.Null, unsupported("membership of type %d", t.t)
		}
		return v, nil
	}
	var n int64
	if err := json.Unmarshal(raw, &n); err != nil {
		return value.Null, fmt.Errorf("sqlite: an element of a list of whole numbers: %w", err)
	}
	switch t.t {
	case driver.Date:
		return value.Date(n), nil
	case driver.Time:
		return value.Time(n), nil
	case driver.DateTime:
		return value.DateTime(n), nil
	}
	return value.Ref(n), nil
}

// encodeList gives a list as the JSON array that json_each takes apart.
func encodeList(list value.Value, t typ) (datum, error) {
	switch {
	case list.IsNull():
		return datum{}, nil
	case list.Kind() != value.KindList:
		return datum{}, fmt.Errorf("sqlite: a value of kind %d where a list is wanted", list.Kind())
	case t.t == driver.Text, t.t == driver.Ref:
		return datum{rep: rText, s: list.Text()}, nil
	}
	ds, err := elements(list, t)
	if err != nil {
		return datum{}, err
	}
	out := make([]any, len(ds))
	for i, d := range ds {
		switch d.rep {
		case rInt:
			out[i] = d.n
		case rReal:
			out[i] = d.f
		default:
			out[i] = d.s
		}
	}
	js, err := json.Marshal(out)
	return datum{rep: rText, s: string(js)}, err
}
