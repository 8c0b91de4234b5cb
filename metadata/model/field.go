package model

import (
	"encoding/json"
	"maps"
	"slices"

	"github.com/tenon-platform/tenon/platform/spec"
)

// UnmarshalJSON reads the keys that all fields share into the struct, and the others into Settings.
func (f *Field) UnmarshalJSON(b []byte) error {
	type plain Field
	var p plain
	if err := json.Unmarshal(b, &p); err != nil {
		return err
	}
	var all map[string]json.RawMessage
	if err := json.Unmarshal(b, &all); err != nil {
		return err
	}
	for _, k := range fieldKeys {
		delete(all, k)
	}
	*f = Field(p)
	f.Settings = all
	return nil
}

// FieldKeys are the keys that fields of every kind have.
func FieldKeys() []string { return slices.Clone(fieldKeys) }

var fieldKeys = spec.Of[Field]().Names()

// Document is the field as files spell it: what UnmarshalJSON reads.
func (f *Field) Document() ([]byte, error) {
	type plain Field
	b, err := json.Marshal((*plain)(f))
	if err != nil || len(f.Settings) == 0 {
		return b, err
	}
	all := map[string]json.RawMessage{}
	if err := json.Unmarshal(b, &all); err != nil {
		return nil, err
	}
	maps.Copy(all, f.Settings)
	return json.Marshal(all)
}
