package fieldkit

import (
	"fmt"
	"testing"
)

func TestNext(t *testing.T) {
	for list, want := range map[string][]string{
		`[]`: nil, ``: nil, `[`: nil, `[1]`: {`1`}, `[1,22,-3]`: {`1`, `22`, `-3`}, `["a","b,]c"]`: {`a`, `b,]c`}, `["a\"]","\u4e2d\\"]`: {`a"]`, `中\`}, `["open`: nil, `[1,"x"]`: {`1`, `x`},
	} {
		var got []string
		for elem, rest := Next(list); elem != ""; elem, rest = Next(rest) {
			got = append(got, Unquote(elem))
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s: %q, want %q", list, got, want)
		}
	}
}
