package host_test

import (
	"flag"
	"os"
	"testing"

	"github.com/tenon-platform/tenon/plugins/standard/tenanttest"
	"github.com/tenon-platform/tenon/runtime/publish"
	"github.com/tenon-platform/tenon/workflow/script/host"
)

var update = flag.Bool("update", false, "write the golden files")

// TestTypes: the declarations follow from the catalogue, the same every time.
func TestTypes(t *testing.T) {
	w := tenanttest.OpenBundle(t, publish.Bundle{"desk": tenanttest.Files(t, os.DirFS("testdata/desk"))})
	got := host.Types(w.Publish.Tenant.Catalog().Script("quote"))
	const golden = "testdata/quote.d.ts"
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil || string(want) != got {
		t.Errorf("%v: the declarations have changed: look at them, and run with -update", err)
	}
}
