// Package table reads files that hold one table, CSV, XLSX or JSON lines, as rows of text: it finds
// out how a file is encoded and divided, and reads it in memory that does not grow with its length. What the
// columns mean is the business of package mapping.
package table

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/runtime/transfer/xlsx"
)

// Kinds of files.
const (
	CSV   = "csv"
	XLSX  = "xlsx"
	JSONL = "jsonl" // one JSON object a line
)

// Encodings of CSV files.
const (
	UTF8    = "utf-8"
	GB18030 = "gb18030"
	UTF16   = "utf-16" // with a byte order mark
)

// Format says how to read a file. Detect gives one; callers may correct it.
type Format struct {
	Kind      string `json:"kind"`
	Encoding  string `json:"encoding,omitempty"`  // of CSV
	Delimiter string `json:"delimiter,omitempty"` // of CSV: one character
	Sheet     string `json:"sheet,omitempty"`     // of XLSX; "" is the first
	// HeaderRow is the number of the row that names the columns, of CSV and XLSX; 0: the first one that
	// is not empty.
	HeaderRow int `json:"headerRow,omitempty"`
}

// Limits bound what is read.
type Limits struct {
	Columns int
	Row     int    // bytes of one row
	Temp    string // where parts of workbooks are set aside; "" is the system's place
}

// DefaultLimits are the limits where a tenant sets none.
func DefaultLimits() Limits { return Limits{Columns: 2000, Row: 1 << 20} }

// Source is a file at hand.
type Source interface {
	io.ReaderAt
	Size() int64
}

// Row is one row below the header.
type Row struct {
	// Number is the row's number in a sheet, and the line on which it begins in other files.
	Number int
	// Cells has at most as many elements as the header; it is valid until the next row is read.
	Cells []string
	// Bad says why the row cannot be read; the rows behind it can.
	Bad *errs.Error
}

// Reader reads the rows of a file.
type Reader struct {
	rows   rows
	header []string
	lim    Limits
}

// rows is what the kinds of files have in common.
type rows interface {
	// next gives a row that is not empty; io.EOF behind the last one.
	next() (Row, error)
	// last is the number of the last row as far as the file tells, else 0.
	last() int
	io.Closer
}

// Open begins to read a file and reads its header.
func Open(src Source, f Format, lim Limits) (*Reader, error) {
	r := &Reader{lim: lim}
	var err error
	switch f.Kind {
	case CSV:
		r.rows, err = openCSV(src, f, lim)
	case XLSX:
		r.rows, err = openXLSX(src, f, lim)
	case JSONL:
		f.HeaderRow = 0
		r.rows, err = openJSONL(src, lim)
	default:
		return nil, errs.New(errs.InvalidInput, "unknown kind of file %q; csv, xlsx and jsonl are known", "未知文件类型 %q，支持 csv、xlsx 与 jsonl", f.Kind).On("kind")
	}
	if err != nil {
		return nil, err
	}
	if err := r.readHeader(f.HeaderRow); err != nil {
		return nil, errors.Join(err, r.Close())
	}
	return r, nil
}

func (r *Reader) readHeader(at int) error {
	for {
		row, err := r.rows.next()
		if errors.Is(err, io.EOF) {
			return errs.New(errs.InvalidInput, "the file has no row that names the columns", "文件缺少表头行")
		}
		if err != nil {
			return err
		}
		if row.Number < at {
			continue
		}
		if row.Bad != nil {
			return row.Bad
		}
		if len(row.Cells) > r.lim.Columns {
			return errs.New(errs.LimitExceeded, "the file has %d columns, at most %d are read", "文件有 %d 列，最多读取 %d 列", len(row.Cells), r.lim.Columns)
		}
		r.header = names(row.Cells)
		return nil
	}
}

// names makes the names of columns: trimmed, and no two alike. A column without one is called by
// its letters.
func names(cells []string) []string {
	out := make([]string, len(cells))
	seen := map[string]bool{}
	for i, c := range cells {
		name := strings.TrimSpace(c)
		if name == "" {
			name = letters(i)
		}
		for n := 2; seen[name]; n++ {
			name = fmt.Sprintf("%s (%d)", strings.TrimSpace(c), n)
		}
		seen[name] = true
		out[i] = name
	}
	return out
}

// letters is how sheets call column n, from 0.
func letters(n int) string {
	s := string(rune('A' + n%26))
	if n >= 26 {
		s = letters(n/26-1) + s
	}
	return s
}

// Header are the names of the columns.
func (r *Reader) Header() []string { return r.header }

// Last is the number of the last row as far as it is known, else 0.
func (r *Reader) Last() int { return r.rows.last() }

// Next gives the next row; io.EOF behind the last one. Other errors end the file.
func (r *Reader) Next() (Row, error) {
	row, err := r.rows.next()
	if err != nil || row.Bad != nil {
		return row, err
	}
	if n := len(r.header); len(row.Cells) > n {
		for _, c := range row.Cells[n:] {
			if strings.TrimSpace(c) != "" {
				row.Bad = errs.New(errs.InvalidInput, "the row has more cells than the header: a delimiter or a quote is out of place", "该行的单元格多于表头：分隔符或引号位置有误")
				return row, nil
			}
		}
		row.Cells = row.Cells[:n]
	}
	return row, nil
}

// Close ends the reading.
func (r *Reader) Close() error { return r.rows.Close() }

func blank(cells []string) bool {
	for _, c := range cells {
		if c != "" {
			return false
		}
	}
	return true
}

// unreadable codes the errors of workbooks.
func unreadable(err error) error {
	switch {
	case errors.Is(err, xlsx.ErrProtected):
		return errs.New(errs.InvalidInput, "the workbook has a password or is of a version before 2007; save it as .xlsx without a password", "工作簿已加密或为 2007 之前的格式，请另存为不加密的 .xlsx").Because(err)
	case errors.Is(err, xlsx.ErrTooLarge):
		return errs.New(errs.LimitExceeded, "the workbook is too large", "工作簿过大").Because(err)
	case errors.Is(err, xlsx.ErrNotWorkbook):
		return errs.New(errs.InvalidInput, "the file is no workbook, or it is damaged", "文件不是工作簿或已损坏").Because(err)
	}
	return err
}
