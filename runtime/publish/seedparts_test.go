package publish

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/tenon-platform/tenon/metadata/model"
)

func TestSeedParts(t *testing.T) {
	rec := func(key, value string) model.SeedRecord {
		return model.SeedRecord{Key: key, Values: map[string]json.RawMessage{"parent_id": json.RawMessage(value)}}
	}
	for _, c := range []struct {
		name string
		recs []model.SeedRecord
		want string
	}{
		{"none", nil, ""},
		{"by size", []model.SeedRecord{rec("a", `1`), rec("b", `1`), rec("c", `1`), rec("d", `1`)}, "[a b c] [d]"},
		{"parent before", []model.SeedRecord{rec("a", `null`), rec("b", `{"ref":"a"}`), rec("c", `{"ref":"a"}`), rec("d", `{"ref":"c"}`)}, "[a] [b c] [d]"},
		{"package named", []model.SeedRecord{rec("a", `null`), rec("b", `{"ref":"crm:a"}`)}, "[a] [b]"},
		{"in a list", []model.SeedRecord{rec("a", `null`), rec("b", `[{"ref":"z"},{"ref":"a"}]`)}, "[a] [b]"},
		{"other package", []model.SeedRecord{rec("a", `null`), rec("b", `{"ref":"base:a"}`)}, "[a b]"},
		{"plain text", []model.SeedRecord{rec("a", `null`), rec("b", `"\"ref\" a"`)}, "[a b]"},
	} {
		got := ""
		for _, part := range seedParts("crm", c.recs, 3) {
			if got != "" {
				got += " "
			}
			keys := make([]string, len(part))
			for i, r := range part {
				keys[i] = r.Key
			}
			got += fmt.Sprint(keys)
		}
		if got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}
