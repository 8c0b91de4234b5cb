package publish

import (
	"maps"
	"slices"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/platform/errs"
)

// checkRuns refuses what is asked for the runs of flows that go on starting runs, or did not before.
func checkRuns(old, cat *catalog.Catalog, runs map[string]string) error {
	for _, key := range slices.Sorted(maps.Keys(runs)) {
		if old.Starting(key) == nil || cat.Starting(key) != nil {
			return errs.New(errs.InvalidInput, "runs: the flow %s is neither removed nor switched off", "runs：自动化 %s 未被删除或停用", key).On("runs")
		}
		if how := runs[key]; how != catalog.FinishRuns && how != catalog.DrainRuns && how != catalog.CancelRuns {
			return errs.New(errs.InvalidInput, "runs: those of %s finish, drain or cancel; not %q", "runs：%s 的运行须为 finish、drain 或 cancel，而非 %q", key, how).On("runs")
		}
	}
	return nil
}
