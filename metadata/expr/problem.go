package expr

import "github.com/tenon-platform/tenon/platform/diag"

// problem makes a finding; both sentences are filled with the same arguments.
func problem(code string, start, end int, en, zh string, args ...any) *Problem {
	return &Problem{Code: code, Start: start, End: end, Summary: diag.Textf(en, zh, args...)}
}

func suggest(en, zh string, args ...any) *diag.Text {
	t := diag.Textf(en, zh, args...)
	return &t
}

// fullWidth suggests the ASCII twin of a character that a Chinese input method types.
func fullWidth(c rune) *diag.Text {
	ascii := rune(0)
	switch {
	case c >= '！' && c <= '～':
		ascii = c - '！' + '!'
	case c == '“' || c == '”':
		ascii = '"'
	case c == '‘' || c == '’':
		ascii = '\''
	case c == '、':
		ascii = ','
	default:
		return nil
	}
	return suggest("write %q instead", "请改用半角的 %q", ascii)
}
