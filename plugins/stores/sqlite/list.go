package sqlite

import (
	"encoding/json"
	"fmt"

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
