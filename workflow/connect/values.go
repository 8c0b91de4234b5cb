package connect

import "encoding/json"

// Words is a JSON value as a text holds it: of a text the text itself, of null nothing.
func Words(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) == nil || string(raw) == "null" {
		return s
	}
	return string(raw)
}

// Envelope is a message as one JSON object, for connections that say nothing of a body.
func Envelope(to, subject, body, record string, values map[string]json.RawMessage) (json.RawMessage, error) {
	if values == nil {
		values = map[string]json.RawMessage{}
	}
	return json.Marshal(map[string]any{"to": to, "subject": subject, "body": body, "record": record, "values": values})
}
