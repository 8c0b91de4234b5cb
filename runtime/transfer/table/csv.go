package table

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"

	"github.com/tenon-platform/tenon/platform/errs"
)

// csvRows reads CSV as RFC 4180 says, with any delimiter.
type csvRows struct {
	c        *csv.Reader
	budget   *budget
	row      int // bytes that one row may have
	first    bool
	encoding string
}

func openCSV(src Source, f Format, lim Limits) (*csvRows, error) {
	text, err := decoded(io.NewSectionReader(src, 0, src.Size()), f.Encoding)
	if err != nil {
		return nil, err
	}
	comma, size := utf8.DecodeRuneInString(f.Delimiter)
	switch {
	case f.Delimiter == "":
		comma = ','
	case size != len(f.Delimiter) || comma == utf8.RuneError || strings.ContainsRune("\"\r\n\x00", comma):
		return nil, errs.New(errs.InvalidInput, "the delimiter is one character, and neither a quote nor a line break", "分隔符须为单个字符，且不能是引号或换行").On("delimiter")
	}
	b := &budget{r: text}
	c := csv.NewReader(b)
	c.Comma, c.ReuseRecord, c.FieldsPerRecord = comma, true, -1
	return &csvRows{c: c, budget: b, row: lim.Row, first: true, encoding: f.Encoding}, nil
}

// decoded reads text of an encoding as UTF-8.
func decoded(r io.Reader, encoding string) (io.Reader, error) {
	switch encoding {
	case UTF8, "":
		b := bufio.NewReaderSize(r, 64<<10)
		if p, err := b.Peek(3); err == nil && string(p) == "\xef\xbb\xbf" {
			if _, err := b.Discard(3); err != nil {
				return nil, fmt.Errorf("read the file: %w", err)
			}
		}
		return b, nil
	case GB18030:
		return transform.NewReader(r, simplifiedchinese.GB18030.NewDecoder()), nil
	case UTF16:
		return transform.NewReader(r, unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewDecoder()), nil
	}
	return nil, errs.New(errs.InvalidInput, "unknown encoding %q; utf-8, gb18030 and utf-16 are known", "未知编码 %q，支持 utf-8、gb18030 与 utf-16", encoding).On("encoding")
}

// budget bounds how much is read for one row, so that a quote that is never closed does not pull
// the whole file into memory.
type budget struct {
	r    io.Reader
	left int
}

var errBudget = errors.New("table: the row is too long")

func (b *budget) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, errBudget
	}
	n, err := b.r.Read(p[:min(len(p), b.left)])
	b.left -= n
	return n, err
}

func (r *csvRows) next() (Row, error) {
	for {
		r.budget.left = r.row
		cells, err := r.c.Read()
		line := 0
		if len(cells) > 0 {
			line, _ = r.c.FieldPos(0)
		}
		first := r.first
		r.first = false
		var bad *csv.ParseError
		switch {
		case errors.Is(err, io.EOF):
			return Row{}, io.EOF
		case errors.Is(err, errBudget):
			return Row{}, errs.New(errs.LimitExceeded, "the row from line %d on is longer than %d bytes; perhaps a closing quote is missing", "自第 %d 行起的一行超过 %d 字节，可能缺少右引号", max(line, 1), r.row)
		case errors.As(err, &bad):
			return Row{Number: bad.StartLine, Bad: errs.New(errs.InvalidInput, "a quote is missing or stands in the middle of a cell (line %d, byte %d)", "引号缺失或位于单元格中间（第 %d 行第 %d 字节）", bad.Line, bad.Column)}, nil
		case err != nil:
			return Row{}, fmt.Errorf("read the file: %w", err)
		case first && len(cells) <= 2 && strings.HasPrefix(cells[0], "sep="): // how Excel tells the delimiter
			continue
		}
		if blank(cells) {
			continue
		}
		for i, c := range cells {
			cells[i] = Unguard(c)
		}
		row := Row{Number: line, Cells: cells}
		if r.encoding == GB18030 || r.encoding == UTF16 {
			row.Bad = undecodable(cells, r.encoding)
		}
		return row, nil
	}
}

// undecodable refuses a row in which the decoder has left its mark.
func undecodable(cells []string, encoding string) *errs.Error {
	for _, c := range cells {
		if strings.ContainsRune(c, utf8.RuneError) {
			return errs.New(errs.InvalidInput, "the row holds bytes that are no text in %s", "该行含有无法按 %s 解码的字节", strings.ToUpper(encoding))
		}
	}
	return nil
}

func (r *csvRows) last() int { return 0 }

func (r *csvRows) Close() error { return nil }
