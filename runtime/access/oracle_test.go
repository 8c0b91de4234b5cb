package access_test

import (
	"flag"
	"runtime/debug"
	"slices"
	"testing"

	"github.com/tenon-platform/tenon/runtime/access/accesstest"
)

var (
	cases = flag.Int("cases", 0, "how many pairs of a user and an object are compared; 0: 2,000, and 60 with the race detector, which takes eight times as long")
	seed  = flag.Uint64("seed", 0, "first seed; 0: by the number of cases")
)

// TestOracle compares the platform with the plain rules over random scenes.
func TestOracle(t *testing.T) {
	n, first := *cases, *seed
	if n == 0 {
		n = 2000
		if raced() || testing.Short() {
			n = 60
		}
	}
	if first == 0 {
		first = uint64(n)
	}
	accesstest.Oracle(t, env(), n, first)
}

// raced says whether the race detector watches.
func raced() bool {
	info, ok := debug.ReadBuildInfo()
	return ok && slices.ContainsFunc(info.Settings, func(s debug.BuildSetting) bool { return s.Key == "-race" && s.Value == "true" })
}

func TestOracleNotices(t *testing.T) { accesstest.Notices(t, env()) }

func TestExplainAgrees(t *testing.T) { accesstest.Explains(t, env(), 3) }
