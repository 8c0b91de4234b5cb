package tenant

import (
	"testing"

	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/platform/diag/diagtest"
)

// TestStatesAreWords: what people read of a state is words of their language, for every state.
func TestStatesAreWords(t *testing.T) {
	diagtest.Words(t, "tenant.go", "State", func(s string) diag.Text { return State(s).Words() }, func(s string) diag.Text {
		return diag.Textf("a tenant that is %s", "状态为“%s”的租户", State(s))
	})
}
