package pieces

import (
	"bytes"
	"encoding/json"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// Value reads a value as json.Decoder with UseNumber does, which costs five times as much for the few
// values that an operation takes.
func Value(b []byte) any {
	v, _ := anyValue(b, space(b, 0))
	return v
}

// The functions below give what stands at i, and where it ends.

func object(b []byte, i int) (map[string]any, int) {
	m := map[string]any{}
	for i = space(b, i+1); b[i] != '}'; i = next(b, i) {
		end := valueEnd(b, i)
		key := Text(b[i:end])
		m[key], i = anyValue(b, space(b, space(b, end)+1)) // behind the colon
	}
	return m, i + 1
}

func array(b []byte, i int) ([]any, int) {
	l := []any{}
	for i = space(b, i+1); b[i] != ']'; i = next(b, i) {
		var v any
		v, i = anyValue(b, i)
		l = append(l, v)
	}
	return l, i + 1
}

func anyValue(b []byte, i int) (any, int) {
	switch b[i] {
	case '{':
		return wrap(object(b, i))
	case '[':
		return wrap(array(b, i))
	case '"':
		end := valueEnd(b, i)
		return Text(b[i:end]), end
	case 't':
		return true, i + len("true")
	case 'f':
		return false, i + len("false")
	case 'n':
		return nil, i + len("null")
	}
	end := valueEnd(b, i)
	return json.Number(b[i:end]), end
}

func wrap[T any](v T, end int) (any, int) { return v, end }

// Text reads a text in quotes.
func Text(raw []byte) string {
	raw = raw[1 : len(raw)-1]
	at := bytes.IndexByte(raw, '\\')
	if at < 0 {
		return string(raw)
	}
	out := make([]byte, 0, len(raw)) // escapes are longer than what they stand for
	for at >= 0 {
		out = append(out, raw[:at]...)
		out, raw = unescape(out, raw[at:])
		at = bytes.IndexByte(raw, '\\')
	}
	return string(append(out, raw...))
}

// unescape appends what the escape at the start of b stands for, and gives what follows it. Half of a
// surrogate pair is the character for what cannot be read.
func unescape(out, b []byte) (_, rest []byte) {
	switch b[1] {
	case 'n':
		return append(out, '\n'), b[2:]
	case 't':
		return append(out, '\t'), b[2:]
	case 'r':
		return append(out, '\r'), b[2:]
	case 'b':
		return append(out, '\b'), b[2:]
	case 'f':
		return append(out, '\f'), b[2:]
	case 'u':
		r, _ := Escape(b)
		if b = b[6:]; utf16.IsSurrogate(r) {
			low, _ := Escape(b)
			if r = utf16.DecodeRune(r, low); r != utf8.RuneError {
				b = b[6:]
			}
		}
		return utf8.AppendRune(out, r), b
	}
	return append(out, b[1]), b[2:]
}

// Escape reads an escape \uXXXX at the start of b.
func Escape(b []byte) (rune, bool) {
	if len(b) < 6 || b[0] != '\\' || b[1] != 'u' {
		return 0, false
	}
	n, err := strconv.ParseUint(string(b[2:6]), 16, 16)
	return rune(n), err == nil
}
