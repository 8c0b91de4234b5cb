package resolve

import (
	"slices"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/model"
	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/platform/spec"
)

// retryClasses are failures by what kind they are of. Those that a step is tried again after unless it says
// otherwise are the first four.
var retryClasses = map[string][]string{
	"network":   {"UNREACHABLE", "TIMEOUT"},
	"throttled": {"THROTTLED"},
	"server":    {"BROKEN", "UNAVAILABLE", "INTERNAL"},
	"lock":      {"RECORD_LOCKED", "VERSION_CONFLICT"},
	"refused":   {"REJECTED", "CREDENTIALS", "FORBIDDEN"},
	"invalid":   {"VALIDATION_FAILED", "INVALID_INPUT", "DUPLICATE", "NOT_FOUND", "CONDITION_ERROR"},
}

// failureCodes are what steps fail with, besides errors that their flow declares.
func failureCodes() []string {
	return slices.Concat(spec.Of[model.TestAnswer]().Get("fault").Enum, spec.Of[model.ExpectedError]().Get("code").Enum,
		[]string{"CHILD_FAILED", "CONDITION_ERROR", "INTERNAL"})
}

// retryOn reads after which failures a step is tried again; nil: those that may pass by themselves.
func (c *flowCheck) retryOn(d *model.FlowRetry, path string) map[string]bool {
	if len(d.RetryOn) == 0 {
		return nil
	}
	known := append(failureCodes(), sorted(c.errs)...)
	on := map[string]bool{}
	for i, name := range d.RetryOn {
		codes := retryClasses[name]
		if slices.Contains(known, name) {
			codes = []string{name}
		}
		if codes == nil {
			c.errorf("unknown-value", path+".retryOn."+itoa(i), "no step fails with %q, and no class of failures is called so", "没有步骤会以 %q 失败，也没有这样的失败类别", name).
				Suggestion = diag.DidYouMean(name, append(sorted(retryClasses), known...))
		}
		for _, code := range codes {
			on[code] = true
		}
	}
	return on
}

// retry reads how often a step is tried, and after which failures.
func (c *flowCheck) retry(d *model.FlowRetry, path string) catalog.Retry {
	r := c.pauses(d, path)
	if d != nil {
		r.On = c.retryOn(d, path)
	}
	return r
}
