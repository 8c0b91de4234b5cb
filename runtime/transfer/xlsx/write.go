package xlsx

import (
	"archive/zip"
	"bufio"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Cell is one value to write.
type Cell struct {
	Kind CellKind
	Text string    // of Text and Number
	Time time.Time // of Date and DateTime, as the clock on the wall shows it
	Bool bool
}

// CellKind says how a cell is stored.
type CellKind uint8

const (
	Empty CellKind = iota
	Text
	Number // plain digits; numbers of more than 15 digits are written as text, for Excel keeps no more
	Bool
	Date
	DateTime
)

const (
	// maxRows is how many rows a sheet can show; maxText how many characters a cell.
	maxRows = 1 << 20
	maxText = 32767
	// maxDigits is the precision of Excel's numbers.
	maxDigits = 15
)

// Writer writes a workbook row by row; nothing is kept. A sheet that is full is followed by
// another, with the same first row.
type Writer struct {
	zip    *zip.Writer
	w      *bufio.Writer // of the open sheet
	name   string
	head   []Cell
	sheets int
	rows   int // of the open sheet
	buf    []byte
	limit  int
}

// NewWriter begins a workbook whose sheets are called name and begin with head.
func NewWriter(w io.Writer, name string, head []string) (*Writer, error) {
	out := &Writer{zip: zip.NewWriter(w), name: sheetName(name), limit: maxRows}
	for _, h := range head {
		out.head = append(out.head, Cell{Kind: Text, Text: h})
	}
	return out, out.sheet()
}

// sheetName keeps what Excel takes as the name of a sheet.
func sheetName(s string) string {
	s = strings.Map(func(r rune) rune {
		if strings.ContainsRune("[]:*?/\\'\"", r) || r < ' ' {
			return '_'
		}
		return r
	}, s)
	for utf8.RuneCountInString(s) > 25 { // room for a number
		_, n := utf8.DecodeLastRuneInString(s)
		s = s[:len(s)-n]
	}
	if s == "" {
		return "Sheet"
	}
	return s
}

const xmlHead = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\n"

func (w *Writer) sheet() error {
	w.sheets++
	w.rows = 0
	part, err := w.zip.Create(fmt.Sprintf("xl/worksheets/sheet%d.xml", w.sheets))
	if err != nil {
		return err
	}
	w.w = bufio.NewWriterSize(part, 64<<10)
	_, err = w.w.WriteString(xmlHead + `<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">` +
		`<sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews><sheetData>`)
	if err != nil {
		return err
	}
	return w.row(w.head, " s=\"3\"")
}

func (w *Writer) endSheet() error {
	if _, err := w.w.WriteString(`</sheetData></worksheet>`); err != nil {
		return err
	}
	return w.w.Flush()
}

// Row writes one row.
func (w *Writer) Row(cells []Cell) error {
	if w.rows >= w.limit {
		if err := w.endSheet(); err != nil {
			return err
		}
		if err := w.sheet(); err != nil {
			return err
		}
	}
	return w.row(cells, "")
}

func (w *Writer) row(cells []Cell, style string) error {
	w.rows++
	w.buf = append(w.buf[:0], `<row r="`...)
	w.buf = append(strconv.AppendInt(w.buf, int64(w.rows), 10), `">`...)
	for i := range cells {
		w.cell(i, &cells[i], style)
	}
	w.buf = append(w.buf, `</row>`...)
	_, err := w.w.Write(w.buf)
	return err
}

func (w *Writer) cell(col int, c *Cell, style string) {
	if c.Kind == Empty {
		return
	}
	w.buf = append(w.buf, `<c r="`...)
	w.buf = appendColumn(w.buf, col)
	w.buf = append(strconv.AppendInt(w.buf, int64(w.rows), 10), '"')
	w.buf = append(w.buf, style...)
	switch c.Kind {
	case Number:
		if exact(c.Text) {
			w.buf = append(append(append(w.buf, `><v>`...), c.Text...), `</v></c>`...)
			return
		}
	case Bool:
		v := "0"
		if c.Bool {
			v = "1"
		}
		w.buf = append(append(append(w.buf, ` t="b"><v>`...), v...), `</v></c>`...)
		return
	case Date, DateTime:
		if n, ok := serial(c.Time, c.Kind == Date); ok {
			s := ` s="2"><v>`
			if c.Kind == Date {
				s = ` s="1"><v>`
			}
			w.buf = append(append(append(w.buf, s...), n...), `</v></c>`...)
			return
		}
		c.Text = c.Time.Format("2006-01-02T15:04:05") // before 1900
	}
	w.buf = append(w.buf, ` t="inlineStr"><is><t xml:space="preserve">`...)
	w.buf = appendText(w.buf, c.Text)
	w.buf = append(w.buf, `</t></is></c>`...)
}

func appendColumn(dst []byte, col int) []byte {
	if col >= 26 {
		dst = appendColumn(dst, col/26-1)
	}
	return append(dst, byte('A'+col%26))
}

// exact says whether Excel can hold a number as it is written.
func exact(s string) bool {
	digits := 0
	for i := range len(s) {
		switch c := s[i]; {
		case c >= '0' && c <= '9':
			digits++
		case c == '-' && i == 0, c == '.' && i > 0:
		default:
			return false
		}
	}
	return digits > 0 && digits <= maxDigits
}

// serial is the number of days since 1900 by which a sheet knows an instant; false before March
// of that year, where its calendar is wrong.
func serial(t time.Time, whole bool) (string, bool) {
	t = time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), 0, time.UTC)
	seconds := t.Unix() - time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC).Unix()
	if seconds < 61*86400 {
		return "", false
	}
	if whole {
		return strconv.FormatInt(seconds/86400, 10), true
	}
	return strconv.FormatFloat(float64(seconds)/86400, 'f', -1, 64), true
}

