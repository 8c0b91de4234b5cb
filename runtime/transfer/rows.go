package transfer

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"github.com/tenon-platform/tenon/platform/errs"
)

// maxLine bounds one JSON line, in bytes.
const maxLine = 1 << 20

// rowReader gives one row after another; io.EOF at the end. Line counts from 1.
type rowReader interface {
	next() (row map[string]any, line int, err error)
}

func newRowReader(r io.Reader, format string) (rowReader, error) {
	switch format {
	case "csv":
		c := csv.NewReader(skipBOM(r))
		c.ReuseRecord = true
		head, err := c.Read()
		if errors.Is(err, io.EOF) {
			return nil, errs.New(errs.InvalidInput, "the file has no header line", "文件缺少表头行")
		}
		if err != nil {
			return nil, brokenCSV(err)
		}
		return &csvRows{c: c, head: append([]string(nil), head...)}, nil
	case "jsonl":
		s := bufio.NewScanner(skipBOM(r))
		s.Buffer(make([]byte, 64<<10), maxLine)
		return &jsonRows{s: s}, nil
	}
	return nil, errs.New(errs.InvalidInput, "unknown format %q; csv and jsonl are known", "未知格式 %q，支持 csv 与 jsonl", format)
}

// skipBOM drops the byte order mark that spreadsheets write.
func skipBOM(r io.Reader) io.Reader {
	b := bufio.NewReaderSize(r, 64<<10)
	if p, err := b.Peek(3); err == nil && bytes.Equal(p, []byte("\xef\xbb\xbf")) {
		if _, err := b.Discard(3); err != nil {
			return b
		}
	}
	return b
}

type csvRows struct {
	c    *csv.Reader
	head []string
}

func (r *csvRows) next() (map[string]any, int, error) {
	rec, err := r.c.Read()
	if errors.Is(err, io.EOF) {
		return nil, 0, io.EOF
	}
	if err != nil {
		return nil, 0, brokenCSV(err)
	}
	line, _ := r.c.FieldPos(0)
	row := make(map[string]any, len(rec))
	for i, s := range rec {
		if s == "" {
			row[r.head[i]] = nil
		} else {
			row[r.head[i]] = s
		}
	}
	return row, line, nil
}

// brokenCSV says in which line the text is no CSV; errors of the reader below stay as they are.
func brokenCSV(err error) error {
	var p *csv.ParseError
	if !errors.As(err, &p) {
		return fmt.Errorf("read the file: %w", err)
	}
	switch {
	case errors.Is(p.Err, csv.ErrFieldCount):
		return errs.New(errs.InvalidInput, "line %d has more or fewer fields than the header line", "第 %d 行的字段数与表头行不一致", p.Line)
	case errors.Is(p.Err, csv.ErrQuote), errors.Is(p.Err, csv.ErrBareQuote):
		return errs.New(errs.InvalidInput, "line %d: a quote is missing or stands in the middle of a field, column %d", "第 %d 行第 %d 列：引号缺失或位于字段中间", p.Line, p.Column)
	}
	return errs.New(errs.InvalidInput, "line %d is no CSV", "第 %d 行不是 CSV", p.Line).Because(err)
}

type jsonRows struct {
	s    *bufio.Scanner
	line int
}

func (r *jsonRows) next() (map[string]any, int, error) {
	for r.s.Scan() {
		r.line++
		b := bytes.TrimSpace(r.s.Bytes())
		if len(b) == 0 {
			continue
		}
		row, err := jsonObject(b)
		if err != nil {
			return nil, r.line, errs.New(errs.InvalidInput, "line %d is no JSON object", "第 %d 行不是 JSON 对象", r.line).Because(err)
		}
		return row, r.line, nil
	}
	if err := r.s.Err(); errors.Is(err, bufio.ErrTooLong) {
		return nil, r.line, errs.New(errs.LimitExceeded, "line %d is longer than %d bytes", "第 %d 行超过 %d 字节", r.line+1, maxLine).With("status", 413)
	} else if err != nil {
		return nil, r.line, fmt.Errorf("read line %d: %w", r.line+1, err)
	}
	return nil, r.line, io.EOF
}

// jsonObject reads a line that is one object and nothing else.
func jsonObject(line []byte) (row map[string]any, err error) {
	if !utf8.Valid(line) {
		return nil, errors.New("not UTF-8")
	}
	d := json.NewDecoder(bytes.NewReader(line))
	d.UseNumber()
	if err := d.Decode(&row); err != nil {
		return nil, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("text after the object")
	}
	if row == nil {
		return nil, errors.New("null")
	}
	return row, nil
}
