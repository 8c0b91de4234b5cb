package words

import (
	"fmt"
	"testing"
)

func TestGrams(t *testing.T) {
	for text, want := range map[string]string{
		"":            "",
		"… — !":       "",
		"Cat":         "cat at t",
		"iPhone手机":    "iph pho hon one ne e 手机 机",
		"ＡＢ１":         "ab1 b1 1",
		"经销商, no. 12": "经销 销商 商 no o 12 2",
	} {
		if got := Grams(text); got != want {
			t.Errorf("Grams(%q) = %q, want %q", text, got, want)
		}
	}
}

func TestTerms(t *testing.T) {
	for text, want := range map[string]string{
		"":         "[]",
		"c":        "[{[c] true}]",
		"Cats":     "[{[cat ats] false}]",
		"销商 ab":    "[{[销商] false} {[ab] true}]",
		"销":        "[{[销] true}]",
		"a\"b OR*": "[{[a] true} {[b] true} {[or] true}]",
	} {
		if got := fmt.Sprint(Terms(text)); got != want {
			t.Errorf("Terms(%q) = %s, want %s", text, got, want)
		}
	}
}
