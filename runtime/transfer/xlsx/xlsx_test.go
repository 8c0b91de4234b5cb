package xlsx

import (
	"archive/zip"
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "rewrite the expected texts")

// dump reads all sheets, one row a line.
func dump(b []byte, lim Limits) (out string, err error) {
	f, err := Open(bytes.NewReader(b), int64(len(b)), lim)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	for i, name := range f.Sheets() {
		out += "# " + name + "\n"
		rows, err := f.Rows(i)
		if err != nil {
			return out, err
		}
		for {
			cells, n, err := rows.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				return out, errors.Join(err, rows.Close())
			}
			out += fmt.Sprintf("%d %q\n", n, cells)
		}
		if err := rows.Close(); err != nil {
			return out, err
		}
	}
	return out, nil
}

// TestRead reads workbooks that openpyxl 3.0, XlsxWriter 3.0 and excelize 2.11 have written.
func TestRead(t *testing.T) {
	files, err := filepath.Glob("testdata/*.xlsx")
	if err != nil || len(files) < 5 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		got, err := dump(b, DefaultLimits())
		if err != nil {
			got += err.Error() + "\n"
		}
		want := strings.TrimSuffix(file, ".xlsx") + ".txt"
		if *update {
			if err := os.WriteFile(want, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if b, err := os.ReadFile(want); err != nil || string(b) != got {
			t.Errorf("%s: %v\n%s", file, err, got)
		}
	}
}

func written(t testing.TB, limit int, rows ...[]Cell) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := NewWriter(&b, `a/b "c" & <d>`, []string{"One", "Two"})
	if err != nil {
		t.Fatal(err)
	}
	w.limit = limit
	for _, r := range rows {
		if err := w.Row(r); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestWrittenIsRead(t *testing.T) {
	at := time.Date(2026, 2, 28, 23, 59, 58, 0, time.UTC)
	b := written(t, maxRows,
		[]Cell{{Kind: Text, Text: " <&> _x000D_ \x01\n\t\"上海😀\ufffe"}, {Kind: Number, Text: "-12.50"}},
		[]Cell{{}, {Kind: Number, Text: "1234567890123456"}, {Kind: Bool, Bool: true}, {Kind: Bool}},
		[]Cell{{Kind: Date, Time: at}, {Kind: DateTime, Time: at}, {Kind: Date, Time: at.AddDate(-200, 0, 0)}, {Kind: Number, Text: "1e5"}},
		append(make([]Cell, 703), Cell{Kind: Text, Text: "AAB"}))
	got, err := dump(b, DefaultLimits())
	want := "# a_b _c_ & <d>\n1 [\"One\" \"Two\"]\n2 [\" <&> _x000D_ \\x01\\n\\t\\\"上海😀\\ufffe\" \"-12.50\"]\n3 [\"\" \"1234567890123456\" \"true\" \"false\"]\n" +
		"4 [\"2026-02-28\" \"2026-02-28T23:59:58\" \"1826-02-28T23:59:58\" \"1e5\"]\n"
	if err != nil || !strings.HasPrefix(got, want) || !strings.HasSuffix(got, ` "AAB"]`+"\n") {
		t.Errorf("%v\n%s", err, got)
	}
}

func TestFullSheetIsContinued(t *testing.T) {
	var rows [][]Cell
	for i := range 5 {
		rows = append(rows, []Cell{{Kind: Number, Text: strconv.Itoa(i)}})
	}
	got, err := dump(written(t, 3, rows...), DefaultLimits())
	want := "# a_b _c_ & <d>\n1 [\"One\" \"Two\"]\n2 [\"0\"]\n3 [\"1\"]\n# a_b _c_ & <d> 2\n1 [\"One\" \"Two\"]\n2 [\"2\"]\n3 [\"3\"]\n# a_b _c_ & <d> 3\n1 [\"One\" \"Two\"]\n2 [\"4\"]\n"
	if err != nil || got != want {
		t.Errorf("%v\n%s", err, got)
	}
}

func TestNumber(t *testing.T) {
	for raw, want := range map[string]string{"0.07": "0.07", "7.0000000000000007E-2": "0.07", "0.10000000000000001": "0.1", "1E+5": "100000", "12345678901234567890": "12345678901234600000",
		"1E+300": "1E+300", "-1.2300000000000001": "-1.23", "x": "x", "1E-400": "0"} {
		if got := number(raw); got != want {
			t.Errorf("%s is read as %s, want %s", raw, got, want)
		}
	}
}

func TestFormatCodes(t *testing.T) {
	for code, want := range map[string]dateKind{"General": plain, "0.00": plain, `#,##0.00_);[Red](#,##0.00)`: plain, "yyyy-mm-dd": dateOnly, `m"月"d"日"`: dateOnly, "mmm": dateOnly,
		"hh:mm": timeOnly, "mm:ss": timeOnly, "[h]:mm": timeOnly, "[$-409]m/d/yy h:mm AM/PM;@": dateTime, `"day "0`: plain, `\d0`: plain, "0.00E+00": plain, "": plain, `"open`: plain, "[": plain, `yyyy\`: dateOnly} {
		if got := kindOf(code); got != want {
			t.Errorf("%q is of kind %d, want %d", code, got, want)
		}
	}
}

// repacked replaces one part of a workbook.
func repacked(t testing.TB, part, text string) []byte {
	t.Helper()
	b := written(t, maxRows)
	old, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, f := range old.File {
		p, err := w.Create(f.Name)
		if err != nil {
			t.Fatal(err)
		}
		if f.Name == part {
			_, err = io.WriteString(p, text)
		} else {
			var r io.ReadCloser
			if r, err = f.Open(); err == nil {
				_, err = io.Copy(p, r)
			}
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestHostile(t *testing.T) {
	small := Limits{Part: 1 << 20, Strings: 10, Row: 1000, Columns: 10}
	sheet := "xl/worksheets/sheet1.xml"
	for name, c := range map[string]struct {
		file []byte
		want error
	}{
		"no zip":              {[]byte("a,b\n"), ErrNotWorkbook},
		"nothing":             {nil, ErrNotWorkbook},
		"a document type":     {repacked(t, sheet, `<!DOCTYPE x [<!ENTITY a "b">]><worksheet/>`), errType},
		"an unknown entity":   {repacked(t, sheet, `<row><c><v>&a;</v></c></row>`), errSyntax},
		"a long row":          {repacked(t, sheet, `<row>`+strings.Repeat(`<c t="str"><v>`+strings.Repeat("x", 300)+`</v></c>`, 4)+`</row>`), ErrTooLarge},
		"a long text":         {repacked(t, sheet, `<row><c t="str"><v>`+strings.Repeat("x", 2000)+`</v></c></row>`), ErrTooLarge},
		"a long tag":          {repacked(t, sheet, `<row `+strings.Repeat("x", 2000)+`>`), ErrTooLarge},
		"a large part":        {repacked(t, sheet, strings.Repeat("<a/>", 1<<19)), ErrTooLarge},
		"many columns":        {repacked(t, sheet, `<row><c r="ZZZZZZZZZ1"><v>1</v></c></row>`), ErrTooLarge},
		"columns in disorder": {repacked(t, sheet, `<row><c r="B1"><v>1</v></c><c r="A1"><v>1</v></c></row>`), errSyntax},
		"an open row":         {repacked(t, sheet, `<row><c><v>1</v></c>`), io.ErrUnexpectedEOF},
		"an open cell":        {repacked(t, sheet, `<row><c><v>1</v>`), errSyntax},
		"an open tag":         {repacked(t, sheet, `<row><c r="`), io.ErrUnexpectedEOF},
		"no such text":        {repacked(t, sheet, `<row><c t="s"><v>7</v></c></row>`), ErrNotWorkbook},
		"no such text at all": {repacked(t, sheet, `<row><c t="s"><v>x</v></c></row>`), errSyntax},
		"no relations":        {repacked(t, "_rels/.rels", `<Relationships/>`), ErrNotWorkbook},
		"no workbook":         {repacked(t, "xl/workbook.xml", `<workbook`), ErrNotWorkbook},
		"no sheets":           {repacked(t, "xl/workbook.xml", `<workbook/>`), ErrNotWorkbook},
	} {
		if out, err := dump(c.file, small); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v; %s", name, err, c.want, out)
		}
	}
}

func TestXML(t *testing.T) {
	file := repacked(t, "xl/worksheets/sheet1.xml", `<?xml version="1.0"?><!-- > --><x:worksheet xmlns:x="a"><x:row r="3" a='>'><x:c r='B3' t="str"><x:v>1 &lt; 2&#x4e0a;</x:v></x:c>
		<x:c t="inlineStr"><x:is><x:r><x:t>a</x:t></x:r><x:rPh><x:t>skipped</x:t></x:rPh><x:r><x:t><![CDATA[<b>]]></x:t></x:r></x:is></x:c><x:c/><x:c t="b"><x:v>0</x:v></x:c></x:row><x:row/><x:row><x:c><x:v>5</x:v></x:c></x:row></x:worksheet>`)
	got, err := dump(file, DefaultLimits())
	if want := "3 [\"\" \"1 < 2上\" \"a<b>\" \"\" \"false\"]\n5 [\"5\"]\n"; err != nil || !strings.HasSuffix(got, want) {
		t.Errorf("%v\n%s", err, got)
	}
}

// TestManyTexts reads more shared texts than are kept in memory.
func TestManyTexts(t *testing.T) {
	x := &texts{dir: t.TempDir()}
	text := func(i int) string { return strconv.Itoa(i) + strings.Repeat("文", i%100) }
	const n = 100_000
	for i := range n {
		if err := x.add([]byte(text(i))); err != nil {
			t.Fatal(err)
		}
	}
	if err := x.flush(); err != nil || x.file == nil {
		t.Fatal(err, "nothing was set aside")
	}
	for i := range n {
		if got, err := x.at(i); err != nil || got != text(i) {
			t.Fatal(i, got, err)
		}
	}
	if _, err := x.at(n); !errors.Is(err, ErrNotWorkbook) {
		t.Error(err)
	}
	if err := x.close(); err != nil {
		t.Error(err)
	}
	if left, err := os.ReadDir(x.dir); err != nil || len(left) > 0 {
		t.Error(left, err)
	}
}

// FuzzRead: whatever a workbook holds, reading it ends, and within its limits.
func FuzzRead(f *testing.F) {
	f.Add("xl/worksheets/sheet1.xml", `<row r="2"><c r="B2" t="s" s="1"><v>1</v></c><c t="inlineStr"><is><t>_x000A_&amp;</t></is></c></row>`)
	f.Add("xl/styles.xml", `<styleSheet><numFmts><numFmt numFmtId="200" formatCode="[h]:mm&quot;"/></numFmts><cellXfs><xf numFmtId="200"/></cellXfs></styleSheet>`)
	f.Add("xl/workbook.xml", `<workbook><sheets><sheet name="a"/></sheets></workbook>`)
	lim := Limits{Part: 1 << 20, Strings: 1000, Row: 1 << 16, Columns: 100}
	f.Fuzz(func(t *testing.T, part, text string) {
		_, err := dump(repacked(t, part, text), lim)
		if err != nil && !errors.Is(err, ErrNotWorkbook) && !errors.Is(err, ErrTooLarge) {
			t.Error(err)
		}
		if text == "" {
			return
		}
		back := appendText(nil, text)
		s := newScanner(strings.NewReader("<t>"+string(back)+"</t>"), 1<<22)
		s.next()
		if s.next() == characters {
			if got := string(unescape(s.chars)); len(text) < maxText && strings.ToValidUTF8(text, "\ufffd") != got && !strings.Contains(text, "\ufffd") && strings.ToValidUTF8(text, "") == text {
				t.Errorf("%q comes back as %q", text, got)
			}
		}
	})
}
