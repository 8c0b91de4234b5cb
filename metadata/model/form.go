package model

import "fmt"

// Form is how names are spelt: words of letters of one case and digits, joined by a sign; the first begins with a letter.
type Form struct {
	a    byte // the first of the letters
	join byte
}

// Forms of names.
var (
	// NameForm is the form of the names of objects, fields and picklists: snake_case.
	NameForm = Form{'a', '_'}
	// PackageForm is the form of the names of packages: words joined by "-".
	PackageForm = Form{'a', '-'}
	// CodeForm is the form of declared error codes: SCREAMING_SNAKE_CASE.
	CodeForm = Form{'A', '_'}
)

// MaxName is the length of the longest name.
const MaxName = 48

// Pattern is the form as a regular expression. Match says the same, and costs less: every name that is read is held
// against its form.
func (f Form) Pattern() string {
	letters := fmt.Sprintf("%c-%c", f.a, f.a+'z'-'a')
	return fmt.Sprintf(`^[%[1]s][%[1]s0-9]*(%[2]c[%[1]s0-9]+)*$`, letters, f.join)
}

// Match says whether a text has the form.
func (f Form) Match(s string) bool {
	inWord := false
	for i := range len(s) {
		c := s[i]
		switch letter, digit := c-f.a < 26, c-'0' < 10; {
		case letter || digit && i > 0:
			inWord = true
		case c == f.join && inWord:
			inWord = false
		default:
			return false
		}
	}
	return inWord
}
