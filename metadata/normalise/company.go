package normalise

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// latinForms are the words for legal forms at the end of a company's name, chineseForms the
// endings in Chinese, longer ones before those that they end in.
var (
	latinForms   = []string{"co", "ltd", "limited", "inc", "llc", "corp", "corporation", "gmbh", "company"}
	chineseForms = []string{"股份有限公司", "有限责任公司", "有限公司", "公司", "集团"}
)

// Company is the name of a company in lower case, without its legal form and without what stands
// between its words: "Acme Trading Co., Ltd." is "acmetrading". A name that is nothing but a
// legal form stays.
func Company(s string) string {
	words := strings.FieldsFunc(lower(s), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) })
	for len(words) > 1 && slices.Contains(latinForms, words[len(words)-1]) {
		words = words[:len(words)-1]
	}
	name := norm.NFKC.String(strings.Join(words, "")) // words that meet may compose
	for {
		rest := withoutForm(name)
		if rest == "" || rest == name {
			return name
		}
		name = rest
	}
}

func withoutForm(name string) string {
	for _, form := range chineseForms {
		if rest, ok := strings.CutSuffix(name, form); ok {
			return rest
		}
	}
	return name
}
