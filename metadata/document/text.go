package document

import (
	"bytes"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

func (p *parser) str() (string, *syntaxError) {
	if b := p.plain(); b != nil {
		return string(b), nil
	}
	return p.escaped()
}

// name reads the text of a key.
func (p *parser) name() (string, *syntaxError) {
	b := p.plain()
	if b == nil {
		return p.escaped()
	}
	if name, ok := p.names[string(b)]; ok {
		return name, nil
	}
	if p.names == nil {
		p.names = map[string]string{}
	}
	name := string(b)
	p.names[name] = name
	return name, nil
}

// plain reads a text that has no escapes, as most have not; nil, and nothing is read, when it has some or is broken.
func (p *parser) plain() []byte {
	for i := p.i + 1; i < len(p.d.src); i++ {
		if c := p.d.src[i]; c == '"' {
			b := p.d.src[p.i+1 : i]
			p.i = i + 1
			return b
		} else if c == '\\' || c < ' ' {
			break
		}
	}
	return nil
}

// escaped reads a text that has escapes, or is broken.
func (p *parser) escaped() (string, *syntaxError) {
	start := p.i
	for p.i++; p.i < len(p.d.src); p.i++ {
		if c := p.d.src[p.i]; c == '"' || c == '\\' || c < ' ' {
			break
		}
	}
	out := append([]byte{}, p.d.src[min(start+1, p.i):p.i]...)
	for p.i < len(p.d.src) {
		switch c := p.d.src[p.i]; {
		case c == '"':
			p.i++
			return string(out), nil
		case c == '\\':
			r, n := p.escape()
			if n == 0 {
				return "", p.fail(p.i, "unknown escape in text", "文本中有未知的转义")
			}
			out, p.i = utf8.AppendRune(out, r), p.i+n
		case c < ' ':
			return "", p.fail(p.i, "a control character must be escaped in text", "文本中的控制字符须转义")
		default:
			out, p.i = append(out, c), p.i+1
		}
	}
	return "", p.fail(start, "the text that begins here has no end", "此处开始的文本没有结束")
}

// escape reads the escape at p.i and gives its rune and length, 0 when it is none.
func (p *parser) escape() (rune, int) {
	s := p.d.src[p.i:]
	if len(s) < 2 {
		return 0, 0
	}
	if i := bytes.IndexByte([]byte(`"\/bfnrt`), s[1]); i >= 0 {
		return rune("\"\\/\b\f\n\r\t"[i]), 2
	}
	r, ok := hex4(s)
	if !ok {
		return 0, 0
	}
	if utf16.IsSurrogate(r) {
		low, ok := hex4(s[6:])
		if r = utf16.DecodeRune(r, low); !ok || r == utf8.RuneError {
			return 0, 0
		}
		return r, 12
	}
	return r, 6
}

func hex4(s []byte) (rune, bool) {
	if len(s) < 6 || s[0] != '\\' || s[1] != 'u' {
		return 0, false
	}
	n, err := strconv.ParseUint(string(s[2:6]), 16, 32)
	return rune(n), err == nil
}
