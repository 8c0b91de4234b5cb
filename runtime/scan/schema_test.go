package scan

import (
	"testing"

	"github.com/tenon-platform/tenon/runtime/gql/fixed/fixedtest"
)

func TestNamesAreReserved(t *testing.T) { fixedtest.Reserved(t, schema) }
