package door

import (
	"slices"
	"testing"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/runtime/gql/fixed/fixedtest"
	"github.com/tenon-platform/tenon/workflow/approval"
)

// TestNamesAreReserved: what this part of the API is called nothing that a package declares may be
// called, and every command has a name.
func TestNamesAreReserved(t *testing.T) {
	fixedtest.Reserved(t, schema)
	// What only the platform does has no name in the API.
	own := []string{"timer", "actionDone", "childDone", "event", "actionsFailed", "recordChanged", "recordDeleted", "userLeft", "orgChanged", "recompute"}
	for _, c := range approval.Commands() {
		if slices.Contains(own, c) == slices.Contains(catalog.CommonAPIMutations(), c) {
			t.Errorf("the command %s", c)
		}
	}
}
