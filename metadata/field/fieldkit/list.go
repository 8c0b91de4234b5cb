package fieldkit

import (
	"encoding/json"
	"strings"
)

// Next splits the first element off the text of a stored list, a flat JSON array without spaces,
// and gives it as it is written; elem is "" at the end. It allocates nothing.
func Next(list string) (elem, rest string) {
	if len(list) < 2 || list == "[]" {
		return "", ""
	}
	s := list[1:] // behind "[" or ","
	if s[0] != '"' {
		if i := strings.IndexAny(s, ",]"); i >= 0 {
			return s[:i], s[i:]
		}
		return "", ""
	}
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '"':
			return s[:i+1], s[i+1:]
		}
	}
	return "", ""
}

// Unquote gives the text of an element that is a string; it allocates only for escapes.
func Unquote(elem string) string {
	if len(elem) < 2 || elem[0] != '"' {
		return elem
	}
	if strings.IndexByte(elem, '\\') < 0 {
		return elem[1 : len(elem)-1]
	}
	var s string
	if json.Unmarshal([]byte(elem), &s) != nil {
		return ""
	}
	return s
}
