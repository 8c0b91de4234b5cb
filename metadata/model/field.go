package model

import "encoding/json"

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
	for _, k := range sharedKeys() {
		delete(all, k)
	}
	*f = Field(p)
	f.Settings = all
	return nil
}

func sharedKeys() []string {
	return []string{"name", "renamedFrom", "type", "label", "help", "required", "unique", "index", "readOnly", "history",
		"search", "translatable", "pii", "secured", "default"}
}

// Override lays the properties of a JSON object over the field's; what it does not name stays.
func (f *Field) Override(doc []byte) error {
	type plain Field
	p := plain(*f)
	if err := json.Unmarshal(doc, &p); err != nil {
		return err
	}
	var all map[string]json.RawMessage
	if err := json.Unmarshal(doc, &all); err != nil {
		return err
	}
	for _, k := range sharedKeys() {
		delete(all, k)
	}
	settings := make(map[string]json.RawMessage, len(f.Settings)+len(all))
	for k, v := range f.Settings {
		settings[k] = v
	}
	for k, v := range all {
		settings[k] = v
	}
	*f = Field(p)
	f.Settings = settings
	return nil
}
