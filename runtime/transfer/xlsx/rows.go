package xlsx

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// Rows reads one sheet from its first row to its last.
type Rows struct {
	f     *File
	part  io.ReadCloser
	s     *scanner
	name  string
	cells []string
	text  []byte
	row   int
	col   int // after the last cell
	lastN int
}

// Rows opens sheet n, from 0.
func (f *File) Rows(n int) (*Rows, error) {
	if n < 0 || n >= len(f.sheets) {
		return nil, fmt.Errorf("%w: it has %d sheets", ErrNotWorkbook, len(f.sheets))
	}
	name := f.sheets[n].part
	r, err := f.part(name, f.lim.Part)
	if err != nil {
		return nil, err
	}
	return &Rows{f: f, part: r, s: newScanner(r, f.lim.Row), name: name}, nil
}

// Close ends the reading.
func (r *Rows) Close() error { return r.part.Close() }

// Last is the number of the last row as the sheet claims before its first one, else 0.
func (r *Rows) Last() int { return r.lastN }

// lastRow reads "A1:H7500".
func lastRow(ref string) int {
	n, err := strconv.Atoi(ref[strings.LastIndexAny(ref, "ABCDEFGHIJKLMNOPQRSTUVWXYZ")+1:])
	if err != nil || n < 0 {
		return 0
	}
	return n
}

// Next gives the next row that has cells, and its number, from 1; io.EOF behind the last one. The
// slice is valid until the next call. Numbers are plain ("1234.5"), truth values "true" and
// "false", dates as show says; errors are their text ("#N/A").
func (r *Rows) Next() (cells []string, row int, err error) {
	for {
		switch r.s.next() {
		case endOfFile:
			if r.s.err != nil {
				return nil, 0, r.f.broken(r.name, r.s.err)
			}
			return nil, 0, io.EOF
		case opened:
			if string(r.s.name) == "dimension" {
				r.lastN = lastRow(r.s.attr("ref"))
			}
			if string(r.s.name) != "row" {
				continue
			}
			if err := r.read(); err != nil {
				return nil, 0, r.f.broken(r.name, err)
			}
			if len(r.cells) > 0 {
				return r.cells, r.row, nil
			}
		}
	}
}

// read reads the cells of the row that is open.
func (r *Rows) read() error {
	r.row++
	if n, err := strconv.Atoi(r.s.attr("r")); err == nil && n >= r.row {
		r.row = n
	}
	r.cells, r.col = r.cells[:0], 0
	size := 0
	for {
		switch r.s.next() {
		case endOfFile:
			if r.s.err == nil {
				r.s.err = io.ErrUnexpectedEOF
			}
			return r.s.err
		case closed:
			if string(r.s.name) == "row" {
				return nil
			}
		case opened:
			if string(r.s.name) != "c" {
				continue
			}
			n, err := r.cell()
			if err != nil {
				return err
			}
			if size += n; size > r.f.lim.Row {
				return ErrTooLarge
			}
		}
	}
}

// cell reads the cell that is open into its column and tells how long its text is.
func (r *Rows) cell() (int, error) {
	col := r.col
	if ref := r.s.attr("r"); ref != "" {
		if col = column(ref); col < r.col {
			return 0, errSyntax
		}
	}
	r.col = col + 1
	if col >= r.f.lim.Columns {
		return 0, ErrTooLarge
	}
	style, kind := r.s.attr("s"), r.s.attr("t")
	v, err := r.value(kind, style)
	if err != nil {
		return 0, err
	}
	if v == "" {
		return 0, nil
	}
	for len(r.cells) < col {
		r.cells = append(r.cells, "")
	}
	r.cells = append(r.cells, v)
	return len(v), nil
}

// column is the place of a cell such as "AB12", from 0.
func column(ref string) int {
	n := 0
	for i := 0; i < len(ref) && ref[i] >= 'A' && n < 1<<20; i++ {
		n = n*26 + int(ref[i]&^0x20-'A') + 1
	}
	return n - 1
}

func (r *Rows) value(kind, style string) (string, error) {
	raw, err := r.raw()
	if err != nil {
		return "", err
	}
	switch kind {
	case "s":
		if raw == "" {
			return "", nil
		}
		n, err := strconv.Atoi(raw)
		if err != nil {
			return "", errSyntax
		}
		return r.f.strings.at(n)
	case "b":
		if raw == "1" {
			return "true", nil
		}
		return "false", nil
	case "", "n":
		k := plain
		if n, err := strconv.Atoi(style); err == nil && n >= 0 && n < len(r.f.dates) {
			k = r.f.dates[n]
		}
		if raw == "" {
			return "", nil
		}
		return r.f.show(raw, k), nil
	}
	return string(unescape([]byte(raw))), nil // str, inlineStr, d and e
}

// raw reads the text of the cell that is open: of its v, or of the t elements below its is.
func (r *Rows) raw() (string, error) {
	r.text = r.text[:0]
	in := false
	for {
		switch r.s.next() {
		case endOfFile:
			return "", errors.Join(errSyntax, r.s.err)
		case opened:
			switch string(r.s.name) {
			case "v":
				in = true
			case "is":
				var err error
				if r.text, err = r.s.text(r.text, "is"); err != nil {
					return "", err
				}
			}
		case characters:
			if in {
				if r.text = append(r.text, r.s.chars...); len(r.text) > r.f.lim.Row {
					return "", ErrTooLarge
				}
			}
		case closed:
			switch string(r.s.name) {
			case "v":
				in = false
			case "c":
				return string(r.text), nil
			}
		}
	}
}
