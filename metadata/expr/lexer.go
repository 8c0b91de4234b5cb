package expr

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

type tokenKind uint8

const (
	tokEnd tokenKind = iota
	tokName
	tokNumber
	tokText
	tokOp
)

// token is a word of the source; text of a tokText is the text meant, without quotes.
type token struct {
	kind       tokenKind
	text       string
	start, end int
}

// is says whether the token is an operator, or a keyword in any case.
func (t token) is(text string) bool {
	switch t.kind {
	case tokOp:
		return t.text == text
	case tokName:
		return strings.EqualFold(t.text, text)
	}
	return false
}

// operators, the longest first.
var operators = [...]string{"==", "!=", "<>", "<=", ">=", "&&", "||",
	"+", "-", "*", "/", "%", "=", "<", ">", "!", "(", ")", "[", "]", ",", "?", ":", ".", "@"}

// lex splits src into tokens; the last one is a tokEnd. It stops at the first character that
// begins no token.
func lex(src string) ([]token, *Problem) {
	out := make([]token, 0, min(16, 2+len(src)/3))
	for i := 0; i < len(src); {
		c, size := utf8.DecodeRuneInString(src[i:])
		switch {
		case unicode.IsSpace(c):
			i += size
		case c == utf8.RuneError && size <= 1:
			return nil, problem("syntax", i, i+1, "this byte is not valid UTF-8", "这个字节不是有效的 UTF-8")
		case isNameStart(c):
			end := nameEnd(src, i)
			out = append(out, token{tokName, src[i:end], i, end})
			i = end
		case isDigit(c) || c == '.' && i+1 < len(src) && isDigit(rune(src[i+1])):
			end := numberEnd(src, i)
			out = append(out, token{tokNumber, src[i:end], i, end})
			i = end
		case c == '\'' || c == '"':
			text, end := quoted(src, i)
			if end < 0 {
				return nil, problem("syntax", i, len(src), "this text has no closing %c", "这段文本缺少右引号 %c", c)
			}
			if bad := unprintable(src, i, end); bad >= 0 {
				return nil, problem("syntax", bad, bad+1, "text holds no control characters and only valid UTF-8", "文本不能含有控制字符，且须为有效的 UTF-8")
			}
			out = append(out, token{tokText, text, i, end})
			i = end
		default:
			op := operatorAt(src[i:])
			if op == "" {
				p := problem("syntax", i, i+size, "unexpected character %q", "意外的字符 %q", c)
				p.Suggestion = fullWidth(c)
				return nil, p
			}
			out = append(out, token{tokOp, op, i, i + len(op)})
			i += len(op)
		}
	}
	return append(out, token{tokEnd, "", len(src), len(src)}), nil
}

// unprintable is the place of the first character that no stored text has, else -1.
func unprintable(src string, i, end int) int {
	for i < end {
		c, size := utf8.DecodeRuneInString(src[i:])
		if c == utf8.RuneError && size <= 1 || c == 0x7f || c < ' ' && c != '\n' && c != '\t' && c != '\r' {
			return i
		}
		i += size
	}
	return -1
}

func isNameStart(c rune) bool { return c == '_' || unicode.IsLetter(c) }
func isDigit(c rune) bool     { return c >= '0' && c <= '9' }

// nameEnd is where the name at i ends. A package function "fn:package.name" is one name.
func nameEnd(src string, i int) int {
	end := wordEnd(src, i)
	if src[i:end] != "fn" || end+1 >= len(src) || src[end] != ':' {
		return end
	}
	pkg := wordEnd(src, end+1)
	if pkg == end+1 || pkg >= len(src) || src[pkg] != '.' {
		return end
	}
	name := wordEnd(src, pkg+1)
	if name == pkg+1 || name >= len(src) || src[name] != '(' {
		return end
	}
	return name
}

func wordEnd(src string, i int) int {
	for i < len(src) {
		c, size := utf8.DecodeRuneInString(src[i:])
		if !isNameStart(c) && !unicode.IsDigit(c) && !unicode.Is(unicode.Mn, c) {
			break
		}
		i += size
	}
	return i
}

func numberEnd(src string, i int) int {
	digits := func() {
		for i < len(src) && isDigit(rune(src[i])) {
			i++
		}
	}
	digits()
	if i < len(src) && src[i] == '.' {
		i++
		digits()
	}
	if i < len(src) && (src[i] == 'e' || src[i] == 'E') {
		j := i + 1
		if j < len(src) && (src[j] == '+' || src[j] == '-') {
			j++
		}
		if j < len(src) && isDigit(rune(src[j])) {
			i = j
			digits()
		}
	}
	return i
}

// quoted reads a text in single or double quotes; a doubled quote stands for itself. end is -1
// without a closing quote. A backslash is nothing special, so that patterns stay readable.
func quoted(src string, i int) (text string, end int) {
	q := src[i]
	var b strings.Builder
	for j := i + 1; j < len(src); j++ {
		if src[j] != q {
			b.WriteByte(src[j])
			continue
		}
		if j+1 < len(src) && src[j+1] == q {
			b.WriteByte(q)
			j++
			continue
		}
		return b.String(), j + 1
	}
	return "", -1
}

func operatorAt(s string) string {
	for _, op := range operators {
		if strings.HasPrefix(s, op) {
			return op
		}
	}
	return ""
}
