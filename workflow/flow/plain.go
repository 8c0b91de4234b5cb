package flow

import (
	"encoding/json"
	"time"

	"github.com/tenon-platform/tenon/platform/value"
)

// Plain is a value as JSON has it: numbers as numbers, days and moments as texts.
func Plain(v value.Value) any {
	switch v.Kind() {
	case value.KindBool:
		return v.Bool()
	case value.KindInt, value.KindDecimal:
		return json.Number(v.AppendDecimal(nil))
	case value.KindText:
		return v.Clone().Text()
	case value.KindDate:
		return time.Unix(v.Int()*86400, 0).UTC().Format(time.DateOnly)
	case value.KindDateTime:
		return v.AsTime().UTC().Format(time.RFC3339)
	}
	return nil
}
