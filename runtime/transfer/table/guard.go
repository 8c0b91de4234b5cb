package table

import "strings"

// Spreadsheets take text that begins like a formula for one, whoever wrote it. Guard puts an
// apostrophe before such text, which is how people mark text there; Unguard takes it away. Numbers,
// also phone numbers such as +86 21 6888, stay as they are.

// Guard makes text safe for spreadsheets.
func Guard(s string) string {
	if dangerous(strings.TrimLeft(s, "'")) {
		return "'" + s
	}
	return s
}

// Unguard gives the text that Guard was given.
func Unguard(s string) string {
	if strings.HasPrefix(s, "'") && dangerous(strings.TrimLeft(s, "'")) {
		return s[1:]
	}
	return s
}

func dangerous(s string) bool {
	if s == "" {
		return false
	}
	switch s[0] {
	case '=', '@', '\t', '\r':
		return true
	case '+', '-':
		return strings.Trim(s[1:], "0123456789 .,()-") != ""
	}
	return false
}
