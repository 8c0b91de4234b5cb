// Package words splits text for searching, the same way for every store engine: into runs of
// letters and digits, and these into overlapping grams, so that a part of a word is found without
// reading the text, in languages with and without spaces.
package words

import (
	"strings"
	"unicode"
)

// maxRunes is how much of a text is indexed.
const maxRunes = 20_000

// Fold makes letters small and takes full-width forms for the usual ones.
func Fold(r rune) rune {
	if r >= 0xFF01 && r <= 0xFF5E {
		r -= 0xFEE0
	}
	return unicode.ToLower(r)
}

// class tells which runes belong together in a run; 0 for those that separate.
func class(r rune) int {
	switch {
	case unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul):
		return 2
	case unicode.IsLetter(r) || unicode.IsDigit(r):
		return 3
	}
	return 0
}

// Run is a stretch of letters and digits of one kind, folded. Size is the length of its grams: 2
// in scripts whose characters are words or nearly so, else 3.
type Run struct {
	Text []rune
	Size int
}

// Runs are the runs of a text in their order.
func Runs(text string) []Run {
	var out []Run
	last, n := 0, 0
	for _, r := range text {
		if n++; n > maxRunes {
			break
		}
		r = Fold(r)
		c := class(r)
		if c != 0 && c == last {
			run := &out[len(out)-1]
			run.Text = append(run.Text, r)
		} else if c != 0 {
			out = append(out, Run{[]rune{r}, c})
		}
		last = c
	}
	return out
}

// Grams are the grams of a text with spaces between them: from every place of a run the next Size
// runes, or as many as there are, so that a run's grams never go on in the next run.
func Grams(text string) string {
	var b strings.Builder
	for _, run := range Runs(text) {
		for i := range run.Text {
			if b.Len() > 0 {
				b.WriteByte(' ')
			}
			b.WriteString(string(run.Text[i:min(i+run.Size, len(run.Text))]))
		}
	}
	return b.String()
}

// Term is one word looked for: grams that stand one after the other, or the beginning of one gram.
type Term struct {
	Grams  []string
	Prefix bool
}

// Terms are the words of what is looked for; all of them must be found.
func Terms(text string) []Term {
	var out []Term
	for _, run := range Runs(text) {
		if len(run.Text) < run.Size {
			out = append(out, Term{[]string{string(run.Text)}, true})
			continue
		}
		var t Term
		for i := 0; i+run.Size <= len(run.Text); i++ {
			t.Grams = append(t.Grams, string(run.Text[i:i+run.Size]))
		}
		out = append(out, t)
	}
	return out
}
