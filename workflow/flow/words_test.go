package flow

import (
	"testing"

	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/platform/diag/diagtest"
)

// TestStatesAreWords: what people read of a state is words of their language, for every state.
func TestStatesAreWords(t *testing.T) {
	diagtest.Words(t, "state.go", "Status", func(s string) diag.Text { return Status(s).Words() }, func(s string) diag.Text {
		return wrongState(Status(s)).Message
	})
}
