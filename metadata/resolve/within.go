package resolve

import (
	"bytes"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/tenon-platform/tenon/platform/diag"
)

// within is the place of byte n of a text that a file holds as the JSON string at pos: escapes
// are longer in the file than what they mean. It is pos itself where the file says something else.
func (r *resolver) within(pos diag.Pos, text string, n int) diag.Pos {
	raw := r.line(pos)
	if pos.Col < 1 || pos.Col > len(raw) {
		return pos
	}
	if offset, ok := stringOffset(raw[pos.Col-1:], text, n); ok {
		pos.Col += offset
	}
	return pos
}

// line is the line of a file that a position is in, without the mark that some editors put first.
func (r *resolver) line(pos diag.Pos) []byte {
	for _, p := range r.in.Packages {
		src, ok := p.Files[strings.TrimPrefix(pos.File, p.Label+"/")]
		if !ok || pos.File == p.Label {
			continue
		}
		src = bytes.TrimPrefix(src, []byte("\xef\xbb\xbf"))
		for range pos.Line - 1 {
			_, src, _ = bytes.Cut(src, []byte("\n"))
		}
		line, _, _ := bytes.Cut(src, []byte("\n"))
		return line
	}
	return nil
}

// stringOffset is where byte n of text stands in the JSON string that raw begins with; false
// when that string is not text.
func stringOffset(raw []byte, text string, n int) (offset int, ok bool) {
	if len(raw) == 0 || raw[0] != '"' {
		return 0, false
	}
	offset = -1
	var got []byte
	for i := 1; i < len(raw); {
		if len(got) >= n && offset < 0 {
			offset = i
		}
		if raw[i] == '"' {
			return offset, string(got) == text && offset >= 0
		}
		c, size := unescape(raw[i:])
		got = append(got, c...)
		i += size
	}
	return 0, false
}

// unescape is the character, or the byte of one, that raw begins with, and how long it is there.
func unescape(raw []byte) (string, int) {
	if raw[0] != '\\' || len(raw) < 2 {
		return string(raw[:1]), 1
	}
	if raw[1] != 'u' {
		if i := bytes.IndexByte([]byte(`"\/bfnrt`), raw[1]); i >= 0 {
			return "\"\\/\b\f\n\r\t"[i : i+1], 2
		}
		return string(raw[:1]), 1
	}
	c := hex4(raw[2:])
	if utf16.IsSurrogate(c) && len(raw) >= 12 {
		return string(utf16.DecodeRune(c, hex4(raw[8:]))), 12
	}
	return string(c), 6
}

func hex4(raw []byte) rune {
	n, err := strconv.ParseUint(string(raw[:min(4, len(raw))]), 16, 32)
	if err != nil {
		return utf8.RuneError
	}
	return rune(n)
}
