package record

import (
	"encoding/json"
	"fmt"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/value"
)

// SaveValues writes stored values by physical column: that never changes, whatever becomes of the
// field's name.
func SaveValues(vals map[*catalog.Field]value.Value) (string, error) {
	out := make(map[string]stored, len(vals))
	for f, v := range vals {
		out[f.Column] = encodeValue(v)
	}
	b, err := json.Marshal(out)
	if err != nil {
		return "", fmt.Errorf("write stored values: %w", err)
	}
	return string(b), nil
}

// LoadValues reads what SaveValues wrote of an object's fields. It is refused where a field was
// dropped or retyped since: its values are nowhere.
func LoadValues(o *catalog.Object, text string) (map[*catalog.Field]value.Value, error) {
	var in map[string]stored
	if err := json.Unmarshal([]byte(text), &in); err != nil {
		return nil, fmt.Errorf("read stored values: %w", err)
	}
	out := make(map[*catalog.Field]value.Value, len(in))
	for _, f := range o.Fields {
		s, ok := in[f.Column]
		if !ok || f.Column == "" {
			continue
		}
		v, err := s.value()
		if err != nil {
			return nil, fmt.Errorf("read stored values: %w", err)
		}
		out[f] = v
	}
	if len(out) < len(in) {
		return nil, errs.New(errs.ValidationFail, "a field that was changed is no longer what it was", "被修改的字段已不复存在或类型已变更")
	}
	return out, nil
}

// stored is a value as SaveValues writes it: its kind and its text.
type stored struct {
	Kind value.Kind `json:"k"`
	Text string     `json:"v,omitempty"`
	Int  int64      `json:"n,omitempty"`
}

func encodeValue(v value.Value) stored {
	s := stored{Kind: v.Kind()}
	switch v.Kind() {
	case value.KindText, value.KindBytes, value.KindList, value.KindJSON:
		s.Text = v.Text()
	case value.KindDecimal, value.KindFloat:
		s.Text = string(v.AppendDecimal(nil))
	case value.KindBool:
		if v.Bool() {
			s.Int = 1
		}
	case value.KindNull:
	default:
		s.Int = v.Int()
	}
	return s
}

func (s stored) value() (value.Value, error) {
	switch s.Kind {
	case value.KindNull:
		return value.Null, nil
	case value.KindText:
		return value.Text(s.Text), nil
	case value.KindBytes:
		return value.Bytes(s.Text), nil
	case value.KindList:
		return value.List(s.Text), nil
	case value.KindJSON:
		return value.JSON(s.Text), nil
	case value.KindDecimal, value.KindFloat:
		v, err := value.ParseDecimal(s.Text)
		if err == nil && s.Kind == value.KindFloat {
			v = value.Float(v.Float64())
		}
		return v, err
	case value.KindBool:
		return value.Bool(s.Int == 1), nil
	case value.KindInt:
		return value.Int(s.Int), nil
	case value.KindDate:
		return value.Date(s.Int), nil
	case value.KindTime:
		return value.Time(s.Int), nil
	case value.KindDateTime:
		return value.DateTime(s.Int), nil
	case value.KindRef:
		return value.Ref(s.Int), nil
	}
	return value.Null, fmt.Errorf("record: a value of kind %d", s.Kind)
}
