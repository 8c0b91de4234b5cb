package resolve

import (
	"regexp"
	"sync"
)

// pattern is a regular expression that is compiled when a text is held against it first: few catalogues need
// all of them, and every start of a program would compile them.
type pattern func() *regexp.Regexp

func patternOf(text string) pattern {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(text) })
}

// MatchString says whether a text matches.
func (p pattern) MatchString(s string) bool { return p().MatchString(s) }
