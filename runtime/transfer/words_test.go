package transfer

import (
	"testing"

	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/platform/diag/diagtest"
	"github.com/tenon-platform/tenon/platform/errs"
)

// TestStatesAreWords: what people read of a state is words of their language, for every state.
func TestStatesAreWords(t *testing.T) {
	diagtest.Words(t, "job.go", "Status", func(s string) diag.Text { return Status(s).Words() }, func(s string) diag.Text {
		return refuseUnless(&Job{Status: Status(s)}, false).(*errs.Error).Message
	})
}
