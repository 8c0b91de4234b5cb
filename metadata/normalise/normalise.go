// Package normalise brings texts that people write in many ways into one form, so that equal
// things have equal texts: telephone numbers, e-mail addresses, names of companies and persons.
// How alike two texts are is metadata/similar's. The functions are pure, never fail, and give
// their own results back unchanged.
package normalise

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Version counts the changes to what the functions give. What is kept of their results is made
// anew when it grows.
const Version = 1

// MaxRunes is how much of a text is looked at.
const MaxRunes = 1000

// Func is a way to normalise.
type Func func(string) string

// Names of the ways, as metadata spells them.
const (
	ByText    = "text"
	ByPhone   = "phone"
	ByEmail   = "email"
	ByCompany = "company"
	ByName    = "name"
)

// Names lists the ways.
func Names() []string { return []string{ByText, ByPhone, ByEmail, ByCompany, ByName} }

// Find is a way by its name, nil when there is none.
func Find(name string) Func {
	switch name {
	case ByText:
		return Text
	case ByPhone:
		return Phone
	case ByEmail:
		return Email
	case ByCompany:
		return Company
	case ByName:
		return Name
	}
	return nil
}

// Text is a text in compatibility form (NFKC) and lower case, with single blanks between words.
func Text(s string) string { return strings.Join(strings.Fields(lower(s)), " ") }

// Email is an e-mail address without blanks around it, in lower case.
func Email(s string) string { return strings.TrimSpace(lower(s)) }

// Name is the name of a person, without blanks around it and between Chinese, Japanese or Korean
// characters; other blanks are single ones.
func Name(s string) string {
	var b strings.Builder
	last := rune(0)
	blank := false
	for _, r := range compatible(s) {
		if unicode.IsSpace(r) {
			blank = last != 0
			continue
		}
		if blank && !(ideographic(last) && ideographic(r)) {
			b.WriteByte(' ')
		}
		b.WriteRune(r)
		last, blank = r, false
	}
	return norm.NFKC.String(b.String()) // characters that meet may compose
}

func ideographic(r rune) bool {
	return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul)
}

// compatible is the beginning of a text in compatibility form, without bytes that are no text.
func compatible(s string) string { return norm.NFKC.String(strings.ToValidUTF8(cut(s), "")) }

// lower is compatible in lower case. Lower case can leave what another pass would still compose.
func lower(s string) string { return norm.NFKC.String(strings.ToLower(compatible(s))) }

func cut(s string) string {
	n := 0
	for i := range s {
		if n == MaxRunes {
			return s[:i]
		}
		n++
	}
	return s
}
