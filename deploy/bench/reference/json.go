package main

import (
	"encoding/json"
	"errors"
	"slices"
	"strconv"

	"zombiezen.com/go/sqlite"
)

// kind is how a column is written.
type kind byte

const (
	text  kind = iota
	whole      // a number
	cents      // "12.30"
	key        // "bench_account_17"
)

// column is one member of a row's JSON.
type column struct {
	name   string
	kind   kind
	prefix string // of a key

	open string // `{"name":` or `,"name":`, and the opening quote where there is one
}

// columns prepares the columns of a row.
func columns(cs ...column) []column {
	for i := range cs {
		c := &cs[i]
		c.open = `,"` + c.name + `":`
		if i == 0 {
			c.open = `{"` + c.name + `":`
		}
		if c.kind != whole {
			c.open += `"` + c.prefix
		}
	}
	return cs
}

// appendRow appends the current row as a JSON object without its closing brace.
func appendRow(dst []byte, st *sqlite.Stmt, cs []column) []byte {
	for i := range cs {
		c := &cs[i]
		dst = append(dst, c.open...)
		switch c.kind {
		case whole:
			dst = strconv.AppendInt(dst, st.ColumnInt64(i), 10)
			continue
		case key:
			dst = strconv.AppendInt(dst, st.ColumnInt64(i), 10)
		case cents:
			dst = appendCents(dst, st.ColumnInt64(i))
		default:
			dst = appendColumnText(dst, st, i)
		}
		dst = append(dst, '"')
	}
	return dst
}

func appendCents(dst []byte, n int64) []byte {
	if n < 0 {
		dst, n = append(dst, '-'), -n
	}
	dst = strconv.AppendInt(dst, n/100, 10)
	return append(dst, '.', byte('0'+n%100/10), byte('0'+n%10))
}

// appendColumnText copies a text column and escapes it where it has to be.
func appendColumnText(dst []byte, st *sqlite.Stmt, i int) []byte {
	n := st.ColumnLen(i)
	start := len(dst)
	dst = slices.Grow(dst, n)[:start+n]
	st.ColumnBytes(i, dst[start:])
	for _, b := range dst[start:] {
		if b < ' ' || b == '"' || b == '\\' {
			return appendText(dst[:start], string(dst[start:]))
		}
	}
	return dst
}

// appendText appends the inside of a JSON string.
func appendText(dst []byte, s string) []byte {
	b, err := json.Marshal(s)
	if err != nil { // a string always has JSON
		return dst
	}
	return append(dst, b[1:len(b)-1]...)
}

// appendList appends all rows of a statement as a connection: {"nodes":[…]}. more, if set, appends
// further members to each row. The statement is reset.
func appendList(dst []byte, st *sqlite.Stmt, cs []column, more func([]byte) ([]byte, error)) ([]byte, error) {
	dst = append(dst, `{"nodes":[`...)
	for first := true; ; first = false {
		ok, err := st.Step()
		if err != nil || !ok {
			return append(dst, "]}"...), errors.Join(err, st.Reset())
		}
		if !first {
			dst = append(dst, ',')
		}
		dst = appendRow(dst, st, cs)
		if more != nil {
			if dst, err = more(dst); err != nil {
				return dst, errors.Join(err, st.Reset())
			}
		}
		dst = append(dst, '}')
	}
}
