// Package pieces takes JSON apart: a member or an element stays the bytes that it was, or is read as a value.
// The JSON must be valid.
package pieces

import "strings"

// Members calls do with the members of an object, in order, until it returns false. key is a text in quotes, as
// it is written. It does nothing with other values.
func Members(b []byte, do func(key, val []byte) bool) {
	at := space(b, 0)
	if at >= len(b) || b[at] != '{' {
		return
	}
	for at = space(b, at+1); b[at] != '}'; {
		end := valueEnd(b, at)
		key := b[at:end]
		at = space(b, space(b, end)+1) // behind the colon
		end = valueEnd(b, at)
		if !do(key, b[at:end]) {
			return
		}
		at = next(b, end)
	}
}

// Elements calls do with the elements of a list, in order. It does nothing with other values.
func Elements(b []byte, do func(val []byte)) {
	at := space(b, 0)
	if at >= len(b) || b[at] != '[' {
		return
	}
	for at = space(b, at+1); b[at] != ']'; {
		end := valueEnd(b, at)
		do(b[at:end])
		at = next(b, end)
	}
}

// First is the first byte of a value, which tells its kind; 0 where there is none.
func First(b []byte) byte {
	if at := space(b, 0); at < len(b) {
		return b[at]
	}
	return 0
}

// next passes the comma behind a value that ends at i, if there is one.
func next(b []byte, i int) int {
	if i = space(b, i); b[i] == ',' {
		i = space(b, i+1)
	}
	return i
}

func space(b []byte, i int) int {
	for i < len(b) && (b[i] == ' ' || b[i] == '\n' || b[i] == '\t' || b[i] == '\r') {
		i++
	}
	return i
}

// valueEnd is where the value at i ends.
func valueEnd(b []byte, i int) int {
	depth := 0
	for ; i < len(b); i++ {
		switch b[i] {
		case '"':
			for i++; b[i] != '"'; i++ {
				if b[i] == '\\' {
					i++
				}
			}
		case '{', '[':
			depth++
			continue
		case '}', ']':
			depth--
		default:
			if depth > 0 || !delimits(b, i+1) {
				continue
			}
		}
		if depth == 0 {
			return i + 1
		}
	}
	return i
}

// delimits says whether a number or word that ends before i is whole.
func delimits(b []byte, i int) bool {
	return i >= len(b) || strings.IndexByte(" \n\t\r,]}:", b[i]) >= 0
}
