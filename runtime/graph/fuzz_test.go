package graph_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/tenon-platform/tenon/runtime/access"
)

// FuzzPlan: whatever operation and variables a caller sends, the answer is JSON with data or
// errors, never a panic and never INTERNAL; and a kept plan answers as a new one does.
func FuzzPlan(f *testing.F) {
	dirs, err := filepath.Glob("testdata/cases/*")
	if err != nil {
		f.Fatal(err)
	}
	for _, dir := range dirs {
		q, err := os.ReadFile(filepath.Join(dir, "request.graphql"))
		if err != nil {
			f.Fatal(err)
		}
		vars, err := os.ReadFile(filepath.Join(dir, "variables.json"))
		if err != nil {
			vars = nil // most cases have none
		}
		f.Add(string(q), string(vars))
	}
	f.Add(`{ accounts(first: 9999999999999999999) { nodes { id } } }`, `{}`)
	f.Add(`{ accounts(filter: {and: [{or: [{not: {}}, null]}]}) { nodes { id } } }`, `{"a":[[]]}`)
	f.Add(`query ($f: [AccountFilter]) { accounts(filter: {and: $f}) { nodes { id } } }`, `{"f":[null,{"and":null}]}`)
	w := newWorld(f, 3, nil)
	f.Fuzz(func(t *testing.T, query, vars string) {
		r := w.as(access.Everything, query, "", vars)
		var a struct {
			Data   json.RawMessage
			Errors []struct{ Extensions struct{ Code string } }
		}
		if err := json.Unmarshal(r.Body, &a); err != nil {
			t.Fatalf("%v in %s", err, r.Body)
		}
		if len(a.Data) == 0 && len(a.Errors) == 0 || r.RequestError && len(a.Data) > 0 {
			t.Errorf("neither data nor errors, or both: %s", r.Body)
		}
		for _, e := range a.Errors {
			if e.Extensions.Code == "INTERNAL" {
				t.Errorf("INTERNAL for %q %q", query, vars)
			}
		}
	})
}
