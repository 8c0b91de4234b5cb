package table

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"github.com/tenon-platform/tenon/platform/errs"
)

// headLines is how many lines of a JSONL file name its columns. A line behind them with another key
// is refused: what it holds would be lost.
const headLines = 1000

// jsonRows reads one JSON object a line. Its columns are the keys of the first lines, in the order
// in which they appear; the cells are text as those of other files: null is empty, and lists and
// objects stay JSON.
type jsonRows struct {
	s      *bufio.Scanner
	line   int
	limit  int
	names  []string
	places map[string]int
	headed bool
	cells  []string
}

func openJSONL(src Source, lim Limits) (*jsonRows, error) {
	r := &jsonRows{s: newLines(src, lim.Row), limit: lim.Row, places: map[string]int{}}
	head := newLines(src, lim.Row)
	for n := 0; n < headLines && head.Scan(); n++ {
		// A line that is none is told when its turn comes.
		_ = eachKey(clean(head.Bytes()), func(key string, _ json.RawMessage) error {
			if _, ok := r.places[key]; !ok {
				r.places[key] = len(r.names)
				r.names = append(r.names, key)
			}
			return nil
		})
		if len(r.names) > lim.Columns {
			break // the reader refuses as many
		}
	}
	return r, nil
}

// newLines divides a file into lines of at most limit bytes.
func newLines(src Source, limit int) *bufio.Scanner {
	s := bufio.NewScanner(io.NewSectionReader(src, 0, src.Size()))
	s.Buffer(make([]byte, 0, min(64<<10, limit)), limit)
	return s
}

func clean(line []byte) []byte {
	return bytes.TrimSpace(bytes.TrimPrefix(line, []byte("\xef\xbb\xbf")))
}

// next gives the names of the columns first, as if they stood in a row above the others.
func (r *jsonRows) next() (Row, error) {
	if !r.headed {
		r.headed = true
		if len(r.names) == 0 {
			return Row{}, io.EOF
		}
		return Row{Cells: r.names}, nil
	}
	for r.s.Scan() {
		r.line++
		line := clean(r.s.Bytes())
		if len(line) == 0 {
			continue
		}
		return r.row(line), nil
	}
	if err := r.s.Err(); errors.Is(err, bufio.ErrTooLong) {
		return Row{}, errs.New(errs.LimitExceeded, "line %d is longer than %d bytes", "第 %d 行超过 %d 字节", r.line+1, r.limit)
	} else if err != nil {
		return Row{}, fmt.Errorf("read the file: %w", err)
	}
	return Row{}, io.EOF
}

func (r *jsonRows) row(line []byte) Row {
	row := Row{Number: r.line}
	r.cells = append(r.cells[:0], make([]string, len(r.names))...)
	err := eachKey(line, func(key string, v json.RawMessage) error {
		at, ok := r.places[key]
		if !ok {
			return errs.New(errs.InvalidInput, "the line has the key %.60q, which the lines above have not", "该行含有前面各行都没有的键 %.60q", key)
		}
		r.cells[at] = cellOf(v)
		return nil
	})
	var coded *errs.Error
	switch {
	case errors.As(err, &coded):
		row.Bad = coded
	case err != nil:
		row.Bad = errs.New(errs.InvalidInput, "the line is no JSON object", "该行不是 JSON 对象").Because(err)
	default:
		row.Cells = r.cells
	}
	return row
}

// eachKey gives the keys of a line that is one object and nothing else, with their values, in order.
func eachKey(line []byte, fn func(string, json.RawMessage) error) error {
	if !utf8.Valid(line) {
		return errors.New("not UTF-8")
	}
	d := json.NewDecoder(bytes.NewReader(line))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return errors.Join(err, errors.New("no object"))
	}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return err
		}
		var v json.RawMessage
		if err := d.Decode(&v); err != nil {
			return err
		}
		if err := fn(key.(string), v); err != nil { // a key of an object is a text
			return err
		}
	}
	if _, err := d.Token(); err != nil {
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("text behind the object")
	}
	return nil
}

// cellOf is a JSON value as a cell of text.
func cellOf(v json.RawMessage) string {
	if string(v) == "null" {
		return ""
	}
	var s string
	if v[0] == '"' && json.Unmarshal(v, &s) == nil {
		return s
	}
	return string(v)
}

// isJSONL says whether a file that begins so holds one JSON object a line.
func isJSONL(head []byte) bool {
	line, _, whole := bytes.Cut(bytes.TrimLeft(clean(head), "\r\n\t "), []byte("\n"))
	if len(line) == 0 || line[0] != '{' {
		return false
	}
	return !whole && len(head) == sample || eachKey(bytes.TrimSpace(line), func(string, json.RawMessage) error { return nil }) == nil
}

func (r *jsonRows) last() int { return 0 }

func (r *jsonRows) Close() error { return nil }
