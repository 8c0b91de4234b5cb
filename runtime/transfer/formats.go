package transfer

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/tenon-platform/tenon/runtime/transfer/table"
	"github.com/tenon-platform/tenon/runtime/transfer/xlsx"
)

func key(i int) string { return "c" + strconv.Itoa(i) }

// writer writes the records of an export in one format.
type writer interface {
	record(cells []json.RawMessage) error
	end() error
}

func (x *Exporting) format(w io.Writer) (writer, error) {
	head := make([]string, len(x.columns))
	for i, c := range x.columns {
		head[i] = c.header
	}
	switch x.e.Format {
	case XLSX:
		book, err := xlsx.NewWriter(w, x.object.PluralLabel.In(x.e.Locale), head)
		return &xlsxWriter{w: book, x: x, row: make([]xlsx.Cell, len(head))}, err
	case JSONL:
		return &jsonWriter{w: bufio.NewWriterSize(w, 64<<10), x: x}, nil
	}
	return newCSVWriter(w, x, head)
}

// cellText is a value as a cell of text: lists joined by semicolons, as imports divide them, and what
// else is no scalar as JSON. So are lists with a semicolon in them, and all values of JSON fields.
func cellText(c *exported, v json.RawMessage) string {
	if len(v) == 0 {
		return ""
	}
	if c.output == "JSON" {
		return string(v)
	}
	switch v[0] {
	case '"':
		var s string
		if json.Unmarshal(v, &s) == nil {
			return s
		}
	case '[':
		var list []json.RawMessage
		if json.Unmarshal(v, &list) == nil {
			parts := make([]string, len(list))
			for i, x := range list {
				if parts[i] = cellText(c, x); strings.Contains(parts[i], ";") {
					return string(v)
				}
			}
			return strings.Join(parts, ";")
		}
	}
	return string(v)
}

// instant reads an instant as the API shows it, in the tenant's zone.
func (x *Exporting) instant(s string) (time.Time, bool) {
	t, err := time.Parse(time.RFC3339Nano, s)
	return t.In(x.zone), err == nil
}

type csvWriter struct {
	w   *csv.Writer
	x   *Exporting
	row []string
}

func newCSVWriter(w io.Writer, x *Exporting, head []string) (*csvWriter, error) {
	if !x.e.NoMark {
		if _, err := io.WriteString(w, "\xef\xbb\xbf"); err != nil {
			return nil, err
		}
	}
	c := csv.NewWriter(bufio.NewWriterSize(w, 64<<10))
	if x.e.Delimiter != "" {
		c.Comma, _ = utf8.DecodeRuneInString(x.e.Delimiter)
	}
	out := &csvWriter{c, x, head}
	for i := range head {
		head[i] = out.safe(head[i])
	}
	return out, c.Write(head)
}

func (c *csvWriter) safe(s string) string {
	if c.x.e.Raw {
		return s
	}
	return table.Guard(s)
}

func (c *csvWriter) record(cells []json.RawMessage) error {
	for i, v := range cells {
		s := cellText(&c.x.columns[i], v)
		switch c.x.columns[i].output {
		case "DateTime":
			if t, ok := c.x.instant(s); ok {
				s = t.Format(time.RFC3339Nano)
			}
		case "Int", "Float", "Decimal", "Boolean", "Date", "Time", "ID":
		default:
			s = c.safe(s)
		}
		c.row[i] = s
	}
	return c.w.Write(c.row)
}

func (c *csvWriter) end() error {
	c.w.Flush()
	return c.w.Error()
}

type xlsxWriter struct {
	w   *xlsx.Writer
	x   *Exporting
	row []xlsx.Cell
}

func (w *xlsxWriter) record(cells []json.RawMessage) error {
	for i, v := range cells {
		w.row[i] = w.x.cell(&w.x.columns[i], v)
	}
	return w.w.Row(w.row)
}

func (w *xlsxWriter) end() error { return w.w.Close() }

// cell is a value as a sheet holds it.
func (x *Exporting) cell(c *exported, v json.RawMessage) xlsx.Cell {
	if len(v) == 0 {
		return xlsx.Cell{}
	}
	s := cellText(c, v)
	switch c.output {
	case "Int", "Float", "Decimal":
		return xlsx.Cell{Kind: xlsx.Number, Text: s}
	case "Boolean":
		return xlsx.Cell{Kind: xlsx.Bool, Bool: s == "true"}
	case "Date":
		if t, err := time.Parse(time.DateOnly, s); err == nil {
			return xlsx.Cell{Kind: xlsx.Date, Time: t}
		}
	case "DateTime":
		if t, ok := x.instant(s); ok {
			return xlsx.Cell{Kind: xlsx.DateTime, Time: t}
		}
	}
	return xlsx.Cell{Kind: xlsx.Text, Text: s}
}

type jsonWriter struct {
	w   *bufio.Writer
	x   *Exporting
	buf []byte
}

func (j *jsonWriter) record(cells []json.RawMessage) error {
	j.buf = append(j.buf[:0], '{')
	for i, v := range cells {
		if i > 0 {
			j.buf = append(j.buf, ',')
		}
		name, err := json.Marshal(j.x.columns[i].name)
		if err != nil {
			return err
		}
		j.buf = append(append(j.buf, name...), ':')
		if v == nil {
			v = json.RawMessage("null")
		}
		j.buf = append(j.buf, v...)
	}
	j.buf = append(j.buf, "}\n"...)
	_, err := j.w.Write(j.buf)
	return err
}

func (j *jsonWriter) end() error { return j.w.Flush() }