// appendText appends text as XML. Characters that XML cannot hold become _x000B_, and what looks
// like that already is kept apart from it. Text too long for a cell is cut.
func appendText(dst []byte, s string) []byte {
	n := 0
	for i, r := range s {
		if n++; n > maxText {
			break
		}
		switch {
		case r == '&':
			dst = append(dst, "&amp;"...)
		case r == '<':
			dst = append(dst, "&lt;"...)
		case r == '>':
			dst = append(dst, "&gt;"...)
		case r < ' ' && r != '\n' && r != '\t', r == 0xfffe, r == 0xffff:
			dst = fmt.Appendf(dst, "_x%04X_", r)
		case r == '_' && escaped(s[i:]):
			dst = append(dst, "_x005F_"...)
		default:
			dst = utf8.AppendRune(dst, r)
		}
	}
	return dst
}

func escaped(s string) bool {
	if len(s) < 7 || s[1] != 'x' || s[6] != '_' {
		return false
	}
	_, err := strconv.ParseUint(s[2:6], 16, 16)
	return err == nil
}

// Close writes what names the sheets, and ends the workbook. It does not close the underlying
// writer.
func (w *Writer) Close() error {
	if err := w.endSheet(); err != nil {
		return err
	}
	var types, sheets, rels strings.Builder
	for i := 1; i <= w.sheets; i++ {
		name := w.name
		if i > 1 {
			name += " " + strconv.Itoa(i)
		}
		fmt.Fprintf(&types, `<Override PartName="/xl/worksheets/sheet%d.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>`, i)
		fmt.Fprintf(&sheets, `<sheet name="%s" sheetId="%d" r:id="rId%d"/>`, appendText(nil, name), i, i)
		fmt.Fprintf(&rels, `<Relationship Id="rId%d" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet%d.xml"/>`, i, i)
	}
	fmt.Fprintf(&rels, `<Relationship Id="rId%d" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles" Target="styles.xml"/>`, w.sheets+1)
	for _, p := range []struct{ name, text string }{
		{"[Content_Types].xml", `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/>` +
			`<Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override PartName="/xl/styles.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"/>` + types.String() + `</Types>`},
		{"_rels/.rels", `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>`},
		{"xl/workbook.xml", `<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets>` + sheets.String() + `</sheets></workbook>`},
		{"xl/_rels/workbook.xml.rels", `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">` + rels.String() + `</Relationships>`},
		{"xl/styles.xml", stylesPart},
	} {
		part, err := w.zip.Create(p.name)
		if err != nil {
			return err
		}
		if _, err := io.WriteString(part, xmlHead+p.text); err != nil {
			return err
		}
	}
	return w.zip.Close()
}

// stylesPart has the styles 0 plain, 1 date, 2 date and time, 3 bold.
const stylesPart = `<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">` +
	`<numFmts count="2"><numFmt numFmtId="164" formatCode="yyyy\-mm\-dd"/><numFmt numFmtId="165" formatCode="yyyy\-mm\-dd hh:mm:ss"/></numFmts>` +
	`<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font><font><b/><sz val="11"/><name val="Calibri"/></font></fonts>` +
	`<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills>` +
	`<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>` +
	`<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>` +
	`<cellXfs count="4"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>` +
	`<xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>` +
	`<xf numFmtId="165" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>` +
	`<xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1"/></cellXfs>` +
	`<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>`
