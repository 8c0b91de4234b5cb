package model

import (
	"regexp"
	"testing"
)

// FuzzForm: a text has a form where it matches the form's pattern.
func FuzzForm(f *testing.F) {
	forms := map[Form]*regexp.Regexp{}
	for _, form := range []Form{NameForm, PackageForm, CodeForm} {
		forms[form] = regexp.MustCompile(form.Pattern())
	}
	for _, s := range []string{"", "a", "a1", "1a", "a_b", "a__b", "_a", "a_", "a_1", "a-b", "A_B", "A", "aB", "é", "a\n", "a b", "a_b-c", "[", "{", "`", "@", "Z9_Z", "\x00", "\xff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for form, pattern := range forms {
			if got, want := form.Match(s), pattern.MatchString(s); got != want {
				t.Errorf("%q has the form %s: %t, want %t", s, pattern, got, want)
			}
		}
	})
}
