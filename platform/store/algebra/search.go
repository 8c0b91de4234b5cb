package algebra

import (
	"slices"
	"strings"

	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/store/words"
	"github.com/tenon-platform/tenon/platform/value"
)

func search(e driver.Search, s Scope) (Compiled, error) {
	text, err := typed(e.Text, s, driver.Text)
	if err != nil {
		return text, err
	}
	slots, err := s.Search(e.Columns)
	return Compiled{Type: driver.Bool, Eval: func(f *Frame) value.Value {
		v := text.Eval(f)
		if v.IsNull() {
			return value.Bool(false)
		}
		in := make([]string, len(slots))
		for i, n := range slots {
			in[i] = f.Row[n].Text()
		}
		return value.Bool(Found(v.Text(), in))
	}}, err
}

// Found says whether every word of text is in one of the texts, whole or in part; false where text
// has no word.
func Found(text string, in []string) bool {
	looked := words.Runs(text)
	if len(looked) == 0 {
		return false
	}
	var runs []string
	for _, t := range in {
		for _, r := range words.Runs(t) {
			runs = append(runs, string(r.Text))
		}
	}
	for _, l := range looked {
		word := string(l.Text)
		if !slices.ContainsFunc(runs, func(r string) bool { return strings.Contains(r, word) }) {
			return false
		}
	}
	return true
}
