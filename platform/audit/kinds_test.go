package audit_test

import (
	"testing"

	"github.com/tenon-platform/tenon/platform/audit"
)

// TestKinds: every kind of entry has words of its own in both languages.
func TestKinds(t *testing.T) {
	seen := map[string]string{}
	for _, k := range audit.Kinds() {
		for _, words := range []string{k.Says().In("en"), k.Says().In("zh-CN")} {
			if other, ok := seen[words]; ok || words == "" {
				t.Errorf("%s: %q, like %s", k, words, other)
			}
			seen[words] = k.String()
		}
	}
}
