package publish

import (
	"bytes"
	"encoding/json"

	"github.com/tenon-platform/tenon/metadata/model"
)

// seedParts cuts seed records into parts of at most size records that one transaction can write:
// a record that refers to one before it, such as a territory to its parent, begins a new part,
// because ids are known only when a part is written. pkg is the package of the records.
func seedParts(pkg string, recs []model.SeedRecord, size int) [][]model.SeedRecord {
	var parts [][]model.SeedRecord
	start := 0
	pending := map[string]bool{}
	for i, r := range recs {
		if i-start == size || refersTo(r, pending) {
			parts = append(parts, recs[start:i])
			start = i
			clear(pending)
		}
		pending[r.Key], pending[pkg+":"+r.Key] = true, true
	}
	if start < len(recs) {
		parts = append(parts, recs[start:])
	}
	return parts
}

// refersTo says whether a value of the record is a reference to one of keys.
func refersTo(r model.SeedRecord, keys map[string]bool) bool {
	for _, raw := range r.Values {
		if !bytes.Contains(raw, []byte(`"ref"`)) {
			continue
		}
		var v any
		if json.Unmarshal(raw, &v) == nil && anyRef(v, keys) {
			return true
		}
	}
	return false
}

func anyRef(v any, keys map[string]bool) bool {
	switch x := v.(type) {
	case map[string]any:
		key, ok := x["ref"].(string)
		return ok && keys[key]
	case []any:
		for _, y := range x {
			if anyRef(y, keys) {
				return true
			}
		}
	}
	return false
}
