package transfer

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"

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
		if err != nil {
			return nil, errs.New(errs.InvalidInput, "the file has no header line", "文件缺少表头行").Because(err)
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
		return nil, 0, errs.New(errs.InvalidInput, "the CSV is broken: %v", "CSV 格式错误：%v", err)
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
		d := json.NewDecoder(bytes.NewReader(b))
		d.UseNumber()
		var row map[string]any
		if err := d.Decode(&row); err != nil {
			return nil, r.line, errs.New(errs.InvalidInput, "line %d is no JSON object: %v", "第 %d 行不是 JSON 对象：%v", r.line, err)
		}
		return row, r.line, nil
	}
	if err := r.s.Err(); err != nil {
		return nil, r.line, fmt.Errorf("read line %d: %w", r.line+1, err)
	}
	return nil, r.line, io.EOF
}
