package standard_test

import (
	"testing"

	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/plugins/standard"
	"github.com/tenon-platform/tenon/plugins/standard/kindtest"
	"github.com/tenon-platform/tenon/plugins/stores/sqlite"
	"github.com/tenon-platform/tenon/runtime/publish"
	"github.com/tenon-platform/tenon/runtime/record"
)

// TestEveryKind runs the table of all kinds on the embedded store.
func TestEveryKind(t *testing.T) {
	kindtest.Run(t, sqlite.New(t.TempDir(), nil), standard.Fields())
}

// TestNumbersAndTrees: numbers run by month, and a path follows its record and those below it.
func TestNumbersAndTrees(t *testing.T) {
	s := open(t, t.TempDir())
	if _, err := apply(t, s, map[string]string{"objects/unit/object.json": object("unit",
		`{"name": "no", "type": "autonumber", "format": "N-{YYYYMM}-{000}"}, {"name": "parent_id", "type": "lookup", "to": "unit"}, {"name": "path", "type": "tree_path", "parent": "parent_id"}`, "")},
		publish.ApplyOptions{}); err != nil {
		t.Fatal(err)
	}
	must(t, s, record.Create, "unit", 1, nil)
	must(t, s, record.Create, "unit", 2, map[string]any{"parentId": "unit_1"})
	must(t, s, record.Create, "unit", 3, map[string]any{"parentId": "unit_2"})
	must(t, s, record.Create, "unit", 4, nil)
	must(t, s, record.Update, "unit", 2, map[string]any{"parentId": "unit_4"})
	for id, want := range map[int64][2]string{2: {`"N-202603-002"`, `"/4/2/"`}, 3: {`"N-202603-003"`, `"/4/2/3/"`}} {
		if no, path := field(t, s, "unit", id, "no"), field(t, s, "unit", id, "path"); no != want[0] || path != want[1] {
			t.Errorf("unit %d has %s and %s, want %v", id, no, path, want)
		}
	}
	_, err := write(t, s, record.Update, "unit", 4, map[string]any{"parentId": "unit_3"})
	if e := errs.From(err); e.Code != errs.ValidationFail || e.Field != "parentId" {
		t.Errorf("a loop was answered with %v", err)
	}
}
