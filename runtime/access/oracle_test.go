package access_test

import (
	"flag"
	"testing"

	"github.com/tenon-platform/tenon/runtime/access/accesstest"
)

var (
	cases = flag.Int("cases", 2000, "how many pairs of a user and an object are compared")
	seed  = flag.Uint64("seed", 0, "first seed; 0: by the number of cases")
)

// TestOracle compares the platform with the plain rules over random scenes.
func TestOracle(t *testing.T) {
	n, first := *cases, *seed
	if testing.Short() {
		n = min(n, 200)
	}
	if first == 0 {
		first = uint64(n)
	}
	accesstest.Oracle(t, env(), n, first)
}

func TestOracleNotices(t *testing.T) { accesstest.Notices(t, env()) }

func TestExplainAgrees(t *testing.T) { accesstest.Explains(t, env(), 3) }
